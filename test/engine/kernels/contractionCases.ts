/** Convolution, dense layers and their gradients, kernel by kernel, against the layers' references. */
import { expect } from "vitest";
import {
  convolutionGradientTables,
  gradientBorder,
  inputBorder,
  panelTable,
  pixelTable,
  productGradientTables,
  runTable,
  termTable,
  type Window,
  weightOffset,
  wholeImage,
} from "../../../engine/compile/contractionTables.ts";
import { createLayout, quadsOf } from "../../../engine/compile/layout.ts";
import { PACKED_SAMPLE_BYTES } from "../../../engine/kernels/header.ts";
import type { Tensor } from "../../../engine/layer.ts";
import { conv2d } from "../../../engine/layers/conv2d.ts";
import { dense } from "../../../engine/layers/dense.ts";
import { expectAgreement, samples } from "./agreement.ts";
import { denseProblems, narrowProblems, type Problem, problems, type Setup } from "./contractionProblems.ts";
import { type Placed, Workbench } from "./workbench.ts";

/** The layer's own reference on the problem. */
const solve = (problem: Problem): Setup => {
  if (problem.given !== undefined) return { problem, ...problem.given };
  const { input, outputs, window, name, planted } = problem;
  const [, channels = 1, ...rest] = input;
  const x = samples(input, `${name} x`, planted);
  const numInputs = input.slice(1).reduce((a, b) => a * b, 1);
  const weight = samples(
    window === undefined ? [outputs, numInputs] : [outputs, channels, ...window.kernel],
    `${name} w`,
  );
  const bias = samples([outputs], `${name} b`);
  const call = { inputs: [x], weights: { weight, bias }, state: {}, mode: "training", random: () => 0 } as const;
  if (window === undefined) {
    const flat = { shape: [input[0] ?? 0, numInputs], data: x.data };
    const dressed = { ...call, inputs: [flat], params: dense.params.parse({ units: outputs }) };
    const { output } = dense.reference.forward(dressed);
    const outputGradient = samples(output.shape, `${name} dy`);
    const gradients = dense.reference.backward({ ...dressed, output, saved: {}, outputGradient });
    return finish(problem, x, weight, bias, output, outputGradient, gradients);
  }
  // Asymmetric padding has no params of its own: the input is padded here, and its gradient cropped.
  const { padding } = window;
  const [height = 1, width = 1] = rest;
  const padded = pad(x, padding);
  const dressed = {
    ...call,
    inputs: [padded],
    params: conv2d.params.parse({ ...window, filters: outputs, padding: "valid" }),
  };
  const { output } = conv2d.reference.forward(dressed);
  const outputGradient = samples(output.shape, `${name} dy`);
  const gradients = conv2d.reference.backward({ ...dressed, output, saved: {}, outputGradient });
  const inner = crop(gradients.inputs[0] as Tensor, padding, height, width);
  return finish(problem, x, weight, bias, output, outputGradient, { ...gradients, inputs: [inner] });
};

const finish = (
  problem: Problem,
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  output: Tensor,
  outputGradient: Tensor,
  gradients: { readonly inputs: readonly Tensor[]; readonly weights: Readonly<Record<string, Tensor>> },
): Setup => ({
  ...{ problem, x, weight, bias, output, outputGradient },
  gradients: {
    x: gradients.inputs[0] as Tensor,
    weight: gradients.weights.weight as Tensor,
    bias: gradients.weights.bias as Tensor,
  },
});

const pad = ({ shape, data }: Tensor, { top, left, bottom, right }: Window["padding"]): Tensor => {
  const [n = 0, c = 0, h = 0, w = 0] = shape;
  const wide = [n, c, h + top + bottom, w + left + right] as const;
  const padded = new Float64Array(wide[0] * wide[1] * wide[2] * wide[3]);
  data.forEach((value, at) => {
    const row = Math.floor(at / w);
    const image = Math.floor(row / h);
    padded[(image * wide[2] + (row % h) + top) * wide[3] + (at % w) + left] = value;
  });
  return { shape: wide, data: padded };
};

const crop = ({ shape, data }: Tensor, { top, left }: Window["padding"], height: number, width: number): Tensor => {
  const [n = 0, c = 0, h = 0, w = 0] = shape;
  const cropped = Float64Array.from({ length: n * c * height * width }, (_, at) => {
    const row = Math.floor(at / width);
    return data[(Math.floor(row / height) * h + (row % height) + top) * w + (at % width) + left] ?? Number.NaN;
  });
  return { shape: [n, c, height, width], data: cropped };
};

