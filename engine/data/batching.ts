/** The order in which an epoch visits the training samples. */
import type { RandomStream } from "../layer.ts";

/** A fresh permutation of 0 … count−1, by Fisher and Yates. The session gives every epoch a stream of its own. */
export const shuffledOrder = (count: number, uniform: RandomStream): Uint32Array => {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(uniform() * (last + 1));
    const moved = order[last] as number;
    order[last] = order[other] as number;
    order[other] = moved;
  }
  return order;
};

/** Steps of one epoch; the last batch may be smaller, no sample is dropped. */
export const stepsPerEpoch = (count: number, batchSize: number): number => Math.ceil(count / batchSize);
