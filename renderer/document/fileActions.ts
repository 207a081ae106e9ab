/** New, open, save, export: what the file menu does, with its questions and its problems. */
import {
  counted,
  describeParseError,
  isModelText,
  type LayerscopeDocument,
  parse,
  serialize,
  type TrainingSettings,
} from "../../engine/index.ts";
import { getShell } from "../app/shellAccess.ts";
import { ask, isOfDocument, notify, type Question, viewStore } from "../app/viewStore.ts";
import { setExperiments } from "../experiments/experimentsStore.ts";
import { draftOf, isStudyText } from "../experiments/studyDraft.ts";
import { statisticsInForce } from "../run/recomputation.ts";
import { recorderOf } from "../run/recordedRun.ts";
import { isUnderWay, onScreen, type RunState, runOf } from "../run/runState.ts";
import { runStore } from "../run/runStore.ts";
import {
  isReadBeside,
  readStartingNet,
  type StartingNet,
  setStartingNet,
  startingNetStore,
} from "../run/startingNet.ts";
import { unfinishedRuns } from "../run/unfinishedRuns.ts";
import type { RecordedRun } from "../shell/runHost.ts";
import type { FileOutcome, OpenedFile } from "../shell/shell.ts";
import { exampleNamed } from "../start/examples.ts";
import { backUpNow } from "./backup.ts";
import { movedDocument } from "./datasetPlace.ts";
import { documentStore, type OpenFileState, UNTITLED } from "./documentStore.ts";
import { emptyDocument } from "./newDocumentSetting.ts";
import { refreshRecentFiles } from "./recentFiles.ts";
import { saveModel } from "./saveModel.ts";
import { tidied } from "./tidied.ts";

export const FILE_EXTENSION = ".layerscope";

/** `lenet-bn-avg.layerscope` is shown as `lenet-bn-avg`. */
export const documentTitle = (file: OpenFileState): string =>
  file.fileName.endsWith(FILE_EXTENSION) ? file.fileName.slice(0, -FILE_EXTENSION.length) : file.fileName;

const withExtension = (name: string): string => (name.endsWith(FILE_EXTENSION) ? name : name + FILE_EXTENSION);

const failed = (title: string, text: string): void => notify({ tone: "error", title, text });

/** Keeps the document as it is without a file, if there is somebody who does, and tells whether it is kept. */
let keepWithoutFile = (): Promise<boolean> => Promise.resolve(false);

/** Documents of lessons are kept with them. */
export const keepsWithoutFile = (keep: () => Promise<boolean>): void => {
  keepWithoutFile = keep;
};

/** What a finished run has learnt and neither a file nor the library of runs holds; null: nothing. */
export const unexportedRun = (): Extract<RunState, { phase: "finished" }> | null => {
  const { canExport, isExported, isNetKept, recomputation, ...run } = runStore.getState();
  const state = onScreen(run.state);
  if (state.phase !== "finished" || state.step === 0 || !canExport || isExported) return null;
  return isNetKept && statisticsInForce(recomputation, state.step) === null ? null : state;
};

/** What becomes of the net that would be lost; `discard` where there is none. */
export const askToExport = async (because: string, more: Question["answers"]): Promise<string | null> => {
  const state = unexportedRun();
  if (state === null) return "discard";
  return ask({
    title: "Export the trained net?",
    text: `What run ${state.run.number} learnt in ${counted(state.step, "step")} is not in a file yet. ${because} loses it.`,
    answers: [{ id: "export", label: "Export" }, { id: "discard", label: "Don’t export" }, ...more],
  });
};

/** What becomes of the run under way; null: there is none. */
const fateOfRun = (because: string): string | null => {
  const { state } = runStore.getState();
  if (!isUnderWay(state)) return null;
  return runOf(state)?.started.runId === undefined
    ? `${because} ends the run under way, and what it has learnt is lost.`
    : `${because} ends the run under way. It is kept as it is then, and can be resumed on the start page.`;
};

/** Keeps the run under way as it is; where that can't be done, whether it may end all the same. */
const mayEndRun = async (because: string): Promise<boolean> => {
  if (runOf(runStore.getState().state)?.started.runId === undefined) return true;
  const problem = await runStore.getState().keepRun();
  if (problem === null) return true;
  const answer = await ask({
    title: "End the run all the same?",
    text: `It can’t be kept as it is now. ${problem} ${because} loses what it has learnt since its last checkpoint, or all of it, where it has none.`,
    answers: [{ id: "end", label: "End the run" }],
  });
  return answer === "end";
};

