/** The whole test set: which classes are taken for which, how good each is, and the worst mistakes. */
import { type KeyboardEvent, useMemo, useState } from "react";
import { counted } from "../../engine/index.ts";
import type { TestEvaluation } from "../../engine/protocol.ts";
import { ChartTools } from "../charts/ChartTools.tsx";
import { formatCount, formatLoss, formatPercent, formatR2, formatReadout, NONE } from "../charts/format.ts";
import { useRun } from "../run/runStore.ts";
import { Segments } from "../statistics/Segments.tsx";
import { askTest, changeSample, useBench } from "./benchStore.ts";
import { nameOfClass } from "./benchTables.ts";
import { ClassTable } from "./ClassTable.tsx";
import { ConfusionMap } from "./ConfusionMap.tsx";
import { ConfusionMatrix } from "./ConfusionMatrix.tsx";
import { testSections } from "./exportBench.ts";
import { Picture } from "./Picture.tsx";
import { Targets } from "./Targets.tsx";
import "./TestSet.css";

interface Props {
  readonly classNames: readonly string[];
  readonly sampleShape: readonly number[];
  readonly stores: "bytes" | "numbers";
}

/** How many stand in the first row of what is laid out in rows. */
const perRow = (items: readonly HTMLElement[]): number => {
  const top = items[0]?.offsetTop;
  const next = items.findIndex(({ offsetTop }) => offsetTop !== top);
  return next === -1 ? items.length : next;
};

