/** A worker that trains the runs of studies, one after the other, each on one thread; the same on Node, in Electron and in a browser. */
import { type Dataset, limitTest } from "../data/dataset.ts";
import { describeParseError, parse } from "../document/parse.ts";
import type { DatasetReference, LayerscopeDocument } from "../document/schema.ts";
import type { RateStep } from "../experiments/rateRange.ts";
import type { StudyEvent, StudyFindings, StudyRequest, StudyTask } from "../experiments/studyTask.ts";
import { PROTOCOL_VERSION, type RunFailure, type TrainEvent } from "../protocol.ts";
import { messageOf, ok } from "../result.ts";
import type { EpochRecord } from "../telemetry/epochRecord.ts";
import { encodeFrame } from "../telemetry/frameLayout.ts";
import { checkDocument } from "../train/checkDocument.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import type { CheckpointStore } from "../train/checkpoints.ts";
import { isOneOfFew } from "../train/framePacing.ts";
import { Run } from "../train/run.ts";
import type { TrainerHost } from "./host.ts";
import { GradientFindings, RangeFindings } from "./studyFindings.ts";
import { systemReason } from "./systemReason.ts";

const PROGRESS_INTERVAL_MS = 250;

/** Where a run of a study is kept. */
export interface StudyRunKeeper {
  /** null: the run begins with its first step. */
  readonly resume: Checkpoint | null;
  /** What there was before the checkpoint. */
  readonly earlierEpochs: readonly EpochRecord[];
  readonly earlierSteps: readonly RateStep[];
  readonly checkpoints: CheckpointStore | null;
  /** All that the run tells; frames only of the steps that are kept. */
  receive(event: TrainEvent): void;
  /** The run has ended; resolves when all of it is kept. */
  close(end: {
    readonly failure: RunFailure | null;
    readonly samplesPerSecond: number;
    readonly elapsedMs: number;
    /** null: the study asks for none, or the run did not come to its end. */
    readonly findings: StudyFindings | null;
  }): void | Promise<void>;
}

interface NetText {
  readonly name: string;
  readonly text: string;
}

/** The text of the trained net that a study's runs start from; rejects where it is not there. */
type ReadNet = (place: string) => Promise<string>;
type OpenKeeper = (task: StudyTask, document: LayerscopeDocument) => StudyRunKeeper;
type Ending = Extract<StudyEvent, { type: "ended" }>;

/** The last that a run tells. */
interface RunEnd {
  failure: RunFailure | null;
  finished: Extract<TrainEvent, { type: "finished" }> | null;
}

const outcomeOf = ({ failure, finished }: RunEnd): Pick<Ending, "outcome" | "failure"> => {
  if (failure === null) return { outcome: finished?.stopped === true ? "stopped" : "finished", failure: null };
  return { outcome: failure.reason === "diverged" ? "diverged" : "failed", failure: failure.message };
};

/** Why a run that trains well ends all the same. */
const refusedFiles = (error: unknown): string =>
  `Its files cannot be written: ${systemReason(error) ?? messageOf(error).replace(/\.$/, "")}.`;

/** What is thrown where a keeper refuses what it is told. */
class RefusedFiles extends Error {}

const tell = (keeper: StudyRunKeeper, event: TrainEvent): void => {
  try {
    keeper.receive(event);
  } catch (error) {
    throw new RefusedFiles(refusedFiles(error));
  }
};

/** A run whose end cannot be kept has failed, whatever else is said of it. */
const close = async (
  keeper: StudyRunKeeper,
  end: RunEnd,
  closing: Omit<Parameters<StudyRunKeeper["close"]>[0], "failure">,
): Promise<void> => {
  try {
    await keeper.close({ failure: end.failure, ...closing });
  } catch (error) {
    end.failure ??= { reason: "crashed", message: refusedFiles(error) };
  }
};

const lossesOnly = (step: number): ArrayBuffer => encodeFrame({ step, nodes: [], samples: null });

