/** The runs as a table: sorted, filtered, selected by mouse or keyboard, named and pinned. */
import { ArrowDown, ArrowUp } from "lucide-react";
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import { counted } from "../../engine/index.ts";
import type { StudyRunStatus } from "../../engine/protocol.ts";
import { Icon } from "../app/Icon.tsx";
import type { MenuSection } from "../app/Menu.tsx";
import { ChartTools } from "../charts/ChartTools.tsx";
import { csvItem } from "../charts/exportChart.ts";
import { formatCount } from "../charts/format.ts";
import { experimentsStore, selectRuns, setExperiments, useExperiments } from "./experimentsStore.ts";
import { RunRow } from "./RunRow.tsx";
import { RunsFilter } from "./RunsFilter.tsx";
import { type MetricId, scoreTitle } from "./runMetrics.ts";
import { dimensionsOf } from "./runPoints.ts";
import { type Sorting, type SortKey, sameKey, sortRuns } from "./runRows.ts";
import { fittingColumns, leastWidth, type RunColumn, runColumns } from "./runTableColumns.ts";
import { deleteStudyRuns, labelRun, openRun } from "./studyActions.ts";
import type { StudyModel } from "./studyModel.ts";
import { runsTable } from "./studyTables.ts";
import { useBox } from "./useBox.ts";
import { useFaintRuns } from "./useFaintRuns.ts";
import type { ShownStudy } from "./useStudyModel.ts";

const ROW = 23;
/** More rows than that are drawn only where they are seen. */
const WINDOW = 120;

const FIRST_BY = { epochs: "bestHeld", learningRateRange: "steepestRate", gradients: "worstError" } as const;

const firstSorting = ({ measure }: StudyModel): Sorting => ({
  key: { by: "metric", id: FIRST_BY[measure] },
  descending: true,
});

/** Metrics begin with their best, params with their smallest. */
const startsDescending = (key: SortKey): boolean =>
  key.by === "metric" &&
  !(["finalLoss", "finalHeldLoss", "seconds"] satisfies MetricId[] as MetricId[]).includes(key.id);

const sortBy = (key: SortKey, now: Sorting): void =>
  setExperiments({
    sorting: { key, descending: sameKey(key, now.key) ? !now.descending : startsDescending(key) },
  });

const HeadCell = ({ column, sorting }: { column: RunColumn; sorting: Sorting }) => {
  const { title, sort, className } = column;
  if (sort === null) {
    return (
      <th scope="col" className={className}>
        <span className="visually-hidden">{title}</span>
      </th>
    );
  }
  const isSorted = sameKey(sort, sorting.key);
  return (
    <th
      scope="col"
      className={className}
      aria-sort={isSorted ? (sorting.descending ? "descending" : "ascending") : undefined}
    >
      <button type="button" title={title} onClick={() => sortBy(sort, sorting)}>
        <span>{title}</span>
        {isSorted && <Icon of={sorting.descending ? ArrowDown : ArrowUp} size={12} stroke={1.8} />}
      </button>
    </th>
  );
};

/** Rows in sight of a long table, and how high the rest is above and below them. */
const useWindow = (count: number) => {
  const scroller = useRef<HTMLElement>(null);
  const [top, setTop] = useState(0);
  const isLong = count > WINDOW;
  const from = isLong ? Math.max(0, Math.min(count - WINDOW, Math.floor(top / ROW) - 30)) : 0;
  const to = isLong ? from + WINDOW : count;
  return { scroller, from, to, onScroll: () => isLong && setTop(scroller.current?.scrollTop ?? 0) };
};

const titleWords = (model: StudyModel, shown: number, all: number): string => {
  const runs = shown === all ? counted(all, "run") : `${formatCount(shown)} of ${counted(all, "run")}`;
  if (model.measure === "gradients") return `${runs}, gradients`;
  if (model.measure === "learningRateRange") return `${runs}, learning rates`;
  return `${runs}, best ${model.hasTargets ? scoreTitle(model) : `${scoreTitle(model).toLowerCase()}, %`}`;
};

const exportSections =
  ({ detail, model }: ShownStudy, rows: readonly StudyRunStatus[]) =>
  (): readonly MenuSection[] => [
    {
      heading: "Runs",
      items: [
        csvItem("All runs", "runs", () => runsTable(model, detail.runs)),
        ...(rows.length === detail.runs.length
          ? []
          : [csvItem("Runs that are shown", "runs-shown", () => runsTable(model, rows))]),
      ],
    },
  ];

