/** Depthwise convolution, and convolution part by part of the channels, kernel by kernel, against the reference of Conv2D with groups. */
import {
  convolutionGradientTables,
  gradientBorder,
  inputBorder,
  panelTable,
  pixelTable,
  termTable,
  type Window,
  weightOffset,
} from "../../../engine/compile/contractionTables.ts";
import { depthwisePasses, depthwiseResidues, numPassesOf } from "../../../engine/compile/depthwiseTables.ts";
import { quadsOf } from "../../../engine/compile/layout.ts";
import type { Tensor } from "../../../engine/layer.ts";
import { conv2d } from "../../../engine/layers/conv2d.ts";
import { expectAgreement, samples, TAILS } from "./agreement.ts";
import { type Placed, Workbench } from "./workbench.ts";

interface Problem {
  readonly name: string;
  readonly input: readonly [number, number, number, number];
  readonly outputs: number;
  readonly groups: number;
  readonly window: Window;
  /** Not finite. */
  readonly planted?: readonly number[];
}

const square = (kernel: number, stride = 1, dilation = 1, pad = Math.floor(kernel / 2)): Window => ({
  kernel: [kernel, kernel],
  stride: [stride, stride],
  dilation: [dilation, dilation],
  padding: { top: pad, left: pad, bottom: pad, right: pad },
});

const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];

const depthwiseOf = (name: string, channels: number, window: Window, more: Partial<Problem> = {}): Problem => ({
  ...{ name, input: [3, channels, 6, 7], outputs: channels, groups: channels, window },
  ...more,
});

const depthwiseProblems: readonly Problem[] = [
  ...TAILS.filter((channels) => channels > 1).map((channels) => depthwiseOf(`of ${channels}`, channels, square(3))),
  // Squares of nine taps, lines of three both ways, and single ones.
  ...[1, 2, 4, 5, 6, 7].map((kernel) => depthwiseOf(`${kernel} × ${kernel}`, 5, square(kernel))),
  depthwiseOf("with stride 2", 6, square(3, 2)),
  depthwiseOf("with a stride over the kernel", 6, square(2, 3)),
  depthwiseOf("with dilation", 6, square(3, 1, 2)),
  depthwiseOf("with stride and dilation", 6, square(3, 2, 2)),
  depthwiseOf("with everything uneven", 6, {
    ...{ kernel: [5, 4], stride: [2, 3], dilation: [1, 2] },
    padding: { top: 2, left: 3, bottom: 2, right: 3 },
  }),
  depthwiseOf("with values that are not finite", 6, square(3), { planted: bad }),
];

const partsOf = (name: string, inputs: number, outputs: number, groups: number, window: Window): Problem => ({
  ...{ name, input: [3, inputs, 5, 6], outputs, groups, window },
});

const partProblems: readonly Problem[] = [
  partsOf("of 4 to 4", 8, 8, 2, square(3)),
  partsOf("of 5 to 8", 15, 24, 3, square(2)),
  partsOf("of 8 to 12 with stride", 16, 24, 2, square(3, 2)),
  partsOf("of 4 to 16 with dilation", 8, 32, 2, square(3, 1, 2)),
  { ...partsOf("with values that are not finite", 8, 8, 2, square(3)), planted: bad },
];

interface Solved {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly output: Tensor;
  readonly outputGradient: Tensor;
  readonly inputGradient: Tensor;
  readonly weightGradient: Tensor;
}

const solve = ({ name, input, outputs, groups, window, planted }: Problem): Solved => {
  const x = samples(input, `${name} x`, planted);
  const weight = samples([outputs, input[1] / groups, ...window.kernel], `${name} w`);
  const bias = samples([outputs], `${name} b`);
  const { kernel, stride, dilation, padding } = window;
  const call = {
    params: conv2d.params.parse({
      ...{ filters: outputs, groups, kernel, stride, dilation, padding: [padding.top, padding.left] },
    }),
    ...{ inputs: [x], weights: { weight, bias }, state: {}, random: () => 0 },
    mode: "training",
  } as const;
  const { output } = conv2d.reference.forward(call);
  const outputGradient = samples(output.shape, `${name} dy`);
  const { inputs, weights } = conv2d.reference.backward({ ...call, output, saved: {}, outputGradient });
  return {
    ...{ x, weight, bias, output, outputGradient },
    inputGradient: inputs[0] as Tensor,
    weightGradient: weights.weight as Tensor,
  };
};

const sizeOf = ([, , height = 1, width = 1]: readonly number[]) => ({ height, width });

const placeInput = (bench: Workbench, { window }: Problem, { x, output }: Solved): Placed =>
  bench.place(x, inputBorder(sizeOf(x.shape), sizeOf(output.shape), window));

