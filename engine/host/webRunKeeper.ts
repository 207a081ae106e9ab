/** Keeps a run of the page while it trains, in memory, and in the page's database when it has come to its end. */
import { serialize } from "../document/serialize.ts";
import { NO_LABEL } from "../experiments/runLabel.ts";
import type { TrainEvent, TrainRequest } from "../protocol.ts";
import type { EpochRecord } from "../telemetry/epochRecord.ts";
import { hasNodes } from "../telemetry/frameLayout.ts";
import { FrameMemory } from "../telemetry/frameMemory.ts";
import { ENGINE_VERSION } from "../version.ts";
import { betterEpoch, type EndedRun, trainedFacts } from "./endedRun.ts";
import { openRunDatabase, type WebRunFacts, type WebRunRecord, writeWebRun } from "./webRunDatabase.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;
type Start = Extract<TrainRequest, { type: "start" }>;

/** What pages are told by, who list runs. */
export const RUNS_CHANNEL = "layerscope.runs";

const UNTITLED = "Untitled";

export class WebRunKeeper {
  readonly #start: Start;
  readonly #startedAt: string;
  readonly #epochs: EpochRecord[] = [];
  readonly #changes: EventOf<"trainingChanged">[] = [];
  readonly #steps: Float64Array[] = [];
  #frames = new FrameMemory([]);
  #started: EventOf<"started"> | null = null;
  #progress: EndedRun["progress"] = null;
  #bestEpoch: EpochRecord | null = null;

  constructor(start: Start, startedAt: string) {
    this.#start = start;
    this.#startedAt = startedAt;
  }

  receive(event: TrainEvent): void {
    if (event.type === "started") {
      this.#started = event;
      this.#frames = new FrameMemory(event.nodeIds);
    } else if (event.type === "frame") {
      const { step, epoch, samplesPerSecond, secondsLeft, statisticsShare, dropped } = event;
      this.#progress = { step, epoch, samplesPerSecond, secondsLeft, statisticsShare, dropped };
      this.#steps.push(new Float64Array(event.steps));
      if (hasNodes(event.frame)) this.#frames.add(event.frame);
    } else if (event.type === "epoch") {
      const { type: _type, ...record } = event;
      this.#epochs.push(record);
      this.#bestEpoch = betterEpoch(this.#bestEpoch, record);
    } else if (event.type === "trainingChanged" && this.#started !== null) {
      const { totalSteps, settings } = event;
      this.#changes.push(event);
      this.#started = { ...this.#started, totalSteps, epochs: settings.epochs };
    }
  }

  /** All of the run that has ended now; null: it has not made a step, or broke off for another reason than its numbers. */
  ended(
    ended: EventOf<"finished"> | EventOf<"failed">,
    call: { readonly endedAt: string; readonly model: string | null; readonly runId: string },
  ): { readonly facts: WebRunFacts; readonly record: WebRunRecord; readonly model: string | null } | null {
    const [started, progress] = [this.#started, this.#progress];
    if (started === null || progress === null) return null;
    if (ended.type === "failed" && ended.failure.reason !== "diverged") return null;
    const { document, title = UNTITLED } = this.#start;
    const { endedAt, model, runId } = call;
    const steps = new Float64Array(this.#steps.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.#steps) {
      steps.set(part, at);
      at += part.length;
    }
    const text = serialize(document);
    const frames = this.#frames.file();
    const record = { text, epochs: this.#epochs, changes: this.#changes, steps: steps.buffer, frames };
    const facts: WebRunFacts = {
      ...{ runId, title, startedAt: this.#startedAt, endedAt, started, ended, progress },
      outcome: ended.type === "failed" ? "failed" : ended.stopped ? "stopped" : "finished",
      ...{ lastEpoch: this.#epochs.at(-1) ?? null, bestEpoch: this.#bestEpoch, trains: trainedFacts(document) },
      ...{ engineVersion: ENGINE_VERSION, hasModel: model !== null, label: NO_LABEL, isRemoved: false },
      bytes: text.length + steps.byteLength + frames.length + (model?.length ?? 0),
    };
    return { facts, record, model };
  }

  /** Tells whether the trained net stays with the run. */
  async keep(ended: EventOf<"finished"> | EventOf<"failed">, model: string | null): Promise<boolean> {
    const run = this.ended(ended, { endedAt: new Date().toISOString(), model, runId: crypto.randomUUID() });
    if (run === null) return false;
    const database = await openRunDatabase();
    try {
      await writeWebRun(database, run);
    } finally {
      database.close();
    }
    const channel = new BroadcastChannel(RUNS_CHANNEL);
    channel.postMessage(null);
    channel.close();
    return run.model !== null;
  }
}
