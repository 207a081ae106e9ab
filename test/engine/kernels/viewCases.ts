/** Measuring kernels, against plain counting in float64. */
import { expect } from "vitest";
import {
  COUNTS_WORDS,
  FINE_COUNTS_WORDS,
  LANE_BYTES,
  NODE_CHANNELS,
  NODE_COUNTS,
  NODE_RECORD_BYTES,
  PAIR_TABLE_BYTES,
  SUMS_BYTES,
} from "../../../engine/kernels/header.ts";
import { expectAgreement, expectBetween, samples, TAILS } from "./agreement.ts";
import { Workbench } from "./workbench.ts";

/** The last two are large enough to be counted in pairs; one has an odd number of pixels, one padding channels. */
const shapes = [
  ...TAILS.map((channels) => [5, channels, 3, 4]),
  ...TAILS.map((features) => [5, features]),
  [5, 18, 12, 10],
  [5, 12, 13, 13],
];
const ROWS = 5;
const CHUNK = 2;
const NUM_CHUNKS = 3;
const CHANNEL_BINS = 32;

/** ±1 are the ends of the histogram's range: its first and last bins include them. */
const ends = [1, -1, 1];
const notFinite = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];

const everyCase = <Way>(
  all: readonly Way[],
  run: (shape: readonly number[], planted: readonly number[], way: Way) => void,
) => {
  for (const shape of shapes)
    for (const way of all) for (const planted of [[], notFinite, ends]) run(shape, planted, way);
};

const channelOf = (shape: readonly number[], index: number): number =>
  Math.floor(index / ((shape[2] ?? 1) * (shape[3] ?? 1))) % (shape[1] ?? 1);

/** The values of each channel. */
const byChannel = (shape: readonly number[], values: readonly number[]): number[][] => {
  const channels: number[][] = Array.from({ length: shape[1] ?? 0 }, () => []);
  for (const [index, value] of values.entries()) channels[channelOf(shape, index)]?.push(value);
  return channels;
};

/** In float64; a node's record begins with the same. */
const momentsOf = (values: readonly number[]) => {
  const finite = values.filter((value) => Number.isFinite(value));
  const mean = finite.reduce((a, b) => a + b, 0) / Math.max(1, finite.length);
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  // Of no values: 0.
  const min = finite.reduce((a, b) => Math.min(a, b), finite[0] ?? 0);
  const max = finite.reduce((a, b) => Math.max(a, b), finite[0] ?? 0);
  return { mean, squares, finite: finite.length, min, max };
};

const perChunk = (run: (range: { n0: number; n1: number; task: number }) => void): void => {
  for (let task = 0; task < NUM_CHUNKS; task++) run({ n0: task * CHUNK, n1: Math.min(ROWS, (task + 1) * CHUNK), task });
};

/** `change`: what is made of values of size 1 around 0. */
const prepare = (
  bench: Workbench,
  shape: readonly number[],
  planted: readonly number[],
  change: ((value: number) => number) | null = null,
) => {
  bench.reset();
  const usual = samples(shape, `view ${shape}`, planted);
  const x = change === null ? usual : { shape, data: usual.data.map((value) => Math.fround(change(value))) };
  const placed = bench.place(x);
  const { height, width, channels } = placed.layout;
  const quads = Math.ceil(channels / 4);
  bench.setHeader({ rows: ROWS, workspace: bench.reserve(PAIR_TABLE_BYTES), workspaceBytes: PAIR_TABLE_BYTES });
  const place = {
    ...Workbench.view("x", placed),
    ...{ height, width, quads, pixelQuads: quads, channels, chunk: CHUNK, slotStride: quads * SUMS_BYTES },
  };
  return { x, place, channels, quads };
};

/** What joins the sums: lanes, channels and the node's record. */
const results = (bench: Workbench, quads: number) => ({
  lanesOut: bench.reserve(quads * 4 * LANE_BYTES),
  channelsOut: bench.reserve(quads * 4 * 16),
  node: bench.reserve(NODE_RECORD_BYTES),
});

/** What is measured: x, relu(x), or relu((x − 0.1)·2 + 0.05). */
const ways = ["plain", "relu", "affine"] as const;