const placeGradient = (bench: Workbench, { window }: Problem, { x, output, outputGradient }: Solved): Placed =>
  bench.place(outputGradient, gradientBorder(sizeOf(x.shape), sizeOf(output.shape), window));

/** [C, 1, kh, kw] to [quad][tap][4]. */
const depthwiseFloat = (numTaps: number, element: number): number => {
  const channel = Math.floor(element / numTaps);
  return (Math.floor(channel / 4) * numTaps + (element % numTaps)) * 4 + (channel % 4);
};

/** Whole, and split where a second call begins in the middle. */
const halves = (rows: number): readonly (readonly [number, number])[] => [
  [0, Math.ceil(rows / 2)],
  [Math.ceil(rows / 2), rows],
];

const depthwiseWeights = (bench: Workbench, { window, outputs }: Problem, { weight }: Solved) => {
  const numTaps = window.kernel[0] * window.kernel[1];
  const values = new Float32Array(Math.ceil(outputs / 4) * numTaps * 4);
  for (const [element, value] of weight.data.entries()) values[depthwiseFloat(numTaps, element)] = value;
  return { w: bench.vector(values), wC: numTaps * 16 };
};

const readsOf = (bench: Workbench, { window }: Problem, x: Placed, y: Placed) => {
  const passes = depthwisePasses(x.layout, window);
  return {
    ...Workbench.view("x", x),
    xH: window.stride[0] * x.layout.rowBytes,
    xW: window.stride[1] * x.layout.pixelBytes,
    ...Workbench.view("y", y),
    ...{ height: y.layout.height, width: y.layout.width, quads: quadsOf(y.layout) },
    ...{ passes: bench.table(passes), numPasses: numPassesOf(passes) },
  };
};

/** Forward with and without bias, and the input gradient, overwritten and added. */
export const depthwise = (bench: Workbench): void => {
  for (const problem of depthwiseProblems) {
    const [rows] = problem.input;
    const solved = solve(problem);
    for (const hasBias of [true, false]) {
      bench.reset();
      const x = placeInput(bench, problem, solved);
      const y = bench.room(solved.output.shape);
      const bias = hasBias ? bench.vector(solved.bias.data) : 0;
      const call = { ...readsOf(bench, problem, x, y), ...depthwiseWeights(bench, problem, solved), bias };
      for (const [n0, n1] of halves(rows)) {
        for (let c = 0; c < quadsOf(y.layout); c++) bench.run("depthwise", call, { n0, n1, c0: c, c1: c + 1 });
      }
      const area = y.layout.height * y.layout.width;
      const expected = solved.output.data.map((value, at) =>
        hasBias ? value : value - (solved.bias.data[Math.floor(at / area) % problem.outputs] ?? 0),
      );
      expectAgreement(bench.read(y), expected, `${problem.name}, bias ${hasBias}`);
    }
    for (const accumulate of [0, 1]) {
      bench.reset();
      const dy = placeGradient(bench, problem, solved);
      const before = samples(problem.input, "before");
      const dx = accumulate === 1 ? bench.place(before) : bench.room(problem.input);
      if (accumulate === 0) bench.floats(dx.address, (dx.layout.sampleBytes / 4) * rows).fill(7);
      for (const { offset, height, width, passes } of depthwiseResidues(dx.layout, dy.layout, problem.window)) {
        const call = {
          ...Workbench.view("x", dy),
          ...{ y: dx.address + offset, yN: dx.layout.sampleBytes },
          yH: problem.window.stride[0] * dx.layout.rowBytes,
          yW: problem.window.stride[1] * dx.layout.pixelBytes,
          ...{ height, width, quads: quadsOf(dx.layout), accumulate },
          ...depthwiseWeights(bench, problem, solved),
          ...{ passes: bench.table(passes), numPasses: numPassesOf(passes) },
        };
        bench.run("depthwise", call, { n0: 0, n1: rows });
      }
      const expected = solved.inputGradient.data.map((value, at) => value + accumulate * (before.data[at] ?? 0));
      expectAgreement(bench.read(dx), expected, `${problem.name}, accumulate ${accumulate}`);
    }
  }
};

