/** What a run of a study that has come to its end has measured: a line of `results.jsonl`. */
import type { StudyRunStatus } from "./studyStatus.ts";

export interface StudyResult {
  readonly id: string;
  readonly params: StudyRunStatus["params"];
  readonly diverged: boolean;
  /** Why the run ended early; null where it did not. */
  readonly failure: string | null;
  readonly epochs: number;
  readonly finalLoss: number | null;
  readonly finalTrainAccuracy: number | null;
  readonly bestTrainAccuracy: number | null;
  readonly finalTestAccuracy: number | null;
  readonly bestTestAccuracy: number | null;
  readonly seconds: number | null;
}

const best = (values: readonly (number | null)[]): number | null =>
  values.reduce((found, value) => (value !== null && (found === null || value > found) ? value : found), null);

/** null: the run has not come to its end by itself. */
export const resultOf = ({ id, params, state, failure, epochs, elapsedMs }: StudyRunStatus): StudyResult | null => {
  if (state !== "finished" && state !== "diverged") return null;
  const diverged = state === "diverged";
  const train = epochs.map(({ trainAccuracy }) => trainAccuracy);
  const test = epochs.map(({ testAccuracy }) => testAccuracy);
  const finalLoss = epochs.at(-1)?.loss ?? Number.NaN;
  return {
    ...{ id, params, diverged, failure, epochs: epochs.length },
    // A net that diverged has none: its loss is not finite.
    finalLoss: diverged || !Number.isFinite(finalLoss) ? null : finalLoss,
    ...{ finalTrainAccuracy: train.at(-1) ?? null, bestTrainAccuracy: best(train) },
    ...{ finalTestAccuracy: test.at(-1) ?? null, bestTestAccuracy: best(test) },
    seconds: elapsedMs === null ? null : elapsedMs / 1000,
  };
};