/** Whether what a run has learnt may go: a run under way ends, a finished one's net is exported or given up. */
const mayLoseNet = async (because: string): Promise<boolean> => {
  const fate = fateOfRun(because);
  if (fate !== null) {
    const answers = [{ id: "stop", label: "Stop the run" }];
    return (await ask({ title: "Stop the run?", text: fate, answers })) === "stop" && (await mayEndRun(because));
  }
  const answer = await askToExport(because, []);
  return answer === "export" ? exportModel() : answer === "discard";
};

/**
 * Whether the document may go, and its run: unsaved changes are saved, given up, or kept by their lesson. Of changes and of a run under way
 * there is one question: who answers about the file should know that training ends, too.
 */
const mayLeave = async (because: string): Promise<boolean> => {
  // What is being written is still the document's; after that there may be nothing to ask.
  await savedFully();
  const { edited, file } = documentStore.getState();
  if (!edited || (file.handle === null && (await keepWithoutFile()))) return mayLoseNet(because);
  const fate = fateOfRun(because);
  const saving = { id: "save", label: fate === null ? "Save" : "Save and stop" };
  const discard = { id: "discard", label: fate === null ? "Don’t save" : "Stop without saving" };
  const answer = await ask({
    title: `Save the changes to ${documentTitle(file)}${fate === null ? "" : " and stop the run"}?`,
    text: `They are not in a file yet and are lost without saving.${fate === null ? "" : ` ${fate}`}`,
    answers: [saving, discard],
  });
  if (answer !== "discard" && !(answer === "save" && (await save()))) return false;
  // A run that has finished meanwhile may have a net that is kept nowhere.
  return fate !== null && isUnderWay(runStore.getState().state) ? mayEndRun(because) : mayLoseNet(because);
};

const mayReplaceDocument = (): Promise<boolean> => mayLeave("Another document");

export const mayClose = (): Promise<boolean> => mayLeave("Closing the window");

/** What a text holds; if it is no document, the user is told. */
const parseDocument = (text: string, fileName: string): LayerscopeDocument | null => {
  const parsed = parse(text);
  if (parsed.ok) return parsed.value;
  failed(`${fileName} was not opened`, describeParseError(parsed.error));
  return null;
};

const show = (document: LayerscopeDocument, file: OpenFileState, edited = false): void => {
  runStore.getState().reset();
  documentStore.getState().open(document, file, edited);
  // What was asked for is shown: studies and runs are of all documents, and would hide it.
  const { editorView } = viewStore.getState();
  const shown = isOfDocument(editorView) ? editorView : "canvas";
  viewStore.setState({ view: "editor", editorView: shown, notices: [], diagnosticsOpen: false });
};

/** A document without a file of its own, with the settings that were changed since; tells whether it is one. */
const showText = (text: string, fileName: string, changed: TrainingSettings | null = null): boolean => {
  const document = parseDocument(text, fileName);
  if (document === null) return false;
  show(changed === null ? document : { ...document, training: changed }, { handle: null, fileName, folder: "" });
  return true;
};

/** A file opens in this window if nothing is lost by that, else in one of its own. */
const showOpened = async (outcome: FileOutcome<OpenedFile>): Promise<void> => {
  // What an earlier attempt found says nothing about this one.
  viewStore.setState({ notices: [] });
  if (outcome.status === "failed") failed("The file was not opened", outcome.problem.message);
  if (outcome.status === "done") await showFile(outcome.value);
  void refreshRecentFiles();
};

/** A study shows what it would do; nothing trains before it is started. A window without a document takes that of the study. Tells whether it is one. */
export const openStudyText = (text: string, name: string): boolean => showDraft(draftOf(text, name), name);

