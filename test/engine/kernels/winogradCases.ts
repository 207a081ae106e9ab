/** Winograd's convolution, forward and backward, kernel by kernel, against the convolution layer's own reference. */
import { expect } from "vitest";
import { inputBorder, type Window, weightOffset } from "../../../engine/compile/contractionTables.ts";
import { planWinograd, type WinogradPlan, winogradArguments } from "../../../engine/compile/winograd.ts";
import type { Tensor } from "../../../engine/layer.ts";
import { conv2d } from "../../../engine/layers/conv2d.ts";
import { expectAgreement, samples, TAILS } from "./agreement.ts";
import type { Placed, Workbench } from "./workbench.ts";

export interface Problem {
  readonly name: string;
  readonly input: readonly [number, number, number, number];
  readonly outputs: number;
  readonly kernel: readonly [number, number];
  readonly padding: readonly [number, number];
  /** Whether the image has the border of zeros that a direct convolution needs. */
  readonly bordered?: boolean;
  readonly planted?: readonly number[];
}

const problem = (
  name: string,
  input: Problem["input"],
  outputs: number,
  kernel: number,
  padding: number,
  more: Partial<Problem> = {},
): Problem => ({ name, input, outputs, kernel: [kernel, kernel], padding: [padding, padding], ...more });

const problems: Problem[] = [
  ...TAILS.map((outputs) => problem(`to ${outputs}`, [2, 3, 5, 6], outputs, 3, 1)),
  ...TAILS.map((inputs) => problem(`from ${inputs}`, [2, inputs, 7, 5], 5, 5, 2)),
  ...TAILS.map((size) => problem(`${size} rows`, [2, 2, size, 9], 3, 3, 1)),
  ...TAILS.map((size) => problem(`${size} columns`, [2, 2, 6, size], 3, 5, 2, { bordered: true })),
  ...[0, 1, 2].flatMap((padding) =>
    [3, 4, 5].flatMap((kernel) =>
      [false, true].map((bordered) =>
        problem(
          `${kernel} × ${kernel}, padding ${padding}, ${bordered ? "with" : "no"} border`,
          [3, 5, 9, 8],
          6,
          kernel,
          padding,
          {
            bordered,
          },
        ),
      ),
    ),
  ),
  problem("more kernel rows than columns", [2, 3, 8, 7], 5, 3, 0, { kernel: [5, 3], padding: [2, 0] }),
  problem("more kernel columns than rows", [2, 3, 8, 7], 5, 3, 0, { kernel: [3, 4], padding: [0, 2] }),
  problem("more than 64 inputs", [2, 70, 5, 5], 9, 3, 1),
  problem("more than 64 outputs", [2, 6, 5, 5], 77, 3, 1),
  problem("more tiles than a batch", [5, 4, 17, 18], 4, 3, 1, { bordered: true }),
];

/** Of the largest value: the transforms cost a digit, more so for 5 × 5 kernels. */
const TOLERANCE = 5e-5;

const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

const nonFinite = bad.flatMap((value) => [
  problem(`3 × 3 with ${value}`, [2, 3, 10, 11], 5, 3, 1, { planted: [value] }),
  problem(`5 × 5 with ${value}`, [2, 3, 10, 11], 5, 5, 2, { planted: [value] }),
]);

interface Setup {
  readonly problem: Problem;
  readonly window: Window;
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly output: Tensor;
  readonly outputGradient: Tensor;
  readonly gradients: { readonly x: Tensor; readonly weight: Tensor };
}

const solve = (case_: Problem): Setup => {
  const { input, outputs, kernel, padding, name, planted } = case_;
  const x = samples(input, `${name} x`, planted);
  const weight = samples([outputs, input[1], ...kernel], `${name} w`);
  const bias = samples([outputs], `${name} b`);
  const params = conv2d.params.parse({ filters: outputs, kernel, padding });
  const call = {
    inputs: [x],
    weights: { weight, bias },
    state: {},
    params,
    mode: "training",
    random: () => 0,
  } as const;
  const { output } = conv2d.reference.forward(call);
  const outputGradient = samples(output.shape, `${name} dy`, planted);
  const gradients = conv2d.reference.backward({ ...call, output, saved: {}, outputGradient });
  const [vertical, horizontal] = padding;
  return {
    ...{ problem: case_, x, weight, bias, output, outputGradient },
    window: {
      kernel,
      stride: [1, 1],
      dilation: [1, 1],
      padding: { top: vertical, left: horizontal, bottom: vertical, right: horizontal },
    },
    gradients: { x: gradients.inputs[0] as Tensor, weight: gradients.weights.weight as Tensor },
  };
};

