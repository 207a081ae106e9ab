/** What is measured of a node at a step: its output, the gradient there, its weights (docs/statistics.md states the definitions). */

/** Counts of values over equal bins from `low` to `high`; `counts` + `underflow` + `overflow` + non-finite values = all values. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: Uint32Array;
  readonly underflow: number;
  readonly overflow: number;
}

export const VALUE_BINS = 64;
export const CHANNEL_BINS = 32;
/** Histograms of gradients count powers of two: a bin for each ⌊log₂|g|⌋ from −52 to 11; smaller ones and 0 are below, larger ones above. */
export const LOWEST_EXPONENT = -52;
/** Channels of a batch norm whose numbers a frame holds; the first ones, where there are more. */
export const MAX_NORM_CHANNELS = 4096;

/** Of the loss with respect to a tensor, over the finite values (NaN where there is none): as the backward pass gives it, before clipping and weight decay. */
export interface GradientMoments {
  readonly mean: number;
  /** Population standard deviation. */
  readonly std: number;
  readonly nonFinite: number;
}

export interface WeightGradient extends GradientMoments {
  /** Share of values that are exactly 0, 0 to 1. */
  readonly zeros: number;
  /** 64 bins of log₂|g|, each one power of two: `low` −52, `high` 12. The underflow includes the zeros. */
  readonly magnitudes: Histogram;
}

/** Weights after the step less those before it, exactly as applied: optimizer, rate factor, weight decay and clipping included. */
export interface WeightUpdate {
  readonly mean: number;
  /** Population standard deviation. */
  readonly std: number;
  /** Mean of the absolute values. */
  readonly meanMagnitude: number;
}

/** One tensor of weights of a node, as the step's forward pass used it. */
export interface WeightStatistics {
  /** `weight`, `bias`, `gamma`, `beta` … */
  readonly name: string;
  readonly count: number;
  /** Over the finite values, accumulated in float64; with `std`, `min` and `max` NaN where there is none. */
  readonly mean: number;
  /** Population standard deviation. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Mean of the absolute values. */
  readonly meanMagnitude: number;
  readonly nonFinite: number;
  /** 64 bins over a range that covers the bulk of the values; includes 0 unless every value lies on one side far from it. */
  readonly histogram: Histogram;
  /** null: not computed, for the node is frozen, the loss does not depend on it, the batch norm after it cancels it, or the loss was not finite. */
  readonly gradient: WeightGradient | null;
  /** null wherever `gradient` is. */
  readonly update: WeightUpdate | null;
}

/** By channel (feature) in order, the first `MAX_NORM_CHANNELS` of them; everything as the step's forward pass found it. */
export interface BatchNormStatistics {
  /** Mean and biased variance of the step's batch; null where the layer normalizes by its running values. */
  readonly batchMean: Float32Array | null;
  readonly batchVariance: Float32Array | null;
  /** Before this batch was blended in. */
  readonly runningMean: Float32Array;
  readonly runningVariance: Float32Array;
  /** Before this step's update; 1 and 0 where the layer has none. */
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
}

export interface NodeStatistics {
  readonly nodeId: string;
  /** Number of elements measured. */
  readonly count: number;
  /** Over the finite values, accumulated in float64; with `std`, `min` and `max` NaN where there is none. */
  readonly mean: number;
  /** Population standard deviation. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Share of values that are exactly 0, 0 to 1. */
  readonly zeros: number;
  readonly nonFinite: number;
  /** 64 bins over a range that covers the bulk of the values; includes 0 unless every value lies on one side far from it. */
  readonly histogram: Histogram;
  /** 32 bins each over the per-channel (per-feature) means and population stds over batch and space. */
  readonly channelMeans: Histogram;
  readonly channelStds: Histogram;
  /** Channels (features) whose every value in the batch is exactly 0, and how many there are. */
  readonly deadChannels: number;
  readonly numChannels: number;
  /** Share of values with |y| > 0.97 after tanh, y < 0.03 or y > 0.97 after sigmoid, 0 to 1; null after all others. */
  readonly saturated: number | null;
  /** Of the loss with respect to the output; null where the backward pass does not compute it, or the loss was not finite. */
  readonly gradient: GradientMoments | null;
  /** In the order of the layer's weights; state (running statistics) is not among them. */
  readonly weights: readonly WeightStatistics[];
  /** null unless the node is a batch norm. */
  readonly batchNorm: BatchNormStatistics | null;
}

/** The two ways to compare an update with the weights: their stds, or their mean magnitudes. */
export type UpdateRatioDefinition = "std" | "meanMagnitude";

/**
 * log₁₀(std Δw / std w) or log₁₀(mean|Δw| / mean|w|): −3 is the usual guide. null where there was no update (frozen), or where the weights give
 * no scale (all equal, all 0). −Infinity: an update of exactly 0.
 */
export const updateRatio = (weights: WeightStatistics, by: UpdateRatioDefinition): number | null =>
  weights.update === null || !(weights[by] > 0) ? null : Math.log10(weights.update[by] / weights[by]);

/** One telemetry message of a run, decoded. */
export interface Frame {
  /** Step at whose forward pass this was measured; the first step is 1. */
  readonly step: number;
  /** In program order, without those that were not to be measured; none: the frame only reports steps. */
  readonly nodes: readonly NodeStatistics[];
  /** The first samples of the batch as the dataset stores them (bytes, channels first), for the Input node. */
  readonly samples: {
    readonly shape: readonly number[];
    readonly count: number;
    readonly bytes: Uint8Array;
    readonly labels: Uint8Array;
  } | null;
}
