/** What the timeline says happened on the way: settings that changed, and how early stopping ended the run. */
import type { TimelineNote } from "./drawTimeline.ts";
import { onScreen } from "./runState.ts";
import type { RunStoreState } from "./runStore.ts";
import { describeChange, metricWords } from "./runWords.ts";

export const timelineNotes = ({
  state,
  history,
  runDocument,
}: Pick<RunStoreState, "state" | "history" | "runDocument">): readonly TimelineNote[] => {
  const notes = (history?.changes ?? []).map(
    ({ step, training }): TimelineNote => ({ step, text: describeChange(training), side: "right" }),
  );
  const shown = onScreen(state);
  if (shown.phase !== "finished" || !shown.earlyStop) return notes;
  const { metric, bestEpoch, restored } = shown.earlyStop;
  const best = history?.epochs.find(({ epoch }) => epoch === bestEpoch);
  if (best) {
    const words = metricWords(metric, {
      hasValidation: (runDocument?.training.validation ?? null) !== null,
      hasTargets: history?.hasTargets ?? false,
    });
    notes.push({ step: best.step, text: `best ${words}${restored ? ", weights restored" : ""}`, side: "left" });
  }
  if (shown.step < shown.run.started.totalSteps) notes.push({ step: shown.step, text: "stopped early", side: "right" });
  return notes;
};
