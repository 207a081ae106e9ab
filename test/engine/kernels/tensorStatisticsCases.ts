/** Kernels that measure weights, updates, gradients and batch norms, against float64 sums of the same f32 values. */
import { expect } from "vitest";
import {
  GRADIENT_COUNTS,
  GRADIENT_RECORD_BYTES,
  NODE_COUNTS,
  UPDATE_MOMENTS_BYTES,
  WEIGHT_RECORD_BYTES,
} from "../../../engine/kernels/header.ts";
import { expectAgreement, expectBetween, samples, TAILS } from "./agreement.ts";
import { Workbench } from "./workbench.ts";

const WORKSPACE = 65536;
/** Of sums: runs of 64 quads are summed in f32, and those in f64. */
const TOLERANCE = 2e-6;
export const NOT_FINITE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

const finiteOf = (values: readonly number[]): number[] => values.filter((value) => Number.isFinite(value));

const momentsOf = (values: readonly number[]) => {
  const finite = finiteOf(values);
  const mean = finite.reduce((sum, value) => sum + value, 0) / Math.max(1, finite.length);
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sizes = finite.reduce((sum, value) => sum + Math.abs(value), 0);
  return { mean, squares, sizes, finite: finite.length };
};

/** A tensor of `lanes` real lanes a quad, the rest NaN; and its real values. */
const placeTensor = (bench: Workbench, lanes: readonly number[], valueAt: (index: number) => number) => {
  const floats = new Float32Array(lanes.length * 4).fill(Number.NaN);
  const values: number[] = [];
  lanes.forEach((real, quad) => {
    for (let lane = 0; lane < real; lane++) {
      floats[quad * 4 + lane] = valueAt(values.length);
      values.push(floats[quad * 4 + lane] ?? Number.NaN);
    }
  });
  const isPadded = lanes.some((real) => real !== 4);
  const table = bench.reserve(lanes.length);
  bench.bytes(table, lanes.length).set(lanes);
  return { address: bench.vector(floats), values, lanes: isPadded ? table : 0 };
};

/** Whole quads; panels whose second quad is padded; vectors with a tail; more values than are counted one by one. */
const layouts: readonly (readonly number[])[] = [
  ...TAILS.map((channels) =>
    Array.from({ length: Math.ceil(channels / 4) }, (_, quad) => Math.min(4, channels - quad * 4)),
  ),
  Array.from({ length: 24 }, (_, quad) => (quad % 2 === 0 ? 4 : 2)),
  Array.from({ length: 401 }, () => 4),
  Array.from({ length: 700 }, (_, quad) => (quad < 600 ? 4 : 3)),
];

const withWorkspace = (bench: Workbench): void =>
  bench.setHeader({ rows: 5, workspace: bench.reserve(WORKSPACE), workspaceBytes: WORKSPACE });

export const weightView = (bench: Workbench): void => {
  for (const lanes of layouts) {
    const usual = samples([lanes.length * 4], `weights ${lanes.length}`).data;
    const kinds: readonly ((index: number) => number)[] = [
      (index) => usual[index] ?? 0,
      (index) => 1000 + (usual[index] ?? 0) / 100,
      () => 0.1,
      (index) => (index < 3 ? (NOT_FINITE[index] ?? 0) : (usual[index] ?? 0)),
    ];
    for (const [kind, valueAt] of kinds.entries()) {
      bench.reset();
      withWorkspace(bench);
      const tensor = placeTensor(bench, lanes, valueAt);
      const record = bench.reserve(WEIGHT_RECORD_BYTES);
      bench.run(
        "weightView",
        { w: tensor.address, vectors: lanes.length, lanes: tensor.lanes, record },
        { n0: 0, n1: 5 },
      );
      const what = `${lanes.length} quads, values ${kind}`;
      const { mean, squares, sizes, finite } = momentsOf(tensor.values);
      const [count, meanSeen = 0, squaresSeen = 0, finiteSeen, min = 0, max = 0, sizesSeen = 0, bad] = bench.doubles(
        record,
        8,
      );
      expect([count, finiteSeen, bad], what).toEqual([tensor.values.length, finite, tensor.values.length - finite]);
      const all = finiteOf(tensor.values);
      const ends = all.length === 0 ? [0, 0] : [Math.min(...all), Math.max(...all)];
      expect([min, max], what).toEqual(ends);
      expectAgreement(
        [meanSeen, sizesSeen / Math.max(1, finite)],
        [mean, sizes / Math.max(1, finite)],
        what,
        TOLERANCE,
      );
      // Equal values have no variance at all.
      if (kind === 2) expect(squaresSeen, what).toBe(0);
      else expect(Math.abs(squaresSeen - squares), what).toBeLessThanOrEqual(TOLERANCE * squares);
      const counts = Array.from(bench.words(record + NODE_COUNTS, 68));
      expect(
        counts.reduce((a, b) => a + b),
        what,
      ).toBe(tensor.values.length);
      const [low = 0, high = 0] = bench.doubles(record + 64, 2);
      let below = counts[0] ?? 0;
      for (let edge = 0; edge <= 64; edge++) {
        const at = low + ((high - low) * edge) / 64;
        const slack = 1e-6 * (Math.abs(low) + Math.abs(high));
        const fewest = all.filter((value) => value < at - slack).length;
        const most = all.filter((value) => value <= at + slack).length;
        expectBetween(below, fewest, most, `${what} below ${at}`);
        below += counts[edge + 1] ?? 0;
      }
    }
  }
};