export class StudyTrainer {
  readonly #host: TrainerHost;
  readonly #post: (event: StudyEvent) => void;
  readonly #open: OpenKeeper;
  readonly #readNet: ReadNet;
  /** That of the run before, which is that of the next. */
  #net: { readonly place: string; readonly text: string } | null = null;
  /** The samples of the run before, which are nearly always those of the next. */
  #dataset: { readonly key: string; readonly loading: Promise<Dataset | string> } | null = null;
  #run: Run | null = null;
  #isStopping = false;
  #isHeld = false;

  constructor(call: {
    readonly host: TrainerHost;
    readonly post: (event: StudyEvent) => void;
    readonly open: OpenKeeper;
    readonly readNet: ReadNet;
  }) {
    this.#host = call.host;
    this.#post = call.post;
    this.#open = call.open;
    this.#readNet = call.readNet;
  }

  /** Resolves when what was asked for is done; a run that fails is no rejection. */
  async receive(request: StudyRequest): Promise<void> {
    if (request.type === "stop") {
      this.#isStopping = true;
      await this.#run?.receive({ type: "stop" });
    } else if (request.type === "hold") {
      this.#isHeld = request.isHeld;
      await this.#run?.receive({ type: this.#isHeld ? "pause" : "resume" });
    } else if (request.type === "prepare") {
      const parsed = parse(request.document);
      if (parsed.ok) await this.#load(parsed.value, request.testSamples);
    } else {
      // Neither is meant for the run before.
      this.#isStopping = false;
      this.#isHeld = false;
      this.#post(await this.#train(request));
    }
  }

