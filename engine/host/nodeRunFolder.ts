/**
 * The folder of a run on disk, for the command line and the app's trainer: `document.layerscope` (frozen), `metrics.jsonl`, `frames.bin`,
 * `run.json` and `checkpoints/`. docs/file-formats.md describes them.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LayerscopeDocument } from "../document/schema.ts";
import { serialize } from "../document/serialize.ts";
import { counted, formatCount } from "../layer.ts";
import { err, messageOf, type Result } from "../result.ts";
import type { RecordedFrames } from "../telemetry/frameFile.ts";
import { hasNodes } from "../telemetry/frameLayout.ts";
import { metricJson } from "../telemetry/metricJson.ts";
import { type Checkpoint, decodeCheckpoint } from "../train/checkpoint.ts";
import type { CheckpointStore } from "../train/checkpoints.ts";
import { FrameFileWriter, readFrameFile } from "./nodeFrameFile.ts";
import { naming, writeWholeFile } from "./nodeWholeFile.ts";
import { systemReason } from "./systemReason.ts";

export const DOCUMENT_FILE = "document.layerscope";
export const METRICS_FILE = "metrics.jsonl";
export const FRAMES_FILE = "frames.bin";
export const RUN_FILE = "run.json";
export const MODEL_FILE = "model.model.json";
export const CHECKPOINTS_FOLDER = "checkpoints";
/** The newest may be damaged by what ended the run. */
const MAX_CHECKPOINTS = 2;
const DIGEST_BYTES = 32;

const checkpointName = (step: number): string => `step-${step}.checkpoint`;

/** Of a checkpoint's file; null for other files. */
const stepOfName = (name: string): number | null => {
  const [, digits] = /^step-(\d+)\.checkpoint$/.exec(name) ?? [];
  return digits === undefined ? null : Number(digits);
};

const digestOf = (pieces: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
};

