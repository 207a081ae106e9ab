/** Activations, softmax, Gaussian noise and reordering, against the layers' own reference. */
import { expect } from "vitest";
import { curves, derivesFromOutput } from "../../../engine/compile/lowerActivation.ts";
import { dropoutStream } from "../../../engine/kernels/dropoutMask.ts";
import type { AnyLayer, Operation, Tensor } from "../../../engine/layer.ts";
import { layerOf } from "../../../engine/registry.ts";
import { expectAgreement, samples, TAILS } from "./agreement.ts";
import { type Placed, Workbench } from "./workbench.ts";

const ROWS = 3;

type Activation = Extract<Operation, { op: "activation" }>;

interface Subject {
  readonly layer: AnyLayer;
  readonly params: unknown;
  readonly operation: Activation;
}

const subjectOf = (kind: string, given: object): Subject => {
  const layer = layerOf(kind);
  const params: unknown = layer?.params.parse(given);
  const operation = layer?.lower?.(params, [[1]]);
  if (layer === undefined || operation?.op !== "activation") throw new Error(`${kind} is no activation`);
  return { layer, params, operation };
};

const subjects: readonly Subject[] = [
  subjectOf("leakyRelu", { slope: 0.1 }),
  subjectOf("leakyRelu", { slope: 0 }),
  subjectOf("elu", { alpha: 1 }),
  subjectOf("elu", { alpha: 0.3 }),
  subjectOf("gelu", {}),
  subjectOf("gelu", { approximation: "tanh" }),
  subjectOf("silu", {}),
  subjectOf("sigmoid", {}),
  subjectOf("tanh", {}),
];

const imageShapes = TAILS.map((channels) => [ROWS, channels, 2, 3]);
const flatShapes = TAILS.map((features) => [ROWS, features]);
const planted = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];
const border = { top: 1, left: 0, bottom: 0, right: 2 };

const callOf = (params: unknown, x: Tensor, random: () => number = () => 0) => ({
  ...{ params, inputs: [x], weights: {}, state: {} },
  mode: "training" as const,
  random,
});

const forwardOf = ({ layer, params }: { layer: AnyLayer; params: unknown }, x: Tensor): Tensor =>
  layer.reference.forward(callOf(params, x)).output;

const backwardOf = ({ layer, params }: { layer: AnyLayer; params: unknown }, x: Tensor, outputGradient: Tensor) => {
  const output = forwardOf({ layer, params }, x);
  const { inputs } = layer.reference.backward({ ...callOf(params, x), output, saved: {}, outputGradient });
  return inputs[0]?.data ?? new Float64Array();
};

const walk = ({ layout }: Placed) => ({
  height: layout.height,
  width: layout.width,
  quads: Math.ceil(layout.channels / 4),
  tail: ((layout.channels - 1) % 4) + 1,
});

const curveOf = ({ operation }: Subject) => ({
  curve: curves.indexOf(operation.curve),
  parameter: operation.parameter,
});

/** Every lane that is no channel must be zero: kernels that follow read whole vectors. */
const expectZeroPadding = (bench: Workbench, { address, layout, shape }: Placed, what: string): void => {
  if (layout.height * layout.width !== 1 || layout.channels % 4 === 0) return;
  for (let n = 0; n < (shape[0] ?? 0); n++) {
    const sample = bench.floats(address + n * layout.sampleBytes, Math.ceil(layout.channels / 4) * 4);
    expect(
      Array.from(sample.subarray(layout.channels)).every((value) => value === 0),
      what,
    ).toBe(true);
  }
};

const runForward = (bench: Workbench, subject: Subject, x: Tensor, byChannels = false): Placed => {
  const placed = bench.place(x, x.shape.length > 2 ? border : undefined);
  const y = bench.room(x.shape);
  const shared = { ...Workbench.view("x", placed), ...Workbench.view("y", y), ...walk(placed), ...curveOf(subject) };
  const rows = x.shape[0] ?? 0;
  if (byChannels) {
    for (let c = 0; c < shared.quads; c += 2)
      bench.run("activationForward", shared, { n0: 0, n1: rows, c0: c, c1: c + 2 });
  } else {
    bench.run("activationForward", shared, { n0: 0, n1: 1 });
    bench.run("activationForward", shared, { n0: 1, n1: rows });
  }
  return y;
};

/** From −30 to 30, and powers of two from 2⁻²⁰ to 2 of either sign. */
const sweep = (): Tensor => {
  const values: number[] = [];
  for (let x = -30; x <= 30; x += 1 / 128) values.push(Math.fround(x + 1e-3));
  for (let exponent = -20; exponent <= 1; exponent += 0.25) {
    values.push(Math.fround(2 ** exponent), Math.fround(-(2 ** exponent)));
  }
  return { shape: [1, values.length], data: Float64Array.from(values) };
};

