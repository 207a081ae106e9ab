/** What a run of a study that has come to its end has measured: a line of `results.jsonl`. */
import { measuresOf, type RunMeasures } from "./runMeasures.ts";
import type { StudyRunStatus } from "./studyStatus.ts";
import type { StudyFindings } from "./studyTask.ts";

export interface StudyResult extends RunMeasures, StudyFindings {
  readonly id: string;
  readonly params: StudyRunStatus["params"];
  readonly diverged: boolean;
  /** Why the run ended early; null where it did not. */
  readonly failure: string | null;
  readonly epochs: number;
  readonly seconds: number | null;
}

/** null: the run has not come to its end by itself. */
export const resultOf = ({
  id,
  params,
  state,
  failure,
  epochs,
  elapsedMs,
  findings,
}: StudyRunStatus): StudyResult | null => {
  if (state !== "finished" && state !== "diverged") return null;
  const diverged = state === "diverged";
  return {
    ...{ id, params, diverged, failure, epochs: epochs.length },
    ...measuresOf(epochs, diverged),
    ...findings,
    seconds: elapsedMs === null ? null : elapsedMs / 1000,
  };
};
