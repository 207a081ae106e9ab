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
}

const closed: StepsState = { nodeId: null, set: 0, asking: false, explanation: null, problem: null };

export const stepsStore = createStore<StepsState>(() => closed);

export const useSteps = <T>(selector: (state: StepsState) => T): T => useStore(stepsStore, selector);

/** Asks the trainer anew: another set of values, or the same after more steps. */
export const explainSet = async (set: number): Promise<void> => {
  const { nodeId } = stepsStore.getState();
  if (nodeId === null) return;
  stepsStore.setState({ set, asking: true });
  const answer = await runStore.getState().explainNormalization(nodeId, set);
  const now = stepsStore.getState();
  // Another question has been asked meanwhile.
  if (now.nodeId !== nodeId || now.set !== set) return;
  if ("problem" in answer) stepsStore.setState({ asking: false, problem: answer.problem });
  else stepsStore.setState({ asking: false, problem: null, explanation: answer, set: answer.set });
};

export const openSteps = (nodeId: string): void => {
  stepsStore.setState({ ...closed, nodeId });
  void explainSet(0);
};

export const closeSteps = (): void => stepsStore.setState(closed);

documentStore.subscribe((now, before) => {
  if (now.openedCount !== before.openedCount) closeSteps();
});
