/** What can be done with studies and their runs, with its questions, notices and problems. */
import { counted, studyTemplates } from "../../engine/index.ts";
import type { RunLabel, StudyRunStatus } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import { notifyDone } from "../app/viewActs.ts";
import { notify, viewStore } from "../app/viewStore.ts";
import { tableCsv } from "../charts/chartTable.ts";
import { documentStore } from "../document/documentStore.ts";
import { documentTitle, openRecordedRun, openStudyText } from "../document/fileActions.ts";
import { placedDocument } from "../document/placedDocument.ts";
import { deleteRuns } from "../run/deleteRuns.ts";
import { nextStart, readStartingNet } from "../run/startingNet.ts";
import { withNet } from "./draftStart.ts";
import {
  experimentsStore,
  forgetStudy,
  openStudy,
  refreshStudies,
  setExperiments,
  takeUpdate,
} from "./experimentsStore.ts";
import { metricIdsOf, metricOf } from "./runMetrics.ts";
import { draftText, newDraft, type StudyDraft } from "./studyDraft.ts";
import { readDefinition, runWords, studyModel } from "./studyModel.ts";
import { runsTable } from "./studyTables.ts";

const { getState } = experimentsStore;

const failed = (title: string, text: string): void => notify({ tone: "error", title, text });

export const showExperiments = (): void => viewStore.setState({ view: "editor", editorView: "experiments" });

/** A new study of the document that is open; of a template, as that makes it. */
export const beginDraft = (templateId?: string): void => {
  const { file, compiled } = documentStore.getState();
  const document = placedDocument();
  const name = documentTitle(file);
  const template = studyTemplates.find(({ id }) => id === templateId);
  const made = template?.studyOf(document, compiled.dataset?.trainCount ?? null);
  const net = nextStart();
  if (made === undefined) setExperiments({ draft: newDraft(document, name, net) });
  else {
    const { document: _, ...plan } = made;
    setExperiments({ draft: withNet({ plan, document, documentName: name, source: "new" }, net) });
  }
  showExperiments();
};

/** The open study once more, with changes. */
export const draftFromOpen = (): void => {
  const { detail } = getState();
  if (detail === null || !openStudyText(detail.text, detail.title)) return;
  const { draft } = getState();
  if (draft?.plan.from !== undefined) void takeKeptNet(detail.studyId, draft);
};

/** The net that a study was begun with stays with it. */
const takeKeptNet = async (studyId: string, opened: StudyDraft): Promise<void> => {
  const name = opened.plan.from?.name ?? "";
  const kept = await getShell().studies.readNet(studyId);
  const net =
    kept.status === "done"
      ? await readStartingNet({ text: kept.value.text, fileName: name, handle: "", version: "" }, false)
      : null;
  const { draft } = getState();
  if (net?.ok && draft?.plan.from?.name === name && draft.net === undefined) {
    setExperiments({ draft: withNet(draft, net.value) });
  }
};

export const startDraft = async (): Promise<void> => {
  const { draft } = getState();
  if (draft === null) return;
  const outcome = await getShell().studies.start({ text: draftText(draft), net: draft.net?.text ?? null });
  if (outcome.status === "failed") failed("The study was not started", outcome.problem.message);
  if (outcome.status !== "done") return;
  setExperiments({ draft: null });
  await Promise.all([openStudy(outcome.value.studyId), refreshStudies()]);
};

const openId = (): string | null => getState().detail?.studyId ?? null;

export const pauseStudy = async (): Promise<void> => {
  const id = openId();
  if (id !== null) await getShell().studies.pause(id);
};

export const resumeStudy = async (): Promise<void> => {
  const id = openId();
  if (id !== null) await getShell().studies.resume(id);
};

export const cancelStudy = async (): Promise<void> => {
  const id = openId();
  if (id !== null) await getShell().studies.cancel(id);
};

/** Failed and cancelled runs; those that diverged or were deleted have to be asked for. */
export const retriable = (
  runs: readonly StudyRunStatus[],
  states: readonly StudyRunStatus["state"][] = ["failed", "cancelled"],
): readonly string[] => runs.filter(({ state }) => states.includes(state)).map(({ id }) => id);

/** Those of the selection that can be trained again. */
export const retriableSelected = (): readonly string[] => {
  const { detail, selected } = getState();
  const chosen = detail?.runs.filter(({ id }) => selected.includes(id)) ?? [];
  return retriable(chosen, ["failed", "cancelled", "diverged", "deleted"]);
};

export const retryRuns = async (ids: readonly string[]): Promise<void> => {
  const id = openId();
  if (id !== null && ids.length > 0) await getShell().studies.retry(id, ids);
};

/** To a trash; a notice brings it back. */
export const deleteStudy = async (): Promise<void> => {
  const { detail } = getState();
  if (detail === null) return;
  const { studyId, title, numRuns } = detail;
  await getShell().studies.remove(studyId);
  await forgetStudy(studyId);
  notifyDone({
    title: "The study was deleted",
    text: `${title}, with ${counted(numRuns, "run")}.`,
    ...{ place: "experiments", label: `delete the study ${title}` },
    async undo() {
      await getShell().studies.restore(studyId);
      await refreshStudies();
      await openStudy(studyId);
    },
  });
};

