import type { Optimizer } from "./optimizer.ts";

/**
 * Kingma & Ba (2015), algorithm 1, with L2 added to the gradient:
 *
 *   g ← g + λ·w          m ← β₁·m + (1−β₁)·g          v ← β₂·v + (1−β₂)·g²
 *   w ← w − η · (m / (1−β₁ᵗ)) / (√(v / (1−β₂ᵗ)) + ε)
 */
export const createAdam = (settings: {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}): Optimizer => {
  const { beta1, beta2, epsilon } = settings;
  const moments = new Map<string, { readonly m: Float64Array; readonly v: Float64Array }>();
  return {
    update({ name, step, learningRate, weightDecay, weights, gradient }) {
      let state = moments.get(name);
      if (state === undefined) {
        state = { m: new Float64Array(weights.length), v: new Float64Array(weights.length) };
        moments.set(name, state);
      }
      const { m, v } = state;
      const correction1 = 1 - beta1 ** step;
      const correction2 = 1 - beta2 ** step;
      for (let i = 0; i < weights.length; i++) {
        const w = weights[i] as number;
        const g = (gradient[i] as number) + weightDecay * w;
        const mean = beta1 * (m[i] as number) + (1 - beta1) * g;
        const square = beta2 * (v[i] as number) + (1 - beta2) * g * g;
        m[i] = mean;
        v[i] = square;
        weights[i] = w - (learningRate * (mean / correction1)) / (Math.sqrt(square / correction2) + epsilon);
      }
    },
  };
};
