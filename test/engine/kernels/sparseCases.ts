/** Dense layers that read samples with many zeros, kernel by kernel: against the dense layer's reference on all values, zeros included. */
import { expect } from "vitest";
import { panelTable, runTable, weightOffset } from "../../../engine/compile/contractionTables.ts";
import type { Tensor } from "../../../engine/layer.ts";
import { dense } from "../../../engine/layers/dense.ts";
import { createStream } from "../../../engine/train/rng.ts";
import { expectAgreement, samples, TAILS } from "./agreement.ts";
import type { Placed, Workbench } from "./workbench.ts";

interface Problem {
  readonly rows: number;
  readonly channels: number;
  readonly area: number;
  readonly outputs: number;
  /** What a stored 0 becomes, by channel. */
  readonly offsets: readonly number[];
  /** Share of the values that are not 0, by sample. */
  readonly shareOf: (row: number) => number;
  /** Whether channels lie next to each other. */
  readonly packed: boolean;
  /** Planted in the weights or in dy. */
  readonly badWeight?: number;
  readonly badGradient?: number;
}

/** Rows of a task. */
const CHUNK = 6;

const usual: Problem = {
  ...{ rows: 13, channels: 1, area: 19, outputs: 10, offsets: [-0.42], shareOf: () => 0.2, packed: false },
};

const problems: readonly Problem[] = [
  usual,
  // Panels of six, four, two and one at a time, and the last of four outputs.
  ...[...TAILS, 20, 28, 32, 36, 44, 48, 52, 53, 56, 60, 64, 96, 100, 104].map((outputs) => ({ ...usual, outputs })),
  ...TAILS.map((area) => ({ ...usual, area })),
  ...TAILS.map((rows) => ({ ...usual, rows })),
  { ...usual, offsets: [0] },
  { ...usual, area: 784, outputs: 100, rows: 20 },
  { ...usual, channels: 3, area: 7, offsets: [-0.4, 0, 0.3] },
  { ...usual, channels: 3, area: 7, offsets: [-0.4, 0, 0.3], packed: true },
  // Tasks that are left to the dense kernels beside others that are not, and a batch of such alone.
  { ...usual, rows: 24, area: 60, shareOf: (row) => (Math.floor(row / CHUNK) % 2 === 0 ? 0.9 : 0.1) },
  { ...usual, rows: 24, area: 60, shareOf: (row) => (row < 2 * CHUNK ? 0.9 : 0.1) },
  { ...usual, area: 60, shareOf: () => 1 },
  { ...usual, area: 60, shareOf: () => 0 },
];

interface Laid {
  readonly bench: Workbench;
  readonly problem: Problem;
  readonly name: string;
  readonly terms: number;
  readonly quads: number;
  readonly x: Placed;
  readonly background: readonly number[];
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly output: Tensor;
  readonly outputGradient: Tensor;
  readonly weightGradient: Tensor;
  /** What all five kernels take. */
  readonly shared: Record<
    "x" | "xN" | "w" | "background" | "empty" | "bias" | "terms" | "panels" | "numPanels" | "tasks" | "chunk",
    number
  >;
}

const lay = (bench: Workbench, problem: Problem): Laid => {
  bench.reset();
  const { rows, channels, area, outputs, offsets, shareOf, packed } = problem;
  const { shareOf: _, ...rest } = problem;
  const name = JSON.stringify(rest);
  const terms = channels * area;
  const background = Array.from(
    { length: terms },
    (_, term) => offsets[packed ? term % channels : Math.floor(term / area)] ?? 0,
  ).map(Math.fround);
  const random = createStream(3, name);
  const given = samples([rows, terms], `${name} x`).data;
  const xTensor = {
    shape: [rows, terms],
    data: given.map((value, at) =>
      random() < shareOf(Math.floor(at / terms)) ? value : (background[at % terms] ?? 0),
    ),
  };
  const weight = samples([outputs, terms], `${name} w`, problem.badWeight === undefined ? [] : [problem.badWeight]);
  const bias = samples([outputs], `${name} b`);
  const call = {
    ...{ inputs: [xTensor], weights: { weight, bias }, state: {}, mode: "training" as const, random: () => 0 },
    params: dense.params.parse({ units: outputs }),
  };
  const { output } = dense.reference.forward(call);
  const planted = problem.badGradient === undefined ? [] : [problem.badGradient];
  const outputGradient = samples(output.shape, `${name} dy`, planted);
  const gradients = dense.reference.backward({ ...call, output, saved: {}, outputGradient });
  const quads = Math.ceil(outputs / 4);
  const w = bench.reserve(terms * quads * 16);
  bench.floats(w, terms * quads * 4).fill(0);
  weight.data.forEach((value, element) => {
    const at = weightOffset(quads, terms, element % terms, Math.floor(element / terms));
    bench.floats(w, terms * quads * 4)[at] = value;
  });
  const x = bench.place(xTensor);
  const panels = panelTable(quads, terms);
  const room = (floats: number): number => {
    const address = bench.reserve(floats * 4);
    bench.floats(address, floats).fill(0);
    return address;
  };
  const workspaceBytes = 6 * (4 + (terms + 4) * 8);
  bench.setHeader({
    ...{ rows, workspace: bench.reserve(workspaceBytes), workspaceBytes },
    scaling: bench.vector(offsets.flatMap((offset) => [1, offset])),
  });
  return {
    ...{ bench, problem, name, terms, quads, x, background, weight, bias, output, outputGradient },
    weightGradient: gradients.weights.weight as Tensor,
    shared: {
      ...{ x: x.address, xN: x.layout.sampleBytes, w, background: room(terms + 12), empty: room(quads * 4) },
      ...{ bias: bench.vector(bias.data), terms, panels: bench.table(panels), numPanels: panels.length / 4 },
      ...{ tasks: room(2 * Math.ceil(rows / CHUNK)), chunk: CHUNK },
    },
  };
};

