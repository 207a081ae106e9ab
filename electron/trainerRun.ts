/**
 * A run in the trainer's process, with a folder of its own: from it the run can go on after the process or the app was killed, and be looked at
 * again after its end.
 */
import { existsSync } from "node:fs";
import { betterEpoch } from "../engine/host/endedRun.ts";
import type { TrainerHost } from "../engine/host/host.ts";
import type { RunFolder } from "../engine/host/nodeRunFolder.ts";
import { ENGINE_VERSION } from "../engine/index.ts";
import { metricJson, PROTOCOL_VERSION, type TrainEvent, type TrainRequest } from "../engine/protocol.ts";
import type { Checkpoint } from "../engine/train/checkpoint.ts";
import type { CheckpointStore } from "../engine/train/checkpoints.ts";
import { Run } from "../engine/train/run.ts";
import { diskReason } from "./diskReason.ts";
import { type FinishedRecord, readHistory, writeFinishedModel, writeFinishedRecord } from "./finishedRuns.ts";
import { type AppRunRecord, createAppRun, discardRun, resumeAppRun, writeRecord } from "./runsFolder.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;
type RequestOf<T extends TrainRequest["type"]> = Extract<TrainRequest, { type: T }>;

/** Steps, losses and accuracies come as float64 triples. */
const VALUES_PER_STEP = 3;
const UNTITLED = "untitled";

interface Kept {
  readonly runId: string;
  readonly folder: RunFolder;
  readonly record: AppRunRecord;
  /** null before the run has told it. */
  started: EventOf<"started"> | null;
  progress: FinishedRecord["progress"];
  lastEpoch: FinishedRecord["lastEpoch"];
  bestEpoch: FinishedRecord["lastEpoch"];
}

export class TrainerRun {
  readonly #host: TrainerHost;
  readonly #runsFolder: string;
  readonly #post: (event: TrainEvent) => void;
  #run: Run;
  #kept: Kept | null = null;
  #checkpoint: Checkpoint | null = null;

  constructor(call: {
    readonly host: TrainerHost;
    /** Of all runs. */
    readonly runsFolder: string;
    readonly post: (event: TrainEvent) => void;
  }) {
    this.#host = call.host;
    this.#runsFolder = call.runsFolder;
    this.#post = call.post;
    this.#run = new Run({ host: call.host, post: (event) => this.#pass(event), checkpoints: this.#checkpoints() });
  }

  receive(request: TrainRequest): Promise<void> {
    if (request.type === "start") this.#create(request);
    return request.type === "resumeRun" ? this.#resume(request) : this.#run.receive(request);
  }

