/** Normalize, rectify, pool, and the statistics they need, kernel by kernel, against formulas in float64. */
import { z } from "zod";
import type { Tensor } from "../../../engine/layer.ts";
import { pool2d } from "../../../engine/layers/pool2d.ts";
import { passSchema, readCases } from "../layers/referenceValues.ts";
import { expectAgreement, samples, TAILS } from "./agreement.ts";
import { type Placed, Workbench } from "./workbench.ts";

interface BlockProblem {
  readonly shape: readonly number[];
  readonly normalizes: boolean;
  readonly relu: boolean;
  readonly pool: "none" | "max" | "avg";
  readonly size: readonly [number, number];
  readonly planted: readonly number[];
}

/** Nothing but ties: the first maximum of a window wins. */
const TIES = [2, 5, 4, 5];

const shapes = [
  ...TAILS.map((channels) => [2, channels, 4, 5]),
  ...TAILS.map((features) => [5, features]),
  [3, 6, 7, 6],
];

const blockProblems: BlockProblem[] = shapes.flatMap((shape) =>
  (shape.length === 2 ? (["none"] as const) : (["none", "max", "avg"] as const)).flatMap((pool) =>
    [false, true].flatMap((relu) =>
      [false, true].flatMap((normalizes) =>
        (pool === "none" ? [[1, 1] as const] : [[2, 2] as const, [3, 2] as const]).map((size) => ({
          ...{ shape, normalizes, relu, pool, size },
          planted:
            shape[1] === 6
              ? [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]
              : shape.join() === TIES.join()
                ? new Array<number>(200).fill(0.5)
                : [],
        })),
      ),
    ),
  ),
);

const dimensions = ({ shape }: { readonly shape: readonly number[] }) => {
  const [n = 0, c = 0, h = 1, w = 1] = shape;
  return { n, c, h, w };
};

const outputShape = ({ shape, size }: BlockProblem): number[] => {
  const { n, c, h, w } = dimensions({ shape });
  return shape.length === 2 ? [n, c] : [n, c, Math.floor(h / size[0]), Math.floor(w / size[1])];
};

/** Per-channel vectors, f32. */
const vectorsOf = ({ shape, normalizes }: BlockProblem) => {
  const channels = shape[1] ?? 0;
  const vector = (scale: number, offset: number) =>
    Float32Array.from({ length: channels }, (_, c) => offset + scale * Math.sin(3 * c + scale));
  if (!normalizes) return null;
  return {
    mean: vector(0.1, 0.05),
    scale: vector(0.7, 0.2),
    beta: vector(0.3, 0),
    slope: vector(0.2, 0.1),
    shift: vector(0.05, 0),
  };
};

interface Expected {
  readonly output: Float64Array;
  /** dL/dv of every element. */
  readonly g: Float64Array;
  readonly dx: Float64Array;
  readonly sums: Float64Array;
  readonly moments: Float64Array;
}

const expectedOf = (problem: BlockProblem, x: Tensor, dy: Tensor): Expected => {
  const { n, c, h, w } = dimensions(problem);
  const vectors = vectorsOf(problem);
  const at = (vector: Float32Array | undefined, channel: number, otherwise: number): number =>
    vector?.[channel] ?? otherwise;
  const channelOf = (index: number): number => Math.floor(index / (h * w)) % c;
  const v = x.data.map((value, index) => {
    const channel = channelOf(index);
    return (value - at(vectors?.mean, channel, 0)) * at(vectors?.scale, channel, 1) + at(vectors?.beta, channel, 0);
  });
  const r = v.map((value) => (problem.relu && value < 0 ? 0 : value));
  const outShape = outputShape(problem);
  const [, , oh = 1, ow = 1] = outShape;
  const output = new Float64Array(n * c * oh * ow);
  const g = new Float64Array(x.data.length);
  const [ph, pw] = problem.size;
  for (let o = 0; o < output.length; o++) {
    const plane = Math.floor(o / (oh * ow));
    const top = Math.floor((o % (oh * ow)) / ow) * ph;
    const left = (o % ow) * pw;
    const window = Array.from(
      { length: ph * pw },
      (_, i) => (plane * h + top + Math.floor(i / pw)) * w + left + (i % pw),
    );
    const values = window.map((index) => r[index] ?? 0);
    const gradient = dy.data[o] ?? 0;
    if (problem.pool === "avg") {
      output[o] = values.reduce((a, b) => a + b, 0) / window.length;
      for (const index of window) g[index] = gradient / window.length;
    } else {
      const nan = values.findIndex((value) => Number.isNaN(value));
      const best = nan >= 0 ? nan : values.reduce((most, value, i) => (value > (values[most] ?? 0) ? i : most), 0);
      output[o] = values[best] ?? 0;
      g[window[best] ?? 0] = gradient;
    }
  }
  if (problem.relu) for (const [index, value] of v.entries()) g[index] = value <= 0 ? 0 : (g[index] ?? 0);
  const sums = new Float64Array(c);
  const moments = new Float64Array(c);
  const dx = g.map((gradient, index) => {
    const channel = channelOf(index);
    const centred = (x.data[index] ?? 0) - at(vectors?.mean, channel, 0);
    sums[channel] = (sums[channel] ?? 0) + gradient;
    moments[channel] = (moments[channel] ?? 0) + gradient * centred;
    if (vectors === null) return gradient;
    return (
      at(vectors.scale, channel, 1) * gradient + at(vectors.slope, channel, 0) * centred + at(vectors.shift, channel, 0)
    );
  });
  return { output, g, dx, sums, moments };
};

