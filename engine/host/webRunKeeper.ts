/**
 * Keeps a run of the page while it trains: in memory, by its checkpoints in the page's database, from which it can go on, and there for good
 * when it has come to its end.
 */
import type { LayerscopeDocument } from "../document/schema.ts";
import { serialize } from "../document/serialize.ts";
import { NO_LABEL } from "../experiments/runLabel.ts";
import type { TrainEvent } from "../protocol.ts";
import type { EpochRecord } from "../telemetry/epochRecord.ts";
import { hasNodes } from "../telemetry/frameLayout.ts";
import { FrameMemory } from "../telemetry/frameMemory.ts";
import { ENGINE_VERSION } from "../version.ts";
import { betterEpoch, type EndedRun, trainedFacts } from "./endedRun.ts";
import { joinedBytes } from "./joinedBytes.ts";
import { openRunDatabase, type WebRunFacts, type WebRunRecord, writeWebRun } from "./webRunDatabase.ts";
import {
  discardUnfinished,
  joinedSteps,
  type NewCheckpoint,
  type UnfinishedRun,
  writeUnfinished,
} from "./webUnfinishedRuns.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

/** What pages are told by, who list runs. */
export const RUNS_CHANNEL = "layerscope.runs";

/** Who closes a page loses no more of its run. */
const CHECKPOINT_INTERVAL_MS = 10_000;
/** Step, loss and accuracy. */
const VALUES_PER_STEP = 3;

interface Call {
  readonly runId: string;
  /** As it was when the run began. */
  readonly document: LayerscopeDocument;
  readonly title: string;
  /** ISO 8601; `touchedAt` when it was last taken up. */
  readonly startedAt: string;
  readonly touchedAt: string;
}

const tellPages = (): void => {
  const channel = new BroadcastChannel(RUNS_CHANNEL);
  channel.postMessage(null);
  channel.close();
};

export class WebRunKeeper {
  /** Not at each epoch: it may take a tenth of a second. Steps lie in the database by their number, not in a file. */
  static readonly CHECKPOINTS = {
    ...{ everyMs: CHECKPOINT_INTERVAL_MS, onlyByTime: true, stopEnds: true },
    metricsBytes: () => 0,
  } as const;
  readonly #call: Call;
  readonly #epochs: EpochRecord[] = [];
  readonly #changes: EventOf<"trainingChanged">[] = [];
  readonly #steps: Float64Array[] = [];
  #frames = new FrameMemory([]);
  #started: EventOf<"started"> | null = null;
  #progress: EndedRun["progress"] = null;
  #bestEpoch: EpochRecord | null = null;
  #database: Promise<IDBDatabase> | null = null;
  /** In the database: parts of `#steps`, their values together, and the ordinals of frames. */
  #storedParts = 0;
  #storedValues = 0;
  #storedFrames: ReadonlySet<number> = new Set();

  constructor(call: Call) {
    this.#call = call;
  }

  /** Goes on where a checkpoint found the run. */
  static resumed(call: Call, run: UnfinishedRun): WebRunKeeper {
    const keeper = new WebRunKeeper(call);
    keeper.#started = run.started;
    keeper.#progress = run.progress;
    for (const epoch of run.epochs) keeper.#addEpoch(epoch);
    keeper.#changes.push(...run.changes);
    keeper.#steps.push(run.steps);
    keeper.#storedParts = 1;
    keeper.#storedValues = run.steps.length;
    const { stride, received, frames } = run;
    keeper.#frames = FrameMemory.from(run.started.nodeIds, { stride, received, records: frames });
    keeper.#storedFrames = new Set(frames.map(({ ordinal }) => ordinal));
    return keeper;
  }

  get runId(): string {
    return this.#call.runId;
  }

