/** Studies of a workspace on the disk, trained in this process: what survives a restart, and what is told. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readFinishedRun } from "../../electron/finishedRuns.ts";
import type { StudyWorker, StudyWorkerListener } from "../../engine/experiments/studyCrew.ts";
import { openStudyRun } from "../../engine/host/nodeStudyRun.ts";
import { createNodeStudyStore } from "../../engine/host/nodeStudyStore.ts";
import { Studies } from "../../engine/host/studies.ts";
import { StudyTrainer } from "../../engine/host/studyTrainer.ts";
import { serialize } from "../../engine/index.ts";
import { NO_LABEL, type StudyDetail, type StudyUpdate } from "../../engine/protocol.ts";
import { ok } from "../../engine/result.ts";
import { recorderOf } from "../../renderer/run/recordedRun.ts";
import { blobNet, blobs, nodeHost, recordRun } from "../engine/train/runHarness.ts";

let folder = "";
let open: Studies[] = [];
/** A process that ends writes no more; what runs here is waited for. */
const atWork = new Set<Promise<void>>();
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "layerscope-studies-"));
  open = [];
});
afterEach(async () => {
  for (const studies of open) {
    studies.end();
    await studies.settled();
  }
  await Promise.all(atWork);
  rmSync(folder, { recursive: true, force: true });
});

const timestamp = (): string => new Date().toISOString();

/** A worker without a process of its own. */
const startHere = ({ onEvent, onExit }: StudyWorkerListener): StudyWorker => {
  let hasEnded = false;
  const trainer = new StudyTrainer({
    host: { ...nodeHost, loadDataset: async () => ok(blobs) },
    post: (event) => {
      if (!hasEnded) onEvent(event);
    },
    open: (task, document) => openStudyRun(task, document, timestamp),
    readNet: async (place) => readFileSync(place, "utf8"),
  });
  return {
    post: (request) => {
      atWork.add(trainer.receive(request));
    },
    end: () => {
      if (hasEnded) return;
      hasEnded = true;
      void trainer.receive({ type: "stop" });
      queueMicrotask(() => onExit("ended"));
    },
  };
};

const openStudies = (startWorker: typeof startHere = startHere) => {
  const updates: StudyUpdate[] = [];
  const store = createNodeStudyStore(path.join(folder, "studies"), timestamp);
  let numStudies = 0;
  const studies = new Studies({
    ...{ store, startWorker, timestamp, numCores: 2 },
    now: () => performance.now(),
    newId: () => {
      numStudies += 1;
      return `study-${numStudies}`;
    },
    onChanged: (update) => updates.push(update),
  });
  open.push(studies);
  return { studies, store, updates };
};

const studyText = (rates: readonly number[], epochs = 3): string =>
  JSON.stringify({
    ...{ format: "layerscope-study", version: 1, title: "Rates" },
    document: JSON.parse(serialize(blobNet({ epochs }))),
    search: { by: "grid" },
    axes: [{ vary: "learningRate", values: rates }],
  });

const started = async (studies: Studies, text: string): Promise<string> => {
  const id = await studies.start(text);
  if (!id.ok) throw new Error(id.error);
  return id.value;
};

const detailOf = async (studies: Studies, studyId: string): Promise<StudyDetail> => {
  const detail = await studies.open(studyId);
  if (!detail.ok) throw new Error(detail.error);
  return detail.value;
};

const whenEnded = (studies: Studies, studyId: string) =>
  expect.poll(async () => (await detailOf(studies, studyId)).numRunning, { timeout: 20_000 }).toBe(0);

