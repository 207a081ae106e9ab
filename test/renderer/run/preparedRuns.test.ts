import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { machineSpeed } from "../../../renderer/run/machineSpeed.ts";
import { keepRunsPrepared } from "../../../renderer/run/preparedRuns.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { hashes, startedEvent } from "./events.ts";

let shell: FakeShell;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  shell = createFakeShell();
  setShell(shell);
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  viewStore.setState({ view: "start" });
  machineSpeed.setState({ workPerSecond: 4e10, smallStepSeconds: 0.001 });
  stop = keepRunsPrepared();
});
afterEach(() => {
  stop();
  for (const { listener } of shell.trainers) listener.onExit({ reason: "killed", message: "It was killed (SIGKILL)." });
  runStore.getState().reset();
  vi.useRealTimers();
});

const requests = (): string[][] => shell.trainers.map((trainer) => trainer.requests.map(({ type }) => type));

it("makes a trainer ready once a document is open, uses it for the run, and makes the next one ready when that has ended", async () => {
  vi.advanceTimersByTime(5000);
  expect(shell.trainers).toHaveLength(0);
  await openExample("mlp-bn");
  expect(shell.trainers).toHaveLength(0);
  vi.advanceTimersByTime(600);
  expect(requests()).toEqual([["prepare"]]);

  runStore.getState().train();
  shell.trainers[0]?.listener.onEvent(startedEvent(["fc1"]));
  documentStore.getState().apply([{ type: "setTraining", training: { seed: 9 } }], "set seed");
  vi.advanceTimersByTime(5000);
  expect(requests()).toEqual([["prepare", "start"]]);

  shell.trainers[0]?.listener.onEvent({ type: "finished", ...hashes, step: 3, stopped: true, elapsedMs: 10 });
  vi.advanceTimersByTime(600);
  expect(requests()).toEqual([["prepare", "start"], ["prepare"]]);
  expect(shell.trainers[0]?.killed).toBe(false);
});

it("rehearses a large and a small example on the start page while their times are unknown, and prepares the document with the same trainer", async () => {
  machineSpeed.setState({ workPerSecond: null, smallStepSeconds: null });
  vi.advanceTimersByTime(600);
  expect(requests()).toEqual([["prepare"]]);
  shell.trainers[0]?.listener.onEvent({ type: "rehearsed", work: 4e8, seconds: 0.02 });
  vi.advanceTimersByTime(600);
  shell.trainers[0]?.listener.onEvent({ type: "rehearsed", work: 1e6, seconds: 0.001 });
  expect(machineSpeed.getState()).toEqual({ workPerSecond: 2e10, smallStepSeconds: 0.001 });
  vi.advanceTimersByTime(600);
  await openExample("mlp-bn");
  vi.advanceTimersByTime(600);
  expect(requests()).toEqual([["prepare", "prepare", "prepare"]]);
  expect(shell.trainers[0]?.requests.map((each) => each.type === "prepare" && each.rehearse)).toEqual([
    true,
    true,
    false,
  ]);
  expect(runStore.getState().state.phase).toBe("idle");
});