const runBackground = ({ bench, problem, shared }: Laid): void => {
  const { channels, area, packed } = problem;
  const order = packed ? { termC: 1, termI: channels } : { termC: area, termI: 1 };
  bench.run("background", { ...shared, channels, area, ...order }, { n0: 0, n1: 1 });
};

const runEmptySample = ({ bench, quads, shared }: Laid): void => {
  for (let c0 = 0; c0 < quads; c0 += 2) bench.run("emptySample", shared, { n0: 0, n1: 1, c0, c1: c0 + 2 });
};

export const background = (bench: Workbench): void => {
  for (const problem of problems) {
    const laid = lay(bench, problem);
    runBackground(laid);
    const floats = bench.floats(laid.shared.background, laid.terms + 6);
    expect(Array.from(floats), laid.name).toEqual([...laid.background, 0, 0, 0, 0, 0, 0]);
  }
};

export const emptySample = (bench: Workbench): void => {
  for (const problem of problems) {
    const laid = lay(bench, problem);
    const { name, terms, weight, bias, shared, background: b } = laid;
    runBackground(laid);
    const expected = bias.data.map((value, output) =>
      b.reduce((sum, each, term) => sum + each * (weight.data[output * terms + term] ?? 0), value),
    );
    runEmptySample(laid);
    expectAgreement(bench.floats(shared.empty, problem.outputs), expected, name, 2e-5);
    bench.run("emptySample", { ...shared, bias: 0 }, { n0: 0, n1: 1 });
    const unbiased = expected.map((value, output) => value - (bias.data[output] ?? 0));
    expectAgreement(bench.floats(shared.empty, problem.outputs), unbiased, `${name} without bias`, 2e-5);
  }
};

const runForward = (laid: Laid): Placed => {
  const { bench, problem, quads, x, output, shared } = laid;
  const { rows } = problem;
  runBackground(laid);
  runEmptySample(laid);
  const y = bench.room(output.shape);
  const sides = { y: y.address, yN: y.layout.sampleBytes };
  for (let n0 = 0; n0 < rows; n0 += CHUNK) {
    bench.run("sparseProduct", { ...shared, ...sides }, { n0, n1: Math.min(n0 + CHUNK, rows), task: n0 / CHUNK });
  }
  const runs = runTable(x.layout);
  const { background: _, empty: __, terms: ___, ...product } = shared;
  const values = { ...product, ...sides, runs: bench.table(runs), numRuns: runs.length / 2 };
  // By channels, as in training.
  for (let c0 = 0; c0 < quads; c0 += 2) bench.run("product", values, { n0: 0, n1: rows, c0, c1: c0 + 2 });
  return y;
};

export const sparseProduct = (bench: Workbench): void => {
  for (const problem of problems) {
    const laid = lay(bench, problem);
    const y = runForward(laid);
    expectAgreement(bench.read(y), laid.output.data, laid.name, 2e-5);
    const tasks = Array.from({ length: Math.ceil(problem.rows / CHUNK) }, (_, task) => task);
    const left = tasks.map((task) => bench.words(laid.shared.tasks, 2 * tasks.length)[2 * task]);
    if (problem.area < 60) continue;
    expect(left, `${laid.name}: tasks left`).toEqual(
      tasks.map((task) => (problem.shareOf(task * CHUNK) > 0.5 ? 1 : 0)),
    );
  }
  // A weight that is not finite reaches every sample, also those that hold nothing where it is.
  for (const badWeight of [Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const offset of [0, -0.42]) {
      const problem = { ...usual, offsets: [offset], shareOf: () => 0, badWeight };
      const laid = lay(bench, problem);
      const { output } = laid;
      const finite = (values: ArrayLike<number>): boolean[] => Array.from(values, Number.isFinite);
      expect(finite(bench.read(runForward(laid))), laid.name).toEqual(finite(output.data));
    }
  }
};

