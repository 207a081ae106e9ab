/** Nets with every normalizing kind: frozen layers stay, weights set from outside give the same bits, running values normalize. */
import { afterEach, describe, expect, it } from "vitest";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { elementsOf } from "../../../engine/layer.ts";
import type { Network } from "../../../engine/train/network.ts";
import { chain, type NodeSketch } from "../compile/documents.ts";
import { expectSameAsReference } from "./againstReference.ts";
import { dataOf, networkOf, normalValues, programOf, startOf } from "./nets.ts";

const networks: Network[] = [];
afterEach(() => {
  for (const network of networks.splice(0)) network.dispose();
});

const BATCH = 24;

const prepare = async (document: LayerscopeDocument) => {
  const program = programOf(document, BATCH);
  const data = dataOf(
    program.inputShape,
    normalValues(BATCH * elementsOf(program.inputShape), 5),
    Array.from({ length: BATCH }, (_, n) => n % 6),
  );
  const create = async (): Promise<Network> => {
    const network = await networkOf({ program, data });
    networks.push(network);
    return network;
  };
  const network = await create();
  network.setTensors(startOf(program, 9));
  const indices = Uint32Array.from({ length: BATCH }, (_, n) => n);
  const train = (steps: number): void => {
    for (let step = 1; step <= steps; step++) network.trainStep({ indices, step, learningRate: 0.05, measure: false });
  };
  return { create, network, train };
};

const valuesOf = (network: Network): ReadonlyMap<string, readonly number[]> =>
  new Map(network.tensors().map(({ name, data }) => [name, Array.from(data)]));

/** A flat and an image layer of each kind. */
const withNorms = (...norms: readonly (readonly [string, object])[]): LayerscopeDocument =>
  chain(
    ["input", "input", { shape: [3, 7, 6] }],
    ...norms.flatMap(([kind, params], index): NodeSketch[] => [
      ["conv2d", `conv${index}`, { filters: 6, kernel: [3, 3], padding: "same" }],
      [kind, `image${index}`, { ...params }],
      ["relu", `relu${index}`],
    ]),
    ["flatten", "flatten"],
    ...norms.flatMap(([kind, params], index): NodeSketch[] => [
      ["dense", `fc${index}`, { units: 14 }],
      [kind, `flat${index}`, { ...params, ...(kind === "groupNorm" ? { grouping: "groups" } : {}) }],
    ]),
    ["dense", "classes", { units: 6 }],
    ["output", "output"],
  );

describe("a net in float32 trains as in float64", () => {
  const variants: readonly (readonly [string, object])[] = [
    ["batchNorm", { scale: false }],
    ["batchNorm", { shift: false }],
    ["batchNorm", { scale: false, shift: false }],
    ["batchNorm", { statistics: "running" }],
    ["batchNorm", { statistics: "running", scale: false }],
    ["batchNorm", { statistics: "running", scale: false, shift: false }],
    ["batchNorm", { trainable: false }],
    ["batchNorm", { learningRateFactor: 0.5 }],
    ["layerNorm", {}],
    ["layerNorm", { shift: false }],
    ["groupNorm", { groups: 2 }],
    ["groupNorm", { grouping: "channels", scale: false }],
  ];
  it.each(variants)("with %s %j", async (kind, params) => {
    const program = programOf(withNorms([kind, params], ["batchNorm", {}]), BATCH);
    const samples = normalValues(BATCH * elementsOf(program.inputShape), 5);
    const labels = Array.from({ length: BATCH }, (_, n) => n % 6);
    await expectSameAsReference({ program, data: dataOf(program.inputShape, samples, labels), seed: 3 }, "classes");
  });
});

describe("BatchNorm", () => {
  it("that is not trainable keeps γ, β and the running values, to the bit, while the rest learns", async () => {
    const { network, train } = await prepare(withNorms(["batchNorm", { trainable: false }]));
    const before = valuesOf(network);
    train(4);
    const after = valuesOf(network);
    for (const layer of ["image0", "flat0"]) {
      for (const name of ["gamma", "beta", "runningMean", "runningVariance"]) {
        expect(after.get(`${layer}.${name}`), `${layer}.${name}`).toEqual(before.get(`${layer}.${name}`));
      }
    }
    for (const name of ["conv0.weight", "conv0.bias", "fc0.weight", "fc0.bias"]) {
      expect(after.get(name), name).not.toEqual(before.get(name));
    }
  });

  it("with running statistics learns γ and β and keeps the running values", async () => {
    const { network, train } = await prepare(withNorms(["batchNorm", { statistics: "running" }]));
    const before = valuesOf(network);
    train(4);
    const after = valuesOf(network);
    for (const layer of ["image0", "flat0"]) {
      for (const name of ["gamma", "beta"])
        expect(after.get(`${layer}.${name}`)).not.toEqual(before.get(`${layer}.${name}`));
      for (const name of ["runningMean", "runningVariance"]) {
        expect(after.get(`${layer}.${name}`)).toEqual(before.get(`${layer}.${name}`));
      }
    }
  });

  it("with running statistics computes in training what it computes in evaluation", async () => {
    const { network } = await prepare(withNorms(["batchNorm", { statistics: "running" }]));
    const evaluated = network.evaluate({ split: "train", start: 0, count: BATCH });
    const indices = Uint32Array.from({ length: BATCH }, (_, n) => n);
    const { loss } = network.trainStep({ indices, step: 1, learningRate: 0, measure: false });
    expect(loss * BATCH).toBe(evaluated.lossSum);
  });

  it("has no γ where it does not scale and no β where it does not shift", async () => {
    const { network } = await prepare(withNorms(["batchNorm", { scale: false }], ["batchNorm", { shift: false }]));
    const names = network.tensors().map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("flat"))).toEqual([
      ...["flat0.beta", "flat0.runningMean", "flat0.runningVariance"],
      ...["flat1.gamma", "flat1.runningMean", "flat1.runningVariance"],
    ]);
  });

  it("starts γ where it is told to", async () => {
    const program = programOf(withNorms(["batchNorm", { initialGamma: 0.25 }]), BATCH);
    const gamma = program.layers.flatMap(({ weights }) => weights).filter(({ name }) => name === "gamma");
    expect(gamma.map(({ initializer }) => initializer)).toEqual([
      { name: "constant", value: 0.25 },
      { name: "constant", value: 0.25 },
    ]);
  });
});

it("a net with every kind of normalization gives the same logits with its weights set from outside, bit for bit", async () => {
  const { create, network, train } = await prepare(
    withNorms(
      ["batchNorm", {}],
      ["batchNorm", { scale: false, statistics: "running" }],
      ["layerNorm", {}],
      ["groupNorm", { groups: 2, shift: false }],
      ["groupNorm", { grouping: "channels" }],
    ),
  );
  train(3);
  const other = await create();
  other.setTensors(network.tensors());
  const call = { split: "test", start: 0, count: BATCH } as const;
  const logits = network.logits(call);
  expect(logits.every((value) => Number.isFinite(value))).toBe(true);
  expect(new Uint32Array(other.logits(call).buffer)).toEqual(new Uint32Array(logits.buffer));
});
