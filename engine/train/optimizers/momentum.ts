import { decayedGradient, type Optimizer, Slots } from "./optimizer.ts";

/** v ← μ·v + g,  w ← w − η·v */
export const createMomentum = ({ momentum }: { readonly momentum: number }): Optimizer => {
  const velocities = new Slots();
  return {
    update(call) {
      const { weights, learningRate } = call;
      const v = velocities.of(call);
      decayedGradient(call).forEach((g, i) => {
        const velocity = momentum * (v[i] as number) + g;
        v[i] = velocity;
        weights[i] = (weights[i] as number) - learningRate * velocity;
      });
    },
  };
};