const measure = (
  bench: Workbench,
  shape: readonly number[],
  planted: readonly number[],
  way: (typeof ways)[number],
  change: ((value: number) => number) | null = null,
) => {
  const relu = way !== "plain";
  const { x, place, channels, quads } = prepare(bench, shape, planted, change);
  const constant = (value: number) => bench.vector(new Float32Array(quads * 4).fill(value));
  const shared = {
    ...place,
    ...results(bench, quads),
    relu: relu ? 1 : 0,
    ...(way === "affine" ? { mean: constant(0.1), scale: constant(2), beta: constant(0.05) } : {}),
    shift: bench.reserve(quads * 16),
    records: bench.reserve(place.slotStride * NUM_CHUNKS),
    counts: bench.reserve(COUNTS_WORDS * 4 * NUM_CHUNKS),
    countsStride: COUNTS_WORDS * 4,
    twin: bench.reserve(NODE_RECORD_BYTES),
    // All channels are one of the twin's.
    twinPeriod: 1,
  };
  bench.run("viewShift", shared, { n0: 0, n1: ROWS });
  perChunk((range) => bench.run("viewMoments", shared, range));
  bench.run("viewTotals", shared, { n0: 0, n1: ROWS });
  perChunk((range) => bench.run("viewHistogram", shared, range));
  bench.run("viewCounts", shared, { n0: 0, n1: ROWS });
  // As the kernels: NaN stays.
  const values = Array.from(x.data, (value) => {
    const v = way === "affine" ? (value - Math.fround(0.1)) * 2 + Math.fround(0.05) : value;
    return relu && v < 0 ? 0 : v;
  });
  return { shared, values, channels };
};

/** A node's record against the values of its output. */
const expectRecord = (bench: Workbench, node: number, values: readonly number[], what: string): void => {
  const { mean, squares, finite, min, max } = momentsOf(values);
  const [count, meanSeen, squaresSeen, numFinite, least, most, zeros, bad] = bench.doubles(node, 8);
  expect(count, what).toBe(values.length);
  expect(numFinite, what).toBe(finite);
  expect(zeros, what).toBe(values.filter((value) => value === 0).length);
  expect(bad, what).toBe(values.length - finite);
  const std = Math.sqrt(squares / Math.max(1, finite));
  const stdSeen = Math.sqrt((squaresSeen ?? 0) / Math.max(1, finite));
  expectAgreement([meanSeen ?? 0, stdSeen, least ?? 0, most ?? 0], [mean, std, min, max], what);
};

/** Counts by values that are farther from an edge than rounding. */
const expectCounts = (bench: Workbench, node: number, values: readonly number[], what: string): void => {
  const [low = 0, high = 0] = bench.doubles(node + 64, 2);
  const counts = Array.from(bench.words(node + NODE_COUNTS, 66));
  const finite = values.filter((value) => Number.isFinite(value));
  expect(
    counts.reduce((a, b) => a + b),
    what,
  ).toBe(finite.length);
  const slack = 1e-6 * (Math.abs(low) + Math.abs(high));
  const sorted = Float64Array.from(finite).sort();
  let below = 0;
  let [fewest, most] = [0, 0];
  for (let edge = 0; edge <= 64; edge++) {
    below += counts[edge] ?? 0;
    const at = low + ((high - low) * edge) / 64;
    while (fewest < sorted.length && (sorted[fewest] ?? 0) < at - slack) fewest++;
    while (most < sorted.length && (sorted[most] ?? 0) <= at + slack) most++;
    expectBetween(below, fewest, most, what);
  }
  // Values at the very ends are inside.
  if (finite.every((value) => value >= low)) expect(counts[0], what).toBe(0);
  if (finite.every((value) => value <= high)) expect(counts[65], what).toBe(0);
};

