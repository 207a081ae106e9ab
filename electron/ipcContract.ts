/**
 * Everything that crosses between the page and the main process. Requests are validated in `ipc.ts`, the one place where they arrive;
 * answers come from the main process and are typed only.
 */
import { z } from "zod";
import { MAX_MODEL_BYTES } from "../engine/index.ts";
import {
  type RunLabel,
  runIdSchema,
  runLabelSchema,
  type StudyDetail,
  type StudyStatus,
  type StudyUpdate,
  type TrainEvent,
} from "../engine/protocol.ts";

/** Of a text that the page asks to write: the longest trained net. */
const MAX_TEXT_LENGTH = MAX_MODEL_BYTES;

const handle = z.string().min(1).max(100);
const fileName = z.string().min(1).max(255);
const version = z.string().min(1).max(100);
const text = z.string().max(MAX_TEXT_LENGTH);
const bytes = z.instanceof(Uint8Array).refine(({ length }) => length <= MAX_TEXT_LENGTH);
const settingKey = z.string().min(1).max(100);
const trainerId = z.int().min(1);
const studyId = runIdSchema;
const studyRunId = z.string().regex(/^run-\d{3,5}$/);
const studyRunIds = z.array(studyRunId).max(10_000);
/** With a document inside, of at most 16 MiB. */
const studyText = z.string().max(32 * 1024 * 1024);

const runIds = z.array(runIdSchema).min(1).max(10_000);

/** Calls that are answered, by name: the arguments. */
export const invocations = {
  openFile: z.tuple([]),
  openRecent: z.tuple([handle]),
  /** What follows the first piece of a long file: of which version, and from which byte on. */
  readPiece: z.tuple([handle, version, z.int().min(1)]),
  /** The path comes from the preload script, which asks Electron for it; the page has only the File. */
  openDropped: z.tuple([z.string().min(1).max(4096)]),
  /** A study that was opened, with the document that it names. */
  readStudyFile: z.tuple([handle]),
  /** An opened file is a document: it joins the recent ones. */
  rememberFile: z.tuple([handle]),
  /** Where a document shall be saved; nothing is written. */
  choosePlace: z.tuple([fileName]),
  saveFile: z.tuple([
    z.strictObject({
      handle: handle.nullable(),
      suggestedName: fileName,
      text,
      /** What the page takes to be in the file; null: whatever is there is written over. */
      version: version.nullable(),
    }),
  ]),
  /** Where the document of an opened file shall be shown. */
  placeFile: z.tuple([handle]),
  /** What the window showed when the app or its page ended, or shall show from the beginning. */
  restoreWindow: z.tuple([]),
  /** The unsaved document of the window; null: all is saved or given up. */
  backUp: z.tuple([
    z.strictObject({ handle: handle.nullable(), fileName, version: version.nullable(), text }).nullable(),
  ]),
  saveExport: z.tuple([z.strictObject({ suggestedName: fileName, content: z.union([text, bytes]) })]),
  recentFiles: z.tuple([]),
  chooseDatasetFolder: z.tuple([]),
  chooseDatasetFile: z.tuple([]),
  unfinishedRuns: z.tuple([]),
  /** The document of an unfinished or a finished run. */
  readRunDocument: z.tuple([runIdSchema]),
  /** Removes an unfinished run for good. */
  discardRun: z.tuple([runIdSchema]),
  /** Runs that have come to their end. */
  finishedRuns: z.tuple([]),
  /** All that is kept of a finished run. */
  readRun: z.tuple([runIdSchema]),
  /** The text of the model JSON of a finished run. */
  readRunModel: z.tuple([runIdSchema]),
  /** Copies it to where the user says, by a suggested name: it need not pass through the page. */
  exportRunModel: z.tuple([runIdSchema, fileName]),
  labelRun: z.tuple([runIdSchema, runLabelSchema]),
  /** Puts finished runs away; they can be restored until the app starts again. */
  removeRuns: z.tuple([runIds]),
  restoreRuns: z.tuple([runIds]),
  listStudies: z.tuple([]),
  openStudy: z.tuple([studyId]),
  /** And the text of the trained net that it starts from. */
  startStudy: z.tuple([studyText, text.nullable()]),
  pauseStudy: z.tuple([studyId]),
  resumeStudy: z.tuple([studyId]),
  cancelStudy: z.tuple([studyId]),
  /** An empty title: the study's own. */
  renameStudy: z.tuple([studyId, z.string().max(200)]),
  retryStudyRuns: z.tuple([studyId, studyRunIds]),
  labelStudyRun: z.tuple([studyId, studyRunId, runLabelSchema]),
  /** Puts runs that have ended away; they can be restored until the app starts again. */
  removeStudyRuns: z.tuple([studyId, studyRunIds]),
  restoreStudyRuns: z.tuple([studyId, studyRunIds]),
  removeStudy: z.tuple([studyId]),
  restoreStudy: z.tuple([studyId]),
  readStudyRun: z.tuple([studyId, studyRunId]),
  /** The trained net that its runs start from. */
  readStudyNet: z.tuple([studyId]),
  readSetting: z.tuple([settingKey]),
  writeSetting: z.tuple([settingKey, z.string().max(64 * 1024)]),
} as const;