interface Lists {
  readonly lists: number;
  readonly listBytes: number;
  readonly ends: number;
}

const runStrips = (laid: Laid): Lists & { readonly dy: number; readonly dyN: number } => {
  const { bench, problem, terms, shared, outputGradient } = laid;
  const { rows } = problem;
  runForward(laid);
  const numStrips = Math.ceil(terms / 6);
  const dy = bench.place(outputGradient);
  const listed = {
    ...{ lists: bench.reserve(numStrips * rows * 32), listBytes: rows * 32, ends: bench.reserve(numStrips * 4) },
    ...{ dy: dy.address, dyN: dy.layout.sampleBytes },
  };
  // A task takes one or more groups of eight strips.
  for (let c0 = 0; c0 * 8 < numStrips; c0 += 2) {
    bench.run("listStrips", { ...shared, ...listed }, { n0: 0, n1: rows, c0, c1: c0 + 2 });
  }
  return listed;
};

/** Whether the gradient is left to the dense kernel: its own rule, on what the first samples of the tasks hold. */
const isGradientLeft = ({ problem, terms }: Laid, values: Float64Array): boolean => {
  const numTasks = Math.ceil(problem.rows / CHUNK);
  const numStrips = Math.floor(terms / 6);
  let held = 0;
  for (let task = 0; task < numTasks; task++) {
    const first = values.subarray(task * CHUNK * terms, (task * CHUNK + 1) * terms);
    for (let strip = 0; strip < numStrips; strip++) {
      if (first.subarray(strip * 6, strip * 6 + 6).some((value) => value !== 0)) held += 1;
    }
  }
  return held > 0.8 * numTasks * numStrips;
};

/** x' in float32, sample after sample. */
const valuesOf = ({ bench, x, terms, background: b }: Laid): Float64Array =>
  bench.read(x).map((value, at) => Math.fround(value - (b[at % terms] ?? 0)));

export const listStrips = (bench: Workbench): void => {
  for (const problem of problems) {
    const laid = lay(bench, problem);
    const { name, terms } = laid;
    const { lists, listBytes, ends, dyN } = runStrips(laid);
    const values = valuesOf(laid);
    if (isGradientLeft(laid, values)) continue;
    for (let strip = 0; strip < Math.ceil(terms / 6); strip++) {
      const expected: number[][] = [];
      for (let row = 0; row < problem.rows; row++) {
        const six = Array.from({ length: 6 }, (_, i) => {
          const term = strip * 6 + i;
          return term < terms ? (values[row * terms + term] ?? 0) : 0;
        });
        if (six.some((value) => value !== 0)) expected.push([...six, row * dyN]);
      }
      const list = lists + strip * listBytes;
      const count = ((bench.words(ends, strip + 1)[strip] ?? 0) - list) / 32;
      const found = Array.from({ length: count }, (_, record) => [
        ...bench.floats(list + record * 32, 6),
        bench.words(list + record * 32 + 24, 1)[0],
      ]);
      expect(found, `${name}, strip ${strip}`).toEqual(expected);
    }
  }
};

/** With productGradient, which takes the batches that are left. */
const runGradient = (laid: Laid): Float64Array => {
  const { bench, problem, terms, quads, x, weight, shared } = laid;
  const { rows } = problem;
  const listed = runStrips(laid);
  const floats = terms * quads * 4;
  const dw = bench.reserve(floats * 4);
  const runs = runTable(x.layout);
  const { w: _, background: __, empty: ___, bias: ____, ...product } = shared;
  const values = {
    ...{ ...product, dy: listed.dy, dyN: listed.dyN, dw },
    ...{ runs: bench.table(runs), numRuns: runs.length / 2, walk: rows },
  };
  for (let c0 = 0; c0 < quads; c0 += 2) {
    bench.run("sparseGradient", { ...shared, ...listed, dw }, { n0: 0, n1: rows, c0, c1: c0 + 2 });
    bench.run("productGradient", values, { n0: 0, n1: rows, c0, c1: c0 + 2 });
  }
  return weight.data.map((_value, element) => {
    const at = weightOffset(quads, terms, element % terms, Math.floor(element / terms));
    return bench.floats(dw, floats)[at] ?? Number.NaN;
  });
};

export const sparseGradient = (bench: Workbench): void => {
  for (const problem of problems) {
    const laid = lay(bench, problem);
    expectAgreement(runGradient(laid), laid.weightGradient.data, laid.name, 2e-5);
  }
  // A gradient that is not finite reaches every term, also those where its sample holds nothing.
  for (const badGradient of [Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const offset of [0, -0.42]) {
      const laid = lay(bench, { ...usual, offsets: [offset], badGradient });
      const finite = (values: ArrayLike<number>): boolean[] => Array.from(values, Number.isFinite);
      expect(finite(runGradient(laid)), laid.name).toEqual(finite(laid.weightGradient.data));
    }
  }
};
