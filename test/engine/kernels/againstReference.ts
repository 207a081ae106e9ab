/** A network of kernels and the float64 reference, side by side: evaluation, one training step, and what is measured of it. */
import { expect } from "vitest";
import type { Tensor } from "../../../engine/layer.ts";
import { referenceForward } from "../../../engine/train/reference.ts";
import {
  distance,
  type NetworkSettings,
  networkOf,
  ReferenceTraining,
  scaledValues,
  startOf,
  tensorOf,
} from "./nets.ts";
import { expectGradient, expectMagnitudes, expectStatistics, expectWeights } from "./statisticsOracle.ts";

/** All samples of the training set are one batch. `logitsNode`: the layer before Output. */
export const expectSameAsReference = async (settings: NetworkSettings, logitsNode: string): Promise<void> => {
  const { program, data, seed = 1 } = settings;
  const { count } = data.train;
  const start = startOf(program, seed);
  const network = await networkOf(settings);
  try {
    network.setTensors(start);
    const reference = new ReferenceTraining(settings, start);
    const indices = Uint32Array.from({ length: count }, (_, n) => n);

    const evaluation = referenceForward({
      program,
      samples: tensorOf([count, ...program.inputShape], scaledValues(data)),
      weights: reference.weights,
      state: reference.state,
      mode: "evaluation",
      random: () => () => 0,
    });
    const logits = evaluation.outputs.get(logitsNode) as Tensor;
    const call = { split: "test", start: 0, count } as const;
    expect(distance(network.logits(call), logits.data), "logits").toBeLessThanOrEqual(1e-4);

    for (const [nodeId, { data: values }] of evaluation.outputs) {
      const size = values.length / count;
      for (const row of new Set([0, count - 1])) {
        const output = network.output({ nodeId, mode: "evaluation", row });
        const want = values.subarray(row * size, (row + 1) * size);
        expect(distance(output, want), `${nodeId} row ${row}`).toBeLessThanOrEqual(1e-4);
      }
    }

    const expected = reference.step(indices, 1, 1);
    const actual = network.trainStep({ indices, step: 1, learningRate: 1, measure: true });
    expect(distance([actual.loss], [expected.loss]), "loss").toBeLessThanOrEqual(1e-4);
    for (const { name, shape, data: values } of network.tensors()) {
      const want = (reference.weights.get(name) ?? reference.state.get(name))?.data ?? [];
      const before = start.find((tensor) => tensor.name === name);
      expect(shape).toEqual(before?.shape);
      const change = (after: ArrayLike<number>) =>
        Float64Array.from(after, (value, i) => value - (before?.data[i] ?? 0));
      // A gradient that cancels (of weights before batch norm, say) is as exact as its summands, whose size is about 0.1 to 1.
      expect(distance(change(values), change(want), 0.1), name).toBeLessThanOrEqual(1e-4);
    }
    const after = new Map(network.tensors().map((tensor) => [tensor.name, tensor]));
    for (const statistics of network.statistics()) {
      const { nodeId, gradient } = statistics;
      expectStatistics(statistics, expected.outputs.get(nodeId) as Tensor);
      const outputGradient = Array.from(expected.outputGradients.get(nodeId)?.data ?? []);
      // As above: what cancels is as exact as its summands.
      if (gradient !== null) expectGradient(gradient, outputGradient, nodeId, 1e-4);
      for (const weights of statistics.weights) {
        const name = `${nodeId}.${weights.name}`;
        const before = start.find((tensor) => tensor.name === name)?.data ?? new Float32Array();
        expectWeights(weights, { before, after: after.get(name)?.data ?? new Float32Array(), nodeId });
        const values = Array.from(expected.weightGradients.get(name)?.data ?? []);
        if (weights.gradient === null) continue;
        expectGradient(weights.gradient, values, name, 0.1);
        const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0.1);
        expectMagnitudes(weights.gradient, values, 1e-4 * largest, name);
      }
    }
    expect(network.nonFiniteNodes()).toEqual([]);
  } finally {
    network.dispose();
  }
};
