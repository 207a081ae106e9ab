/**
 * The user's files. The page never sees a path: it gets opaque handles of files that came from a dialog, the recent list, the command
 * line or a drop, and can ask for nothing else.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import {
  isModelText,
  MAX_DOCUMENT_BYTES,
  MAX_MODEL_BYTES,
  MAX_OPENED_MODEL_BYTES,
  MODEL_HEAD_BYTES,
} from "../engine/index.ts";
import { type FileContent, writeFileAtomically } from "./atomicWrite.ts";
import { diskReason } from "./diskReason.ts";
import { PIECE_BYTES, readPiece, stampOf } from "./filePieces.ts";
import type { FileOutcome, FilePiece, OpenedFile, RecentFile, SavedFile, SaveOutcome } from "./ipcContract.ts";
import { createJsonFile } from "./jsonFile.ts";

export const DOCUMENT_EXTENSION = "layerscope";
const MAX_RECENT_FILES = 12;
const MAX_SETTINGS = 200;

/** The dialogs of the system, answered by the user; null is Cancel. */
export interface FileDialogs {
  chooseFileToOpen(): Promise<string | null>;
  chooseFileToSave(call: {
    readonly suggestedPath: string;
    readonly purpose: "document" | "export";
  }): Promise<string | null>;
  chooseFolder(): Promise<string | null>;
  chooseDatasetFile(): Promise<string | null>;
}

export interface FileStore {
  openWithDialog(): Promise<FileOutcome<OpenedFile>>;
  /** A file of a known handle. */
  open(handle: string): Promise<FileOutcome<OpenedFile>>;
  openPath(file: string): Promise<FileOutcome<OpenedFile>>;
  /** A piece of a long file that was opened, as long as it is what it was then. */
  readPiece(handle: string, version: string, at: number): Promise<FileOutcome<FilePiece>>;
  /** Puts an opened file on top of the recent ones, once the page has found it to be a document. Unknown handles change nothing. */
  remember(handle: string): Promise<void>;
  /** Asks where a document shall be saved; nothing is written. */
  choosePlace(suggestedName: string): Promise<FileOutcome<SavedFile>>;
  save(call: {
    readonly handle: string | null;
    readonly suggestedName: string;
    readonly text: string;
    /** What the page takes to be in the file: anything else that is there now is not written over. null: it is. */
    readonly version: string | null;
  }): Promise<SaveOutcome>;
  saveExport(call: {
    readonly suggestedName: string;
    readonly content: FileContent;
  }): Promise<FileOutcome<{ readonly fileName: string }>>;
  chooseDatasetFolder(): Promise<FileOutcome<{ readonly directory: string }>>;
  chooseDatasetFile(): Promise<FileOutcome<{ readonly file: string }>>;
  recentFiles(): Promise<readonly RecentFile[]>;
  clearRecentFiles(): Promise<void>;
  /** Makes a path known and returns its handle. */
  handleOf(file: string): string;
  /** The path of a known handle. */
  pathOf(handle: string): string | null;
  readSetting(key: string): Promise<string | null>;
  writeSetting(key: string, value: string): Promise<void>;
  /** Resolves when settings and recent files are on the disk. */
  settled(): Promise<void>;
}

const recentSchema = z.array(z.strictObject({ path: z.string(), openedAt: z.string() }));
const settingsSchema = z.record(z.string(), z.string());

/** Equal for equal texts: tells whether a file still holds what was read from it or written to it. */
const versionOf = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 22);

const failed = (message: string): { status: "failed"; problem: { message: string } } => ({
  status: "failed",
  problem: { message },
});

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

const beginsAsModel = async (file: FileHandle): Promise<boolean> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MODEL_HEAD_BYTES), 0, MODEL_HEAD_BYTES, 0);
  return isModelText(buffer.toString("utf8", 0, bytesRead));
};

