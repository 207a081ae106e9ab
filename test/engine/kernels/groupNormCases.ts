/** Layer, group and instance norm against their float64 reference. */
import { createLayout } from "../../../engine/compile/layout.ts";
import { walkOf } from "../../../engine/compile/lowerGroupNorm.ts";
import type { AnyLayer, Tensor } from "../../../engine/layer.ts";
import { elementsOf } from "../../../engine/layer.ts";
import { groupNorm } from "../../../engine/layers/groupNorm.ts";
import { layerNorm } from "../../../engine/layers/layerNorm.ts";
import { expectAgreement, samples, TAILS } from "./agreement.ts";
import { type Placed, Workbench } from "./workbench.ts";

interface NormProblem {
  readonly layer: AnyLayer;
  readonly params: Readonly<Record<string, unknown>>;
  /** Of a batch. */
  readonly shape: readonly number[];
  readonly groups: number;
  /** γ and β: one a place, one a channel, or none. */
  readonly affine: "place" | "channel" | "none";
  readonly offset: number;
  readonly border: boolean;
  readonly planted: readonly (readonly [number, number])[];
}

const ROWS = 5;
const CHUNK = 2;
const border = { top: 1, left: 2, bottom: 0, right: 1 };

const divisors = (channels: number): number[] =>
  Array.from({ length: channels }, (_, index) => index + 1).filter((divisor) => channels % divisor === 0);

const usual = { offset: 0, border: false, planted: [] };

const problems: readonly NormProblem[] = [
  // One value is normalized away: the kinds refuse it.
  ...TAILS.filter((features) => features > 1).flatMap((features): NormProblem[] => [
    { ...usual, layer: layerNorm, params: {}, shape: [ROWS, features], groups: 1, affine: "place" },
    {
      ...{ ...usual, layer: layerNorm, params: { scale: false, shift: false }, shape: [ROWS, features] },
      ...{ groups: 1, affine: "none" },
    },
    // Of two values x̂ is ±1 and dx nothing but what its summands leave of each other.
    ...divisors(features)
      .filter((groups) => features / groups > 2)
      .map((groups) => ({
        ...{ ...usual, layer: groupNorm, params: { groups }, shape: [ROWS, features], groups },
        affine: "channel" as const,
      })),
  ]),
  // γ and β lie as features do: groups of whole quads are a run each.
  ...[8, 12, 24, 40, 15, 20].flatMap((features) =>
    divisors(features)
      .filter((groups) => groups > 1 && features / groups > 2)
      .map(
        (groups): NormProblem => ({
          ...{ ...usual, layer: groupNorm, params: { groups }, shape: [ROWS, features], groups },
          affine: "place",
        }),
      ),
  ),
  ...TAILS.flatMap((channels): NormProblem[] => [
    { ...usual, layer: layerNorm, params: {}, shape: [ROWS, channels, 3, 2], groups: 1, affine: "place" },
    { ...usual, layer: layerNorm, params: {}, shape: [ROWS, channels, 2, 3], groups: 1, affine: "place", border: true },
    {
      ...{ ...usual, layer: layerNorm, params: { scale: false, shift: false }, shape: [ROWS, channels, 2, 3] },
      ...{ groups: 1, affine: "none" },
    },
    ...divisors(channels).map((groups) => ({
      ...{ ...usual, layer: groupNorm, params: { groups }, shape: [ROWS, channels, 2, 3], groups },
      ...{ affine: "channel" as const, border: groups === channels },
    })),
  ]),
  // Far from zero, where E[x²] − E[x]² in f32 would lose every digit; rows too long for one run.
  ...[
    [ROWS, 300],
    [ROWS, 8, 40, 41],
    [ROWS, 3, 40, 41],
  ].map(
    (shape): NormProblem => ({
      ...usual,
      layer: layerNorm,
      params: {},
      shape,
      groups: 1,
      affine: "place",
      offset: 100,
    }),
  ),
  {
    ...{ ...usual, layer: groupNorm, params: { groups: 3 }, shape: [ROWS, 300], groups: 3 },
    ...{ affine: "place", offset: 100 },
  },
  {
    ...{ ...usual, layer: groupNorm, params: { groups: 2 }, shape: [ROWS, 6, 40, 41], groups: 2 },
    ...{ affine: "channel", offset: 100 },
  },
  // What is not finite stays in its sample, and in its group.
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].flatMap((value): NormProblem[] => [
    {
      ...{ ...usual, layer: layerNorm, params: {}, shape: [ROWS, 7], groups: 1, affine: "place" },
      planted: [[9, value]],
    },
    {
      ...{ ...usual, layer: groupNorm, params: { groups: 3 }, shape: [ROWS, 24], groups: 3, affine: "place" },
      planted: [[33, value]],
    },
    {
      ...{ ...usual, layer: groupNorm, params: { groups: 3 }, shape: [ROWS, 6, 2, 3], groups: 3, affine: "channel" },
      planted: [[36 + 13, value]],
    },
  ]),
];