/** A study file names its document by a path: that file is trained, as it is on screen where it is open here. */
const openStudyFile = async ({ handle, fileName, text }: OpenedFile): Promise<boolean> => {
  const read = await getShell().readStudyFile(handle);
  if (read?.status !== "done") {
    const problem = read?.status === "failed" ? read.problem : null;
    // A document of that name that is open, or an example, stands in for a file that is not there.
    if (problem === null || problem.missing) return showDraft(draftOf(text, fileName, problem?.message), fileName);
    failed(`${fileName} was not opened`, problem.message);
    return false;
  }
  const { file, document } = documentStore.getState();
  const { document: named } = read.value;
  const draft = draftOf(read.value.text, fileName);
  if ("problem" in draft || named === null) return showDraft(draft, fileName);
  const isOpen = file.handle === named.handle;
  const documentName = documentTitle({ ...named, folder: "" });
  return showDraft({ ...draft, documentName, ...(isOpen ? { document } : {}) }, fileName);
};

const showDraft = (draft: ReturnType<typeof draftOf>, name: string): boolean => {
  if ("problem" in draft) {
    failed(`${name} was not opened`, draft.problem);
    return false;
  }
  if (documentStore.getState().openedCount === 0) {
    show(draft.document, { ...UNTITLED, fileName: withExtension(draft.documentName) });
  }
  setExperiments({ draft });
  viewStore.setState({ view: "editor", editorView: "experiments" });
  return true;
};

const showFile = async ({ text, ...file }: OpenedFile): Promise<void> => {
  const shell = getShell();
  if (isStudyText(text)) {
    if (await openStudyFile({ ...file, text })) await shell.rememberFile(file.handle);
    return;
  }
  if (isModelText(text)) return openModelFile({ ...file, text });
  const present = documentStore.getState().file;
  if (present.handle === file.handle && present.version === file.version) {
    showDocument();
    return;
  }
  const document = parseDocument(text, file.fileName);
  if (document === null || (await shell.placeFile(file.handle)) === "elsewhere") return;
  if (!(await mayReplaceDocument())) return;
  show(document, file);
  // A file that is no document would fail again from the recent list.
  await shell.rememberFile(file.handle);
};

/** `lenet.model.json` becomes the document `lenet`, in no file yet. */
const MODEL_EXTENSION = /(\.model)?\.json$/;

const showModel = (net: StartingNet, title = net.name.replace(MODEL_EXTENSION, "")): void => {
  show(tidied(net.document), { ...UNTITLED, fileName: withExtension(title) });
  setStartingNet(net);
};

/** A net with the document that it was trained with, by the name of its run; tells whether it is open now. */
export const openNet = async (net: StartingNet, title: string): Promise<boolean> => {
  if (!(await mayReplaceDocument())) return false;
  showModel(net, title);
  return true;
};

/** A trained net opens as the document that it was trained with, and its weights with it. */
const openModelFile = async (file: OpenedFile): Promise<void> => {
  const shell = getShell();
  const opened = startingNetStore.getState().net?.opened;
  if (opened?.handle === file.handle && opened.version === file.version) {
    showDocument();
    return;
  }
  const net = await readStartingNet(file, true);
  if (!net.ok) {
    failed(`${file.fileName} was not opened`, net.error);
    return;
  }
  if ((await shell.placeFile(file.handle)) === "elsewhere" || !(await mayReplaceDocument())) return;
  showModel(net.value);
  await shell.rememberFile(file.handle);
};

/** The net that an unsaved document came out of. */
const restoreNet = async (file: OpenedFile): Promise<void> => {
  const { openedCount } = documentStore.getState();
  const net = await readStartingNet(file, true);
  if (net.ok && documentStore.getState().openedCount === openedCount) setStartingNet(net.value);
};

const FROM_INITIALIZERS = "Runs start from initializers again";

/** The trained net that was chosen for the document before the window ended. Where it cannot be read, runs start from initializers, and that is said. */
const restoreStart = async (file: OpenedFile): Promise<void> => {
  const { openedCount } = documentStore.getState();
  const net = await readStartingNet(file, false);
  if (documentStore.getState().openedCount !== openedCount) return;
  if (net.ok) setStartingNet(net.value);
  else failed(FROM_INITIALIZERS, `${file.fileName}, which they were to start from, cannot be read: ${net.error}`);
};

/**
 * What the window showed when the app or its page ended, or what it was made for; before anything is drawn, but for a long net, which opens
 * when it was read.
 */
