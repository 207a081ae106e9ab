/** Runs that have come to their end: opened again, labelled, deleted and brought back. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { getShell } from "../app/shellAccess.ts";
import { dismissNotice, notify, viewStore } from "../app/viewStore.ts";
import { formatBytes, formatCount, formatPercent, formatR2 } from "../charts/format.ts";
import type { FinishedRun, RunLabel, RunShelf } from "../shell/runHost.ts";
import { runStore } from "./runStore.ts";
import { counted } from "./runWords.ts";

interface Deletion {
  readonly runs: readonly FinishedRun[];
  readonly noticeId: number;
}

interface FinishedState {
  /** null: not asked for yet. */
  readonly shelf: RunShelf | null;
  /** What was deleted and can come back, the last time last. */
  readonly deleted: readonly Deletion[];
}

const finishedStore = createStore<FinishedState>(() => ({ shelf: null, deleted: [] }));

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

/** The latest first. */
export const useFinishedRuns = (): readonly FinishedRun[] =>
  useStore(finishedStore, (state) => state.shelf?.runs ?? NO_RUNS);

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

const wordsOf = (runs: readonly FinishedRun[]): string => {
  const [first] = runs;
  return runs.length === 1 && first ? `the run ${nameOfRun(first)}` : counted(runs.length, "run");
};

/** Brings back what was deleted last, or all of an earlier time. */
export const undoDelete = async (deletion = finishedStore.getState().deleted.at(-1)): Promise<void> => {
  if (deletion === undefined) return;
  finishedStore.setState(({ deleted }) => ({ deleted: deleted.filter((other) => other !== deletion) }));
  dismissNotice(deletion.noticeId);
  const { runs } = deletion;
  const outcome = await getShell().runs.restore(runs.map(({ runId }) => runId));
  if (outcome.status === "failed") {
    notify({ tone: "error", title: `${wordsOf(runs)} did not come back`, text: outcome.problem.message });
  }
  await refreshFinishedRuns();
};

/** Puts runs into the trash, with a way back until the app starts again. */
export const deleteFinishedRuns = async (runs: readonly FinishedRun[]): Promise<void> => {
  if (runs.length === 0) return;
  const outcome = await getShell().runs.remove(runs.map(({ runId }) => runId));
  if (outcome.status === "failed") {
    notify({ tone: "error", title: `${wordsOf(runs)} was not deleted`, text: outcome.problem.message });
    await refreshFinishedRuns();
    return;
  }
  await refreshFinishedRuns();
  const bytes = formatBytes(runs.reduce((sum, run) => sum + run.bytes, 0));
  notify({
    tone: "info",
    title: `Deleted ${wordsOf(runs)}`,
    text: `${runs.length === 1 ? "Its" : "Their"} ${bytes} stay in the trash until Layerscope starts again.`,
    actions: [{ label: "Undo", run: () => void undoDelete(deletion) }],
  });
  // The notice of it is the newest.
  const deletion: Deletion = { runs, noticeId: viewStore.getState().notices.at(-1)?.id ?? 0 };
  finishedStore.setState(({ deleted }) => ({ deleted: [...deleted, deletion] }));
};