  /** What the page has forgotten. */
  #history({ folder }: Kept, { session }: Checkpoint): EventOf<"history"> {
    const history = readHistory(folder.path);
    return { type: "history", document: session.document, ...history, frames: history.frames?.buffer ?? null };
  }

  /** The folder is made when the run starts, after the run object that waits for it. */
  #checkpoints(): CheckpointStore {
    return {
      everyMs: 30_000,
      stopEnds: true,
      metricsBytes: () => this.#kept?.folder.metricsBytes() ?? 0,
      save: async (step, pieces) => this.#kept?.folder.save(step, pieces),
    };
  }

  #create({ document, title = UNTITLED }: RequestOf<"start">): void {
    if (this.#kept !== null) return;
    try {
      const created = createAppRun({ runsFolder: this.#runsFolder, document, title, at: this.#host.timestamp() });
      this.#kept = { ...created, started: null, progress: null, lastEpoch: null, bestEpoch: null };
    } catch (error) {
      this.#giveUp(0, error);
    }
  }

  #resume({ runId, threads }: RequestOf<"resumeRun">): Promise<void> {
    if (this.#kept !== null) return Promise.resolve();
    const resumed = resumeAppRun({ runsFolder: this.#runsFolder, runId, at: this.#host.timestamp() });
    if (resumed === null) {
      const message = "The run has no checkpoint that can be used. Train again.";
      this.#post({ type: "failed", failure: { reason: "invalidDocument", message } });
      return Promise.resolve();
    }
    const { folder, checkpoint, record } = resumed;
    this.#kept = { runId, folder, record, started: null, progress: null, lastEpoch: null, bestEpoch: null };
    this.#checkpoint = checkpoint;
    this.#run.dispose();
    this.#run = new Run({
      host: this.#host,
      post: (event) => this.#pass(event),
      checkpoints: this.#checkpoints(),
      resume: checkpoint,
    });
    const { document } = checkpoint.session;
    return this.#run.receive({ type: "start", protocol: PROTOCOL_VERSION, document, threads });
  }

  /** Keeps what a resumed run will want to know, and the net of one that has ended; then tells the page. */
  #pass(event: TrainEvent): void {
    const ending = this.#kept;
    try {
      this.#keep(event);
    } catch (error) {
      this.#giveUp("step" in event ? event.step : 0, error);
    }
    const kept = this.#kept;
    const isNetKept = event.type === "finished" && ending !== null && this.#keepModel(ending);
    if (event.type === "started" && kept !== null) this.#post({ ...event, runId: kept.runId });
    else this.#post(isNetKept ? { ...event, isNetKept } : event);
    if (event.type === "started" && kept !== null && this.#checkpoint !== null) {
      const history = this.#history(kept, this.#checkpoint);
      for (const epoch of history.epochs) this.#keepEpoch(kept, epoch);
      this.#post(history);
    }
  }

  #keep(event: TrainEvent): void {
    const kept = this.#kept;
    if (kept === null) return;
    const write = (line: unknown): void => kept.folder.addMetric(metricJson(line));
    if (event.type === "started") {
      kept.started = { ...event, runId: kept.runId };
      kept.folder.openFrames(event.nodeIds);
      writeRecord(kept.folder.path, { ...kept.record, totalSteps: event.totalSteps });
    } else if (event.type === "frame") {
      const values = new Float64Array(event.steps);
      for (let at = 0; at + VALUES_PER_STEP <= values.length; at += VALUES_PER_STEP) {
        const [step, loss = Number.NaN, accuracy = Number.NaN] = values.subarray(at, at + VALUES_PER_STEP);
        write({ event: "step", step, loss, accuracy });
      }
      kept.folder.addFrame(event.frame);
      const { step, epoch, samplesPerSecond, secondsLeft, statisticsShare, dropped } = event;
      kept.progress = { step, epoch, samplesPerSecond, secondsLeft, statisticsShare, dropped };
    } else if (event.type === "epoch") {
      const { type: _type, ...record } = event;
      this.#keepEpoch(kept, record);
      write({ event: "epoch", record });
    } else if (event.type === "trainingChanged") {
      const { totalSteps, settings } = event;
      if (kept.started !== null) kept.started = { ...kept.started, totalSteps, epochs: settings.epochs };
      write({ event: "trainingChanged", change: event });
    } else if (event.type === "finished" || event.type === "failed") {
      this.#end(kept, event);
    }
  }

  #keepEpoch(kept: Kept, epoch: NonNullable<FinishedRecord["lastEpoch"]>): void {
    kept.lastEpoch = epoch;
    kept.bestEpoch = betterEpoch(kept.bestEpoch, epoch);
  }

  /** A run that has come to its end stays, to be looked at again; one that failed for another reason than its numbers may go on. */
  #end(kept: Kept, event: EventOf<"finished"> | EventOf<"failed">): void {
    this.#kept = null;
    kept.folder.close();
    const { started, progress, lastEpoch, bestEpoch, folder, record } = kept;
    if (event.type === "failed" && event.failure.reason !== "diverged") return;
    if (started === null || progress === null) {
      // It has not made a step: there is nothing to look at.
      discardRun(this.#runsFolder, kept.runId);
      return;
    }
    const outcome = event.type === "failed" ? "failed" : event.stopped ? "stopped" : "finished";
    const { title, startedAt } = record;
    const endedAt = this.#host.timestamp();
    writeFinishedRecord(folder.path, {
      outcome,
      title,
      startedAt,
      endedAt,
      started,
      ended: event,
      progress,
      lastEpoch,
      bestEpoch,
      engineVersion: ENGINE_VERSION,
    });
  }

  /** Before the page is told: whoever closes the window then has the net with its run. Tells whether it is there. */
  #keepModel({ folder }: Kept): boolean {
    // Without a step, or where the disk refused, nothing is kept.
    if (!existsSync(folder.path)) return false;
    try {
      const pieces = this.#run.modelBytes();
      if (pieces !== null) writeFinishedModel(folder.path, pieces);
      return pieces !== null;
    } catch (error) {
      // The measurements of the run are there all the same; an export says that the net is not.
      console.error(`The trained net of the run was not kept: ${diskReason(error)}`);
      return false;
    }
  }

  /** The run goes on without a way back. */
  #giveUp(step: number, error: unknown): void {
    this.#kept = null;
    const message = `It trains on, but can't be resumed and will not be among the runs. Its folder can't be written: ${diskReason(error)}.`;
    this.#post({ type: "checkpointFailed", step, message });
  }
}
