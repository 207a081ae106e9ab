/** A host in memory: files in a map, settings, and trainers whose requests are recorded and whose events the test sends. */
import type { TrainRequest } from "../../engine/protocol.ts";
import type {
  FileOutcome,
  FinishedRun,
  OpenedFile,
  RecordedRun,
  Shell,
  TrainerListener,
  UnfinishedRun,
} from "../../renderer/shell/shell.ts";

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
  keepsRuns: boolean;
  finished: readonly FinishedRun[];
  /** Finished runs by id. */
  readonly recorded: Map<string, RecordedRun>;
  /** Texts of the models of finished runs. */
  readonly runModels: Map<string, string>;
  windowState: { readonly title: string; readonly edited: boolean } | null;
}

export const createFakeShell = (): FakeShell => {
  const trainers: FakeTrainer[] = [];
  const settings = new Map<string, string>();
  const saved = new Map<string, string>();
  const remembered: string[] = [];
  const exports: { suggestedName: string; content: string | Uint8Array }[] = [];
  const shell: FakeShell = {
    platform: "linux",
    windowControls: { left: 0, right: 132, drawn: true },
    version: "0.0.0",
    trainers,
    settings,
    saved,
    remembered,
    exports,
    nextFile: { status: "cancelled" },
    windowState: null,
    unfinished: [],
    runDocuments: new Map(),
    keepsRuns: true,
    finished: [],
    recorded: new Map(),
    runModels: new Map(),
    finishedRuns: async () => shell.finished,
    reopenRun: async (runId) => {
      const run = shell.recorded.get(runId);
      return run === undefined
        ? { status: "failed", problem: { message: "Its files are no longer there." } }
        : { status: "done", value: run };
    },
    readRunModel: async (runId) => {
      const text = shell.runModels.get(runId);
      return text === undefined
        ? { status: "failed", problem: { message: "There is no such file." } }
        : { status: "done", value: { text } };
    },
    openFile: async () => shell.nextFile,
    openRecent: async () => shell.nextFile,
    openDropped: async () => shell.nextFile,
    rememberFile: async (handle) => {
      remembered.push(handle);
    },
    saveFile: async ({ handle, suggestedName, text }) => {
      saved.set(handle ?? suggestedName, text);
      return { status: "done", value: { handle: handle ?? suggestedName, fileName: suggestedName, folder: "/nets" } };
    },
    saveExport: async (call) => {
      exports.push(call);
      return { status: "done", value: { fileName: call.suggestedName } };
    },
    recentFiles: async () => [],
    chooseDatasetFolder: async () => ({ status: "cancelled" }),
    chooseDatasetFile: async () => ({ status: "cancelled" }),
    unfinishedRuns: async () => shell.unfinished,
    openRun: async (runId) => {
      const text = shell.runDocuments.get(runId);
      return text === undefined
        ? { status: "failed", problem: { message: "The run has no checkpoint that can be used." } }
        : { status: "done", value: { text } };
    },
    discardRun: async (runId) => {
      shell.unfinished = shell.unfinished.filter((run) => run.runId !== runId);
      shell.finished = shell.finished.filter((run) => run.runId !== runId);
    },
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
    onCommand: () => () => undefined,
    onCloseRequested: () => undefined,
    minimizeWindow: () => undefined,
    toggleMaximizeWindow: () => undefined,
    closeWindow: () => undefined,
    showMenu: () => undefined,
  };
  return shell;
};
