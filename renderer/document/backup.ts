/**
 * Hands the unsaved document to the host soon after each change, so that an app that is killed comes back with it. The user's file is
 * never touched by that.
 */
import { type LayerscopeDocument, serialize } from "../../engine/index.ts";
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { documentStore, type OpenFileState } from "./documentStore.ts";

/** From a change to its backup: long enough that a drag or typing is one, and far below what anyone would do again. */
const WAIT_MS = 400;

let kept: { readonly document: LayerscopeDocument; readonly file: OpenFileState } | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
/** The same disk refuses every backup; once is enough. */
let hasWarned = false;

/** Resolves when the document as it is now is kept, or needs no backup. */
export const backUpNow = async (): Promise<void> => {
  clearTimeout(timer);
  timer = undefined;
  const { document, file, edited } = documentStore.getState();
  if (edited ? kept?.document === document && kept.file === file : kept === null) return;
  kept = edited ? { document, file } : null;
  const { handle, fileName, version = null } = file;
  const problem = await getShell().backUp(edited ? { handle, fileName, version, text: serialize(document) } : null);
  if (problem === null) return;
  // It is tried again, when the window loses the focus at the latest.
  kept = null;
  if (hasWarned) return;
  hasWarned = true;
  notify({
    tone: "error",
    title: "Unsaved changes are not backed up",
    text: `Should the app end unexpectedly, they are lost: ${problem}. Save the document to be safe.`,
  });
};

/** Returns how to stop. */
export const keepBackup = (): (() => void) => {
  const now = (): void => void backUpNow();
  const soon = (): void => {
    // The first change starts the clock and later ones do not wind it up again: typing without a pause is kept, too.
    timer ??= setTimeout(now, WAIT_MS);
  };
  const unsubscribe = documentStore.subscribe(({ document, file, edited }, before) => {
    if (document === before.document && file === before.file && edited === before.edited) return;
    if (edited) soon();
    else now();
  });
  window.addEventListener("blur", now);
  window.addEventListener("pagehide", now);
  if (documentStore.getState().edited) soon();
  return () => {
    unsubscribe();
    window.removeEventListener("blur", now);
    window.removeEventListener("pagehide", now);
    clearTimeout(timer);
    timer = undefined;
  };
};