export const restoreWindow = async (): Promise<void> => {
  const shell = getShell();
  const outcome = await shell.restoreWindow();
  if (outcome === null || outcome.status === "cancelled") return;
  if (outcome.status === "failed") {
    failed("The file was not opened", outcome.problem.message);
    return;
  }
  const { text, rest, edited, handle, fileName, folder, version, net: netFile, startsFrom } = outcome.value;
  if (handle !== null && isStudyText(text)) {
    if (await openStudyFile({ handle, fileName, folder, text, version: version ?? "" }))
      await shell.rememberFile(handle);
    return;
  }
  if (handle !== null && isModelText(text)) {
    const file = { handle, fileName, folder, text, version: version ?? "", ...(rest === undefined ? {} : { rest }) };
    const opened = openModelFile(file);
    if (!isReadBeside(file)) await opened;
    return;
  }
  const document = parseDocument(text, fileName);
  if (document === null) return;
  show(document, { handle, fileName, folder, ...(version === null ? {} : { version }) }, edited);
  if (netFile !== null && isModelText(netFile.text)) {
    const restored = restoreNet(netFile);
    if (!isReadBeside(netFile)) await restored;
  }
  if (startsFrom?.status === "failed") failed(FROM_INITIALIZERS, startsFrom.problem.message);
  if (startsFrom?.status === "done") {
    const restored = restoreStart(startsFrom.value);
    if (!isReadBeside(startsFrom.value)) await restored;
  }
  if (edited) {
    notify({
      tone: "info",
      stays: true,
      title: "Restored unsaved changes",
      text: `The app ended before ${documentTitle({ handle, fileName, folder })} was saved. Its changes are here and in no file yet.`,
    });
  } else if (handle !== null) {
    await shell.rememberFile(handle);
  }
};

export const startNew = async (): Promise<void> => {
  if (await mayReplaceDocument()) show(emptyDocument(), UNTITLED);
};

/** A document without a file that was made for the user; tells whether it is open now. */
export const openPrepared = async (document: LayerscopeDocument, fileName: string): Promise<boolean> => {
  if (!(await mayReplaceDocument())) return false;
  replacePrepared(document, fileName);
  return true;
};

/** The same without a question: the user has been asked. */
export const replacePrepared = (document: LayerscopeDocument, fileName: string): void =>
  show(document, { ...UNTITLED, fileName });

export const openFile = async (): Promise<void> => {
  await showOpened(await getShell().openFile());
};

export const openRecent = async (handle: string): Promise<void> => {
  await showOpened(await getShell().openRecent(handle));
};

export const openAllDropped = async (files: readonly File[]): Promise<void> => {
  for (const file of files) await showOpened(await getShell().openDropped(file));
};

/** An example opens without a file of its own: saving asks where. */
export const openExample = async (name: string): Promise<void> => {
  const example = exampleNamed(name);
  if (!example) {
    failed(`${name} was not opened`, "There is no such example.");
    return;
  }
  if (await mayReplaceDocument()) showText(example.text, example.fileName);
};

/** Opens the document of an unfinished run and goes on with it. */
export const resumeUnfinished = async (runId: string): Promise<void> => {
  const { state } = runStore.getState();
  // Its document is open, and may have been edited since.
  if (runOf(state)?.started.runId === runId) {
    runStore.getState().resumeRun(runId);
    return;
  }
  if (!(await mayReplaceDocument())) return;
  const title = unfinishedRuns().find((run) => run.runId === runId)?.title ?? UNTITLED.fileName;
  const outcome = await getShell().runs.readDocument(runId);
  if (outcome.status === "failed") failed(`The run of ${title} was not resumed`, outcome.problem.message);
  if (outcome.status !== "done") return;
  if (showText(outcome.value.text, withExtension(title))) {
    runStore.getState().resumeRun(runId);
  }
};

/** Opens what is kept of a run: its document, and what it measured. `key` names the run among all that are kept. Tells whether it is on screen now. */
export const openRecordedRun = async (
  key: string,
  title: string,
  read: () => Promise<FileOutcome<RecordedRun>>,
): Promise<boolean> => {
  const { state, reopened } = runStore.getState();
  // It is open, perhaps with a trainer that can still be asked.
  if (runOf(state)?.started.runId === key || reopened?.runId === key) {
    showDocument();
    return true;
  }
  if (!(await mayReplaceDocument())) return false;
  const outcome = await read();
  if (outcome.status === "failed") failed(`The run of ${title} was not opened`, outcome.problem.message);
  if (outcome.status !== "done") return false;
  const { recorder, problems } = recorderOf(outcome.value);
  const settings = outcome.value.changes.at(-1)?.settings ?? null;
  if (!showText(outcome.value.text, withExtension(title), settings)) return false;
  runStore.getState().reopen(key, outcome.value, recorder);
  if (problems.length > 0) failed(`The run of ${title} is not whole`, problems.join(" "));
  return true;
};

