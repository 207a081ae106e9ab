import { type AdamSettings, createAdamStep } from "./adam.ts";
import type { Optimizer } from "./optimizer.ts";

/** w ← w − η·λ·w, then Adam with the bare gradient. Loshchilov & Hutter (2019), algorithm 2. */
export const createAdamw = (settings: AdamSettings): Optimizer => {
  const step = createAdamStep(settings);
  return {
    update(call) {
      const { weights, learningRate, weightDecay } = call;
      weights.forEach((w, i) => {
        weights[i] = w - learningRate * weightDecay * w;
      });
      step(call, call.gradient);
    },
  };
};