/** Messages that are not answered, by name: the arguments. */
export const notifications = {
  startTrainer: z.tuple([trainerId]),
  killTrainer: z.tuple([trainerId]),
  setWindowState: z.tuple([
    z.strictObject({
      title: z.string().max(500),
      edited: z.boolean(),
      /** Of the document's file. */
      handle: handle.nullable(),
      /** Of the trained net that runs start from, where one was chosen for the document. */
      netHandle: handle.nullable(),
      /** Whether nothing was opened or done in the window. */
      isEmpty: z.boolean(),
    }),
  ]),
  openWindow: z.tuple([]),
  /** The page is ready for `command` messages; those of before have waited. */
  listenToCommands: z.tuple([]),
  /** The page has a listener for `closeRequested` and wants to be asked. */
  guardClose: z.tuple([]),
  answerClose: z.tuple([z.boolean()]),
  minimizeWindow: z.tuple([]),
  toggleMaximizeWindow: z.tuple([]),
  closeWindow: z.tuple([]),
  showMenu: z.tuple([]),
} as const;

export type InvocationName = keyof typeof invocations;
export type NotificationName = keyof typeof notifications;
export type InvocationArguments<N extends InvocationName> = z.infer<(typeof invocations)[N]>;
export type NotificationArguments<N extends NotificationName> = z.infer<(typeof notifications)[N]>;

export interface SavedFile {
  readonly handle: string;
  readonly fileName: string;
  readonly folder: string;
}

/** A file and what it held at that moment; a `version` is equal where the contents are. */
export interface VersionedFile extends SavedFile {
  readonly version: string;
}

export interface FilePiece {
  readonly text: string;
  /** Where the next one begins, in bytes; null: this is the last. */
  readonly next: number | null;
}

export interface OpenedFile extends VersionedFile {
  readonly text: string;
  /** Of a long trained net, whose text is the first piece: its size, and where the second begins. Absent: the text is all of it. */
  readonly rest?: { readonly bytes: number; readonly next: number };
}

export interface StudyFile {
  /** The study with its document inside; paths of datasets are absolute. */
  readonly text: string;
  /** The file of its document; null: it was inside. */
  readonly document: SavedFile | null;
}

/** A document that a window showed before. */
export interface RestoredDocument {
  /** null: it is in no file. */
  readonly handle: string | null;
  readonly fileName: string;
  readonly folder: string;
  /** What its file held when the document was last read or saved; null: it is in no file. */
  readonly version: string | null;
  readonly text: string;
  /** See `OpenedFile`. */
  readonly rest?: NonNullable<OpenedFile["rest"]>;
  /** Whether it has changes that are in no file. */
  readonly edited: boolean;
  /** The file of the trained net that it came out of; null: of none, or it can no longer be read. */
  readonly net: OpenedFile | null;
  /** The file of the trained net that was chosen for its runs, or why it can't be read; null: they start from none. */
  readonly startsFrom: FileOutcome<OpenedFile> | null;
}

export interface RecentFile extends SavedFile {
  /** ISO 8601. */
  readonly openedAt: string;
}

