/** Studies, as a host trains and keeps them: in the background, on all cores, over a restart of the app. */
import type { RunLabel, StudyDetail, StudyStatus, StudyUpdate } from "../../engine/protocol.ts";
import type { RecordedRun } from "./runHost.ts";
import type { FileOutcome } from "./shell.ts";

export interface StudyHost {
  /** The latest first. */
  list(): Promise<readonly StudyStatus[]>;
  open(studyId: string): Promise<FileOutcome<StudyDetail>>;
  /** Takes a study JSON with its document inside, and the text of the trained net that it starts from; it begins at once. */
  start(call: {
    readonly text: string;
    readonly net?: string | null;
  }): Promise<FileOutcome<{ readonly studyId: string }>>;
  /** What runs goes on to its end; nothing new begins. */
  pause(studyId: string): Promise<void>;
  resume(studyId: string): Promise<void>;
  /** Runs under way stop, waiting ones are cancelled. */
  cancel(studyId: string): Promise<void>;
  /** What the study is called; empty: by its own title. */
  rename(studyId: string, title: string): Promise<void>;
  /** Trains failed, cancelled, diverged or deleted runs again from the start. */
  retry(studyId: string, runIds: readonly string[]): Promise<void>;
  label(studyId: string, runId: string, label: RunLabel): Promise<void>;
  /** Puts runs that have ended away until the app starts again: the study shows them as deleted, and trains them only when `retry` asks. */
  removeRuns(studyId: string, runIds: readonly string[]): Promise<void>;
  /** Brings removed runs back. The answer names them: one that trains again by now is not among them. */
  restoreRuns(studyId: string, runIds: readonly string[]): Promise<readonly string[]>;
  /** Stops the study and puts it away until the app starts again. */
  remove(studyId: string): Promise<void>;
  /** Brings a removed study back, as it was. */
  restore(studyId: string): Promise<void>;
  /** All that is kept of a run that has ended. */
  readRun(studyId: string, runId: string): Promise<FileOutcome<RecordedRun>>;
  /** The text of the trained net that the runs of a study start from. */
  readNet(studyId: string): Promise<FileOutcome<{ readonly text: string }>>;
  /** Comes at most about four times a second for each study. */
  onChanged(listener: (update: StudyUpdate) => void): () => void;
  /** Another window has removed a study. */
  onRemoved(listener: (studyId: string) => void): () => void;
}

const NO_STUDIES = "This host trains no studies.";

/** Of a host that trains none. */
export const noStudies: StudyHost = {
  list: async () => [],
  open: async () => ({ status: "failed", problem: { message: NO_STUDIES } }),
  start: async () => ({ status: "failed", problem: { message: NO_STUDIES } }),
  pause: async () => undefined,
  resume: async () => undefined,
  cancel: async () => undefined,
  rename: async () => undefined,
  retry: async () => undefined,
  label: async () => undefined,
  removeRuns: async () => undefined,
  restoreRuns: async () => [],
  remove: async () => undefined,
  restore: async () => undefined,
  readRun: async () => ({ status: "failed", problem: { message: NO_STUDIES } }),
  readNet: async () => ({ status: "failed", problem: { message: NO_STUDIES } }),
  onChanged: () => () => undefined,
  onRemoved: () => () => undefined,
};
