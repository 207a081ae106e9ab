/**
 * The folder that `train --out` writes and `resume` takes up. docs/file-formats.md describes its files; `engine/host/nodeRunFolder.ts`
 * writes those that a run needs to go on.
 */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  CHECKPOINTS_FOLDER,
  MODEL_FILE,
  RUN_FILE,
  RunFolder,
  takeNewestCheckpoint,
  writeRunRecord,
} from "../engine/host/nodeRunFolder.ts";
import { writeWholeFile } from "../engine/host/nodeWholeFile.ts";
import { describeFirstIssue, describeJsonError, type LayerscopeDocument } from "../engine/index.ts";
import type { Checkpoint } from "../engine/train/checkpoint.ts";
import type { CheckpointStore } from "../engine/train/checkpoints.ts";
import { describeFileError, readTextFile } from "./documentFile.ts";
import { claimFolder } from "./folderClaim.ts";
import { makeOptionFolder } from "./namedPlaces.ts";
import { type StartingFile, startRecordSchema } from "./startOption.ts";
import { UsageError } from "./usageError.ts";

const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/** What `run.json` says from the start on. */
export interface RunStart {
  readonly command: readonly string[];
  readonly startedAt: string;
  readonly engineVersion: string;
  readonly nodeVersion: string;
  readonly seed: number;
  /** Limits of the run besides its document; null: none. */
  readonly maxSteps: number | null;
  readonly trainSamples: number | null;
  readonly checkpointSeconds: number;
  /** The trained net that the run started from; absent: initializers. */
  readonly from?: StartingFile["record"];
  /** After which steps the run was taken up again. */
  readonly resumes: readonly { readonly step: number; readonly at: string }[];
}

export interface RunDirectory {
  readonly path: string;
  readonly checkpoints: CheckpointStore;
  addMetric(line: string): void;
  /** See `RunFolder`. */
  openFrames(nodeIds: readonly string[]): void;
  addFrame(frame: ArrayBuffer): void;
  /** Writes what is known at the end and closes the folder. */
  finish(call: { readonly model: Iterable<Uint8Array> | null; readonly record: object }): void;
}

const directoryOver = (folder: RunFolder, start: RunStart): RunDirectory => {
  // A process that is killed leaves this.
  writeRunRecord(folder.path, { outcome: "running", failure: null, ...start });
  return {
    path: folder.path,
    checkpoints: folder,
    addMetric: (line) => folder.addMetric(line),
    openFrames: (nodeIds) => folder.openFrames(nodeIds),
    addFrame: (frame) => folder.addFrame(frame),
    finish: ({ model, record }) => {
      folder.close();
      // Before the record: a run whose net the disk refuses has not finished, and can be taken up again.
      if (model !== null) writeWholeFile(join(folder.path, MODEL_FILE), model, { flushes: true });
      writeRunRecord(folder.path, { ...start, ...record });
    },
  };
};

const folderNames = (path: string): readonly string[] => {
  try {
    return readdirSync(path);
  } catch (error) {
    throw new UsageError(`--out: ${describeFileError(path, error)}`);
  }
};

/** Refuses a folder that holds anything: a run is never mixed with another's files. */
export const createRunDirectory = async (
  path: string,
  document: LayerscopeDocument,
  start: RunStart,
): Promise<RunDirectory> => {
  makeOptionFolder("out", path);
  await claimFolder(path);
  const [existing] = folderNames(path);
  if (existing !== undefined) {
    throw new UsageError(`--out ${path} is not empty: it holds ${existing}. Name a new or empty folder.`);
  }
  try {
    return directoryOver(RunFolder.create(path, document, start.checkpointSeconds * 1000), start);
  } catch (error) {
    // Empty as it was: what a full disk took of a run would refuse the next.
    for (const name of folderNames(path)) rmSync(join(path, name), { recursive: true, force: true });
    throw new UsageError(`--out: ${describeFileError(path, error)}`);
  }
};

const RECORD_VERSION = 1;
const headSchema = z.looseObject({ format: z.literal("layerscope-run"), version: z.int() });

