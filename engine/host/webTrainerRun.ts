/** A run of the page in its Web Worker: kept on its way, so that it can go on after the page or the whole browser has ended. */
import { parse } from "../document/parse.ts";
import { PROTOCOL_VERSION, type TrainEvent, type TrainRequest } from "../protocol.ts";
import { messageOf } from "../result.ts";
import { type Checkpoint, decodeCheckpoint } from "../train/checkpoint.ts";
import type { CheckpointStore } from "../train/checkpoints.ts";
import { Run } from "../train/run.ts";
import type { TrainerHost } from "./host.ts";
import { openRunDatabase } from "./webRunDatabase.ts";
import { WebRunKeeper } from "./webRunKeeper.ts";
import { holdRun } from "./webRunLock.ts";
import { readUnfinished } from "./webUnfinishedRuns.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;
type RequestOf<T extends TrainRequest["type"]> = Extract<TrainRequest, { type: T }>;

const UNTITLED = "Untitled";

export class WebTrainerRun {
  readonly #host: TrainerHost;
  readonly #post: (event: TrainEvent) => void;
  #run: Run;
  #keeper: WebRunKeeper | null = null;
  #checkpoint: Checkpoint | null = null;
  #release: (() => void) | null = null;
  /** Requests that came while the way of an interrupted run was read; null: none is read. */
  #waiting: TrainRequest[] | null = null;

  constructor(call: { readonly host: TrainerHost; readonly post: (event: TrainEvent) => void }) {
    this.#host = call.host;
    this.#post = call.post;
    this.#run = this.#createRun(null);
  }

  receive(request: TrainRequest): Promise<void> {
    if (this.#waiting !== null) {
      this.#waiting.push(request);
      return Promise.resolve();
    }
    if (request.type === "resumeRun") return this.#resume(request);
    if (request.type === "start") this.#create(request);
    return this.#run.receive(request);
  }

  #createRun(resume: Checkpoint | null): Run {
    // The run that waits for its start comes before the one who keeps it.
    const checkpoints: CheckpointStore = {
      ...WebRunKeeper.CHECKPOINTS,
      save: async (step, pieces) => this.#keeper?.save(step, pieces),
    };
    const post = (event: TrainEvent): void => this.#pass(event);
    return new Run({ host: this.#host, post, checkpoints, ...(resume === null ? {} : { resume }) });
  }

  #create({ document, title = UNTITLED }: RequestOf<"start">): void {
    if (this.#keeper !== null) return;
    const [runId, startedAt] = [crypto.randomUUID(), this.#host.timestamp()];
    this.#keeper = new WebRunKeeper({ runId, document, title, startedAt, touchedAt: startedAt });
    // Where locks are refused the run trains all the same.
    void holdRun(runId).then(
      (release) => this.#held(release),
      () => undefined,
    );
  }

  #held(release: (() => void) | null): void {
    if (this.#keeper === null) release?.();
    else this.#release = release;
  }

  async #resume({ runId, threads }: RequestOf<"resumeRun">): Promise<void> {
    if (this.#keeper !== null) return;
    this.#waiting = [];
    const found = await this.#take(runId).catch((error: unknown) => `The run can't be read: ${messageOf(error)}.`);
    const waiting = this.#waiting;
    this.#waiting = null;
    if (typeof found === "string") {
      this.#release?.();
      this.#release = null;
      this.#post({ type: "failed", failure: { reason: "invalidDocument", message: found } });
      for (const request of waiting) void this.receive(request);
      return;
    }
    this.#keeper = found.keeper;
    this.#checkpoint = found.checkpoint;
    this.#run.dispose();
    this.#run = this.#createRun(found.checkpoint);
    const { document } = found.checkpoint.session;
    const trained = this.#run.receive({ type: "start", protocol: PROTOCOL_VERSION, document, threads });
    for (const request of waiting) void this.receive(request);
    await trained;
  }

  /** An error is a sentence. */
  async #take(runId: string): Promise<{ readonly keeper: WebRunKeeper; readonly checkpoint: Checkpoint } | string> {
    const release = await holdRun(runId);
    if (release === null) return "Another tab trains this run. Go on there, or close that tab.";
    this.#release = release;
    const database = await openRunDatabase();
    const run = await readUnfinished(database, runId).finally(() => database.close());
    if (run === null)
      return "The run is no longer there: it has come to its end, or another tab discarded it. Train again.";
    const checkpoint = decodeCheckpoint(run.checkpoint);
    if (!checkpoint.ok) return `The checkpoint of the run can't be used: ${checkpoint.error}. Train again.`;
    const { title, startedAt, text } = run;
    const begun = parse(text);
    const document = begun.ok ? begun.value : checkpoint.value.session.document;
    const call = { runId, document, title, startedAt, touchedAt: this.#host.timestamp() };
    return { keeper: WebRunKeeper.resumed(call, run), checkpoint: checkpoint.value };
  }

  #pass(event: TrainEvent): void {
    const keeper = this.#keeper;
    keeper?.receive(event);
    if (event.type === "finished" || event.type === "failed") void this.#end(event);
    else if (event.type === "started" && keeper !== null) {
      this.#post({ ...event, runId: keeper.runId });
      if (this.#checkpoint !== null) this.#post(keeper.history(this.#checkpoint.session.document));
    } else this.#post(event);
  }

  /** A run that has ended is kept before the page is told of it: whoever closes the page then has it. */
  async #end(event: EventOf<"finished"> | EventOf<"failed">): Promise<void> {
    const keeper = this.#keeper;
    this.#keeper = null;
    let isNetKept = false;
    try {
      const model = event.type === "finished" ? this.#run.exportModel() : null;
      isNetKept = (await keeper?.keep(event, model)) === true;
    } catch {
      // The browser has no room, or lets the page keep nothing. Without the mark the page asks before the net is lost.
    }
    keeper?.close();
    this.#release?.();
    this.#release = null;
    this.#post(event.type === "finished" && isNetKept ? { ...event, isNetKept } : event);
  }
}
