import { useMemo } from "react";
import { getShell } from "../app/shellAccess.ts";
import { CompareRuns } from "../library/CompareRuns.tsx";
import { setExperiments, useExperiments } from "./experimentsStore.ts";
import { hasEnded } from "./studyActions.ts";
import { runWords } from "./studyModel.ts";
import type { ShownStudy } from "./useStudyModel.ts";

/** More lines than that cannot be told from each other. */
const MOST = 6;

/** The selected runs beside each other: curves, layers, settings and results. */
export const ComparedRuns = ({ shown: { detail, model } }: { readonly shown: ShownStudy }) => {
  const selected = useExperiments((state) => state.selected);
  const { studyId } = detail;
  // What ended stays as it is, whatever others report meanwhile.
  const key = selected.join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const sources = useMemo(
    () =>
      selected
        .flatMap((id) => detail.runs.find((run) => run.id === id && hasEnded(run)) ?? [])
        .slice(0, MOST)
        .map((run) => ({
          key: `${studyId}/${run.id}`,
          name: runWords(model, run),
          read: () => getShell().studies.readRun(studyId, run.id),
        })),
    [studyId, key],
  );
  return <CompareRuns sources={sources} backTo={detail.title} onBack={() => setExperiments({ comparing: false })} />;
};
