/** What is known of a study while its runs train: the same for the desktop app, a browser and the command line. */
import type { EpochRecord } from "../telemetry/epochRecord.ts";
import type { RunLabel } from "./runLabel.ts";
import type { AxisValue } from "./studyAxes.ts";
import type { StudyFindings } from "./studyTask.ts";

/**
 * waiting: in the queue. cancelled: taken out of it by the user. diverged: ended by its numbers. failed: ended by something else. deleted:
 * nothing is left of it but its label. All but finished ones can be retried, deleted ones only when the user asks for it.
 */
export type StudyRunState = "waiting" | "running" | "finished" | "diverged" | "failed" | "cancelled" | "deleted";

/** With what the user has written on it. */
export interface StudyRunStatus extends RunLabel {
  /** `run-001`. */
  readonly id: string;
  /** What each axis is in this run, by the axis's title. */
  readonly params: Readonly<Record<string, AxisValue>>;
  readonly state: StudyRunState;
  /** Why it diverged or failed, a sentence. */
  readonly failure: string | null;
  /** As they come: curves grow while a run trains. */
  readonly epochs: readonly EpochRecord[];
  /** The last one trained; 0 before the first. */
  readonly step: number;
  /** null: not known before the run begins. */
  readonly totalSteps: number | null;
  /** Of training, up to its end or so far; null before it begins. */
  readonly elapsedMs: number | null;
  /** Where the study asks for more than epochs, at its end. */
  readonly findings?: StudyFindings;
  /** ISO 8601; null: it has not come to its end, or nobody wrote it down. */
  readonly endedAt: string | null;
  /** Of all its files, of a run that has ended. */
  readonly bytes: number;
}

/** paused: what runs goes on to its end, nothing new begins. */
export type StudyState = "running" | "paused" | "finished" | "cancelled";

export interface StudyStatus {
  readonly studyId: string;
  readonly title: string;
  readonly state: StudyState;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly numRuns: number;
  /** Neither waiting nor running. */
  readonly numEnded: number;
  readonly numRunning: number;
  readonly numDiverged: number;
  readonly numFailed: number;
  readonly numCancelled: number;
  readonly numDeleted: number;
  /** null: not known before a run has ended, or nothing is left to train. */
  readonly secondsLeft: number | null;
  /** Of a run besides its training, the median of those that ended while the app ran; absent: none has. */
  readonly startSeconds?: number;
  /** Runs at a time. */
  readonly jobs: number;
  /** On the disk. */
  readonly bytes: number;
  /** A run trains in a window: until it ends or is paused, runs stand still and none begins. */
  readonly isHeld: boolean;
  /** Why it cannot be trained, or what could not be written, a sentence. */
  readonly problem: string | null;
}

export interface StudyDetail extends StudyStatus {
  /** The study with its document inside, as it was when it began, with the title that it has now. */
  readonly text: string;
  readonly runs: readonly StudyRunStatus[];
}

export interface StudyUpdate {
  readonly status: StudyStatus;
  /** Those that changed. */
  readonly runs: readonly StudyRunStatus[];
}
