/** The newest step that can be shown. */
import type { RunHistory } from "./runHistory.ts";
import { onScreen, type RunState } from "./runState.ts";

/**
 * 0 before the first step. A run whose trainer ended ends with steps that only report a loss: strips and readouts have nothing of them,
 * so the last measured step is the newest. Of one that diverged it is the very step at which it did, but in runs of older versions.
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