/** An empty title: the one that it began with. */
export const renameStudy = async (title: string): Promise<void> => {
  const { detail } = getState();
  if (detail === null || title === detail.title) return;
  const { studyId, title: before } = detail;
  await getShell().studies.rename(studyId, title);
  notifyDone({
    title: "The study was renamed",
    text: title === "" ? `“${before}” has its own title again.` : `“${before}” is called “${title}” now.`,
    ...{ place: "experiments", label: `rename the study ${before}` },
    undo: () => getShell().studies.rename(studyId, before),
  });
};

/** Of these runs, or of the selection, those that have ended: the charts do without them, and nothing trains them again by itself. */
export const deleteStudyRuns = async (ids: readonly string[] = getState().selected): Promise<void> => {
  const { detail } = getState();
  const runs = detail?.runs.filter((run) => ids.includes(run.id) && isDeletable(run)) ?? [];
  const [only] = runs;
  if (detail === null || only === undefined) return;
  await deleteRuns({
    ...{ runs: [], ofStudies: [{ study: detail, runs }], place: "experiments" },
    ...(runs.length > 1 ? {} : { name: wordsOfRun(only) }),
  });
};

/** Whether there is anything of it to delete. */
export const isDeletable = ({ state }: StudyRunStatus): boolean => !["waiting", "running", "deleted"].includes(state);

/** Whether all that is kept of a run can be read. */
export const hasEnded = ({ state }: StudyRunStatus): boolean => state === "finished" || state === "diverged";

/** Names or pins a run. What it says is shown at once. */
export const labelRun = async (run: StudyRunStatus, change: Partial<RunLabel>): Promise<void> => {
  const { detail } = getState();
  if (detail === null) return;
  const { studyId, text: _text, runs: _runs, ...status } = detail;
  const labelled = { ...run, ...change };
  takeUpdate({ status: { studyId, ...status }, runs: [labelled] });
  const { name, tags, notes, isPinned } = labelled;
  await getShell().studies.label(studyId, run.id, { name, tags, notes, isPinned });
};

/** As it is called in the open study. */
const wordsOfRun = (run: StudyRunStatus): string => {
  const { detail } = getState();
  const definition = detail === null ? null : readDefinition(detail.text);
  if (detail === null || definition === null || "problem" in definition) return run.name ?? run.id;
  return runWords(studyModel(definition, detail), run);
};

/** The first run of the selection, or the one asked for, on the canvas. */
export const openRun = async (runId: string | undefined = getState().selected[0]): Promise<void> => {
  const { detail } = getState();
  const run = detail?.runs.find(({ id }) => id === runId);
  if (detail === null || run === undefined) return;
  const title = wordsOfRun(run);
  const key = `${detail.studyId}/${run.id}`;
  const isOpen = await openRecordedRun(key, title, () => getShell().studies.readRun(detail.studyId, run.id));
  if (isOpen) viewStore.setState({ editorView: "canvas" });
};

/** `16 initial scales` → `16-initial-scales`. */
const fileNameOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "") || "study";

const saveText = async (suggestedName: string, content: string): Promise<void> => {
  const outcome = await getShell().saveExport({ suggestedName, content });
  if (outcome.status === "failed") failed(`${suggestedName} was not saved`, outcome.problem.message);
};

export const saveStudyFile = async (): Promise<void> => {
  const { detail } = getState();
  if (detail !== null) await saveText(`${fileNameOf(detail.title)}.study.json`, detail.text);
};

export const saveRunsCsv = async (): Promise<void> => {
  const { detail } = getState();
  const definition = detail === null ? null : readDefinition(detail.text);
  if (detail === null || definition === null || "problem" in definition) return;
  const table = runsTable(studyModel(definition, detail), detail.runs);
  await saveText(`${fileNameOf(detail.title)}-runs.csv`, tableCsv(table));
};

const copy = async (text: string, what: string): Promise<void> => {
  try {
    await navigator.clipboard.writeText(text);
    notify({ tone: "info", isPassing: true, title: "Copied", text: what });
  } catch (error) {
    failed("Nothing was copied", `The clipboard refused the text: ${String(error)}.`);
  }
};

/** The study as it would stand in a file, with its document inside. */
export const copyStudy = async (): Promise<void> => {
  const { detail } = getState();
  if (detail !== null) await copy(detail.text, `${detail.title}, with its document, as a study file has it.`);
};

/** What every run was and measured; of the selection where there is one. */
export const copyResults = async (): Promise<void> => {
  const { detail, selected } = getState();
  if (detail === null) return;
  const definition = readDefinition(detail.text);
  if ("problem" in definition) return;
  const ids = metricIdsOf(studyModel(definition, detail));
  const runs = selected.length === 0 ? detail.runs : detail.runs.filter(({ id }) => selected.includes(id));
  const results = runs.map((run) => ({
    ...{ id: run.id, name: run.name, params: run.params, state: run.state, failure: run.failure },
    ...{ tags: run.tags, notes: run.notes },
    ...(run.findings === undefined ? {} : { findings: run.findings }),
    ...{ epochs: run.epochs.length, metrics: Object.fromEntries(ids.map((id) => [id, metricOf(run, id)])) },
  }));
  await copy(JSON.stringify(results, null, 2), `Params and results of ${counted(runs.length, "run")}.`);
};
