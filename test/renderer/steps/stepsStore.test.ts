import { afterEach, expect, it } from "vitest";
import type { ExplainedNormalization } from "../../../engine/protocol.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { closeSteps, explainSet, openSteps, stepsStore } from "../../../renderer/steps/stepsStore.ts";

const { explainNormalization } = runStore.getState();

afterEach(() => {
  closeSteps();
  runStore.setState({ explainNormalization, state: { phase: "idle" } });
});

/** Answers when told to, each question with the mark of its own. */
const answering = () => {
  const answers: ((mark: number) => Promise<void>)[] = [];
  runStore.setState({
    explainNormalization: (_nodeId, set) =>
      new Promise((resolve) => {
        answers.push(async (mark) => {
          resolve({ set, step: mark } as ExplainedNormalization);
          await Promise.resolve();
          await Promise.resolve();
        });
      }),
  });
  return answers;
};

it("gives up what it shows when another run begins, and an answer about the run before that comes late", async () => {
  const answers = answering();
  openSteps("bn1");
  await answers[0]?.(600);
  expect(stepsStore.getState()).toMatchObject({ explanation: { step: 600 }, isOutdated: false });
  void explainSet(3);
  runStore.setState({ state: { phase: "starting", number: 2 } });
  await answers[1]?.(600);
  expect(stepsStore.getState()).toMatchObject({
    ...{ nodeId: "bn1", set: 3, explanation: null, asking: false, isOutdated: true },
    problem: "Another run has begun. Pause it, or press Compute again, to see its values.",
  });
  void explainSet(3);
  await answers[2]?.(600);
  expect(stepsStore.getState()).toMatchObject({ explanation: { set: 3 }, problem: null, isOutdated: false });
});
