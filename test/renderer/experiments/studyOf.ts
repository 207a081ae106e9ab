/** Studies as a host tells of them, with epochs made up by the test. */
import { expandStudy, type LayerscopeDocument, parse, type Study, serialize } from "../../../engine/index.ts";
import { type EpochRecord, NO_LABEL, type StudyDetail, type StudyRunStatus } from "../../../engine/protocol.ts";
import { readDefinition, type StudyModel, studyModel } from "../../../renderer/experiments/studyModel.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";

export const mlp = (): LayerscopeDocument => {
  const parsed = parse(exampleNamed("mlp-bn")?.text ?? "");
  if (!parsed.ok) throw new Error("The example does not parse.");
  return parsed.value;
};

export const epochOf = (epoch: number, trainAccuracy: number, testAccuracy: number, loss: number): EpochRecord => ({
  ...{ epoch, step: epoch * 10, loss, trainAccuracy, testLoss: loss * 1.5, testAccuracy },
  ...{ elapsedMs: epoch * 100, samplesPerSecond: 1000 },
});

/** A study of the six-layer net, each run as `report` says. */
export const studyOf = (
  plan: Pick<Study, "axes"> & Partial<Study>,
  report: (params: StudyRunStatus["params"], id: string) => Partial<StudyRunStatus> = () => ({}),
): { readonly detail: StudyDetail; readonly model: StudyModel } => {
  const document = mlp();
  const study: Study = {
    ...{ format: "layerscope-study", version: 1, title: "A study", search: { by: "grid" } },
    training: { epochs: 4 },
    document: JSON.parse(serialize(document)),
    ...plan,
  };
  const expanded = expandStudy(study, document);
  if (!expanded.ok) throw new Error(expanded.error);
  const runs = expanded.value.map(
    ({ id, assignment }): StudyRunStatus => ({
      ...{ id, params: assignment, state: "finished", failure: null, epochs: [], step: 40, totalSteps: 40 },
      ...{ elapsedMs: 1000, endedAt: "2026-11-22T12:01:00Z", bytes: 100, ...NO_LABEL },
      ...report(assignment, id),
    }),
  );
  const detail: StudyDetail = {
    ...{ studyId: "s1", title: study.title, state: "finished", createdAt: "2026-11-22T12:00:00Z" },
    ...{ numRuns: runs.length, numEnded: runs.length, numRunning: 0, numDiverged: 0, numFailed: 0 },
    ...{ numCancelled: 0, numDeleted: 0, isHeld: false },
    ...{ secondsLeft: null, jobs: 2, bytes: 0, problem: null, text: JSON.stringify(study), runs },
  };
  const definition = readDefinition(detail.text);
  if ("problem" in definition) throw new Error(definition.problem);
  return { detail, model: studyModel(definition, detail) };
};
