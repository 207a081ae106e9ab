/** Runs that have come to their end: what their folder keeps is what the page showed. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { finishedRuns, pruneFinishedRuns, readFinishedModel, readFinishedRun } from "../../electron/finishedRuns.ts";
import { discardRun, unfinishedRuns } from "../../electron/runsFolder.ts";
import { TrainerRun } from "../../electron/trainerRun.ts";
import { loadModel } from "../../engine/export/modelFile.ts";
import { type LayerscopeDocument, parse } from "../../engine/index.ts";
import { PROTOCOL_VERSION, type TrainEvent, trainEventSchema } from "../../engine/protocol.ts";
import { ok } from "../../engine/result.ts";
import { recorderOf } from "../../renderer/run/recordedRun.ts";
import { RunRecorder } from "../../renderer/run/runRecorder.ts";
import { applied } from "../engine/compile/documents.ts";
import { blobNet, blobs, nodeHost } from "../engine/train/runHarness.ts";
import { shownOf } from "../support/shownOf.ts";

let runsFolder = "";
beforeEach(() => {
  runsFolder = path.join(mkdtempSync(path.join(tmpdir(), "layerscope-runs-")), "runs");
});
afterEach(() => rmSync(path.dirname(runsFolder), { recursive: true, force: true }));

/** Trains to the end as the page has it done: with a recorder that is told what the page is told. */
const train = async (
  document: LayerscopeDocument,
  onEvent: (event: TrainEvent, run: TrainerRun) => void = () => undefined,
) => {
  let live: RunRecorder | null = null;
  const events: TrainEvent[] = [];
  let clock = 0;
  const run: TrainerRun = new TrainerRun({
    runsFolder,
    // A second a look at the clock: every step that may be measured is.
    host: {
      ...nodeHost,
      loadDataset: async () => ok(blobs),
      now: () => {
        clock += 1000;
        return clock;
      },
    },
    post: (posted) => {
      const event = trainEventSchema.parse(posted);
      events.push(event);
      if (event.type === "started") live = new RunRecorder(event.nodeIds, event.hasTargets === true);
      else if (event.type === "frame") {
        live?.addFrame(event);
        void run.receive({ type: "acknowledgeFrame", sequence: event.sequence });
      } else if (event.type === "epoch") live?.addEpoch(event);
      else if (event.type === "trainingChanged") live?.addChange(event);
      onEvent(event, run);
    },
  });
  await run.receive({ type: "start", protocol: PROTOCOL_VERSION, document, threads: 1, title: "blobs" });
  const recorder = live as RunRecorder | null;
  if (recorder === null) throw new Error("The run did not start.");
  return { live: recorder, events };
};

const onlyRun = () => {
  const [run] = finishedRuns(runsFolder);
  if (run === undefined) throw new Error("No run is kept.");
  const recorded = readFinishedRun(runsFolder, run.runId);
  if (!recorded.ok) throw new Error(recorded.error);
  return { run, recorded: recorded.value };
};

