/** What `train` prints and keeps of a run. */

import { stepRecords } from "../engine/host/stepRecords.ts";
import {
  type Compiled,
  counted,
  decodeFrame,
  type LayerscopeDocument,
  type TrainingSettings,
} from "../engine/index.ts";
import { type RunFailure, type TrainEvent, trainEventSchema } from "../engine/protocol.ts";
import { frameJson } from "../engine/telemetry/frameJson.ts";
import { metricJson } from "../engine/telemetry/metricJson.ts";
import type { Run } from "../engine/train/run.ts";
import { ENGINE_VERSION } from "../engine/version.ts";
import { count, duration, megabytes, scoreText } from "./formats.ts";
import { writeError, writeLine } from "./output.ts";
import { ProgressBar } from "./progressBar.ts";
import type { RunDirectory } from "./runDirectory.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

/** Larger is better. */
const scoreOf = ({ testAccuracy, testR2 }: EventOf<"epoch">): number =>
  testAccuracy ?? testR2 ?? Number.NEGATIVE_INFINITY;

/** A line of metrics.jsonl as the event it came from; null: another event. */
const epochOf = (line: unknown): EventOf<"epoch"> | null => {
  if (typeof line !== "object" || line === null || !("event" in line) || line.event !== "epoch") return null;
  const { event: type, ...fields } = line;
  const parsed = trainEventSchema.safeParse({ type, ...fields });
  return parsed.success && parsed.data.type === "epoch" ? parsed.data : null;
};

export class TrainReport {
  failure: RunFailure | null = null;
  readonly #json: boolean;
  readonly #document: LayerscopeDocument;
  /** As they are now: a run may change them. */
  #settings: TrainingSettings;
  readonly #path: string;
  readonly #compiled: Compiled;
  readonly #directory: RunDirectory | null;
  readonly #startsFrom: readonly string[];
  #started: EventOf<"started"> | null = null;
  #finished: EventOf<"finished"> | null = null;
  #bar: ProgressBar | null = null;
  #epochs: EventOf<"epoch">[];
  /** `score`: accuracy, or R² where samples have targets. */
  #lastStep = { step: 0, loss: Number.NaN, score: Number.NaN };

  constructor(call: {
    readonly json: boolean;
    readonly document: LayerscopeDocument;
    /** Of the .layerscope file, for the first line. */
    readonly path: string;
    readonly compiled: Compiled;
    readonly directory: RunDirectory | null;
    /** The lines of metrics.jsonl that a resumed run goes on from. */
    readonly earlier?: readonly unknown[];
    /** Lines on the trained net that the run starts from. */
    readonly startsFrom?: readonly string[];
  }) {
    this.#json = call.json;
    this.#document = call.document;
    this.#settings = call.document.training;
    this.#path = call.path;
    this.#compiled = call.compiled;
    this.#directory = call.directory;
    this.#startsFrom = call.startsFrom ?? [];
    this.#epochs = (call.earlier ?? []).flatMap((line) => epochOf(line) ?? []);
  }

  receive(event: TrainEvent): void {
    if (event.type === "started") this.#runStarted(event);
    else if (event.type === "frame") this.#frameReceived(event);
    else if (event.type === "epoch") this.#epochEnded(event);
    else if (event.type === "trainingChanged") this.#trainingChanged(event);
    else if (event.type === "checkpointFailed") writeError(event.message);
    else if (event.type === "finished") this.#finished = event;
    else if (event.type === "failed") this.failure = event.failure;
  }

