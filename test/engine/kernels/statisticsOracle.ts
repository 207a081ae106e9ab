/** Statistics of a float64 output, computed plainly, to compare those of the kernels with. */
import { expect } from "vitest";
import { elementsOf, type Tensor } from "../../../engine/layer.ts";
import { type Histogram, type NodeStatistics, VALUE_BINS } from "../../../engine/telemetry/statistics.ts";

const momentsOf = (values: readonly number[]) => {
  const finite = values.filter((value) => Number.isFinite(value));
  const mean = finite.reduce((sum, value) => sum + value, 0) / Math.max(1, finite.length);
  const variance = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, finite.length);
  return { mean, std: Math.sqrt(variance), numFinite: finite.length };
};

/** Values of each channel (feature) over batch and space. */
const channelsOf = ({ shape, data }: Tensor): number[][] => {
  const [numSamples = 0, numChannels = 0, ...rest] = shape;
  const inner = elementsOf(rest);
  return Array.from({ length: numChannels }, (_, c) =>
    Array.from({ length: numSamples }, (__, n) =>
      Array.from(data.subarray((n * numChannels + c) * inner, (n * numChannels + c + 1) * inner)),
    ).flat(),
  );
};

const totalOf = ({ counts, underflow, overflow }: Histogram): number =>
  counts.reduce((sum, count) => sum + count, 0) + underflow + overflow;

/** Every number of a node's statistics against the output they describe. */
export const expectStatistics = (statistics: NodeStatistics, output: Tensor): void => {
  const what = statistics.nodeId;
  const values = Array.from(output.data);
  const finite = values.filter((value) => Number.isFinite(value));
  const { mean, std, numFinite } = momentsOf(values);
  const least = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const scale = Math.max(1e-3, Math.abs(least), Math.abs(most));
  expect(statistics.count, what).toBe(values.length);
  expect(statistics.nonFinite, what).toBe(values.length - numFinite);
  expect(Math.abs(statistics.mean - mean) / scale, `${what} mean`).toBeLessThanOrEqual(1e-5);
  expect(Math.abs(statistics.std - std) / scale, `${what} std`).toBeLessThanOrEqual(1e-5);
  expect(Math.abs(statistics.min - least) / scale, `${what} min`).toBeLessThanOrEqual(1e-5);
  expect(Math.abs(statistics.max - most) / scale, `${what} max`).toBeLessThanOrEqual(1e-5);

  const { histogram } = statistics;
  expect(histogram.counts.length).toBe(VALUE_BINS);
  expect(histogram.low, what).toBeLessThan(histogram.high);
  expect(totalOf(histogram) + statistics.nonFinite, `${what} counts`).toBe(values.length);
  // Values within rounding of an edge may fall on either side of it; all others must be where they belong.
  const width = (histogram.high - histogram.low) / VALUE_BINS;
  const slack = 2e-5 * scale + width * 1e-5;
  for (let edge = 0; edge <= VALUE_BINS; edge++) {
    const at = histogram.low + edge * width;
    const below = histogram.underflow + histogram.counts.slice(0, edge).reduce((sum, count) => sum + count, 0);
    const fewest = finite.filter((value) => value < at - slack).length;
    const mostBelow = finite.filter((value) => value <= at + slack).length;
    expect(below, `${what} below ${at}`).toBeGreaterThanOrEqual(fewest);
    expect(below, `${what} below ${at}`).toBeLessThanOrEqual(mostBelow);
  }

  const channels = channelsOf(output);
  expect(statistics.numChannels, what).toBe(channels.length);
  expect(statistics.deadChannels, `${what} dead`).toBe(
    channels.filter((channel) => channel.every((value) => value === 0)).length,
  );
  for (const [histogramOfChannels, pick] of [
    [statistics.channelMeans, "mean"],
    [statistics.channelStds, "std"],
  ] as const) {
    const expected = channels.map(momentsOf).filter(({ numFinite: count }) => count > 0);
    expect(totalOf(histogramOfChannels), `${what} channel ${pick}s`).toBe(expected.length);
    const { low, high } = histogramOfChannels;
    for (const moments of expected) {
      expect(moments[pick]).toBeGreaterThanOrEqual(low - 1e-5 * scale);
      expect(moments[pick]).toBeLessThanOrEqual(high + 1e-5 * scale);
    }
  }
};
