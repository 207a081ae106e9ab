import { describe, expect, it } from "vitest";
import type { TrainEvent } from "../../../engine/protocol.ts";
import {
  onScreen,
  type RunAction,
  type RunState,
  runOf,
  type StartedRun,
  transition,
} from "../../../renderer/run/runState.ts";
import { hashes } from "./events.ts";

const started: StartedRun = {
  type: "started",
  protocol: 1,
  totalSteps: 100,
  stepsPerEpoch: 50,
  epochs: 2,
  batchSize: 128,
  trainCount: 6400,
  testCount: 1000,
  threads: 1,
  build: "simd",
  memoryBytes: 1,
  datasetName: "MNIST",
  classNames: [],
  nodeIds: [],
};

const event = (value: TrainEvent): RunAction => ({ type: "eventReceived", event: value });
const finished = (stopped: boolean): RunAction =>
  event({ type: "finished", ...hashes, step: 100, stopped, elapsedMs: 5 });
const failedEvent = event({ type: "failed", failure: { reason: "outOfMemory", message: "Out of memory." } });
const exited: RunAction = { type: "trainerExited", exit: { reason: "killed", message: "The trainer was killed." } };
const train: RunAction = { type: "trainPressed", number: 1 };
const stop: RunAction = { type: "stopPressed" };
const paused = event({ type: "paused", step: 10 });
const resumed = event({ type: "resumed", step: 10 });

const stateAfter = (...actions: readonly RunAction[]): RunState =>
  actions.reduce<RunState>(transition, { phase: "idle" });

describe("run transitions", () => {
  it("goes from train over running and paused to finished", () => {
    expect(stateAfter(train).phase).toBe("starting");
    expect(stateAfter(train, event(started))).toEqual({ phase: "running", run: { number: 1, started } });
    expect(stateAfter(train, event(started), paused).phase).toBe("paused");
    expect(stateAfter(train, event(started), paused, resumed).phase).toBe("running");
    expect(stateAfter(train, event(started), finished(false))).toMatchObject({
      phase: "finished",
      stopped: false,
      step: 100,
    });
  });

  it("stops: before the run began it was nothing, later it waits for the trainer's last word", () => {
    expect(stateAfter(train, stop)).toEqual({ phase: "idle" });
    expect(stateAfter(train, event(started), stop).phase).toBe("stopping");
    expect(stateAfter(train, event(started), paused, stop).phase).toBe("stopping");
    expect(stateAfter(train, event(started), stop, paused).phase).toBe("stopping");
    expect(stateAfter(train, event(started), stop, finished(true))).toMatchObject({ phase: "finished", stopped: true });
  });

  it("fails with the reason from every phase under way", () => {
    const reasons = [
      stateAfter(train, failedEvent),
      stateAfter(train, event(started), failedEvent),
      stateAfter(train, event(started), paused, failedEvent),
      stateAfter(train, event(started), stop, failedEvent),
    ];
    for (const state of reasons) expect(state).toMatchObject({ phase: "failed", failure: { reason: "outOfMemory" } });
    expect(stateAfter(train, event(started), exited)).toMatchObject({
      phase: "failed",
      run: { number: 1 },
      failure: { reason: "crashed", message: "The trainer was killed." },
    });
    expect(stateAfter(train, exited)).toMatchObject({ phase: "failed", run: null });
  });

  it("takes a run that has ended as ended, and trains again", () => {
    const done = stateAfter(train, event(started), finished(false));
    for (const late of [exited, failedEvent, paused, resumed, stop]) expect(transition(done, late)).toBe(done);
    expect(transition(done, { type: "trainPressed", number: 2 })).toMatchObject({ phase: "starting", number: 2 });
    const failed = stateAfter(train, failedEvent);
    expect(transition(failed, { type: "trainPressed", number: 2 })).toMatchObject({ phase: "starting", number: 2 });
  });

  it("keeps what is on screen while a run cannot begin, however often that is tried", () => {
    const done = stateAfter(train, event(started), finished(false));
    let state = done;
    for (const number of [2, 3]) {
      state = transition(transition(state, { type: "trainPressed", number }), failedEvent);
      expect(state).toMatchObject({ phase: "failed", run: null });
      expect(runOf(state)).toBe(runOf(done));
      expect(onScreen(state)).toBe(done);
    }
    expect(transition(transition(state, { type: "trainPressed", number: 4 }), stop)).toBe(done);
  });

  it("ignores Train while a run is under way and events before one began", () => {
    const running = stateAfter(train, event(started));
    expect(transition(running, { type: "trainPressed", number: 2 })).toBe(running);
    const starting = stateAfter(train);
    expect(transition(starting, paused)).toBe(starting);
    const idle: RunState = { phase: "idle" };
    for (const action of [stop, exited, paused, failedEvent, finished(true), event(started)]) {
      expect(transition(idle, action)).toBe(idle);
    }
  });
});
