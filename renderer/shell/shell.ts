/**
 * What the page asks of its host. Two implementations: `electron.ts` (preload bridge) and `browser.ts` (file pickers, downloads,
 * localStorage, a Web Worker). The page never asks which one it has but for `platform` and `windowControls`.
 */
import type { TrainEvent, TrainRequest } from "../../engine/protocol.ts";
import type { RunHost } from "./runHost.ts";
import type { StudyHost } from "./studyHost.ts";

export interface OpenedFile {
  /** What saving again needs; opaque to the page. An example or a new document has none. */
  readonly handle: string;
  /** File name without folder: `lenet.layerscope`. */
  readonly fileName: string;
  /** Folder, for the recent list; "" where the host does not tell. */
  readonly folder: string;
  /** Equal where the contents are: tells whether the file still holds what the page knows of. */
  readonly version: string;
  readonly text: string;
  /** What follows the text: a long trained net comes in pieces, between which the page answers. Absent: the text is all of it. */
  readonly rest?: FileRest;
}

export interface FileRest {
  /** Of the whole file. */
  readonly bytes: number;
  /** In turn, each once; rejects with a sentence where the file can't be read on. */
  pieces(): AsyncIterable<string>;
}

export interface StudyFile {
  /** The study with its document inside. */
  readonly text: string;
  /** The file of its document; null: it was inside. */
  readonly document: { readonly handle: string; readonly fileName: string } | null;
}

/** A document that the window showed before its page ended. */
export interface RestoredDocument {
  /** null: it is in no file, or the host can't find its file again. */
  readonly handle: string | null;
  readonly fileName: string;
  readonly folder: string;
  /** What its file held when the document was last read or saved. */
  readonly version: string | null;
  readonly text: string;
  readonly rest?: FileRest;
  /** Whether it has changes that are in no file. */
  readonly edited: boolean;
  /** The file of the trained net that it came out of; null: of none, or it can no longer be read. */
  readonly net: OpenedFile | null;
  /** The file of the trained net that was chosen for its runs, or why it can't be read; null: they start from none. */
  readonly startsFrom: FileOutcome<OpenedFile> | null;
}

/** What is kept of an unsaved document until it is saved or given up. */
export interface DocumentBackup {
  readonly handle: string | null;
  readonly fileName: string;
  readonly version: string | null;
  readonly text: string;
}

export interface RecentFile {
  readonly handle: string;
  readonly fileName: string;
  readonly folder: string;
  /** ISO 8601. */
  readonly openedAt: string;
}

/** Present where the host could not ask where to save: the file is among the browser's downloads, perhaps with a number added. */
export interface Downloaded {
  readonly downloaded?: boolean;
}

/** `missing`: there is no such file. */
export type FileProblem = { readonly message: string; readonly missing?: true };
export type FileOutcome<T> =
  | { readonly status: "done"; readonly value: T }
  | { readonly status: "cancelled" }
  | { readonly status: "failed"; readonly problem: FileProblem };

/** `changed`: the file holds something else than the page knows of, and was not written. */
export type SaveOutcome = FileOutcome<Omit<OpenedFile, "text"> & Downloaded> | { readonly status: "changed" };

/** How a trainer ended without a `finished` or `failed` of its own. */
export type TrainerExit = { readonly reason: "crashed" | "killed" | "startFailed"; readonly message: string };

/** A trainer of one run. Messages are validated by the wrapper; bytes are copies. */
export interface TrainerConnection {
  post(request: TrainRequest): void;
  /** Ends the trainer at once, without a last message. */
  kill(): void;
}

export interface TrainerListener {
  readonly onEvent: (event: TrainEvent) => void;
  readonly onExit: (exit: TrainerExit) => void;
}

export interface WindowState {
  readonly title: string;
  readonly edited: boolean;
  /** Of the document's file. */
  readonly handle: string | null;
  /** Of the trained net that runs start from, where one was chosen for the document: the window comes back with it. */
  readonly netHandle: string | null;
  /** Whether nothing was opened or done: a file opens here and not in a window of its own. */
  readonly isEmpty: boolean;
}

/** Commands that menus, shortcuts and the command palette share; ids are stable: `file.save`, `edit.undo`, `run.train`. */
export type CommandId = string;

