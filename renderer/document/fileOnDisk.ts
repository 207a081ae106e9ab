/** What happens to the open document when another program writes, replaces or removes its file. */
import { describeParseError, parse, serialize } from "../../engine/index.ts";
import { getShell } from "../app/shellAccess.ts";
import { dismissNotice, notify, viewStore } from "../app/viewStore.ts";
import type { OpenedFile } from "../shell/shell.ts";
import { documentStore } from "./documentStore.ts";
import { savedFully } from "./fileActions.ts";

/** What was said of the file as it was before. */
let noticeId: number | null = null;

const tell = (notice: Parameters<typeof notify>[0]): void => {
  // What is so now takes the place of what was said before.
  if (noticeId !== null) dismissNotice(noticeId);
  notify(notice);
  noticeId = viewStore.getState().notices.at(-1)?.id ?? null;
};

const takeOver = ({ text, ...file }: OpenedFile): void => {
  const { document, markSaved, reload } = documentStore.getState();
  if (text === serialize(document)) {
    markSaved(document, file);
    return;
  }
  const parsed = parse(text);
  if (parsed.ok) reload(parsed.value, file);
  else tell({ tone: "error", title: `${file.fileName} was not reloaded`, text: describeParseError(parsed.error) });
};

const fileChanged = (opened: OpenedFile): void => {
  const { document, edited, learnFile, markSaved, markUnsaved } = documentStore.getState();
  const { text, ...file } = opened;
  const { fileName } = file;
  if (text === serialize(document)) {
    markSaved(document, file);
    return;
  }
  const parsed = parse(text);
  if (!parsed.ok) {
    markUnsaved();
    tell({
      tone: "error",
      title: `${fileName} was changed by another program`,
      text: `It can no longer be opened: ${describeParseError(parsed.error)} The document here is as it was; saving asks before it replaces the file.`,
    });
    return;
  }
  if (!edited) {
    takeOver(opened);
    tell({
      tone: "info",
      title: `${fileName} was reloaded`,
      text: "Another program changed it. Undo brings back what was open before.",
    });
    return;
  }
  tell({
    tone: "info",
    stays: true,
    title: `${fileName} was changed by another program`,
    text: "The document here has changes of its own that are not saved. After a reload, Undo brings them back.",
    actions: [
      { label: "Reload", run: () => void reloadFile() },
      // From now on saving replaces what was just found, and asks only if that changes again.
      { label: "Keep mine", run: () => learnFile(file) },
    ],
  });
};

const fileGone = (fileName: string, folder: string): void => {
  documentStore.getState().markUnsaved();
  tell({
    tone: "error",
    title: `${fileName} is gone`,
    text: `Another program deleted or moved it from ${folder}. The document is still here; Save writes the file again.`,
  });
};

/** Compares the document's file with what is known of it. */
const lookAtFile = async (): Promise<void> => {
  await savedFully();
  const { file } = documentStore.getState();
  if (file.handle === null) return;
  const outcome = await getShell().openRecent(file.handle);
  // Saved, or another document opened, in the meantime: there is nothing to compare any more.
  if (documentStore.getState().file !== file) return;
  if (outcome.status === "failed" && outcome.problem.missing) fileGone(file.fileName, file.folder);
  if (outcome.status !== "done") return;
  const { document, edited } = documentStore.getState();
  if (outcome.value.version !== file.version) fileChanged(outcome.value);
  // It was gone and is back as it was.
  else if (edited && outcome.value.text === serialize(document)) {
    documentStore.getState().markSaved(document, file);
  }
};

/** What the file holds becomes the document, and undo leads back from it. */
export const reloadFile = async (): Promise<void> => {
  await savedFully();
  const { file } = documentStore.getState();
  const { handle, fileName } = file;
  if (handle === null) return;
  const outcome = await getShell().openRecent(handle);
  // What was read belongs to the document that was asked for, not to another one that was opened in the meantime.
  if (documentStore.getState().file !== file) return;
  if (outcome.status === "failed")
    tell({ tone: "error", title: `${fileName} was not reloaded`, text: outcome.problem.message });
  if (outcome.status === "done") takeOver(outcome.value);
};

export const followFileOnDisk = (): void => {
  // Saved, reloaded or another one: what was said is no longer so.
  documentStore.subscribe(({ file }, before) => {
    if (file === before.file || noticeId === null) return;
    dismissNotice(noticeId);
    noticeId = null;
  });
  getShell().onFileTouched((handle) => {
    if (handle === documentStore.getState().file.handle) void lookAtFile();
  });
  // A restored document's file may have changed while the app was not running.
  if (documentStore.getState().edited) void lookAtFile();
};