  async #train(task: StudyTask): Promise<Ending> {
    const refuse = (failure: string): Ending => ({ type: "ended", outcome: "failed", failure, step: 0, elapsedMs: 0 });
    const parsed = parse(task.document);
    if (!parsed.ok) return refuse(describeParseError(parsed.error));
    const dataset = task.measure === "gradients" ? null : await this.#load(parsed.value, task.testSamples);
    if (typeof dataset === "string") return refuse(dataset);
    let from: NetText | null;
    try {
      from = await this.#startOf(task);
    } catch (error) {
      return refuse(`${task.from?.name} cannot be read: ${messageOf(error)}`);
    }
    let keeper: StudyRunKeeper;
    try {
      keeper = this.#open(task, parsed.value);
    } catch (error) {
      return refuse(refusedFiles(error));
    }
    if (dataset === null) return this.#checkKept(parsed.value, keeper);
    return this.#trainKept(task, keeper.resume?.session.document ?? parsed.value, dataset, keeper, from);
  }

  /** null: initializers. */
  async #startOf({ from }: StudyTask): Promise<NetText | null> {
    if (from === undefined) return null;
    const { name, place } = from;
    if (this.#net?.place !== place) this.#net = { place, text: await this.#readNet(place) };
    return { name, text: this.#net.text };
  }

  /** A sentence where they cannot be had; the next task asks for them again. */
  async #load({ dataset: reference }: LayerscopeDocument, testSamples: number | null): Promise<Dataset | string> {
    const key = JSON.stringify([reference, testSamples]);
    if (this.#dataset?.key !== key) this.#dataset = { key, loading: this.#read(reference, testSamples) };
    const held = this.#dataset;
    const dataset = await held.loading;
    if (typeof dataset === "string" && this.#dataset === held) this.#dataset = null;
    return dataset;
  }

  async #read(reference: DatasetReference, testSamples: number | null): Promise<Dataset | string> {
    const loaded = await this.#host.loadDataset(reference);
    if (!loaded.ok) return loaded.error.message;
    return testSamples === null ? loaded.value : limitTest(loaded.value, testSamples);
  }

  /** Nothing trains: see `train/checkDocument.ts`. */
  async #checkKept(document: LayerscopeDocument, keeper: StudyRunKeeper): Promise<Ending> {
    const begunAt = this.#host.now();
    const findings = new GradientFindings();
    const end: RunEnd = { failure: null, finished: null };
    try {
      await checkDocument({
        ...{ document, host: this.#host },
        post: (event) => {
          tell(keeper, event);
          if (event.type === "gradientsChecked") findings.add(event.results);
          else if (event.type === "failed") end.failure = event.failure;
        },
      });
    } catch (error) {
      if (!(error instanceof RefusedFiles)) throw error;
      end.failure = { reason: "crashed", message: error.message };
    }
    const elapsedMs = this.#host.now() - begunAt;
    const found = { gradients: findings.layers };
    await close(keeper, end, { samplesPerSecond: 0, elapsedMs, findings: found });
    return { type: "ended", ...outcomeOf(end), step: 0, elapsedMs, findings: found };
  }

  async #trainKept(
    task: StudyTask,
    document: LayerscopeDocument,
    dataset: Dataset,
    keeper: StudyRunKeeper,
    from: NetText | null,
  ): Promise<Ending> {
    const { trainSamples, frames } = task;
    const { checkpoints, resume, earlierEpochs, earlierSteps } = keeper;
    const begunAt = this.#host.now();
    const earlierMs = resume?.run.elapsedMs ?? 0;
    const elapsedMs = (): number => earlierMs + this.#host.now() - begunAt;
    let step = resume?.session.step ?? 0;
    let totalSteps = 0;
    let nextReportAt = begunAt;
    const end: RunEnd = { failure: null, finished: null };
    const range = task.measure === "learningRateRange" ? new RangeFindings(document.training, earlierSteps) : null;

    const isKept = (at: number): boolean => frames === "many" || (frames === "few" && isOneOfFew(at, totalSteps));
    const pass = (event: TrainEvent): void => {
      // A pause or stop measures its step as well: where the run ended depends on nothing but its document.
      const isLeftOut = event.type === "frame" && !isKept(event.step);
      tell(keeper, isLeftOut ? { ...event, frame: lossesOnly(event.step) } : event);
      range?.receive(event);
      if (event.type === "started") {
        totalSteps = event.totalSteps;
        this.#post({ type: "begun", totalSteps, step, epochs: [...earlierEpochs] });
      } else if (event.type === "frame") {
        void run.receive({ type: "acknowledgeFrame", sequence: event.sequence });
        step = event.step;
        if (this.#host.now() < nextReportAt) return;
        nextReportAt = this.#host.now() + PROGRESS_INTERVAL_MS;
        this.#post({ type: "progressed", step, elapsedMs: elapsedMs() });
      } else if (event.type === "epoch") {
        const { type: _type, ...record } = event;
        this.#post({ type: "epoch", record });
      } else if (event.type === "failed") end.failure = event.failure;
      else if (event.type === "finished") end.finished = event;
    };
    const run = new Run({
      host: { ...this.#host, loadDataset: async () => ok(dataset) },
      post: pass,
      ...(trainSamples === null ? {} : { trainSamples }),
      ...(checkpoints === null ? {} : { checkpoints }),
      ...(resume === null ? {} : { resume }),
      ...(frames === "few" ? { measuresStep: isOneOfFew } : {}),
    });
    this.#run = run;
    if (frames !== "many") await run.receive({ type: "changeStatistics", framesPerSecond: 0, skippedNodes: [] });
    if (this.#isStopping) await run.receive({ type: "stop" });
    else if (this.#isHeld) await run.receive({ type: "pause" });
    await run.receive({
      ...{ type: "start", protocol: PROTOCOL_VERSION, document, threads: 1 },
      // A checkpoint has the weights.
      ...(from === null || resume !== null ? {} : { from }),
    });
    this.#run = null;
    const { finished } = end;
    const trainedMs = finished?.elapsedMs ?? elapsedMs();
    const isOver = ["finished", "diverged"].includes(outcomeOf(end).outcome);
    const findings = isOver ? (range?.found() ?? null) : null;
    try {
      await close(keeper, end, { samplesPerSecond: run.samplesPerSecond, elapsedMs: trainedMs, findings });
    } finally {
      run.dispose();
    }
    return {
      ...{ type: "ended", ...outcomeOf(end), step: finished?.step ?? step, elapsedMs: trainedMs },
      ...(findings === null ? {} : { findings }),
    };
  }
}