export interface Shell {
  readonly platform: "mac" | "windows" | "linux" | "browser";
  /** Width in px that the title bar keeps free for the system's own window buttons, and whether the page draws its own. */
  readonly windowControls: { readonly left: number; readonly right: number; readonly drawn: boolean };
  readonly version: string;
  /** What ends with the page because its host keeps nothing; null: nothing does. */
  notKept(): Promise<{ readonly title: string; readonly text: string } | null>;

  openFile(): Promise<FileOutcome<OpenedFile>>;
  openRecent(handle: string): Promise<FileOutcome<OpenedFile>>;
  /** A file dropped on the window. */
  openDropped(file: File): Promise<FileOutcome<OpenedFile>>;
  /** An opened study with the document that it names; null: the host can't look beside a file. */
  readStudyFile(handle: string): Promise<FileOutcome<StudyFile> | null>;
  /** Puts an opened file on top of the recent ones: the page has found it to be a document. */
  rememberFile(handle: string): Promise<void>;
  /** Whether this window shows the document of an opened file. If not, another does: it had it already, or this one has a document. */
  placeFile(handle: string): Promise<"here" | "elsewhere">;
  /** Asks where a document shall be saved, and writes nothing yet; null: the host asks as it writes. */
  choosePlace(suggestedName: string): Promise<FileOutcome<Pick<OpenedFile, "handle" | "fileName" | "folder">> | null>;
  /** Writes to the handle; with null asks where. Writes are atomic. */
  saveFile(call: {
    readonly handle: string | null;
    readonly suggestedName: string;
    readonly text: string;
    /** What the page takes to be in the file: anything else that is there now is not written over. null: it is. */
    readonly version: string | null;
  }): Promise<SaveOutcome>;
  /** Saves anything else (a model JSON, a CSV, a picture): always asks where. */
  saveExport(call: {
    readonly suggestedName: string;
    readonly content: string | Uint8Array<ArrayBuffer>;
  }): Promise<FileOutcome<{ readonly fileName: string } & Downloaded>>;
  recentFiles(): Promise<readonly RecentFile[]>;
  /** Asks for the folder of a dataset. */
  chooseDatasetFolder(): Promise<FileOutcome<{ readonly directory: string }>>;
  /** Asks for the file of a dataset: a table, or images beside their labels. */
  chooseDatasetFile(): Promise<FileOutcome<{ readonly file: string }>>;

  /** Runs that have ended or were interrupted. */
  readonly runs: RunHost;

  /** Studies, trained in the background of all windows. */
  readonly studies: StudyHost;

  /** What the window showed when the app or its page ended, or shall show from the beginning; null: nothing. */
  restoreWindow(): Promise<FileOutcome<RestoredDocument> | null>;
  /** Keeps the unsaved document beside the user's files; null: all is saved or given up. Answers with why that failed, or null. */
  backUp(document: DocumentBackup | null): Promise<string | null>;

  /** Small settings that outlive the window (theme, measured training times), JSON text by key. */
  readSetting(key: string): Promise<string | null>;
  writeSetting(key: string, value: string): Promise<void>;

  startTrainer(listener: TrainerListener): TrainerConnection;

  /** What the window shows: its name in the title bar and task switcher, the unsaved mark, and the file that it occupies. */
  setWindowState(state: WindowState): void;
  /** Draws the whole page by that factor larger than usual; null: the host does that by itself. */
  readonly zoomInterface: ((factor: number) => void) | null;
  openWindow(): void;
  /** A menu item, its accelerator, or a file opened from outside (`file.openPath` with the handle). */
  onCommand(listener: (command: CommandId, argument: string | null) => void): () => void;
  /** The window is about to close; the page answers with whether it may. */
  onCloseRequested(listener: () => Promise<boolean>): void;
  /** Another program seems to have written, replaced or removed the file of the document. */
  onFileTouched(listener: (handle: string) => void): void;
  /** Another window has changed a setting. */
  onSettingChanged(listener: (key: string) => void): void;
  minimizeWindow(): void;
  toggleMaximizeWindow(): void;
  closeWindow(): void;
  /** Shows the application menu below the logo, where the host has one. */
  showMenu(): void;
}
