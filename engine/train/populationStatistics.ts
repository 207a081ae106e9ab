/**
 * Recomputes the running statistics of every batch norm: one pass over training samples in training mode with the weights as they are,
 * pooled to the mean and biased variance over all values seen (Ioffe & Szegedy 2015, algorithm 2, line 10; PyTorch's `update_bn`):
 *   μ = Σ n_b·μ_b / N,   σ² = Σ n_b·(σ²_b + (μ_b − μ)²) / N   (law of total variance; joined as in Chan, Golub & LeVeque 1979).
 * Advances a batch at a time, as the session does. The batches are full, from orders of their own streams, without augmentation: the bits
 * depend on weights, seed and batch size only.
 */
import { shuffledOrder } from "../data/batching.ts";
import type { Dataset } from "../data/dataset.ts";
import type { NamedTensor, Network } from "./network.ts";
import { createStream } from "./rng.ts";
import type { Score } from "./score.ts";

/** Training samples of a pass; a whole batch where that is larger. */
export const POPULATION_SAMPLES = 10_000;

/** Over the test set. */
export interface TestResult {
  readonly loss: number;
  /** Accuracy, 0 to 1, or R². */
  readonly score: number;
}

export interface Recomputed {
  /** Training samples that the statistics are of. */
  readonly samples: number;
  /** In evaluation mode with the statistics as they were. */
  readonly before: TestResult;
  /** In training mode: each batch by its own statistics, with dropout and noise where the net has them. */
  readonly training: TestResult;
  /** In evaluation mode with the new statistics. */
  readonly after: TestResult;
  /** Running statistics as they were, and as they are. */
  readonly replaced: readonly NamedTensor[];
  readonly tensors: readonly NamedTensor[];
}

/** Mean and biased variance of each channel over all batches so far, in float64. */
export class PooledMoments {
  #weight = 0;
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;

  constructor(numChannels: number) {
    this.#mean = new Float64Array(numChannels);
    this.#squares = new Float64Array(numChannels);
  }

