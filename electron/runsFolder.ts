/** The folder of the app's runs: one run folder each. Unfinished ones can go on; `finishedRuns.ts` has those that have come to their end. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import {
  checkpointSteps,
  RUN_FILE,
  RunFolder,
  takeNewestCheckpoint,
  writeRunRecord,
} from "../engine/host/nodeRunFolder.ts";
import { type LayerscopeDocument, serialize } from "../engine/index.ts";
import type { Checkpoint } from "../engine/train/checkpoint.ts";
import { endedRuns, runIds } from "./finishedRuns.ts";
import type { UnfinishedRun } from "./ipcContract.ts";
import { hasRunLabel } from "./runLabels.ts";

const CHECKPOINT_INTERVAL_MS = 30_000;
/** Of those kept while another run begins. */
const MAX_UNFINISHED = 8;

const recordSchema = z.looseObject({
  outcome: z.literal("running"),
  title: z.string(),
  startedAt: z.string(),
  /** When it was last begun or taken up. */
  touchedAt: z.string(),
  totalSteps: z.int().nullable(),
  /** Of its trainer; absent in the records of older versions. */
  processId: z.int().optional(),
});

export type AppRunRecord = z.infer<typeof recordSchema>;

export const writeRecord = (folder: string, record: AppRunRecord): void =>
  writeRunRecord(folder, { failure: null, ...record });

/** null: there is no such run, it has come to its end, or its record is damaged. */
const readRecord = (folder: string): AppRunRecord | null => {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(readFileSync(path.join(folder, RUN_FILE), "utf8")));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
};

/** Whether a process of that number runs; it may be another's by now. */
const isAlive = (processId: number): boolean => {
  try {
    // Signal 0 only asks whether there is such a process; not being allowed to ask means that there is.
    return process.kill(processId, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

/** Whether a trainer that `isTraining` knows by its process is at work on the run. */
export const isBeingTrained = (
  runsFolder: string,
  runId: string,
  isTraining: (processId: number) => boolean,
): boolean => {
  const processId = readRecord(path.join(runsFolder, runId))?.processId;
  return processId !== undefined && isTraining(processId);
};

/** Runs that can go on, the latest first; not those that `isTraining` knows by the process of their trainer. */
export const unfinishedRuns = (
  runsFolder: string,
  isTraining: (processId: number) => boolean = () => false,
): readonly UnfinishedRun[] =>
  runIds(runsFolder)
    .flatMap((runId) => {
      const record = readRecord(path.join(runsFolder, runId));
      const [step] = checkpointSteps(path.join(runsFolder, runId));
      if (record === null || step === undefined || isBeingTrained(runsFolder, runId, isTraining)) return [];
      const { title, totalSteps, touchedAt } = record;
      return [{ runId, title, step, totalSteps, touchedAt }];
    })
    .sort((a, b) => (a.touchedAt < b.touchedAt ? 1 : -1));

export const discardRun = (runsFolder: string, runId: string): void =>
  rmSync(path.join(runsFolder, runId), { recursive: true, force: true });

/** The document of an unfinished run, with what was changed on the way; null: it cannot go on. */
export const documentOfRun = (runsFolder: string, runId: string): string | null => {
  const { checkpoint } = takeNewestCheckpoint(path.join(runsFolder, runId));
  return checkpoint === null ? null : serialize(checkpoint.session.document);
};

/** A folder for a run that begins. Runs that were interrupted and cannot go on, and the oldest of many unfinished ones, make room. */
export const createAppRun = (call: {
  readonly runsFolder: string;
  readonly document: LayerscopeDocument;
  readonly title: string;
  readonly at: string;
}): { readonly runId: string; readonly folder: RunFolder; readonly record: AppRunRecord } => {
  const { runsFolder, document, title, at } = call;
  const kept = new Set(
    [...unfinishedRuns(runsFolder).slice(0, MAX_UNFINISHED), ...endedRuns(runsFolder)].map(({ runId }) => runId),
  );
  for (const runId of runIds(runsFolder)) {
    // What the user has named stays, also where another version wrote its record.
    if (kept.has(runId) || hasRunLabel(path.join(runsFolder, runId))) continue;
    // A run that another window has just begun has no checkpoint yet.
    const processId = readRecord(path.join(runsFolder, runId))?.processId;
    if (processId === undefined || processId === process.pid || !isAlive(processId)) discardRun(runsFolder, runId);
  }
  const runId = randomUUID();
  const folder = path.join(runsFolder, runId);
  mkdirSync(folder, { recursive: true });
  const record: AppRunRecord = {
    outcome: "running",
    title,
    startedAt: at,
    touchedAt: at,
    totalSteps: null,
    processId: process.pid,
  };
  writeRecord(folder, record);
  return { runId, folder: RunFolder.create(folder, document, CHECKPOINT_INTERVAL_MS), record };
};

/** Takes up an unfinished run; null: it cannot go on. */
export const resumeAppRun = (call: {
  readonly runsFolder: string;
  readonly runId: string;
  readonly at: string;
}): { readonly folder: RunFolder; readonly checkpoint: Checkpoint; readonly record: AppRunRecord } | null => {
  const place = path.join(call.runsFolder, call.runId);
  const old = readRecord(place);
  const { checkpoint } = takeNewestCheckpoint(place);
  if (old === null || checkpoint === null) return null;
  const record = { ...old, touchedAt: call.at, processId: process.pid };
  writeRecord(place, record);
  return { folder: RunFolder.resume(place, checkpoint, CHECKPOINT_INTERVAL_MS), checkpoint, record };
};