export const depthwiseGradient = (bench: Workbench): void => {
  for (const problem of depthwiseProblems) {
    const solved = solve(problem);
    const [rows] = problem.input;
    for (const chunk of [0, 2]) {
      bench.reset();
      const x = placeInput(bench, problem, solved);
      const dy = placeGradient(bench, problem, solved);
      const numTaps = problem.window.kernel[0] * problem.window.kernel[1];
      const size = quadsOf(dy.layout) * numTaps * 4;
      const numChunks = chunk === 0 ? 1 : Math.ceil(rows / chunk);
      const w = bench.reserve(size * 4 * numChunks);
      const call = { ...readsOf(bench, problem, x, dy), w, wC: numTaps * 16, slotStride: size * 4, chunk };
      for (let task = 0; task < numChunks; task++) {
        const n1 = chunk === 0 ? rows : Math.min(rows, (task + 1) * chunk);
        // Image by image, as in a run.
        for (let n = task * chunk; n < n1; n++) bench.run("depthwiseGradient", call, { n0: n, n1: n + 1, task });
      }
      const sums = bench.floats(w, size * numChunks);
      const actual = solved.weight.data.map((_, element) =>
        Array.from(
          { length: numChunks },
          (__, task) => sums[task * size + depthwiseFloat(numTaps, element)] ?? Number.NaN,
        ).reduce((a, b) => a + b),
      );
      expectAgreement(actual, solved.weightGradient.data, `${problem.name}, chunk ${chunk}`);
    }
  }
};

const partsIn = (problem: Problem, x: Placed) => {
  const inputs = problem.input[1] / problem.groups;
  const outputs = problem.outputs / problem.groups;
  const numTerms = inputs * problem.window.kernel[0] * problem.window.kernel[1];
  const quads = outputs / 4;
  return { inputs, outputs, numTerms, quads, layout: { ...x.layout, channels: inputs }, floats: numTerms * outputs };
};

type Parts = ReturnType<typeof partsIn>;

const floatOf = ({ window }: Problem, { inputs, outputs, numTerms, quads, floats }: Parts, element: number) => {
  const taps = window.kernel[0] * window.kernel[1];
  const channel = Math.floor(element / numTerms);
  const feature = element % numTerms;
  const term = (feature % taps) * inputs + Math.floor(feature / taps);
  return Math.floor(channel / outputs) * floats + weightOffset(quads, numTerms, term, channel % outputs);
};

const partWeights = (bench: Workbench, problem: Problem, parts: Parts, { weight }: Solved): number => {
  const values = new Float32Array(weight.data.length);
  for (const [element, value] of weight.data.entries()) values[floatOf(problem, parts, element)] = value;
  return bench.vector(values);
};

const partTables = (bench: Workbench, problem: Problem, parts: Parts, x: Placed, y: Placed) => {
  const terms = bench.table(termTable(parts.layout, problem.window));
  return {
    ...{ x: x.address + x.layout.originBytes, xN: x.layout.sampleBytes, xPart: parts.inputs * 4 },
    ...{ k: terms, kEnd: terms + parts.numTerms * 4, parts: problem.groups },
    ...{ pixels: bench.table(pixelTable(x.layout, y.layout, problem.window, 2)), group: 2 },
    ...{ numPixels: y.layout.height * y.layout.width },
    ...{ panels: bench.table(panelTable(parts.quads, parts.numTerms)), numPanels: Math.ceil(parts.quads / 2) },
  };
};

export const contractionInParts = (bench: Workbench): void => {
  for (const problem of partProblems) {
    bench.reset();
    const solved = solve(problem);
    const x = placeInput(bench, problem, solved);
    const y = bench.room(solved.output.shape);
    const parts = partsIn(problem, x);
    bench.run(
      "contraction",
      {
        ...partTables(bench, problem, parts, x, y),
        ...{ y: y.address, yN: y.layout.sampleBytes, yPart: parts.outputs * 4 },
        ...{ w: partWeights(bench, problem, parts, solved), wPart: parts.floats * 4 },
        ...{ bias: bench.vector(solved.bias.data), biasPart: parts.outputs * 4 },
      },
      { n0: 0, n1: problem.input[0] },
    );
    expectAgreement(bench.read(y), solved.output.data, problem.name, 2e-5);
  }
};

export const weightGradientInParts = (bench: Workbench): void => {
  for (const problem of partProblems) {
    bench.reset();
    const solved = solve(problem);
    const x = placeInput(bench, problem, solved);
    const dy = bench.place(solved.outputGradient);
    const parts = partsIn(problem, x);
    const size = parts.floats * problem.groups;
    const dw = bench.reserve(size * 4);
    const numPixels = dy.layout.height * dy.layout.width;
    for (const walk of [numPixels, Math.ceil(numPixels / 2)]) {
      bench.run(
        "weightGradient",
        {
          ...partTables(bench, problem, parts, x, dy),
          ...{ dy: dy.address, dyN: dy.layout.sampleBytes, dyPart: parts.outputs * 4, dw, dwPart: parts.floats * 4 },
          walk,
        },
        { n0: 0, n1: problem.input[0] },
      );
      const actual = solved.weight.data.map(
        (_, element) => bench.floats(dw, size)[floatOf(problem, parts, element)] ?? Number.NaN,
      );
      expectAgreement(actual, solved.weightGradient.data, `${problem.name}, ${walk} pixels at a time`, 2e-5);
    }
  }
};