/** Means and stds of channels: how many there are, and that the range holds them. */
const expectChannels = (
  bench: Workbench,
  node: number,
  channels: readonly (readonly number[])[],
  what: string,
): void => {
  const moments = channels.map(momentsOf).filter(({ finite }) => finite > 0);
  for (const [half, pick] of [
    [0, ({ mean }: { mean: number }) => mean],
    [1, ({ squares, finite }: { squares: number; finite: number }) => Math.sqrt(squares / finite)],
  ] as const) {
    const [low = 0, high = 0] = bench.doubles(node + 80 + 16 * half, 2);
    const counts = Array.from(bench.words(node + NODE_CHANNELS + 4 * CHANNEL_BINS * half, CHANNEL_BINS));
    expect(
      counts.reduce((a, b) => a + b),
      what,
    ).toBe(moments.length);
    const slack = 1e-5 * (1 + Math.abs(low) + Math.abs(high));
    const picked = moments.map((each) => pick(each));
    let below = 0;
    for (let edge = 0; edge <= CHANNEL_BINS; edge++) {
      const at = low + ((high - low) * edge) / CHANNEL_BINS;
      const fewest = picked.filter((value) => value < at - slack).length;
      const most = picked.filter((value) => value <= at + slack).length;
      expectBetween(below, fewest, most, what);
      below += counts[edge] ?? 0;
    }
  }
  const dead = channels.filter((values) => values.every((value) => value === 0)).length;
  expect(bench.doubles(node + 112, 1)[0], `${what} dead`).toBe(dead);
};

export const viewShift = (bench: Workbench): void =>
  everyCase(ways, (shape, planted, way) => {
    const { shared, values, channels } = measure(bench, shape, planted, way);
    const finite = values.filter((value) => Number.isFinite(value));
    const least = finite.reduce((a, b) => Math.min(a, b), 0);
    const most = finite.reduce((a, b) => Math.max(a, b));
    // Among the values, and finite whatever they are.
    for (const shift of bench.floats(shared.shift, channels)) expectBetween(shift, least, most, `${shape}`);
  });

/** Values that all lie far from 0: the difference of their mean square and their squared mean has no digit that counts. */
const expectNothingCancels = (bench: Workbench): void => {
  const shape = [ROWS, 6, 4, 5];
  const { shared, values } = measure(bench, shape, [], "plain", (value) => 1000 + value / 100);
  for (const [c, ofChannel] of byChannel(shape, values).entries()) {
    const { mean, squares } = momentsOf(ofChannel);
    const [meanSeen = 0, squaresSeen = 0] = bench.doubles(shared.lanesOut + c * LANE_BYTES, 2);
    expectAgreement([meanSeen], [mean], `mean of channel ${c}`);
    expect(Math.abs(squaresSeen / squares - 1), `squares of channel ${c}`).toBeLessThan(1e-3);
  }
};

/** Finite values whose squares are beyond float32, alone and beside some that are not finite; one channel is of the usual size. */
const expectLargeValues = (bench: Workbench): void => {
  const shape = [ROWS, 6, 4, 5];
  const perChannel = 4 * 5;
  for (const scale of [1e19, 1e24, 1e37]) {
    for (const planted of [[], [Number.NaN, Number.POSITIVE_INFINITY]]) {
      for (const way of ["plain", "relu"] as const) {
        let at = 0;
        const large = (value: number): number =>
          Math.floor(at++ / perChannel) % 6 === 0 ? value : scale * (3 + value);
        const { shared, values } = measure(bench, shape, planted, way, large);
        const what = `${way}, ${scale}, ${planted}`;
        for (const [c, ofChannel] of byChannel(shape, values).entries()) {
          const { mean, squares, finite } = momentsOf(ofChannel);
          const [meanSeen = 0, squaresSeen = 0, finiteSeen] = bench.doubles(shared.lanesOut + c * LANE_BYTES, 3);
          expect(finiteSeen, `${what}, channel ${c}`).toBe(finite);
          const std = Math.sqrt(squares / finite);
          expect(Math.abs(meanSeen - mean) / std, `${what}, mean of channel ${c}`).toBeLessThan(1e-5);
          expect(Math.abs(squaresSeen / squares - 1), `${what}, squares of channel ${c}`).toBeLessThan(1e-5);
        }
        const { squares } = momentsOf(values);
        expect(Math.abs((bench.doubles(shared.node, 3)[2] ?? 0) / squares - 1), what).toBeLessThan(1e-5);
      }
    }
  }
};

export const viewMoments = (bench: Workbench): void => {
  expectNothingCancels(bench);
  expectLargeValues(bench);
  everyCase(ways, (shape, planted, way) => {
    const { shared, values } = measure(bench, shape, planted, way);
    for (const [c, ofChannel] of byChannel(shape, values).entries()) {
      const { mean, squares, finite } = momentsOf(ofChannel);
      expectAgreement(
        bench.doubles(shared.lanesOut + c * LANE_BYTES, 3),
        [mean, squares, finite],
        `${shape} channel ${c}`,
      );
    }
  });
};