  add(weight: number, mean: ArrayLike<number>, variance: ArrayLike<number>): void {
    const total = this.#weight + weight;
    for (let c = 0; c < this.#mean.length; c++) {
      const known = this.#mean[c] as number;
      const delta = (mean[c] as number) - known;
      this.#mean[c] = known + (delta * weight) / total;
      this.#squares[c] =
        (this.#squares[c] as number) +
        weight * (variance[c] as number) +
        (delta * delta * this.#weight * weight) / total;
    }
    this.#weight = total;
  }

  mean(): Float32Array {
    return Float32Array.from(this.#mean);
  }

  variance(): Float32Array {
    return Float32Array.from(this.#squares, (squares) => squares / this.#weight);
  }
}

/** Samples 0 … `count` − 1 in an order of their own, cut into full batches up to a limit; one smaller batch where there are fewer. */
const fullBatches = (count: number, limit: number, batchSize: number, order: Uint32Array): Uint32Array[] => {
  if (count <= batchSize) return [order];
  const numBatches = Math.max(1, Math.floor(Math.min(count, limit) / batchSize));
  return Array.from({ length: numBatches }, (_, b) => order.subarray(b * batchSize, (b + 1) * batchSize));
};

type Phase = "before" | "training" | "pooling" | "after";
const NEXT: Readonly<Record<Phase, Phase | null>> = {
  before: "training",
  training: "pooling",
  pooling: "after",
  after: null,
};

export class Recomputation {
  readonly #network: Network;
  readonly #testCount: number;
  readonly #batchSize: number;
  readonly #score: Score;
  readonly #batches: { readonly training: readonly Uint32Array[]; readonly pooling: readonly Uint32Array[] };
  readonly #pooled = new Map<string, PooledMoments>();
  readonly #results = new Map<Phase, TestResult>();
  #phase: Phase | null = "before";
  #batch = 0;
  #sums = { loss: 0, correct: 0, samples: 0 };
  #replaced: readonly NamedTensor[] = [];
  #tensors: readonly NamedTensor[] = [];
  #done = 0;

  constructor(call: {
    readonly network: Network;
    readonly dataset: Dataset;
    readonly batchSize: number;
    readonly seed: number;
    readonly score: Score;
  }) {
    const { network, dataset, batchSize, seed } = call;
    const { train, test } = dataset;
    this.#network = network;
    this.#score = call.score;
    this.#batchSize = batchSize;
    this.#testCount = test.count;
    const orderOf = (part: string, count: number): Uint32Array =>
      shuffledOrder(count, createStream(seed, `population:${part}`));
    this.#batches = {
      training: fullBatches(test.count, test.count, batchSize, orderOf("test", test.count)),
      pooling: fullBatches(train.count, POPULATION_SAMPLES, batchSize, orderOf("train", train.count)),
    };
  }

  /** Batches done, and of the whole work. */
  get progress(): { readonly done: number; readonly total: number } {
    const evaluation = Math.ceil(this.#testCount / this.#batchSize);
    return { done: this.#done, total: 2 * evaluation + this.#batches.training.length + this.#batches.pooling.length };
  }

  /** One batch; what was found once all are through. Until then the net keeps its statistics. */
  advance(): Recomputed | null {
    const phase = this.#phase;
    if (phase === null) throw new Error("The statistics were recomputed.");
    const isLast = phase === "pooling" || phase === "training" ? this.#forward(phase) : this.#evaluate();
    this.#done += 1;
    this.#batch += 1;
    if (!isLast) return null;
    if (phase === "pooling") this.#replace();
    else this.#results.set(phase, this.#result());
    this.#batch = 0;
    this.#sums = { loss: 0, correct: 0, samples: 0 };
    this.#phase = NEXT[phase];
    const [before, training, after] = [
      this.#results.get("before"),
      this.#results.get("training"),
      this.#results.get("after"),
    ];
    if (before === undefined || training === undefined || after === undefined) return null;
    const samples = this.#batches.pooling.reduce((sum, { length }) => sum + length, 0);
    return { samples, before, training, after, replaced: this.#replaced, tensors: this.#tensors };
  }

  /** Gives the net back what it had, should the work be given up between the new statistics and their measurement. */
  giveUp(): void {
    if (this.#replaced.length > 0) this.#network.setTensors(this.#replaced);
  }

  #evaluate(): boolean {
    const start = this.#batch * this.#batchSize;
    const count = Math.min(this.#batchSize, this.#testCount - start);
    this.#count(this.#network.evaluate({ split: "test", start, count }), count);
    return start + count >= this.#testCount;
  }

  #forward(phase: "training" | "pooling"): boolean {
    const batches = this.#batches[phase];
    const indices = batches[this.#batch] ?? new Uint32Array(0);
    const split = phase === "training" ? "test" : "train";
    this.#count(this.#network.forward({ split, indices, step: this.#batch + 1 }), indices.length);
    if (phase === "pooling") {
      for (const { nodeId, mean, variance } of this.#network.batchMoments()) {
        const pooled = this.#pooled.get(nodeId) ?? new PooledMoments(mean.length);
        pooled.add(indices.length, mean, variance);
        this.#pooled.set(nodeId, pooled);
      }
    }
    return this.#batch + 1 >= batches.length;
  }

  #count(outcome: { readonly lossSum: number; readonly correct: number }, samples: number): void {
    this.#sums.loss += outcome.lossSum;
    this.#sums.correct += outcome.correct;
    this.#sums.samples += samples;
  }

  #result(): TestResult {
    const { loss, correct, samples } = this.#sums;
    return { loss: loss / samples, score: this.#score.of(loss / samples, correct, samples) };
  }

  #replace(): void {
    const replaced: NamedTensor[] = [];
    const tensors: NamedTensor[] = [];
    for (const tensor of this.#network.tensors()) {
      for (const [nodeId, pooled] of this.#pooled) {
        const isMean = tensor.name === `${nodeId}.runningMean`;
        if (!isMean && tensor.name !== `${nodeId}.runningVariance`) continue;
        replaced.push(tensor);
        tensors.push({ ...tensor, data: isMean ? pooled.mean() : pooled.variance() });
      }
    }
    this.#replaced = replaced;
    this.#tensors = tensors;
    this.#network.setTensors(tensors);
  }
}
