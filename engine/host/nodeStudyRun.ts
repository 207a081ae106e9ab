/** The folder of a run of a study: what a run of `train` has, without its weights, and what the app needs to show it as one of its own. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { LayerscopeDocument } from "../document/schema.ts";
import type { RateStep } from "../experiments/rateRange.ts";
import { type StudyTask, studyFindingsSchema } from "../experiments/studyTask.ts";
import type { TrainEvent } from "../protocol.ts";
import { type EpochRecord, epochSchema } from "../telemetry/epochRecord.ts";
import { frameJson } from "../telemetry/frameJson.ts";
import { decodeFrame, hasNodes } from "../telemetry/frameLayout.ts";
import { metricJson, metricSchema } from "../telemetry/metricJson.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import type { CheckpointStore } from "../train/checkpoints.ts";
import { ENGINE_VERSION } from "../version.ts";
import {
  CHECKPOINTS_FOLDER,
  METRICS_FILE,
  RUN_FILE,
  RunFolder,
  readMetrics,
  takeNewestCheckpoint,
  writeRunRecord,
} from "./nodeRunFolder.ts";
import { stepRecords } from "./stepRecords.ts";
import type { StudyRunKeeper } from "./studyTrainer.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

const CHECKPOINT_SECONDS = 30;

const recordSchema = z.looseObject({
  outcome: z.enum(["running", "finished", "stopped", "failed"]),
  failure: z.looseObject({ reason: z.string(), message: z.string() }).nullable(),
  startedAt: z.string(),
  endedAt: z.string().nullable().catch(null),
  resumes: z.array(z.strictObject({ step: z.int(), at: z.string() })).catch([]),
  steps: z.int().nullable().catch(null),
  elapsedMs: z.number().nullable().catch(null),
  progress: z.looseObject({ step: z.int() }).nullable().catch(null),
  findings: studyFindingsSchema.exactOptional(),
  started: z.looseObject({ totalSteps: z.int() }).nullable().catch(null),
});

export type StudyRunRecord = z.infer<typeof recordSchema>;

/** `run.json`; null: there is none, or it is damaged, and the run is to be begun again. */
export const readStudyRunRecord = (path: string): StudyRunRecord | null => {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(readFileSync(join(path, RUN_FILE), "utf8")));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
};

/** Who was stopped can go on, and who was killed, or trained well until the disk was full. */
const isResumable = (outcome: StudyRunRecord["outcome"], failure: { readonly reason: string } | null): boolean =>
  outcome === "running" || outcome === "stopped" || failure?.reason === "crashed";

const lineSchema = epochSchema.extend({ event: z.literal("epoch") });

/** The epochs among lines of `metrics.jsonl`. */
const epochsOf = (lines: readonly unknown[]): readonly EpochRecord[] =>
  lines.flatMap((line) => {
    const parsed = lineSchema.safeParse(line);
    if (!parsed.success) return [];
    const { event: _event, ...record } = parsed.data;
    return [record];
  });

const stepLineSchema = z.looseObject({
  event: z.literal("step"),
  learningRate: z.number(),
  /** null: not finite. */
  loss: metricSchema.transform((loss) => (Number.isFinite(loss) ? loss : null)),
});

/** The steps among lines of `metrics.jsonl`. */
const stepsOf = (lines: readonly unknown[]): readonly RateStep[] =>
  lines.flatMap((line) => {
    const parsed = stepLineSchema.safeParse(line);
    return parsed.success ? [{ rate: parsed.data.learningRate, loss: parsed.data.loss }] : [];
  });

/** The lines of one kind that the folder of a run has; none where there is no such run. */
const readLines = (path: string, event: "epoch" | "step"): readonly unknown[] => {
  if (!existsSync(join(path, METRICS_FILE))) return [];
  const lines = readFileSync(join(path, METRICS_FILE), "utf8").split("\n");
  return lines.flatMap((line): unknown[] => {
    if (!line.startsWith(`{"event":"${event}"`)) return [];
    try {
      return [JSON.parse(line)];
    } catch {
      // Its writer was killed in the middle.
      return [];
    }
  });
};

