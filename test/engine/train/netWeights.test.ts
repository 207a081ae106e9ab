/** What is told of a trained net's weights out of its file is what the first step of a run from it measures. */
import { expect, test } from "vitest";
import { netWeights } from "../../../engine/export/netWeights.ts";
import { loadModel, type Model } from "../../../engine/index.ts";
import { blobNet, recordRun } from "./runHarness.ts";

const modelOf = (text: string): Model => {
  const loaded = loadModel(text);
  if (!loaded.ok) throw new Error(loaded.error.message);
  return loaded.value;
};

const trained = async (): Promise<string> => {
  const text = (await recordRun(blobNet())).run.exportModel();
  if (text === null) throw new Error("The run has no net.");
  return text;
};

test("has the moments, ranges and counts of a run's first step, tensor by tensor", async () => {
  const text = await trained();
  const again = await recordRun(blobNet(), { from: { name: "blobs.model.json", text }, maxSteps: 1 });
  const measured = again.frames()[0]?.nodes.filter(({ weights }) => weights.length > 0) ?? [];
  const told = netWeights(modelOf(text));
  expect(told.map(({ nodeId }) => nodeId)).toEqual(measured.map(({ nodeId }) => nodeId));
  for (const [index, { weights, batchNorm }] of measured.entries()) {
    const own = told[index]?.tensors.filter(({ isState }) => !isState) ?? [];
    expect(own.map(({ name }) => name)).toEqual(weights.map(({ name }) => name));
    for (const [at, tensor] of weights.entries()) {
      const found = own[at];
      for (const part of ["mean", "std", "min", "max", "meanMagnitude"] as const) {
        expect(found?.[part]).toBeCloseTo(tensor[part], 6);
      }
      expect(found).toMatchObject({ count: tensor.count, nonFinite: 0 });
      const { low, high } = tensor.histogram;
      expect(found?.histogram).toMatchObject({ low, high });
      // A value that lies on the edge of a bin may be counted on its other side, by float32 or float64.
      const moved = found?.histogram.counts.reduce(
        (sum, count, bin) => sum + Math.abs(count - (tensor.histogram.counts[bin] ?? 0)),
        0,
      );
      expect(moved).toBeLessThanOrEqual(tensor.count / 100);
    }
    // Before the step's batch was blended in: those of the net.
    expect(told[index]?.batchNorm?.runningMean).toEqual(batchNorm?.runningMean);
    expect(told[index]?.batchNorm?.runningVariance).toEqual(batchNorm?.runningVariance);
    expect(told[index]?.batchNorm?.gamma).toEqual(batchNorm?.gamma);
    expect(told[index]?.batchNorm?.beta).toEqual(batchNorm?.beta);
  }
  expect(told.filter(({ batchNorm }) => batchNorm !== null)).not.toHaveLength(0);
});

test("tells of values that are not finite, and of a tensor of one value", async () => {
  const model = modelOf(await trained());
  const [first, ...others] = model.tensors;
  if (first === undefined) throw new Error("The net has no tensors.");
  const data = new Float32Array(first.data.length).fill(0.25);
  data.set([Number.NaN, Number.POSITIVE_INFINITY]);
  const [layer] = netWeights({ ...model, tensors: [{ ...first, data }, ...others] });
  const [tensor] = layer?.tensors ?? [];
  expect(tensor).toMatchObject({ count: data.length, nonFinite: 2, mean: 0.25, std: 0, min: 0.25, max: 0.25 });
  const { low, high, counts, underflow, overflow } = tensor?.histogram ?? { low: 1, high: 0, counts: [] };
  expect(low).toBeLessThanOrEqual(0.25);
  expect(high).toBeGreaterThan(0.25);
  expect([...counts].reduce((sum, count) => sum + count, (underflow ?? 0) + (overflow ?? 0))).toBe(data.length - 2);
});
