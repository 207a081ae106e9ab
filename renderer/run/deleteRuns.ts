/** Runs into the trash and back, those of studies too. */
import { counted } from "../../engine/index.ts";
import type { StudyRunStatus, StudyStatus } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import { type ActPlace, notifyDone } from "../app/viewActs.ts";
import { notify } from "../app/viewStore.ts";
import { formatBytes } from "../charts/format.ts";
import type { FinishedRun } from "../shell/runHost.ts";
import { nameOfRun, refreshFinishedRuns } from "./finishedRuns.ts";

/** Runs of one study that have ended. */
export interface RunsOfStudy {
  readonly study: Pick<StudyStatus, "studyId" | "title">;
  readonly runs: readonly StudyRunStatus[];
}

export interface Deletion {
  /** Runs of their own. */
  readonly runs: readonly FinishedRun[];
  readonly ofStudies: readonly RunsOfStudy[];
  /** Where it is done, and can be taken back. */
  readonly place: ActPlace;
  /** What a single run is called. */
  readonly name?: string;
}

const numRuns = ({ runs, ofStudies }: Deletion): number =>
  runs.length + ofStudies.reduce((sum, study) => sum + study.runs.length, 0);

const wordsOf = (deletion: Deletion): string => {
  const name = deletion.name ?? (deletion.runs[0] && nameOfRun(deletion.runs[0]));
  const count = numRuns(deletion);
  return count === 1 && name !== undefined ? `the run ${name}` : counted(count, "run");
};

const failed = (title: string, text: string): void => notify({ tone: "error", title, text });

/** What becomes of the figures of studies. */
const studyWords = ({ ofStudies }: Deletion): string => {
  const [first] = ofStudies;
  if (first === undefined) return "";
  const studies =
    ofStudies.length === 1 ? `“${first.study.title}” shows` : `${counted(ofStudies.length, "study")} show`;
  const runs = ofStudies.flatMap((study) => study.runs).length === 1 ? "it as deleted" : "them as deleted";
  return ` ${studies} ${runs}, and trains nothing again by itself.`;
};

const restoreRuns = async (deletion: Deletion): Promise<void> => {
  const { runs, studies } = getShell();
  if (deletion.runs.length > 0) {
    const outcome = await runs.restore(deletion.runs.map(({ runId }) => runId));
    if (outcome.status === "failed") failed(`${wordsOf(deletion)} did not come back`, outcome.problem.message);
    await refreshFinishedRuns();
  }
  for (const { study, runs: own } of deletion.ofStudies) {
    const back = await studies.restoreRuns(
      study.studyId,
      own.map(({ id }) => id),
    );
    const missing = own.map(({ id }) => id).filter((id) => !back.includes(id));
    if (missing.length === 0) continue;
    failed(
      `${missing.length === 1 ? missing[0] : counted(missing.length, "run")} of ${study.title} did not come back`,
      "The study has trained it again since, or is no longer there.",
    );
  }
};

/** Puts runs into the trash, with a way back until the app starts again. */
export const deleteRuns = async (deletion: Deletion): Promise<void> => {
  if (numRuns(deletion) === 0) return;
  const { runs, studies } = getShell();
  const words = wordsOf(deletion);
  if (deletion.runs.length > 0) {
    const outcome = await runs.remove(deletion.runs.map(({ runId }) => runId));
    await refreshFinishedRuns();
    if (outcome.status === "failed") {
      failed(`${words} was not deleted`, outcome.problem.message);
      return;
    }
  }
  for (const { study, runs: own } of deletion.ofStudies) {
    await studies.removeRuns(
      study.studyId,
      own.map(({ id }) => id),
    );
  }
  const all = [...deletion.runs, ...deletion.ofStudies.flatMap((study) => study.runs)];
  const bytes = formatBytes(all.reduce((sum, run) => sum + run.bytes, 0));
  const until = getShell().platform === "browser" ? "until this page is loaded again" : "until Layerscope starts again";
  notifyDone({
    title: `Deleted ${words}`,
    text: `${all.length === 1 ? "Its" : "Their"} ${bytes} stay in the trash ${until}.${studyWords(deletion)}`,
    place: deletion.place,
    label: `delete ${words}`,
    undo: () => restoreRuns(deletion),
  });
};