/** A rename is on the disk when its folder is. Windows cannot flush folders, and needs not. */
const flushFolder = async (path: string): Promise<void> => {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

/** A whole file or none: beside its place first, flushed, then renamed. */
const writeWhole = async (folder: string, name: string, pieces: readonly Uint8Array[]): Promise<void> => {
  const temporary = join(folder, `.${name}.tmp`);
  try {
    const file = await open(temporary, "w");
    try {
      for (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(folder, name));
  } catch (error) {
    // What is left of it would keep a disk full that is.
    await rm(temporary, { force: true });
    throw new Error(`${systemReason(error) ?? messageOf(error)}.`);
  }
  await flushFolder(folder);
};

/** `run.json`: how the run was made, and how it ended. */
export const writeRunRecord = (path: string, record: object): void => {
  // A kill leaves the record before or this one, and no half of it, which would have a finished run begun again.
  const text = `${metricJson({ format: "layerscope-run", version: 1, ...record }, 2)}\n`;
  writeWholeFile(join(path, RUN_FILE), text);
};

/** A run that writes to its folder. */
export class RunFolder implements CheckpointStore {
  readonly path: string;
  readonly everyMs: number;
  readonly #metrics: number;
  #metricsBytes: number;
  /** null before the run has told its nodes. */
  #frames: FrameFileWriter | null = null;
  /** Of the checkpoint that the run goes on from. */
  readonly #firstStep: number;

  private constructor(path: string, everyMs: number, metrics: number, metricsBytes: number, firstStep: number) {
    this.#firstStep = firstStep;
    this.path = path;
    this.everyMs = everyMs;
    this.#metrics = metrics;
    this.#metricsBytes = metricsBytes;
  }

  /** In an existing folder without a run. */
  static create(path: string, document: LayerscopeDocument, everyMs: number): RunFolder {
    writeFileSync(join(path, DOCUMENT_FILE), serialize(document));
    mkdirSync(join(path, CHECKPOINTS_FOLDER));
    return new RunFolder(path, everyMs, openSync(join(path, METRICS_FILE), "w"), 0, 0);
  }

  /** Takes up a run: metrics of steps after its checkpoint are dropped, they will come again; null: from the first step. */
  static resume(path: string, checkpoint: Checkpoint | null, everyMs: number): RunFolder {
    mkdirSync(join(path, CHECKPOINTS_FOLDER), { recursive: true });
    const metricsBytes = checkpoint?.run.metricsBytes ?? 0;
    const metrics = openSync(join(path, METRICS_FILE), metricsBytes === 0 ? "w" : "r+");
    ftruncateSync(metrics, metricsBytes);
    return new RunFolder(path, everyMs, metrics, metricsBytes, checkpoint?.session.step ?? 0);
  }

  /** One line of `metrics.jsonl`, without its end. */
  addMetric(line: string): void {
    const bytes = new TextEncoder().encode(`${line}\n`);
    try {
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(this.#metrics, bytes, at, bytes.length - at, this.#metricsBytes + at);
      }
    } catch (error) {
      throw naming(error, join(this.path, METRICS_FILE));
    }
    this.#metricsBytes += bytes.length;
  }

  /** Before the first frame: the nodes that frames are of, in program order. */
  openFrames(nodeIds: readonly string[]): void {
    const file = join(this.path, FRAMES_FILE);
    this.#frames =
      this.#firstStep === 0
        ? FrameFileWriter.create(file, nodeIds)
        : FrameFileWriter.resume(file, nodeIds, this.#firstStep);
  }

  /** A frame as it was sent; one without nodes is left out. */
  addFrame(frame: ArrayBuffer): void {
    if (hasNodes(frame)) this.#frames?.add(frame);
  }

  metricsBytes(): number {
    return this.#metricsBytes;
  }

  async save(step: number, pieces: readonly Uint8Array[]): Promise<void> {
    const folder = join(this.path, CHECKPOINTS_FOLDER);
    const digest = digestOf(pieces);
    // A checkpoint on the disk must not name lines that are not.
    await promisify(fsync)(this.#metrics);
    await writeWhole(folder, checkpointName(step), [...pieces, digest]);
    const steps = (await readdir(folder)).flatMap((name) => stepOfName(name) ?? []).sort((a, b) => b - a);
    for (const old of steps.slice(MAX_CHECKPOINTS)) await rm(join(folder, checkpointName(old)), { force: true });
  }

  close(): void {
    closeSync(this.#metrics);
    this.#frames?.close();
    this.#frames = null;
  }
}

/** The frames of a run, ascending by step; null: none were kept. An error is a sentence. */
export const readFrames = (path: string): Result<RecordedFrames, string> | null =>
  readFrameFile(join(path, FRAMES_FILE));

/** Steps of the checkpoints in a run's folder, newest first. */
export const checkpointSteps = (path: string): readonly number[] => {
  try {
    return readdirSync(join(path, CHECKPOINTS_FOLDER))
      .flatMap((name) => stepOfName(name) ?? [])
      .sort((a, b) => b - a);
  } catch (error) {
    // A file in the folder's place holds none either: one damaged run must not keep a list of runs from being made.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
};

const readCheckpoint = (path: string, step: number): Result<Checkpoint, string> => {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(join(path, CHECKPOINTS_FOLDER, checkpointName(step)));
  } catch (error) {
    return err(messageOf(error));
  }
  const end = Math.max(0, bytes.length - DIGEST_BYTES);
  const content = bytes.subarray(0, end);
  if (Buffer.compare(digestOf([content]), bytes.subarray(end)) !== 0) return err("its checksum does not fit its bytes");
  const checkpoint = decodeCheckpoint(content);
  if (!checkpoint.ok) return checkpoint;
  const size = statSync(join(path, METRICS_FILE), { throwIfNoEntry: false })?.size ?? 0;
  const wanted = checkpoint.value.run.metricsBytes;
  if (size < wanted)
    return err(`${METRICS_FILE} has ${counted(size, "byte")}, and had ${formatCount(wanted)} when it was written`);
  return checkpoint;
};

/**
 * The newest checkpoint that can be used, null when there is none; and a sentence for each newer one that cannot. Those are removed, with
 * what was left of unfinished ones, so that they do not count among the last two.
 */
export const takeNewestCheckpoint = (
  path: string,
): { readonly checkpoint: Checkpoint | null; readonly problems: readonly string[] } => {
  const problems: string[] = [];
  const folder = join(path, CHECKPOINTS_FOLDER);
  for (const step of checkpointSteps(path)) {
    const read = readCheckpoint(path, step);
    if (read.ok) return { checkpoint: read.value, problems };
    problems.push(`The checkpoint of step ${step} can't be used: ${read.error}.`);
    // What has the name of a checkpoint may be a folder.
    rmSync(join(folder, checkpointName(step)), { force: true, recursive: true });
  }
  return { checkpoint: null, problems };
};

/** The lines of `metrics.jsonl` up to a checkpoint. */
export const readMetrics = (path: string, metricsBytes: number): readonly unknown[] =>
  readFileSync(join(path, METRICS_FILE))
    .subarray(0, metricsBytes)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