const WorstMistakes = ({
  evaluation,
  classNames,
  sampleShape,
  stores,
}: Props & { readonly evaluation: TestEvaluation }) => {
  const { worst, worstSamples } = evaluation;
  const size = sampleShape.reduce((product, extent) => product * extent, 1);
  const [tabStop, setTabStop] = useState(0);
  /** Arrow keys, Home and End move between them; Tab goes past all. */
  const move = (event: KeyboardEvent<HTMLElement>): void => {
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
    const at = buttons.findIndex((button) => button.matches(":focus"));
    const row = perRow(buttons);
    const targets: Readonly<Record<string, number>> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + row,
      ArrowUp: at - row,
      Home: 0,
      End: buttons.length - 1,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    buttons[target]?.focus();
  };
  const pictures = useMemo(
    () =>
      stores === "bytes" && sampleShape.length === 3
        ? worst.map((_, at) => new Uint8Array(worstSamples, at * size, size))
        : null,
    [worst, worstSamples, stores, sampleShape, size],
  );
  return (
    <ul className="bench-mistakes" data-pictures={pictures !== null} onKeyDown={move}>
      {worst.map(({ index, actual, predicted, probability, loss }, at) => {
        const words =
          probability === null
            ? {
                took: predicted.map((value) => formatReadout(value)).join(", "),
                is: actual.map((value) => formatReadout(value)).join(", "),
              }
            : { took: nameOfClass(classNames, predicted[0]), is: nameOfClass(classNames, actual[0]) };
        const certainty = probability === null ? `loss ${formatLoss(loss)}` : formatPercent(probability);
        const bytes = pictures?.[at];
        return (
          <li key={index}>
            <button
              type="button"
              tabIndex={at === Math.min(tabStop, worst.length - 1) ? 0 : -1}
              onFocus={() => setTabStop(at)}
              aria-label={`Test sample ${index}: ${words.is} taken for ${words.took}, ${certainty}. Open it`}
              data-tooltip={`Test sample ${formatCount(index)}: ${words.is} → ${words.took}, loss ${formatLoss(loss, 2)}`}
              onClick={() => changeSample({ tab: "sample", source: { type: "test", index } })}
            >
              {bytes !== undefined && <Picture bytes={bytes} shape={sampleShape} size={56} label={null} />}
              <span className="bench-mistake-names">
                <span>{words.is}</span>{" "}
                <strong>
                  <span className="bench-arrow">→ </span>
                  {words.took}
                </strong>
              </span>
              <span>{certainty}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
};

/** More classes are shades: a table of so many numbers is read by nobody. */
const MOST_NUMBERS = 24;

const Confusion = (props: {
  readonly counts: readonly number[];
  readonly classNames: readonly string[];
  readonly marked: number | null;
}) => {
  return props.counts.length > MOST_NUMBERS ** 2 ? <ConfusionMap {...props} /> : <ConfusionMatrix {...props} />;
};

export const TestSet = (props: Props) => {
  const evaluation = useBench((state) => state.evaluation);
  const progress = useBench((state) => state.progress);
  const problem = useBench((state) => state.evaluationProblem);
  const trains = useRun(({ state }) => (state.phase === "running" ? state.run.number : null));
  const [asTable, setAsTable] = useState(false);
  const [output, setOutput] = useState(0);
  const [beside, setBeside] = useState<"mistakes" | "classes">("mistakes");
  /** The class that is pointed at in the table of classes. */
  const [marked, setMarked] = useState<number | null>(null);
  if (evaluation === null) {
    return (
      <div className="statistics-empty">
        <h2>{progress === null ? "The test set, sample by sample" : "Running the test set through the net"}</h2>
        {problem !== null && <p role="alert">{problem}</p>}
        {progress === null ? (
          <>
            <p>
              {trains === null
                ? "Which classes are taken for which, the accuracy of each class, and the mistakes that the net is surest of."
                : `Run ${trains} is evaluated here when it pauses or ends. To evaluate now takes time from the training.`}
            </p>
            <button type="button" className="button button-primary" onClick={() => void askTest()}>
              Evaluate
            </button>
          </>
        ) : (
          <p>{progress.total === 0 ? " " : `${formatCount(progress.done)} of ${counted(progress.total, "sample")}`}</p>
        )}
      </div>
    );
  }
  const { accuracy, r2, loss, count, notFinite, confusion, worst } = evaluation;
  const showsClasses = confusion !== null && beside === "classes" && !asTable;
  return (
    <div className="bench-test">
      <section className="bench-matrix" aria-label="Confusion">
        <p className="bench-verdict">
          {accuracy === null ? (
            <>
              <strong>{`R² ${r2 === null ? NONE : formatR2(r2)}`}</strong>
              <span>of the test set</span>
            </>
          ) : (
            <>
              <strong>{formatPercent(accuracy, 2)}</strong>
              <span>{`right: ${formatCount(Math.round(accuracy * count))} of ${counted(count, "test sample")}`}</span>
            </>
          )}
          <span>{`loss ${formatLoss(loss)}`}</span>
          {notFinite > 0 && <span className="is-wrong">{`${counted(notFinite, "output")} not finite`}</span>}
          <ChartTools
            of="the test set"
            table={{ isShown: asTable, show: setAsTable }}
            sections={() => testSections(evaluation, props.classNames, output)}
          />
        </p>
        {confusion === null ? (
          <Targets evaluation={evaluation} output={output} onOutput={setOutput} asTable={asTable} />
        ) : asTable ? (
          <ClassTable counts={confusion} classNames={props.classNames} wide />
        ) : (
          <Confusion counts={confusion} classNames={props.classNames} marked={marked} />
        )}
      </section>
      <section className="bench-worst" aria-label={showsClasses ? "Classes" : "Worst mistakes"}>
        {confusion === null || asTable ? (
          <h2>{confusion === null ? "Largest errors" : "Worst mistakes"}</h2>
        ) : (
          <Segments
            label="Beside the confusion matrix"
            showLabel={false}
            value={beside}
            options={[
              { id: "mistakes", title: "Worst mistakes" },
              { id: "classes", title: "Classes", hint: "Precision, recall and F1 of each class" },
            ]}
            onChange={setBeside}
          />
        )}
        {showsClasses ? (
          <ClassTable counts={confusion} classNames={props.classNames} onMark={setMarked} />
        ) : (
          <>
            <p className="bench-hint">
              {worst.length === 0
                ? `None: ${count === 1 ? "the 1 test sample is" : `all ${counted(count, "test sample")} are`} right.`
                : accuracy === null
                  ? "Target → prediction, by squared error."
                  : "Label → prediction with its probability, by loss. Open one to look inside."}
            </p>
            <WorstMistakes {...props} evaluation={evaluation} />
          </>
        )}
      </section>
    </div>
  );
};
