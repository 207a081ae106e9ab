/** What is measured of whole nets beside their outputs: where gradients are known, what is frozen, batch norms, saturation, what is skipped. */
import { afterEach, describe, expect, test } from "vitest";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { elementsOf, type Tensor } from "../../../engine/layer.ts";
import { type NodeStatistics, updateRatio } from "../../../engine/telemetry/statistics.ts";
import type { NamedTensor, Network } from "../../../engine/train/network.ts";
import { applied, chain } from "../compile/documents.ts";
import { dataOf, networkOf, normalValues, programOf, ReferenceTraining, startOf } from "./nets.ts";
import { expectGradient } from "./statisticsOracle.ts";

const BATCH = 13;
const networks: Network[] = [];
afterEach(() => {
  for (const network of networks.splice(0)) network.dispose();
});

const settingsOf = (document: LayerscopeDocument) => {
  const program = programOf(document, BATCH);
  const samples = normalValues(BATCH * elementsOf(program.inputShape), 5);
  const labels = Array.from({ length: BATCH }, (_, n) => n % 4);
  return { program, data: dataOf(program.inputShape, samples, labels) };
};

/** One measured step of the kernels, and the same in float64. */
const measured = async (
  document: LayerscopeDocument,
  call: {
    readonly start?: (tensors: NamedTensor[]) => NamedTensor[];
    readonly skipped?: readonly string[];
    readonly threads?: number;
    readonly settings?: object;
  } = {},
) => {
  const settings = { ...settingsOf(document), ...call.settings, threads: call.threads ?? 1 };
  const { start: change = (tensors: NamedTensor[]) => tensors } = call;
  const start = change(startOf(settings.program, 3));
  const network = await networkOf(settings);
  networks.push(network);
  network.setTensors(start);
  network.skipStatistics(new Set(call.skipped ?? []));
  const reference = new ReferenceTraining(settings, start);
  const indices = Uint32Array.from({ length: BATCH }, (_, n) => n);
  const expected = reference.step(indices, 1, 0.1);
  const outcome = network.trainStep({ indices, step: 1, learningRate: 0.1, measure: true });
  const byId = new Map(network.statistics().map((node) => [node.nodeId, node]));
  const nodeOf = (nodeId: string): NodeStatistics => byId.get(nodeId) as NodeStatistics;
  const gradientOf = (nodeId: string): number[] => Array.from((expected.outputGradients.get(nodeId) as Tensor).data);
  const startOfTensor = (name: string): number[] =>
    Array.from(start.find((tensor) => tensor.name === name)?.data ?? []);
  return { network, outcome, expected, byId, nodeOf, gradientOf, startOfTensor, indices };
};

type Layers = readonly (readonly [kind: string, id: string])[];

const withPool = (pool: "max" | "avg", ...between: Layers): LayerscopeDocument =>
  chain(
    ["input", "input", { shape: [3, 9, 9] }],
    ["conv2d", "conv1", { filters: 6, kernel: [3, 3], padding: "same" }],
    ...between,
    ["pool2d", "pool1", { pool, size: [2, 2], stride: [2, 2] }],
    ["conv2d", "conv2", { filters: 5, kernel: [3, 3] }],
    ["layerNorm", "norm2"],
    ["tanh", "tanh1"],
    ["flatten", "flatten"],
    ["dropout", "drop1", { rate: 0.4 }],
    ["dense", "fc1", { units: 11 }],
    ["sigmoid", "sigmoid1"],
    ["dense", "fc2", { units: 4 }],
    ["output", "output"],
  );

