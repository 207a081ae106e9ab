/** Statistics of a float64 output, computed plainly, to compare those of the kernels with. */
import { expect } from "vitest";
import { elementsOf, type Tensor } from "../../../engine/layer.ts";
import {
  type GradientMoments,
  type Histogram,
  LOWEST_EXPONENT,
  type NodeStatistics,
  VALUE_BINS,
  type WeightStatistics,
} from "../../../engine/telemetry/statistics.ts";
import { expectBetween } from "./agreement.ts";

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

/** Counts below each edge, for values that are farther from it than rounding. */
const expectCounts = (histogram: Histogram, values: readonly number[], slack: number, what: string): void => {
  expect(histogram.counts.length).toBe(VALUE_BINS);
  expect(histogram.low, what).toBeLessThan(histogram.high);
  expect(totalOf(histogram), `${what} counts`).toBe(values.length);
  const width = (histogram.high - histogram.low) / VALUE_BINS;
  const sorted = Float64Array.from(values).sort();
  let below = histogram.underflow;
  let [fewest, most] = [0, 0];
  for (let edge = 0; edge <= VALUE_BINS; edge++) {
    const at = histogram.low + edge * width;
    while (fewest < sorted.length && (sorted[fewest] ?? 0) < at - slack) fewest++;
    while (most < sorted.length && (sorted[most] ?? 0) <= at + slack) most++;
    expectBetween(below, fewest, most, what);
    below += histogram.counts[edge] ?? 0;
  }
};

/** Relative to the size of the values: their root mean square. */
const expectClose = (actual: number, expected: number, scale: number, tolerance: number, what: string): void =>
  expect(
    Math.abs(actual - expected) / Math.max(scale, 1e-30),
    `${what}: ${actual}, not ${expected}`,
  ).toBeLessThanOrEqual(tolerance);

const meanMagnitude = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + Math.abs(value), 0) / Math.max(1, values.length);

const sizeOf = (values: readonly number[]): number => {
  const { mean, std } = momentsOf(values);
  return Math.hypot(mean, std);
};

/** Against the gradient of the same tensor in float64, to the rounding that the backward pass leaves. */
export const expectGradient = (actual: GradientMoments, values: readonly number[], what: string, floor = 0): void => {
  const { mean, std } = momentsOf(values);
  const scale = Math.max(floor, sizeOf(values));
  expect(actual.nonFinite, what).toBe(0);
  expectClose(actual.mean, mean, scale, 1e-4, `${what} mean of the gradient`);
  expectClose(actual.std, std, scale, 1e-4, `${what} std of the gradient`);
};

/** Every number of a tensor's statistics against its values before and after the update. */
export const expectWeights = (
  actual: WeightStatistics,
  call: { readonly before: Float32Array; readonly after: Float32Array; readonly nodeId: string },
): void => {
  const what = `${call.nodeId}.${actual.name}`;
  const before = Array.from(call.before);
  const { mean, std } = momentsOf(before);
  const scale = sizeOf(before);
  expect(actual.count, what).toBe(before.length);
  expect(actual.nonFinite, what).toBe(0);
  expectClose(actual.mean, mean, scale, 1e-5, `${what} mean`);
  expectClose(actual.std, std, std === 0 ? 1e-30 : std, 1e-5, `${what} std`);
  expectClose(actual.meanMagnitude, meanMagnitude(before), scale, 1e-5, `${what} magnitude`);
  expect(actual.min, what).toBe(before.reduce((a, b) => Math.min(a, b)));
  expect(actual.max, what).toBe(before.reduce((a, b) => Math.max(a, b)));
  const { low, high } = actual.histogram;
  expectCounts(actual.histogram, before, 1e-6 * (Math.abs(low) + Math.abs(high)), what);
  if (actual.update === null) {
    expect(call.after, `${what} stays`).toEqual(call.before);
    return;
  }
  const change = before.map((value, index) => (call.after[index] ?? Number.NaN) - value);
  const moments = momentsOf(change);
  const size = sizeOf(change);
  expectClose(actual.update.mean, moments.mean, size, 1e-5, `${what} mean of the update`);
  expectClose(actual.update.std, moments.std, Math.max(moments.std, 1e-7 * size), 1e-5, `${what} std of the update`);
  expectClose(actual.update.meanMagnitude, meanMagnitude(change), size, 1e-5, `${what} magnitude of the update`);
};

/** Counts of powers of two against the gradient in float64; `slack`: what rounding may have done to a value. */
export const expectMagnitudes = (
  { magnitudes, zeros, nonFinite }: NonNullable<WeightStatistics["gradient"]>,
  values: readonly number[],
  slack: number,
  what: string,
): void => {
  expect([magnitudes.low, magnitudes.high], what).toEqual([LOWEST_EXPONENT, LOWEST_EXPONENT + VALUE_BINS]);
  expect(totalOf(magnitudes) + nonFinite, `${what} counts of the gradient`).toBe(values.length);
  expect(Math.round(zeros * values.length), `${what} zeros`).toBeLessThanOrEqual(magnitudes.underflow);
  const sizes = Float64Array.from(values, Math.abs).sort();
  let below = magnitudes.underflow;
  let [fewest, most] = [0, 0];
  for (let bin = 0; bin < VALUE_BINS; bin++) {
    const edge = 2 ** (LOWEST_EXPONENT + bin);
    while (fewest < sizes.length && (sizes[fewest] ?? 0) < edge - slack) fewest++;
    while (most < sizes.length && (sizes[most] ?? 0) < edge + slack) most++;
    expectBetween(below, fewest, most, `${what} below ${edge}`);
    below += magnitudes.counts[bin] ?? 0;
  }
};

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
  // Values within rounding of an edge may fall on either side of it; all others must be where they belong.
  const width = (histogram.high - histogram.low) / VALUE_BINS;
  expectCounts(histogram, finite, 2e-5 * scale + width * 1e-5, what);

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