interface Laid extends Setup {
  readonly bench: Workbench;
  readonly placedX: Placed;
  readonly placedY: Placed;
  readonly plan: WinogradPlan;
  readonly shared: ReturnType<typeof winogradArguments>;
  readonly weights: number;
  readonly u: number;
  readonly ut: number;
  readonly numTerms: number;
  readonly quads: number;
}

const extent = (shape: readonly number[]) => ({ height: shape[2] ?? 1, width: shape[3] ?? 1 });

/** Lays a problem out and transforms its weights. `gradient`: y is the gradient of the output. */
const lay = (bench: Workbench, case_: Problem, gradient: boolean): Laid => {
  bench.reset();
  const setup = solve(case_);
  const { window, x, output, weight } = setup;
  const placedX = bench.place(
    x,
    case_.bordered ? inputBorder(extent(x.shape), extent(output.shape), window) : undefined,
  );
  const placedY = gradient ? bench.place(setup.outputGradient) : bench.room(output.shape);
  const plan = planWinograd(placedX.layout, placedY.layout, window);
  const shared = winogradArguments(placedX.layout, placedY.layout, window, plan);
  // Thread 0 of the workspace: NaN, as after another kernel.
  bench.setHeader({ workspace: bench.reserve(plan.workspaceBytes), workspaceBytes: plan.workspaceBytes });
  const quads = Math.ceil(case_.outputs / 4);
  const area = window.kernel[0] * window.kernel[1];
  const numTerms = area * case_.input[1];
  const weights = bench.reserve(numTerms * quads * 16);
  bench.floats(weights, numTerms * quads * 4).fill(0);
  weight.data.forEach((value, element) => {
    bench.floats(weights, numTerms * quads * 4)[floatOf(case_, element)] = value;
  });
  const [u, ut] = [bench.reserve(plan.weightBytes), bench.reserve(plan.weightBytes)];
  for (const address of [u, ut]) bench.floats(address, plan.weightBytes / 4).fill(0);
  for (let c0 = 0; c0 < quads; c0 += 2) {
    bench.run("winogradWeights", { ...shared, w: weights, u, ut }, { n0: 0, n1: 1, c0, c1: c0 + 2 });
  }
  return { ...setup, ...{ bench, placedX, placedY, plan, shared, weights, u, ut, numTerms, quads } };
};

/** OIHW to the panels. */
const floatOf = ({ input, outputs, kernel }: Problem, element: number): number => {
  const area = kernel[0] * kernel[1];
  const numTerms = area * input[1];
  const feature = element % numTerms;
  const term = (feature % area) * input[1] + Math.floor(feature / area);
  return weightOffset(Math.ceil(outputs / 4), numTerms, term, Math.floor(element / numTerms));
};

const origin = ({ address, layout }: Placed): number => address + layout.originBytes;

const forward = (bench: Workbench, case_: Problem): { readonly setup: Setup; readonly actual: Float64Array } => {
  const laid = lay(bench, case_, false);
  const { placedX, placedY, shared, u, bias } = laid;
  const rows = case_.input[0];
  const half = Math.ceil(rows / 2);
  const values = { ...shared, x: origin(placedX), y: origin(placedY), u, bias: bench.vector(bias.data) };
  bench.run("winogradForward", values, { n0: 0, n1: half });
  if (half < rows) bench.run("winogradForward", values, { n0: half, n1: rows });
  return { setup: laid, actual: bench.read(placedY) };
};