describe("the gradient of an output", () => {
  const known = ["conv1", "pool1", "conv2", "norm2", "tanh1", "flatten", "drop1", "fc1", "sigmoid1", "fc2"];

  test.each([
    [
      "max",
      ["bn1", "relu1"],
      [
        ["batchNorm", "bn1"],
        ["relu", "relu1"],
      ],
    ],
    ["max", ["bn1"], [["batchNorm", "bn1"]]],
    ["max", ["relu1"], [["relu", "relu1"]]],
    [
      "avg",
      ["relu1"],
      [
        ["batchNorm", "bn1"],
        ["relu", "relu1"],
      ],
    ],
    ["avg", ["bn1"], [["batchNorm", "bn1"]]],
    ["avg", [], []],
  ] as const)("is known of every layer before %s pooling and inside its block: %j", async (pool, inside, between) => {
    const { byId, nodeOf, gradientOf } = await measured(
      withPool(pool, ...between.map(([kind, id]) => [kind, id] as const)),
    );
    for (const nodeId of [...known, ...inside]) {
      const { gradient } = nodeOf(nodeId);
      if (gradient === null) throw new Error(`no gradient of ${nodeId}`);
      expectGradient(gradient, gradientOf(nodeId), nodeId);
    }
    const unknown = [...byId.values()].filter(({ gradient }) => gradient === null).map(({ nodeId }) => nodeId);
    const isHidden = pool === "avg" && between.length === 2;
    expect(unknown).toEqual(["input", ...(isHidden ? ["bn1"] : []), "output"]);
  });

  test("is known of flat layers under batch norm, and counts samples and features", async () => {
    const document = chain(
      ["input", "input", { shape: [30] }],
      ["dense", "fc1", { units: 21 }],
      ["batchNorm", "bn1"],
      ["relu", "relu1"],
      ["dense", "fc2", { units: 4 }],
      ["output", "output"],
    );
    const { nodeOf, gradientOf } = await measured(document);
    for (const nodeId of ["fc1", "relu1", "fc2", "bn1"]) {
      const { gradient } = nodeOf(nodeId);
      if (gradient === null) throw new Error(`no gradient of ${nodeId}`);
      expectGradient(gradient, gradientOf(nodeId), nodeId);
    }
  });

  test("is absent where the step's loss is not finite, and so are those of weights", async () => {
    const { byId, outcome } = await measured(withPool("max"), {
      start: (tensors) =>
        tensors.map((tensor) =>
          tensor.name === "fc2.bias" ? { ...tensor, data: tensor.data.map(() => Number.NaN) } : tensor,
        ),
    });
    expect(outcome.loss).toBeNaN();
    for (const { gradient, weights } of byId.values()) {
      expect(gradient).toBe(null);
      for (const each of weights) expect([each.gradient, each.update]).toEqual([null, null]);
    }
  });
});

describe("weights", () => {
  test("of frozen nodes are measured, without gradient and update; neither has a bias that batch norm cancels", async () => {
    const document = applied(withPool("max", ["batchNorm", "bn1"], ["relu", "relu1"]), [
      { type: "setParams", nodeId: "fc1", params: { trainable: false } },
    ]);
    const { nodeOf, startOfTensor } = await measured(document);
    const [weight, bias] = nodeOf("fc1").weights;
    expect(weight).toMatchObject({ name: "weight", gradient: null, update: null });
    expect(bias).toMatchObject({ name: "bias", gradient: null, update: null });
    expect(weight?.std).toBeGreaterThan(0);
    if (weight !== undefined)
      expect([updateRatio(weight, "std"), updateRatio(weight, "meanMagnitude")]).toEqual([null, null]);
    const [convolution, cancelled] = nodeOf("conv1").weights;
    expect(convolution?.gradient?.std).toBeGreaterThan(0);
    expect(cancelled).toMatchObject({ name: "bias", count: startOfTensor("conv1.bias").length, gradient: null });
    expect(nodeOf("bn1").weights.map(({ name }) => name)).toEqual(["gamma", "beta"]);
    expect(nodeOf("relu1").weights).toEqual([]);
  });

  test("compare with their update in both ways", async () => {
    const { nodeOf, network, startOfTensor } = await measured(withPool("max"));
    const before = startOfTensor("conv2.weight");
    const after = network.tensors().find(({ name }) => name === "conv2.weight")?.data ?? new Float32Array();
    const change = before.map((value, index) => (after[index] ?? 0) - value);
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    const std = (values: readonly number[]): number =>
      Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
    const [weight] = nodeOf("conv2").weights;
    if (weight === undefined) throw new Error("no weights");
    expect(updateRatio(weight, "std")).toBeCloseTo(Math.log10(std(change) / std(before)), 4);
    const sizes = (values: readonly number[]): number => mean(values.map(Math.abs));
    expect(updateRatio(weight, "meanMagnitude")).toBeCloseTo(Math.log10(sizes(change) / sizes(before)), 4);
  });

  test("without a scale give no ratio, and an update of 0 gives −Infinity", () => {
    const flat = { std: 0, meanMagnitude: 0, update: { mean: 0, std: 1, meanMagnitude: 1 } };
    const still = { std: 1, meanMagnitude: 1, update: { mean: 0, std: 0, meanMagnitude: 0 } };
    expect(updateRatio(flat as never, "std")).toBe(null);
    expect(updateRatio(still as never, "meanMagnitude")).toBe(Number.NEGATIVE_INFINITY);
  });
});