const describeProblem = ({ layer, shape, groups, affine, offset, border: hasBorder }: NormProblem): string =>
  `${layer.kind} of ${shape}, ${groups} groups, γ by ${affine}, offset ${offset}${hasBorder ? ", bordered" : ""}`;

const setUp = (bench: Workbench, problem: NormProblem) => {
  bench.reset();
  const { layer, shape, groups, affine, offset } = problem;
  const name = describeProblem(problem);
  const params: unknown = layer.params.parse(problem.params);
  const sample = shape.slice(1);
  const raw = samples(shape, name);
  const data = raw.data.map((value) => Math.fround(value + offset));
  for (const [index, value] of problem.planted) data[index] = value;
  const x: Tensor = { shape, data };
  const weights = Object.fromEntries(
    layer.weights(params, [sample]).map((spec) => [spec.name, samples(spec.shape, `${name} ${spec.name}`)]),
  );
  const call = { params, inputs: [x], weights, state: {}, mode: "training" as const, random: () => 0 };
  const { output } = layer.reference.forward(call);
  const dy = samples(shape, `${name} gradient`);
  const gradients = layer.reference.backward({ ...call, output, saved: {}, outputGradient: dy });

  const bordered = problem.border ? border : undefined;
  const placed = bench.place(x, bordered);
  const y = bench.room(shape, bordered);
  const layout = createLayout(affine === "place" ? sample : [sample[0] ?? 0]);
  const bytes = layout.height * layout.rowBytes;
  // γ and β lie as a sample does.
  const vector = (tensor: Tensor | undefined, neutral: number): number => {
    if (tensor === undefined) return bench.vector(new Float32Array(bytes / 4).fill(neutral));
    return bench.place({ shape: [1, ...tensor.shape], data: tensor.data }).address;
  };
  const walk = walkOf([placed.layout, y.layout], groups, affine !== "channel");
  const view = <P extends string>(prefix: P, value: Placed) => ({
    ...Workbench.view(prefix, value),
    ...(walk.isRun ? ({ [`${prefix}W`]: 16 } as Record<`${P}W`, number>) : {}),
  });
  const { isRun, ...extent } = walk;
  const channels = sample[0] ?? 0;
  const statistics = bench.reserve(ROWS * groups * 8);
  const workspace = bench.reserve((Math.ceil(channels / 4) + 1) * 128);
  bench.setHeader({ rows: ROWS, workspace, workspaceBytes: 0 });
  const shared = {
    ...extent,
    groups,
    lanes: groups > 1 && !isRun ? channels / groups : (4 * (walk.quads + (walk.tailLanes === 0 ? 0 : 1))) / groups,
    count: elementsOf(sample) / groups,
    epsilon: 1e-5,
    gamma: vector(weights.gamma, 1),
    beta: vector(weights.beta, 0),
    gammaH: affine === "place" ? layout.rowBytes : 0,
    gammaW: affine === "place" ? (isRun ? 16 : layout.pixelBytes) : 0,
    statistics,
    ...view("x", placed),
  };
  const forward = (): void => {
    const values = { ...shared, ...view("y", y) };
    bench.run("groupNormForward", values, { n0: 0, n1: 1 });
    bench.run("groupNormForward", values, { n0: 1, n1: ROWS });
  };
  return { name, x, y, dy, output, gradients, weights, bytes, layout, bordered, shared, view, forward };
};

