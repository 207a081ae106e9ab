/** Random small nets: one training step, evaluation and statistics of the kernels against the float64 reference. */
import fc from "fast-check";
import { describe, it } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import type { Program } from "../../../engine/compile/compiled.ts";
import { elementsOf } from "../../../engine/layer.ts";
import { chain, type NodeSketch } from "../compile/documents.ts";
import { expectSameAsReference } from "./againstReference.ts";
import { dataOf, normalValues, programOf } from "./nets.ts";

const pair = (least: number, most: number) =>
  fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }));

const sketches = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("conv2d"),
      params: fc.record({
        filters: fc.integer({ min: 1, max: 13 }),
        kernel: pair(1, 4),
        stride: pair(1, 3),
        dilation: pair(1, 2),
        padding: fc.oneof(fc.constantFrom("valid", "same"), pair(0, 2)),
        bias: fc.boolean(),
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("batchNorm"),
      params: fc.oneof(
        fc.constant({}),
        fc.record({
          ...{ scale: fc.boolean(), shift: fc.boolean(), trainable: fc.boolean() },
          statistics: fc.constantFrom("batch", "running"),
        }),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("layerNorm"),
      params: fc.record({ scale: fc.boolean(), shift: fc.boolean() }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("groupNorm"),
      params: fc.record({
        grouping: fc.constantFrom("groups", "channels"),
        groups: fc.integer({ min: 1, max: 6 }),
        scale: fc.boolean(),
        shift: fc.boolean(),
      }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("relu"), params: fc.constant({}) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("pool2d"),
      params: fc.oneof(
        fc.record({ pool: fc.constantFrom("max", "avg"), size: fc.constant([2, 2]) }),
        fc.record({ pool: fc.constantFrom("max", "avg"), size: fc.constant([3, 2]), stride: fc.constant([3, 2]) }),
        fc.record({ pool: fc.constantFrom("max", "avg"), size: pair(2, 3), stride: pair(1, 3), padding: pair(0, 1) }),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.oneof(
      fc.record({ kind: fc.constantFrom("sigmoid", "tanh", "silu", "softmax"), params: fc.constant({}) }),
      fc.record({ kind: fc.constant("gelu"), params: fc.record({ approximation: fc.constantFrom("none", "tanh") }) }),
      fc.record({ kind: fc.constant("leakyRelu"), params: fc.constant({ slope: 0.2 }) }),
      fc.record({ kind: fc.constant("elu"), params: fc.constant({ alpha: 0.7 }) }),
    ),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("globalAvgPool"), params: fc.constant({}) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("gaussianNoise"), params: fc.constant({ std: 0.3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("dropout"), params: fc.constant({ rate: 0.25 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("flatten"), params: fc.constant({}) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("dense"),
      params: fc.record({ units: fc.integer({ min: 1, max: 21 }), bias: fc.boolean() }),
    }),
  },
);

const NUM_CLASSES = 5;

/** A chain of those layers that fit where they stand, closed by a dense layer. */
const netOf = (inputShape: readonly number[], wanted: readonly { kind: string; params: object }[]): Program => {
  const nodes: NodeSketch[] = [["input", "input", { shape: [...inputShape] }]];
  const fits = (more: NodeSketch): boolean => {
    const { facts } = compile(chain(...nodes, more), { dataset: null });
    const shape = facts.get(more[1])?.outputShape;
    return shape != null && elementsOf(shape) <= 600;
  };
  for (const [index, { kind, params }] of wanted.entries()) {
    const node: NodeSketch = [kind, `${kind}${index}`, JSON.parse(JSON.stringify(params))];
    if (fits(node)) nodes.push(node);
  }
  const dense: NodeSketch = ["dense", "classes", { units: NUM_CLASSES }];
  if (!fits(dense)) nodes.push(["flatten", "lastFlatten"]);
  return programOf(chain(...nodes, dense, ["output", "output"]));
};

const nets = fc.record({
  inputShape: fc.oneof(
    fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 3, max: 9 }), fc.integer({ min: 3, max: 9 })),
    fc.tuple(fc.integer({ min: 1, max: 23 })),
  ),
  layers: fc.array(sketches, { maxLength: 7 }),
  batchSize: fc.integer({ min: 3, max: 20 }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  build: fc.constantFrom("relaxed-simd" as const, "simd" as const),
  /** Layers of the program that are to run without kernels. */
  slow: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.nat(8), { maxLength: 4 }) },
  ),
});

/** As if the kinds of these layers had no kernels. */
const withoutKernels = (program: Program, numbers: readonly number[]): Program => ({
  ...program,
  layers: program.layers.map((layer, number) => {
    const op = layer.operation?.op;
    return numbers.includes(number) && op !== "input" && op !== "softmaxCrossEntropy"
      ? { ...layer, operation: null }
      : layer;
  }),
});

describe("a random net", () => {
  it("trains, evaluates and is measured as in float64", async () => {
    await fc.assert(
      fc.asyncProperty(nets, async ({ inputShape, layers, batchSize, seed, build, slow }) => {
        const program = withoutKernels({ ...netOf(inputShape, layers), batchSize }, slow);
        const samples = normalValues(batchSize * elementsOf(inputShape), seed);
        const labels = Array.from({ length: batchSize }, (_, n) => (n * 3 + seed) % NUM_CLASSES);
        const settings = { program, data: dataOf(inputShape, samples, labels), seed, build };
        await expectSameAsReference(settings, "classes");
      }),
      { numRuns: 80, seed: 4711 },
    );
  });
});
