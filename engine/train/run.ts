/**
 * The step machine around a session, the same in the utility process, the web worker and the command line: it takes requests,
 * trains between them, and reports. It yields to messages after every batch, so pause and stop answer within one batch.
 *
 * The first step, the last, and the step a run pauses or stops at are always measured; `frameReports.ts` says which of the others are. A step that turns
 * out to be the last only after it was taken, by early stopping say, is measured then. The frame of a pause waits for the acknowledgement; the last frame
 * of a run does not.
 */
import { type Dataset, limitTraining } from "../data/dataset.ts";
import type { TrainingChange } from "../document/trainingChange.ts";
import { textOfModel } from "../export/modelFile.ts";
import type { TrainerHost } from "../host/host.ts";
import {
  type ExplainedNormalization,
  type RunFailure,
  type TrainEvent,
  type TrainRequest,
  USUAL_STATISTICS_SHARE,
} from "../protocol.ts";
import { err, messageOf, ok, type Result } from "../result.ts";
import { ENGINE_VERSION } from "../version.ts";
import type { Advance } from "./advance.ts";
import { type AskedNet, openNet } from "./askedNet.ts";
import { checkDocument } from "./checkDocument.ts";
import { type Checkpoint, encodeCheckpoint } from "./checkpoint.ts";
import { type CheckpointStore, Checkpoints } from "./checkpoints.ts";
import { createSession } from "./createSession.ts";
import { DatasetReader } from "./datasetReader.ts";
import { FrameReports } from "./frameReports.ts";
import { Inspector } from "./inspect.ts";
import { PopulationRequests } from "./populationRequests.ts";
import { type Expected, Preparation } from "./preparation.ts";
import { RunClock } from "./runClock.ts";
import { epochScores } from "./score.ts";
import type { Session } from "./session.ts";
import { hashTensors, Sha256 } from "./sha256.ts";
import { startedEvent } from "./startedEvent.ts";
import { requestedNet, startingWeights } from "./startingNet.ts";

export interface RunOptions {
  readonly host: TrainerHost;
  readonly post: (event: TrainEvent) => void;
  /** Trains on the first samples only. */
  readonly trainSamples?: number;
  readonly maxSteps?: number;
  /** Where the run keeps its way back; absent: nowhere. */
  readonly checkpoints?: CheckpointStore;
  /** The run goes on from here; it is started with the document in it, and the same limits. */
  readonly resume?: Checkpoint;
  /** Which steps are measured, in place of those by the clock; those of pauses and stops are as well. */
  readonly measuresStep?: (step: number, totalSteps: number) => boolean;
}

const NOT_BEGUN = "There is no trained net yet: the run has not started.";

type StartRequest = Extract<TrainRequest, { type: "start" }>;
type Trained = Extract<Advance, { type: "trained" }>;

/**
 * What the user wants. `pausing` becomes `paused` as soon as the last step is a measured one; `stepping` becomes `settling` after
 * one step, and `settling` `paused` once the evaluation that may follow is done, so that its epoch is reported before the pause.
 */
type Wish = "running" | "pausing" | "paused" | "stepping" | "settling" | "stopping";

export class Run {
  readonly #host: TrainerHost;
  readonly #post: (event: TrainEvent) => void;
  readonly #options: RunOptions;
  #session: Session | null = null;
  #started = false;
  #ended = false;
  /** Ended, and its weights are there. */
  #finished = false;
  #wish: Wish = "running";
  #wake: (() => void) | null = null;
  readonly #clock: RunClock;
  readonly #preparation: Preparation;
  readonly #datasets: DatasetReader;
  readonly #inspector: Inspector;
  /** Of a file, in place of that of the run. */
  #opened: Promise<Result<AskedNet, string>> | null = null;
  readonly #population: PopulationRequests;