/** What an update of each optimizer tells, against its weights before and after. */
export const expectMeasuredUpdate = (
  bench: Workbench,
  run: (measuring: { readonly moments: number; readonly record: number; readonly lanes: number }) => {
    readonly before: readonly number[];
    readonly after: readonly number[];
    readonly gradient: readonly number[];
    readonly numTasks: number;
  },
  what: string,
): void => {
  withWorkspace(bench);
  const record = bench.reserve(WEIGHT_RECORD_BYTES);
  bench.bytes(record, WEIGHT_RECORD_BYTES).fill(0);
  const moments = bench.reserve(UPDATE_MOMENTS_BYTES * 64);
  bench.setHeader({ measure: 1 });
  const { before, after, gradient, numTasks } = run({ moments, record, lanes: 0 });
  bench.setHeader({ measure: 0 });
  const change = before.map((value, index) => (after[index] ?? 0) - value);
  const total = {
    count: 0,
    finite: 0,
    changes: 0,
    zeros: 0,
    sum: 0,
    squares: 0,
    changeSum: 0,
    changeSquares: 0,
    sizes: 0,
  };
  for (let task = 0; task < numTasks; task++) {
    const at = moments + task * UPDATE_MOMENTS_BYTES;
    const [shift = 0, changeShift = 0] = bench.floats(at, 2);
    const [count = 0, finite = 0, changes = 0, zeros = 0] = bench.words(at + 8, 4);
    const [sum = 0, squares = 0, changeSum = 0, changeSquares = 0, sizes = 0] = bench.doubles(at + 32, 5);
    total.count += count;
    total.finite += finite;
    total.changes += changes;
    total.zeros += zeros;
    total.sum += sum + finite * shift;
    total.squares += squares + 2 * shift * sum + finite * shift * shift;
    total.changeSum += changeSum + changes * changeShift;
    total.changeSquares += changeSquares + 2 * changeShift * changeSum + changes * changeShift * changeShift;
    total.sizes += sizes;
  }
  const sumOf = (values: readonly number[], f: (value: number) => number): number =>
    finiteOf(values).reduce((sum, value) => sum + f(value), 0);
  expect([total.count, total.finite, total.changes], what).toEqual([
    before.length,
    finiteOf(gradient).length,
    finiteOf(change).length,
  ]);
  expect(total.zeros, what).toBe(gradient.filter((value) => value === 0).length);
  const close = (actual: number, expected: number, scale: number, name: string): void =>
    expect(Math.abs(actual - expected), `${what}: ${name}`).toBeLessThanOrEqual(TOLERANCE * Math.max(scale, 1e-30));
  const square = (value: number): number => value * value;
  close(
    total.sum,
    sumOf(gradient, (g) => g),
    sumOf(gradient, Math.abs),
    "Σg",
  );
  close(total.squares, sumOf(gradient, square), sumOf(gradient, square), "Σg²");
  close(
    total.changeSum,
    sumOf(change, (d) => d),
    sumOf(change, Math.abs),
    "Σd",
  );
  close(total.changeSquares, sumOf(change, square), sumOf(change, square), "Σd²");
  close(total.sizes, sumOf(change, Math.abs), sumOf(change, Math.abs), "Σ|d|");
  const counts = Array.from(bench.words(record + GRADIENT_COUNTS, 66));
  const expected = new Array<number>(66).fill(0);
  for (const g of finiteOf(gradient)) {
    const code = g === 0 ? 0 : Math.max(0, Math.min(65, Math.floor(Math.log2(Math.abs(g))) + 53));
    expected[code] = (expected[code] ?? 0) + 1;
  }
  expect(counts, what).toEqual(expected);
};

