/** Optimizers, clipping, frozen weights and rates by node on whole nets: against float64, and to the bit across threads. */
import { afterEach, describe, expect, it } from "vitest";
import {
  type OptimizerName,
  type OptimizerSettings,
  optimizerNames,
  optimizers,
} from "../../../engine/document/optimizers.ts";
import { elementsOf } from "../../../engine/layer.ts";
import type { Network } from "../../../engine/train/network.ts";
import { chain } from "../compile/documents.ts";
import {
  dataOf,
  distance,
  type NetworkSettings,
  networkOf,
  normalValues,
  programOf,
  ReferenceTraining,
  startOf,
  targetsOf,
} from "./nets.ts";

const networks: Network[] = [];
afterEach(() => {
  for (const network of networks.splice(0)) network.dispose();
});

const BATCH = 24;
const STEPS = 3;
const RATE = 0.02;

/** Convolutions large enough for Winograd's algorithm and a skipped bias; `own` goes to conv2. */
const documentOf = (own: Readonly<Record<string, boolean | number>> = {}) =>
  chain(
    ["input", "input", { shape: [2, 10, 10] }],
    ["conv2d", "conv1", { filters: 8, kernel: [3, 3], padding: "same" }],
    ["batchNorm", "bn1"],
    ["relu", "relu1"],
    ["conv2d", "conv2", { filters: 9, kernel: [3, 3], padding: "same", ...own }],
    ["relu", "relu2"],
    ["pool2d", "pool1"],
    ["flatten", "flatten"],
    ["dense", "fc1", { units: 11, learningRateFactor: 0.5 }],
    ["batchNorm", "bn2", { learningRateFactor: 2 }],
    ["relu", "relu3"],
    ["dense", "fc2", { units: 5 }],
    ["output", "output"],
  );

const settingsOf = (own: Readonly<Record<string, boolean | number>> = {}): NetworkSettings => {
  const program = programOf(documentOf(own), BATCH);
  const count = 2 * BATCH - 5;
  const values = normalValues(count * elementsOf(program.inputShape), 3);
  return {
    program,
    data: dataOf(
      program.inputShape,
      values,
      Array.from({ length: count }, (_, n) => (n * 3) % 5),
    ),
  };
};

const indicesOf = (step: number): Uint32Array => {
  const start = ((step - 1) % 2) * BATCH;
  return Uint32Array.from({ length: Math.min(BATCH, 2 * BATCH - 5 - start) }, (_, n) => start + n);
};

const trained = async (settings: NetworkSettings, rate: number): Promise<Network> => {
  const network = await networkOf(settings);
  networks.push(network);
  network.setTensors(startOf(settings.program, 9));
  for (let step = 1; step <= STEPS; step++) {
    network.trainStep({ indices: indicesOf(step), step, learningRate: rate, measure: false });
  }
  return network;
};

const bits = (network: Network): string =>
  JSON.stringify([...network.tensors(), ...network.optimizerTensors()].map(({ name, data }) => [name, [...data]]));

/** Adaptive steps are about as long as the rate whatever the gradient: with a larger ε rounding does not decide where one is nearly 0. */
const steady = (name: OptimizerName): OptimizerSettings => {
  const { start } = optimizers[name];
  return "epsilon" in start ? { ...start, epsilon: 0.01 } : start;
};

/**
 * Largest difference to float64 training, relative to how far a tensor moved from its start, of any that has a gradient: a bias before
 * batch norm has none but rounding.
 */
const distanceToReference = async (settings: NetworkSettings): Promise<number> => {
  const network = await trained(settings, RATE);
  const reference = new ReferenceTraining(settings, startOf(settings.program, 9));
  for (let step = 1; step <= STEPS; step++) reference.step(indicesOf(step), step, RATE);
  const start = new Map(startOf(settings.program, 9).map(({ name, data }) => [name, data]));
  const distances = network.tensors().map(({ name, data }) => {
    const [expected, before] = [reference.weights.get(name)?.data, start.get(name)];
    if (expected === undefined || before === undefined || name === "conv1.bias" || name === "fc1.bias") return 0;
    const moved = (values: ArrayLike<number>) => Array.from(values, (value, index) => value - (before[index] ?? 0));
    return distance(moved(data), moved(expected), 1e-5);
  });
  return Math.max(...distances);
};

