/** The normalizing node that is open step by step, and what the trainer answered about it. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { ExplainedNormalization } from "../../engine/protocol.ts";
import { documentStore } from "../document/documentStore.ts";
import { runStore } from "../run/runStore.ts";

interface StepsState {
  /** null: nothing is open. */
  readonly nodeId: string | null;
  readonly set: number;
  readonly asking: boolean;
  readonly explanation: ExplainedNormalization | null;
  readonly problem: string | null;
  /** Another run has begun since: what was answered is of the one before, and is asked anew once the new one stands still. */
  readonly isOutdated: boolean;
}

const closed: StepsState = {
  ...{ nodeId: null, set: 0, asking: false },
  ...{ explanation: null, problem: null, isOutdated: false },
};

export const stepsStore = createStore<StepsState>(() => closed);

export const useSteps = <T>(selector: (state: StepsState) => T): T => useStore(stepsStore, selector);

/** Counts questions and runs: an answer that comes after another of them is of no use. */
let latest = 0;

/** Asks the trainer anew: another set of values, or the same after more steps. */
export const explainSet = async (set: number): Promise<void> => {
  const { nodeId } = stepsStore.getState();
  if (nodeId === null) return;
  stepsStore.setState({ set, asking: true, isOutdated: false });
  latest += 1;
  const own = latest;
  const answer = await runStore.getState().explainNormalization(nodeId, set);
  if (own !== latest || stepsStore.getState().nodeId !== nodeId) return;
  if ("problem" in answer) stepsStore.setState({ asking: false, problem: answer.problem });
  else stepsStore.setState({ asking: false, problem: null, explanation: answer, set: answer.set });
};

export const openSteps = (nodeId: string): void => {
  stepsStore.setState({ ...closed, nodeId });
  void explainSet(0);
};

export const closeSteps = (): void => stepsStore.setState(closed);

const NEW_RUN = "Another run has begun. Pause it, or press Compute again, to see its values.";

runStore.subscribe(({ state, reopened }, before) => {
  const isAnother = (state.phase === "starting" && before.state.phase !== "starting") || reopened !== before.reopened;
  if (!isAnother || stepsStore.getState().nodeId === null) return;
  latest += 1;
  stepsStore.setState({ asking: false, explanation: null, problem: NEW_RUN, isOutdated: true });
});

documentStore.subscribe((now, before) => {
  if (now.openedCount !== before.openedCount) closeSteps();
});