/** A run that was interrupted and can go on. */
export interface UnfinishedRun {
  readonly runId: string;
  /** Of its document. */
  readonly title: string;
  /** Of its newest checkpoint. */
  readonly step: number;
  /** null: not known. */
  readonly totalSteps: number | null;
  /** When it was last begun or taken up, ISO 8601. */
  readonly touchedAt: string;
}

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

/** What an epoch measured on the test set. Accuracy is null where samples have targets, R² where they have classes. */
interface TestScore {
  readonly loss: number;
  readonly accuracy: number | null;
  readonly r2: number | null;
}

/** A run that has come to its end. */
export interface FinishedRun {
  readonly runId: string;
  /** Of its document. */
  readonly title: string;
  readonly label: RunLabel;
  /** `failed`: the net diverged. */
  readonly outcome: "finished" | "stopped" | "failed";
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** Of training, without pauses; from start to end, where the net diverged. */
  readonly elapsedMs: number;
  /** Of its last step. */
  readonly step: number;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** Of its last epoch, mean over its batches; null: none has ended. */
  readonly trainLoss: number | null;
  /** Of its last epoch; null: none has ended. */
  readonly test: TestScore | null;
  /** Of the epoch with the highest accuracy or R²; null: none has ended. */
  readonly best: (TestScore & { readonly epoch: number }) | null;
  /** What its document trains; null: the document can't be read. */
  readonly trains: {
    readonly seed: number;
    /** Each once. */
    readonly kinds: readonly string[];
    readonly optimizer: string;
    readonly dataset: string;
  } | null;
  /** Of the Layerscope that trained it; null: an older one, that did not write it down. */
  readonly engineVersion: string | null;
  readonly threads: number;
  readonly build: EventOf<"started">["build"];
  /** The trained net that it started from; absent: initializers. */
  readonly from?: NonNullable<EventOf<"started">["from"]>;
  readonly hasFrames: boolean;
  readonly hasModel: boolean;
  /** Of all its files. */
  readonly bytes: number;
  /** "" where it is kept in no folder. */
  readonly folder: string;
}

/** The finished runs, and how many of those that nobody has labelled stay. */
export interface RunShelf {
  /** The latest first. */
  readonly runs: readonly FinishedRun[];
  readonly limits: { readonly runs: number; readonly bytes: number };
}

/** All that is kept of a finished run. */
export interface RecordedRun extends Pick<EventOf<"history">, "steps" | "epochs" | "changes" | "lostLines"> {
  /** Of its document, as it was when the run began. */
  readonly text: string;
  /** With the settings that were changed on the way. */
  readonly started: EventOf<"started">;
  readonly ended: EventOf<"finished"> | EventOf<"failed">;
  /** Of its last frame. */
  readonly progress: Pick<
    EventOf<"frame">,
    "step" | "epoch" | "samplesPerSecond" | "secondsLeft" | "statisticsShare" | "dropped"
  > | null;
  /** The bytes of `frames.bin`; null: there is none. */
  readonly frames: Uint8Array | null;
  /** Whether the trained net can be exported. */
  readonly hasModel: boolean;
}

export type FileOutcome<T> =
  | { readonly status: "done"; readonly value: T }
  | { readonly status: "cancelled" }
  /** `missing`: there is no such file. */
  | { readonly status: "failed"; readonly problem: { readonly message: string; readonly missing?: true } };

/** `changed`: the file holds something else than the page knows of, and was not written. */
export type SaveOutcome = FileOutcome<VersionedFile> | { readonly status: "changed" };

/** Whether the page that asked shows the document; another window does otherwise, and has been brought to the front. */
export type FilePlace = "here" | "elsewhere";

