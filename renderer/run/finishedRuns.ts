/** Runs that have come to their end: which there are, what each is called, and what the user writes on it. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { counted } from "../../engine/index.ts";
import type { RunLabel } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { formatCount, formatPercent, formatR2 } from "../charts/format.ts";
import type { FinishedRun, RunShelf } from "../shell/runHost.ts";
import { runStore } from "./runStore.ts";

interface FinishedState {
  /** null: not asked for yet. */
  readonly shelf: RunShelf | null;
}

const finishedStore = createStore<FinishedState>(() => ({ shelf: null }));

const NO_RUNS: readonly FinishedRun[] = [];

export const refreshFinishedRuns = async (): Promise<void> => {
  const shelf = await getShell().runs.finished();
  finishedStore.setState({ shelf });
  // Another window may have deleted the run that is open here, or brought it back.
  const { reopened } = runStore.getState();
  const known = shelf.runs.find(({ runId }) => runId === reopened?.runId);
  const hasModel = known?.hasModel ?? false;
  if (reopened !== null && reopened.hasModel !== hasModel) runStore.setState({ reopened: { ...reopened, hasModel } });
};

/** Other windows and their runs change the list, where it is shown. Returns how to stop. */
export const followFinishedRuns = (): (() => void) =>
  getShell().runs.onChanged(() => {
    if (finishedStore.getState().shelf !== null) void refreshFinishedRuns();
  });

/** The latest first. */
export const useFinishedRuns = (): readonly FinishedRun[] =>
  useStore(finishedStore, (state) => state.shelf?.runs ?? NO_RUNS);

/** null: it is not kept, or nobody has asked for the list yet. */
export const finishedRunOf = (runId: string): FinishedRun | null =>
  finishedStore.getState().shelf?.runs.find((run) => run.runId === runId) ?? null;

export const useRunShelf = (): RunShelf | null => useStore(finishedStore, (state) => state.shelf);

/** As the user has named it, or by its document. */
export const nameOfRun = ({ label, title }: Pick<FinishedRun, "label" | "title">): string => label.name ?? title;

/** `5 epochs, 2,345 steps`, `412 of 2,345 steps` or `diverged at step 12`. */
export const describeExtent = ({ outcome, step, totalSteps, stepsPerEpoch }: FinishedRun): string => {
  if (outcome === "failed") return `diverged at step ${formatCount(step)}`;
  if (step < totalSteps) return `${formatCount(step)} of ${counted(totalSteps, "step")}`;
  return `${counted(step / stepsPerEpoch, "epoch")}, ${counted(step, "step")}`;
};

/** `98.12 % test`; null: no epoch has ended. */
export const describeScore = ({ test }: FinishedRun): string | null => {
  if (test === null) return null;
  if (test.accuracy !== null) return `${formatPercent(test.accuracy, 2)} test`;
  return test.r2 === null ? null : `R² ${formatR2(test.r2)} test`;
};

/** Tells whether it is on the disk. */
export const labelRun = async (run: FinishedRun, label: RunLabel): Promise<boolean> => {
  const outcome = await getShell().runs.label(run.runId, label);
  if (outcome.status === "failed") {
    notify({ tone: "error", title: `${nameOfRun(run)} was not changed`, text: outcome.problem.message });
  }
  await refreshFinishedRuns();
  return outcome.status === "done";
};