export const viewTotals = (bench: Workbench): void =>
  everyCase(ways, (shape, planted, way) => {
    const { shared, values } = measure(bench, shape, planted, way);
    expectRecord(bench, shared.node, values, `${shape}`);
    expectRecord(bench, shared.twin, values, `${shape} twin`);
    expectChannels(bench, shared.node, byChannel(shape, values), `${shape}`);
    expectChannels(bench, shared.twin, [values], `${shape} twin`);
    // Everything within 4.5 std is covered.
    const { mean, squares, finite, min, max } = momentsOf(values);
    const std = Math.sqrt(squares / finite);
    const [low = 0, high = 0] = bench.doubles(shared.node + 64, 2);
    expect(low).toBeLessThanOrEqual(Math.max(min, mean - 4.5 * std) + 1e-6);
    expect(high).toBeGreaterThanOrEqual(Math.min(max, mean + 4.5 * std) - 1e-6);
  });

export const viewHistogram = (bench: Workbench): void =>
  everyCase(ways, (shape, planted, way) => {
    const { shared, values } = measure(bench, shape, planted, way);
    const counted = Array.from({ length: COUNTS_WORDS }, (_, word) => {
      let sum = 0;
      for (let task = 0; task < NUM_CHUNKS; task++)
        sum += bench.words(shared.counts + task * shared.countsStride, COUNTS_WORDS)[word] ?? 0;
      return sum;
    });
    expect(counted.reduce((a, b) => a + b)).toBe(values.length);
    expect(counted.slice(66).reduce((a, b) => a + b)).toBe(values.filter((value) => !Number.isFinite(value)).length);
  });

export const viewCounts = (bench: Workbench): void =>
  everyCase(ways, (shape, planted, way) => {
    const { shared, values } = measure(bench, shape, planted, way);
    expectCounts(bench, shared.node, values, `${shape}`);
    expectCounts(bench, shared.twin, values, `${shape} twin`);
  });

export const viewNonFinite = (bench: Workbench): void =>
  everyCase(ways, (shape, planted, way) => {
    const { shared, values } = measure(bench, shape, planted, way);
    const records = bench.reserve(8 * NUM_CHUNKS);
    perChunk((range) => bench.run("viewNonFinite", { ...shared, records, slotStride: 8 }, range));
    const total = bench.doubles(records, NUM_CHUNKS).reduce((a, b) => a + b);
    expect(total, `${shape}`).toBe(values.filter((value) => !Number.isFinite(value)).length);
  });

export const viewOutside = (bench: Workbench): void =>
  everyCase(ways, (shape, planted, way) => {
    const { shared, values } = measure(bench, shape, planted, way);
    const records = bench.reserve(8 * NUM_CHUNKS);
    const bounds = { low: Math.fround(-0.4), high: Math.fround(0.3) };
    perChunk((range) => bench.run("viewOutside", { ...shared, ...bounds, records, slotStride: 8 }, range));
    const total = bench.doubles(records, NUM_CHUNKS).reduce((a, b) => a + b);
    const outside = values.filter((value) => Number.isFinite(value) && (value <= bounds.low || value >= bounds.high));
    expect(total, `${shape}`).toBe(outside.length);
  });

/** Gamma and beta of the norm: usual, far above 0, far below 0, and one that is 0 throughout. */
const norms = [
  { gamma: 1.5, beta: 0.25, bias: 0 },
  { gamma: -0.5, beta: 0, bias: 0.75 },
  { gamma: 0.01, beta: 8, bias: 0 },
  { gamma: 0.01, beta: -8, bias: 0 },
  { gamma: 0, beta: 0, bias: 0 },
];

