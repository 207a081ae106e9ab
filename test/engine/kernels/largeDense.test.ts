/** A dense layer whose weights the second cache does not hold: computed by channels, so that each task reads its own weights only. */
import { expect, it } from "vitest";
import { lower } from "../../../engine/compile/lower.ts";
import type { Operation } from "../../../engine/compile/step.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { chain } from "../compile/documents.ts";
import { expectSameAsReference } from "./againstReference.ts";
import { dataOf, networkOf, normalValues, programOf } from "./nets.ts";

const INPUTS = 12;
/** fc2 has 1,060,800 bytes of weights. */
const document = chain(
  ["input", "input", { shape: [INPUTS] }],
  ["dense", "fc1", { units: 1020 }],
  ["relu", "relu1"],
  ["dense", "fc2", { units: 260 }],
  ["relu", "relu2"],
  ["dropout", "drop2", { rate: 0.25 }],
  ["dense", "classes", { units: 4 }],
  ["output", "output"],
);

const settingsOf = (batchSize: number, net = document) => {
  const labels = Array.from({ length: batchSize }, (_, n) => n % 4);
  const data = dataOf([INPUTS], normalValues(batchSize * INPUTS, 3), labels);
  return { program: programOf(net, batchSize), data, seed: 5 };
};

/** The same behind LayerNorm, whose own work is by samples. */
const normalized = chain(
  ["input", "input", { shape: [INPUTS] }],
  ["dense", "fc1", { units: 1020 }],
  ["layerNorm", "norm1"],
  ["dense", "fc2", { units: 260 }],
  ["relu", "relu2"],
  ["dense", "classes", { units: 4 }],
  ["output", "output"],
);

/** 1,052,672 bytes for 4 outputs. */
const fewOutputs = chain(
  ["input", "input", { shape: [65_792] }],
  ["dense", "classes", { units: 4 }],
  ["output", "output"],
);

const domainsOf = (net: LayerscopeDocument, batchSize: number, nodeId: string, floats = true) => {
  const [first] = net.nodes;
  const sampleShape = first?.params.shape as number[];
  const options = { optimizer: "sgd", clips: false, seed: 1, sampleShape, floats } as const;
  const { training, evaluation } = lower(programOf(net, batchSize), options);
  const domain = (operations: readonly Operation[], pass: string) =>
    operations.findLast((each) => each.nodes[0] === nodeId && each.kernel === "product" && each.pass === pass)?.domain
      .type;
  return {
    forward: domain(training, "forward"),
    evaluation: domain(evaluation, "forward"),
    backward: domain(training, "backward"),
  };
};

it.each([64, 96, 1000])("is split by channels in training and evaluation, batches of %i", (batchSize) => {
  const byChannels = { forward: "channels", evaluation: "channels", backward: "channels" };
  expect(domainsOf(document, batchSize, "fc2")).toEqual(byChannels);
  expect(domainsOf(normalized, batchSize, "fc2")).toEqual(byChannels);
  // Weights of 49 and 4 kB stay in the cache while one task after the other reads them.
  expect(domainsOf(document, batchSize, "classes")).toEqual({
    forward: "rows",
    evaluation: "rows",
    backward: "channels",
  });
});

it("is split by channels where it reads images, too, and passes over their zeros", () => {
  const images = chain(
    ["input", "input", { shape: [784] }],
    ["dense", "fc1", { units: 340 }],
    ["relu", "relu1"],
    ["dense", "classes", { units: 4 }],
    ["output", "output"],
  );
  expect(domainsOf(images, 100, "fc1", false)).toMatchObject({ forward: "channels", evaluation: "channels" });
});

it("is split by samples where few outputs would leave threads without work", () => {
  expect(domainsOf(fewOutputs, 96, "classes")).toMatchObject({ forward: "rows", evaluation: "rows" });
  expect(domainsOf(fewOutputs, 64, "classes")).toMatchObject({ forward: "channels", evaluation: "channels" });
});

it.each(["relaxed-simd", "simd"] as const)("trains as in float64 on the %s build", async (build) => {
  await expectSameAsReference({ ...settingsOf(9), build }, "classes");
  await expectSameAsReference({ ...settingsOf(100), build }, "classes");
});

it("trains behind LayerNorm as in float64", async () => {
  await expectSameAsReference(settingsOf(100, normalized), "classes");
});

it.each([
  ["behind ReLU", document],
  ["behind LayerNorm", normalized],
])("trains to the same bits on any number of threads, %s", async (_, net) => {
  const settings = settingsOf(18, net);
  const trained = async (threads: number): Promise<string> => {
    const network = await networkOf({ ...settings, threads });
    const indices = Uint32Array.from({ length: 18 }, (_, n) => n);
    const losses = [1, 2, 3].map(
      (step) => network.trainStep({ indices, step, learningRate: 0.1, measure: false }).loss,
    );
    const bits = network
      .tensors()
      .map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"));
    network.dispose();
    return [...losses, ...bits].join();
  };
  const [one, ...others] = [await trained(1), await trained(2), await trained(3)];
  expect(others).toEqual([one, one]);
});
