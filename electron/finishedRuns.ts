/**
 * Runs that have come to their end, kept to be looked at again: by themselves, stopped, or because the net diverged. `run.json` says how each
 * began and ended, `metrics.jsonl` has every step, epoch and change of settings, `frames.bin` what was measured.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import {
  CHECKPOINTS_FOLDER,
  DOCUMENT_FILE,
  FRAMES_FILE,
  METRICS_FILE,
  MODEL_FILE,
  RUN_FILE,
  writeRunRecord,
} from "../engine/host/nodeRunFolder.ts";
import { writeWholeFile } from "../engine/host/nodeWholeFile.ts";
import { err, messageOf, ok, type Result } from "../engine/index.ts";
import { epochSchema, metricNumber, type TrainEvent, trainEventSchema } from "../engine/protocol.ts";
import type { RecordedRun } from "./ipcContract.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

const eventOf = <T extends TrainEvent["type"]>(...types: readonly T[]) =>
  trainEventSchema.pipe(z.custom<EventOf<T>>((event) => types.some((type) => (event as TrainEvent).type === type)));

const progressSchema = z.strictObject({
  step: z.int(),
  epoch: z.int(),
  samplesPerSecond: z.number(),
  secondsLeft: z.number(),
  statisticsShare: z.number(),
  dropped: z.int(),
});

const recordSchema = z.looseObject({
  outcome: z.enum(["finished", "stopped", "failed"]),
  title: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  /** With the settings that were changed on the way. */
  started: eventOf("started"),
  ended: eventOf("finished", "failed"),
  /** Of its last frame. */
  progress: progressSchema.nullable(),
  lastEpoch: epochSchema.nullable(),
  /** Of the highest test accuracy or R²; absent in the records of older versions, and the number of it in those of studies. */
  bestEpoch: epochSchema.nullable().optional().catch(undefined),
  /** Of the Layerscope that trained it; absent in the records of older versions. */
  engineVersion: z.string().optional(),
});

export type FinishedRecord = z.infer<typeof recordSchema>;
type Epoch = z.infer<typeof epochSchema>;

