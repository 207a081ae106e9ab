import { decayedGradient, type Optimizer, Slots } from "./optimizer.ts";

/**
 * v ← μ·v + g,  w ← w − η·(g + μ·v)
 *
 * The first term of the step is the gradient, not the velocity: w ← w − η·(v + μ·v), which is often copied, counts the momentum twice.
 */
export const createNesterov = ({ momentum }: { readonly momentum: number }): Optimizer => {
  const velocities = new Slots();
  return {
    update(call) {
      const { weights, learningRate } = call;
      const v = velocities.of(call);
      decayedGradient(call).forEach((g, i) => {
        const velocity = momentum * (v[i] as number) + g;
        v[i] = velocity;
        weights[i] = (weights[i] as number) - learningRate * (g + momentum * velocity);
      });
    },
  };
};