interface Laid {
  readonly bench: Workbench;
  readonly setup: Setup;
  readonly window: Window;
  readonly x: Placed;
  readonly numTerms: number;
  readonly quads: number;
  readonly weight: number;
  readonly rows: number;
}

const extent = (shape: readonly number[]) => ({ height: shape[2] ?? 1, width: shape[3] ?? 1 });

const lay = (bench: Workbench, problem: Problem): Laid => {
  bench.reset();
  const setup = solve(problem);
  const window = problem.window ?? wholeImage(createLayout(problem.input.slice(1)));
  const border =
    problem.window === undefined ? undefined : inputBorder(extent(problem.input), extent(setup.output.shape), window);
  const x = bench.place(setup.x, border, problem.packed);
  const quads = Math.ceil(problem.outputs / 4);
  const numTerms = window.kernel[0] * window.kernel[1] * x.layout.channels;
  const weight = bench.reserve(numTerms * quads * 16);
  bench.floats(weight, numTerms * quads * 4).fill(0);
  setup.weight.data.forEach((value, element) => {
    bench.floats(weight, numTerms * quads * 4)[floatOf(problem, x, numTerms, quads, window, element)] = value;
  });
  return { bench, setup, window, x, numTerms, quads, weight, rows: problem.input[0] ?? 0 };
};

/** OIHW, or [out, C·H·W], to the panels. */
const floatOf = (
  _problem: Problem,
  x: Placed,
  numTerms: number,
  quads: number,
  window: Window,
  element: number,
): number => {
  const area = window.kernel[0] * window.kernel[1];
  const feature = element % numTerms;
  const term = (feature % area) * x.layout.channels + Math.floor(feature / area);
  return weightOffset(quads, numTerms, term, Math.floor(element / numTerms));
};

/** Splits the rows, so that groups and calls that begin in the middle are covered. */
const splits = (rows: number): readonly { readonly n0: number; readonly n1: number; readonly group: number }[] => {
  const half = Math.ceil(rows / 2);
  return [
    { n0: 0, n1: half, group: Math.max(1, Math.floor(half / 2)) },
    { n0: half, n1: rows, group: rows },
  ];
};

export const contractionForward = (bench: Workbench): void => {
  for (const problem of problems) {
    const { setup, window, x, numTerms, quads, weight, rows } = lay(bench, problem);
    const y = bench.room(setup.output.shape);
    const terms = bench.table(termTable(x.layout, window));
    for (const { n0, n1, group } of splits(rows)) {
      bench.run(
        "contraction",
        {
          ...{ x: x.address + x.layout.originBytes, xN: x.layout.sampleBytes, y: y.address, yN: y.layout.sampleBytes },
          ...{ w: weight, bias: bench.vector(setup.bias.data), k: terms, kEnd: terms + numTerms * 4 },
          pixels: bench.table(pixelTable(x.layout, y.layout, window, group)),
          numPixels: y.layout.height * y.layout.width,
          group,
          panels: bench.table(panelTable(quads, numTerms)),
          numPanels: Math.ceil(quads / 2),
        },
        { n0, n1 },
      );
    }
    expectAgreement(bench.read(y), setup.output.data, problem.name, 2e-5);
  }
};

const placeGradient = ({ bench, setup, window, x }: Laid): Placed => {
  const isDense = setup.problem.window === undefined;
  const border = isDense ? undefined : gradientBorder(x.layout, extent(setup.output.shape), window);
  return bench.place(setup.outputGradient, border);
};

const gradientTables = (laid: Laid, dy: Placed, dx: Placed, group: number) =>
  laid.setup.problem.window === undefined
    ? { ...productGradientTables(dx.layout, dy.layout.channels), passes: [] }
    : { ...convolutionGradientTables(dx.layout, dy.layout, laid.window, group), panels: null };

const runsOf = (bench: Workbench, layout: Placed["layout"]) => {
  const runs = runTable(layout);
  return { runs: bench.table(runs), numRuns: runs.length / 2 };
};

const panelsOf = (bench: Workbench, panels: Uint32Array) => ({
  panels: bench.table(panels),
  numPanels: panels.length / 4,
});

/** All outputs in one call, or panel by panel, backwards: a call that wrote into the next panel would spoil what is there already. */
const panelCalls = (quads: number, isSplit: boolean): readonly { readonly c0: number; readonly c1: number }[] =>
  isSplit
    ? Array.from({ length: Math.ceil(quads / 2) }, (_, j) => ({ c0: 2 * j, c1: 2 * j + 2 })).reverse()
    : [{ c0: 0, c1: quads }];