/** transposeWeights and contraction together: dx of parts that are whole quads. */
export const inputGradientInParts = (bench: Workbench): void => {
  for (const problem of partProblems.filter(({ input, groups }) => (input[1] / groups) % 4 === 0)) {
    bench.reset();
    const solved = solve(problem);
    const dy = placeGradient(bench, problem, solved);
    const dx = bench.room(problem.input);
    const parts = partsIn(problem, dx);
    const { inputs, outputs, numTerms } = parts;
    const [rows] = problem.input;
    const tables = convolutionGradientTables(
      parts.layout,
      { ...dy.layout, channels: parts.outputs },
      problem.window,
      rows,
    );
    const wt = bench.reserve(tables.size * 4 * problem.groups);
    bench.run(
      "transposeWeights",
      {
        ...{ w: partWeights(bench, problem, parts, solved), wt, inputs, outputs, k: numTerms },
        ...{ taps: bench.table(tables.taps), numTaps: tables.numTaps },
        ...{ parts: problem.groups, wPart: parts.floats * 4, wtPart: tables.size * 4 },
      },
      { n0: 0, n1: 1 },
    );
    for (const pass of tables.passes) {
      const terms = bench.table(pass.terms);
      bench.run(
        "contraction",
        {
          ...{ x: dy.address + dy.layout.originBytes, xN: dy.layout.sampleBytes, y: dx.address },
          ...{ yN: dx.layout.sampleBytes, w: wt, k: terms, kEnd: terms + pass.terms.length * 4 },
          ...{ pixels: bench.table(pass.pixels), numPixels: pass.numPixels, group: rows },
          ...{ panels: bench.table(pass.panels), numPanels: pass.panels.length / 4 },
          ...{ parts: problem.groups, xPart: outputs * 4, yPart: inputs * 4, wPart: tables.size * 4 },
        },
        { n0: 0, n1: rows },
      );
    }
    expectAgreement(bench.read(dx), solved.inputGradient.data, problem.name, 2e-5);
  }
};

/** Channels of parts apart to where each begins a quad, and back: padding behind each is 0. */
export const copyParts = (bench: Workbench): void => {
  for (const [channels, parts] of [
    [1, 5],
    [3, 2],
    [5, 3],
    [6, 2],
  ] as const) {
    for (const accumulate of [0, 1]) {
      bench.reset();
      const tight = samples([2, channels * parts, 2, 3], `${channels} ${parts}`, accumulate === 0 ? bad : []);
      const wide = Math.ceil(channels / 4) * 4;
      const x = bench.place(tight);
      const roomy = bench.room([2, wide * parts, 2, 3]);
      bench.floats(roomy.address, (roomy.layout.sampleBytes / 4) * 2).fill(Number.NaN);
      const call = { height: 2, width: 3, channels, parts };
      bench.run(
        "copyChannels",
        {
          ...{ ...Workbench.view("x", x), ...Workbench.view("y", roomy), ...call },
          ...{ zeros: wide - channels, xPart: channels * 4, yPart: wide * 4 },
        },
        { n0: 0, n1: 2 },
      );
      const area = 6;
      const spread = bench.read(roomy).map((_, at) => {
        const channel = Math.floor(at / area) % (wide * parts);
        const inPart = channel % wide;
        if (inPart >= channels) return 0;
        const sample = Math.floor(at / area / (wide * parts));
        const from = sample * channels * parts + Math.floor(channel / wide) * channels + inPart;
        return tight.data[from * area + (at % area)] ?? Number.NaN;
      });
      expectAgreement(bench.read(roomy), spread, `${channels} × ${parts} apart`);
      const before = samples(tight.shape, "before");
      const back = bench.place(before);
      bench.run(
        "copyChannels",
        {
          ...{ ...Workbench.view("x", roomy), ...Workbench.view("y", back), ...call, accumulate },
          ...{ zeros: quadsOf(back.layout) * 4 - channels * parts, xPart: wide * 4, yPart: channels * 4 },
        },
        { n0: 0, n1: 2 },
      );
      const expected = tight.data.map((value, at) => value + accumulate * (before.data[at] ?? 0));
      expectAgreement(bench.read(back), expected, `${channels} × ${parts} together, accumulate ${accumulate}`);
    }
  }
};
