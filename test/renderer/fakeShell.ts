/** A host in memory: files in a map, settings, and trainers whose requests are recorded and whose events the test sends. */
import type { TrainRequest } from "../../engine/protocol.ts";
import type { FinishedRun, RecordedRun, RunHost, UnfinishedRun } from "../../renderer/shell/runHost.ts";
import type {
  DocumentBackup,
  FileOutcome,
  OpenedFile,
  RestoredDocument,
  Shell,
  StudyFile,
  TrainerListener,
  WindowState,
} from "../../renderer/shell/shell.ts";
import { noStudies, type StudyHost } from "../../renderer/shell/studyHost.ts";

export interface FakeTrainer {
  readonly listener: TrainerListener;
  readonly requests: TrainRequest[];
  killed: boolean;
}

export interface FakeShell extends Shell {
  readonly trainers: FakeTrainer[];
  readonly settings: Map<string, string>;
  readonly saved: Map<string, string>;
  /** Handles of the files that the page found to be documents. */
  readonly remembered: string[];
  readonly exports: { readonly suggestedName: string; readonly content: string | Uint8Array }[];
  /** What the next open dialog returns. */
  nextFile: FileOutcome<OpenedFile>;
  unfinished: readonly UnfinishedRun[];
  /** Texts of the documents of unfinished runs. */
  readonly runDocuments: Map<string, string>;
  /** A test that trains studies puts its own here. */
  studies: StudyHost;
  runs: RunHost;
  finished: readonly FinishedRun[];
  /** Finished runs by id. */
  readonly recorded: Map<string, RecordedRun>;
  /** Texts of the models of finished runs. */
  readonly runModels: Map<string, string>;
  /** A study as its file is read again, with what it names. */
  studyFile: FileOutcome<StudyFile> | null;
  /** Where the user saves to when asked before anything is written. */
  chosenPlace: Awaited<ReturnType<Shell["choosePlace"]>>;
  windowState: WindowState | null;
  /** Of the whole page. */
  zoom: number;
  /** What the window showed before. */
  restored: FileOutcome<RestoredDocument> | null;
  backup: DocumentBackup | null;
  /** Where opened files are shown. */
  place: "here" | "elsewhere";
  /** What another program has written since: the next save finds it, unless it is told to write over everything. */
  isChangedOnDisk: boolean;
  touchFile: (handle: string) => void;
  /** Tells the page that another window has changed finished runs. */
  changeRuns: () => void;
}

export const createFakeShell = (): FakeShell => {
  const trainers: FakeTrainer[] = [];
  const settings = new Map<string, string>();
  const saved = new Map<string, string>();
  const remembered: string[] = [];
  const exports: { suggestedName: string; content: string | Uint8Array }[] = [];
  let trash: readonly FinishedRun[] = [];
  const shell: FakeShell = {
    platform: "linux",
    windowControls: { left: 0, right: 132, drawn: true },
    version: "0.0.0",
    notKept: async () => null,
    trainers,
    settings,
    saved,
    remembered,
    exports,
    nextFile: { status: "cancelled" },
    windowState: null,
    zoom: 1,
    studyFile: null,
    chosenPlace: null,
    restored: null,
    backup: null,
    place: "here",
    isChangedOnDisk: false,
    touchFile: () => undefined,
    changeRuns: () => undefined,
    placeFile: async () => shell.place,
    studies: noStudies,
    restoreWindow: async () => shell.restored,
    backUp: async (document) => {
      shell.backup = document;
      return null;
    },
    openWindow: () => undefined,
    onFileTouched: (listener) => {
      shell.touchFile = listener;
    },
    onSettingChanged: () => undefined,
    unfinished: [],
    runDocuments: new Map(),
    finished: [],
    recorded: new Map(),
    runModels: new Map(),
    runs: {
      unfinished: async () => shell.unfinished,
      readDocument: async (runId) => {
        const text = shell.runDocuments.get(runId) ?? shell.recorded.get(runId)?.text;
        return text === undefined
          ? { status: "failed", problem: { message: "The run has no checkpoint that can be used." } }
          : { status: "done", value: { text } };
      },
      discard: async (runId) => {
        shell.unfinished = shell.unfinished.filter((run) => run.runId !== runId);
      },
      finished: async () => ({
        runs: shell.finished,
        limits: JSON.parse(settings.get("runs.limits") ?? '{"runs":100,"bytes":4000000000}'),
      }),
      read: async (runId) => {
        const run = shell.recorded.get(runId);
        return run === undefined
          ? { status: "failed", problem: { message: "Its files are no longer there." } }
          : { status: "done", value: run };
      },
      readModel: async (runId) => {
        const text = shell.runModels.get(runId);
        return text === undefined
          ? { status: "failed", problem: { message: "There is no such file." } }
          : { status: "done", value: { text } };
      },
      exportModel: async (runId, suggestedName) => {
        const content = shell.runModels.get(runId);
        if (content === undefined) return { status: "failed", problem: { message: "There is no such file." } };
        return shell.saveExport({ suggestedName, content });
      },
      label: async (runId, label) => {
        shell.finished = shell.finished.map((run) => (run.runId === runId ? { ...run, label } : run));
        return { status: "done", value: null };
      },
      remove: async (runIds) => {
        trash = [...trash, ...shell.finished.filter((run) => runIds.includes(run.runId))];
        shell.finished = shell.finished.filter((run) => !runIds.includes(run.runId));
        return { status: "done", value: null };
      },
      restore: async (runIds) => {
        const back = trash.filter((run) => runIds.includes(run.runId));
        trash = trash.filter((run) => !back.includes(run));
        shell.finished = [...shell.finished, ...back];
        return { status: "done", value: null };
      },
      onChanged: (listener) => {
        shell.changeRuns = listener;
        return () => undefined;
      },
    },
    openFile: async () => shell.nextFile,
    openRecent: async () => shell.nextFile,
    openDropped: async () => shell.nextFile,
    readStudyFile: async () => shell.studyFile,
    rememberFile: async (handle) => {
      remembered.push(handle);
    },
    choosePlace: async () => shell.chosenPlace,
    saveFile: async ({ handle, suggestedName, text, version }) => {
      if (shell.isChangedOnDisk && version !== null) return { status: "changed" };
      saved.set(handle ?? suggestedName, text);
      const value = { handle: handle ?? suggestedName, fileName: suggestedName, folder: "/nets", version: text };
      return { status: "done", value };
    },
    saveExport: async (call) => {
      exports.push(call);
      return { status: "done", value: { fileName: call.suggestedName } };
    },
    recentFiles: async () => [],
    chooseDatasetFolder: async () => ({ status: "cancelled" }),
    chooseDatasetFile: async () => ({ status: "cancelled" }),
    readSetting: async (key) => settings.get(key) ?? null,
    writeSetting: async (key, value) => {
      settings.set(key, value);
    },
    startTrainer: (listener) => {
      const trainer: FakeTrainer = { listener, requests: [], killed: false };
      trainers.push(trainer);
      return {
        post: (request) => trainer.requests.push(request),
        kill: () => {
          trainer.killed = true;
        },
      };
    },
    setWindowState: (state) => {
      shell.windowState = state;
    },
    zoomInterface: (factor) => {
      shell.zoom = factor;
    },
    onCommand: () => () => undefined,
    onCloseRequested: () => undefined,
    minimizeWindow: () => undefined,
    toggleMaximizeWindow: () => undefined,
    closeWindow: () => undefined,
    showMenu: () => undefined,
  };
  return shell;
};