/** Dense layers; the rows in two calls. */
export const product = (bench: Workbench): void => {
  for (const [problem, isSplit] of denseProblems.flatMap((each) => [[each, false] as const, [each, true] as const])) {
    const { setup, x, numTerms, quads, weight, rows } = lay(bench, problem);
    const y = bench.room(setup.output.shape);
    const values = {
      ...{ x: x.address + x.layout.originBytes, xN: x.layout.sampleBytes, y: y.address, yN: y.layout.sampleBytes },
      ...{ w: weight, bias: bench.vector(setup.bias.data) },
      ...runsOf(bench, x.layout),
      ...panelsOf(bench, panelTable(quads, numTerms)),
    };
    for (const { n0, n1 } of splits(rows)) {
      if (n0 === n1) continue;
      for (const call of panelCalls(quads, isSplit)) bench.run("product", values, { n0, n1, ...call });
    }
    expectAgreement(bench.read(y), setup.output.data, `${problem.name}, panel by panel: ${isSplit}`, 2e-5);
  }
};

/** All samples at once and in parts, as they lie and copied; panel by panel, and all panels in one task. */
const walksOf = (kernel: "productGradient" | "narrowGradient", rows: number) =>
  [rows, Math.max(1, rows - 1), Math.ceil(rows / 2)].flatMap((walk) =>
    (kernel === "productGradient" ? [false, true] : [false]).flatMap((packs) =>
      [false, true].map((isSplit) => ({ walk, packs, isSplit })),
    ),
  );

const productGradientOf = (
  bench: Workbench,
  kernel: "productGradient" | "narrowGradient",
  chosen: readonly Problem[],
): void => {
  for (const problem of chosen) {
    const laid = lay(bench, problem);
    const { setup, window, x, numTerms, quads, rows } = laid;
    const domainQuads = kernel === "narrowGradient" ? Math.ceil(numTerms / 4) : quads;
    const dy = placeGradient(laid);
    const size = numTerms * quads * 4;
    const sums = bench.reserve(size * 4);
    const values = {
      ...{ x: x.address + x.layout.originBytes, xN: x.layout.sampleBytes },
      ...{ dy: dy.address + dy.layout.originBytes, dyN: dy.layout.sampleBytes, dw: sums },
      ...runsOf(bench, x.layout),
      ...panelsOf(bench, panelTable(quads, numTerms)),
    };
    const workspaceBytes = rows * PACKED_SAMPLE_BYTES;
    bench.setHeader({ rows, workspace: bench.reserve(workspaceBytes), workspaceBytes });
    for (const { walk, packs, isSplit } of walksOf(kernel, rows)) {
      bench.floats(sums, size).fill(Number.NaN);
      const dressed = { ...values, walk, ...(packs ? { packs: 1 } : {}) };
      for (const call of panelCalls(domainQuads, isSplit)) bench.run(kernel, dressed, { n0: 0, n1: rows, ...call });
      const actual = setup.weight.data.map(
        (_, element) => bench.floats(sums, size)[floatOf(problem, x, numTerms, quads, window, element)] ?? Number.NaN,
      );
      const told = `${problem.name}, ${walk} at a time, copied: ${packs}, panel by panel: ${isSplit}`;
      expectAgreement(actual, setup.gradients.weight.data, told, 2e-5);
    }
  }
};

export const productGradient = (bench: Workbench): void => productGradientOf(bench, "productGradient", denseProblems);

/** Task by task, by inputs: strips of three terms begin in one task and end in the next. */
export const narrowGradient = (bench: Workbench): void =>
  productGradientOf(
    bench,
    "narrowGradient",
    denseProblems.filter(({ outputs }) => outputs > 8 && outputs <= 12),
  );

