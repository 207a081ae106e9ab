/** Measuring kernels, against plain counting in float64. */
import { expect } from "vitest";
import {
  HISTOGRAM_TABLE_WORDS,
  LANE_BYTES,
  NODE_RECORD_BYTES,
  PAIR_TABLE_BYTES,
} from "../../../engine/kernels/header.ts";
import { expectAgreement, samples, TAILS } from "./agreement.ts";
import { Workbench } from "./workbench.ts";

/** The last is large enough to be counted in pairs. */
const shapes = [
  ...TAILS.map((channels) => [5, channels, 3, 4]),
  ...TAILS.map((features) => [5, features]),
  [5, 18, 32, 32],
];
const ROWS = 5;
const CHUNK = 2;
const NUM_CHUNKS = 3;

/** Measures relu((x − 0.1)·2 + 0.05) where `transforms`, else x. */
const measure = (bench: Workbench, shape: readonly number[], planted: readonly number[], transforms: boolean) => {
  bench.reset();
  const x = samples(shape, `view ${shape}`, planted);
  const placed = bench.place(x);
  const { height, width, channels } = placed.layout;
  const quads = Math.ceil(channels / 4);
  const slotStride = quads * 4 * LANE_BYTES;
  const countsStride = HISTOGRAM_TABLE_WORDS * 16;
  const constant = (value: number) => bench.vector(new Float32Array(quads * 4).fill(value));
  const shared = {
    ...Workbench.view("x", placed),
    ...{ height, width, quads, pixelQuads: quads, channels, chunk: CHUNK, slotStride, countsStride },
    ...(transforms ? { mean: constant(0.1), scale: constant(2), beta: constant(0.05), relu: 1 } : {}),
    records: bench.reserve(slotStride * NUM_CHUNKS),
    lanesOut: bench.reserve(slotStride + LANE_BYTES),
    node: bench.reserve(NODE_RECORD_BYTES),
    counts: bench.reserve(countsStride * NUM_CHUNKS),
  };
  bench.setHeader({ rows: ROWS, workspace: bench.reserve(PAIR_TABLE_BYTES), workspaceBytes: PAIR_TABLE_BYTES });
  const eachChunk = (kernel: "viewMoments" | "viewHistogram") => {
    for (let task = 0; task < NUM_CHUNKS; task++) {
      for (let n = task * CHUNK; n < Math.min(ROWS, (task + 1) * CHUNK); n++)
        bench.run(kernel, shared, { n0: n, n1: n + 1, task });
    }
  };
  eachChunk("viewMoments");
  bench.run("viewTotals", shared, { n0: 0, n1: ROWS });
  eachChunk("viewHistogram");
  const values = Array.from(x.data, (value) => {
    if (!transforms) return value;
    const v = (value - Math.fround(0.1)) * 2 + Math.fround(0.05);
    return v < 0 ? 0 : v;
  });
  return { shared, values, channels };
};

/** ±1 are the ends of the histogram's range: its last bin includes its end. */
const ends = [1, -1, 1];
const plantedValues = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];

const everyCase = (run: (shape: readonly number[], planted: readonly number[], transforms: boolean) => void): void => {
  for (const shape of shapes)
    for (const transforms of [false, true])
      for (const planted of [[], plantedValues, ends]) run(shape, planted, transforms);
};

const channelOf = (shape: readonly number[], index: number): number =>
  Math.floor(index / ((shape[2] ?? 1) * (shape[3] ?? 1))) % (shape[1] ?? 1);

export const viewMoments = (bench: Workbench): void =>
  everyCase((shape, planted, transforms) => {
    const { shared, values, channels } = measure(bench, shape, planted, transforms);
    for (let c = 0; c < channels; c++) {
      const finite = values.filter((value, index) => channelOf(shape, index) === c && Number.isFinite(value));
      const mean = finite.reduce((a, b) => a + b, 0) / Math.max(1, finite.length);
      const lane = bench.doubles(shared.lanesOut + c * LANE_BYTES, 3);
      const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      expectAgreement(lane, [mean, squares, finite.length], `${shape} channel ${c}`);
    }
  });

export const viewTotals = (bench: Workbench): void =>
  everyCase((shape, planted, transforms) => {
    const { shared, values } = measure(bench, shape, planted, transforms);
    const finite = values.filter((value) => Number.isFinite(value));
    const mean = finite.reduce((a, b) => a + b, 0) / finite.length;
    const [count, meanSeen, squares, numFinite, least, most, zeros, bad, low = 0, high = 0] = bench.doubles(
      shared.node,
      10,
    );
    expect(count).toBe(values.length);
    expect(numFinite).toBe(finite.length);
    expect(zeros).toBe(values.filter((value) => value === 0).length);
    expect(bad).toBe(values.length - finite.length);
    const variance = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const extremes = [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))];
    expectAgreement([meanSeen ?? 0, squares ?? 0, least ?? 0, most ?? 0], [mean, variance, ...extremes], `${shape}`);
    // Everything within 4.5 std is covered, 0 too unless all values are far on one side.
    const std = Math.sqrt(variance / finite.length);
    expect(low).toBeLessThanOrEqual(Math.max(extremes[0] ?? 0, mean - 4.5 * std) + 1e-6);
    expect(high).toBeGreaterThanOrEqual(Math.min(extremes[1] ?? 0, mean + 4.5 * std) - 1e-6);
  });

export const viewHistogram = (bench: Workbench): void =>
  everyCase((shape, planted, transforms) => {
    const { shared, values } = measure(bench, shape, planted, transforms);
    const [low = 0, high = 0] = bench.doubles(shared.node + 64, 2);
    const counted = Array.from({ length: HISTOGRAM_TABLE_WORDS }, (_, word) => {
      let sum = 0;
      for (let table = 0; table < 4 * NUM_CHUNKS; table++)
        sum +=
          bench.words(shared.counts, 4 * NUM_CHUNKS * HISTOGRAM_TABLE_WORDS)[table * HISTOGRAM_TABLE_WORDS + word] ?? 0;
      return sum;
    });
    expect(counted.reduce((a, b) => a + b)).toBe(values.length);
    expect(counted[66]).toBe(values.filter((value) => !Number.isFinite(value)).length);
    if (transforms) return;
    // Untransformed values are exact: every bin must be.
    const perUnit = Math.fround(64 / Math.fround(high - low));
    const expected = new Array<number>(HISTOGRAM_TABLE_WORDS).fill(0);
    for (const value of values) {
      const bin = Math.min(63, Math.trunc(Math.fround(Math.fround(value - low) * perUnit)));
      const word = !Number.isFinite(value) ? 66 : value < low ? 0 : value > high ? 65 : bin + 1;
      expected[word] = (expected[word] ?? 0) + 1;
    }
    expect(counted, `${shape}`).toEqual(expected);
  });

export const viewNonFinite = (bench: Workbench): void =>
  everyCase((shape, planted, transforms) => {
    const { shared, values } = measure(bench, shape, planted, transforms);
    const records = bench.reserve(8 * NUM_CHUNKS);
    for (let task = 0; task < NUM_CHUNKS; task++) {
      bench.run(
        "viewNonFinite",
        { ...shared, records, slotStride: 8 },
        { n0: task * CHUNK, n1: Math.min(ROWS, (task + 1) * CHUNK), task },
      );
    }
    const total = bench.doubles(records, NUM_CHUNKS).reduce((a, b) => a + b);
    expect(total, `${shape}`).toBe(values.filter((value) => !Number.isFinite(value)).length);
  });
