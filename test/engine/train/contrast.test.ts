/**
 * The tutorials' contrast, on the first 1,000 digits with weights from N(0, 0.01²), SGD 0.01, batch 100, 20 epochs: six dense layers stay at
 * chance, and pass 97 % of their training set with BatchNorm between them. PyTorch: 11.6 % and 99.8 %.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Dataset, limitTraining } from "../../../engine/data/dataset.ts";
import { parse } from "../../../engine/document/parse.ts";
import type { TrainingSettings } from "../../../engine/document/schema.ts";
import { createSession } from "../../../engine/train/createSession.ts";
import { nodeHost } from "./runHarness.ts";

const NUM_SAMPLES = 1000;
const BATCH = 100;
const EPOCHS = 20;

const digits = async (): Promise<Dataset> => {
  const loaded = await nodeHost.loadDataset({ source: "mnist" });
  if (!loaded.ok) throw new Error(loaded.error.message);
  const limited = limitTraining(loaded.value, NUM_SAMPLES);
  // The test set says nothing here: one sample is enough.
  return { ...limited, test: limitTraining(limited, 1).train };
};

const trainingAccuracy = async (example: string, dataset: Dataset, seed: number): Promise<number> => {
  const parsed = parse(readFileSync(new URL(`../../../examples/${example}.layerscope`, import.meta.url), "utf8"));
  if (!parsed.ok) throw new Error(`${example} cannot be read.`);
  const training: TrainingSettings = {
    ...parsed.value.training,
    ...{ learningRate: 0.01, batchSize: BATCH, epochs: EPOCHS, seed },
    optimizer: { name: "sgd" },
    initializer: { name: "normal", std: 0.01 },
  };
  const document = { ...parsed.value, training };
  const created = await createSession({ document, dataset, host: nodeHost, threads: 1 });
  if (!created.ok) throw new Error(created.error.message);
  const session = created.value;
  while (session.phase !== "ended") session.advance({ measure: false });
  let correct = 0;
  for (let start = 0; start < NUM_SAMPLES; start += BATCH) {
    correct += session.network.evaluate({ split: "train", start, count: BATCH }).correct;
  }
  session.dispose();
  return correct / NUM_SAMPLES;
};

test("without normalization the net stays at chance, with it it learns its training set", async () => {
  const dataset = await digits();
  const meanOfSeeds = async (example: string): Promise<number> => {
    let sum = 0;
    for (const seed of [1, 2, 3]) sum += await trainingAccuracy(example, dataset, seed);
    return sum / 3;
  };
  expect(await meanOfSeeds("mlp-plain")).toBeLessThan(0.13);
  expect(await meanOfSeeds("mlp-bn")).toBeGreaterThan(0.97);
});