/** Not finite where the direct convolution is not. */
const expectNoneHidden = (actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void => {
  let numBad = 0;
  for (let at = 0; at < expected.length; at++) {
    if (Number.isFinite(expected[at])) continue;
    numBad += 1;
    expect(Number.isFinite(actual[at]), `${what}, element ${at}`).toBe(false);
  }
  expect(numBad, what).toBeGreaterThan(0);
};

export const winogradForward = (bench: Workbench): void => {
  for (const case_ of problems) {
    const { setup, actual } = forward(bench, case_);
    expectAgreement(actual, setup.output.data, case_.name, TOLERANCE);
  }
  for (const case_ of nonFinite) {
    const { setup, actual } = forward(bench, case_);
    expectNoneHidden(actual, setup.output.data, case_.name);
  }
};

/** The transformed weights swapped must be those not swapped: an input gradient and a forward pass see both. */
export const winogradWeights = (bench: Workbench): void => {
  for (const case_ of problems) {
    const { plan, u, ut } = lay(bench, case_, false);
    const [inputs, outputs] = [case_.input[1], case_.outputs];
    const [inQuads, outQuads] = [Math.ceil(inputs / 4), Math.ceil(outputs / 4)];
    for (let point = 0; point < 36; point++) {
      const at = (point * plan.pointBytes) / 4;
      for (let i = 0; i < inputs; i++) {
        for (let o = 0; o < outputs; o++) {
          const here = bench.floats(u, plan.weightBytes / 4)[at + weightOffset(outQuads, inQuads * 4, i, o)];
          const there = bench.floats(ut, plan.weightBytes / 4)[at + weightOffset(inQuads, outQuads * 4, o, i)];
          if (here !== there || here === undefined || !Number.isFinite(here))
            expect.fail(`${case_.name}: point ${point} of ${i} to ${o} is ${here} and ${there}`);
        }
      }
    }
  }
};

interface Gradients {
  readonly laid: Laid;
  readonly dx: Float64Array;
  readonly dw: Float64Array;
}

const backward = (bench: Workbench, case_: Problem, chunk: number, before: Tensor | null): Gradients => {
  const laid = lay(bench, case_, true);
  const { placedX, placedY, plan, shared, ut, quads, numTerms } = laid;
  const rows = case_.input[0];
  const border = case_.bordered ? placedX.layout.border : undefined;
  const dx = before === null ? bench.room(case_.input, border) : bench.place(before, border);
  const numChunks = Math.ceil(rows / chunk);
  const du = bench.reserve(plan.weightBytes * numChunks);
  const dw = bench.reserve(numTerms * quads * 16);
  const values = {
    ...shared,
    ...{ x: origin(placedX), y: origin(placedY), dx: origin(dx), ut, du, slotStride: plan.weightBytes, chunk, dw },
    ...{
      dxN: dx.layout.sampleBytes,
      dxH: dx.layout.rowBytes,
      dxW: dx.layout.pixelBytes,
      accumulate: before === null ? 0 : 1,
    },
  };
  for (let task = 0; task < numChunks; task++) {
    // Two calls a task where it has two samples: the second adds.
    for (let n0 = task * chunk; n0 < Math.min(rows, (task + 1) * chunk); n0++)
      bench.run("winogradGradient", values, { n0, n1: n0 + 1, task });
  }
  bench.setHeader({ rows });
  for (let c0 = 0; c0 < quads; c0 += 2) bench.run("winogradWeightGradient", values, { n0: 0, n1: 1, c0, c1: c0 + 2 });
  const panels = bench.floats(dw, numTerms * quads * 4);
  if (border !== undefined) expectZeroBorder(bench, dx);
  return {
    laid,
    dx: bench.read(dx),
    dw: laid.weight.data.map((_, element) => panels[floatOf(case_, element)] ?? Number.NaN),
  };
};

const expectZeroBorder = (bench: Workbench, { address, layout, shape }: Placed): void => {
  for (let n = 0; n < (shape[0] ?? 0); n++) {
    const sample = address + n * layout.sampleBytes;
    const above = bench.floats(sample, (layout.border.top * layout.rowBytes) / 4);
    expect(above.every((value) => value === 0)).toBe(true);
    for (let h = 0; h < layout.height; h++) {
      const left = bench.floats(
        sample + layout.originBytes + h * layout.rowBytes - layout.border.left * layout.pixelBytes,
        (layout.border.left * layout.pixelBytes) / 4,
      );
      expect(left.every((value) => value === 0)).toBe(true);
    }
  }
};

export const winogradGradient = (bench: Workbench): void => {
  for (const case_ of problems) {
    for (const before of [null, samples(case_.input, "before")]) {
      const { laid, dx } = backward(bench, case_, 2, before);
      const expected = laid.gradients.x.data.map((value, at) => value + (before?.data[at] ?? 0));
      expectAgreement(dx, expected, `${case_.name}, ${before === null ? "overwritten" : "added"}`, TOLERANCE);
    }
  }
  for (const case_ of nonFinite) {
    const { laid, dx } = backward(bench, case_, 2, null);
    expectNoneHidden(dx, laid.gradients.x.data, case_.name);
  }
};

export const winogradWeightGradient = (bench: Workbench): void => {
  for (const case_ of problems) {
    for (const chunk of [1, 2]) {
      const { laid, dw } = backward(bench, case_, chunk, null);
      expectAgreement(dw, laid.gradients.weight.data, `${case_.name}, chunks of ${chunk}`, TOLERANCE);
    }
  }
  for (const case_ of nonFinite) {
    const { laid, dw } = backward(bench, case_, 2, null);
    expectNoneHidden(dw, laid.gradients.weight.data, case_.name);
  }
};
