/** What a finished run of a study has measured, read from its folder. */
import { join } from "node:path";
import { METRICS_FILE } from "../engine/host/nodeRunFolder.ts";
import { readTextFile } from "./documentFile.ts";
import { readRunRecord } from "./runDirectory.ts";

const MAX_METRICS_BYTES = 512 * 1024 * 1024;

export interface StudyResult {
  readonly id: string;
  readonly params: Readonly<Record<string, unknown>>;
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

const numberAt = (record: unknown, key: string): number | null => {
  const value: unknown = typeof record === "object" && record !== null ? Reflect.get(record, key) : null;
  return typeof value === "number" ? value : null;
};

const best = (values: readonly (number | null)[]): number | null =>
  values.reduce((found, value) => (value !== null && (found === null || value > found) ? value : found), null);

/** null: the run has not come to its end; it is to be begun again. */
export const readStudyResult = (
  path: string,
  id: string,
  params: Readonly<Record<string, unknown>>,
): StudyResult | null => {
  const record = readRunRecord(path);
  const diverged = record.failure?.reason === "diverged";
  if (record.outcome !== "finished" && !diverged) return null;
  const epochs = readTextFile(join(path, METRICS_FILE), MAX_METRICS_BYTES)
    .split("\n")
    .filter((line) => line.startsWith('{"event":"epoch"'))
    .map((line): unknown => JSON.parse(line));
  const train = epochs.map((epoch) => numberAt(epoch, "trainAccuracy"));
  const test = epochs.map((epoch) => numberAt(epoch, "testAccuracy"));
  const elapsedMs = numberAt(record, "elapsedMs");
  return {
    ...{ id, params, diverged, failure: record.failure?.message ?? null, epochs: epochs.length },
    // A net that diverged has none: its loss is not finite.
    finalLoss: diverged ? null : numberAt(epochs.at(-1), "loss"),
    ...{ finalTrainAccuracy: train.at(-1) ?? null, bestTrainAccuracy: best(train) },
    ...{ finalTestAccuracy: test.at(-1) ?? null, bestTestAccuracy: best(test) },
    seconds: elapsedMs === null ? null : elapsedMs / 1000,
  };
};