export const groupNormForward = (bench: Workbench): void => {
  for (const problem of problems) {
    const { name, y, output, forward } = setUp(bench, problem);
    forward();
    expectAgreement(bench.read(y), output.data, name, problem.offset === 0 ? 1e-5 : 2e-5);
  }
};

export const groupNormGradient = (bench: Workbench): void => {
  for (const problem of problems) {
    const set = setUp(bench, problem);
    const { name, dy, gradients, weights, bytes, layout, bordered, shared, view, forward } = set;
    forward();
    const placed = bench.place(dy, bordered);
    const dx = bench.room(problem.shape, bordered);
    const numChunks = Math.ceil(ROWS / CHUNK);
    const [gammaGradient, betaGradient] = [bench.reserve(bytes * numChunks), bench.reserve(bytes * numChunks)];
    const sums = { gammaGradient, betaGradient, slotStride: bytes, chunk: CHUNK };
    const run = (accumulate: number, target: Placed | null): void => {
      const values = {
        ...shared,
        ...sums,
        ...view("y", placed),
        ...(target === null ? {} : view("dx", target)),
        accumulate,
      };
      for (let task = 0; task < numChunks; task++) {
        const n0 = task * CHUNK;
        const n1 = Math.min(ROWS, n0 + CHUNK);
        bench.run("groupNormGradient", values, { n0, n1: n0 + 1, task });
        if (n1 > n0 + 1) bench.run("groupNormGradient", values, { n0: n0 + 1, n1, task });
      }
    };
    const tolerance = problem.offset === 0 ? 1e-5 : 3e-5;
    const expectWeights = (): void => {
      for (const [key, address] of Object.entries({ gamma: gammaGradient, beta: betaGradient })) {
        const weight = weights[key];
        if (weight === undefined) continue;
        const total = new Float64Array(elementsOf(weight.shape));
        for (let task = 0; task < numChunks; task++) {
          const slot = { address: address + task * bytes, layout, shape: [1, ...weight.shape] };
          bench.read(slot).forEach((value, index) => {
            total[index] = (total[index] ?? 0) + value;
          });
          // Lanes without values have no gradient: weights that are none must stay 0.
          const floats = bench.floats(slot.address, bytes / 4);
          const outside = Array.from(floats).filter((_, index) => index % (layout.pixelBytes / 4) >= layout.channels);
          expectAgreement(outside, new Array<number>(outside.length).fill(0), `${name}, padding of ${key}`);
        }
        expectAgreement(total, gradients.weights[key]?.data ?? [], `${name}, ${key}`, tolerance);
      }
    };
    run(0, dx);
    expectAgreement(bench.read(dx), gradients.inputs[0]?.data ?? [], `${name}, dx`, tolerance);
    expectWeights();
    // The padding of dx feeds the layer before: zero, as it was.
    const floats = bench.floats(dx.address, (dx.layout.sampleBytes * ROWS) / 4);
    const inside = bench.read(dx).filter((value) => value !== 0).length;
    const nonZero = floats.filter((value) => value !== 0).length;
    expectAgreement([nonZero], [inside], `${name}, padding of dx`);
    run(1, dx);
    const twice = (gradients.inputs[0]?.data ?? new Float64Array()).map((value) => 2 * value);
    expectAgreement(bench.read(dx), twice, `${name}, dx twice`, tolerance);
    run(0, null);
    expectWeights();
  }
};
