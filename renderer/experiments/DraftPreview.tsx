import { axisTitle, counted, type StudyRun } from "../../engine/index.ts";
import { formatCount } from "../charts/format.ts";
import { axisWords, valueWords } from "./axisWords.ts";
import type { StudyDraft } from "./studyDraft.ts";

const MOST_PREVIEWED = 200;

/** The runs that a study would train, in their order. */
export const DraftPreview = ({ draft, runs }: { readonly draft: StudyDraft; readonly runs: readonly StudyRun[] }) => {
  const { axes } = draft.plan;
  return (
    <section className="draft-preview" aria-label="Runs of the study" data-region="runs" tabIndex={-1}>
      <header className="study-runs-head">
        <h3>{counted(runs.length, "run")}</h3>
        <span className="study-hint">in this order, on all cores</span>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard */}
      <section className="draft-preview-scroll" aria-label="Table of the runs" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Run</th>
              {axes.map((axis) => (
                <th key={axisTitle(axis)} scope="col">
                  {axisWords(axis, draft.document.nodes)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {runs.slice(0, MOST_PREVIEWED).map(({ id, assignment }) => (
              <tr key={id}>
                <th scope="row">{id.replace(/^run-0*/, "")}</th>
                {axes.map((axis) => (
                  <td key={axisTitle(axis)}>{valueWords(axis, assignment[axisTitle(axis)])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {runs.length > MOST_PREVIEWED && (
          <p className="study-hint">{`and ${formatCount(runs.length - MOST_PREVIEWED)} more`}</p>
        )}
      </section>
    </section>
  );
};