test("a batch norm gives its batch's mean and variance by channel, and the rest as the step found it", async () => {
  const { nodeOf, expected, startOfTensor } = await measured(withPool("max", ["batchNorm", "bn1"], ["relu", "relu1"]));
  const { batchNorm } = nodeOf("bn1");
  for (const name of ["runningMean", "runningVariance", "gamma", "beta"] as const) {
    expect(Array.from(batchNorm?.[name] ?? [])).toEqual(startOfTensor(`bn1.${name}`));
  }
  const input = expected.outputs.get("conv1") as Tensor;
  const [samples = 0, channels = 0, ...rest] = input.shape;
  const area = elementsOf(rest);
  for (let c = 0; c < channels; c++) {
    const values = Array.from({ length: samples }, (_, n) =>
      Array.from(input.data.subarray((n * channels + c) * area, (n * channels + c + 1) * area)),
    ).flat();
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs((batchNorm?.batchMean?.[c] ?? 0) - mean)).toBeLessThanOrEqual(1e-5 * Math.sqrt(variance));
    expect(Math.abs((batchNorm?.batchVariance?.[c] ?? 0) / variance - 1)).toBeLessThanOrEqual(1e-5);
  }
  expect(nodeOf("conv1").batchNorm).toBe(null);
});

test("a flattened image's batch norm gives its features in their order", async () => {
  const document = chain(
    ["input", "input", { shape: [3, 4, 5] }],
    ["conv2d", "conv1", { filters: 6, kernel: [1, 1] }],
    ["flatten", "flatten"],
    ["batchNorm", "bn1"],
    ["dense", "fc1", { units: 4 }],
    ["output", "output"],
  );
  const { nodeOf, startOfTensor } = await measured(document);
  expect(Array.from(nodeOf("bn1").batchNorm?.gamma ?? [])).toEqual(startOfTensor("bn1.gamma"));
  expect(nodeOf("bn1").weights[0]?.count).toBe(120);
});

test("saturated values are counted exactly, beside those that are just not", async () => {
  const { nodeOf, expected } = await measured(withPool("max"), {
    // Large weights saturate.
    start: (tensors) =>
      tensors.map((tensor) =>
        /^(norm2\.gamma|fc1\.weight)$/.test(tensor.name)
          ? { ...tensor, data: tensor.data.map((value) => value * 4) }
          : tensor,
      ),
  });
  for (const [nodeId, isSaturated] of [
    ["tanh1", (y: number) => Math.abs(y) > 0.97],
    ["sigmoid1", (y: number) => y < 0.03 || y > 0.97],
  ] as const) {
    const values = Array.from((expected.outputs.get(nodeId) as Tensor).data);
    // None is so close to a bound that float32 might fall on its other side.
    expect(values.every((y) => [0.03, 0.97, -0.97].every((bound) => Math.abs(y - bound) > 1e-6))).toBe(true);
    const share = values.filter(isSaturated).length / values.length;
    expect(share).toBeGreaterThan(0.02);
    expect(nodeOf(nodeId).saturated).toBe(share);
  }
  expect(nodeOf("conv1").saturated).toBe(null);
});

test("of skipped nodes nothing runs that others do not need", async () => {
  const skipped = ["conv1", "bn1", "relu1", "pool1", "fc1"];
  const { network, byId, indices } = await measured(withPool("max", ["batchNorm", "bn1"], ["relu", "relu1"]), {
    skipped,
  });
  expect([...byId.keys()].filter((nodeId) => skipped.includes(nodeId))).toEqual([]);
  const { steps } = network.profileStep({ indices, step: 2, learningRate: 0.1, measure: true });
  const measuring = steps.filter(({ pass }) => pass === "statistics");
  const isSkipped = ({ nodes }: { readonly nodes: readonly string[] }): boolean =>
    nodes.every((nodeId) => skipped.includes(nodeId));
  expect(measuring.filter(isSkipped).length).toBeGreaterThan(10);
  expect(measuring.filter(isSkipped).every(({ milliseconds }) => milliseconds === 0)).toBe(true);
  const others = measuring.filter((each) => !isSkipped(each));
  expect(others.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBeGreaterThan(0);
});
