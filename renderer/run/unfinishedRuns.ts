/** Runs that were interrupted: the trainer or the whole app was ended in the middle, and a checkpoint is there to go on from. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { getShell } from "../app/shellAccess.ts";
import type { UnfinishedRun } from "../shell/runHost.ts";
import { isUnderWay, runOf } from "./runState.ts";
import { runStore } from "./runStore.ts";

const unfinishedStore = createStore<{ readonly runs: readonly UnfinishedRun[] }>(() => ({ runs: [] }));

export const refreshUnfinishedRuns = async (): Promise<void> => {
  unfinishedStore.setState({ runs: await getShell().runs.unfinished() });
};

export const discardUnfinishedRun = async (runId: string): Promise<void> => {
  await getShell().runs.discard(runId);
  await refreshUnfinishedRuns();
};

/** A run under way has a checkpoint, too, but needs no other to go on with it. */
const withoutPresent = (runs: readonly UnfinishedRun[]): readonly UnfinishedRun[] => {
  const { state } = runStore.getState();
  const present = isUnderWay(state) ? runOf(state)?.started.runId : undefined;
  return runs.filter(({ runId }) => runId !== present);
};

/** The latest first. */
export const unfinishedRuns = (): readonly UnfinishedRun[] => withoutPresent(unfinishedStore.getState().runs);

export const useUnfinishedRuns = (): readonly UnfinishedRun[] => {
  const runs = useStore(unfinishedStore, (state) => state.runs);
  useStore(runStore, ({ state }) => state.phase);
  return withoutPresent(runs);
};