/** Opens a finished run: its document, and what it measured. */
export const reopenFinished = async (runId: string, title: string): Promise<void> => {
  await openRecordedRun(runId, title, () => getShell().runs.read(runId));
};

/** The save under way; what looks at the file waits for it. */
let saving: Promise<unknown> = Promise.resolve();

export const savedFully = (): Promise<unknown> => saving;

const saveTo = async (handle: string | null, version: string | null): Promise<boolean> => {
  const { file, openedCount } = documentStore.getState();
  const isReplaced = (): boolean => documentStore.getState().openedCount !== openedCount;
  const suggestedName = withExtension(documentTitle(file));
  const place = handle === null ? await getShell().choosePlace(suggestedName) : null;
  if (place?.status === "failed") failed(`${file.fileName} was not saved`, place.problem.message);
  if ((place !== null && place.status !== "done") || isReplaced()) return false;
  const folder = place?.value.folder ?? file.folder;
  const { document, markSaved } = documentStore.getState();
  // Should the app end between the file and the mark of it, the backup then tells that both are one.
  await backUpNow();
  const outcome = await getShell().saveFile({
    handle: place?.value.handle ?? handle,
    suggestedName,
    text: serialize(movedDocument(document, file.folder, folder)),
    version,
  });
  if (outcome.status === "changed") return saveOverChanged(file);
  if (outcome.status === "failed") {
    notify({
      ...{ tone: "error", title: `${file.fileName} was not saved`, text: outcome.problem.message },
      actions: [{ label: "Save as…", run: () => void saveAs() }],
    });
  }
  if (outcome.status !== "done") return false;
  const { downloaded = false, ...saved } = outcome.value;
  // The file is not that of a document which was opened meanwhile.
  if (!isReplaced()) markSaved(document, saved);
  if (downloaded) {
    notify({
      tone: "info",
      title: "The document is in your downloads",
      text: `${saved.fileName} was downloaded: this browser can't write to a file of your choice.`,
    });
  }
  void refreshRecentFiles();
  return true;
};

const saveOverChanged = async ({ handle, fileName }: OpenFileState): Promise<boolean> => {
  const answer = await ask({
    title: `${fileName} was changed by another program`,
    text: "It no longer holds what was opened or saved here. Saving replaces what it holds now.",
    answers: [
      { id: "replace", label: "Replace it" },
      { id: "saveAs", label: "Save as…" },
    ],
  });
  if (answer === null) return false;
  return answer === "replace" ? saveTo(handle, null) : saveTo(null, null);
};

const track = (save: Promise<boolean>): Promise<boolean> => {
  saving = save.catch(() => undefined);
  return save;
};

/** Tells whether the document is in a file now. */
export const save = (): Promise<boolean> => {
  const { handle, version = null } = documentStore.getState().file;
  return track(saveTo(handle, version));
};

export const saveAs = (): Promise<boolean> => track(saveTo(null, null));

/** The trained net as a model JSON, where the user says. Tells whether it is in a file now. */
export const exportModel = async (): Promise<boolean> => {
  const saved = await saveModel(`${documentTitle(documentStore.getState().file)}.model.json`);
  if (saved.status === "failed") failed("The trained net was not exported", saved.problem.message);
  if (saved.status !== "done") return false;
  runStore.getState().markExported();
  notify({
    tone: "info",
    title: "The trained net is exported",
    text: `${saved.value.fileName}${saved.value.downloaded ? ", in your downloads," : ""} holds the graph, the weights and how they were trained.`,
  });
  return true;
};

/** Back to the start page; the document stays open until another one is. */
export const showStart = (): void => viewStore.setState({ view: "start", diagnosticsOpen: false });

/** From the start page to the document that is open, with its history and its run. */
export const showDocument = (): void => viewStore.setState({ view: "editor" });