test("trains every run, tells of it, and keeps what the next start needs", async () => {
  const { studies, updates, store } = openStudies();
  const studyId = await started(studies, studyText([0.1, 1e38, 0.01]));
  await whenEnded(studies, studyId);
  const detail = await detailOf(studies, studyId);
  expect(detail).toMatchObject({
    title: "Rates",
    state: "finished",
    numEnded: 3,
    numDiverged: 1,
    numFailed: 0,
    jobs: 2,
  });
  expect(detail.runs.map(({ state, params }) => [params.learningRate, state])).toEqual([
    [0.1, "finished"],
    [1e38, "diverged"],
    [0.01, "finished"],
  ]);
  expect(detail.runs[0]?.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  expect(detail.runs[1]?.failure).toContain("Loss is not finite since step");
  await expect
    .poll(() => updates.at(-1)?.status, { timeout: 20_000 })
    .toMatchObject({ state: "finished", numEnded: 3 });
  const told = new Map(updates.flatMap(({ runs }) => runs.map((run) => [run.id, run])));
  expect([...told.values()].map(({ id, state }) => `${id} ${state}`).sort()).toEqual([
    "run-001 finished",
    "run-002 diverged",
    "run-003 finished",
  ]);
  await studies.settled();
  const results = readFileSync(path.join(folder, "studies", studyId, "results.jsonl"), "utf8")
    .trim()
    .split("\n");
  expect(results.map((line) => JSON.parse(line)).map(({ id, diverged }) => [id, diverged])).toEqual([
    ["run-001", false],
    ["run-002", true],
    ["run-003", false],
  ]);

  // Each run is shown like any other that has ended.
  for (const { id, state } of detail.runs) {
    const recorded = readFinishedRun(store.runsPath(studyId), id);
    if (!recorded.ok) throw new Error(recorded.error);
    const { recorder, problems } = recorderOf(recorded.value);
    expect(problems, id).toEqual([]);
    expect(recorded.value.ended.type).toBe(state === "finished" ? "finished" : "failed");
    const { totalSteps } = recorded.value.started;
    if (state === "finished") {
      expect(recorder.numSteps).toBe(totalSteps);
      expect(recorder.frames.map(({ step }) => step)).toEqual([1, totalSteps]);
    }
  }

  const again = openStudies(() => {
    throw new Error("There is nothing left to train.");
  });
  // How long runs took to begin is known of those that ended while the app ran.
  const { startSeconds, ...rest } = detail;
  expect(startSeconds).toBeGreaterThan(0);
  expect(await detailOf(again.studies, studyId)).toEqual({ ...rest, secondsLeft: null });
});

test("after a crash, ended runs stay as they are, and the others are trained", async () => {
  const first = openStudies();
  const studyId = await started(first.studies, studyText([0.1, 0.05, 0.02, 0.01], 40));
  await expect
    .poll(async () => (await detailOf(first.studies, studyId)).numEnded, { interval: 5, timeout: 20_000 })
    .toBeGreaterThan(0);
  first.studies.end();
  await Promise.all(atWork);
  const runs = path.join(folder, "studies", studyId, "runs");
  const record = (id: string) => path.join(runs, id, "run.json");
  const ended = readdirSync(runs).filter((id) => JSON.parse(readFileSync(record(id), "utf8")).outcome === "finished");
  const written = ended.map((id) => statSync(record(id)).mtimeMs);
  expect(ended.length).toBeGreaterThan(0);

  const second = openStudies();
  await whenEnded(second.studies, studyId);
  expect(await detailOf(second.studies, studyId)).toMatchObject({ state: "finished", numEnded: 4, numFailed: 0 });
  expect(ended.map((id) => statSync(record(id)).mtimeMs)).toEqual(written);
});

test("what the user decided is there at the next start: pause, cancelled runs, names", async () => {
  const first = openStudies();
  const studyId = await started(first.studies, studyText([0.1, 0.05, 0.02], 200));
  await first.studies.pause(studyId);
  await first.studies.label(studyId, "run-003", { ...NO_LABEL, name: "slow", isPinned: true });
  await first.studies.settled();
  first.studies.end();
  await Promise.all(atWork);
  const second = openStudies();
  const paused = await detailOf(second.studies, studyId);
  expect(paused).toMatchObject({ state: "paused", numRunning: 0 });
  expect(paused.runs[2]).toMatchObject({ name: "slow", isPinned: true });
  await second.studies.cancel(studyId);
  await second.studies.settled();
  await Promise.all(atWork);
  const third = openStudies();
  const cancelled = await detailOf(third.studies, studyId);
  expect(cancelled).toMatchObject({ state: "cancelled", numRunning: 0, numEnded: 3 });
  expect(cancelled.runs.map(({ state }) => state)).toEqual(["cancelled", "cancelled", "cancelled"]);
  await third.studies.retry(studyId, ["run-003"]);
  await whenEnded(third.studies, studyId);
  expect((await detailOf(third.studies, studyId)).runs[2]).toMatchObject({ state: "finished", name: "slow" });
});

test("runs whose workers die fail with the reason, which is kept, and can be retried", async () => {
  const dying = openStudies(({ onExit }) => ({
    post: (request) => {
      if (request.type === "train") queueMicrotask(() => onExit("Its process stopped: killed."));
    },
    end: () => undefined,
  }));
  const studyId = await started(dying.studies, studyText([0.1]));
  await expect.poll(async () => (await detailOf(dying.studies, studyId)).numFailed, { timeout: 20_000 }).toBe(1);
  await dying.studies.settled();
  const next = openStudies();
  expect((await detailOf(next.studies, studyId)).runs[0]).toMatchObject({
    state: "failed",
    failure: "Its process stopped: killed.",
  });
  await next.studies.retry(studyId, ["run-001"]);
  await whenEnded(next.studies, studyId);
  expect((await detailOf(next.studies, studyId)).runs[0]).toMatchObject({ state: "finished", failure: null });
});

test("a removed study comes back as it was; after the next start it is gone for good", async () => {
  const { studies } = openStudies();
  const studyId = await started(studies, studyText([0.1, 0.05], 60));
  await expect.poll(async () => (await detailOf(studies, studyId)).numRunning, { timeout: 20_000 }).toBeGreaterThan(0);
  await studies.remove(studyId);
  expect(await studies.list()).toEqual([]);
  expect(existsSync(path.join(folder, "studies", studyId))).toBe(false);
  await studies.restore(studyId);
  await whenEnded(studies, studyId);
  expect(await detailOf(studies, studyId)).toMatchObject({ state: "finished", numEnded: 2, numFailed: 0 });
  await studies.remove(studyId);
  const next = openStudies();
  expect(await next.studies.list()).toEqual([]);
  next.store.emptyTrash();
  await next.studies.restore(studyId);
  expect(await next.studies.list()).toEqual([]);
});

test("refuses what cannot be trained, and lists what it cannot read with the reason", async () => {
  const { studies } = openStudies();
  const textOf = (change: object): string => JSON.stringify({ ...JSON.parse(studyText([0.1])), ...change });
  expect(await studies.start(textOf({ document: "net.layerscope" }))).toEqual({
    ok: false,
    error: "The study names the file net.layerscope; it needs the document itself.",
  });
  expect(await studies.start(textOf({ axes: [{ vary: "learningRate", values: [-1] }] }))).toMatchObject({
    error: expect.stringContaining("axes[0] (learningRate) with -1"),
  });
  expect(await studies.list()).toEqual([]);
  const studyId = await started(studies, studyText([0.1]));
  await whenEnded(studies, studyId);
  await studies.settled();
  const file = path.join(folder, "studies", studyId, "study.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"version": 1', '"version": 9'));
  const next = openStudies();
  expect(await next.studies.list()).toMatchObject([
    { numRuns: 0, problem: "The study has version 9; this Layerscope reads up to 1. Open it with a newer one." },
  ]);
});

test("a deleted run stays out of the figures and untrained over a restart, until somebody asks for it", async () => {
  const { studies, updates } = openStudies();
  const studyId = await started(studies, studyText([0.1, 0.05]));
  await whenEnded(studies, studyId);
  await studies.label(studyId, "run-001", { name: "best", tags: ["thesis"], notes: "Look again.", isPinned: false });
  const before = await detailOf(studies, studyId);
  await expect.poll(async () => (await detailOf(studies, studyId)).runs[0]?.bytes).toBeGreaterThan(0);
  const full = await detailOf(studies, studyId);
  expect(full.runs[0]?.endedAt).toMatch(/^\d{4}-\d\d-\d\dT/);
  const resultIds = (): string[] =>
    readFileSync(path.join(folder, "studies", studyId, "results.jsonl"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line).id);

  await studies.removeRuns(studyId, ["run-001"]);
  const without = await detailOf(studies, studyId);
  expect(without).toMatchObject({ state: "finished", numEnded: 2, numDeleted: 1, bytes: full.runs[1]?.bytes });
  expect(without.runs[0]).toMatchObject({ state: "deleted", epochs: [], name: "best", bytes: 0 });
  await expect.poll(() => updates.at(-1)?.status.numDeleted).toBe(1);
  await expect.poll(resultIds).toEqual(["run-002"]);
  expect(await studies.restoreRuns(studyId, ["run-001"])).toEqual(["run-001"]);
  expect((await detailOf(studies, studyId)).runs).toEqual(full.runs);
  expect(before.runs[0]?.tags).toEqual(["thesis"]);

  // Put away with its study and back, it can still come back itself.
  await studies.removeRuns(studyId, ["run-001"]);
  await studies.remove(studyId);
  await studies.restore(studyId);
  expect((await detailOf(studies, studyId)).numDeleted).toBe(1);
  expect(await studies.restoreRuns(studyId, ["run-001"])).toEqual(["run-001"]);
  expect((await detailOf(studies, studyId)).runs).toEqual(full.runs);
  await studies.removeRuns(studyId, ["run-001"]);
  await studies.settled();

  const next = openStudies();
  await next.studies.resume(studyId);
  const resumed = await detailOf(next.studies, studyId);
  expect(resumed).toMatchObject({ state: "finished", numDeleted: 1, numRunning: 0 });
  expect(resumed.runs[0]).toMatchObject({ state: "deleted", name: "best", tags: ["thesis"], notes: "Look again." });
  next.store.emptyTrash();
  expect(existsSync(path.join(next.store.runsPath(studyId), "run-001"))).toBe(false);
  expect(await next.studies.restoreRuns(studyId, ["run-001"])).toEqual([]);

  await next.studies.retry(studyId, ["run-001"]);
  await whenEnded(next.studies, studyId);
  const again = await detailOf(next.studies, studyId);
  expect(again.runs[0]).toMatchObject({
    state: "finished",
    name: "best",
    epochs: (full.runs[0]?.epochs ?? []).map(({ loss }) => ({ loss })),
  });
  expect(await next.studies.restoreRuns(studyId, ["run-001"])).toEqual([]);
});

test("the trash takes no run that is trained again", async () => {
  const { studies } = openStudies();
  const studyId = await started(studies, studyText([0.1]));
  await whenEnded(studies, studyId);
  await studies.removeRuns(studyId, ["run-001"]);
  await studies.settled();
  const next = openStudies();
  await next.studies.list();
  await next.studies.retry(studyId, ["run-001"]);
  next.store.emptyTrash();
  await whenEnded(next.studies, studyId);
  expect((await detailOf(next.studies, studyId)).runs[0]?.state).toBe("finished");
});

test("a study is called as the user says, also over a restart; without a title it has its own", async () => {
  const { studies } = openStudies();
  const studyId = await started(studies, studyText([0.1]));
  await studies.rename(studyId, "Rates of SGD");
  const renamed = await detailOf(studies, studyId);
  expect([renamed.title, JSON.parse(renamed.text).title]).toEqual(["Rates of SGD", "Rates of SGD"]);
  await whenEnded(studies, studyId);
  await studies.settled();
  const next = openStudies();
  expect(await next.studies.list()).toMatchObject([{ title: "Rates of SGD" }]);
  await next.studies.rename(studyId, "");
  const own = await detailOf(next.studies, studyId);
  expect([own.title, JSON.parse(own.text).title]).toEqual(["Rates", "Rates"]);
});

test("reads what the first version has kept of a study", async () => {
  const { studies } = openStudies();
  const studyId = await started(studies, studyText([0.1, 0.05]));
  await whenEnded(studies, studyId);
  await studies.settled();
  writeFileSync(
    path.join(folder, "studies", studyId, "state.json"),
    `{"format": "layerscope-study-state", "version": 1, "createdAt": "2026-11-22T12:00:00.000Z", "isPaused": true,
      "cancelled": [], "failed": {}, "labels": {"run-002": {"name": "slow", "isPinned": true}, "run-001": {"name": "", "isPinned": true}}}`,
  );
  const next = openStudies();
  const detail = await detailOf(next.studies, studyId);
  expect(detail).toMatchObject({ title: "Rates", createdAt: "2026-11-22T12:00:00.000Z", numDeleted: 0 });
  expect(detail.runs).toMatchObject([
    { state: "finished", name: null, tags: [], notes: "", isPinned: true },
    { state: "finished", name: "slow", tags: [], notes: "", isPinned: true },
  ]);
});

test("a range test that was interrupted finds what one without a break finds", async () => {
  const text = JSON.stringify({
    ...JSON.parse(studyText([10], 30)),
    measure: "learningRateRange",
    training: { schedule: { name: "exponential", initialFactor: 1e-5, finalFactor: 1 } },
  });
  const findingsOf = async (studies: Studies, studyId: string) => (await detailOf(studies, studyId)).runs[0]?.findings;
  const whole = openStudies();
  const wholeId = await started(whole.studies, text);
  await whenEnded(whole.studies, wholeId);
  const expected = await findingsOf(whole.studies, wholeId);
  expect(expected?.learningRateRange?.steepestRate).toBeGreaterThan(0);

  // Stopped by the loss of its worker's host, as when the app quits: its last checkpoint stays.
  let stops: (() => void) | null = null;
  const broken = openStudies(({ onEvent, onExit }) => {
    const trainer = new StudyTrainer({
      host: { ...nodeHost, loadDataset: async () => ok(blobs) },
      post: (event) => {
        if (event.type === "epoch" && event.record.epoch === 12) void trainer.receive({ type: "stop" });
        if (event.type !== "ended") onEvent(event);
      },
      open: (task, document) => openStudyRun(task, document, timestamp),
      readNet: async (place) => readFileSync(place, "utf8"),
    });
    stops = () => onExit("ended");
    return { post: (request) => void atWork.add(trainer.receive(request)), end: () => stops?.() };
  });
  const brokenId = await started(broken.studies, text);
  await expect.poll(async () => (await detailOf(broken.studies, brokenId)).runs[0]?.epochs.length).toBe(12);
  await Promise.all(atWork);
  broken.studies.end();

  const next = openStudies();
  await whenEnded(next.studies, brokenId);
  const record = JSON.parse(readFileSync(path.join(next.store.runsPath(brokenId), "run-001", "run.json"), "utf8"));
  expect(record.resumes).toHaveLength(1);
  expect(await findingsOf(next.studies, brokenId)).toEqual(expected);
});

test("starts every run from a trained net, which stays with the study over a restart", async () => {
  const run = (await recordRun(blobNet())).run;
  const net = run.exportModel();
  if (net === null) throw new Error("The run has no net.");
  const text = JSON.stringify({ ...JSON.parse(studyText([0.1, 1e-30], 1)), from: { name: "blobs.model.json" } });
  const { studies, store } = openStudies();
  expect(await studies.start(text)).toEqual({
    ok: false,
    error: "The study starts from blobs.model.json, which is not here.",
  });
  const begun = await studies.start(text, net);
  if (!begun.ok) throw new Error(begun.error);
  await whenEnded(studies, begun.value);
  expect(readFileSync(store.netPlaceOf(begun.value), "utf8")).toBe(net);
  const recordOf = (id: string) =>
    JSON.parse(readFileSync(path.join(store.runsPath(begun.value), id, "run.json"), "utf8"));
  const { weightsHash } = JSON.parse(JSON.stringify(recordOf("run-001").started.from));
  expect(recordOf("run-002").started.from).toEqual({ name: "blobs.model.json", weightsHash, anew: [] });
  // A rate that moves nothing float32 can hold begins, and stays, where the net was.
  const { runs } = await detailOf(studies, begun.value);
  const anew = await started(studies, studyText([1e-30], 1));
  await whenEnded(studies, anew);
  const lossOf = (status: (typeof runs)[number] | undefined) => status?.epochs.at(-1)?.testLoss ?? Number.NaN;
  expect(lossOf(runs[1])).toBeLessThan(lossOf((await detailOf(studies, anew)).runs[0]) / 2);

  studies.end();
  await studies.settled();
  const next = openStudies();
  await next.studies.retry(begun.value, ["run-001"]);
  await next.studies.removeRuns(begun.value, ["run-001"]);
  await next.studies.retry(begun.value, ["run-001"]);
  await whenEnded(next.studies, begun.value);
  expect(recordOf("run-001").started.from.weightsHash).toBe(weightsHash);
});