describe.each(optimizerNames)("%s", (name) => {
  const settings = { ...settingsOf(), optimizer: steady(name), clipNorm: 0.05, weightDecay: 0.01 };

  it("trains as in float64", async () => {
    expect(await distanceToReference(settings)).toBeLessThanOrEqual(1e-3);
  });

  it("trains to the same bits on 1 and 3 threads", async () => {
    const alone = bits(await trained(settings, RATE));
    expect(alone).not.toContain("null");
    expect(bits(await trained({ ...settings, threads: 3 }, RATE))).toBe(alone);
  });
});

describe("the first step of Adam", () => {
  // m/(1 − β₁) = g and v/(1 − β₂) = g², whatever β are: corrected by other shares than those of the means it would be 1e-5 off.
  it.each([
    [0.9, 0.999],
    [0.99, 0.9999],
    [0.3, 0.7],
  ])("is as long as the rate with β₁ %d and β₂ %d", async (beta1, beta2) => {
    const program = programOf(
      chain(
        ["input", "input", { shape: [1], scaling: "none" }],
        ["dense", "fc1", { units: 4, bias: false }],
        ["output", "output", { loss: "meanSquaredError" }],
      ),
      1,
    );
    const targets = Float32Array.of(3, -0.7, 100, -12);
    const network = await networkOf({
      program,
      data: targetsOf([1], Float32Array.of(1), targets, 4),
      optimizer: { name: "adam", beta1, beta2, epsilon: 1e-12 },
    });
    networks.push(network);
    network.setTensors([{ name: "fc1.weight", shape: [4, 1], data: new Float32Array(4) }]);
    network.trainStep({ indices: Uint32Array.of(0), step: 1, learningRate: 1, measure: false });
    const [weights] = network.tensors();
    weights?.data.forEach((weight, index) => {
      expect(Math.abs(weight - Math.sign(targets[index] ?? 0))).toBeLessThan(5e-7);
    });
  });
});

describe("clipping", () => {
  it("changes no bit while the norm is below the limit, and does above", async () => {
    const plain = bits(await trained(settingsOf(), 0.05));
    expect(bits(await trained({ ...settingsOf(), clipNorm: 1e6 }, 0.05))).toBe(plain);
    expect(bits(await trained({ ...settingsOf(), clipNorm: 0.1 }, 0.05))).not.toBe(plain);
  });
});

describe("a frozen layer", () => {
  it.each(["sgd", "adam"] as const)("keeps its weights under %s while the others train as in float64", async (name) => {
    const own = settingsOf({ trainable: false });
    const settings = { ...own, optimizer: steady(name), clipNorm: 0.5, weightDecay: 0.1 };
    expect(await distanceToReference(settings)).toBeLessThanOrEqual(1e-3);
    const network = await trained(settings, RATE);
    const start = new Map(startOf(settings.program, 9).map((tensor) => [tensor.name, tensor.data]));
    for (const { name: tensor, data } of network.tensors()) {
      if (tensor.startsWith("conv2.")) expect(data).toEqual(start.get(tensor));
    }
    expect(network.steps.some(({ nodes, pass }) => nodes.includes("conv2") && pass === "update")).toBe(false);
    expect(network.optimizerTensors().some(({ name: tensor }) => tensor.startsWith("conv2."))).toBe(false);
  });

  it("costs no gradient where nothing before it learns", async () => {
    const frozen = { trainable: false };
    const program = programOf(
      chain(
        ["input", "input", { shape: [6] }],
        ["dense", "fc1", { units: 8, ...frozen }],
        ["relu", "relu1"],
        ["dense", "fc2", { units: 3 }],
        ["output", "output"],
      ),
    );
    const network = await networkOf({ program, data: dataOf([6], normalValues(12, 1), [0, 1]) });
    networks.push(network);
    const backward = network.steps.filter(({ pass }) => pass === "backward").flatMap(({ nodes }) => nodes);
    expect(backward).not.toContain("relu1");
    expect(backward).not.toContain("fc1");
  });
});

describe("what an optimizer keeps", () => {
  it("goes from one network to another: training goes on to the same bits", async () => {
    const settings = { ...settingsOf(), optimizer: optimizers.adam.start };
    const whole = await trained(settings, 0.01);
    const next = (network: Network): string => {
      network.trainStep({ indices: indicesOf(STEPS + 1), step: STEPS + 1, learningRate: 0.01, measure: false });
      return bits(network);
    };
    const other = await networkOf(settings);
    networks.push(other);
    other.setTensors(whole.tensors());
    other.setOptimizerTensors(whole.optimizerTensors());
    expect(next(other)).toBe(next(whole));
    expect(whole.optimizerTensors().map(({ name }) => name)).toContain("fc2.weight second moment");
  });
});