  receive(event: TrainEvent): void {
    if (event.type === "started") {
      if (this.#started === null) this.#frames = new FrameMemory(event.nodeIds);
      this.#started = { ...event, runId: this.runId };
    } else if (event.type === "frame") {
      const { step, epoch, samplesPerSecond, secondsLeft, statisticsShare, dropped } = event;
      this.#progress = { step, epoch, samplesPerSecond, secondsLeft, statisticsShare, dropped };
      this.#steps.push(new Float64Array(event.steps));
      if (hasNodes(event.frame)) this.#frames.add(event.frame);
    } else if (event.type === "epoch") {
      const { type: _type, ...record } = event;
      this.#addEpoch(record);
    } else if (event.type === "trainingChanged" && this.#started !== null) {
      const { totalSteps, settings } = event;
      this.#changes.push(event);
      this.#started = { ...this.#started, totalSteps, epochs: settings.epochs };
    }
  }

  /** What a page has forgotten; `document` with the settings as they are now. */
  history(document: LayerscopeDocument): EventOf<"history"> {
    return {
      ...{ type: "history", document, steps: joinedSteps(this.#steps).buffer, lostLines: 0 },
      ...{ epochs: [...this.#epochs], changes: [...this.#changes], frames: this.#frames.file().buffer },
    };
  }

  /** `write` has the database take what it does not have yet, all or nothing. */
  async save(
    step: number,
    pieces: readonly Uint8Array[],
    write = async (checkpoint: NewCheckpoint) => writeUnfinished(await this.#open(), checkpoint),
  ): Promise<void> {
    const parts = this.#steps.length;
    // Before anything is waited for: the run goes on meanwhile.
    const checkpoint = this.#newCheckpoint(step, pieces);
    if (checkpoint === null) return;
    await write(checkpoint);
    this.#storedParts = parts;
    this.#storedValues += checkpoint.steps.values.length;
    const gone = new Set(checkpoint.goneFrames);
    const stays = [...this.#storedFrames].filter((ordinal) => !gone.has(ordinal));
    this.#storedFrames = new Set([...stays, ...checkpoint.frames.map(({ ordinal }) => ordinal)]);
  }

  /** null: the run has not begun. */
  #newCheckpoint(step: number, pieces: readonly Uint8Array[]): NewCheckpoint | null {
    const started = this.#started;
    if (started === null) return null;
    const { runId, title, startedAt, touchedAt, document } = this.#call;
    const { stride, received, records } = this.#frames.kept();
    const present = new Set(records.map(({ ordinal }) => ordinal));
    return {
      facts: { runId, title, step, totalSteps: started.totalSteps, touchedAt },
      kept: {
        ...{ title, startedAt, started, progress: this.#progress, text: serialize(document) },
        ...{ epochs: [...this.#epochs], changes: [...this.#changes], stride, received },
        checkpoint: joinedBytes(pieces),
      },
      steps: {
        numSteps: this.#storedValues / VALUES_PER_STEP,
        values: joinedSteps(this.#steps.slice(this.#storedParts)),
      },
      frames: records.filter(({ ordinal }) => !this.#storedFrames.has(ordinal)),
      goneFrames: [...this.#storedFrames].filter((ordinal) => !present.has(ordinal)),
    };
  }

  /** All of the run that has ended now; null: it has not made a step, or broke off for another reason than its numbers. */
  ended(
    ended: EventOf<"finished"> | EventOf<"failed">,
    call: { readonly endedAt: string; readonly model: string | null },
  ): { readonly facts: WebRunFacts; readonly record: WebRunRecord; readonly model: string | null } | null {
    const [started, progress] = [this.#started, this.#progress];
    if (started === null || progress === null) return null;
    if (ended.type === "failed" && ended.failure.reason !== "diverged") return null;
    const { runId, document, title, startedAt } = this.#call;
    const { endedAt, model } = call;
    const steps = joinedSteps(this.#steps);
    const text = serialize(document);
    const frames = this.#frames.file();
    const record = { text, epochs: this.#epochs, changes: this.#changes, steps: steps.buffer, frames };
    const facts: WebRunFacts = {
      ...{ runId, title, startedAt, endedAt, started, ended, progress },
      outcome: ended.type === "failed" ? "failed" : ended.stopped ? "stopped" : "finished",
      ...{ lastEpoch: this.#epochs.at(-1) ?? null, bestEpoch: this.#bestEpoch, trains: trainedFacts(document) },
      ...{ engineVersion: ENGINE_VERSION, hasModel: model !== null, label: NO_LABEL, isRemoved: false },
      bytes: text.length + steps.byteLength + frames.length + (model?.length ?? 0),
    };
    return { facts, record, model };
  }

  /** Tells whether the trained net stays with the run. A run that broke off stays unfinished. */
  async keep(ended: EventOf<"finished"> | EventOf<"failed">, model: string | null): Promise<boolean> {
    if (ended.type === "failed" && ended.failure.reason !== "diverged") return false;
    const run = this.ended(ended, { endedAt: new Date().toISOString(), model });
    const database = await this.#open();
    if (run === null) await discardUnfinished(database, this.runId);
    else await writeWebRun(database, run);
    tellPages();
    return run !== null && run.model !== null;
  }

  /** Nothing is kept from here on. */
  close(): void {
    // A database that was refused needs no closing.
    this.#database?.then(
      (database) => database.close(),
      () => undefined,
    );
    this.#database = null;
  }

  #open(): Promise<IDBDatabase> {
    this.#database ??= openRunDatabase();
    return this.#database;
  }

  #addEpoch(epoch: EpochRecord): void {
    this.#epochs.push(epoch);
    this.#bestEpoch = betterEpoch(this.#bestEpoch, epoch);
  }
}
