import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DatasetReference, parse } from "../../../engine/index.ts";
import type { DatasetDescription } from "../../../engine/protocol.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { nodeViews } from "../../../renderer/canvas/nodeViews.ts";
import { followDatasets } from "../../../renderer/dataset/datasetFacts.ts";
import { trainOn } from "../../../renderer/document/datasetActions.ts";
import { documentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";
import { createFakeShell, type FakeShell, type FakeTrainer } from "../fakeShell.ts";

const flowers: DatasetReference = {
  ...{ source: "imageFolder", directory: "/data/flowers", size: null, channels: null, testShare: 0.2 },
};
const table: DatasetReference = {
  ...{ source: "csv", file: "/data/digits.csv", testFile: null, label: null },
  ...{ task: "classification", header: "detect", testShare: 0.2 },
};

const described: DatasetDescription = {
  ...{ name: "flowers", shape: [3, 28, 28], stores: "bytes", classNames: ["rose", "tulip"], targetWidth: null },
  featureNames: [],
  train: { count: 80, classCounts: [40, 40] },
  test: { count: 20, classCounts: [10, 10] },
  ...{ mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
};
const rows: DatasetDescription = {
  ...{ name: "digits.csv", shape: [784], stores: "numbers", targetWidth: null },
  featureNames: Array.from({ length: 784 }, (_, pixel) => `pixel${pixel}`),
  classNames: Array.from({ length: 10 }, (_, digit) => String(digit)),
  train: { count: 100_000, classCounts: new Array<number>(10).fill(10_000) },
  test: { count: 1000, classCounts: new Array<number>(10).fill(100) },
  ...{ mean: [0], std: [1] },
};

let shell: FakeShell;
let stop: () => void;

beforeEach(() => {
  shell = createFakeShell();
  setShell(shell);
  const parsed = parse(exampleNamed("mlp-bn")?.text ?? "");
  if (!parsed.ok) throw new Error("The example does not open.");
  documentStore.getState().open(parsed.value, UNTITLED);
  stop = followDatasets();
});
afterEach(() => stop());

const answer = async (
  trainer: FakeTrainer | undefined,
  description: DatasetDescription | null,
  problem: string | null,
) => {
  const [request] = trainer?.requests ?? [];
  if (request?.type !== "openDataset") throw new Error(`The trainer was asked for ${request?.type}.`);
  trainer?.listener.onEvent({ type: "datasetOpened", requestId: request.requestId, description, problem });
  await Promise.resolve();
  await Promise.resolve();
};

const codes = (): string[] => documentStore.getState().compiled.diagnostics.map(({ code }) => code);
const inputLine = (): string => {
  const { document, compiled } = documentStore.getState();
  const view = nodeViews(document, compiled, null).find(({ kind }) => kind === "input");
  return (view?.facts ?? "").replaceAll("\u00a0", " ");
};

describe("a dataset in files", () => {
  it("is read when it is chosen, and the net is judged by what is in it", async () => {
    expect(shell.trainers).toHaveLength(0);
    expect(codes()).toEqual([]);
    expect(inputLine()).toBe("MNIST, 60,000 images");

    trainOn(flowers);
    expect(shell.trainers[0]?.requests).toMatchObject([{ type: "openDataset", dataset: flowers }]);
    expect([codes(), inputLine()]).toEqual([[], "flowers"]);
    await answer(shell.trainers[0], described, null);
    // 1×28×28 into the net, 3×28×28 in the files; 10 logits, 2 classes.
    expect(codes().sort()).toEqual(["LS204", "LS205"]);
    expect(inputLine()).toBe("flowers, 80 images");
    expect(shell.trainers[0]?.killed).toBe(true);

    documentStore.getState().undo();
    expect([codes(), inputLine()]).toEqual([[], "MNIST, 60,000 images"]);
    documentStore.getState().redo();
    expect(codes().sort()).toEqual(["LS204", "LS205"]);
  });

  it("counts in the memory that training takes, numbers with four bytes each", async () => {
    trainOn(table);
    const before = documentStore.getState().compiled.totals.memoryBytes;
    await answer(shell.trainers[0], rows, null);
    expect(codes()).toEqual([]);
    expect(inputLine()).toBe("digits.csv, 100,000 rows");
    const added = documentStore.getState().compiled.totals.memoryBytes - before;
    const samples = 101_000 * (784 * 4 + 1);
    // What else depends on how samples are stored is of the size of a batch.
    expect(Math.abs(added / samples - 1)).toBeLessThan(0.005);
  });

  it("that cannot be read leaves the net as it is, and what was known of it is forgotten", async () => {
    trainOn(flowers);
    await answer(shell.trainers[0], described, null);
    expect(codes()).not.toEqual([]);
    documentStore.getState().undo();
    documentStore.getState().redo();
    await answer(shell.trainers[1], null, "The dataset folder /data/flowers does not exist.");
    expect([codes(), inputLine()]).toEqual([[], "flowers"]);
  });

  it("that is replaced while it is read is not waited for", async () => {
    trainOn(flowers);
    trainOn(table);
    expect(shell.trainers.map(({ killed }) => killed)).toEqual([true, false]);
    await answer(shell.trainers[0], described, null);
    expect(codes()).toEqual([]);
    trainOn({ source: "mnist" });
    expect(shell.trainers[1]?.killed).toBe(true);
  });
});
