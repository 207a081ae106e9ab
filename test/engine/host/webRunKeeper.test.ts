/** What a browser keeps of a run of the page: all that the page needs to show it as it was. */
import { expect, it } from "vitest";
import { WebRunKeeper } from "../../../engine/host/webRunKeeper.ts";
import { joinedSteps, type NewCheckpoint, type UnfinishedRun } from "../../../engine/host/webUnfinishedRuns.ts";
import { ENGINE_VERSION, type LayerscopeDocument } from "../../../engine/index.ts";
import { PROTOCOL_VERSION, type TrainEvent } from "../../../engine/protocol.ts";
import { ok } from "../../../engine/result.ts";
import type { EpochRecord } from "../../../engine/telemetry/epochRecord.ts";
import { indexFrameFile } from "../../../engine/telemetry/frameFile.ts";
import type { FrameRecord } from "../../../engine/telemetry/frameMemory.ts";
import { decodeCheckpoint } from "../../../engine/train/checkpoint.ts";
import { Run } from "../../../engine/train/run.ts";
import { recorderOf } from "../../../renderer/run/recordedRun.ts";
import { blobNet, blobs, nodeHost } from "../train/runHarness.ts";

const BEGUN = "2026-11-22T12:00:00.000Z";
const CALL = { runId: "00000000-0000-0000-0000-000000000001", title: "blobs", startedAt: BEGUN, touchedAt: BEGUN };
const ENDED = "2026-11-22T12:00:05.000Z";

const trained = async (epochs: number, learningRate = 0.1) => {
  const net = blobNet({ epochs });
  const document = { ...net, training: { ...net.training, learningRate } };
  const start = { type: "start", protocol: PROTOCOL_VERSION, document, threads: 1 } as const;
  const keeper = new WebRunKeeper({ ...CALL, document });
  const events: TrainEvent[] = [];
  const run = new Run({
    host: { ...nodeHost, loadDataset: async () => ok(blobs) },
    post: (event) => {
      events.push(event);
      keeper.receive(event);
      if (event.type === "frame") void run.receive({ type: "acknowledgeFrame", sequence: event.sequence });
    },
  });
  await run.receive(start);
  const ended = events.find((event) => event.type === "finished" || event.type === "failed");
  if (ended === undefined) throw new Error("The run did not end.");
  const model = run.exportModel();
  run.dispose();
  return { kept: keeper.ended(ended, { endedAt: ENDED, model }), events, model };
};

it("has every step, epoch and measurement, what lists need, and the net", async () => {
  const { kept, events, model } = await trained(3);
  if (kept === null) throw new Error("Nothing was kept.");
  const { facts, record } = kept;
  const epochs = events.filter((event) => event.type === "epoch");
  expect(facts).toMatchObject({
    ...{ title: "blobs", outcome: "finished", hasModel: true, engineVersion: ENGINE_VERSION, isRemoved: false },
    lastEpoch: { epoch: 3, loss: epochs[2]?.loss },
    bestEpoch: { testAccuracy: Math.max(...epochs.map(({ testAccuracy }) => testAccuracy ?? 0)) },
    trains: { optimizer: "sgd", kinds: expect.arrayContaining(["dense", "output"]) },
    label: { name: null, tags: [] },
  });
  expect(kept.model).toBe(model);
  expect(facts.bytes).toBeGreaterThan(record.steps.byteLength + (model?.length ?? 0));
  const { recorder, problems } = recorderOf({ ...record, ...facts, lostLines: 0 });
  expect(problems).toEqual([]);
  expect(recorder.numSteps).toBe(facts.started.totalSteps);
  const measured = events.flatMap((event) => (event.type === "frame" ? [event.step] : []));
  expect(recorder.frames.at(-1)?.step).toBe(measured.at(-1));
});

it("keeps a run that diverged, without a net, and none that made no step", async () => {
  const { kept, events } = await trained(3, 1e38);
  expect(kept?.facts).toMatchObject({ outcome: "failed", ended: { failure: { reason: "diverged" } } });
  if (kept === null) throw new Error("Nothing was kept.");
  const { recorder } = recorderOf({ ...kept.record, ...kept.facts, lostLines: 0 });
  expect(events.at(-1)).toMatchObject({ failure: { step: recorder.numSteps } });
  // The step at which it diverged is measured.
  expect(recorder.frames.at(-1)?.step).toBe(recorder.numSteps);
  const failure = { reason: "invalidDocument", message: "It has no layers." } as const;
  const keeper = new WebRunKeeper({ ...CALL, document: blobNet({ epochs: 1 }) });
  expect(keeper.ended({ type: "failed", failure }, { endedAt: ENDED, model: null })).toBeNull();
});

