/** A step whose loss is not finite: found, named, and nothing is spoiled by it. */
import { afterEach, describe, expect, it } from "vitest";
import { elementsOf, type Tensor } from "../../../engine/layer.ts";
import type { Network } from "../../../engine/train/network.ts";
import { chain } from "../compile/documents.ts";
import { dataOf, networkOf, normalValues, programOf, ReferenceTraining, startOf } from "./nets.ts";
import { expectStatistics } from "./statisticsOracle.ts";

const networks: Network[] = [];
afterEach(() => {
  for (const network of networks.splice(0)) network.dispose();
});

const document = chain(
  ["input", "input", { shape: [2, 8, 8] }],
  ["conv2d", "conv1", { filters: 6, kernel: [3, 3] }],
  ["batchNorm", "bn1"],
  ["relu", "relu1"],
  ["pool2d", "pool1"],
  ["conv2d", "conv2", { filters: 5, kernel: [2, 2] }],
  ["relu", "relu2"],
  ["flatten", "flatten"],
  ["dense", "fc1", { units: 4 }],
  ["output", "output"],
);

const BATCH = 20;
const indices = Uint32Array.from({ length: BATCH }, (_, n) => n);

const create = async (threads: number, spoil: (samples: Float32Array) => void = () => undefined) => {
  const program = programOf(document, BATCH);
  const samples = normalValues(BATCH * elementsOf(program.inputShape), 2);
  spoil(samples);
  const settings = {
    program,
    threads,
    data: dataOf(
      program.inputShape,
      samples,
      Array.from(indices, (n) => n % 4),
    ),
  };
  const network = await networkOf(settings);
  networks.push(network);
  const start = startOf(program, 3);
  network.setTensors(start);
  return { network, start, settings };
};

const snapshot = (network: Network) => network.tensors().map(({ name, data }) => [name, Array.from(data)]);

describe.each([1, 2])("on %i threads", (threads) => {
  it("names the nodes that went bad, in order, and leaves weights and running statistics as they were", async () => {
    const { network, start } = await create(threads);
    const spoilt = start.map((tensor) =>
      tensor.name === "conv2.weight"
        ? { ...tensor, data: tensor.data.map((value, i) => (i === 7 ? Number.NaN : value)) }
        : tensor,
    );
    network.setTensors(spoilt);
    const before = snapshot(network);
    const { loss } = network.trainStep({ indices, step: 1, learningRate: 0.1, measure: false });
    expect(loss).toBeNaN();
    expect(network.nonFiniteNodes()).toEqual(["conv2", "relu2", "flatten", "fc1", "output"]);
    expect(snapshot(network)).toEqual(before);
  });

  it("goes on as if nothing had happened once the weights are finite again", async () => {
    const { network, start } = await create(threads);
    const { network: other } = await create(threads);
    network.setTensors(start.map((tensor) => ({ ...tensor, data: tensor.data.map(() => Number.POSITIVE_INFINITY) })));
    network.trainStep({ indices, step: 1, learningRate: 0.1, measure: true });
    network.setTensors(start);
    for (let step = 1; step <= 3; step++) {
      const call = { indices, step, learningRate: 0.1, measure: false };
      expect(network.trainStep(call)).toEqual(other.trainStep(call));
    }
    expect(snapshot(network)).toEqual(snapshot(other));
    expect(network.nonFiniteNodes()).toEqual([]);
  });

  it("counts NaN and Inf exactly, and nothing else is measured from them", async () => {
    const { network, start, settings } = await create(threads, (samples) => {
      samples[5] = Number.NaN;
      samples[500] = Number.POSITIVE_INFINITY;
      samples[1000] = Number.NEGATIVE_INFINITY;
    });
    network.trainStep({ indices, step: 1, learningRate: 0.1, measure: true });
    const expected = new ReferenceTraining(settings, start).step(indices, 1, 0.1);
    const [input, conv1] = network.statistics();
    if (input === undefined || conv1 === undefined) throw new Error("nothing was measured");
    expect(input.nonFinite).toBe(3);
    expectStatistics(input, expected.outputs.get("input") as Tensor);
    expect(conv1.nonFinite).toBeGreaterThan(9 * 6);
    expectStatistics(conv1, expected.outputs.get("conv1") as Tensor);
    expect(network.nonFiniteNodes()).toContain("input");
  });

  it("has no moments where no value is finite: 0 would be a number", async () => {
    const { network, start } = await create(threads);
    network.setTensors(start.map((tensor) => ({ ...tensor, data: tensor.data.map(() => Number.NaN) })));
    network.trainStep({ indices, step: 1, learningRate: 0.1, measure: true });
    const [input, conv1] = network.statistics();
    if (input === undefined || conv1 === undefined) throw new Error("nothing was measured");
    expect(input.nonFinite).toBe(0);
    expect(conv1).toMatchObject({ nonFinite: conv1.count, zeros: 0 });
    const [weights] = conv1.weights;
    if (weights === undefined) throw new Error("no weights were measured");
    for (const { mean, std, min, max } of [conv1, weights])
      expect([mean, std, min, max]).toEqual(Array(4).fill(Number.NaN));
    expect(weights.meanMagnitude).toBeNaN();
  });
});

it("refuses tensors that are not the net's, and batches that do not fit", async () => {
  const { network, start } = await create(1);
  expect(() => network.setTensors([{ name: "conv9.weight", shape: [1], data: new Float32Array(1) }])).toThrow(
    RangeError,
  );
  expect(() => network.setTensors(start.map((tensor) => ({ ...tensor, shape: [...tensor.shape, 1] })))).toThrow(
    /is .*, the net's is/,
  );
  const call = { step: 1, learningRate: 0.1, measure: false };
  expect(() => network.trainStep({ ...call, indices: new Uint32Array(BATCH + 1) })).toThrow(RangeError);
  expect(() => network.trainStep({ ...call, indices: new Uint32Array(0) })).toThrow(RangeError);
  network.dispose();
  expect(() => network.trainStep({ ...call, indices })).toThrow("disposed");
});

it("gives back the tensors that were set, channels first", async () => {
  const { network, start } = await create(1);
  expect(network.tensors()).toEqual(start);
});