  readonly #reports: FrameReports;
  readonly #pendingChanges: TrainingChange[] = [];
  #skippedNodes: ReadonlySet<string> = new Set();
  readonly #lossesHash: Sha256;
  readonly #lossBytes = new DataView(new ArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
  readonly #checkpoints: Checkpoints | null;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#host = options.host;
    this.#post = options.post;
    this.#clock = new RunClock(options.host);
    const { checkpoints, resume } = options;
    this.#checkpoints = checkpoints === undefined ? null : new Checkpoints(checkpoints, options.host, this.#post);
    const { host, post } = options;
    this.#reports = new FrameReports({ host, post, clock: this.#clock, unreported: resume?.run.unreported ?? [] });
    this.#lossesHash = new Sha256(resume?.run.lossesHash);
    if (resume !== undefined) this.#clock.continueFrom(resume.run.elapsedMs);
    this.#datasets = new DatasetReader(options.host, options.post);
    this.#inspector = new Inspector({
      host: options.host,
      post: options.post,
      net: () => this.#opened ?? Promise.resolve(this.#session === null ? err(NOT_BEGUN) : ok(this.#session)),
    });
    this.#population = new PopulationRequests(options.host, options.post);
    this.#preparation = new Preparation(
      options.host,
      (expected, dataset) => this.#createSession(expected, dataset),
      ({ work, seconds }) => this.#post({ type: "rehearsed", work, seconds }),
    );
  }

  /** Takes a request. Only `start` and only the first one begins to train; its promise settles when the run has ended. */
  receive(request: TrainRequest): Promise<void> {
    switch (request.type) {
      case "prepare":
        return this.#started ? Promise.resolve() : this.#preparation.expect(request, request.rehearse);
      case "start":
        if (this.#started) return Promise.resolve();
        this.#started = true;
        return this.#start(request);
      case "checkGradients":
        return checkDocument({ document: request.document, host: this.#host, post: this.#post });
      case "pause":
        if (this.#wish === "running" || this.#wish === "settling") this.#wish = "pausing";
        break;
      case "stepOnce":
        if (this.#wish !== "stopping") this.#wish = "stepping";
        break;
      case "resume":
        if (this.#wish !== "stopping" && this.#wish !== "running") {
          this.#wish = "running";
          if (this.#session !== null && !this.#ended) this.#post({ type: "resumed", step: this.#session.step });
        }
        break;
      case "stop":
        this.#wish = "stopping";
        break;
      case "changeTraining":
        this.#pendingChanges.push(request.training);
        break;
      case "changeStatistics":
        this.#changeStatistics(request);
        break;
      case "acknowledgeFrame":
        this.#reports.acknowledge(request.sequence, this.#ended ? null : this.#session);
        break;
      case "exportModel":
        this.#exportModel(request.requestId);
        break;
      case "keepRun":
        return this.#keepNow(request.requestId);
      case "explainNormalization":
        this.#explainNormalization(request);
        break;
      case "openNet":
        this.#opened = openNet({ text: request.text, threads: request.threads, host: this.#host }).catch((error) =>
          err(messageOf(error)),
        );
        return Promise.resolve();
      case "inspectSample":
      case "evaluateTest":
        return this.#inspector.receive(request);
      case "recomputeStatistics":
      case "restoreStatistics":
      case "stopRecomputing":
        this.#population.receive(request);
        if (this.#session === null || this.#ended) void this.#takePopulationRequests(this.#session);
        break;
      case "recognizeDataset":
      case "openDataset":
      case "readSamples":
      case "findDownload":
      case "downloadDataset":
        return this.#datasets.receive(request);
    }
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
    return Promise.resolve();
  }

  /** The trained net as it is now; null before training has started. */
  modelBytes(): Iterable<Uint8Array> | null {
    return this.#session?.modelBytes() ?? null;
  }

  /** The same as a text, for whoever can't take pieces. */
  exportModel(): string | null {
    const pieces = this.modelBytes();
    return pieces === null ? null : textOfModel(pieces);
  }

  /** Training samples a second of training time over the whole run; evaluation and pauses are left out. */
  get samplesPerSecond(): number {
    return this.#clock.meanSamplesPerSecond();
  }

  /** Ends the run without a word and frees its memory and threads. */
  dispose(): void {
    this.#ended = true;
    this.#wake?.();
    this.#preparation.dispose();
    this.#inspector.dispose();
    this.#session?.dispose();
    this.#session = null;
  }

  #changeStatistics(request: Extract<TrainRequest, { type: "changeStatistics" }>): void {
    const { framesPerSecond, maxShare = USUAL_STATISTICS_SHARE, skippedNodes } = request;
    this.#reports.setRate(framesPerSecond, maxShare);
    this.#skippedNodes = new Set(skippedNodes);
    this.#session?.skipStatistics(this.#skippedNodes);
  }

  #exportModel(requestId: number): void {
    try {
      const text = this.exportModel();
      const problem = text === null ? "There are no weights yet: the run has not started." : null;
      this.#post({ type: "modelExported", requestId, text, problem });
    } catch (error) {
      this.#post({ type: "modelExported", requestId, text: null, problem: messageOf(error) });
    }
  }

  /** Requests come between two steps, where a checkpoint can be made. */
  async #keepNow(requestId: number): Promise<void> {
    const answer = (problem: string | null): void => this.#post({ type: "runKept", requestId, problem });
    await this.#checkpoints?.settled();
    if (this.#checkpoints === null) return answer("Nothing is kept of this run.");
    if (this.#session === null || this.#ended) return answer("The run is not under way.");
    this.#saveCheckpoint(this.#session);
    answer(await this.#checkpoints.settled());
  }

  #explainNormalization(request: Extract<TrainRequest, { type: "explainNormalization" }>): void {
    const { requestId, nodeId, set } = request;
    let result: Result<ExplainedNormalization, string> = err("There are no values yet: the run has not started.");
    try {
      result = this.#session?.explainNormalization(nodeId, set) ?? result;
    } catch (error) {
      result = err(messageOf(error));
    }
    const [explanation, problem] = result.ok ? [result.value, null] : [null, result.error];
    this.#post({ type: "normalizationExplained", requestId, explanation, problem });
  }

  async #start(request: StartRequest): Promise<void> {
    try {
      const session = await this.#prepare(request);
      if (session === null) return;
      this.#session = session;
      await this.#train(session);
    } catch (error) {
      this.#fail({ reason: "crashed", message: messageOf(error) });
    }
  }

  async #prepare(start: StartRequest): Promise<Session | null> {
    const net = requestedNet(start.from);
    if (!net.ok) {
      this.#fail({ reason: "invalidDocument", message: net.error });
      return null;
    }
    const dataset = await this.#preparation.loadDataset(start.document);
    if (!dataset.ok) {
      this.#fail({ reason: "datasetUnavailable", message: dataset.error.message });
      return null;
    }
    const waiting = await this.#preparation.take(start);
    const created = waiting === null ? await this.#createSession(start, dataset.value) : ok(waiting);
    if (!created.ok) {
      this.#fail(created.error);
      return null;
    }
    const session = created.value;
    // The checkpoint that a run goes on from has its weights.
    const startsFromNet = net.value !== null && this.#options.resume === undefined;
    const weights = startsFromNet ? await startingWeights(session.program, net.value, this.#host) : null;
    // The run may have been given up meanwhile.
    if (this.#ended) {
      session.dispose();
      return null;
    }
    if (weights?.ok === false) {
      session.dispose();
      this.#fail({ reason: "invalidDocument", message: weights.error });
      return null;
    }
    if (weights !== null) session.startFrom(weights.value);
    session.skipStatistics(this.#skippedNodes);
    this.#post(startedEvent(session, this.#options.resume !== undefined));
    return session;
  }

  #createSession({ document, threads }: Expected, dataset: Dataset): ReturnType<typeof createSession> {
    const { trainSamples, maxSteps, resume } = this.#options;
    return createSession({
      document,
      dataset: trainSamples === undefined ? dataset : limitTraining(dataset, trainSamples),
      host: this.#host,
      threads,
      ...(maxSteps === undefined ? {} : { maxSteps }),
      ...(resume === undefined ? {} : { resume }),
    });
  }

  async #train(session: Session): Promise<void> {
    this.#clock.start();
    while (!hasEnded(session)) {
      await this.#host.yieldToMessages();
      if (this.#ended) return;
      if (!(await this.#takeChanges(session))) return;
      // A change may have taken the epochs that were to come.
      if (hasEnded(session)) break;
      if (this.#population.isWaiting) {
        this.#clock.pause();
        await this.#takePopulationRequests(session);
        if (this.#ended) return;
        this.#clock.start();
      }
      if (this.#wish === "stopping" && this.#isReported(session)) break;
      if (this.#mayPause(session)) {
        if (!(await this.#pause(session))) return;
        continue;
      }
      const measure = session.phase === "training" && this.#shouldMeasure(session);
      const outcome = this.#clock.time(session.phase === "training" ? "training" : "evaluation", () =>
        session.advance({ measure, mayBeLast: this.#mayBeLast(session) }),
      );
      if (outcome.type === "trained") {
        if (this.#stepTrained(session, outcome)) return;
      } else if (outcome.type === "epochEnded") {
        const samplesPerSecond = this.#clock.endEpoch();
        const scores = epochScores(outcome, session.hasTargets);
        this.#reports.epochEnded(session);
        this.#post({ ...scores, type: "epoch", elapsedMs: this.#clock.elapsedMs(), samplesPerSecond });
        this.#checkpoints?.request();
      }
      if (this.#checkpoints?.isDue() === true) this.#saveCheckpoint(session);
    }
    const stopped = !hasEnded(session);
    if (!stopped) session.measureLastStep();
    this.#reports.sendLast(session);
    await this.#checkpoints?.settled();
    // It can go on later where its keeper lets it.
    if (stopped && this.#options.checkpoints?.stopEnds !== true) this.#saveCheckpoint(session);
    await this.#checkpoints?.settled();
    if (this.#ended) return;
    const { earlyStop } = session;
    const elapsedMs = this.#clock.elapsedMs();
    const weightsHash = await hashTensors(session.network.tensors(), this.#host);
    // Given up while the platform hashed.
    if (this.#ended) return;
    this.#ended = true;
    this.#finished = true;
    this.#post({
      type: "finished",
      step: session.step,
      stopped,
      elapsedMs,
      lossesHash: this.#lossesHash.digest(),
      weightsHash,
      ...(earlyStop === null ? {} : { earlyStop }),
    });
    await this.#takePopulationRequests(session);
  }

  /** A stop of the run gives up what is under way; after the run only its own stop does. */
  async #takePopulationRequests(session: Session | null): Promise<void> {
    if (session === null) return this.#population.refuse("notBegun");
    if (this.#ended && !this.#finished) return this.#population.refuse("failed");
    const changed = await this.#population.take(session, () => !this.#ended && this.#wish === "stopping");
    if (!changed || this.#ended || this.#checkpoints === null) return;
    await this.#checkpoints.settled();
    this.#saveCheckpoint(session);
  }

  #saveCheckpoint(session: Session): void {
    const { trainSamples, maxSteps, checkpoints } = this.#options;
    const state = session.state();
    if (checkpoints === undefined || state === null) return;
    const bytes = encodeCheckpoint({
      engineVersion: ENGINE_VERSION,
      build: session.network.build,
      maxSteps: maxSteps ?? null,
      trainSamples: trainSamples ?? null,
      dataset: session.datasetIdentity(),
      session: state,
      run: {
        elapsedMs: this.#clock.elapsedMs(),
        unreported: [...this.#reports.unreported],
        lossesHash: this.#lossesHash.state(),
        metricsBytes: checkpoints.metricsBytes(),
      },
    });
    this.#checkpoints?.save(state.step, bytes);
  }

  /** Applies the changes of settings that were asked for; false when one of them ended the run. */
  async #takeChanges(session: Session): Promise<boolean> {
    for (let change = this.#pendingChanges.shift(); change !== undefined; change = this.#pendingChanges.shift()) {
      const changed = await session.changeTraining(change);
      if (this.#ended) return false;
      if (!changed.ok) {
        this.#reports.sendLast(session);
        this.#fail(changed.error);
        return false;
      }
      const { totalSteps } = session.facts;
      this.#post({ type: "trainingChanged", ...changed.value, settings: session.training, totalSteps });
    }
    return true;
  }

  /** Whether the last finished step was measured, so that a pause or stop here shows exactly this step. */
  #isReported(session: Session): boolean {
    return session.measuredStep === session.step;
  }

  #mayPause(session: Session): boolean {
    if (this.#wish === "settling") return session.phase === "training";
    return this.#wish === "pausing" && this.#isReported(session);
  }

  #shouldMeasure(session: Session): boolean {
    if (this.#wish !== "running") return true;
    const { measuresStep } = this.#options;
    if (measuresStep !== undefined) return measuresStep(session.step + 1, session.facts.totalSteps);
    return this.#reports.isDue(session);
  }

  /**
   * Whether the next step is the last of an epoch that may turn out to be the run's last one: early stopping ends it, or a change of the
   * epochs, which no run of a study is told. Where nothing is measured, the last step is not.
   */
  #mayBeLast(session: Session): boolean {
    if (!session.nextStepEndsEpoch) return false;
    if (this.#options.measuresStep !== undefined) return session.training.earlyStopping !== null;
    return this.#reports.areWanted;
  }

  /** Reports a step; true when it was the last because the net diverged. */
  #stepTrained(session: Session, outcome: Trained): boolean {
    this.#clock.countSamples(outcome.numSamples);
    this.#lossBytes.setFloat64(0, outcome.loss, true);
    this.#lossesHash.update(new Uint8Array(this.#lossBytes.buffer));
    if (this.#wish === "stepping") this.#wish = "settling";
    this.#reports.stepTrained(session, outcome);
    if (outcome.divergence === null) return false;
    this.#reports.sendLast(session);
    const { message, nodeId } = outcome.divergence;
    this.#fail({ reason: "diverged", message, step: outcome.step, nodeId });
    return true;
  }

  /**
   * Waits until a request changes the wish; it may do so while `paused` is being posted. Changes of settings are taken at once; false when
   * one of them ended the run.
   */
  async #pause(session: Session): Promise<boolean> {
    this.#wish = "paused";
    this.#clock.pause();
    this.#post({ type: "paused", step: session.step });
    while (this.#wish === "paused" && !this.#ended) {
      if (!(await this.#takeChanges(session))) return false;
      // Whatever was asked for meanwhile is seen before the run goes to sleep: nobody would wake it again.
      if (this.#population.isWaiting) await this.#takePopulationRequests(session);
      if (this.#ended) return false;
      if (this.#wish !== "paused" || this.#pendingChanges.length > 0 || this.#population.isWaiting) continue;
      await new Promise<void>((resume) => {
        this.#wake = resume;
      });
    }
    this.#clock.start();
    return true;
  }

  #fail(failure: RunFailure): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#post({ type: "failed", failure });
  }
}

/** Asked again after every wait. */
const hasEnded = (session: Session): boolean => session.phase === "ended";
