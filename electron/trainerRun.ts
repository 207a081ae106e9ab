/** A run in the trainer's process, with a folder of its own from which it can go on after the process or the app was killed. */
import type { TrainerHost } from "../engine/host/host.ts";
import { type RunFolder, readMetrics } from "../engine/host/nodeRunFolder.ts";
import { epochSchema, PROTOCOL_VERSION, type TrainEvent, type TrainRequest } from "../engine/protocol.ts";
import type { Checkpoint } from "../engine/train/checkpoint.ts";
import type { CheckpointStore } from "../engine/train/checkpoints.ts";
import { Run } from "../engine/train/run.ts";
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
}

/** JSON has no NaN: it was written as null. */
const numberOf = (value: unknown): number => (typeof value === "number" ? value : Number.NaN);

/** What the page has forgotten, from the lines that `#keep` wrote. */
const historyOf = (folder: RunFolder, checkpoint: Checkpoint): EventOf<"history"> => {
  const steps: number[] = [];
  const epochs: EventOf<"history">["epochs"] = [];
  for (const line of readMetrics(folder.path, checkpoint.run.metricsBytes)) {
    if (typeof line !== "object" || line === null || !("event" in line)) continue;
    if (line.event === "step" && "step" in line && "loss" in line && "accuracy" in line) {
      steps.push(numberOf(line.step), numberOf(line.loss), numberOf(line.accuracy));
    } else if (line.event === "epoch" && "record" in line) {
      const parsed = epochSchema.safeParse(line.record);
      // A loss that was not finite has become null; the chart has a gap there.
      if (parsed.success) epochs.push(parsed.data);
    }
  }
  return { type: "history", document: checkpoint.session.document, steps: Float64Array.from(steps).buffer, epochs };
};

export class TrainerRun {
  readonly #host: TrainerHost;
  readonly #runsFolder: string;
  readonly #post: (event: TrainEvent) => void;
  #run: Run;
  #kept: Kept | null = null;
  #checkpoint: Checkpoint | null = null;

  constructor(call: {
    readonly host: TrainerHost;
    /** Of all unfinished runs. */
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

  /** The folder is made when the run starts, after the run object that waits for it. */
  #checkpoints(): CheckpointStore {
    return {
      everyMs: 30_000,
      metricsBytes: () => this.#kept?.folder.metricsBytes() ?? 0,
      save: async (step, pieces) => this.#kept?.folder.save(step, pieces),
    };
  }

  #create({ document, title = UNTITLED }: RequestOf<"start">): void {
    if (this.#kept !== null) return;
    try {
      this.#kept = createAppRun({ runsFolder: this.#runsFolder, document, title, at: this.#host.timestamp() });
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
    this.#kept = { runId, folder, record };
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

  /** Keeps what a resumed run will want to know, then tells the page. */
  #pass(event: TrainEvent): void {
    try {
      this.#keep(event);
    } catch (error) {
      this.#giveUp("step" in event ? event.step : 0, error);
    }
    const kept = this.#kept;
    this.#post(event.type === "started" && kept !== null ? { ...event, runId: kept.runId } : event);
    if (event.type === "started" && kept !== null && this.#checkpoint !== null) {
      this.#post(historyOf(kept.folder, this.#checkpoint));
    }
    if (event.type === "finished" || event.type === "failed") this.#end(event);
  }

  #keep(event: TrainEvent): void {
    const kept = this.#kept;
    if (kept === null) return;
    const write = (line: unknown): void => kept.folder.addMetric(JSON.stringify(line));
    if (event.type === "started") {
      kept.folder.openFrames(event.nodeIds);
      writeRecord(kept.folder.path, { ...kept.record, totalSteps: event.totalSteps });
    } else if (event.type === "frame") {
      const values = new Float64Array(event.steps);
      for (let at = 0; at + VALUES_PER_STEP <= values.length; at += VALUES_PER_STEP) {
        const [step, loss, accuracy] = values.subarray(at, at + VALUES_PER_STEP);
        write({ event: "step", step, loss, accuracy });
      }
      kept.folder.addFrame(event.frame);
    } else if (event.type === "epoch") {
      const { type: _type, ...record } = event;
      write({ event: "epoch", record });
    }
  }

  /** A run that has come to its end cannot go on; one that failed for another reason may. */
  #end(event: EventOf<"finished"> | EventOf<"failed">): void {
    const kept = this.#kept;
    this.#kept = null;
    if (kept === null) return;
    kept.folder.close();
    if (event.type === "finished" || event.failure.reason === "diverged") discardRun(this.#runsFolder, kept.runId);
  }

  /** The run goes on without a way back. */
  #giveUp(step: number, error: unknown): void {
    this.#kept = null;
    const reason = error instanceof Error ? error.message : String(error);
    this.#post({ type: "checkpointFailed", step, message: `The folder of the run cannot be written: ${reason}` });
  }
}
