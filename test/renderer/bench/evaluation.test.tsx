/** When the test set is evaluated without being asked. */
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { InspectedSample, TestEvaluation } from "../../../engine/protocol.ts";
import { BenchView } from "../../../renderer/bench/BenchView.tsx";
import { setBench } from "../../../renderer/bench/benchStore.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import type { RunState } from "../../../renderer/run/runState.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { startedEvent } from "../run/events.ts";

const before = runStore.getState();
const evaluated = vi.fn();
let step = 0;

const sample = { sampleShape: [4], stores: "numbers", step: 0, nodes: [] } as unknown as InspectedSample;
const evaluationAt = (at: number): TestEvaluation => ({
  ...{ step: at, count: 40, loss: 0.5, accuracy: 0.9, r2: null, notFinite: 0, confusion: [20, 3, 1, 16] },
  ...{ worst: [], worstSamples: new ArrayBuffer(0), pairs: null },
});
const runNumbered = (number: number) => ({ number, started: startedEvent(["input"]), step }) as never;
const show = (state: RunState) =>
  act(async () => {
    runStore.setState({
      state,
      history: { numSteps: step, frames: [], subscribe: () => () => undefined } as never,
      runDocument: documentStore.getState().document,
    });
  });
const running = (number: number): RunState => ({ phase: "running", run: runNumbered(number) });
const finished = (number: number): RunState =>
  ({ phase: "finished", run: runNumbered(number), earlyStop: null }) as unknown as RunState;

beforeEach(() => {
  step = 10;
  evaluated.mockClear();
  runStore.setState({
    askBench: async (question) => {
      if (question.type === "inspectSample")
        return { type: "sampleInspected", requestId: 1, sample: null, problem: null };
      evaluated(step);
      return { type: "testEvaluated", requestId: 2, evaluation: evaluationAt(step), problem: null };
    },
  });
});
afterEach(() => {
  cleanup();
  runStore.setState(before, true);
});

// What shows the sample needs a whole answer; here only the test set is looked at.
const answered = (number: number) => act(async () => setBench({ sample, runNumber: number, problem: null }));

/** The test set is shown, evaluated at step 10 of run 1. */
const showEvaluated = (): void =>
  setBench({
    tab: "test",
    sample,
    runNumber: 1,
    evaluation: evaluationAt(10),
    progress: null,
    evaluationProblem: null,
  });

it("evaluates another run when it has ended, with the result of the one before gone, and not while it trains", async () => {
  showEvaluated();
  await show(finished(1));
  render(<BenchView />);
  expect(evaluated).not.toHaveBeenCalled();
  step = 3;
  await show(running(2));
  await answered(2);
  expect(evaluated).not.toHaveBeenCalled();
  expect(screen.getByText(/^Run 2 is evaluated here when it pauses or ends/)).toBeTruthy();
  step = 20;
  await show(finished(2));
  expect(evaluated).toHaveBeenCalledTimes(1);
  expect(screen.getByText("right: 36 of 40 test samples")).toBeTruthy();
});

it("evaluates the end of a run that was evaluated on its way", async () => {
  showEvaluated();
  await show(running(1));
  render(<BenchView />);
  step = 20;
  await show(running(1));
  expect(evaluated).not.toHaveBeenCalled();
  await show(finished(1));
  expect(evaluated.mock.calls).toEqual([[20]]);
});

it("leaves the test set alone where one sample is looked at", async () => {
  setBench({ tab: "sample", sample: null, runNumber: 1, evaluation: null, progress: null, evaluationProblem: null });
  await show(finished(1));
  render(<BenchView />);
  await act(async () => undefined);
  expect(evaluated).not.toHaveBeenCalled();
});
