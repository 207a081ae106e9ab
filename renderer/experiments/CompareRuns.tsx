/** Two or more runs side by side: what they differ in, what they reached, and how their documents differ. */
import { X } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { compareDocuments, expandStudy } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { formatDuration } from "../charts/format.ts";
import { counted } from "../run/runWords.ts";
import { valueWords } from "./axisWords.ts";
import { setExperiments, useExperiments } from "./experimentsStore.ts";
import { formatMetric, metricIds, metricOf, metricTitle } from "./runMetrics.ts";
import { runWords, type StudyModel, variantOf } from "./studyModel.ts";
import { type ShownStudy, useStudyModel } from "./useStudyModel.ts";
import { VariantSample } from "./VariantSample.tsx";

/** More columns than that no one compares. */
const MOST = 6;

const close = (): void => setExperiments({ comparing: false });

/** The document of each run, by its id; none where the study cannot be expanded any more. */
const documentsOf = ({ study, document }: StudyModel) => {
  const runs = expandStudy(study, document);
  return new Map(runs.ok ? runs.value.map((run) => [run.id, run.document]) : []);
};

const Dialog = ({ shown: { detail, model } }: { shown: ShownStudy }) => {
  const selected = useExperiments((state) => state.selected);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  const documents = useMemo(() => documentsOf(model), [model]);
  const all = selected.flatMap((id) => detail.runs.find((run) => run.id === id) ?? []);
  const runs = all.slice(0, MOST);
  const [first] = runs;
  const base = first === undefined ? undefined : documents.get(first.id);
  const rows = [
    ...model.axes
      .filter(({ values }) => values.length > 1)
      .map(({ id, title, axis }) => ({ title, cells: runs.map(({ params }) => valueWords(axis, params[id])) })),
    ...metricIds
      .filter((metric) => metric !== "seconds")
      .map((metric) => ({
        title: metricTitle(metric, model),
        cells: runs.map((run) => formatMetric(metric, metricOf(run, metric), model)),
      })),
    { title: "Epochs", cells: runs.map(({ epochs }) => String(epochs.length)) },
    {
      title: "Time",
      cells: runs.map(({ elapsedMs }) => (elapsedMs === null ? "–" : formatDuration(elapsedMs / 1000))),
    },
    { title: "State", cells: runs.map(({ state }) => state) },
  ];
  return (
    <dialog
      ref={dialog}
      className="study-compare"
      aria-labelledby="study-compare-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <header>
        <h2 id="study-compare-title">{`${counted(runs.length, "run")} compared`}</h2>
        {all.length > runs.length && <span>{`the first ${MOST} of ${all.length} selected`}</span>}
        <span className="study-space" />
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          <Icon of={X} size={15} />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard */}
      <section className="study-compare-scroll" aria-label="Comparison" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <td />
              {runs.map((run) => (
                <th key={run.id} scope="col">
                  <VariantSample style={variantOf(model, run)?.style ?? 0} />
                  <span>{runWords(model, run)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ title, cells }) => (
              <tr key={title} data-same={cells.every((cell) => cell === cells[0])}>
                <th scope="row">{title}</th>
                {cells.map((cell, index) => (
                  <td key={runs[index]?.id}>{cell}</td>
                ))}
              </tr>
            ))}
            <tr className="study-compare-documents">
              <th scope="row">Document</th>
              {runs.map((run, index) => {
                const own = documents.get(run.id);
                const found = base === undefined || own === undefined ? [] : compareDocuments(base, own);
                return (
                  <td key={run.id}>
                    {index === 0 ? (
                      "what the others are compared with"
                    ) : found.length === 0 ? (
                      "trains the same"
                    ) : (
                      <ul>
                        {found.map(({ text }) => (
                          <li key={text}>{text}</li>
                        ))}
                      </ul>
                    )}
                  </td>
                );
              })}
            </tr>
          </tbody>
        </table>
      </section>
    </dialog>
  );
};

export const CompareRuns = () => {
  const comparing = useExperiments((state) => state.comparing);
  const shown = useStudyModel();
  return comparing && shown !== null && !("problem" in shown) ? <Dialog shown={shown} /> : null;
};
