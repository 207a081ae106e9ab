/** A program laid out in one WebAssembly memory, ready to train: the boundary between the fast engine and the session above it. */
import type { Labels } from "../data/labels.ts";
import type { OptimizerSettings } from "../document/optimizers.ts";
import type { NamedTensor } from "../layer.ts";
import type { NodeStatistics } from "../telemetry/statistics.ts";

export type { NamedTensor } from "../layer.ts";

export interface StepOutcome {
  /** Mean loss of the batch before the update. */
  readonly loss: number;
  /** Correct predictions of the batch before the update. */
  readonly correct: number;
}

/** Time of one fused step, for profiles. */
export interface StepTime {
  readonly nodes: readonly string[];
  readonly kernel: string;
  readonly pass: "forward" | "statistics" | "backward" | "update";
  /** Summed over the threads. */
  readonly milliseconds: number;
  /** Bytes of the buffers it reads and writes, each counted once. */
  readonly bytes: number;
}

export interface StepProfile {
  readonly steps: readonly StepTime[];
  /** Milliseconds at barriers, summed over the threads. */
  readonly waiting: number;
}

/** Samples of one split, channels first, row-major. */
export interface NetworkSplit {
  readonly count: number;
  readonly images: Uint8Array | Float32Array;
  readonly labels: Labels;
}

/** Both splits, copied once into the memory: bytes, or f32 where both are; value = stored value · scale + offset, by channel where they are lists. */
export interface NetworkData {
  readonly sampleShape: readonly number[];
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];
  readonly train: NetworkSplit;
  readonly test: NetworkSplit;
}

/** Mean and biased variance of a batch by channel, of the input of a batch norm. */
export interface BatchMoments {
  readonly nodeId: string;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** What an update depends on besides its gradient and the learning rate. */
export interface UpdateSettings {
  readonly optimizer: OptimizerSettings;
  readonly weightDecay: number;
  readonly clipNorm: number | null;
}

export interface Network {
  readonly threads: number;
  readonly build: "relaxed-simd" | "simd";
  /** Bytes of the whole memory. */
  readonly memoryBytes: number;
  /** Fused steps in order, for `compile --json`, profiles and docs. */
  readonly steps: readonly {
    readonly nodes: readonly string[];
    readonly kernel: string;
    readonly pass: "forward" | "backward" | "update";
  }[];
  /**
   * One training step on the samples with these indices (at most the batch size; fewer in the last batch).
   * `step` counts from 1: dropout masks and Adam's bias correction depend on it. With `measure`, the statistics of every node are
   * gathered on the way and read with `statistics()`.
   */
  trainStep(call: {
    readonly indices: Uint32Array;
    readonly step: number;
    /** Number of the update since the optimizer began, for its bias correction; `step` unless it was changed on the way. */
    readonly optimizerStep?: number;
    readonly learningRate: number;
    readonly measure: boolean;
    /** What happens to each image (`drawAugmentations`); absent: nothing. */
    readonly augmentations?: Int32Array | null;
  }): StepOutcome;
  /** A training step whose fused steps are timed one by one; the clock costs a little itself. */
  profileStep(call: Parameters<Network["trainStep"]>[0]): StepProfile;
  /** Of the last measured step, in program order. */
  statistics(): NodeStatistics[];
  /** Leaves these nodes out of what later steps measure and `statistics()` returns. */
  skipStatistics(nodeIds: ReadonlySet<string>): void;
  /** Milliseconds that gathering statistics took of the last step; 0 if it was not measured. */
  statisticsMs(): number;
  /** Forward pass in evaluation mode over samples `start … start + count` of a split (count ≤ batch size). Loss is the sum. */
  evaluate(call: { readonly split: "train" | "test"; readonly start: number; readonly count: number }): {
    readonly lossSum: number;
    readonly correct: number;
  };
  /**
   * Forward pass in training mode over these samples: nothing is learnt and running statistics stay. `step` decides on dropout masks and
   * noise. Loss is the sum.
   */
  forward(call: { readonly split: "train" | "test"; readonly indices: Uint32Array; readonly step: number }): {
    readonly lossSum: number;
    readonly correct: number;
  };
  /** Of the last forward pass in training mode: every batch norm that normalizes by its batch, all its channels. */
  batchMoments(): BatchMoments[];
  /** Logits in evaluation mode for samples of a split: `[count, numClasses]`, row-major. */
  logits(call: { readonly split: "train" | "test"; readonly start: number; readonly count: number }): Float32Array;
  /** `evaluate` and `logits` in one pass. */
  predict(call: { readonly split: "train" | "test"; readonly start: number; readonly count: number }): {
    readonly lossSum: number;
    readonly correct: number;
    readonly logits: Float32Array;
  };
  /** Replaces a sample of a split, given as the network stores them: bytes, or scaled f32. Its label stays. */
  setSample(call: {
    readonly split: "train" | "test";
    readonly index: number;
    readonly values: Uint8Array | Float32Array;
  }): void;
  /**
   * Output of a node for the sample at `row` of the batch of the last pass, channels first. `mode` says which pass it was: `evaluation`, or
   * `training` after `forward` (a step changes weights that outputs are derived from).
   */
  output(call: {
    readonly nodeId: string;
    readonly mode: "training" | "evaluation";
    readonly row: number;
  }): Float32Array;
  /** Node ids whose output of the last step held NaN or Inf, in program order. */
  nonFiniteNodes(): string[];
  /** Weights and state in program order. */
  tensors(): NamedTensor[];
  /** Copies values in; throws a RangeError on an unknown name or another shape. */
  setTensors(tensors: readonly NamedTensor[]): void;
  /** Changes the numbers of the updates from the next step on; false, and nothing, where that takes another layout. */
  setUpdates(settings: UpdateSettings): boolean;
  /** What the optimizer keeps, in the shapes of the weights: `conv1.weight velocity`. */
  optimizerTensors(): NamedTensor[];
  /** Copies values in; tensors that this optimizer does not keep are left out. */
  setOptimizerTensors(tensors: readonly NamedTensor[]): void;
  /**
   * Copies weights, state and what the optimizer keeps; the function puts them back, to the bit. The next call takes the memory of the copy,
   * and the function of the call before then gives what the later one copied.
   */
  keepWeights(): () => void;
  dispose(): void;
}
