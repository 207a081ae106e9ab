/** The trainer's side of an interrupted run: it leaves a folder, another trainer goes on from it to the same bits. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { discardRun, documentOfRun, unfinishedRuns } from "../../electron/runsFolder.ts";
import { TrainerRun } from "../../electron/trainerRun.ts";
import { readFrames } from "../../engine/host/nodeRunFolder.ts";
import { parse } from "../../engine/index.ts";
import { PROTOCOL_VERSION, type TrainEvent, trainEventSchema } from "../../engine/protocol.ts";
import { ok } from "../../engine/result.ts";
import { hasNodes } from "../../engine/telemetry/frameLayout.ts";
import { Checkpoints } from "../../engine/train/checkpoints.ts";
import { restoreHistory } from "../../renderer/run/recordedRun.ts";
import { RunRecorder } from "../../renderer/run/runRecorder.ts";
import { blobNet, blobs, nodeHost } from "../engine/train/runHarness.ts";
import { shownOf } from "../support/shownOf.ts";

let runsFolder = "";
beforeEach(() => {
  runsFolder = path.join(mkdtempSync(path.join(tmpdir(), "layerscope-runs-")), "runs");
});
afterEach(() => rmSync(path.dirname(runsFolder), { recursive: true, force: true }));

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

const document = blobNet({ epochs: 3 });

/** Five batches of training and three of evaluation make an epoch. */
const stepAfterEpoch = (numBatches: number): number => (numBatches % 8 === 1 ? (5 * (numBatches - 1)) / 8 : 0);
const lastStep = (): number | undefined => unfinishedRuns(runsFolder)[0]?.step;

/** Of the run that saved last. */
let saving: Checkpoints | null = null;
const { save } = Checkpoints.prototype;
beforeEach(() => {
  saving = null;
  vi.spyOn(Checkpoints.prototype, "save").mockImplementation(function (this: Checkpoints, ...checkpoint) {
    saving = this;
    save.apply(this, checkpoint);
  });
});
afterEach(() => vi.restoreAllMocks());

/** A trainer whose process ends without a word after so many batches; null: never. Its page knows what it is told. */
const trainer = (
  batches: number | null = null,
  onEvent: (event: TrainEvent, run: TrainerRun) => void = () => undefined,
) => {
  const events: TrainEvent[] = [];
  let page = new RunRecorder([]);
  let numBatches = 0;
  let killed = (): void => undefined;
  /** Resolves when it does nothing any more. */
  const isKilled = new Promise<void>((resolve) => {
    killed = resolve;
  });
  const run: TrainerRun = new TrainerRun({
    runsFolder,
    host: {
      ...nodeHost,
      loadDataset: async () => ok(blobs),
      yieldToMessages: async () => {
        await nodeHost.yieldToMessages();
        numBatches += 1;
        // Training does not wait for the disk; here each epoch's checkpoint is seen.
        const step = stepAfterEpoch(numBatches);
        if (batches !== null && step > 0) await expect.poll(lastStep, { timeout: 20_000 }).toBe(step);
        // It is there before its folder is flushed; a save under way would put off that of the next epoch.
        if (batches !== null && step > 0) await saving?.settled();
        if (numBatches === batches) {
          killed();
          await new Promise(() => undefined);
        }
      },
    },
    post: (posted) => {
      const event = trainEventSchema.parse(posted);
      events.push(event);
      if (event.type === "started") page = new RunRecorder(event.nodeIds);
      else if (event.type === "history") {
        restoreHistory(page, { ...event, frames: event.frames && new Uint8Array(event.frames) });
      } else if (event.type === "frame") {
        page.addFrame(event);
        void run.receive({ type: "acknowledgeFrame", sequence: event.sequence });
      } else if (event.type === "epoch") page.addEpoch(event);
      else if (event.type === "trainingChanged") page.addChange(event);
      onEvent(event, run);
    },
  });
  const of = <T extends TrainEvent["type"]>(type: T): EventOf<T>[] =>
    events.filter((event): event is EventOf<T> => event.type === type);
  return { run, events, of, isKilled, page: () => page };
};

const start = { type: "start", protocol: PROTOCOL_VERSION, document, threads: 1, title: "blobs" } as const;

const stepsIn = (buffers: readonly ArrayBuffer[]): number[] =>
  buffers.flatMap((buffer) => [...new Float64Array(buffer)].filter((_, index) => index % 3 === 0));

