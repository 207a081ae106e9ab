import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "../../../engine/index.ts";
import { encodeFrameFileHead } from "../../../engine/telemetry/frameFile.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { commandOf } from "../../../renderer/commands/commandTable.ts";
import { documentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { RunBar } from "../../../renderer/run/RunBar.tsx";
import { runStore } from "../../../renderer/run/runStore.ts";
import { refreshUnfinishedRuns } from "../../../renderer/run/unfinishedRuns.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";
import { StartPage } from "../../../renderer/start/StartPage.tsx";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { frameEvent, startedEvent } from "./events.ts";

const runId = "0b5f2a4e-1111-4222-8333-444455556666";
const unfinished = { runId, title: "my net", step: 1000, totalSteps: 2345, touchedAt: new Date().toISOString() };
const text = exampleNamed("mlp-bn")?.text ?? "";

let shell: FakeShell;

/** The file of frames of a run whose only layer is fc1. */
const frameFile = (steps: readonly number[]): ArrayBuffer => {
  const records = steps.flatMap((step) => {
    const { frame } = frameEvent(step, ["fc1"]);
    return [new Uint8Array(Uint32Array.of(frame.byteLength).buffer), new Uint8Array(frame)];
  });
  const parts = [encodeFrameFileHead(["fc1"], 1), ...records];
  return Uint8Array.from(parts.flatMap((part) => [...part])).buffer;
};

const exampleDocument = () => {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error("The example does not open.");
  return parsed.value;
};

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  shell.unfinished = [unfinished];
  shell.runDocuments.set(runId, text);
  runStore.getState().reset();
  documentStore.getState().open(exampleDocument(), UNTITLED);
  viewStore.setState({ view: "start", notices: [], question: null });
  await refreshUnfinishedRuns();
});
afterEach(cleanup);

const lastTrainer = () => {
  const trainer = shell.trainers.at(-1);
  if (!trainer) throw new Error("No trainer was started.");
  return trainer;
};

describe("the start page", () => {
  it("lists an unfinished run with its step, opens its document and goes on with it", async () => {
    render(<StartPage />);
    const list = within(await screen.findByRole("navigation", { name: "Unfinished runs" }));
    expect(list.getByText(/step 1,000 of 2,345/)).toBeTruthy();
    fireEvent.click(list.getByRole("button", { name: /^Resume my net/ }));
    await expect.poll(() => viewStore.getState().view).toBe("editor");
    expect(documentStore.getState().file).toMatchObject({ handle: null, fileName: "my net.layerscope" });
    expect(lastTrainer().requests).toEqual([{ type: "resumeRun", protocol: 1, runId, threads: null }]);
  });

  it("discards a run for good", async () => {
    render(<StartPage />);
    fireEvent.click(await screen.findByRole("button", { name: "Discard the run of my net" }));
    await expect.poll(() => screen.queryByRole("navigation", { name: "Unfinished runs" })).toBeNull();
    expect(shell.unfinished).toEqual([]);
  });

  it("says why a run could not be resumed", async () => {
    shell.runDocuments.clear();
    render(<StartPage />);
    fireEvent.click(await screen.findByRole("button", { name: /^Resume my net/ }));
    await expect.poll(() => viewStore.getState().notices[0]?.title).toBe("The run of my net was not resumed");
    expect(shell.trainers).toHaveLength(0);
  });
});

it("draws what a resumed run had measured before", () => {
  runStore.getState().resumeRun(runId);
  const { listener } = lastTrainer();
  listener.onEvent({ ...startedEvent(["fc1"]), runId, resumedStep: 2 });
  const document = exampleDocument();
  const changed = { ...document, training: { ...document.training, learningRate: 0.007 } };
  const training = { learningRate: 0.007 };
  const change = { type: "trainingChanged", step: 1, training, settings: changed.training, totalSteps: 9 } as const;
  const epoch = { epoch: 1, step: 2, loss: 1, trainAccuracy: 0.5, testLoss: 0.9, testAccuracy: 0.6 };
  listener.onEvent({
    type: "history",
    document: changed,
    steps: Float64Array.of(1, 2.5, 0.25, 2, 1.5, 0.5).buffer,
    epochs: [{ ...epoch, elapsedMs: 10, samplesPerSecond: 100 }],
    changes: [change],
    lostLines: 0,
    frames: frameFile([1, 2]),
  });
  listener.onEvent(frameEvent(3, ["fc1"]));
  const { history, runDocument } = runStore.getState();
  expect([...(history?.loss.subarray(0, 2) ?? [])]).toEqual([2.5, 1.5]);
  expect(history?.numSteps).toBe(3);
  expect(history?.epochs.map(({ testScore }) => testScore)).toEqual([0.6]);
  expect(history?.changes).toEqual([{ step: 1, training }]);
  expect(history?.frames.map(({ step }) => step)).toEqual([1, 2, 3]);
  // Its statistics tell the step they belong to.
  expect(history?.statisticsAt("fc1", 2)?.mean).toBe(2);
  expect(viewStore.getState().notices).toEqual([]);
  // Settings that were changed on the way are those of the run.
  expect(runDocument?.training.learningRate).toBe(0.007);
});