/** transposeWeights and contraction or product together: dx, overwritten and added. */
export const inputGradient = (bench: Workbench): void => {
  for (const problem of [...problems, ...narrowProblems]) {
    for (const [accumulate, isSplit] of [0, 1].flatMap((each) => [[each, false] as const, [each, true] as const])) {
      if (isSplit && problem.window !== undefined) continue;
      const laid = lay(bench, problem);
      const { setup, x, numTerms, weight, rows, quads } = laid;
      const dy = placeGradient(laid);
      const before = samples(problem.input, "before");
      const dx = accumulate === 1 ? bench.place(before) : bench.room(problem.input);
      const tables = gradientTables(laid, dy, dx, rows);
      const transposed = bench.reserve(tables.size * 4 + 16);
      bench.floats(transposed, tables.size + 4).fill(0);
      const taps = bench.table(tables.taps);
      for (let c0 = 0; c0 < quads; c0 += 2) {
        bench.run(
          "transposeWeights",
          {
            ...{ w: weight, wt: transposed, inputs: x.layout.channels, k: numTerms, outputs: problem.outputs },
            ...{ taps, numTaps: tables.numTaps },
          },
          { n0: 0, n1: 1, c0, c1: c0 + 2 },
        );
      }
      if (tables.panels !== null) {
        const values = {
          ...{ x: dy.address + dy.layout.originBytes, xN: dy.layout.sampleBytes },
          ...{ y: dx.address, yN: dx.layout.sampleBytes, w: transposed, accumulate },
          ...runsOf(bench, dy.layout),
          ...panelsOf(bench, tables.panels),
        };
        for (const call of panelCalls(tables.panels.length / 2, isSplit)) {
          bench.run("product", values, { n0: 0, n1: rows, ...call });
        }
      }
      for (const pass of tables.passes) {
        const terms = bench.table(pass.terms);
        bench.run(
          "contraction",
          {
            x: dy.address + dy.layout.originBytes,
            xN: dy.layout.sampleBytes,
            ...{
              y: dx.address,
              yN: dx.layout.sampleBytes,
              w: transposed,
              k: terms,
              kEnd: terms + pass.terms.length * 4,
            },
            ...{ pixels: bench.table(pass.pixels), numPixels: pass.numPixels, group: rows, accumulate },
            ...{ panels: bench.table(pass.panels), numPanels: pass.panels.length / 4 },
          },
          { n0: 0, n1: rows },
        );
      }
      const expected = setup.gradients.x.data.map((value, at) => value + accumulate * (before.data[at] ?? 0));
      const how = `accumulate ${accumulate}, panel by panel: ${isSplit}`;
      expectAgreement(bench.read(dx), expected, `${problem.name}, ${how}`, 2e-5);
    }
  }
};

export const weightGradient = (bench: Workbench): void => {
  for (const problem of problems) {
    for (const [chunk, share] of [
      [0, 1],
      [0, 0.4],
      [2, 0.7],
    ] as const) {
      const laid = lay(bench, problem);
      const { setup, window, x, numTerms, quads, rows } = laid;
      const dy = placeGradient(laid);
      const numPixels = dy.layout.height * dy.layout.width;
      const walk = Math.ceil(numPixels * share);
      const numChunks = chunk === 0 ? 1 : Math.ceil(rows / chunk);
      const size = numTerms * quads * 4;
      const sums = bench.reserve(size * 4 * numChunks);
      const terms = bench.table(termTable(x.layout, window));
      for (let task = 0; task < numChunks; task++) {
        bench.run(
          "weightGradient",
          {
            ...{ x: x.address + x.layout.originBytes, xN: x.layout.sampleBytes },
            ...{ dy: dy.address + dy.layout.originBytes, dyN: dy.layout.sampleBytes },
            ...{ dw: sums, slotStride: size * 4, chunk, k: terms, kEnd: terms + numTerms * 4 },
            pixels: bench.table(pixelTable(x.layout, dy.layout, window, 1)),
            ...{ numPixels, group: 1, walk },
            ...{ panels: bench.table(panelTable(quads, numTerms)), numPanels: Math.ceil(quads / 2) },
          },
          { n0: task * chunk, n1: chunk === 0 ? rows : Math.min(rows, (task + 1) * chunk), task },
        );
      }
      const actual = setup.weight.data.map((_, element) => {
        const at = floatOf(problem, x, numTerms, quads, window, element);
        return Array.from(
          { length: numChunks },
          (__, task) => bench.floats(sums, size * numChunks)[task * size + at] ?? 0,
        ).reduce((a, b) => a + b);
      });
      const told = `${problem.name}, chunk ${chunk}, ${walk} pixels at a time`;
      expectAgreement(actual, setup.gradients.weight.data, told, 2e-5);
    }
  }
};

export const channelSums = (bench: Workbench): void => {
  for (const problem of problems) {
    const laid = lay(bench, problem);
    const dy = placeGradient(laid);
    const { setup, quads, rows } = laid;
    const sums = bench.vector(new Float32Array(quads * 4));
    const half = Math.ceil(rows / 2);
    for (const [n0, n1] of [
      [0, half],
      [half, rows],
    ] as const) {
      if (n0 === n1) continue;
      bench.run(
        "channelSums",
        {
          ...Workbench.view("x", dy),
          height: dy.layout.height,
          width: dy.layout.width,
          quads: quadsOf(dy.layout),
          sums,
        },
        { n0, n1 },
      );
    }
    expectAgreement(bench.floats(sums, problem.outputs), setup.gradients.bias.data, problem.name);
    expect(quads).toBe(quadsOf(dy.layout));
  }
};
