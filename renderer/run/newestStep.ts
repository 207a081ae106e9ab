/** The newest step that can be shown. */
import type { RunHistory } from "./runHistory.ts";
import { onScreen, type RunState } from "./runState.ts";

/**
 * 0 before the first step. A run that failed ends with steps that only report a loss, often one that is not finite: strips and
 * readouts have nothing of them, so the last measured step is the newest.
 */
export const newestStepOf = ({
  state,
  history,
}: {
  readonly state: RunState;
  readonly history: RunHistory | null;
}): number => {
  if (history === null) return 0;
  const measured = onScreen(state).phase === "failed" ? history.frames.at(-1)?.step : undefined;
  return measured ?? history.numSteps;
};
