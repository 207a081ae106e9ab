import type { Optimizer } from "./optimizer.ts";

/** w ← w − η·(g + λ·w) */
export const createSgd = (): Optimizer => ({
  update({ learningRate, weightDecay, weights, gradient }) {
    for (let i = 0; i < weights.length; i++) {
      const w = weights[i] as number;
      weights[i] = w - learningRate * ((gradient[i] as number) + weightDecay * w);
    }
  },
});