export interface InvocationAnswers {
  readonly openFile: FileOutcome<OpenedFile>;
  readonly openRecent: FileOutcome<OpenedFile>;
  readonly readPiece: FileOutcome<FilePiece>;
  readonly openDropped: FileOutcome<OpenedFile>;
  readonly readStudyFile: FileOutcome<StudyFile>;
  readonly rememberFile: null;
  readonly choosePlace: FileOutcome<SavedFile>;
  readonly saveFile: SaveOutcome;
  readonly placeFile: FilePlace;
  readonly restoreWindow: FileOutcome<RestoredDocument> | null;
  /** Why the backup could not be written; null: it is on the disk. */
  readonly backUp: { readonly problem: string | null };
  readonly saveExport: FileOutcome<{ readonly fileName: string }>;
  readonly recentFiles: readonly RecentFile[];
  readonly chooseDatasetFolder: FileOutcome<{ readonly directory: string }>;
  readonly chooseDatasetFile: FileOutcome<{ readonly file: string }>;
  readonly unfinishedRuns: readonly UnfinishedRun[];
  readonly readRunDocument: FileOutcome<{ readonly text: string }>;
  readonly discardRun: null;
  readonly finishedRuns: RunShelf;
  readonly readRun: FileOutcome<RecordedRun>;
  readonly readRunModel: FileOutcome<{ readonly text: string }>;
  readonly exportRunModel: FileOutcome<{ readonly fileName: string }>;
  readonly labelRun: FileOutcome<null>;
  readonly removeRuns: FileOutcome<null>;
  readonly restoreRuns: FileOutcome<null>;
  readonly listStudies: readonly StudyStatus[];
  readonly openStudy: FileOutcome<StudyDetail>;
  readonly startStudy: FileOutcome<{ readonly studyId: string }>;
  readonly pauseStudy: null;
  readonly resumeStudy: null;
  readonly cancelStudy: null;
  readonly renameStudy: null;
  readonly retryStudyRuns: null;
  readonly labelStudyRun: null;
  readonly removeStudyRuns: null;
  /** Those that came back. */
  readonly restoreStudyRuns: readonly string[];
  readonly removeStudy: null;
  readonly restoreStudy: null;
  readonly readStudyRun: FileOutcome<RecordedRun>;
  readonly readStudyNet: FileOutcome<{ readonly text: string }>;
  readonly readSetting: string | null;
  readonly writeSetting: { readonly problem: string | null };
}

export interface TrainerExit {
  readonly reason: "crashed" | "killed" | "startFailed";
  readonly message: string;
}

/** What the main process sends to the page, by channel. */
export interface PageMessages {
  readonly command: { readonly id: string; readonly argument: string | null };
  readonly closeRequested: null;
  /** Another program seems to have written, replaced or removed the file of the document. */
  readonly fileTouched: { readonly handle: string };
  /** Another window has changed a setting. */
  readonly settingChanged: { readonly key: string };
  readonly studyChanged: StudyUpdate;
  /** Another window has removed it. */
  readonly studyRemoved: { readonly studyId: string };
  /** Another window has labelled, removed or restored finished runs, or one of its own has ended. */
  readonly runsChanged: null;
  /** Comes with a port, the page's end of the channel to the trainer. */
  readonly trainerPort: { readonly trainerId: number };
  readonly trainerExited: { readonly trainerId: number; readonly exit: TrainerExit };
}

/** What the preload script passes on to the page by `window.postMessage`, with the port. */
export interface TrainerPortMessage {
  readonly type: "layerscope:trainerPort";
  readonly trainerId: number;
}

/** What the preload script puts on the page's `window` as `layerscopeShell`. */
export interface ShellBridge {
  readonly system: "mac" | "windows" | "linux";
  readonly version: string;
  invoke<N extends InvocationName>(name: N, ...args: InvocationArguments<N>): Promise<InvocationAnswers[N]>;
  notify<N extends NotificationName>(name: N, ...args: NotificationArguments<N>): void;
  /** Draws the page, and with it those of all windows, larger or smaller than usual (1). */
  zoomPage(factor: number): void;
  /** The path of a file the user dropped on the window, "" when Electron knows none. */
  pathOfDropped(file: File): string;
  onCommand(listener: (message: PageMessages["command"]) => void): void;
  onCloseRequested(listener: (message: PageMessages["closeRequested"]) => void): void;
  onFileTouched(listener: (message: PageMessages["fileTouched"]) => void): void;
  onSettingChanged(listener: (message: PageMessages["settingChanged"]) => void): void;
  onStudyChanged(listener: (message: PageMessages["studyChanged"]) => void): void;
  onStudyRemoved(listener: (message: PageMessages["studyRemoved"]) => void): void;
  onRunsChanged(listener: (message: PageMessages["runsChanged"]) => void): void;
  onTrainerExited(listener: (message: PageMessages["trainerExited"]) => void): void;
}