const blockArguments = (bench: Workbench, problem: BlockProblem, x: Placed, out: readonly number[]) => {
  const vectors = vectorsOf(problem);
  return {
    ...Workbench.view("x", x),
    ...{ height: x.layout.height, width: x.layout.width, quads: Math.ceil(x.layout.channels / 4) },
    ...{ outHeight: out[2] ?? 1, outWidth: out[3] ?? 1 },
    pool: { none: 0, max: 1, avg: 2 }[problem.pool],
    ...{ poolHeight: problem.size[0], poolWidth: problem.size[1], relu: problem.relu ? 1 : 0 },
    ...(vectors === null
      ? {}
      : {
          ...{ mean: bench.vector(vectors.mean), scale: bench.vector(vectors.scale), beta: bench.vector(vectors.beta) },
          ...{ slope: bench.vector(vectors.slope), shift: bench.vector(vectors.shift) },
        }),
  };
};

const eachBlock = (
  bench: Workbench,
  run: (call: { problem: BlockProblem; x: Placed; dy: Placed; expected: Expected; name: string; rows: number }) => void,
): void => {
  for (const problem of blockProblems) {
    bench.reset();
    const name = JSON.stringify(problem);
    const x = samples(problem.shape, name, problem.planted);
    const dy = samples(outputShape(problem), `${name} dy`);
    const expected = expectedOf(problem, x, dy);
    run({ problem, x: bench.place(x), dy: bench.place(dy), expected, name, rows: problem.shape[0] ?? 0 });
  }
};

export const blockForward = (bench: Workbench): void =>
  eachBlock(bench, ({ problem, x, expected, name, rows }) => {
    const y = bench.room(outputShape(problem), { top: 1, left: 1, bottom: 0, right: 2 });
    bench.run(
      "blockForward",
      { ...blockArguments(bench, problem, x, outputShape(problem)), ...Workbench.view("y", y) },
      { n0: 0, n1: rows },
    );
    expectAgreement(bench.read(y), expected.output, name);
  });

export const blockGradientSums = (bench: Workbench): void =>
  eachBlock(bench, ({ problem, x, dy, expected, name, rows }) => {
    // 0 · Inf has no place in the sums of finite gradients: a batch with Inf has NaN statistics anyway.
    if (problem.planted.includes(Number.NaN)) return;
    const channels = problem.shape[1] ?? 0;
    const padded = Math.ceil(channels / 4) * 4;
    const sums = bench.reserve(padded * 16);
    const shared = { ...blockArguments(bench, problem, x, outputShape(problem)), ...Workbench.view("y", dy), sums };
    bench.run("blockGradientSums", shared, { n0: 0, n1: 1 });
    bench.run("blockGradientSums", shared, { n0: 1, n1: rows });
    expectAgreement(bench.doubles(sums, channels), expected.sums, `${name} Σ g`);
    expectAgreement(bench.doubles(sums + padded * 8, channels), expected.moments, `${name} Σ g·(x − mean)`);
  });

export const blockGradient = (bench: Workbench): void =>
  eachBlock(bench, ({ problem, x, dy, expected, name, rows }) => {
    for (const accumulate of [0, 1]) {
      const before = samples(problem.shape, "before");
      const dx = bench.place(before, { top: 0, left: 1, bottom: 2, right: 1 });
      bench.run(
        "blockGradient",
        {
          ...blockArguments(bench, problem, x, outputShape(problem)),
          ...Workbench.view("y", dy),
          ...Workbench.view("dx", dx),
          accumulate,
        },
        { n0: 0, n1: rows },
      );
      const want = expected.dx.map((value, index) => value + accumulate * (before.data[index] ?? 0));
      expectAgreement(bench.read(dx), want, `${name}, accumulate ${accumulate}`);
    }
  });

