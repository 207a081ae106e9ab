import { formatCount, NO_BREAK_SPACE } from "../charts/format.ts";
import { lastStepOf, stepsPerColumn } from "../charts/timeAxis.ts";
import { useLiveText } from "../run/liveRun.ts";
import { runOf } from "../run/runState.ts";
import { type RunStoreState, useRun } from "../run/runStore.ts";
import { LEAST_STEPS, NUM_COLUMNS } from "./NodeStrips.tsx";

const stripsText = ({ history }: RunStoreState): string => {
  const lastStep = history === null ? 0 : lastStepOf(history);
  if (lastStep === 0) return "";
  const steps = stepsPerColumn(lastStep, NUM_COLUMNS, LEAST_STEPS);
  const each =
    steps < 1
      ? `${formatCount(1 / steps)} columns a step`
      : steps === 1
        ? "1 step a column"
        : `${formatCount(steps)} a column`;
  return `Strips: steps 1 to ${formatCount(steps * NUM_COLUMNS)}, ${each}`;
};

/** What the colours of edges and strips mean, and what time the strips span. */
export const CanvasLegend = ({ stale }: { readonly stale: boolean }) => {
  const { state, history } = useRun((run) => run);
  const strips = useLiveText<HTMLSpanElement>(stripsText);
  if (history === null) return null;
  const number = runOf(state)?.number ?? null;
  return (
    <div className="CanvasLegend">
      <span className="CanvasLegend-item">
        Signal std on edges
        <span className="CanvasLegend-value">0.01</span>
        <span className="CanvasLegend-std" />
        <span className="CanvasLegend-value">100</span>
      </span>
      <span className="CanvasLegend-item">
        Values per 1,000 in a bin, log1p
        <span className="CanvasLegend-value">0</span>
        <span className="CanvasLegend-heat" />
        <span className="CanvasLegend-value">500</span>
      </span>
      {stale ? (
        <span className="CanvasLegend-note">
          {`Faded: edited since ${number === null ? "the run" : `run${NO_BREAK_SPACE}${number}`} began`}
        </span>
      ) : (
        <span className="CanvasLegend-note" ref={strips} />
      )}
    </div>
  );
};
