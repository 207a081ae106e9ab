import { decayedGradient, type Optimizer, Slots } from "./optimizer.ts";

/** s ← ρ·s + (1 − ρ)·g²,  w ← w − η·g / (√s + ε) */
export const createRmsprop = (settings: { readonly decay: number; readonly epsilon: number }): Optimizer => {
  const { decay, epsilon } = settings;
  const squares = new Slots();
  return {
    update(call) {
      const { weights, learningRate } = call;
      const s = squares.of(call);
      decayedGradient(call).forEach((g, i) => {
        const mean = decay * (s[i] as number) + (1 - decay) * g * g;
        s[i] = mean;
        weights[i] = (weights[i] as number) - (learningRate * g) / (Math.sqrt(mean) + epsilon);
      });
    },
  };
};