const recordSchema = z.looseObject({
  format: z.literal("layerscope-run"),
  version: z.literal(RECORD_VERSION),
  outcome: z.enum(["running", "finished", "stopped", "failed"]),
  failure: z.looseObject({ reason: z.string(), message: z.string() }).nullable(),
  command: z.array(z.string()),
  startedAt: z.string().refine((text) => Number.isFinite(Date.parse(text)), "a date and time"),
  engineVersion: z.string(),
  nodeVersion: z.string(),
  seed: z.int(),
  maxSteps: z.int().nullable(),
  trainSamples: z.int().nullable(),
  checkpointSeconds: z.number().positive(),
  from: startRecordSchema.exactOptional(),
  resumes: z.array(z.strictObject({ step: z.int(), at: z.string() })),
  /** Written at the end. */
  steps: z.int().nullish(),
  elapsedMs: z.number().nullish(),
});

export type RunRecord = z.infer<typeof recordSchema>;

/** `run.json` of a run folder. */
export const readRunRecord = (path: string): RunRecord => {
  if (!existsSync(path)) throw new UsageError(`${path} does not exist.`);
  const file = join(path, RUN_FILE);
  if (!existsSync(file)) throw new UsageError(`${path} is not a run folder: it has no ${RUN_FILE}.`);
  const json = readJson(file);
  const record = recordSchema.safeParse(json);
  if (record.success) return record.data;
  const head = headSchema.safeParse(json);
  if (head.success && head.data.version > RECORD_VERSION) {
    throw new UsageError(
      `${file} has version ${head.data.version}; this Layerscope reads up to ${RECORD_VERSION}. Use a newer one.`,
    );
  }
  throw new UsageError(`${file} is not the record of a run: ${describeFirstIssue(record.error, json)}.`);
};

const readJson = (file: string): unknown => {
  const text = readTextFile(file, MAX_RECORD_BYTES);
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${file}: ${describeJsonError(text)}`);
  }
};

const hashSchema = z.looseObject({ lossesHash: z.string() });

/** What `run.json` says of the losses of a run; null for a run that has not finished, and for a model JSON by itself. */
export const lossesHashOf = (path: string): string | null => {
  const file = join(path, RUN_FILE);
  // The path may be a model JSON, which has no folder's files.
  if (!existsSync(file)) return null;
  const parsed = hashSchema.safeParse(readJson(file));
  return parsed.success ? parsed.data.lossesHash : null;
};

/** The newest checkpoint of a run that can go on, and what is wrong with newer ones. Refuses a run that has come to its end. */
export const findCheckpoint = (
  path: string,
  { outcome, failure }: RunRecord,
): { readonly checkpoint: Checkpoint | null; readonly problems: readonly string[] } => {
  if (outcome === "finished") throw new UsageError(`The run in ${path} has finished: there is nothing left to train.`);
  if (failure?.reason === "diverged") {
    throw new UsageError(`The run in ${path} diverged, and would again: ${failure.message}`);
  }
  const folder = join(path, CHECKPOINTS_FOLDER);
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new UsageError(`${folder} is a file: it should be the folder of the run's checkpoints.`);
  }
  try {
    return takeNewestCheckpoint(path);
  } catch (error) {
    throw new UsageError(describeFileError(folder, error));
  }
};

/** Takes up a run after its checkpoint; null: from the first step. */
export const resumeRunDirectory = (call: {
  readonly path: string;
  readonly checkpoint: Checkpoint | null;
  readonly record: RunRecord;
  readonly at: string;
}): RunDirectory => {
  const { path, checkpoint, record, at } = call;
  const { command, startedAt, engineVersion, nodeVersion, seed, maxSteps, trainSamples, checkpointSeconds } = record;
  const { from } = record;
  try {
    return directoryOver(RunFolder.resume(path, checkpoint, checkpointSeconds * 1000), {
      ...{ command, startedAt, engineVersion, nodeVersion, seed, maxSteps, trainSamples, checkpointSeconds },
      ...(from === undefined ? {} : { from }),
      resumes: [...record.resumes, { step: checkpoint?.session.step ?? 0, at }],
    });
  } catch (error) {
    // The file of the folder that is at fault, where the system names it.
    const file = error instanceof Error && "path" in error && typeof error.path === "string" ? error.path : path;
    throw new UsageError(describeFileError(file, error));
  }
};
