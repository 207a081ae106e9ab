import { expect, test } from "vitest";
import { modeGap } from "../../../engine/telemetry/modeGap.ts";
import type { BatchNormStatistics } from "../../../engine/telemetry/statistics.ts";
import { createStream } from "../../../engine/train/rng.ts";

const EPSILON = 1e-5;
const NUM_CHANNELS = 5;
const NUM_VALUES = 64;

/** Whole numbers, 2^k of them: mean and variance are exact in float32. */
const uniform = createStream(7, "values");
const channels = Array.from({ length: NUM_CHANNELS }, (_, c) =>
  Array.from({ length: NUM_VALUES }, () => Math.round((uniform() - 0.3) * 8 * (c + 1))),
);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[]): number => mean(values.map((value) => (value - mean(values)) ** 2));

const statistics: BatchNormStatistics = {
  batchMean: Float32Array.from(channels, mean),
  batchVariance: Float32Array.from(channels, variance),
  runningMean: Float32Array.from([0.5, -2, 3, 0, 7.25]),
  runningVariance: Float32Array.from([1, 16, 0.25, 40, 9]),
  gamma: Float32Array.from([1, -0.5, 2, 0.75, 0]),
  beta: Float32Array.from([0, 0.25, -1, 3, 1]),
};

/** Outputs of a channel, element by element. */
const outputs = (c: number, by: "batch" | "running"): number[] => {
  const at = (values: Float32Array | null): number => values?.[c] ?? Number.NaN;
  const [centre, spread] =
    by === "batch"
      ? [at(statistics.batchMean), at(statistics.batchVariance)]
      : [at(statistics.runningMean), at(statistics.runningVariance)];
  return (channels[c] ?? []).map(
    (x) => (at(statistics.gamma) * (x - centre)) / Math.sqrt(spread + EPSILON) + at(statistics.beta),
  );
};

test("the gap is the RMS difference of the outputs of the two modes, in std of those of training", () => {
  const gap = modeGap(statistics, EPSILON);
  const squares = channels.map((_, c) => {
    const training = outputs(c, "batch");
    return mean(outputs(c, "running").map((value, n) => (value - (training[n] ?? Number.NaN)) ** 2));
  });
  squares.forEach((square, c) => {
    expect(gap?.rms[c]).toBeCloseTo(Math.sqrt(square), 11);
  });
  const spread = mean(channels.map((_, c) => variance(outputs(c, "batch"))));
  expect(gap?.outputs).toBeCloseTo(Math.sqrt(mean(squares) / spread), 11);
  expect(gap?.outputs).toBeGreaterThan(0.5);
});

test("the gap of means is that of the batch from the running mean, in running std", () => {
  const gap = modeGap(statistics, EPSILON);
  expect(gap?.means[1]).toBeCloseTo((mean(channels[1] ?? []) + 2) / Math.sqrt(16 + EPSILON), 12);
});

test("there is no gap where running and batch statistics are equal", () => {
  const { batchMean, batchVariance } = statistics;
  if (batchMean === null || batchVariance === null) throw new Error("The statistics are given above.");
  const equal = { ...statistics, runningMean: batchMean, runningVariance: batchVariance };
  expect(modeGap(equal, EPSILON)?.outputs).toBe(0);
});

test("outputs that do not vary have no std to measure in, and running statistics in training no gap", () => {
  expect(modeGap({ ...statistics, gamma: new Float32Array(NUM_CHANNELS) }, EPSILON)?.outputs).toBeNull();
  expect(modeGap({ ...statistics, batchMean: null, batchVariance: null }, EPSILON)).toBeNull();
});
