/** Ten steps of whole nets, compiled from documents and run by the reference interpreter, against PyTorch. */
import { describe, expect, it } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import type { Program } from "../../../engine/compile/compiled.ts";
import type { TrainingSettings } from "../../../engine/document/schema.ts";
import { elementsOf, type Tensor } from "../../../engine/layer.ts";
import { createOptimizer } from "../../../engine/train/optimizers/createOptimizer.ts";
import { referenceForward, referenceStep } from "../../../engine/train/reference.ts";
import { readTrainingCases } from "../layers/referenceValues.ts";
import { relativeError, separatedTensor, uniformTensor } from "../layers/tensors.ts";
import { chain } from "./documents.ts";

const cases = readTrainingCases();

const nets: Readonly<Record<string, () => ReturnType<typeof chain>>> = {
  "1x12x12 -> conv1 4@5x5 -> bn1 -> relu -> maxpool 2 -> conv2 6@3x3 padding 1 -> bn2 -> relu -> maxpool 2 -> flatten -> fc1 8 -> relu -> fc2 5; softmax cross-entropy":
    () =>
      chain(
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
      ),
  "20 -> [fc [12, 12, 12] -> bn -> relu] x3 -> fc4 4; softmax cross-entropy": () =>
    chain(
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
    ),
};

const programOf = (document: ReturnType<typeof chain>): Program => {
  const { program, diagnostics } = compile(document, { dataset: null });
  if (program === null) throw new Error(diagnostics.map((diagnostic) => diagnostic.message).join("\n"));
  return program;
};

const initialState = (program: Program): Map<string, Tensor> =>
  new Map(
    program.layers.flatMap((layer) =>
      layer.state.map((spec) => [
        `${layer.nodeId}.${spec.name}`,
        { shape: spec.shape, data: new Float64Array(elementsOf(spec.shape)).fill(spec.initial) },
      ]),
    ),
  );

/** Biases of layers that feed a BatchNorm. */
const cancelledBiases = (program: Program): ReadonlySet<string> =>
  new Set(program.layers.filter((layer) => layer.kind === "batchNorm").map((layer) => `${layer.inputs[0]}.bias`));

const settingsOf = (optimizer: (typeof cases)[number]["optimizer"]): TrainingSettings["optimizer"] => {
  if (optimizer.name === "sgd") return { name: "sgd" };
  const { learningRate: _, ...adam } = optimizer;
  return adam;
};

describe("ten steps", () => {
  it.each(cases)("of $net with $optimizer.name agree with PyTorch", (values) => {
    const document = nets[values.net];
    if (document === undefined) throw new Error(`no document for ${values.net}`);
    const program = programOf(document());
    const optimizer = createOptimizer(settingsOf(values.optimizer));
    const weights = new Map(
      Object.entries(values.paramsBefore).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }]),
    );
    let state = initialState(program);
    const losses: number[] = [];
    for (const [index, { x, labels }] of values.batches.entries()) {
      const step = referenceStep(
        { program, samples: x, weights, state, mode: "training", random: () => () => 0 },
        labels,
      );
      losses.push(step.loss);
      state = new Map(step.state);
      for (const [name, gradient] of step.weightGradients) {
        const tensor = weights.get(name);
        if (tensor === undefined) throw new Error(`no weight ${name}`);
        optimizer.update({
          name,
          step: index + 1,
          learningRate: values.optimizer.learningRate,
          weightDecay: 0,
          weights: tensor.data,
          gradient: gradient.data,
        });
      }
    }
    expect(relativeError(losses, values.lossBeforeEachStep)).toBeLessThanOrEqual(1e-9);
    expect([...weights.keys()].sort()).toEqual(Object.keys(values.paramsAfter).sort());
    for (const [name, expected] of Object.entries(values.paramsAfter)) {
      const actual = weights.get(name)?.data ?? [];
      if (cancelledBiases(program).has(name)) {
        // BatchNorm takes the bias away again, so its exact gradient is 0 and what moves it is rounding, which Adam scales up.
        const before = values.paramsBefore[name]?.data ?? [];
        expect(relativeError(actual, before, 1), name).toBeLessThanOrEqual(1e-7);
        expect(relativeError(expected.data, before, 1), name).toBeLessThanOrEqual(1e-7);
      } else {
        expect(relativeError(actual, expected.data), name).toBeLessThanOrEqual(1e-9);
      }
    }
  });
});

describe("the reference interpreter", () => {
  const program = programOf(
    chain(
      ["input", "input", { shape: [1, 4, 4] }],
      ["conv2d", "conv1", { filters: 2, kernel: [3, 3], padding: "same" }],
      ["batchNorm", "bn1"],
      ["relu", "relu1"],
      ["pool2d", "pool1"],
      ["flatten", "flatten"],
      ["dropout", "dropout1", { rate: 0.5 }],
      ["dense", "fc1", { units: 4 }],
      ["output", "output"],
    ),
  );
  const weights = new Map(
    program.layers.flatMap((layer) =>
      layer.weights.map((spec) => [
        `${layer.nodeId}.${spec.name}`,
        uniformTensor(spec.shape, `${layer.nodeId}.${spec.name}`, -1, 1),
      ]),
    ),
  );
  const samples = separatedTensor([5, 1, 4, 4], "samples");
  const labels = [0, 1, 2, 3, 0];
  // The same mask in every pass.
  const random = () => {
    let draws = 0;
    return () => (draws++ % 3) / 3;
  };
  const call = { program, samples, weights, state: initialState(program), mode: "training", random } as const;

  it("has the gradient of the loss with respect to every weight", () => {
    const step = referenceStep(call, labels);
    const h = 1e-4;
    for (const [name, weight] of weights) {
      const numeric = weight.data.map((original, index) => {
        const lossAt = (value: number): number => {
          weight.data[index] = value;
          const { loss } = referenceStep(call, labels);
          weight.data[index] = original;
          return loss;
        };
        return (
          (lossAt(original - 2 * h) - 8 * lossAt(original - h) + 8 * lossAt(original + h) - lossAt(original + 2 * h)) /
          (12 * h)
        );
      });
      expect(relativeError(step.weightGradients.get(name)?.data ?? [], numeric, 1e-2), name).toBeLessThanOrEqual(1e-7);
    }
    expect(step.sampleGradient.shape).toEqual(samples.shape);
  });

  it("updates running statistics in training and leaves what it was given alone", () => {
    const before = initialState(program);
    const trained = referenceForward({ ...call, state: before });
    expect(before).toEqual(initialState(program));
    expect(trained.state.get("bn1.runningMean")?.data).not.toEqual(before.get("bn1.runningMean")?.data);
    const evaluated = referenceForward({ ...call, state: before, mode: "evaluation" });
    expect(evaluated.state).toEqual(before);
  });

  it("keeps the output of every node, probabilities at the end", () => {
    const { outputs } = referenceForward(call);
    expect([...outputs.keys()]).toEqual(program.layers.map((layer) => layer.nodeId));
    const probabilities = outputs.get("output")?.data ?? new Float64Array();
    expect(probabilities.slice(0, 4).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  });
});