/** Names of all folders of runs. */
export const runIds = (runsFolder: string): readonly string[] => {
  if (statSync(runsFolder, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(runsFolder);
};

/** null: there is no such run, it has not ended, or another version wrote its record. */
const readRecord = (folder: string): FinishedRecord | null => {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(readFileSync(path.join(folder, RUN_FILE), "utf8")));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
};

/** All runs that have come to their end, the latest first. */
export const endedRuns = (
  runsFolder: string,
): readonly { readonly runId: string; readonly folder: string; readonly record: FinishedRecord }[] =>
  runIds(runsFolder)
    .flatMap((runId) => {
      const folder = path.join(runsFolder, runId);
      const record = readRecord(folder);
      return record === null ? [] : [{ runId, folder, record }];
    })
    .sort((a, b) => (a.record.endedAt < b.record.endedAt ? 1 : -1));

/** Writes how a run ended; from here on it is a finished one. Nobody goes on from its checkpoints: they go. */
export const writeFinishedRecord = (folder: string, record: FinishedRecord): void => {
  const failure = record.ended.type === "failed" ? record.ended.failure : null;
  writeRunRecord(folder, { failure, ...record });
  rmSync(path.join(folder, CHECKPOINTS_FOLDER), { recursive: true, force: true });
};

/** The trained net, for an export when its trainer is gone. */
export const writeFinishedModel = (folder: string, pieces: Iterable<Uint8Array>): void => {
  // One that is there is whole: the trainer may be ended while it writes.
  writeWholeFile(path.join(folder, MODEL_FILE), pieces);
};

const lineSchema = z.union([
  z.looseObject({ event: z.literal("step"), step: z.int().min(1) }),
  z.looseObject({ event: z.literal("epoch"), record: epochSchema }),
  // As runs of studies and of the command line have it.
  epochSchema.extend({ event: z.literal("epoch") }).transform(({ event, ...record }) => ({ event, record })),
  z.looseObject({ event: z.literal("trainingChanged"), change: eventOf("trainingChanged") }),
  /** What `frames.bin` has as well. */
  z.looseObject({ event: z.literal("frame") }),
]);

interface RecordedMetrics {
  /** Step, loss and accuracy of each step. */
  readonly steps: ArrayBuffer;
  readonly epochs: Epoch[];
  readonly changes: EventOf<"trainingChanged">[];
  /** Lines at the end that are none: their writer was killed, or the disk lost them. */
  readonly lostLines: number;
}

/** What the lines of `metrics.jsonl` tell, up to the first that is damaged. */
const parseMetrics = (text: string): RecordedMetrics => {
  const steps: number[] = [];
  const epochs: Epoch[] = [];
  const changes: EventOf<"trainingChanged">[] = [];
  const lines = text.split("\n").filter((line) => line !== "");
  let numRead = 0;
  for (const line of lines) {
    const parsed = parseLine(line);
    if (parsed === null) break;
    if (parsed.event === "step")
      steps.push(parsed.step, metricNumber(parsed.loss), metricNumber(parsed.accuracy ?? parsed.r2));
    else if (parsed.event === "trainingChanged") changes.push(parsed.change);
    else if (parsed.event === "epoch") epochs.push(parsed.record);
    numRead += 1;
  }
  return { steps: Float64Array.from(steps).buffer, epochs, changes, lostLines: lines.length - numRead };
};

const parseLine = (line: string): z.infer<typeof lineSchema> | null => {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
};

/** What each epoch of a run measured. */
export const readEpochs = (folder: string): readonly Epoch[] =>
  readFileSync(path.join(folder, METRICS_FILE), "utf8")
    .split("\n")
    .filter((line) => line.startsWith('{"event":"epoch"'))
    .flatMap((line) => {
      const parsed = parseLine(line);
      return parsed?.event === "epoch" ? [parsed.record] : [];
    });

const isThere = (file: string): boolean => statSync(file, { throwIfNoEntry: false }) !== undefined;

/** The file of a run's frames; null: there is none. */
const readFrameBytes = (folder: string): Uint8Array<ArrayBuffer> | null => {
  const file = path.join(folder, FRAMES_FILE);
  return isThere(file) ? new Uint8Array(readFileSync(file)) : null;
};

/** What a run's folder keeps of its way so far. */
export const readHistory = (folder: string): RecordedMetrics & { readonly frames: Uint8Array<ArrayBuffer> | null } => ({
  ...parseMetrics(readFileSync(path.join(folder, METRICS_FILE), "utf8")),
  frames: readFrameBytes(folder),
});

/** All that is kept of a finished run; an error is a sentence. */
export const readFinishedRun = (runsFolder: string, runId: string): Result<RecordedRun, string> => {
  const folder = path.join(runsFolder, runId);
  const record = readRecord(folder);
  if (record === null) return err("Its files are no longer there, or another version of Layerscope wrote them.");
  try {
    return ok({
      text: readFileSync(path.join(folder, DOCUMENT_FILE), "utf8"),
      started: record.started,
      ended: record.ended,
      progress: record.progress,
      ...readHistory(folder),
      hasModel: isThere(path.join(folder, MODEL_FILE)),
    });
  } catch (error) {
    return err(messageOf(error));
  }
};

/** The text of the document that a finished run has trained; null: there is no such run. */
export const readFinishedDocument = (runsFolder: string, runId: string): string | null => {
  const folder = path.join(runsFolder, runId);
  return readRecord(folder) === null ? null : readFileSync(path.join(folder, DOCUMENT_FILE), "utf8");
};

/** The text of a finished run's model JSON; an error is a sentence. */
/** The file of the trained net of a run; the error is a sentence. */
export const finishedModelFile = (runsFolder: string, runId: string): Result<string, string> => {
  const file = path.join(runsFolder, runId, MODEL_FILE);
  return existsSync(file) ? ok(file) : err("The net is no longer with its run.");
};

export const readFinishedModel = (runsFolder: string, runId: string): Result<string, string> => {
  try {
    return ok(readFileSync(path.join(runsFolder, runId, MODEL_FILE), "utf8"));
  } catch (error) {
    return err(messageOf(error));
  }
};
