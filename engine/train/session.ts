/**
 * One training of one document, as a machine that advances one batch at a time. It has no clock and waits for nobody: `run.ts`
 * drives it. The same document, dataset and seed give the same bits, however often it is paused and on any number of threads.
 */
import type { Program } from "../compile/compiled.ts";
import { drawAugmentations } from "../data/augmentation.ts";
import { EpochOrders, stepsPerEpoch } from "../data/batching.ts";
import type { Dataset } from "../data/dataset.ts";
import { targetWidthOf } from "../data/labels.ts";
import { scheduleFactor } from "../document/schedule.ts";
import type { LayerscopeDocument, TrainingSettings } from "../document/schema.ts";
import { changesKept, changesUpdates, type LoggedChange, type TrainingChange } from "../document/trainingChange.ts";
import { type ModelRecord, modelBytes } from "../export/modelFile.ts";
import type { StartedFrom } from "../export/startingNet.ts";
import type { Host } from "../host/host.ts";
import type { RunFailure } from "../protocol.ts";
import { err, ok, type Result } from "../result.ts";
import { encodeFrame } from "../telemetry/frameLayout.ts";
import type { NodeStatistics } from "../telemetry/statistics.ts";
import type { Advance } from "./advance.ts";
import type { Checkpoint, SessionState } from "./checkpoint.ts";
import { createNetwork, type NetworkOptions } from "./createNetwork.ts";
import { identityOf } from "./datasetIdentity.ts";
import { findDivergence } from "./divergence.ts";
import { type EarlyStop, EpochJudge, type EpochResult } from "./earlyStopping.ts";
import { beginEvaluation, continueEvaluation, type Evaluation, type PartScores } from "./epochEvaluation.ts";
import type { ExplainedNormalization } from "./explainNormalization.ts";
import { LastBatch } from "./lastBatch.ts";
import { LastStep } from "./lastStep.ts";
import type { Network } from "./network.ts";
import { Recomputation, type Recomputed } from "./populationStatistics.ts";
import { createStream } from "./rng.ts";
import { Score } from "./score.ts";
import { shownSamples } from "./shownSamples.ts";
import type { StartingWeights } from "./startingNet.ts";

export interface SessionOptions {
  readonly document: LayerscopeDocument;
  readonly dataset: Dataset;
  readonly host: Host;
  /** null: as many as the machine has and the net can use. */
  readonly threads: number | null;
  /** Ends after this many steps, even in the middle of an epoch. */
  readonly maxSteps?: number;
  /** Goes on from here instead of beginning; `document` is the one in it. */
  readonly resume?: Pick<Checkpoint, "session" | "build" | "dataset">;
}

type Phase = { readonly name: "training" } | Evaluation | { readonly name: "ended" };

export interface SessionFacts {
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly nodeIds: readonly string[];
}

export class Session {
  readonly dataset: Dataset;
  #facts: SessionFacts;
  #network: Network;
  #networkOptions: NetworkOptions;
  readonly #maxSteps: number;
  /** As trained: with the changes on the way. */
  #document: LayerscopeDocument;
  readonly #changes: LoggedChange[] = [];
  #from: StartedFrom | null = null;
  /** Steps before the present optimizer began. */
  #optimizerStart = 0;
  readonly #judge = new EpochJudge();
  readonly #lastStep = new LastStep();
  #isDisposed = false;
  readonly #program: Program;
  readonly #host: Host;
  #phase: Phase = { name: "training" };
  #step = 0;
  #epoch = 0;
  readonly #orders: EpochOrders;
  #order: Uint32Array = new Uint32Array(0);
  #batch: Uint32Array = new Uint32Array(0);
  /** Of the samples of the batch. */
  #augmentations: Int32Array | null = null;
  readonly #epochTotals = { lossSum: 0, correct: 0, numSamples: 0 };
  readonly #scores: PartScores & { readonly train: Score };
  #lastLoss: number | null = null;
  #lastEvaluation: { readonly epoch: number; readonly testAccuracy: number } | null = null;
  /** Running statistics that took the place of the ones of training after this step. */
  #recomputed: { readonly step: number; readonly found: Recomputed } | null = null;
  #statistics: readonly NodeStatistics[] = [];
  #measuredStep = 0;
  readonly #lastBatch = new LastBatch();
  #skippedNodes: ReadonlySet<string> = new Set();
  #datasetIdentity: Checkpoint["dataset"] | null = null;

