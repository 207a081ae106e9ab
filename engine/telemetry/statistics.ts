/** The statistics of a node's output on the current training batch (docs/architecture.md states their definitions). */

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

export interface NodeStatistics {
  readonly nodeId: string;
  /** Number of elements measured. */
  readonly count: number;
  /** Over the finite values, accumulated in float64. */
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
}

/** One telemetry message of a run, decoded. */
export interface Frame {
  /** Step at whose forward pass this was measured; the first step is 1. */
  readonly step: number;
  readonly nodes: readonly NodeStatistics[];
  /** The first samples of the batch as the dataset stores them (bytes, channels first), for the Input node. */
  readonly samples: {
    readonly shape: readonly number[];
    readonly count: number;
    readonly bytes: Uint8Array;
    readonly labels: Uint8Array;
  } | null;
}
