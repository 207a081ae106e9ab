import { decayedGradient, type Optimizer, Slots, type UpdateCall } from "./optimizer.ts";

export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * Kingma & Ba (2015), algorithm 1:
 *
 *   m ← β₁·m + (1−β₁)·g          v ← β₂·v + (1−β₂)·g²
 *   w ← w − η · (m / (1−β₁ᵗ)) / (√(v / (1−β₂ᵗ)) + ε)
 *
 * Returns the step with a gradient that the caller has decayed, or not.
 */
export const createAdamStep = ({ beta1, beta2, epsilon }: AdamSettings) => {
  const firstMoments = new Slots();
  const secondMoments = new Slots();
  return (call: UpdateCall, gradient: Float64Array): void => {
    const { weights, step, learningRate } = call;
    const m = firstMoments.of(call);
    const v = secondMoments.of(call);
    const correction1 = 1 - beta1 ** step;
    const correction2 = 1 - beta2 ** step;
    gradient.forEach((g, i) => {
      const mean = beta1 * (m[i] as number) + (1 - beta1) * g;
      const square = beta2 * (v[i] as number) + (1 - beta2) * g * g;
      m[i] = mean;
      v[i] = square;
      const change = (learningRate * (mean / correction1)) / (Math.sqrt(square / correction2) + epsilon);
      weights[i] = (weights[i] as number) - change;
    });
  };
};

/** Adam with L2 added to the gradient. */
export const createAdam = (settings: AdamSettings): Optimizer => {
  const step = createAdamStep(settings);
  return { update: (call) => step(call, decayedGradient(call)) };
};
