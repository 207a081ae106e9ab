/** Nets that predict numbers: squared error, and R² where others have accuracy. */
import { describe, expect, test } from "vitest";
import type { Dataset } from "../../../engine/data/dataset.ts";
import { targetVariance } from "../../../engine/data/labels.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { evaluateModel } from "../../../engine/train/evaluation.ts";
import { labelsOfRows } from "../../support/labels.ts";
import { applied, chain } from "../compile/documents.ts";
import { blobs, nodeHost, Recording } from "./runHarness.ts";

const WIDTH = 2;
const EPOCHS = 80;
const ADAM = { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** The blobs, with the mean brightness of the left and of the right half of the image as targets, times ten. */
const withTargets = (): Dataset => {
  const part = ({ count, images }: Dataset["train"]): Dataset["train"] => {
    const targets = new Float32Array(count * WIDTH);
    for (let n = 0; n < count; n++) {
      for (let pixel = 0; pixel < 64; pixel++) {
        const index = n * WIDTH + (pixel % 8 < 4 ? 0 : 1);
        targets[index] = (targets[index] ?? 0) + (images[n * 64 + pixel] ?? 0) / 255 / 3.2;
      }
    }
    return { count, images, labels: { targets, width: WIDTH } };
  };
  return { ...blobs, classNames: [], train: part(blobs.train), test: part(blobs.test) };
};

const net = (units = WIDTH): LayerscopeDocument =>
  applied(
    chain(
      ["input", "input", { shape: [1, 8, 8] }],
      ["flatten", "flatten"],
      ["dense", "fc1", { units }],
      ["output", "output", { loss: "meanSquaredError" }],
    ),
    [
      { type: "setTraining", training: { learningRate: 0.05, batchSize: 32, epochs: EPOCHS, optimizer: ADAM } },
      { type: "setDataset", dataset: { source: "idx", directory: "/blobs" } },
    ],
  );

const ran = async (document: LayerscopeDocument, dataset: Dataset): Promise<Recording> => {
  const recording = new Recording({ dataset }).start(document);
  await recording.ended;
  return recording;
};

describe("a net with targets", () => {
  test("learns them, and reports R² in the place of accuracy", async () => {
    const dataset = withTargets();
    const recording = await ran(net(), dataset);
    expect(recording.of("started")[0]).toMatchObject({ hasTargets: true, classNames: [] });
    const epochs = recording.of("epoch");
    const variance = targetVariance(dataset.test.labels, dataset.test.count) ?? 0;
    expect(variance).toBeGreaterThan(0.1);
    for (const { trainAccuracy, testAccuracy, testLoss, testR2 } of epochs) {
      expect([trainAccuracy, testAccuracy]).toEqual([null, null]);
      expect(testR2).toBeCloseTo(1 - testLoss / variance, 10);
    }
    expect(epochs.at(-1)?.testR2).toBeGreaterThan(0.95);
    // Step, loss, R² of each step, against the variance of all training targets.
    const trainVariance = targetVariance(dataset.train.labels, dataset.train.count) ?? 0;
    const values = recording.of("frame").flatMap(({ steps }) => Array.from(new Float64Array(steps)));
    for (let at = 0; at < values.length; at += 3) {
      expect(values[at + 2]).toBeCloseTo(1 - (values[at + 1] ?? 0) / trainVariance, 10);
    }
    expect(values.length).toBe(3 * 5 * EPOCHS);

    const model = recording.model();
    expect(model.training.testAccuracy).toBeNull();
    const evaluated = await evaluateModel({ model, dataset, host: nodeHost, threads: 1 });
    if (!evaluated.ok) throw new Error(evaluated.error.message);
    expect(evaluated.value.accuracy).toBeNull();
    expect(evaluated.value.r2).toBeCloseTo(epochs.at(-1)?.testR2 ?? Number.NaN, 6);
  });

  test("whose width or loss does not fit is refused with both numbers", async () => {
    const message = async (document: LayerscopeDocument, dataset: Dataset) =>
      (await ran(document, dataset)).of("failed")[0]?.failure.message;
    expect(await message(net(3), withTargets())).toBe('Output "output" receives 3 values, but the targets have 2.');
    expect(await message(net(), blobs)).toBe(
      'Output "output": Squared error needs targets, but the samples have 4 classes.',
    );
    const entropy = applied(net(), [{ type: "setParams", nodeId: "output", params: { loss: "softmaxCrossEntropy" } }]);
    expect(await message(entropy, withTargets())).toBe(
      'Output "output": Cross-entropy needs classes, but the samples have targets of 2 numbers.',
    );
  });

  test("whose targets are all the same has no R²", async () => {
    const dataset = withTargets();
    const constant = ({ count, images }: Dataset["train"]) => ({
      ...{ count, images },
      labels: { targets: new Float32Array(count * WIDTH).fill(3), width: WIDTH },
    });
    const recording = await ran(net(), { ...dataset, train: constant(dataset.train), test: constant(dataset.test) });
    expect(recording.of("epoch").at(-1)).toMatchObject({ trainR2: null, testR2: null, testLoss: expect.any(Number) });
  });
});

describe("the variance of targets", () => {
  test("is that of each number around its own mean", () => {
    // 0, 2 and 10, 16: variances 1 and 9.
    const labels = { targets: Float32Array.of(0, 10, 2, 16), width: 2 };
    expect(targetVariance(labels, 2)).toBe(5);
    expect(labelsOfRows(labels, [1])).toEqual([2, 16]);
    expect(targetVariance({ classes: Uint8Array.of(1, 2) }, 2)).toBeNull();
  });
});
