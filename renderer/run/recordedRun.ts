/** What a run's folder keeps, as it was recorded while the run went. */
import { counted, decodeFrameFile, openFrame } from "../../engine/index.ts";
import { formatBytes, formatCount } from "../charts/format.ts";
import type { RecordedRun } from "../shell/runHost.ts";
import { RunRecorder } from "./runRecorder.ts";

/** Gives a recorder the history of a run so far; the answer has a sentence for each part that cannot be read. */
export const restoreHistory = (
  recorder: RunRecorder,
  run: Pick<RecordedRun, "steps" | "epochs" | "changes" | "lostLines" | "frames">,
): readonly string[] => {
  const problems: string[] = [];
  recorder.restoreSteps(run);
  if (run.lostLines > 0) {
    problems.push(
      `Its losses are damaged after step ${formatCount(recorder.numSteps)}: ${counted(run.lostLines, "line")} can't be read.`,
    );
  }
  const decoded = run.frames === null ? null : decodeFrameFile(run.frames, openFrame);
  if (decoded === null) problems.push("What its layers measured is not there.");
  else if (!decoded.ok) problems.push(`What its layers measured can't be shown. ${decoded.error}`);
  else {
    const { frames, stride, cutBytes } = decoded.value;
    recorder.restoreFrames(frames, stride);
    if (cutBytes > 0) {
      problems.push(
        `Its file of measurements is cut in the middle of one: all ${formatCount(frames.length)} whole ones are shown, up to step ${formatCount(frames.at(-1)?.step ?? 0)}; ${formatBytes(cutBytes)} can't be read.`,
      );
    }
  }
  return problems;
};

/** The history that a run had when it ended, and a sentence for each part of it that cannot be read. */
export const recorderOf = (
  run: Parameters<typeof restoreHistory>[1] & Pick<RecordedRun, "started" | "progress">,
): { readonly recorder: RunRecorder; readonly problems: readonly string[] } => {
  const { started } = run;
  const recorder = new RunRecorder(started.nodeIds, started.hasTargets === true);
  const problems = restoreHistory(recorder, run);
  recorder.restoreProgress(run.progress);
  return { recorder, problems };
};