export const gradientMoments = (bench: Workbench): void => {
  const shapes = [
    ...TAILS.map((channels) => [5, channels, 3, 4]),
    ...TAILS.map((features) => [5, features]),
    [5, 8, 6, 7],
  ];
  for (const shape of shapes) {
    for (const planted of [[], NOT_FINITE]) {
      for (const masked of [false, true]) {
        bench.reset();
        bench.setHeader({ rows: 5, measure: 1 });
        const g = samples(shape, `gradient ${shape}`, planted);
        const y = samples(shape, `output ${shape}`);
        const border = shape.length === 4 ? { top: 1, left: 2, bottom: 1, right: 1 } : undefined;
        const placed = bench.place(g, border);
        const { height, width, channels } = placed.layout;
        const records = bench.reserve(GRADIENT_RECORD_BYTES * 3);
        const call = {
          ...Workbench.view("x", placed),
          ...(masked ? Workbench.view("y", bench.place(y)) : {}),
          ...{ height, width, quads: Math.ceil(channels / 4), channels, records, chunk: 2 },
        };
        // The first task in two calls, sample by sample.
        for (const [n0, n1, task] of [
          [0, 1, 0],
          [1, 2, 0],
          [2, 4, 1],
          [4, 5, 2],
        ] as const) {
          bench.run("gradientMoments", call, { n0, n1, task });
        }
        bench.setHeader({ measure: 0 });
        // In a step that is not measured it changes nothing.
        bench.run("gradientMoments", call, { n0: 0, n1: 2, task: 0 });
        const values = Array.from(g.data, (value, index) => (masked && (y.data[index] ?? 0) <= 0 ? 0 : value));
        const total = [0, 1, 2].reduce(
          (sums, task) =>
            sums.map((sum, word) => sum + (bench.doubles(records + task * GRADIENT_RECORD_BYTES, 4)[word] ?? 0)),
          [0, 0, 0, 0],
        );
        const finite = finiteOf(values);
        const sum = finite.reduce((a, b) => a + b, 0);
        const squares = finite.reduce((a, b) => a + b * b, 0);
        const what = `${shape} ${masked} ${planted.length}`;
        expect(total.slice(2), what).toEqual([finite.length, values.length - finite.length]);
        expect(Math.abs((total[1] ?? 0) - squares), what).toBeLessThanOrEqual(TOLERANCE * squares);
        expect(Math.abs((total[0] ?? 0) - sum), what).toBeLessThanOrEqual(
          TOLERANCE * Math.sqrt(squares * values.length),
        );
      }
    }
  }
};

export const normVectors = (bench: Workbench): void => {
  for (const hasBatch of [true, false]) {
    for (const hasBias of [true, false]) {
      bench.reset();
      const vector = (name: string) => {
        const { data } = samples([8], name);
        return { data: Array.from(data), address: bench.vector(data) };
      };
      const [mean, variance, bias, runningMean, runningVariance, gamma, beta] = [
        ...[vector("mean"), vector("variance"), vector("bias"), vector("running mean")],
        ...[vector("running variance"), vector("gamma"), vector("beta")],
      ] as const;
      const record = bench.reserve(6 * 8 * 4);
      const none = { address: 0 };
      const place = (each: { readonly address: number } | undefined): number => each?.address ?? 0;
      const call = {
        ...{ mean: place(hasBatch ? mean : none), variance: place(hasBatch ? variance : none) },
        ...{ bias: place(hasBias ? bias : none), runningMean: place(runningMean), gamma: place(gamma) },
        ...{ runningVariance: place(runningVariance), beta: place(beta), quads: 2, record },
      };
      bench.run("normVectors", call, { n0: 0, n1: 5 });
      const seen = Array.from(bench.floats(record, 48));
      expect(seen.slice(0, 32)).toEqual(
        [runningMean, runningVariance, gamma, beta].flatMap((each) => each?.data ?? []),
      );
      if (!hasBatch) continue;
      const shifted = (mean?.data ?? []).map((value, index) =>
        Math.fround(value + (hasBias ? (bias?.data[index] ?? 0) : 0)),
      );
      expect(seen.slice(32)).toEqual([...shifted, ...(variance?.data ?? [])]);
    }
  }
};