/** Measures x + bias, v = (x − mean)·γ/√(σ² + ε) + β and max(v, 0) with the batch's mean and variance. */
const measureNormalized = (
  bench: Workbench,
  shape: readonly number[],
  planted: readonly number[],
  { gamma, beta, bias }: (typeof norms)[number],
) => {
  const { x, place, channels, quads } = prepare(bench, shape, planted);
  const data = Array.from(x.data, Math.fround);
  // As batch norm leaves them: NaN where a value of the channel is not finite.
  const stats = byChannel(shape, data).map((all) => {
    const { mean, squares, finite } = momentsOf(all);
    const isClean = finite === all.length;
    const variance = squares / finite;
    return {
      mean: isClean ? Math.fround(mean) : Number.NaN,
      variance: isClean ? variance : Number.NaN,
      scale: isClean ? Math.fround(gamma / Math.sqrt(variance + 1e-5)) : Number.NaN,
    };
  });
  const outputStride = place.slotStride * NUM_CHUNKS;
  const each = { ...place, outputStride, records: bench.reserve(3 * outputStride) };
  const shared = {
    ...each,
    mean: bench.vector(stats.map(({ mean }) => mean)),
    variance: bench.vector(stats.map(({ variance }) => variance)),
    scale: bench.vector(stats.map(({ scale }) => scale)),
    beta: bench.vector(stats.map(() => beta)),
    bias: bias === 0 ? 0 : bench.vector(stats.map(() => bias)),
    counts: bench.reserve(COUNTS_WORDS * 4 * NUM_CHUNKS),
    countsStride: COUNTS_WORDS * 4,
    fineCounts: bench.reserve(FINE_COUNTS_WORDS * 4 * NUM_CHUNKS),
    fineCountsStride: FINE_COUNTS_WORDS * 4,
  };
  const outputs = [results(bench, quads), results(bench, quads), results(bench, quads)] as const;
  const [{ node }, { node: normNode }, { node: reluNode }] = outputs;
  const nodes = { ...shared, node, normNode, reluNode };
  bench.run("normalizedRanges", nodes, { n0: 0, n1: ROWS });
  perChunk((range) => bench.run("normalizedView", nodes, range));
  outputs.forEach((output, index) => {
    const call = {
      ...place,
      ...output,
      ranged: 1,
      records: each.records + index * outputStride,
      shift: index === 0 ? shared.mean : shared.beta,
      bias: index === 0 ? shared.bias : 0,
      shiftRelu: index === 2 ? 1 : 0,
      counts: index === 0 ? shared.counts : shared.fineCounts,
      countsStride: index === 0 ? shared.countsStride : shared.fineCountsStride,
      fine: index,
    };
    bench.run("viewTotals", call, { n0: 0, n1: ROWS });
    bench.run("viewCounts", call, { n0: 0, n1: ROWS });
  });
  const raw = data.map((value) => value + bias);
  const normed = data.map((value, index) => {
    const { mean = 0, scale = 0 } = stats[channelOf(shape, index)] ?? {};
    return (value - mean) * scale + beta;
  });
  const rectified = normed.map((value) => (value < 0 ? 0 : value));
  return { outputs, values: [raw, normed, rectified] as const, channels };
};

export const normalizedRanges = (bench: Workbench): void =>
  everyCase(norms, (shape, planted, norm) => {
    const { outputs, values } = measureNormalized(bench, shape, planted, norm);
    outputs.forEach(({ node }, index) => {
      const [low = 0, high = 0] = bench.doubles(node + 64, 2);
      expect(low).toBeLessThan(high);
      if (planted === notFinite) return;
      const { mean, squares, finite, min, max } = momentsOf(values[index] ?? []);
      const reach = 4.5 * Math.sqrt(squares / finite);
      const slack = 1e-5 * (1 + Math.abs(mean));
      if (index < 2) expect(low).toBeLessThanOrEqual(Math.max(min, mean - reach) + slack);
      // Where the norm's own range reaches farther than the rectified values, so may theirs.
      expect(high).toBeGreaterThanOrEqual(Math.min(max, mean + (index < 2 ? reach : 0)) - slack);
    });
    const [, normed, rectified] = outputs.map(({ node }) => Array.from(bench.doubles(node + 64, 2)));
    // Rectified values are counted from 0 on, or all values lie above it.
    expect(rectified?.[1]).toBe(normed?.[1]);
    expect([0, normed?.[0]]).toContain(rectified?.[0]);
  });

export const normalizedView = (bench: Workbench): void =>
  everyCase(norms, (shape, planted, norm) => {
    const { outputs, values } = measureNormalized(bench, shape, planted, norm);
    outputs.forEach(({ node }, index) => {
      const all = values[index] ?? [];
      const what = `${shape} ${JSON.stringify(norm)} output ${index}`;
      expectRecord(bench, node, all, what);
      expectCounts(bench, node, all, what);
      expectChannels(bench, node, byChannel(shape, all), what);
    });
  });
