import { describe, expect, it } from "vitest";
import { MAX_FRAMES } from "../../../renderer/run/runHistory.ts";
import { RunRecorder } from "../../../renderer/run/runRecorder.ts";
import { frameEvent } from "./events.ts";

describe("RunRecorder", () => {
  it("keeps losses and accuracies by step and tells steps that were never reported", () => {
    const recorder = new RunRecorder(["fc1"]);
    recorder.addFrame(frameEvent(3, ["fc1"], [1, 3]));
    expect(recorder.numSteps).toBe(3);
    expect(recorder.loss[0]).toBe(1);
    expect(recorder.loss[1]).toBeNaN();
    expect(recorder.loss[2]).toBeCloseTo(1 / 3, 6);
    recorder.addFrame(frameEvent(5000, ["fc1"], [4, 5000]));
    expect(recorder.numSteps).toBe(5000);
    expect(recorder.loss[4999]).toBeCloseTo(1 / 5000, 9);
    expect(recorder.loss[2]).toBeCloseTo(1 / 3, 6);
  });

  it("finds the last frame at or before a step, and the newest", () => {
    const recorder = new RunRecorder(["conv1", "fc1"]);
    for (const step of [1, 10, 20]) recorder.addFrame(frameEvent(step, ["conv1", "fc1"]));
    expect(recorder.frameAt(0)).toBeNull();
    expect(recorder.frameAt(9)?.step).toBe(1);
    expect(recorder.frameAt(10)?.step).toBe(10);
    expect(recorder.frameAt(null)?.step).toBe(20);
    expect(recorder.statisticsAt("fc1", 15)?.mean).toBe(10);
    expect(recorder.statisticsAt("nothing", 15)).toBeNull();
  });

  it("thins a long run: bounded, evenly spaced, the first and the newest frame always there", () => {
    const recorder = new RunRecorder(["fc1"]);
    const numFrames = 5 * MAX_FRAMES + 7;
    for (let step = 1; step <= numFrames; step += 1) {
      recorder.addFrame(frameEvent(step, ["fc1"]));
      if (recorder.frames.length > MAX_FRAMES) throw new Error(`${recorder.frames.length} frames at step ${step}`);
      if (recorder.frames.at(-1)?.step !== step) throw new Error(`The newest frame is missing at step ${step}.`);
    }
    const steps = recorder.frames.map((frame) => frame.step);
    expect(steps[0]).toBe(1);
    const gaps = new Set(steps.slice(1, -1).map((step, index) => step - (steps[index] ?? 0)));
    expect([...gaps]).toEqual([8]);
    expect(steps.length).toBeGreaterThan(MAX_FRAMES / 2);
  });

  it("counts the steps of a frame without measurements and keeps no frame", () => {
    const recorder = new RunRecorder(["fc1"]);
    recorder.addFrame(frameEvent(1, ["fc1"]));
    expect(recorder.addFrame(frameEvent(2, []))).toBeNull();
    expect(recorder.frames).toHaveLength(1);
    expect(recorder.numSteps).toBe(2);
  });

  it("returns what is wrong with a damaged frame", () => {
    const recorder = new RunRecorder(["fc1"]);
    const event = frameEvent(1, ["fc1"]);
    const problem = recorder.addFrame({ ...event, frame: event.frame.slice(0, 40) });
    expect(problem?.type).toBe("truncated");
    expect(recorder.frames).toHaveLength(0);
  });

  it("tells subscribers of every change until they leave", () => {
    const recorder = new RunRecorder(["fc1"]);
    let calls = 0;
    const leave = recorder.subscribe(() => {
      calls += 1;
    });
    recorder.addFrame(frameEvent(1, ["fc1"]));
    const { revision } = recorder;
    leave();
    recorder.addFrame(frameEvent(2, ["fc1"]));
    expect(calls).toBe(1);
    expect(recorder.revision).toBeGreaterThan(revision);
  });
});