it("says which part of a resumed run's history can't be read, and shows the others", () => {
  runStore.getState().resumeRun(runId);
  const { listener } = lastTrainer();
  listener.onEvent({ ...startedEvent(["fc1"]), runId, resumedStep: 2 });
  listener.onEvent({
    type: "history",
    document: exampleDocument(),
    steps: Float64Array.of(1, 2.5, 0.25, 2, 1.5, 0.5).buffer,
    epochs: [],
    changes: [],
    lostLines: 0,
    frames: new TextEncoder().encode("no frames at all").buffer,
  });
  expect(runStore.getState().history?.numSteps).toBe(2);
  expect(viewStore.getState().notices.map(({ title, text: words }) => [title, words])).toEqual([
    [
      "What this run had measured before is not whole",
      "What its layers measured can't be shown. The file holds no frames: it does not begin with LSFRAMES.",
    ],
  ]);
});

describe("a trainer that was killed", () => {
  const interrupt = () => {
    viewStore.setState({ view: "editor" });
    runStore.getState().train();
    const { listener } = lastTrainer();
    listener.onEvent({ ...startedEvent(["fc1"]), runId });
    for (const step of [999, 1000, 1001, 1002]) listener.onEvent(frameEvent(step, ["fc1"]));
    listener.onExit({ reason: "killed", message: "killed by the system or another program (SIGKILL)" });
  };

  it("leaves a button that resumes after the last checkpoint, with what was measured until there", async () => {
    render(<RunBar />);
    interrupt();
    fireEvent.click(await screen.findByRole("button", { name: "Resume after step 1,000" }));
    const trainer = lastTrainer();
    expect(trainer.requests).toEqual([{ type: "resumeRun", protocol: 1, runId, threads: null }]);
    trainer.listener.onEvent({ ...startedEvent(["fc1"]), runId, resumedStep: 1000 });
    const { history, state } = runStore.getState();
    expect(state.phase).toBe("running");
    expect(history?.frames.map(({ step }) => step)).toEqual([999, 1000]);
    expect(history?.numSteps).toBe(1000);
    expect(Number.isNaN(history?.loss[1001])).toBe(true);
  });

  it("offers nothing without a checkpoint", async () => {
    shell.unfinished = [];
    render(<RunBar />);
    interrupt();
    await refreshUnfinishedRuns();
    expect(screen.queryByRole("button", { name: /^Resume after/ })).toBeNull();
  });

  it("does not leave its measurements to another run", () => {
    interrupt();
    runStore.getState().train();
    lastTrainer().listener.onEvent({ ...startedEvent(["fc1"]), runId: "ffffffff-1111-4222-8333-444455556666" });
    expect(runStore.getState().history?.frames).toHaveLength(0);
  });
});

it("can be resumed by a command, but not while another run is under way", async () => {
  const command = commandOf("run.resumeInterrupted");
  expect(command?.disabledBecause()).toBeNull();
  await command?.run(null);
  await expect.poll(() => shell.trainers.length).toBe(1);
  expect(command?.disabledBecause()).toBe("Another run is under way");
});

it("tells once that checkpoints cannot be written", () => {
  runStore.getState().train();
  const { listener } = lastTrainer();
  listener.onEvent({ ...startedEvent(["fc1"]), runId });
  for (const step of [10, 20]) {
    listener.onEvent({
      type: "checkpointFailed",
      step,
      message: `The checkpoint of step ${step} was not written: full`,
    });
  }
  expect(viewStore.getState().notices.map(({ text: words }) => words)).toEqual([
    "The checkpoint of step 10 was not written: full",
  ]);
});
