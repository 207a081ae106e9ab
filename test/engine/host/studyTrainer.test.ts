/** A worker of studies: what it is told while a run trains, and what it keeps of it. */
import { expect, test } from "vitest";
import type { StudyEvent, StudyTask } from "../../../engine/experiments/studyTask.ts";
import { StudyTrainer } from "../../../engine/host/studyTrainer.ts";
import { serialize } from "../../../engine/index.ts";
import type { TrainEvent } from "../../../engine/protocol.ts";
import { ok } from "../../../engine/result.ts";
import { hasNodes } from "../../../engine/telemetry/frameLayout.ts";
import { blobNet, blobs, nodeHost, recordRun } from "../train/runHarness.ts";

/** Trained nets by their places. */
const netsAt = new Map<string, string>();

const taskOf = (runId: string, epochs: number): StudyTask => ({
  ...{ type: "train", runId, place: runId, title: "Blobs", document: serialize(blobNet({ epochs })) },
  ...{ trainSamples: null, testSamples: null, frames: "few", command: [] },
});

const startTrainer = (onEvent: (event: StudyEvent | TrainEvent, trainer: StudyTrainer) => void = () => undefined) => {
  const told: StudyEvent[] = [];
  const kept: TrainEvent[] = [];
  const trainer = new StudyTrainer({
    host: { ...nodeHost, loadDataset: async () => ok(blobs) },
    post: (event) => {
      told.push(event);
      onEvent(event, trainer);
    },
    readNet: async (place) => netsAt.get(place) ?? Promise.reject(new Error("There is no such file.")),
    open: () => ({
      ...{ resume: null, earlierEpochs: [], earlierSteps: [], checkpoints: null },
      receive: (event) => {
        kept.push(event);
        onEvent(event, trainer);
      },
      close: () => undefined,
    }),
  });
  return { trainer, told, kept };
};

const weightsOf = (kept: readonly TrainEvent[]): string | undefined =>
  kept.flatMap((event) => (event.type === "finished" ? [event.weightsHash] : [])).at(-1);

const stepsMeasured = (kept: readonly TrainEvent[]): readonly number[] =>
  kept.flatMap((event) => (event.type === "frame" && hasNodes(event.frame) ? [event.step] : []));

test("a run that was held ends with the same weights and the same measured steps", async () => {
  const plain = startTrainer();
  await plain.trainer.receive(taskOf("run-001", 20));
  expect(plain.told.at(-1)).toMatchObject({ type: "ended", outcome: "finished", step: 100, failure: null });
  expect(stepsMeasured(plain.kept)).toEqual([1, 34, 67, 100]);

  let numHeld = 0;
  const held = startTrainer((event, trainer) => {
    if (event.type === "paused") setTimeout(() => void trainer.receive({ type: "hold", isHeld: false }));
    if (event.type !== "epoch" || !("record" in event) || event.record.epoch % 5 !== 0) return;
    numHeld += 1;
    void trainer.receive({ type: "hold", isHeld: true });
  });
  await held.trainer.receive(taskOf("run-001", 20));
  expect(numHeld).toBe(4);
  expect(held.kept.filter(({ type }) => type === "paused").length).toBeGreaterThanOrEqual(3);
  expect(weightsOf(held.kept)).toBe(weightsOf(plain.kept));
  expect(stepsMeasured(held.kept)).toEqual(stepsMeasured(plain.kept));
});

test("a hold or a stop of one run is none of the next", async () => {
  const { trainer, told } = startTrainer();
  const first = trainer.receive(taskOf("run-001", 2000));
  await trainer.receive({ type: "hold", isHeld: true });
  await trainer.receive({ type: "stop" });
  await first;
  expect(told.at(-1)).toMatchObject({ type: "ended", outcome: "stopped" });
  await trainer.receive(taskOf("run-002", 1));
  expect(told.at(-1)).toMatchObject({ type: "ended", outcome: "finished", step: 5 });
});

test("what cannot be trained is told as a sentence", async () => {
  const { trainer, told } = startTrainer();
  await trainer.receive({ ...taskOf("run-001", 1), document: "{}" });
  expect(told.at(-1)).toMatchObject({
    type: "ended",
    outcome: "failed",
    failure: expect.stringContaining("layerscope"),
  });
});

test("samples that a worker was asked to prepare are read once, and again where that failed", async () => {
  let numRead = 0;
  let isThere = false;
  const told: StudyEvent[] = [];
  const trainer = new StudyTrainer({
    host: {
      ...nodeHost,
      loadDataset: async () => {
        numRead += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return isThere ? ok(blobs) : { ok: false, error: { type: "missing", message: "There are no blobs." } };
      },
    },
    post: (event) => told.push(event),
    readNet: async (place) => netsAt.get(place) ?? Promise.reject(new Error("There is no such file.")),
    open: () => ({
      ...{ resume: null, earlierEpochs: [], earlierSteps: [], checkpoints: null },
      receive: () => undefined,
      close: () => undefined,
    }),
  });
  const { document, testSamples } = taskOf("run-001", 1);
  await trainer.receive({ type: "prepare", document, testSamples });
  expect(told).toEqual([]);
  isThere = true;
  // Not waited for: the task comes while the samples are being read.
  void trainer.receive({ type: "prepare", document, testSamples });
  await trainer.receive(taskOf("run-001", 1));
  await trainer.receive(taskOf("run-002", 1));
  expect(told.filter(({ type }) => type === "ended")).toMatchObject([{ outcome: "finished" }, { outcome: "finished" }]);
  expect(numRead).toBe(2);
});

test("a run whose net is gone fails with the reason, and the next that has one trains", async () => {
  const { trainer, told, kept } = startTrainer();
  const from = { name: "blobs.model.json", place: "nets/blobs" };
  await trainer.receive({ ...taskOf("run-001", 1), from });
  expect(told.at(-1)).toMatchObject({
    ...{ type: "ended", outcome: "failed" },
    failure: "blobs.model.json cannot be read: There is no such file.",
  });
  const net = (await recordRun(blobNet())).run.exportModel();
  netsAt.set("nets/blobs", net ?? "");
  await trainer.receive({ ...taskOf("run-002", 1), from });
  expect(told.at(-1)).toMatchObject({ type: "ended", outcome: "finished" });
  expect(kept.flatMap((event) => (event.type === "started" ? [event.from?.name] : []))).toEqual(["blobs.model.json"]);
});

test.for(["step", "end"] as const)(
  "a run whose %s the disk does not take fails with the reason, and the next trains",
  async (place) => {
    const told: StudyEvent[] = [];
    const refusal = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    let isFull = true;
    const trainer = new StudyTrainer({
      host: { ...nodeHost, loadDataset: async () => ok(blobs) },
      post: (event) => told.push(event),
      readNet: async () => "",
      open: () => ({
        ...{ resume: null, earlierEpochs: [], earlierSteps: [], checkpoints: null },
        receive: ({ type }) => {
          if (isFull && place === "step" && type === "frame") throw refusal;
        },
        close: () => {
          if (isFull) throw refusal;
        },
      }),
    });
    const failed = { type: "ended", outcome: "failed", failure: "Its files cannot be written: the disk is full." };
    await trainer.receive(taskOf("run-001", 1));
    expect(told.at(-1)).toMatchObject(failed);
    await trainer.receive({ ...taskOf("run-002", 1), measure: "gradients" });
    expect(told.at(-1)).toMatchObject(failed);
    isFull = false;
    await trainer.receive(taskOf("run-003", 1));
    expect(told.at(-1)).toMatchObject({ type: "ended", outcome: "finished", failure: null });
  },
);
