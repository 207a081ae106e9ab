/** Ten steps of whole nets on the kernels, against PyTorch's values and against float64 training. */
import { afterEach, describe, expect, it } from "vitest";
import type { LayerscopeDocument, TrainingSettings } from "../../../engine/document/schema.ts";
import type { KernelBuild } from "../../../engine/kernels/loadKernels.ts";
import type { Network } from "../../../engine/train/network.ts";
import { chain } from "../compile/documents.ts";
import { readTrainingCases } from "../layers/referenceValues.ts";
import { dataOf, distance, networkOf, programOf } from "./nets.ts";

const networks: Network[] = [];
afterEach(() => {
  for (const network of networks.splice(0)) network.dispose();
});

const cases = readTrainingCases();

const documentOf = (net: string): LayerscopeDocument =>
  net.startsWith("1x12x12")
    ? chain(
        ["input", "input", { shape: [1, 12, 12] }],
        ["conv2d", "conv1", { filters: 4, kernel: [5, 5] }],
        ["batchNorm", "bn1"],
        ["relu", "relu1"],
        ["pool2d", "pool1"],
        ["conv2d", "conv2", { filters: 6, kernel: [3, 3], padding: [1, 1] }],
        ["batchNorm", "bn2"],
        ["relu", "relu2"],
        ["pool2d", "pool2"],
        ["flatten", "flatten"],
        ["dense", "fc1", { units: 8 }],
        ["relu", "relu3"],
        ["dense", "fc2", { units: 5 }],
        ["output", "output"],
      )
    : chain(
        ["input", "input", { shape: [20] }],
        ["dense", "fc1", { units: 12 }],
        ["batchNorm", "bn1"],
        ["relu", "relu1"],
        ["dense", "fc2", { units: 12 }],
        ["batchNorm", "bn2"],
        ["relu", "relu2"],
        ["dense", "fc3", { units: 12 }],
        ["batchNorm", "bn3"],
        ["relu", "relu3"],
        ["dense", "fc4", { units: 4 }],
        ["output", "output"],
      );

const settingsOf = (optimizer: (typeof cases)[number]["optimizer"]): TrainingSettings["optimizer"] => {
  if (optimizer.name === "sgd") return { name: "sgd" };
  const { learningRate: _, ...adam } = optimizer;
  return adam;
};

describe.each<KernelBuild>(["relaxed-simd", "simd"])("the %s build", (build) => {
  it.each(cases)("trains $net with $optimizer.name as PyTorch does", async (values) => {
    const batchSize = values.batches[0]?.labels.length ?? 0;
    const program = programOf(documentOf(values.net), batchSize);
    const samples = values.batches.flatMap(({ x }) => Array.from(x.data));
    const network = await networkOf({
      program,
      data: dataOf(
        program.inputShape,
        Float32Array.from(samples),
        values.batches.flatMap(({ labels }) => labels),
      ),
      optimizer: settingsOf(values.optimizer),
      build,
    });
    networks.push(network);
    expect(network.build).toBe(build);
    network.setTensors(
      Object.entries(values.paramsBefore).map(([name, { shape, data }]) => ({
        name,
        shape,
        data: Float32Array.from(data),
      })),
    );
    const losses = values.batches.map((_, index) => {
      const indices = Uint32Array.from({ length: batchSize }, (__, row) => index * batchSize + row);
      return network.trainStep({
        indices,
        step: index + 1,
        learningRate: values.optimizer.learningRate,
        measure: false,
      }).loss;
    });
    expect(distance(losses, values.lossBeforeEachStep)).toBeLessThanOrEqual(1e-3);
    const after = new Map(network.tensors().map((tensor) => [tensor.name, tensor]));
    for (const [name, expected] of Object.entries(values.paramsAfter)) {
      expect(distance(after.get(name)?.data ?? [], expected.data), name).toBeLessThanOrEqual(1e-3);
    }
  });
});
