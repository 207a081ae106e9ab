/** What can be done with the runs of the library, with its notices and problems. */
import { counted, type LayerscopeDocument, parse } from "../../engine/index.ts";
import type { RunLabel } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import { notify, viewStore } from "../app/viewStore.ts";
import { openPrepared, openRecordedRun } from "../document/fileActions.ts";
import { startFromRunNet } from "../document/startActions.ts";
import { deleteRuns, type RunsOfStudy } from "../run/deleteRuns.ts";
import { labelRun } from "../run/finishedRuns.ts";
import type { FileOutcome } from "../shell/shell.ts";
import { sourceOfEntry } from "./compareSources.ts";
import { groupEntries, type LibraryEntry } from "./libraryEntries.ts";
import { compareRuns, libraryStore, takeLabel } from "./libraryStore.ts";

const failed = (title: string, text: string): void => {
  notify({ tone: "error", title, text });
};

/** On the canvas, with all that it measured. */
export const openEntry = async (entry: LibraryEntry): Promise<void> => {
  const isOpen = await openRecordedRun(entry.key, entry.name, sourceOfEntry(entry).read);
  if (isOpen) viewStore.setState({ editorView: "canvas" });
};

/** The text of the document that it has trained. */
export const readEntryDocument = async (entry: LibraryEntry): Promise<FileOutcome<{ readonly text: string }>> =>
  entry.source.type === "run" ? getShell().runs.readDocument(entry.source.run.runId) : sourceOfEntry(entry).read();

export const openEntryDocument = async (entry: LibraryEntry): Promise<void> => {
  const outcome = await readEntryDocument(entry);
  const title = `The document of ${entry.name} was not opened`;
  if (outcome.status === "failed") failed(title, outcome.problem.message);
  if (outcome.status !== "done") return;
  const parsed = parse(outcome.value.text);
  if (!parsed.ok) failed(title, "Another version of Layerscope wrote it.");
  else if (await openPrepared(parsed.value, `${entry.name}.layerscope`)) viewStore.setState({ editorView: "canvas" });
};

/** Why there is no net to export or to start from; null: there is one. */
export const modelRefusal = ({ source }: LibraryEntry): string | null => {
  if (source.type === "study") return "Runs of a study keep what they measured, and not their nets.";
  return source.run.hasModel ? null : "Its net was not kept.";
};

export const exportEntryModel = async (entry: LibraryEntry): Promise<void> => {
  if (entry.source.type !== "run") return;
  const title = `The net of ${entry.name} was not exported`;
  const saved = await getShell().runs.exportModel(entry.source.run.runId, `${entry.name}.model.json`);
  if (saved.status === "failed") failed(title, saved.problem.message);
};

/** Has the next run of the open document go on from its weights. */
export const startFromEntry = async ({ source, name }: LibraryEntry): Promise<void> => {
  if (source.type === "run") await startFromRunNet(name, () => getShell().runs.readModel(source.run.runId));
};

const recordOf = ({ source, name }: LibraryEntry) => {
  if (source.type === "run") {
    const { folder: _folder, label, ...run } = source.run;
    return { ...run, ...label, name };
  }
  const { state: outcome, ...run } = source.run;
  return { ...run, name, study: source.study.title, outcome };
};

export const copyEntries = async (entries: readonly LibraryEntry[]): Promise<void> => {
  try {
    await navigator.clipboard.writeText(JSON.stringify(entries.map(recordOf), null, 2));
    notify({
      tone: "info",
      isPassing: true,
      title: "Copied",
      text: `What ${counted(entries.length, "run")} are and reached, as JSON.`,
    });
  } catch (error) {
    failed("Nothing was copied", `The clipboard refused the text: ${String(error)}.`);
  }
};

/** Those of studies, by their study. */
const runsOfStudies = (entries: readonly LibraryEntry[]): readonly RunsOfStudy[] =>
  groupEntries(entries).flatMap(({ study, entries: own }) =>
    study === null ? [] : [{ study, runs: own.flatMap(({ source }) => (source.type === "study" ? [source.run] : [])) }],
  );

/** The keyboard stays where the first of the deleted rows was. */
export const deleteEntries = async (
  entries: readonly LibraryEntry[],
  shown: readonly LibraryEntry[],
): Promise<void> => {
  const gone = new Set(entries.map(({ key }) => key));
  if (gone.size === 0) return;
  const first = shown.findIndex(({ key }) => gone.has(key));
  const next = shown.slice(first).find(({ key }) => !gone.has(key)) ?? shown.slice(0, Math.max(0, first)).at(-1);
  const [only] = entries;
  await deleteRuns({
    runs: entries.flatMap(({ source }) => (source.type === "run" ? [source.run] : [])),
    ofStudies: runsOfStudies(entries),
    place: "runs",
    ...(only === undefined || entries.length > 1 ? {} : { name: only.name }),
  });
  libraryStore.setState({ selected: next ? [next.key] : [], at: next?.key ?? null });
};

/** What the user has written on it. */
export const entryLabel = ({ source }: LibraryEntry): RunLabel => {
  if (source.type === "run") return source.run.label;
  const { name, tags, notes, isPinned } = source.run;
  return { name, tags, notes, isPinned };
};

export const labelEntry = async (entry: LibraryEntry, change: Partial<RunLabel>): Promise<void> => {
  const { source } = entry;
  if (source.type === "run") {
    await labelRun(source.run, { ...source.run.label, ...change });
    return;
  }
  const label = { ...entryLabel(entry), ...change };
  // What it says is shown at once.
  takeLabel(source.study.studyId, source.run.id, label);
  await getShell().studies.label(source.study.studyId, source.run.id, label);
};

export const MAX_TAG_LENGTH = 50;

/** As many spaces as one, no commas: they part tags. */
export const tagsOf = (text: string): readonly string[] =>
  text
    .split(",")
    .map((tag) => tag.trim().replaceAll(/\s+/g, " ").slice(0, MAX_TAG_LENGTH))
    .filter((tag) => tag !== "");

export const addTags = async (entries: readonly LibraryEntry[], tags: readonly string[]): Promise<void> => {
  for (const entry of entries) {
    const all = [...new Set([...entry.tags, ...tags])].slice(0, 20);
    if (all.length > entry.tags.length) await labelEntry(entry, { tags: all });
  }
};

export const removeTag = async (entries: readonly LibraryEntry[], tag: string): Promise<void> => {
  for (const entry of entries) {
    if (entry.tags.includes(tag)) await labelEntry(entry, { tags: entry.tags.filter((other) => other !== tag) });
  }
};

/** What is different by colour has to be told apart. */
export const MAX_COMPARED = 6;

export const compareRefusal = (entries: readonly LibraryEntry[]): string | null => {
  if (entries.length < 2) return "Select two runs or more: click with Ctrl, or Space.";
  return entries.length > MAX_COMPARED ? `Select up to ${MAX_COMPARED} runs to compare.` : null;
};

/** The earliest first: the others are told by what they differ in from it. */
export const compareEntries = (entries: readonly LibraryEntry[]): void => {
  if (compareRefusal(entries) !== null) return;
  const earliest = [...entries].sort((a, b) => (a.endedAt ?? "").localeCompare(b.endedAt ?? ""));
  compareRuns(earliest.map(sourceOfEntry));
};

export type ReadDocument =
  | { readonly state: "reading" }
  | { readonly state: "read"; readonly text: string; readonly document: LayerscopeDocument | null }
  | { readonly state: "failed"; readonly problem: string };