/** The rows of a database, and each checkpoint that came to them. */
class Rows {
  #kept: NewCheckpoint["kept"] | null = null;
  readonly #steps = new Map<number, Float64Array>();
  readonly #frames = new Map<number, FrameRecord>();
  numCheckpoints = 0;

  add({ kept, steps, frames, goneFrames }: NewCheckpoint): void {
    this.numCheckpoints += 1;
    this.#kept = kept;
    expect(this.#steps.has(steps.numSteps), "steps that are there already").toBe(false);
    if (steps.values.length > 0) this.#steps.set(steps.numSteps, steps.values);
    for (const frame of frames) this.#frames.set(frame.ordinal, frame);
    for (const ordinal of goneFrames) this.#frames.delete(ordinal);
  }

  read(): UnfinishedRun {
    if (this.#kept === null) throw new Error("There is no checkpoint.");
    const inOrder = <T>(rows: ReadonlyMap<number, T>): T[] => [...rows].sort(([a], [b]) => a - b).map(([, row]) => row);
    return { ...this.#kept, steps: joinedSteps(inOrder(this.#steps)), frames: inOrder(this.#frames) };
  }
}

/** Trains until `numCheckpoints` are written, then as if the page had been closed; null: to the end. */
const trainedInParts = async (document: LayerscopeDocument, numCheckpoints: number | null, before: Rows | null) => {
  const rows = before ?? new Rows();
  const interrupted = before?.read();
  const checkpoint = interrupted === undefined ? null : decodeCheckpoint(interrupted.checkpoint);
  if (checkpoint?.ok === false) throw new Error(checkpoint.error);
  const keeper =
    interrupted === undefined
      ? new WebRunKeeper({ ...CALL, document })
      : WebRunKeeper.resumed({ ...CALL, document }, interrupted);
  const events: TrainEvent[] = [];
  let wasClosed = false;
  const run = new Run({
    host: { ...nodeHost, loadDataset: async () => ok(blobs) },
    post: (event) => {
      if (wasClosed) return;
      events.push(event);
      keeper.receive(event);
      if (event.type === "frame") void run.receive({ type: "acknowledgeFrame", sequence: event.sequence });
    },
    measuresStep: () => true,
    checkpoints: {
      ...{ everyMs: 0, metricsBytes: () => 0 },
      save: async (step, pieces) => {
        if (wasClosed) return;
        await keeper.save(step, pieces, async (written) => rows.add(written));
        if (rows.numCheckpoints !== numCheckpoints) return;
        wasClosed = true;
        run.dispose();
      },
    },
    ...(checkpoint === null ? {} : { resume: checkpoint.value }),
  });
  const history = interrupted === undefined ? null : keeper.history(document);
  await run.receive({ type: "start", protocol: PROTOCOL_VERSION, document, threads: 1 });
  const finished = events.find((event) => event.type === "finished");
  const kept = finished === undefined ? null : keeper.ended(finished, { endedAt: ENDED, model: run.exportModel() });
  if (!wasClosed) run.dispose();
  return { rows, kept, finished, history };
};

/** The steps that were measured. */
const measuredSteps = ({ frames }: { readonly frames: Uint8Array }) => {
  const file = indexFrameFile(frames);
  return file.ok ? file.value.places.map(({ step }) => step) : [];
};

it("goes on from its rows, twice, to what an uninterrupted run has", async () => {
  const document = blobNet({ epochs: 4 });
  const whole = await trainedInParts(document, null, null);
  const first = await trainedInParts(document, 3, null);
  expect(first.finished).toBeUndefined();
  const second = await trainedInParts(document, 8, first.rows);
  expect(second.finished).toBeUndefined();
  const last = await trainedInParts(document, null, second.rows);
  const { lossesHash, weightsHash } = whole.finished ?? {};
  expect(last.finished).toMatchObject({ lossesHash, weightsHash });
  if (whole.kept === null || last.kept === null) throw new Error("A run did not end.");
  expect(new Float64Array(last.kept.record.steps)).toEqual(new Float64Array(whole.kept.record.steps));
  expect(measuredSteps(last.kept.record)).toEqual(measuredSteps(whole.kept.record));
  const losses = (epochs: readonly EpochRecord[]) => epochs.map(({ epoch, loss, testLoss }) => [epoch, loss, testLoss]);
  expect(losses(last.kept.record.epochs)).toEqual(losses(whole.kept.record.epochs));
  expect(last.kept.facts).toMatchObject({ startedAt: BEGUN, title: "blobs", started: { runId: CALL.runId } });
  // What a page that has forgotten it is told: all up to the checkpoint.
  const told = new Float64Array(last.history?.steps ?? new ArrayBuffer(0));
  expect(told).toEqual(new Float64Array(whole.kept.record.steps).subarray(0, told.length));
  expect(told.length).toBeGreaterThan(0);
});