/** Of a file that is larger than documents are; null: a trained net may be. */
const tooLarge = (name: string, size: number, isModel: boolean): string | null => {
  if (!isModel) return `"${name}" has ${megabytes(size)}; a document has ${megabytes(MAX_DOCUMENT_BYTES)} at most.`;
  if (size <= MAX_OPENED_MODEL_BYTES) return null;
  return `"${name}" has ${megabytes(size)}; a trained net that the app opens has ${megabytes(MAX_OPENED_MODEL_BYTES)} at most. On the command line, layerscope train --from takes up to ${megabytes(MAX_MODEL_BYTES)}.`;
};

/** A name that a page suggests, without folders and without what file systems refuse. */
const cleanName = (name: string): string => {
  const cleaned = [...name]
    .map((character) => (/[\\/:*?"<>|]/.test(character) || character < " " ? "-" : character))
    .join("")
    .replace(/^\.+/, "");
  return cleaned === "" ? "untitled" : cleaned;
};

export const createFileStore = (call: {
  readonly dialogs: FileDialogs;
  /** Folder of the app's own files. */
  readonly userDataFolder: string;
  /** Where the first save dialog starts. */
  readonly documentsFolder: string;
  readonly now: () => Date;
  /** Called when the recent list has changed. */
  readonly onRecentChanged: (file: string | null) => void;
  /** Whether a document of this path is open in a window that is not asking. */
  readonly isOpenElsewhere: (file: string) => boolean;
}): FileStore => {
  const { dialogs } = call;
  const recent = createJsonFile(path.join(call.userDataFolder, "recentFiles.json"), recentSchema, []);
  const settings = createJsonFile(path.join(call.userDataFolder, "settings.json"), settingsSchema, {});
  const pathOfHandle = new Map<string, string>();
  let lastFolder: string | null = null;

  const handleOf = (file: string): string => {
    const handle = createHash("sha256").update(file).digest("base64url").slice(0, 22);
    pathOfHandle.set(handle, file);
    return handle;
  };
  const describe = (file: string): SavedFile => ({
    handle: handleOf(file),
    fileName: path.basename(file),
    folder: path.dirname(file),
  });
  const rememberPath = async (file: string): Promise<void> => {
    const entry = { path: file, openedAt: call.now().toISOString() };
    await recent.update((files) => [entry, ...files.filter((other) => other.path !== file)].slice(0, MAX_RECENT_FILES));
    call.onRecentChanged(file);
  };
  const recentFiles = async (): Promise<readonly RecentFile[]> =>
    (await recent.read()).map((entry) => ({ ...describe(entry.path), openedAt: entry.openedAt }));

  const notOpened = (file: string, error: unknown): FileOutcome<never> => {
    const message = `"${path.basename(file)}" in ${path.dirname(file)} can't be opened: ${diskReason(error)}.`;
    return { status: "failed", problem: isMissing(error) ? { message, missing: true } : { message } };
  };

  const openPath = async (file: string): Promise<FileOutcome<OpenedFile>> => {
    const name = path.basename(file);
    try {
      const opened = await open(file, "r");
      try {
        const stats = await opened.stat();
        const { size } = stats;
        const isModel = size > PIECE_BYTES && (await beginsAsModel(opened));
        const problem = size > MAX_DOCUMENT_BYTES ? tooLarge(name, size, isModel) : null;
        if (problem !== null) return failed(problem);
        const { text, next } = isModel
          ? await readPiece(opened, 0, size)
          : { text: await opened.readFile("utf8"), next: null };
        lastFolder = path.dirname(file);
        const value =
          next === null
            ? { version: versionOf(text), text }
            : { version: stampOf(stats), text, rest: { bytes: size, next } };
        return { status: "done", value: { ...describe(file), ...value } };
      } finally {
        await opened.close();
      }
    } catch (error) {
      return notOpened(file, error);
    }
  };

  /** null: it is not there, or can't be read. */
  const versionOnDisk = (file: string): Promise<string | null> => readFile(file, "utf8").then(versionOf, () => null);

  const write = async (file: string, content: FileContent): Promise<FileOutcome<null>> => {
    try {
      await writeFileAtomically(file, content);
      return { status: "done", value: null };
    } catch (error) {
      return failed(
        isMissing(error)
          ? `"${path.basename(file)}" can't be written: there is no folder ${path.dirname(file)}.`
          : `"${path.basename(file)}" in ${path.dirname(file)} can't be written: ${diskReason(error)}. What was there is unchanged.`,
      );
    }
  };

  const askForPlace = async (suggestedName: string): Promise<FileOutcome<string>> => {
    const suggestedPath = path.join(lastFolder ?? call.documentsFolder, cleanName(suggestedName));
    const chosen = await dialogs.chooseFileToSave({ suggestedPath, purpose: "document" });
    if (chosen === null) return { status: "cancelled" };
    const file = path.extname(chosen) === "" ? `${chosen}.${DOCUMENT_EXTENSION}` : chosen;
    return call.isOpenElsewhere(file)
      ? failed(`"${path.basename(file)}" is open in another window. Close it there, or choose another name.`)
      : { status: "done", value: file };
  };

  return {
    handleOf,
    pathOf: (handle) => pathOfHandle.get(handle) ?? null,
    openPath,
    recentFiles,

    async openWithDialog() {
      const file = await dialogs.chooseFileToOpen();
      return file === null ? { status: "cancelled" } : openPath(file);
    },

    async open(handle) {
      // A handle of the recent list may be older than this run of the app.
      await recentFiles();
      const file = pathOfHandle.get(handle);
      return file === undefined ? failed("This file is not known any more. Open it with File › Open.") : openPath(file);
    },

    async readPiece(handle, version, at) {
      const file = pathOfHandle.get(handle);
      if (file === undefined) return failed("This file is not known any more. Open it with File › Open.");
      try {
        const opened = await open(file, "r");
        try {
          const stats = await opened.stat();
          if (stampOf(stats) === version) return { status: "done", value: await readPiece(opened, at, stats.size) };
          return failed(`"${path.basename(file)}" was changed while it was read. Open it again.`);
        } finally {
          await opened.close();
        }
      } catch (error) {
        return notOpened(file, error);
      }
    },

    async remember(handle) {
      const file = pathOfHandle.get(handle);
      if (file !== undefined) await rememberPath(file);
    },

    async choosePlace(suggestedName) {
      const place = await askForPlace(suggestedName);
      return place.status === "done" ? { status: "done", value: describe(place.value) } : place;
    },

    async save({ handle, suggestedName, text, version }) {
      let file = handle === null ? null : (pathOfHandle.get(handle) ?? null);
      if (file === null) {
        const place = await askForPlace(suggestedName);
        if (place.status !== "done") return place;
        file = place.value;
      } else if (version !== null) {
        const found = await versionOnDisk(file);
        if (found !== null && found !== version && found !== versionOf(text)) return { status: "changed" };
      }
      const written = await write(file, text);
      if (written.status !== "done") return written;
      lastFolder = path.dirname(file);
      await rememberPath(file);
      return { status: "done", value: { ...describe(file), version: versionOf(text) } };
    },

    async saveExport({ suggestedName, content }) {
      const suggestedPath = path.join(lastFolder ?? call.documentsFolder, cleanName(suggestedName));
      const file = await dialogs.chooseFileToSave({ suggestedPath, purpose: "export" });
      if (file === null) return { status: "cancelled" };
      const written = await write(file, content);
      return written.status === "done" ? { status: "done", value: { fileName: path.basename(file) } } : written;
    },

    async chooseDatasetFolder() {
      const directory = await dialogs.chooseFolder();
      return directory === null ? { status: "cancelled" } : { status: "done", value: { directory } };
    },

    async chooseDatasetFile() {
      const file = await dialogs.chooseDatasetFile();
      return file === null ? { status: "cancelled" } : { status: "done", value: { file } };
    },

    async clearRecentFiles() {
      await recent.update(() => []);
      call.onRecentChanged(null);
    },

    async readSetting(key) {
      return (await settings.read())[key] ?? null;
    },

    async writeSetting(key, value) {
      await settings.update((values) => {
        const known = Object.entries(values).filter(([other]) => other !== key);
        return Object.fromEntries([...known.slice(-(MAX_SETTINGS - 1)), [key, value]]);
      });
    },

    async settled() {
      await Promise.all([recent.settled(), settings.settled()]);
    },
  };
};
