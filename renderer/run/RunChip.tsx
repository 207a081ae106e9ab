import { formatCount } from "../charts/format.ts";
import { runCommand } from "../commands/commandTable.ts";
import { LiveText } from "./LiveText.tsx";
import { RunMark } from "./RunMark.tsx";
import { isUnderWay, runOf } from "./runState.ts";
import { type RunStoreState, useRun } from "./runStore.ts";
import { PHASE_WORDS } from "./runWords.ts";
import "./RunChip.css";

const readEpoch = (run: RunStoreState): string => formatCount(run.history?.progress?.epoch ?? 1);

/** In views without a run bar: that a run is under way, how far it is, and the way back to it. */
export const RunChip = () => {
  const state = useRun((run) => run.state);
  if (!isUnderWay(state)) return null;
  const epochs = runOf(state)?.started.epochs;
  return (
    <button
      type="button"
      className="run-chip"
      aria-label={`${PHASE_WORDS[state.phase]}, back to the canvas`}
      data-tooltip="Back to the canvas and its run bar"
      onClick={() => runCommand("view.canvas")}
    >
      <RunMark phase={state.phase} />
      <span className="run-chip-phase">{PHASE_WORDS[state.phase]}</span>
      {epochs !== undefined && (
        <span className="run-chip-epoch">
          epoch <LiveText read={readEpoch} /> of {formatCount(epochs)}
        </span>
      )}
    </button>
  );
};
