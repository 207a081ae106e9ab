/** Runs side by side: what they differ in, what each reached, their curves in one chart, and their layers at the same step. */
import { ArrowLeft, Check, Info, TriangleAlert } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { shortenNumbers } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { ChartTools } from "../charts/ChartTools.tsx";
import type { Cell } from "../charts/chartTable.ts";
import { csvItem } from "../charts/exportChart.ts";
import { formatReadout, NONE } from "../charts/format.ts";
import { Segments } from "../statistics/Segments.tsx";
import { CompareCharts } from "./CompareCharts.tsx";
import { CompareLayers } from "./CompareLayers.tsx";
import { type AxisId, hasTime, runAxis } from "./comparedAxis.ts";
import { type ComparedRun, type LoadedRuns, loadRuns } from "./comparedRun.ts";
import { comparedTable, differencesOf } from "./comparedTable.ts";
import type { CompareSource } from "./compareSources.ts";
import { pairingOf } from "./pairing.ts";
import { RunSwatch } from "./RunSwatch.tsx";
import "./Compare.css";

const PAIRING_ICONS = { same: Check, chosen: Info, differs: TriangleAlert, unknown: Info } as const;

const wordsIn = (cell: Cell | undefined): string | null => (typeof cell === "string" ? cell : null);

/** Also what the lines of the charts mean. */
const Summary = ({ runs }: { readonly runs: readonly ComparedRun[] }) => {
  const table = useMemo(() => comparedTable(runs), [runs]);
  // On screen settings are as short as they can be told apart; the file has them whole.
  const texts = useMemo(
    () => table.columns.map((_, column) => shortenNumbers(table.rows.map((row) => wordsIn(row[column])))),
    [table],
  );
  const sections = () => [{ items: [csvItem("Numbers", "compare-runs", () => table)] }];
  return (
    <section className="Compare-summary" aria-label="Settings and results">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard */}
      <section className="Compare-table" tabIndex={0} aria-label="Numbers of the runs">
        <table>
          <thead>
            <tr>
              {table.columns.map(({ id, title }) => (
                <th key={id} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {runs.map((run, row) => (
              <tr key={run.key}>
                {table.columns.map(({ id, format = formatReadout }, column) => {
                  const cell = table.rows[row]?.[column] ?? null;
                  const words = column === 0 ? wordsIn(cell) : (texts[column]?.[row] ?? null);
                  const text = typeof cell === "number" ? format(cell) : (words ?? NONE);
                  return column === 0 ? (
                    <th key={id} scope="row">
                      <RunSwatch style={run.style} />
                      <span title={text}>{text}</span>
                    </th>
                  ) : (
                    <td key={id} data-ended={text.startsWith("diverged") ? "diverged" : undefined}>
                      {text}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <ChartTools of="settings and results" sections={sections} />
    </section>
  );
};

/** What each run has that the first has not, and whether both began alike. */
const Differences = ({ runs }: { readonly runs: readonly ComparedRun[] }) => {
  const differences = useMemo(() => differencesOf(runs), [runs]);
  const rest = runs.slice(1);
  const pairings = useMemo(() => runs.slice(1).map((run) => pairingOf(runs[0] ?? run, run)), [runs]);
  return (
    <section className="Compare-differences" aria-label="What differs">
      {rest.map((run, index) => {
        const found = differences[index] ?? [];
        const pairing = pairings[index];
        return (
          <div key={run.key} className="Compare-difference">
            <p className="Compare-against">
              <RunSwatch style={run.style} />
              <strong title={run.name}>{run.name}</strong>
              {found.length === 0 && <span>trains the same net with the same settings.</span>}
            </p>
            {found.length > 0 && (
              <ul>
                {found.map(({ text }) => (
                  <li key={text}>{text}</li>
                ))}
              </ul>
            )}
            {pairing && (
              <p className="Compare-pairing" data-tone={pairing.tone}>
                <Icon of={PAIRING_ICONS[pairing.tone]} size={14} />
                <span>
                  <strong>{pairing.title}.</strong> {pairing.text}
                </span>
              </p>
            )}
          </div>
        );
      })}
    </section>
  );
};

const Compared = ({ runs }: { readonly runs: readonly ComparedRun[] }) => {
  const [chosen, setAxis] = useState<AxisId>("step");
  const [log, setLog] = useState(true);
  /** null: the end of the longest run. */
  const [place, setPlace] = useState<{ readonly axis: AxisId; readonly x: number } | null>(null);
  const timed = runs.every(hasTime);
  const axis = chosen === "time" && !timed ? "step" : chosen;
  const [first] = runs;
  const end = Math.max(0, ...runs.map((run) => runAxis(run, axis).end));
  // Another axis shows the same step of the first run.
  const x =
    place === null || first === undefined
      ? end
      : place.axis === axis
        ? place.x
        : runAxis(first, axis).xOf(runAxis(first, place.axis).stepAt(place.x));
  const pick = (at: number): void => setPlace({ axis, x: at });
  return (
    <>
      <div className="Compare-tools" role="toolbar" aria-label="Axes">
        <Segments
          label="Along"
          value={axis}
          options={[
            { id: "step", title: "Steps" },
            { id: "epoch", title: "Epochs" },
            ...(timed ? [{ id: "time" as const, title: "Time" }] : []),
          ]}
          onChange={setAxis}
        />
        <Segments
          label="Scale"
          value={log ? "log" : "linear"}
          options={[
            { id: "log", title: "Log", hint: "Loss on a log axis, accuracy on one of the error" },
            { id: "linear", title: "Linear" },
          ]}
          onChange={(id) => setLog(id === "log")}
        />
      </div>
      <CompareCharts runs={runs} axis={axis} log={log} x={x} onPick={pick} />
      <CompareLayers runs={runs} axis={axis} x={x} onPick={pick} />
    </>
  );
};

export const CompareRuns = ({
  sources,
  backTo,
  onBack,
}: {
  readonly sources: readonly CompareSource[];
  /** Where the way back leads, in words: `All runs`. */
  readonly backTo: string;
  readonly onBack: () => void;
}) => {
  const [loaded, setLoaded] = useState<(LoadedRuns & { readonly of: readonly CompareSource[] }) | null>(null);
  useEffect(() => {
    let isOver = false;
    void loadRuns(sources).then((read) => {
      if (!isOver) setLoaded({ ...read, of: sources });
    });
    return () => {
      isOver = true;
    };
  }, [sources]);
  const shown = loaded?.of === sources ? loaded : null;
  return (
    <div className="Compare" data-region="compare" tabIndex={-1}>
      <header className="Compare-head">
        <button type="button" className="button button-small button-quiet" onClick={onBack}>
          <Icon of={ArrowLeft} size={14} />
          {backTo}
        </button>
        <h2>{`${sources.length} runs compared`}</h2>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard */}
      <section className="Compare-body" tabIndex={0} aria-label="Comparison">
        {shown?.problems.map((problem) => (
          <p key={problem} className="Compare-problem" role="alert">
            {problem}
          </p>
        ))}
        {shown !== null && shown.runs.length > 0 && (
          <>
            <Summary runs={shown.runs} />
            {shown.runs.length > 1 && <Differences runs={shown.runs} />}
            <Compared runs={shown.runs} />
          </>
        )}
      </section>
    </div>
  );
};