  constructor(options: SessionOptions, program: Program, network: Network, networkOptions: NetworkOptions) {
    this.#document = options.document;
    this.#program = program;
    this.#host = options.host;
    this.#network = network;
    this.#networkOptions = networkOptions;
    this.#maxSteps = options.maxSteps ?? Number.POSITIVE_INFINITY;
    this.dataset = options.dataset;
    const { epochs, batchSize, seed } = options.document.training;
    this.#orders = new EpochOrders(options.dataset.train.count, (epoch) => createStream(seed, `shuffle:${epoch}`));
    const perEpoch = stepsPerEpoch(options.dataset.train.count, batchSize);
    this.#facts = {
      totalSteps: Math.min(perEpoch * epochs, this.#maxSteps),
      stepsPerEpoch: perEpoch,
      epochs,
      batchSize,
      nodeIds: program.layers.map((layer) => layer.nodeId),
    };
    if (this.facts.totalSteps === 0) this.#phase = { name: "ended" };
    if (options.resume !== undefined) this.#restore(options.resume.session);
    const { train, validation, test } = options.dataset;
    this.#scores = {
      train: new Score(train.labels, train.count),
      validation: validation === undefined ? null : new Score(validation.labels, validation.count),
      test: new Score(test.labels, test.count),
    };
  }

  /** Whether samples have targets: accuracies are R² then. */
  get hasTargets(): boolean {
    return targetWidthOf(this.dataset.train.labels) !== null;
  }

  #restore(state: SessionState): void {
    this.#network.setTensors(state.tensors);
    this.#network.setOptimizerTensors(state.optimizerTensors);
    this.#phase = state.phase;
    this.#step = state.step;
    this.#epoch = state.epoch;
    this.#optimizerStart = state.optimizerStart;
    this.#changes.push(...state.changes);
    this.#from = state.from ?? null;
    Object.assign(this.#epochTotals, state.epochTotals);
    this.#lastLoss = state.lastLoss;
    this.#lastEvaluation = state.lastEvaluation;
    this.#judge.restore(state);
    if (state.step % this.facts.stepsPerEpoch !== 0) this.#order = this.#orders.enter(state.epoch);
  }

  /** Before the first step: these weights and state take the place of initial ones. The optimizer starts as in every run. */
  startFrom({ from, tensors }: StartingWeights): void {
    this.#network.setTensors(tensors);
    this.#from = from;
  }

  get facts(): SessionFacts {
    return this.#facts;
  }
  get network(): Network {
    return this.#network;
  }
  get program(): Program {
    return this.#program;
  }
  /** The trained net that it started from; null: all started from initializers. */
  get from(): StartedFrom | null {
    return this.#from;
  }
  /** The step that the weights are of: the last finished one, or that of the best epoch whose weights were brought back. */
  get weightsStep(): number {
    return this.#judge.restored?.step ?? this.#step;
  }
  /** The settings that the next step follows. */
  get training(): TrainingSettings {
    return this.#document.training;
  }
  /** null unless the run has ended early. */
  get earlyStop(): EarlyStop | null {
    return this.#judge.earlyStop;
  }
  /** The last finished step; 0 before the first. */
  get step(): number {
    return this.#step;
  }
  /** The epoch of the last finished step, from 1; 0 before the first. */
  get epoch(): number {
    return this.#epoch;
  }
  /** The last step whose statistics were gathered; 0 when none was. */
  get measuredStep(): number {
    return this.#measuredStep;
  }
  get phase(): Phase["name"] {
    return this.#phase.name;
  }
  /** Samples still to be trained on; epochs and test samples of the whole run. */
  get remaining(): { readonly samples: number; readonly evaluations: number; readonly testCount: number } {
    const { totalSteps, stepsPerEpoch: perEpoch, batchSize } = this.facts;
    const trainCount = this.dataset.train.count;
    const samplesAfter = (steps: number): number =>
      Math.floor(steps / perEpoch) * trainCount + Math.min((steps % perEpoch) * batchSize, trainCount);
    return {
      samples: samplesAfter(totalSteps) - samplesAfter(this.#step),
      evaluations: Math.ceil(totalSteps / perEpoch) - Math.floor(this.#step / perEpoch),
      testCount: this.dataset.test.count,
    };
  }
  /** Whether the next step is the last before an evaluation. */
  get nextStepEndsEpoch(): boolean {
    return (this.#step + 1) % this.facts.stepsPerEpoch === 0 || this.#step + 1 === this.facts.totalSteps;
  }

  /**
   * One batch of training or of evaluation. Must not be called once the session has ended. `mayBeLast`: a step that is not measured can be
   * measured afterwards, by `measureLastStep`.
   */
  advance(call: { readonly measure: boolean; readonly mayBeLast?: boolean }): Advance {
    if (this.#phase.name === "evaluating") return this.#evaluateBatch(this.#phase);
    return this.#trainBatch(call.measure, !call.measure && call.mayBeLast === true);
  }

  /** Measures the last step if it was not, and could be the last. The net stays as it is. */
  measureLastStep(): void {
    const statistics = this.#lastStep.measure(this.network);
    if (statistics === null) return;
    this.#statistics = statistics;
    this.#measuredStep = this.#step;
  }

  #trainBatch(measure: boolean, mayBeLast: boolean): Advance {
    const { stepsPerEpoch: perEpoch, batchSize } = this.facts;
    const position = this.#step % perEpoch;
    if (position === 0) {
      this.#epoch += 1;
      this.#order = this.#orders.enter(this.#epoch);
      Object.assign(this.#epochTotals, { lossSum: 0, correct: 0, numSamples: 0 });
    }
    this.#batch = this.#order.subarray(position * batchSize, (position + 1) * batchSize);
    const numSamples = this.#batch.length;
    const step = this.#step + 1;
    const { augmentation, seed } = this.training;
    this.#augmentations =
      augmentation === null
        ? null
        : drawAugmentations(augmentation, numSamples, createStream(seed, `augmentation:${step}`));
    const call = {
      indices: this.#batch,
      step,
      optimizerStep: step - this.#optimizerStart,
      learningRate: this.learningRateAt(step),
      measure,
      augmentations: this.#augmentations,
    };
    const { loss, correct, isMeasured } = this.#lastStep.take(this.network, call, mayBeLast);
    this.#step = step;
    this.#lastLoss = loss;
    const totals = this.#epochTotals;
    totals.lossSum += loss * numSamples;
    totals.correct += correct;
    totals.numSamples += numSamples;
    if (this.#epoch < this.facts.epochs) this.#orders.prepare(this.#epoch + 1, batchSize);
    if (isMeasured) {
      this.#statistics = this.network.statistics();
      this.#measuredStep = step;
    }
    const { network, program } = this;
    const statistics = isMeasured ? this.#statistics : null;
    const divergence = findDivergence({ step, loss, statistics, network, layers: program.layers });
    if (divergence !== null) this.#phase = { name: "ended" };
    else if (step % perEpoch === 0 || step === this.facts.totalSteps) {
      this.#phase = beginEvaluation(this.dataset);
    }
    return {
      type: "trained",
      step,
      epoch: this.#epoch,
      loss,
      accuracy: this.#scores.train.of(loss, correct, numSamples),
      numSamples,
      measured: isMeasured,
      divergence,
    };
  }

  #evaluateBatch(evaluation: Evaluation): Advance {
    const { dataset, network } = this;
    const { batchSize } = this.facts;
    const after = continueEvaluation(evaluation, { dataset, network, batchSize, scores: this.#scores });
    if (after.name === "evaluating") {
      this.#phase = after;
      return { type: "evaluated" };
    }
    const { test, validation } = after;
    const { lossSum, correct, numSamples } = this.#epochTotals;
    const result = {
      epoch: this.#epoch,
      step: this.#step,
      loss: lossSum / numSamples,
      trainAccuracy: this.#scores.train.of(lossSum / numSamples, correct, numSamples),
      testLoss: test.loss,
      testAccuracy: test.accuracy,
      ...(validation === null ? {} : { validationLoss: validation.loss, validationAccuracy: validation.accuracy }),
    };
    const isLast = this.#step >= this.facts.totalSteps;
    const ends = this.#judge.endsWith(result, this.training.earlyStopping, isLast, this.network);
    this.#phase = { name: ends ? "ended" : "training" };
    const { epoch, testAccuracy } = this.#judge.restored ?? result;
    this.#lastEvaluation = { epoch, testAccuracy };
    return { type: "epochEnded", ...result };
  }

  /** η of a step, from 1. */
  learningRateAt(step: number): number {
    const { learningRate, schedule, warmupEpochs } = this.training;
    const { totalSteps, stepsPerEpoch: perEpoch } = this.facts;
    return learningRate * scheduleFactor({ schedule, warmupEpochs, step, totalSteps, stepsPerEpoch: perEpoch });
  }

  /**
   * Takes settings over from the next step on. Epochs never become fewer than the one under way. Another optimizer, or clipping turned on
   * or off, lays the net out anew: weights stay, and so does what both optimizers keep.
   */
  async changeTraining(change: TrainingChange): Promise<Result<LoggedChange, RunFailure>> {
    const before = this.training;
    const epochs = Math.max(change.epochs ?? before.epochs, Math.max(1, this.#epoch));
    const after: TrainingSettings = { ...before, ...change, epochs };
    const totalSteps = Math.min(this.facts.stepsPerEpoch * epochs, this.#maxSteps);
    const ends = this.#phase.name === "training" && this.#step >= totalSteps;
    // Where no step follows, the net stays as it is, so that its last step can be measured.
    if (!ends) {
      const failure = await this.#changeUpdates(before, after);
      if (failure !== null) return err(failure);
    }
    this.#document = { ...this.#document, training: after };
    this.#facts = { ...this.facts, epochs, totalSteps };
    if (ends) this.#phase = { name: "ended" };
    const logged = { step: this.#step, training: change.epochs === undefined ? change : { ...change, epochs } };
    this.#changes.push(logged);
    return ok(logged);
  }

  async #changeUpdates(before: TrainingSettings, after: TrainingSettings): Promise<RunFailure | null> {
    if (!changesUpdates(before, after)) return null;
    this.#lastStep.forget();
    const { optimizer, weightDecay, clipNorm } = after;
    if (!this.network.setUpdates({ optimizer, weightDecay, clipNorm })) {
      const failure = await this.#layOutAnew({ ...this.#networkOptions, optimizer, weightDecay, clipNorm });
      if (failure !== null) return failure;
    }
    if (changesKept(before, after)) this.#optimizerStart = this.#step;
    return null;
  }

  async #layOutAnew(options: NetworkOptions): Promise<RunFailure | null> {
    const tensors = this.network.tensors();
    const kept = this.network.optimizerTensors();
    // The old memory goes first: there may not be room for both.
    this.network.dispose();
    const network = await createNetwork(options);
    if (!network.ok) return network.error;
    network.value.setTensors(tensors);
    network.value.setOptimizerTensors(kept);
    network.value.skipStatistics(this.#skippedNodes);
    // The run may have been given up meanwhile.
    if (this.#isDisposed) network.value.dispose();
    this.#network = network.value;
    this.#networkOptions = options;
    return null;
  }

  /** Leaves these nodes out of what later steps measure. */
  skipStatistics(nodeIds: ReadonlySet<string>): void {
    this.#skippedNodes = nodeIds;
    this.network.skipStatistics(nodeIds);
  }

  /** Begins to recompute the running statistics with the weights as they are. null: no batch norm has any that follow its batches. */
  recomputeStatistics(): Recomputation | null {
    if (this.network.batchMoments().length === 0) return null;
    return new Recomputation({
      network: this.network,
      dataset: this.dataset,
      batchSize: this.facts.batchSize,
      seed: this.training.seed,
      score: this.#scores.test,
    });
  }

  /** Takes over what was found: exports and checkpoints have it, and an evaluation under way begins again with it. */
  takeStatistics(found: Recomputed): void {
    const earlier = this.#recomputed;
    // Recomputed twice at one step, what goes back is still what training left.
    const replaced = earlier?.step === this.#step ? earlier.found.replaced : found.replaced;
    this.#recomputed = { step: this.#step, found: { ...found, replaced } };
    this.#evaluateAnew();
  }

  /** Gives back the statistics that the last recomputation replaced; false where a step has followed it, or there was none. */
  restoreStatistics(): boolean {
    const { step, found } = this.#recomputed ?? { step: -1, found: null };
    if (found === null || step !== this.#step) return false;
    this.network.setTensors(found.replaced);
    this.#recomputed = null;
    this.#evaluateAnew();
    return true;
  }

  #evaluateAnew(): void {
    if (this.#phase.name === "evaluating") this.#phase = beginEvaluation(this.dataset);
  }

  /** The statistics of the last measured step as a frame. Called right after that step: the samples are those of its batch. */
  encodeMeasuredFrame(): ArrayBuffer {
    const samples = shownSamples(this.dataset, this.#batch, this.#augmentations);
    return encodeFrame({ step: this.#measuredStep, nodes: this.#statistics, samples }, this.facts.nodeIds);
  }

  /** All that decides on the steps to come; null once the session has ended. */
  state(): SessionState | null {
    if (this.#phase.name === "ended") return null;
    const { epochs, bestEpoch, bestTensors } = this.#judge.state();
    return {
      document: this.#document,
      step: this.#step,
      epoch: this.#epoch,
      phase: this.#phase,
      optimizerStart: this.#optimizerStart,
      epochTotals: { ...this.#epochTotals },
      lastLoss: this.#lastLoss,
      lastEvaluation: this.#lastEvaluation,
      changes: [...this.#changes],
      ...(this.#from === null ? {} : { from: this.#from }),
      epochs: epochs.map(epochRecord),
      bestEpoch,
      tensors: this.network.tensors(),
      optimizerTensors: this.network.optimizerTensors(),
      bestTensors,
    };
  }

  /** What tells this dataset from another. */
  datasetIdentity(): Checkpoint["dataset"] {
    this.#datasetIdentity ??= identityOf(this.dataset);
    return this.#datasetIdentity;
  }

  /** The trained net as it is now, as the bytes of a model JSON, piece by piece: they are those of the step at which this is called. */
  modelBytes(): Iterable<Uint8Array> {
    const record: ModelRecord = {
      dataset: this.dataset.name,
      trainSamples: this.dataset.train.count,
      seed: this.#document.training.seed,
      steps: this.#judge.restored?.step ?? this.#step,
      epochs: Math.floor((this.#judge.restored?.step ?? this.#step) / this.facts.stepsPerEpoch),
      finalLoss: this.#lastLoss !== null && Number.isFinite(this.#lastLoss) ? this.#lastLoss : null,
      testAccuracy: this.hasTargets ? null : (this.#recomputedAccuracy() ?? this.#lastEvaluation?.testAccuracy ?? null),
      savedAt: this.#host.timestamp(),
      ...(this.#changes.length === 0 ? {} : { changes: [...this.#changes] }),
      ...(this.#from === null ? {} : { from: this.#from }),
    };
    return modelBytes({
      document: this.#document,
      program: this.#program,
      tensors: this.network.tensors(),
      dataset: this.dataset,
      record,
    });
  }

  /** A normalizing node, step by step, on the batch that was trained last; the error is a sentence. */
  explainNormalization(nodeId: string, set: number): Result<ExplainedNormalization, string> {
    return this.#lastBatch.explain(nodeId, set, {
      ...{ program: this.#program, dataset: this.dataset, tensors: () => this.network.tensors() },
      ...{ indices: this.#batch, augmentations: this.#augmentations, step: this.#step, seed: this.training.seed },
    });
  }

  /** Of the net as it is, where its statistics are recomputed ones. */
  #recomputedAccuracy(): number | null {
    return this.#recomputed?.step === this.#step ? this.#recomputed.found.after.score : null;
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.network.dispose();
  }
}

/** What early stopping looks at, of all that an epoch has measured. */
const epochRecord = (result: EpochResult): SessionState["epochs"][number] => {
  const { epoch, step, loss, testLoss, testAccuracy, validationLoss, validationAccuracy } = result;
  return {
    ...{ epoch, step, loss, testLoss, testAccuracy },
    ...(validationLoss === undefined ? {} : { validationLoss }),
    ...(validationAccuracy === undefined ? {} : { validationAccuracy }),
  };
};
