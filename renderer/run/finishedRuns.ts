/** Runs that have come to their end and can be opened again. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { getShell } from "../app/shellAccess.ts";
import { ask } from "../app/viewStore.ts";
import { formatCount, formatPercent, formatR2 } from "../charts/format.ts";
import type { FinishedRun } from "../shell/shell.ts";
import { runStore } from "./runStore.ts";
import { counted } from "./runWords.ts";

const finishedStore = createStore<{ readonly runs: readonly FinishedRun[] }>(() => ({ runs: [] }));

export const refreshFinishedRuns = async (): Promise<void> => {
  finishedStore.setState({ runs: await getShell().finishedRuns() });
};

/** The latest first. */
export const useFinishedRuns = (): readonly FinishedRun[] => useStore(finishedStore, (state) => state.runs);

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

/** Deletes a run's files for good, if the user means it. */
export const deleteFinishedRun = async (run: FinishedRun): Promise<void> => {
  const answer = await ask({
    title: `Delete the run of ${run.title}?`,
    text: `What it measured in ${describeExtent(run)}, and its trained net, are removed from this computer.`,
    answers: [{ id: "delete", label: "Delete the run" }],
  });
  if (answer !== "delete") return;
  await getShell().discardRun(run.runId);
  const { reopened } = runStore.getState();
  if (reopened?.runId === run.runId) runStore.setState({ reopened: { ...reopened, hasModel: false } });
  await refreshFinishedRuns();
};