interface PoolProblem {
  readonly shape: readonly number[];
  readonly pool: "max" | "avg";
  readonly size: [number, number];
  readonly stride: [number, number];
  readonly padding: [number, number];
  readonly planted: readonly number[];
}

/** The cases of test/reference/pool2d.json. */
const fromPyTorch = readCases(
  "pool2d",
  passSchema.extend({
    config: z.object({
      pool: z.enum(["max", "avg"]),
      size: z.tuple([z.number(), z.number()]),
      stride: z.tuple([z.number(), z.number()]),
      padding: z.tuple([z.number(), z.number()]),
    }),
  }),
);

const poolProblems: PoolProblem[] = (["max", "avg"] as const).flatMap((pool): PoolProblem[] => [
  ...TAILS.map((channels) => ({
    ...{ shape: [2, channels, 5, 6], pool, planted: [] },
    ...{ size: [3, 2] as [number, number], stride: [2, 1] as [number, number], padding: [1, 1] as [number, number] },
  })),
  { shape: [2, 5, 6, 6], pool, size: [2, 2], stride: [3, 3], padding: [0, 0], planted: [] },
  { shape: TIES, pool, size: [3, 3], stride: [1, 1], padding: [1, 1], planted: new Array<number>(200).fill(0.5) },
  {
    shape: [2, 6, 6, 7],
    pool,
    size: [3, 3],
    stride: [1, 2],
    padding: [1, 0],
    planted: [Number.NaN, Number.POSITIVE_INFINITY, -0],
  },
]);

interface PoolCase {
  readonly name: string;
  readonly settings: Pick<PoolProblem, "pool" | "size" | "stride" | "padding">;
  readonly x: Tensor;
  readonly output: Tensor;
  readonly outputGradient: Tensor;
  readonly inputGradient: Tensor;
}

const solvePool = (problem: PoolProblem): PoolCase => {
  const name = JSON.stringify(problem);
  const { shape, planted, ...settings } = problem;
  const x = samples(shape, name, planted);
  const params = pool2d.params.parse(settings);
  const call = { params, inputs: [x], weights: {}, state: {}, mode: "training", random: () => 0 } as const;
  const { output } = pool2d.reference.forward(call);
  const outputGradient = samples(output.shape, `${name} dy`);
  const { inputs } = pool2d.reference.backward({ ...call, output, saved: {}, outputGradient });
  return { name, settings, x, output, outputGradient, inputGradient: inputs[0] as Tensor };
};

const poolCases = (): PoolCase[] => [
  ...poolProblems.map(solvePool),
  ...fromPyTorch.map((values, number) => ({
    name: `pool2d.json ${number}`,
    settings: values.config,
    x: values.inputs.x,
    output: values.output,
    outputGradient: values.outputGradient,
    inputGradient: values.inputGradients.x,
  })),
];

const eachPool = (
  bench: Workbench,
  run: (call: { values: PoolCase; shared: Record<string, number>; rows: number }) => void,
): void => {
  for (const values of poolCases()) {
    bench.reset();
    const { settings, x, output } = values;
    const [strideHeight, strideWidth] = settings.stride;
    const shared = {
      ...Workbench.view("x", bench.place(x)),
      ...{ height: x.shape[2] ?? 0, width: x.shape[3] ?? 0, quads: Math.ceil((x.shape[1] ?? 0) / 4) },
      ...{ outHeight: output.shape[2] ?? 0, outWidth: output.shape[3] ?? 0, pool: settings.pool === "max" ? 1 : 2 },
      ...{ poolHeight: settings.size[0], poolWidth: settings.size[1], strideHeight, strideWidth },
      ...{ padTop: settings.padding[0], padLeft: settings.padding[1] },
    };
    run({ values, shared, rows: x.shape[0] ?? 0 });
  }
};

export const poolForward = (bench: Workbench): void =>
  eachPool(bench, ({ values, shared, rows }) => {
    const y = bench.room(values.output.shape);
    bench.run("poolForward", { ...shared, ...Workbench.view("y", y) }, { n0: 0, n1: rows });
    expectAgreement(bench.read(y), values.output.data, values.name);
  });

export const poolGradient = (bench: Workbench): void =>
  eachPool(bench, ({ values, shared, rows }) => {
    const dy = bench.place(values.outputGradient);
    for (const accumulate of [0, 1]) {
      const before = samples(values.x.shape, "before");
      const dx = bench.place(before);
      const views = { ...Workbench.view("y", dy), ...Workbench.view("dx", dx) };
      bench.run("poolGradient", { ...shared, ...views, accumulate }, { n0: 0, n1: rows });
      const want = values.inputGradient.data.map((value, at) => value + accumulate * (before.data[at] ?? 0));
      expectAgreement(bench.read(dx), want, `${values.name}, accumulate ${accumulate}`);
    }
  });
