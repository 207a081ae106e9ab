/** Checkpoints over a study: what all of its runs have reached together. */
import { counted } from "../../engine/index.ts";
import type { StudyRunStatus } from "../../engine/protocol.ts";
import { formatCount } from "../charts/format.ts";
import type { LessonMoment } from "./lesson.ts";

const isOver = ({ state }: StudyRunStatus): boolean => state === "finished" || state === "diverged";

/** The runs of the open study if it varies these axes and has come to its end. */
export const endedRuns = (
  { study, draftAxes }: LessonMoment,
  axes: readonly string[],
): { readonly runs: readonly StudyRunStatus[] } | { readonly lack: string } => {
  if (draftAxes !== null && axes.every((axis) => draftAxes.includes(axis)))
    return { lack: "The study is open. Nothing trains yet: start its runs." };
  const varies = Object.keys(study?.runs[0]?.params ?? {});
  if (study === null || !axes.every((axis) => varies.includes(axis)))
    return { lack: "No such study is open. Open it, and start its runs." };
  const { runs } = study;
  const over = runs.filter(isOver).length;
  if (study.state === "cancelled" || runs.some(({ state }) => ["cancelled", "failed", "deleted"].includes(state)))
    return {
      lack: `${formatCount(over)} of ${counted(runs.length, "run")} have come to their end; the others did not. Retry them.`,
    };
  return over < runs.length ? { lack: `${formatCount(over)} of ${counted(runs.length, "run")} have ended.` } : { runs };
};

/** The best that a run reached, 0 to 1; what diverged before an epoch was over reached nothing. */
export const bestOf = ({ epochs }: StudyRunStatus, on: "train" | "test"): number =>
  epochs.reduce((best, epoch) => Math.max(best, (on === "train" ? epoch.trainAccuracy : epoch.testAccuracy) ?? 0), 0);