export const readStudyRunEpochs = (path: string): readonly EpochRecord[] => epochsOf(readLines(path, "epoch"));

/** The rate and the loss of each step. */
export const readStudyRunSteps = (path: string): readonly RateStep[] => stepsOf(readLines(path, "step"));

class NodeStudyRun implements StudyRunKeeper {
  readonly resume: Checkpoint | null;
  readonly earlierEpochs: readonly EpochRecord[];
  readonly earlierSteps: readonly RateStep[];
  readonly checkpoints: CheckpointStore;
  readonly #folder: RunFolder;
  readonly #document: LayerscopeDocument;
  readonly #start: object;
  readonly #keepsFrameLines: boolean;
  /** Of the trained net that it starts from; null: initializers. */
  readonly #netPath: string | null;
  readonly #timestamp: () => string;
  readonly #epochs: EpochRecord[];
  #started: EventOf<"started"> | null = null;
  #finished: EventOf<"finished"> | null = null;
  #failed: EventOf<"failed"> | null = null;
  #progress: Omit<EventOf<"frame">, "type" | "sequence" | "steps" | "frame"> | null = null;

  constructor(task: StudyTask, document: LayerscopeDocument, timestamp: () => string) {
    const { place, trainSamples, command, title } = task;
    const before = readStudyRunRecord(place);
    const mayGoOn = before !== null && isResumable(before.outcome, before.failure);
    const checkpoint = mayGoOn ? takeNewestCheckpoint(place).checkpoint : null;
    // Another version may take other steps; all runs of a study shall be of one.
    const resume = checkpoint?.engineVersion === ENGINE_VERSION ? checkpoint : null;
    this.resume = resume;
    const lines = resume === null ? [] : readMetrics(place, resume.run.metricsBytes);
    this.earlierEpochs = epochsOf(lines);
    this.earlierSteps = task.measure === "learningRateRange" ? stepsOf(lines) : [];
    this.#epochs = [...this.earlierEpochs];
    const everyMs = CHECKPOINT_SECONDS * 1000;
    if (resume === null) {
      rmSync(place, { recursive: true, force: true });
      mkdirSync(place, { recursive: true });
      this.#folder = RunFolder.create(place, document, everyMs);
    } else this.#folder = RunFolder.resume(place, resume, everyMs);
    const folder = this.#folder;
    this.checkpoints = {
      everyMs,
      onlyByTime: true,
      metricsBytes: () => folder.metricsBytes(),
      save: (step, pieces) => folder.save(step, pieces),
    };
    this.#document = document;
    this.#timestamp = timestamp;
    this.#netPath = task.from === undefined ? null : resolve(task.from.place);
    this.#keepsFrameLines = task.frames === "many";
    const at = timestamp();
    const wentOn = resume === null || before === null ? [] : [...before.resumes, { step: resume.session.step, at }];
    this.#start = {
      ...{ title, command, startedAt: wentOn.length === 0 ? at : before?.startedAt },
      ...{ engineVersion: ENGINE_VERSION, nodeVersion: process.version, seed: document.training.seed },
      ...{ maxSteps: null, trainSamples, checkpointSeconds: CHECKPOINT_SECONDS, resumes: wentOn },
    };
    // A process that is killed leaves this.
    writeRunRecord(place, { outcome: "running", failure: null, ...this.#start });
  }

  receive(event: TrainEvent): void {
    if (event.type === "started") {
      this.#started = event;
      this.#folder.openFrames(event.nodeIds);
    } else if (event.type === "frame") this.#frameReceived(event);
    else if (event.type === "epoch") {
      const { type: _type, ...record } = event;
      this.#epochs.push(record);
      this.#write({ event: "epoch", ...record });
    } else if (event.type === "gradientsChecked") {
      for (const result of event.results) this.#write({ event: "gradient", ...result });
    } else if (event.type === "finished") this.#finished = event;
    else if (event.type === "failed") this.#failed = event;
  }

  #frameReceived(event: EventOf<"frame">): void {
    const { step, epoch, samplesPerSecond, secondsLeft, statisticsShare, dropped } = event;
    this.#progress = { step, epoch, samplesPerSecond, secondsLeft, statisticsShare, dropped };
    for (const record of stepRecords(event, this.#started, this.#document.training)) this.#write(record);
    this.#folder.addFrame(event.frame);
    if (!this.#keepsFrameLines || !hasNodes(event.frame)) return;
    const frame = decodeFrame(event.frame, this.#started?.nodeIds ?? []);
    if (!frame.ok) throw new Error(frame.error.message);
    this.#write({ event: "frame", ...frameJson(frame.value) });
  }

  close({ failure, samplesPerSecond, elapsedMs, findings }: Parameters<StudyRunKeeper["close"]>[0]): void {
    this.#folder.close();
    const outcome = failure !== null ? "failed" : this.#finished?.stopped === true ? "stopped" : "finished";
    const last = epochSchema.safeParse(this.#epochs.at(-1));
    writeRunRecord(this.#folder.path, {
      ...{ outcome, failure, ...this.#start, endedAt: this.#timestamp() },
      ...this.#facts(),
      ...{ ...this.#measured(), elapsedMs, samplesPerSecond },
      ...(findings === null ? {} : { findings }),
      // What the app shows it by.
      ...this.#startedFrom(),
      ...{ started: this.#started, ended: this.#finished ?? this.#failed, progress: this.#progress },
      lastEpoch: last.success ? last.data : null,
    });
    if (!isResumable(outcome, failure))
      rmSync(join(this.#folder.path, CHECKPOINTS_FOLDER), { recursive: true, force: true });
  }

  /** As a run of `train` says it. */
  #startedFrom(): object {
    const from = this.#started?.from;
    return from === undefined || this.#netPath === null ? {} : { from: { ...from, file: this.#netPath } };
  }

  #facts(): object {
    const {
      datasetName = null,
      trainCount = null,
      testCount = null,
      threads = null,
      build = null,
    } = this.#started ?? {};
    return { dataset: datasetName, trainCount, testCount, threads, build };
  }

  #measured(): object {
    const score = ({ testAccuracy, testR2 }: EpochRecord): number => testAccuracy ?? testR2 ?? Number.NEGATIVE_INFINITY;
    const best = this.#epochs.reduce<EpochRecord | null>(
      (found, epoch) => (found === null || score(epoch) > score(found) ? epoch : found),
      null,
    );
    const last = this.#epochs.at(-1);
    const hasTargets = this.#started?.hasTargets === true;
    return {
      steps: this.#finished?.step ?? this.#progress?.step ?? 0,
      testAccuracy: last?.testAccuracy ?? null,
      bestTestAccuracy: best?.testAccuracy ?? null,
      ...(hasTargets ? { testR2: last?.testR2 ?? null, bestTestR2: best?.testR2 ?? null } : {}),
      bestEpoch: best?.epoch ?? null,
      earlyStop: this.#finished?.earlyStop ?? null,
      // maxRSS is in kibibytes on every platform.
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      lossesHash: this.#finished?.lossesHash ?? null,
      weightsHash: this.#finished?.weightsHash ?? null,
    };
  }

  #write(line: unknown): void {
    this.#folder.addMetric(metricJson(line));
  }
}

/** Begins a run in its folder, or takes it up where its last checkpoint is; whatever else the folder held goes. */
export const openStudyRun = (task: StudyTask, document: LayerscopeDocument, timestamp: () => string): StudyRunKeeper =>
  new NodeStudyRun(task, document, timestamp);
