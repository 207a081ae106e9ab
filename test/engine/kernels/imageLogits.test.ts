/** Nets that end in flatten: what lies as an image in the memory meets the loss in the order of its features. */
import { describe, expect, it } from "vitest";
import { elementsOf, type Shape, type Tensor } from "../../../engine/layer.ts";
import { referenceForward } from "../../../engine/train/reference.ts";
import { chain, type NodeSketch } from "../compile/documents.ts";
import { dataOf, distance, networkOf, normalValues, programOf, ReferenceTraining, startOf, tensorOf } from "./nets.ts";
import { expectStatistics } from "./statisticsOracle.ts";

const conv = (id: string, filters: number, padding: "valid" | "same" = "valid"): NodeSketch => [
  "conv2d",
  id,
  { filters, kernel: [3, 3], padding },
];
const flatten: NodeSketch = ["flatten", "flatten"];

/** Input shape, the layers before Output, and what they do to be special. */
const nets: readonly (readonly [string, Shape, readonly NodeSketch[]])[] = [
  ["a convolution", [2, 5, 4], [conv("conv1", 5), flatten]],
  [
    "a convolution with batch norm, ReLU and pooling",
    [1, 8, 8],
    [conv("conv1", 3, "same"), ["batchNorm", "bn1"], ["relu", "relu1"], ["pool2d", "pool1"], flatten],
  ],
  [
    "layers after flatten",
    [2, 4, 4],
    [conv("conv1", 6), flatten, ["batchNorm", "bn1"], ["relu", "relu1"], ["dropout", "drop1", { rate: 0.3 }]],
  ],
  [
    "an image that another convolution made with a border",
    [2, 6, 6],
    [conv("conv1", 4, "same"), conv("conv2", 3, "same"), flatten],
  ],
  ["the input itself", [3, 4, 2], [flatten]],
  ["a flat input itself", [7], []],
];

describe.each(nets)("logits from %s", (_, inputShape, layers) => {
  it("train, evaluate and are measured as in float64", async () => {
    const batchSize = 9;
    const program = programOf(
      chain(["input", "input", { shape: [...inputShape] }], ...layers, ["output", "output"]),
      batchSize,
    );
    const samples = normalValues(batchSize * elementsOf(inputShape), 5);
    const labels = Array.from({ length: batchSize }, (_unused, n) => (n * 3) % program.numClasses);
    const settings = {
      program,
      data: dataOf(inputShape, samples, labels),
      optimizer: { name: "sgd" } as const,
      threads: 2,
    };
    const start = startOf(program, 6);
    const network = await networkOf(settings);
    try {
      network.setTensors(start);
      const reference = new ReferenceTraining(settings, start);
      const indices = Uint32Array.from({ length: batchSize }, (_unused, n) => n);
      const call = { split: "test", start: 0, count: batchSize } as const;
      const evaluation = referenceForward({
        program,
        samples: tensorOf([batchSize, ...inputShape], samples),
        weights: reference.weights,
        state: reference.state,
        mode: "evaluation",
        random: () => () => 0,
      });
      const last = program.layers.at(-2)?.nodeId ?? "";
      expect(distance(network.logits(call), (evaluation.outputs.get(last) as Tensor).data)).toBeLessThanOrEqual(1e-5);
      for (let step = 1; step <= 3; step++) {
        const expected = reference.step(indices, step, 0.2);
        const actual = network.trainStep({ indices, step, learningRate: 0.2, measure: true });
        expect(distance([actual.loss], [expected.loss])).toBeLessThanOrEqual(1e-5);
        for (const statistics of network.statistics()) {
          expectStatistics(statistics, expected.outputs.get(statistics.nodeId) as Tensor);
        }
      }
      for (const { name, data } of network.tensors()) {
        const want = (reference.weights.get(name) ?? reference.state.get(name))?.data ?? [];
        expect(distance(data, want, 0.1), name).toBeLessThanOrEqual(1e-5);
      }
      expect(network.nonFiniteNodes()).toEqual([]);
    } finally {
      network.dispose();
    }
  });
});
