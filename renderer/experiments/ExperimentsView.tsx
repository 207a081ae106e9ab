/** Studies: what they vary, how their runs learn, and which of them is best. */
import { useEffect } from "react";
import { ComparedRuns } from "./ComparedRuns.tsx";
import { CurvesPanel } from "./CurvesPanel.tsx";
import { DraftForm } from "./DraftForm.tsx";
import { refreshStudies, useExperiments } from "./experimentsStore.ts";
import { GradientsMatrix } from "./GradientsMatrix.tsx";
import { LowerPanel } from "./LowerPanel.tsx";
import { RateRangePanel } from "./RateRangePanel.tsx";
import { RunsTable } from "./RunsTable.tsx";
import { StudiesEmpty } from "./StudiesEmpty.tsx";
import { StudyColumn } from "./StudyColumn.tsx";
import { StudyStatusBar } from "./StudyStatusBar.tsx";
import { type ShownStudy, useStudyModel } from "./useStudyModel.ts";
import "./Experiments.css";
import "./StudyColumn.css";
import "./StudyCharts.css";
import "./StudyRuns.css";
import "./StudyDraft.css";

/** What a study measures decides on what is drawn of it. */
const Charts = ({ shown }: { shown: ShownStudy }) => {
  if (shown.model.measure === "gradients") return <GradientsMatrix shown={shown} />;
  if (shown.model.measure === "learningRateRange") return <RateRangePanel shown={shown} />;
  return (
    <>
      <CurvesPanel shown={shown} />
      <LowerPanel shown={shown} />
    </>
  );
};

const Contents = () => {
  const shown = useStudyModel();
  const draft = useExperiments((state) => state.draft);
  const studies = useExperiments((state) => state.studies);
  const openId = useExperiments((state) => state.openId);
  const problem = useExperiments((state) => state.problem);
  const comparing = useExperiments((state) => state.comparing);
  if (draft !== null) return <DraftForm draft={draft} />;
  if (studies !== null && openId === null) return <StudiesEmpty />;
  const trouble = problem ?? (shown !== null && "problem" in shown ? shown.problem : null);
  if (trouble !== null) {
    return (
      <section className="statistics-empty study-trouble" role="alert">
        <h2>The study cannot be shown</h2>
        <p>{trouble}</p>
      </section>
    );
  }
  if (shown === null || "problem" in shown) return null;
  if (comparing) return <ComparedRuns shown={shown} />;
  return (
    <>
      <div className="study-charts" data-region="experiments" tabIndex={-1}>
        <Charts shown={shown} />
      </div>
      <RunsTable shown={shown} />
    </>
  );
};

export const ExperimentsView = () => {
  const hasColumn = useExperiments(({ studies, draft }) => draft !== null || (studies !== null && studies.length > 0));
  useEffect(() => void refreshStudies(), []);
  return (
    <main className="experiments" aria-label="Experiments">
      <div className={hasColumn ? "experiments-body" : "experiments-body is-empty"}>
        {hasColumn && <StudyColumn />}
        <Contents />
      </div>
      <StudyStatusBar />
    </main>
  );
};