  #runStarted(event: EventOf<"started">): void {
    this.#started = event;
    this.#directory?.openFrames(event.nodeIds);
    const { type: _type, protocol: _protocol, ...facts } = event;
    const { training } = this.#document;
    if (this.#json) {
      this.#print({
        event: "started",
        version: ENGINE_VERSION,
        graph: this.#path,
        weights: this.#compiled.totals.numWeights,
        optimizer: training.optimizer.name,
        learningRate: training.learningRate,
        seed: training.seed,
        ...facts,
      });
      return;
    }
    const samples = `${count(event.trainCount)} training and ${counted(event.testCount, "test sample")}`;
    writeLine(
      [
        `${this.#path}: ${counted(event.nodeIds.length, "layer")}, ${counted(this.#compiled.totals.numWeights, "weight")}`,
        `${event.datasetName}: ${samples}`,
        `${counted(event.epochs, "epoch")}, ${counted(event.totalSteps, "step")} of ${count(event.batchSize)}, ${training.optimizer.name} ${training.learningRate}, seed ${training.seed}`,
        `${counted(event.threads, "thread")}, ${event.build} kernels, ${megabytes(event.memoryBytes)} of memory`,
        ...this.#startsFrom,
        ...(event.resumedStep === undefined ? [] : [`Goes on after step ${count(event.resumedStep)}`]),
      ].join("\n"),
    );
    if (process.stdout.isTTY) this.#bar = new ProgressBar(process.stdout, event);
  }

  #trainingChanged({ step, training, settings, totalSteps }: EventOf<"trainingChanged">): void {
    this.#settings = settings;
    if (this.#started !== null) this.#started = { ...this.#started, totalSteps, epochs: settings.epochs };
    this.#record({ event: "trainingChanged", step, training, totalSteps });
  }

  #frameReceived(event: EventOf<"frame">): void {
    for (const record of stepRecords(event, this.#started, this.#settings)) {
      this.#lastStep = { step: record.step, loss: record.loss, score: record.r2 ?? record.accuracy ?? Number.NaN };
      this.#record(record);
    }
    this.#directory?.addFrame(event.frame);
    const frame = decodeFrame(event.frame, this.#started?.nodeIds ?? []);
    if (!frame.ok) throw new Error(frame.error.message);
    if (frame.value.nodes.length > 0) {
      this.#record({ event: "frame", ...frameJson(frame.value) });
    }
    this.#bar?.update(event, this.#lastStep.loss, this.#lastStep.score);
  }

  #epochEnded(event: EventOf<"epoch">): void {
    this.#epochs.push(event);
    const { type: _type, ...record } = event;
    this.#record({ event: "epoch", ...record });
    if (this.#json) return;
    this.#bar?.clear();
    const isPartial = event.step % (this.#started?.stepsPerEpoch ?? 1) !== 0;
    writeLine(
      [
        `Epoch ${count(event.epoch)} of ${count(this.#started?.epochs ?? event.epoch)}${isPartial ? ` (to step ${count(event.step)})` : ""}: loss ${event.loss.toFixed(4)}`,
        `train ${scoreText(event.trainAccuracy, event.trainR2)}`,
        ...(event.validationAccuracy === undefined
          ? []
          : [`validation ${scoreText(event.validationAccuracy, event.validationR2)}`]),
        `test ${scoreText(event.testAccuracy, event.testR2)}`,
        ...(this.#started?.hasTargets ? [`test RMSE ${Math.sqrt(event.testLoss).toPrecision(4)}`] : []),
        `${count(event.samplesPerSecond)} samples/s`,
        `${duration(event.elapsedMs / 1000)} elapsed`,
      ].join(", "),
    );
  }

  /** Reports how the run ended and writes the run folder. */
  finish(call: {
    readonly run: Pick<Run, "samplesPerSecond" | "modelBytes">;
    readonly startedAt: string;
    readonly endedAt: string;
    readonly command: readonly string[];
  }): void {
    this.#bar?.clear();
    const outcome = this.failure !== null ? "failed" : this.#finished?.stopped === true ? "stopped" : "finished";
    const best = this.#epochs.reduce<EventOf<"epoch"> | null>(
      (found, epoch) => (found === null || scoreOf(epoch) > scoreOf(found) ? epoch : found),
      null,
    );
    // Before the memory is looked at: the weights are copied.
    const model = this.#directory === null || this.#started === null ? null : call.run.modelBytes();
    const measured = {
      steps: this.#finished?.step ?? this.#lastStep.step,
      testAccuracy: this.#epochs.at(-1)?.testAccuracy ?? null,
      bestTestAccuracy: best?.testAccuracy ?? null,
      ...(this.#started?.hasTargets
        ? { testR2: this.#epochs.at(-1)?.testR2 ?? null, bestTestR2: best?.testR2 ?? null }
        : {}),
      bestEpoch: best?.epoch ?? null,
      elapsedMs: this.#finished?.elapsedMs ?? this.#epochs.at(-1)?.elapsedMs ?? 0,
      samplesPerSecond: call.run.samplesPerSecond,
      earlyStop: this.#finished?.earlyStop ?? null,
      // maxRSS is in kibibytes on every platform.
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      lossesHash: this.#finished?.lossesHash ?? null,
      weightsHash: this.#finished?.weightsHash ?? null,
    };
    this.#directory?.finish({
      model,
      record: {
        outcome,
        failure: this.failure,
        command: call.command,
        startedAt: call.startedAt,
        endedAt: call.endedAt,
        engineVersion: ENGINE_VERSION,
        nodeVersion: process.version,
        seed: this.#document.training.seed,
        dataset: this.#started?.datasetName ?? null,
        trainCount: this.#started?.trainCount ?? null,
        testCount: this.#started?.testCount ?? null,
        threads: this.#started?.threads ?? null,
        build: this.#started?.build ?? null,
        ...measured,
      },
    });
    if (this.failure !== null) {
      if (this.#json) this.#print({ event: "failed", ...this.failure });
      return;
    }
    if (this.#json) {
      this.#print({ event: "finished", stopped: outcome === "stopped", ...measured });
      return;
    }
    const last = this.#epochs.at(-1);
    const accuracy =
      best === null || last === undefined
        ? ""
        : `, test ${scoreText(last.testAccuracy, last.testR2)}, best ${scoreText(best.testAccuracy, best.testR2).replace(/^\S+ /, "")}`;
    const { earlyStop } = measured;
    if (earlyStop !== null) {
      const weights = earlyStop.restored ? "; the weights are those of that epoch" : "";
      writeLine(`Best ${earlyStop.metric} in epoch ${earlyStop.bestEpoch}${weights}`);
    }
    writeLine(
      `${outcome === "stopped" ? "Stopped" : "Finished"} after ${counted(measured.steps, "step")} in ${duration(measured.elapsedMs / 1000)}${accuracy}, ${count(measured.samplesPerSecond)} samples/s, peak memory ${megabytes(measured.peakMemoryBytes)}`,
    );
    writeLine(`SHA-256 of losses   ${measured.lossesHash}`);
    writeLine(`SHA-256 of weights  ${measured.weightsHash}`);
    if (this.#directory !== null) writeLine(`Written to ${this.#directory.path}`);
    else if (process.stdout.isTTY) writeError("The weights were not kept; use --out RUN_DIR to keep them.");
  }

  /** A line of metrics.jsonl, and of stdout with --json, where all that is not finite is null. */
  #record(value: unknown): void {
    if (!this.#json && this.#directory === null) return;
    this.#directory?.addMetric(metricJson(value));
    if (this.#json) this.#print(value);
  }

  #print(value: unknown): void {
    writeLine(JSON.stringify(value));
  }
}
