/** What a run has measured, as values that TensorBoard draws. */
import type { EpochRecord } from "../../telemetry/epochRecord.ts";
import {
  type Frame,
  type Histogram,
  type NodeStatistics,
  updateRatio,
  type WeightStatistics,
} from "../../telemetry/statistics.ts";
import type { HistogramSummary, SummaryValue } from "./events.ts";

/** A step; null where a number was NaN. */
export interface StepSummary {
  readonly loss: number | null;
  /** null where samples have targets; then `r2` is there. */
  readonly accuracy: number | null;
  readonly r2?: number | null | undefined;
  readonly learningRate: number;
}

const scalars = (values: Readonly<Record<string, number | null | undefined>>): readonly SummaryValue[] =>
  Object.entries(values).flatMap(([tag, value]) => (typeof value === "number" ? [{ tag, scalar: value }] : []));

/** Of the step's batch. TensorBoard marks a loss that is NaN or infinite. */
export const stepValues = ({ loss, accuracy, r2, learningRate }: StepSummary): readonly SummaryValue[] =>
  scalars({
    "loss/batch": loss ?? Number.NaN,
    "accuracy/batch": accuracy,
    "R²/batch": r2,
    "learning rate": learningRate,
  });

export const epochValues = (epoch: EpochRecord): readonly SummaryValue[] =>
  scalars({
    "loss/train": epoch.loss,
    "loss/validation": epoch.validationLoss,
    "loss/test": epoch.testLoss,
    "accuracy/train": epoch.trainAccuracy,
    "accuracy/validation": epoch.validationAccuracy,
    "accuracy/test": epoch.testAccuracy,
    "R²/train": epoch.trainR2,
    "R²/validation": epoch.validationR2,
    "R²/test": epoch.testR2,
    "samples per second": epoch.samplesPerSecond,
  });

type Moments = Pick<NodeStatistics | WeightStatistics, "mean" | "std" | "min" | "max">;

/**
 * Our bins as buckets: one below the range, the bins, one above it. Empty ones at both ends go, so that the first bucket begins at the smallest
 * value and the last one ends at the largest, as TensorBoard takes it. null: no value is finite.
 */
export const histogramSummary = (
  { low, high, counts, underflow, overflow }: Histogram,
  { mean, std, min, max }: Moments,
): HistogramSummary | null => {
  const width = (high - low) / counts.length;
  const all = [
    { limit: low, count: underflow },
    ...Array.from(counts, (count, index) => ({ limit: low + (index + 1) * width, count })),
    { limit: max, count: overflow },
  ];
  const begin = all.findIndex(({ count }) => count > 0);
  if (begin === -1) return null;
  const end = all.findLastIndex(({ count }) => count > 0);
  const kept = all.slice(begin, end + 1);
  const num = kept.reduce((sum, { count }) => sum + count, 0);
  return {
    ...{ min, max, num, sum: mean * num, sumSquares: (std * std + mean * mean) * num },
    bucketLimits: kept.map(({ limit }) => limit),
    buckets: kept.map(({ count }) => count),
  };
};

const histogramValue = (tag: string, histogram: Histogram, moments: Moments): readonly SummaryValue[] => {
  const summary = histogramSummary(histogram, moments);
  return summary === null ? [] : [{ tag, histogram: summary }];
};

const weightValues = (nodeId: string, weights: WeightStatistics): readonly SummaryValue[] => {
  const name = `${nodeId}.${weights.name}`;
  return [
    ...histogramValue(`weights/${name}`, weights.histogram, weights),
    ...scalars({
      [`gradient std/${name}`]: weights.gradient?.std,
      [`log10 update to weight/${name}`]: updateRatio(weights, "std"),
    }),
  ];
};

/** Of a measured step: each layer's output and weights as histograms, their means and stds as curves. */
export const frameValues = ({ nodes }: Frame): readonly SummaryValue[] =>
  nodes.flatMap((node) => [
    ...histogramValue(`output/${node.nodeId}`, node.histogram, node),
    ...scalars({
      [`output mean/${node.nodeId}`]: node.mean,
      [`output std/${node.nodeId}`]: node.std,
      [`output zeros/${node.nodeId}`]: node.zeros,
      [`output gradient std/${node.nodeId}`]: node.gradient?.std,
    }),
    ...node.weights.flatMap((weights) => weightValues(node.nodeId, weights)),
  ]);
