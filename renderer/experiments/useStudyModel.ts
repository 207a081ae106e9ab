import { useMemo } from "react";
import type { StudyDetail } from "../../engine/protocol.ts";
import { useExperiments } from "./experimentsStore.ts";
import { readDefinition, type StudyModel, studyModel } from "./studyModel.ts";

export interface ShownStudy {
  readonly detail: StudyDetail;
  readonly model: StudyModel;
}

/** The open study; null while there is none, a sentence where its text cannot be read. */
export const useStudyModel = (): ShownStudy | { readonly problem: string } | null => {
  const detail = useExperiments((state) => state.detail);
  const text = detail?.text ?? null;
  const definition = useMemo(() => (text === null ? null : readDefinition(text)), [text]);
  const runs = detail?.runs ?? null;
  const model = useMemo(
    () => (definition === null || "problem" in definition || runs === null ? null : studyModel(definition, { runs })),
    [definition, runs],
  );
  if (definition !== null && "problem" in definition) return definition;
  return detail === null || model === null ? null : { detail, model };
};