/** Starts a run that stays in the middle of its third epoch, as a killed process leaves it. */
const interrupt = async (): Promise<string> => {
  const killed = trainer(19);
  void killed.run.receive(start);
  await killed.isKilled;
  expect(lastStep()).toBe(10);
  const [run] = unfinishedRuns(runsFolder);
  expect(run).toMatchObject({ title: "blobs", step: 10, totalSteps: 15, runId: killed.of("started")[0]?.runId });
  // What was sent to the page, up to the last frame.
  const recorded = readFrames(path.join(runsFolder, run?.runId ?? ""));
  expect(recorded?.ok && recorded.value.frames.map(({ step }) => step)).toEqual(
    killed.of("frame").flatMap(({ step, frame }) => (hasNodes(frame) ? [step] : [])),
  );
  return run?.runId ?? "";
};

describe("an interrupted run of the app", () => {
  test("goes on to the bits of an uninterrupted one, and tells the page what it had measured", async () => {
    const whole = trainer();
    await whole.run.receive(start);
    expect(unfinishedRuns(runsFolder)).toEqual([]);
    const runId = await interrupt();

    const next = trainer();
    await next.run.receive({ type: "resumeRun", protocol: PROTOCOL_VERSION, runId, threads: 2 });
    expect(next.of("started")[0]).toMatchObject({ runId, resumedStep: 10, totalSteps: 15 });
    expect(next.events[1]?.type).toBe("history");
    const [history] = next.of("history");
    expect(stepsIn(history === undefined ? [] : [history.steps])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(history?.epochs.map(({ epoch, testLoss }) => [epoch, testLoss])).toEqual(
      whole
        .of("epoch")
        .slice(0, 2)
        .map(({ epoch, testLoss }) => [epoch, testLoss]),
    );
    expect(stepsIn(next.of("frame").map(({ steps }) => steps))).toEqual([11, 12, 13, 14, 15]);
    const { lossesHash, weightsHash } = whole.of("finished")[0] ?? {};
    expect(next.of("finished")[0]).toMatchObject({ lossesHash, weightsHash });
    // What has come to its end cannot go on.
    expect(unfinishedRuns(runsFolder)).toEqual([]);
  });

  test("looks to the page as it looked live, settings changed on the way included", async () => {
    const killed = trainer(19, (event, run) => {
      if (event.type !== "frame" || event.step !== 1) return;
      void run.receive({ type: "changeTraining", training: { learningRate: 0.01 } });
    });
    void killed.run.receive(start);
    await killed.isKilled;
    expect(lastStep()).toBe(10);
    killed.page().rewindTo(10);
    expect(killed.page().frames.length).toBeGreaterThan(1);
    expect(killed.page().epochs.length).toBe(2);
    expect(killed.page().changes).toEqual([{ step: 1, training: { learningRate: 0.01 } }]);

    const next = trainer(1);
    const runId = unfinishedRuns(runsFolder)[0]?.runId ?? "";
    void next.run.receive({ type: "resumeRun", protocol: PROTOCOL_VERSION, runId, threads: 1 });
    await expect.poll(() => next.of("history").length).toBe(1);
    next.page().rewindTo(10);
    expect(shownOf(next.page())).toEqual(shownOf(killed.page()));
  });

  test("is listed with its document until it is discarded", async () => {
    const runId = await interrupt();
    const parsed = parse(documentOfRun(runsFolder, runId) ?? "");
    expect(parsed.ok && parsed.value.nodes.map(({ id }) => id)).toEqual(document.nodes.map(({ id }) => id));
    discardRun(runsFolder, runId);
    expect(unfinishedRuns(runsFolder)).toEqual([]);
    expect(documentOfRun(runsFolder, runId)).toBeNull();
    const next = trainer();
    await next.run.receive({ type: "resumeRun", protocol: PROTOCOL_VERSION, runId, threads: 1 });
    expect(next.of("failed")[0]?.failure.message).toBe("The run has no checkpoint that can be used. Train again.");
  });

  test("stays when another run begins; one without a checkpoint makes room", async () => {
    const runId = await interrupt();
    const young = trainer(2);
    void young.run.receive(start);
    await expect.poll(() => young.of("started").length).toBe(1);
    expect(readdirSync(runsFolder).length).toBe(2);
    const other = trainer();
    await other.run.receive(start);
    expect(readdirSync(runsFolder).sort()).toEqual([runId, other.of("started")[0]?.runId].sort());
  });
});

test("a run whose folder cannot be written says so and trains", async () => {
  writeFileSync(runsFolder, "a file in the way");
  const here = trainer();
  await here.run.receive(start);
  expect(here.of("checkpointFailed")[0]?.message).toMatch(
    /^It trains on, but can't be resumed and will not be among the runs\. Its folder can't be written: /,
  );
  expect(here.of("started")[0]?.runId).toBeUndefined();
  expect(here.of("finished")[0]?.step).toBe(15);
});
