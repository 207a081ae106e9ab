import { Pin } from "lucide-react";
import { type MouseEvent, memo, type ReactNode } from "react";
import type { StudyRunStatus } from "../../engine/protocol.ts";
import { Icon } from "../app/Icon.tsx";
import { NOT_FINITE } from "../charts/format.ts";
import { RunSwatch } from "../library/RunSwatch.tsx";
import { NUM_COLORS } from "../library/runStyle.ts";
import { describeElapsed } from "../run/runWords.ts";
import { valueWords } from "./axisWords.ts";
import { experimentsStore, setExperiments } from "./experimentsStore.ts";
import { formatMetric, metricOf } from "./runMetrics.ts";
import type { RunColumn } from "./runTableColumns.ts";
import { labelRun, openRun } from "./studyActions.ts";
import { paramsWords, runWords, type StudyModel, variantOf } from "./studyModel.ts";

const NameField = ({ run, label }: { run: StudyRunStatus; label: string }) => {
  const finish = (name: string): void => {
    if (experimentsStore.getState().renaming !== run.id) return;
    setExperiments({ renaming: null });
    const trimmed = name.trim();
    if (trimmed !== (run.name ?? "")) void labelRun(run, { name: trimmed === "" ? null : trimmed });
  };
  return (
    <input
      className="field"
      aria-label={`Name of the run of ${label}`}
      maxLength={100}
      defaultValue={run.name ?? ""}
      // biome-ignore lint/a11y/noAutofocus: it was asked for
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onBlur={(event) => finish(event.currentTarget.value)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") finish(event.currentTarget.value);
        if (event.key === "Escape") setExperiments({ renaming: null });
        if (event.key === "Enter" || event.key === "Escape") {
          event.currentTarget.closest<HTMLElement>("[data-run]")?.focus();
        }
      }}
    />
  );
};

const State = ({ run }: { run: StudyRunStatus }) => {
  const { state, epochs, step, totalSteps, elapsedMs, failure } = run;
  if (state === "running") {
    const share = totalSteps === null ? 0 : step / totalSteps;
    return (
      <span className="study-runs-running">
        {step === 0 ? "running" : `epoch ${(epochs.at(-1)?.epoch ?? 0) + 1}`}
        <span style={{ width: `${100 * share}%` }} />
      </span>
    );
  }
  if (state === "finished") return elapsedMs === null ? "finished" : describeElapsed(elapsedMs);
  if (state === "diverged" || state === "failed") {
    return (
      <span className="study-runs-failed" data-tooltip={failure ?? undefined}>
        {state}
      </span>
    );
  }
  return state;
};

const Bar = ({ value, style }: { value: number | null; style: number }) => (
  <span className="study-runs-bar" data-style={style % NUM_COLORS} aria-hidden="true">
    <span style={{ width: `${100 * Math.min(1, Math.max(0, value ?? 0))}%` }} />
  </span>
);

const cellOf = (column: RunColumn, run: StudyRunStatus, model: StudyModel, isRenaming: boolean): ReactNode => {
  if (column.shows === "pin") {
    const label = run.isPinned ? "Unpin" : "Pin on top";
    return (
      <button
        type="button"
        tabIndex={-1}
        className="study-runs-pin-button"
        aria-pressed={run.isPinned}
        aria-label={`${label}: ${paramsWords(model, run)}`}
        data-tooltip={label}
        data-shortcut="P"
        onClick={(event) => {
          event.stopPropagation();
          void labelRun(run, { isPinned: !run.isPinned });
        }}
      >
        <Icon of={Pin} size={12} />
      </button>
    );
  }
  if (column.shows === "name") {
    return isRenaming ? <NameField run={run} label={paramsWords(model, run)} /> : (run.name ?? "");
  }
  if (column.shows === "param") {
    const words = valueWords(column.axis.axis, run.params[column.axis.id]);
    if (!column.hasSample) return words;
    return (
      <span className="study-runs-variant">
        <RunSwatch style={variantOf(model, run)?.style ?? 0} />
        <span title={words}>{words}</span>
      </span>
    );
  }
  if (column.shows === "metric") {
    const value = metricOf(run, column.metric);
    const text =
      column.metric === "finalLoss" && run.state === "diverged"
        ? NOT_FINITE
        : formatMetric(column.metric, value, model);
    if (!column.hasBar) return text;
    return (
      <span className="study-runs-best">
        <b>{text}</b>
        <Bar value={value} style={variantOf(model, run)?.style ?? 0} />
      </span>
    );
  }
  return <State run={run} />;
};

interface RunRowProps {
  readonly run: StudyRunStatus;
  readonly model: StudyModel;
  readonly columns: readonly RunColumn[];
  readonly rowIndex: number;
  readonly isSelected: boolean;
  /** Whether the keyboard is here. */
  readonly isCursor: boolean;
  readonly isRenaming: boolean;
  readonly onChoose: (run: StudyRunStatus, event: MouseEvent) => void;
  readonly onFocus: (runId: string) => void;
}

const Row = ({ run, model, columns, rowIndex, isSelected, isCursor, isRenaming, onChoose, onFocus }: RunRowProps) => (
  <tr
    data-run={run.id}
    data-state={run.state}
    aria-rowindex={rowIndex}
    aria-selected={isSelected}
    aria-label={runWords(model, run)}
    className={run.isPinned ? "is-pinned" : undefined}
    tabIndex={isCursor ? 0 : -1}
    onFocus={(event) => event.target === event.currentTarget && onFocus(run.id)}
    onClick={(event) => onChoose(run, event)}
    onDoubleClick={() => void openRun(run.id)}
  >
    {columns.map((column) => (
      <td key={column.id} className={column.className}>
        {cellOf(column, run, model, isRenaming)}
      </td>
    ))}
  </tr>
);

/** Rows of runs that have ended stay as they are while others report. */
export const RunRow = memo(
  Row,
  (before, after) =>
    before.run === after.run &&
    before.columns === after.columns &&
    before.rowIndex === after.rowIndex &&
    before.isSelected === after.isSelected &&
    before.isCursor === after.isCursor &&
    before.isRenaming === after.isRenaming,
);
