/** Loss and score of the steps up to the one shown, the latest first. */
import { useState } from "react";
import { formatCount } from "../charts/format.ts";
import { MAX_ROWS, NumberTable } from "../charts/NumberTable.tsx";
import { shownStepOf, useLive } from "./liveRun.ts";
import { runStore, useRun } from "./runStore.ts";
import { stepsTable } from "./stepsTable.ts";

export const TimelineTable = () => {
  const history = useRun((run) => run.history);
  const [step, setStep] = useState(() => shownStepOf(runStore.getState()));
  const [revision, setRevision] = useState(history?.revision ?? 0);
  useLive(() => {
    const run = runStore.getState();
    const shown = shownStepOf(run);
    if (shown !== step) setStep(shown);
    // What an epoch measured comes a little later than its last step.
    const next = run.history?.revision ?? 0;
    if (next !== revision) setRevision(next);
  });
  if (history === null || step === 0) return <p className="timeline-empty">Train to list loss and accuracy here.</p>;
  const table = stepsTable(history, Math.max(1, step - MAX_ROWS + 1), step);
  return (
    <div className="timeline-table">
      <NumberTable
        label="Loss and accuracy of every step"
        caption={`Up to step ${formatCount(step)}, the latest first`}
        table={{ ...table, rows: [...table.rows].reverse() }}
        rest="steps"
        total={step}
      />
    </div>
  );
};