describe("a finished run", () => {
  test("looks the same from its folder as it did live, settings changed on the way included", async () => {
    const { live, events } = await train(blobNet({ epochs: 4 }), (event, run) => {
      if (event.type !== "frame" || event.step !== 3) return;
      void run.receive({ type: "changeTraining", training: { learningRate: 0.01, epochs: 3 } });
    });
    const { run, recorded } = onlyRun();
    const { recorder, problems } = recorderOf(recorded);
    expect(problems).toEqual([]);
    expect(live.frames.length).toBeGreaterThan(5);
    expect(live.changes.length).toBe(1);
    expect(live.epochs.length).toBe(3);
    expect(shownOf(recorder)).toEqual(shownOf(live));
    expect(recorded.ended).toEqual(events.at(-1));
    expect(recorded.started).toMatchObject({ totalSteps: 15, epochs: 3, runId: run.runId });
    expect(run).toMatchObject({ title: "blobs", outcome: "finished", step: 15, totalSteps: 15, stepsPerEpoch: 5 });
    expect(run.test?.accuracy).toBe(live.epochs.at(-1)?.testScore);
    // Its document is the one that it began with, and its net is there.
    const document = parse(recorded.text);
    expect(document.ok && document.value.training.learningRate).toBe(0.1);
    const model = readFinishedModel(runsFolder, run.runId);
    expect(recorded.hasModel && model.ok && loadModel(model.value).ok).toBe(true);
    expect(readdirSync(path.join(runsFolder, run.runId)).sort()).toEqual([
      "document.layerscope",
      "frames.bin",
      "metrics.jsonl",
      "model.model.json",
      "run.json",
    ]);
    expect(unfinishedRuns(runsFolder)).toEqual([]);
  });

  test("is kept when it was stopped or has diverged, losses that are not finite included", async () => {
    await train(blobNet({ epochs: 40 }), (event, run) => {
      if (event.type === "frame" && event.step === 7) void run.receive({ type: "stop" });
    });
    const stopped = onlyRun();
    expect(stopped.run).toMatchObject({ outcome: "stopped", totalSteps: 200 });
    discardRun(runsFolder, stopped.run.runId);

    // Without BatchNorm: it would keep the outputs finite.
    const plain = applied(blobNet({ epochs: 40, learningRate: 1e30 }), [
      { type: "deleteNodes", nodeIds: ["bn1"] },
      { type: "connectPorts", from: { node: "conv1", port: "out" }, to: { node: "relu1", port: "in" } },
    ]);
    const { live, events } = await train(plain);
    const { run, recorded } = onlyRun();
    expect(run.outcome).toBe("failed");
    expect(recorded.ended).toEqual(events.at(-1));
    expect(recorded.ended).toMatchObject({ type: "failed", failure: { reason: "diverged", step: run.step } });
    expect(shownOf(recorderOf(recorded).recorder)).toEqual(shownOf(live));
    expect(live.loss.subarray(0, live.numSteps).every(Number.isFinite)).toBe(false);
    expect(recorded.hasModel).toBe(false);
  });

  test("shows all whole frames and lines of files that were cut, and says so", async () => {
    const { live } = await train(blobNet({ epochs: 2 }));
    const { run } = onlyRun();
    const frames = path.join(runsFolder, run.runId, "frames.bin");
    const metrics = path.join(runsFolder, run.runId, "metrics.jsonl");
    truncateSync(frames, readFileSync(frames).length - 5);
    truncateSync(metrics, readFileSync(metrics).length - 5);
    const { recorder, problems } = recorderOf(onlyRun().recorded);
    expect(recorder.frames).toEqual(live.frames.slice(0, -1));
    expect(recorder.epochs).toEqual(live.epochs.slice(0, -1));
    expect(problems.join(" ")).toMatch(/1 line can't be read.*whole ones are shown, up to step \d+; .* can't be read/);
  });

  test("whose frames another version wrote shows its losses and names both versions", async () => {
    const { live } = await train(blobNet({ epochs: 1 }));
    const { run } = onlyRun();
    const file = path.join(runsFolder, run.runId, "frames.bin");
    const bytes = readFileSync(file);
    bytes[8] = 7;
    writeFileSync(file, bytes);
    const { recorder, problems } = recorderOf(onlyRun().recorded);
    expect(recorder.frames).toEqual([]);
    expect(recorder.loss[4]).toBe(live.loss[4]);
    expect(problems).toEqual([
      "What its layers measured can't be shown. The file of frames has version 7; this build reads 1.",
    ]);
  });

  test("makes room for later ones, the oldest first; the latest stays however large it is", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      await train(blobNet({ epochs: 1, seed: index + 1 }));
      ids.unshift(finishedRuns(runsFolder)[0]?.runId ?? "");
    }
    expect(finishedRuns(runsFolder).map(({ runId }) => runId)).toEqual(ids);
    pruneFinishedRuns(runsFolder, { runs: 2, bytes: 1e9 });
    expect(readdirSync(runsFolder).sort()).toEqual(ids.slice(0, 2).sort());
    pruneFinishedRuns(runsFolder, { runs: 20, bytes: 10 });
    expect(readdirSync(runsFolder)).toEqual(ids.slice(0, 1));
  });

  test("that is not there, or whose record is damaged, is not listed", async () => {
    await train(blobNet({ epochs: 1 }));
    const { run } = onlyRun();
    writeFileSync(path.join(runsFolder, run.runId, "run.json"), "{");
    expect(finishedRuns(runsFolder)).toEqual([]);
    const read = readFinishedRun(runsFolder, run.runId);
    expect(!read.ok && read.error).toBe("Its files are no longer there, or another version of Layerscope wrote them.");
  });
});
