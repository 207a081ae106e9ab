import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
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
  viewStore.setState({ view: "start" });
  stop = keepRunsPrepared();
});
afterEach(() => {
  stop();
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
