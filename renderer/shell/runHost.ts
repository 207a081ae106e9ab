/** Runs, as a host keeps them. What a record of a run holds is said where it is written: in the contract of the desktop app. */
import type { FinishedRun, RecordedRun, RunShelf, UnfinishedRun } from "../../electron/ipcContract.ts";
import type { RunLabel } from "../../engine/protocol.ts";
import type { Downloaded, FileOutcome } from "./shell.ts";

export type { FinishedRun, RecordedRun, RunShelf, UnfinishedRun };

export interface RunHost {
  /** Runs that were interrupted and can go on, the latest first; none where nothing is kept of runs. */
  unfinished(): Promise<readonly UnfinishedRun[]>;
  /** The text of the document that an unfinished or a finished run trains. */
  readDocument(runId: string): Promise<FileOutcome<{ readonly text: string }>>;
  /** Removes an unfinished run for good. */
  discard(runId: string): Promise<void>;
  /** Runs that have come to their end. */
  finished(): Promise<RunShelf>;
  /** All that is kept of a finished run. */
  read(runId: string): Promise<FileOutcome<RecordedRun>>;
  /** The text of the model JSON of a finished run. */
  readModel(runId: string): Promise<FileOutcome<{ readonly text: string }>>;
  /** Saves it where the user says. */
  exportModel(runId: string, suggestedName: string): Promise<FileOutcome<{ readonly fileName: string } & Downloaded>>;
  label(runId: string, label: RunLabel): Promise<FileOutcome<null>>;
  /** Puts finished runs away until the app starts again. */
  remove(runIds: readonly string[]): Promise<FileOutcome<null>>;
  /** Brings removed runs back. */
  restore(runIds: readonly string[]): Promise<FileOutcome<null>>;
  /** Another window has labelled, removed or restored finished runs, or a run has come to its end there. */
  onChanged(listener: () => void): () => void;
}
