/** Runs that have come to their end: what their folder keeps is what the page showed. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readFinishedModel, readFinishedRun } from "../../electron/finishedRuns.ts";
import { finishedRuns, pruneFinishedRuns } from "../../electron/runLibrary.ts";
import { discardRun, unfinishedRuns } from "../../electron/runsFolder.ts";
import type { TrainerRun } from "../../electron/trainerRun.ts";
import type { Dataset } from "../../engine/data/dataset.ts";
import { loadModel } from "../../engine/export/modelFile.ts";
import { type LayerscopeDocument, parse } from "../../engine/index.ts";
import type { TrainEvent } from "../../engine/protocol.ts";
import { recorderOf } from "../../renderer/run/recordedRun.ts";
import { applied } from "../engine/compile/documents.ts";
import { blobNet, blobs } from "../engine/train/runHarness.ts";
import { shownOf } from "../support/shownOf.ts";
import { trainRun } from "./trainRun.ts";

let runsFolder = "";
beforeEach(() => {
  runsFolder = path.join(mkdtempSync(path.join(tmpdir(), "layerscope-runs-")), "runs");
});
afterEach(() => rmSync(path.dirname(runsFolder), { recursive: true, force: true }));

const train = (document: LayerscopeDocument, onEvent?: (event: TrainEvent, run: TrainerRun) => void) =>
  trainRun(runsFolder, document, onEvent);

const onlyRun = () => {
  const [run] = finishedRuns(runsFolder).runs;
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
    // The page is told besides that the net is there by then.
    expect({ ...recorded.ended, isNetKept: true }).toEqual(events.at(-1));
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

  test("that its last update threw out of the finite numbers tells so, and opens again", async () => {
    // One step an epoch: its loss is finite, and the rate takes the weights beyond float32.
    const { live, events } = await train(blobNet({ epochs: 1, batchSize: 150, learningRate: 1e38 }));
    expect(events.map(({ type }) => type)).not.toContain("failed");
    expect(Number.isFinite(live.loss[0])).toBe(true);
    expect(live.epochs.map(({ testLoss }) => Number.isFinite(testLoss))).toEqual([false]);
    const { run, recorded } = onlyRun();
    expect(run).toMatchObject({ outcome: "finished", step: 1 });
    const { recorder, problems } = recorderOf(recorded);
    expect(problems).toEqual([]);
    expect(shownOf(recorder)).toEqual(shownOf(live));
  });

  test("whose test loss is infinite, not NaN, tells the same when it is opened again", async () => {
    const targetsOf = ({ count, images }: Dataset["train"]): Dataset["train"] => ({
      ...{ count, images },
      labels: { targets: Float32Array.from({ length: count }, (_, sample) => sample % 7), width: 1 },
    });
    const dataset = { ...blobs, classNames: [], train: targetsOf(blobs.train), test: targetsOf(blobs.test) };
    // One step, to weights that float32 still holds; their outputs it does not.
    const predicts = applied(blobNet({ epochs: 1, batchSize: 150, learningRate: 2e37 }), [
      { type: "deleteNodes", nodeIds: ["conv1", "bn1", "relu1", "pool1", "drop1"] },
      { type: "connectPorts", from: { node: "input", port: "out" }, to: { node: "flatten", port: "in" } },
      { type: "connectPorts", from: { node: "flatten", port: "out" }, to: { node: "fc1", port: "in" } },
      { type: "setParams", nodeId: "fc1", params: { units: 1 } },
      { type: "setParams", nodeId: "output", params: { loss: "meanSquaredError" } },
    ]);
    const { live } = await trainRun(runsFolder, predicts, undefined, dataset);
    expect(live.epochs.map(({ testLoss }) => testLoss)).toEqual([Number.POSITIVE_INFINITY]);
    const { run, recorded } = onlyRun();
    expect(recorderOf(recorded).recorder.epochs).toEqual(live.epochs);
    expect(run.test).toEqual({ loss: Number.POSITIVE_INFINITY, accuracy: null, r2: null });
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
    const { recorder } = recorderOf(recorded);
    expect(shownOf(recorder)).toEqual(shownOf(live));
    expect(live.loss.subarray(0, live.numSteps).every(Number.isFinite)).toBe(false);
    // It ends on the statistics of the step at which the loss was not finite any more.
    const last = recorder.frames.at(-1);
    expect(last?.step).toBe(run.step);
    const bad = last?.nodes.find(({ nonFinite }) => nonFinite > 0)?.nodeId;
    expect(recorded.ended).toMatchObject({ failure: { nodeId: bad } });
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
      ids.unshift(finishedRuns(runsFolder).runs[0]?.runId ?? "");
    }
    expect(finishedRuns(runsFolder).runs.map(({ runId }) => runId)).toEqual(ids);
    pruneFinishedRuns(runsFolder, { runs: 2, bytes: 1e9 });
    expect(readdirSync(runsFolder).sort()).toEqual(ids.slice(0, 2).sort());
    pruneFinishedRuns(runsFolder, { runs: 20, bytes: 10 });
    expect(readdirSync(runsFolder)).toEqual(ids.slice(0, 1));
  });

  test("that is not there, or whose record is damaged, is not listed", async () => {
    await train(blobNet({ epochs: 1 }));
    const { run } = onlyRun();
    writeFileSync(path.join(runsFolder, run.runId, "run.json"), "{");
    expect(finishedRuns(runsFolder).runs).toEqual([]);
    const read = readFinishedRun(runsFolder, run.runId);
    expect(!read.ok && read.error).toBe("Its files are no longer there, or another version of Layerscope wrote them.");
  });
});
