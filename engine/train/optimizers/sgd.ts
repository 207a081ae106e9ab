import { decayedGradient, type Optimizer } from "./optimizer.ts";

/** w ← w − η·g */
export const createSgd = (): Optimizer => ({
  update(call) {
    const { weights, learningRate } = call;
    decayedGradient(call).forEach((g, i) => {
      weights[i] = (weights[i] as number) - learningRate * g;
    });
  },
});
