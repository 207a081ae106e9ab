/**
 * Runs of the page that have not come to their end, in the database of `webRunDatabase.ts`: `unfinished` by id, what lists need; `checkpoints`,
 * all else of a run but what grows with it: `steps` by id and the number of steps before them, `frames` by id and ordinal. What was written
 * before stays there, so a checkpoint costs what is new. All of a checkpoint is written or nothing.
 */
import type { TrainEvent } from "../protocol.ts";
import type { EpochRecord } from "../telemetry/epochRecord.ts";
import type { FrameRecord } from "../telemetry/frameMemory.ts";
import type { EndedRun } from "./endedRun.ts";
import { asked, completed } from "./indexedDb.ts";

export const UNFINISHED_STORES = ["unfinished", "checkpoints", "steps", "frames"];

/** What lists need. */
export interface UnfinishedFacts {
  readonly runId: string;
  readonly title: string;
  /** Of the checkpoint. */
  readonly step: number;
  readonly totalSteps: number;
  /** When the run was last begun or taken up, ISO 8601. */
  readonly touchedAt: string;
}

export interface KeptCheckpoint extends Pick<EndedRun, "title" | "startedAt" | "started" | "progress"> {
  /** Of its document, as it was when the run began. */
  readonly text: string;
  readonly epochs: readonly EpochRecord[];
  readonly changes: readonly Extract<TrainEvent, { type: "trainingChanged" }>[];
  /** Of the frames, see `FrameMemory`. */
  readonly stride: number;
  readonly received: number;
  /** As `encodeCheckpoint` wrote it. */
  readonly checkpoint: Uint8Array<ArrayBuffer>;
}

/** A run as its checkpoint found it. */
export interface UnfinishedRun extends KeptCheckpoint {
  /** Step, loss and accuracy of each step. */
  readonly steps: Float64Array<ArrayBuffer>;
  readonly frames: readonly FrameRecord[];
}

/** What a checkpoint adds to the one before it. */
export interface NewCheckpoint {
  readonly facts: UnfinishedFacts;
  readonly kept: KeptCheckpoint;
  /** Those after the first `numSteps`. */
  readonly steps: { readonly numSteps: number; readonly values: Float64Array<ArrayBuffer> };
  readonly frames: readonly FrameRecord[];
  /** Ordinals of frames that have gone. */
  readonly goneFrames: readonly number[];
}

/** Keys of two parts that begin with the id: arrays come after all numbers. */
const partsOf = (runId: string): IDBKeyRange => IDBKeyRange.bound([runId], [runId, []]);

export const writeUnfinished = async (database: IDBDatabase, checkpoint: NewCheckpoint): Promise<void> => {
  const { facts, kept, steps, frames, goneFrames } = checkpoint;
  const { runId } = facts;
  const transaction = database.transaction(UNFINISHED_STORES, "readwrite");
  transaction.objectStore("unfinished").put(facts, runId);
  transaction.objectStore("checkpoints").put(kept, runId);
  if (steps.values.length > 0) transaction.objectStore("steps").put(steps.values, [runId, steps.numSteps]);
  const store = transaction.objectStore("frames");
  for (const { ordinal, bytes } of frames) store.put(bytes, [runId, ordinal]);
  for (const ordinal of goneFrames) store.delete([runId, ordinal]);
  await completed(transaction);
};

/** The latest first. */
export const readUnfinishedFacts = async (database: IDBDatabase): Promise<readonly UnfinishedFacts[]> => {
  const rows = await asked(database.transaction("unfinished").objectStore("unfinished").getAll());
  return (rows as UnfinishedFacts[]).sort((a, b) => (a.touchedAt < b.touchedAt ? 1 : -1));
};

/** null: it has no checkpoint, or has come to its end. */
export const readUnfinished = async (database: IDBDatabase, runId: string): Promise<UnfinishedRun | null> => {
  const transaction = database.transaction(UNFINISHED_STORES);
  const [kept, parts, frames, places] = await Promise.all([
    asked(transaction.objectStore("checkpoints").get(runId)) as Promise<KeptCheckpoint | undefined>,
    asked(transaction.objectStore("steps").getAll(partsOf(runId))) as Promise<Float64Array[]>,
    asked(transaction.objectStore("frames").getAll(partsOf(runId))) as Promise<Uint8Array<ArrayBuffer>[]>,
    asked(transaction.objectStore("frames").getAllKeys(partsOf(runId))) as Promise<[string, number][]>,
  ]);
  if (kept === undefined) return null;
  const steps = joinedSteps(parts);
  const records = frames.flatMap((bytes, index) => {
    const [, ordinal] = places[index] ?? [];
    return ordinal === undefined ? [] : [{ ordinal, bytes }];
  });
  return { ...kept, steps, frames: records };
};

/** The checkpoint alone, as bytes. */
export const readCheckpointBytes = async (database: IDBDatabase, runId: string): Promise<Uint8Array | null> => {
  const kept = await asked(database.transaction("checkpoints").objectStore("checkpoints").get(runId));
  return (kept as KeptCheckpoint | undefined)?.checkpoint ?? null;
};

/** As part of a transaction on its stores. */
export const removeUnfinished = (transaction: IDBTransaction, runId: string): void => {
  for (const store of ["unfinished", "checkpoints"]) transaction.objectStore(store).delete(runId);
  for (const store of ["steps", "frames"]) transaction.objectStore(store).delete(partsOf(runId));
};

export const discardUnfinished = async (database: IDBDatabase, runId: string): Promise<void> => {
  const transaction = database.transaction(UNFINISHED_STORES, "readwrite");
  removeUnfinished(transaction, runId);
  await completed(transaction);
};

/** Steps one after the other. */
export const joinedSteps = (parts: readonly Float64Array[]): Float64Array<ArrayBuffer> => {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