export const RunsTable = ({ shown }: { readonly shown: ShownStudy }) => {
  const { detail, model } = shown;
  const selected = useExperiments((state) => state.selected);
  const renaming = useExperiments((state) => state.renaming);
  const sortedBy = useExperiments((state) => state.sorting);
  const sorting = useMemo(() => sortedBy ?? firstSorting(model), [sortedBy, model]);
  const [cursor, setCursor] = useState<string | null>(null);
  const dimensions = useMemo(() => dimensionsOf(model, detail.runs), [model, detail.runs]);
  const faint = useFaintRuns(shown, dimensions);
  const rows = useMemo(
    () =>
      sortRuns(
        model,
        detail.runs.filter(({ id }) => !faint.has(id)),
        sorting,
      ),
    [model, detail.runs, faint, sorting],
  );
  const hasNames = renaming !== null || detail.runs.some(({ name }) => name !== null);
  const chosen = new Set(selected);
  const { scroller, from, to, onScroll } = useWindow(rows.length);
  const { width } = useBox(scroller);
  const columns = useMemo(
    () => fittingColumns(runColumns(model, hasNames), width, sorting.key),
    [model, hasNames, width, sorting.key],
  );
  const at = Math.max(
    0,
    rows.findIndex(({ id }) => id === cursor),
  );
  const focusRow = (index: number): void => {
    const row = rows[index];
    if (row === undefined) return;
    setCursor(row.id);
    const element = scroller.current;
    if (element !== null) {
      const [above, below] = [index * ROW, (index + 1) * ROW + 30];
      if (above < element.scrollTop) element.scrollTop = above;
      else if (below > element.scrollTop + element.clientHeight) element.scrollTop = below - element.clientHeight;
    }
    requestAnimationFrame(() =>
      element?.querySelector<HTMLElement>(`[data-run="${row.id}"]`)?.focus({ preventScroll: true }),
    );
  };
  const press = (event: KeyboardEvent): void => {
    const target = event.target;
    if (!(target instanceof HTMLElement) || target.dataset.run === undefined) return;
    const run = rows[at];
    if (run === undefined) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 2);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    };
    const next = moves[event.key];
    if (next !== undefined) {
      const index = Math.max(0, Math.min(rows.length - 1, next));
      const reached = rows[index];
      if (event.shiftKey && reached !== undefined)
        setExperiments({ selected: [...new Set([...selected, run.id, reached.id])] });
      focusRow(index);
    } else if (event.key === " ") selectRuns([run.id], true);
    else if (event.key === "Enter") void openRun(run.id);
    else if (event.key === "F2") setExperiments({ renaming: run.id });
    else if (event.key === "Delete" || event.key === "Backspace") {
      void deleteStudyRuns(selected.includes(run.id) ? selected : [run.id]);
    } else if (event.key === "p" && !event.ctrlKey && !event.metaKey) void labelRun(run, { isPinned: !run.isPinned });
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) selectRuns(rows.map(({ id }) => id));
    else if (event.key === "Escape" && selected.length > 0) selectRuns([]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const choose = (run: StudyRunStatus, event: MouseEvent): void => {
    if (event.shiftKey) {
      const [a, b] = [at, rows.indexOf(run)].sort((x, y) => x - y);
      selectRuns(rows.slice(a, (b ?? 0) + 1).map(({ id }) => id));
    } else {
      const adds = event.ctrlKey || event.metaKey;
      const isAlone = selected.length === 1 && chosen.has(run.id);
      selectRuns(isAlone && !adds ? [] : [run.id], adds);
      setCursor(run.id);
    }
  };
  // What a chart has selected comes into sight; a new order of the rows moves nothing.
  const firstSelected = selected[0];
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  useEffect(() => {
    const element = scroller.current;
    const index = rows.findIndex(({ id }) => id === firstSelected);
    if (element === null || index < 0 || element.contains(document.activeElement)) return;
    const [above, below] = [index * ROW, (index + 1) * ROW + 30];
    if (above < element.scrollTop || below > element.scrollTop + element.clientHeight) {
      element.scrollTop = Math.max(0, above - element.clientHeight / 3);
    }
  }, [firstSelected]);
  return (
    <section className="study-runs" aria-label="Runs" data-region="runs" tabIndex={-1}>
      <header className="study-runs-head">
        <h3>{titleWords(model, rows.length, detail.runs.length)}</h3>
        <span className="study-space" />
        <RunsFilter />
        <ChartTools of="the runs" sections={exportSections(shown, rows)} />
      </header>
      <section ref={scroller} className="study-runs-scroll" aria-label="Table of runs" onScroll={onScroll}>
        <table
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose rows are selected
          role="grid"
          aria-multiselectable="true"
          style={{ minWidth: leastWidth(columns) }}
          aria-rowcount={rows.length + 1}
          aria-label="Runs"
          onKeyDown={press}
        >
          <colgroup>
            {columns.map(({ id, width }) => (
              <col key={id} {...(width === null ? {} : { style: { width } })} />
            ))}
          </colgroup>
          <thead>
            <tr>
              {columns.map((column) => (
                <HeadCell key={column.id} column={column} sorting={sorting} />
              ))}
            </tr>
          </thead>
          <tbody>
            {from > 0 && (
              <tr>
                <td colSpan={columns.length} style={{ height: from * ROW }} />
              </tr>
            )}
            {rows.slice(from, to).map((run, index) => (
              <RunRow
                key={run.id}
                run={run}
                model={model}
                columns={columns}
                rowIndex={from + index + 2}
                isSelected={chosen.has(run.id)}
                isCursor={from + index === at}
                isRenaming={renaming === run.id}
                onChoose={choose}
                onFocus={setCursor}
              />
            ))}
            {to < rows.length && (
              <tr>
                <td colSpan={columns.length} style={{ height: (rows.length - to) * ROW }} />
              </tr>
            )}
          </tbody>
        </table>
        {rows.length === 0 && (
          <p className="study-runs-none">
            No run is like this.{" "}
            <button
              type="button"
              className="button button-small"
              onClick={() => experimentsStore.setState({ filter: "", brushes: {} })}
            >
              Show all
            </button>
          </p>
        )}
      </section>
    </section>
  );
};
