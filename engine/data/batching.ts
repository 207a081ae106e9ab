/** The order in which an epoch visits the training samples. */
import type { RandomStream } from "../layer.ts";

/** A permutation of 0 … count−1, by Fisher and Yates, made a part at a time. */
class Shuffle {
  readonly order: Uint32Array;
  readonly #uniform: RandomStream;
  /** Places above are settled. */
  #last: number;

  constructor(order: Uint32Array, uniform: RandomStream) {
    for (let index = 0; index < order.length; index++) order[index] = index;
    this.order = order;
    this.#uniform = uniform;
    this.#last = order.length - 1;
  }

  settle(numPlaces: number): void {
    const { order } = this;
    const end = Math.max(0, this.#last - numPlaces);
    for (; this.#last > end; this.#last--) {
      const other = Math.floor(this.#uniform() * (this.#last + 1));
      const moved = order[this.#last] as number;
      order[this.#last] = order[other] as number;
      order[other] = moved;
    }
  }
}

/** A fresh permutation of 0 … count−1. The session gives every epoch a stream of its own. */
export const shuffledOrder = (count: number, uniform: RandomStream): Uint32Array => {
  const shuffle = new Shuffle(new Uint32Array(count), uniform);
  shuffle.settle(count);
  return shuffle.order;
};

/**
 * The orders of the epochs, one after the other. While one is in use the next one is shuffled, as many places a step as the step has
 * samples, so that no step waits for a whole permutation; two arrays serve all epochs.
 */
export class EpochOrders {
  readonly #streamOf: (epoch: number) => RandomStream;
  #current: Uint32Array;
  #spare: Uint32Array;
  #next: { readonly epoch: number; readonly shuffle: Shuffle } | null = null;

  constructor(count: number, streamOf: (epoch: number) => RandomStream) {
    this.#streamOf = streamOf;
    this.#current = new Uint32Array(count);
    this.#spare = new Uint32Array(count);
  }

  /** The order of an epoch, valid until the next one is entered. */
  enter(epoch: number): Uint32Array {
    const { shuffle } = this.#next?.epoch === epoch ? this.#next : this.#begin(epoch);
    shuffle.settle(shuffle.order.length);
    [this.#current, this.#spare] = [shuffle.order, this.#current];
    this.#next = null;
    return this.#current;
  }

  /** Shuffles so many places of an epoch to come. */
  prepare(epoch: number, numPlaces: number): void {
    if (this.#next?.epoch !== epoch) this.#next = this.#begin(epoch);
    this.#next.shuffle.settle(numPlaces);
  }

  #begin(epoch: number) {
    return { epoch, shuffle: new Shuffle(this.#spare, this.#streamOf(epoch)) };
  }
}

/** Steps of one epoch; the last batch may be smaller, no sample is dropped. */
export const stepsPerEpoch = (count: number, batchSize: number): number => Math.ceil(count / batchSize);
