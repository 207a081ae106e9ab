import { decayedGradient, type Optimizer, Slots } from "./optimizer.ts";

/** s ← s + g²,  w ← w − η·g / (√s + ε) */
export const createAdagrad = ({ epsilon }: { readonly epsilon: number }): Optimizer => {
  const squares = new Slots();
  return {
    update(call) {
      const { weights, learningRate } = call;
      const s = squares.of(call);
      decayedGradient(call).forEach((g, i) => {
        const sum = (s[i] as number) + g * g;
        s[i] = sum;
        weights[i] = (weights[i] as number) - (learningRate * g) / (Math.sqrt(sum) + epsilon);
      });
    },
  };
};
