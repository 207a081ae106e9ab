/** A study of gradients: how far each layer's backward pass is from difference quotients, in every run. */
import { Check, CircleHelp, X } from "lucide-react";
import { useMemo } from "react";
import type { StudyRunStatus } from "../../engine/protocol.ts";
import { Icon } from "../app/Icon.tsx";
import { ChartTools } from "../charts/ChartTools.tsx";
import type { Cell, ChartTable } from "../charts/chartTable.ts";
import { csvItem } from "../charts/exportChart.ts";
import { formatExponent, NONE, NOT_FINITE } from "../charts/format.ts";
import { selectRuns, useExperiments } from "./experimentsStore.ts";
import { runWords, type StudyModel } from "./studyModel.ts";
import type { ShownStudy } from "./useStudyModel.ts";

type Found = NonNullable<NonNullable<StudyRunStatus["findings"]>["gradients"]>[number];

const MARKS = { agrees: Check, differs: X, unproven: CircleHelp } as const;
const WORDS = { agrees: "agrees", differs: "differs", unproven: "not proven" } as const;

const errorWords = ({ relativeError }: Found): string => {
  if (relativeError === null) return NOT_FINITE;
  return relativeError === 0 ? "0" : formatExponent(relativeError);
};

const foundIn = ({ findings }: StudyRunStatus, nodeId: string): Found | undefined =>
  findings?.gradients?.find((each) => each.nodeId === nodeId);

/** Layers that any run has measured, in the order of the document. */
const layersOf = ({ document }: StudyModel, runs: readonly StudyRunStatus[]) => {
  const measured = new Set(runs.flatMap(({ findings }) => findings?.gradients?.map(({ nodeId }) => nodeId) ?? []));
  return document.nodes
    .filter(({ id }) => measured.has(id))
    .map(({ id, name }) => ({ id, name: name === "" ? id : name }));
};

const matrixTable = (model: StudyModel, runs: readonly StudyRunStatus[]): ChartTable => ({
  columns: ["layer", "run", "differs_in", "relative_error", "verdict"].map((id) => ({ id, title: null })),
  rows: layersOf(model, runs).flatMap(({ id, name }) =>
    runs.map((run): readonly Cell[] => {
      const found = foundIn(run, id);
      return [name, run.id, runWords(model, run), found?.relativeError ?? null, found?.verdict ?? ""];
    }),
  ),
});

export const GradientsMatrix = ({ shown: { detail, model } }: { readonly shown: ShownStudy }) => {
  const selected = useExperiments((state) => state.selected);
  const { runs } = detail;
  const layers = useMemo(() => layersOf(model, runs), [model, runs]);
  return (
    <section className="study-panel study-panel-curves" aria-label="Relative error of gradients">
      <header className="study-panel-head">
        <h3>Relative error of gradients</h3>
        <span className="study-hint">each layer’s worst, against difference quotients in float64</span>
        <span className="study-space" />
        <ChartTools
          of="the gradients"
          sections={() => [
            {
              heading: "Gradients",
              items: [csvItem("Every layer and run", "gradients", () => matrixTable(model, runs))],
            },
          ]}
        />
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard */}
      <section className="study-matrix" aria-label="Layers and runs" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <td />
              {runs.map((run) => (
                <th key={run.id} scope="col" data-selected={selected.includes(run.id)}>
                  <button type="button" onClick={(event) => selectRuns([run.id], event.ctrlKey || event.metaKey)}>
                    {runWords(model, run)}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {layers.map(({ id, name }) => (
              <tr key={id}>
                <th scope="row">{name}</th>
                {runs.map((run) => {
                  const found = foundIn(run, id);
                  return (
                    <td key={run.id} data-verdict={found?.verdict} data-selected={selected.includes(run.id)}>
                      {found === undefined ? (
                        NONE
                      ) : (
                        <span data-tooltip={found.verdict === "agrees" ? undefined : WORDS[found.verdict]}>
                          {errorWords(found)}
                          <Icon of={MARKS[found.verdict]} size={12} />
                          <span className="visually-hidden">{WORDS[found.verdict]}</span>
                        </span>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
        {layers.length === 0 && <p className="study-hint">Each run fills a column when it has checked its layers.</p>}
      </section>
    </section>
  );
};
