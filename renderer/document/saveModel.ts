/** The trained net on screen, saved where the user says. */
import { getShell } from "../app/shellAccess.ts";
import { finishedRunOf } from "../run/finishedRuns.ts";
import { statisticsInForce } from "../run/recomputation.ts";
import { onScreen } from "../run/runState.ts";
import { runStore } from "../run/runStore.ts";
import type { Downloaded, FileOutcome } from "../shell/shell.ts";

/** The finished run that is kept with the net of the run on screen; null: its net is elsewhere, or was changed since. */
const keptRunOnScreen = (): string | null => {
  const { isNetKept, recomputation, reopened, ...run } = runStore.getState();
  const state = onScreen(run.state);
  if (state.phase !== "finished" || !isNetKept || statisticsInForce(recomputation, state.step) !== null) return null;
  const runId = reopened?.runId ?? state.run.started.runId;
  return runId !== undefined && finishedRunOf(runId)?.hasModel === true ? runId : null;
};

/** What is kept is copied, so that the text of a large net need not pass through the page. */
export const saveModel = async (
  suggestedName: string,
): Promise<FileOutcome<{ readonly fileName: string } & Downloaded>> => {
  const kept = keptRunOnScreen();
  if (kept !== null) return getShell().runs.exportModel(kept, suggestedName);
  const outcome = await runStore.getState().exportModel();
  if ("problem" in outcome) return { status: "failed", problem: { message: outcome.problem } };
  return getShell().saveExport({ suggestedName, content: outcome.text });
};