/** Within 1e-6, or as much of the value where that is larger than 1. */
const expectClose = (actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void => {
  for (let at = 0; at < expected.length; at++) {
    const [have, want] = [actual[at] ?? Number.NaN, expected[at] ?? Number.NaN];
    if (!(Math.abs(have - want) <= 1e-6 * Math.max(1, Math.abs(want))))
      expect.fail(`${what}: ${have}, not ${want}, at ${at}`);
  }
};

const nameOf = ({ operation }: Subject): string => `${operation.curve} ${operation.parameter}`;

export const activationForward = (bench: Workbench): void => {
  expect(new Set(subjects.map(({ operation }) => operation.curve))).toEqual(new Set(curves));
  for (const subject of subjects) {
    for (const shape of [...imageShapes, ...flatShapes]) {
      for (const byChannels of shape.length === 2 ? [false, true] : [false]) {
        bench.reset();
        const x = samples(shape, `activation ${shape}`, planted);
        const y = runForward(bench, subject, x, byChannels);
        expectAgreement(bench.read(y), forwardOf(subject, x).data, `${nameOf(subject)} of ${shape}`);
        expectZeroPadding(bench, y, `${nameOf(subject)} of ${shape}`);
      }
    }
    bench.reset();
    const x = sweep();
    expectClose(bench.read(runForward(bench, subject, x)), forwardOf(subject, x).data, nameOf(subject));
  }
};

const runGradient = (bench: Workbench, subject: Subject, x: Tensor, outputGradient: Tensor): Float64Array => {
  const source = derivesFromOutput(subject.operation.curve) ? forwardOf(subject, x) : x;
  const placed = bench.place({ shape: source.shape, data: source.data.map(Math.fround) });
  const dy = bench.place(outputGradient);
  const dx = bench.place({ shape: x.shape, data: x.data.map(() => Number.NaN) });
  const shared = {
    ...Workbench.view("x", placed),
    ...Workbench.view("y", dy),
    ...Workbench.view("dx", dx),
    ...walk(placed),
    ...curveOf(subject),
  };
  const rows = x.shape[0] ?? 0;
  bench.run("activationGradient", shared, { n0: 0, n1: 1 });
  bench.run("activationGradient", shared, { n0: 1, n1: rows });
  const once = bench.read(dx);
  bench.run("activationGradient", { ...shared, accumulate: 1 }, { n0: 0, n1: rows });
  expectAgreement(
    bench.read(dx),
    once.map((value) => 2 * value),
    `${nameOf(subject)} added`,
  );
  return once;
};

export const activationGradient = (bench: Workbench): void => {
  for (const subject of subjects) {
    for (const shape of [...imageShapes, ...flatShapes]) {
      bench.reset();
      const x = samples(shape, `activation ${shape}`, planted);
      const outputGradient = samples(shape, `gradient ${shape}`);
      const expected = backwardOf(subject, x, outputGradient);
      expectAgreement(runGradient(bench, subject, x, outputGradient), expected, `${nameOf(subject)} of ${shape}`);
    }
    bench.reset();
    const x = sweep();
    const ones = { shape: x.shape, data: x.data.map(() => 1) };
    expectClose(runGradient(bench, subject, x, ones), backwardOf(subject, x, ones), `${nameOf(subject)}′`);
  }
};

const softmaxSubject = () => {
  const layer = layerOf("softmax");
  if (layer === undefined) throw new Error("no softmax");
  return { layer, params: {} };
};

/** Usual values, large ones, and some that are not finite. */
const softmaxInputs = (shape: readonly number[]): Tensor[] => {
  const usual = samples(shape, `softmax ${shape}`);
  return [
    usual,
    { shape, data: usual.data.map((value) => Math.fround(value * 3000)) },
    samples(shape, `softmax ${shape}`, [Number.NaN]),
    samples(shape, `softmax ${shape}`, [Number.POSITIVE_INFINITY]),
    samples(shape, `softmax ${shape}`, [Number.NEGATIVE_INFINITY]),
  ];
};

/** The same values as a vector: one distribution a sample. */
const asVector = ({ shape, data }: Tensor): Tensor => ({ shape: [ROWS, data.length / (shape[0] ?? 1)], data });

export const softmaxForward = (bench: Workbench): void => {
  for (const shape of [...imageShapes, ...flatShapes]) {
    for (const x of softmaxInputs(shape)) {
      for (const whole of [0, 1]) {
        bench.reset();
        const placed = bench.place(x, shape.length > 2 ? border : undefined);
        const y = bench.room(shape);
        const shared = { ...Workbench.view("x", placed), ...Workbench.view("y", y), ...walk(placed), whole };
        bench.run("softmaxForward", shared, { n0: 0, n1: 1 });
        bench.run("softmaxForward", shared, { n0: 1, n1: ROWS });
        const expected = forwardOf(softmaxSubject(), whole ? asVector(x) : x);
        expectAgreement(bench.read(y), expected.data, `${shape}`, 1e-6);
        expectZeroPadding(bench, y, `${shape}`);
      }
    }
  }
};

export const softmaxGradient = (bench: Workbench): void => {
  for (const shape of [...imageShapes, ...flatShapes]) {
    for (const given of softmaxInputs(shape)) {
      for (const whole of [0, 1]) {
        bench.reset();
        const x = whole ? asVector(given) : given;
        const gradient = samples(shape, `gradient ${shape}`);
        const expected = backwardOf(softmaxSubject(), x, { shape: x.shape, data: gradient.data });
        const y = bench.place({ shape, data: forwardOf(softmaxSubject(), x).data.map(Math.fround) });
        const dy = bench.place(gradient, shape.length > 2 ? border : undefined);
        const dx = bench.place({ shape, data: x.data.map(() => Number.NaN) });
        const shared = {
          ...Workbench.view("y", y),
          ...Workbench.view("dy", dy),
          ...Workbench.view("dx", dx),
          ...walk(y),
          whole,
        };
        bench.run("softmaxGradient", shared, { n0: 0, n1: 1 });
        bench.run("softmaxGradient", shared, { n0: 1, n1: ROWS });
        expectAgreement(bench.read(dx), expected, `${shape}`);
        expectZeroPadding(bench, dx, `${shape}`);
        bench.run("softmaxGradient", { ...shared, accumulate: 1 }, { n0: 0, n1: ROWS });
        expectAgreement(
          bench.read(dx),
          expected.map((value) => 2 * value),
          `${shape} twice`,
        );
      }
    }
  }
};

export const noise = (bench: Workbench): void => {
  const layer = layerOf("gaussianNoise");
  if (layer === undefined) throw new Error("no Gaussian noise");
  // The last is large enough for numbers of the tails, beyond ±4.
  for (const shape of [...imageShapes, ...flatShapes, [ROWS, 40_000]]) {
    bench.reset();
    const x =
      shape[1] === 40_000 ? { shape, data: new Float64Array(3 * 40_000) } : samples(shape, `n ${shape}`, planted);
    const [key, step] = [0xdeadbeef | 0, 17];
    const { output } = layer.reference.forward(callOf({ std: 1 }, x, dropoutStream(key, step)));
    const placed = bench.place(x);
    const y = bench.room(shape);
    bench.setHeader({ step });
    const { height, width, channels } = placed.layout;
    const shared = {
      ...{ ...Workbench.view("x", placed), ...Workbench.view("y", y) },
      ...{ height, width, channels, quads: Math.ceil(channels / 4), key, std: 1 },
    };
    bench.run("noise", shared, { n0: 0, n1: 1 });
    bench.run("noise", shared, { n0: 1, n1: ROWS });
    expectAgreement(bench.read(y), output.data, `${shape}`, 1e-6);
    expectZeroPadding(bench, y, `${shape}`);
    if (shape[1] !== 40_000) continue;
    const mean = output.data.reduce((sum, value) => sum + value, 0) / output.data.length;
    const square = output.data.reduce((sum, value) => sum + value * value, 0) / output.data.length;
    // Four standard errors.
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(output.data.length));
    expect(Math.abs(square - 1)).toBeLessThan(4 * Math.sqrt(2 / output.data.length));
    expect(output.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeGreaterThan(4);
  }
};

export const permute = (bench: Workbench): void => {
  for (const channels of TAILS) {
    bench.reset();
    const shape = [ROWS, channels, 2, 3];
    const x = samples(shape, `permute ${shape}`, planted);
    const placed = bench.place(x, border);
    const y = bench.place({ shape: [ROWS, channels * 6], data: x.data.map(() => Number.NaN) });
    const { layout } = placed;
    const count = channels * 6;
    const offset = (f: number): number => {
      const row = Math.floor((f % 6) / 3);
      return layout.originBytes + row * layout.rowBytes + (f % 3) * layout.pixelBytes + Math.floor(f / 6) * 4;
    };
    const shared = {
      ...{ x: placed.address, xN: layout.sampleBytes, y: y.address, yN: y.layout.sampleBytes, count },
      from: bench.table(Array.from({ length: count }, (_, f) => offset(f))),
      to: bench.table(Array.from({ length: count }, (_, f) => f * 4)),
    };
    const cleared = { ...shared, clear: y.layout.sampleBytes };
    bench.run("permute", cleared, { n0: 0, n1: 1 });
    bench.run("permute", cleared, { n0: 1, n1: ROWS });
    expectAgreement(bench.read(y), x.data, `${shape}`);
    expectZeroPadding(bench, y, `${shape}`);
    bench.run("permute", { ...shared, accumulate: 1 }, { n0: 0, n1: ROWS });
    expectAgreement(
      bench.read(y),
      x.data.map((value) => 2 * value),
      `${shape} twice`,
    );
  }
};
