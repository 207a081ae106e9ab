/**
 * What a trainer does before its run starts, so that the start takes as long as the first step: it reads a dataset that comes with the
 * app, compiles the kernels, and lays out the net of the document that is expected. A run is the same with or without it.
 */
import type { Dataset, DatasetProblem } from "../data/dataset.ts";
import type { LayerscopeDocument } from "../document/schema.ts";
import type { TrainerHost } from "../host/host.ts";
import type { RunFailure } from "../protocol.ts";
import type { Result } from "../result.ts";
import { type Rehearsal, rehearse } from "./rehearse.ts";
import type { Session } from "./session.ts";

/** A larger net is laid out when it is wanted; until then its memory is better left to others. */
const MAX_WAITING_BYTES = 512 * 1024 ** 2;

export interface Expected {
  readonly document: LayerscopeDocument;
  readonly threads: number | null;
}

const isSame = (a: Expected, b: Expected): boolean =>
  a.threads === b.threads && JSON.stringify(a.document) === JSON.stringify(b.document);

export class Preparation {
  readonly #host: TrainerHost;
  readonly #createSession: (expected: Expected, dataset: Dataset) => Promise<Result<Session, RunFailure>>;
  readonly #onRehearsed: (step: NonNullable<Rehearsal["step"]>) => void;
  #bundled: Promise<Result<Dataset, DatasetProblem>> | null = null;
  /** Keeps compiled code alive; null before the rehearsal. */
  #rehearsal: Rehearsal | null = null;
  #ready: (Expected & { readonly session: Session }) | null = null;
  #latest: Expected | null = null;
  #work: Promise<void> = Promise.resolve();
  #isOver = false;

  /** `onRehearsed` is told the work and the time of a training step where one was timed. */
  constructor(
    host: TrainerHost,
    createSession: (expected: Expected, dataset: Dataset) => Promise<Result<Session, RunFailure>>,
    onRehearsed: (step: NonNullable<Rehearsal["step"]>) => void,
  ) {
    this.#host = host;
    this.#createSession = createSession;
    this.#onRehearsed = onRehearsed;
  }

  /**
   * Makes ready for this start; what was expected before no longer is. `rehearses`: though another net was rehearsed. Resolves when done
   * with it, and never rejects.
   */
  expect(expected: Expected, rehearses: boolean): Promise<void> {
    if (this.#isOver) return this.#work;
    this.#latest = expected;
    // What goes wrong here goes wrong again when the run starts, and is reported then.
    this.#work = this.#work.then(() => this.#makeReady(expected, rehearses)).catch(() => this.#discard());
    return this.#work;
  }

  /** A folder may change between preparation and start; what comes with the app may not, and is read once. */
  loadDataset({ dataset }: LayerscopeDocument): Promise<Result<Dataset, DatasetProblem>> {
    if (dataset.source !== "mnist") return this.#host.loadDataset(dataset);
    this.#bundled ??= this.#host.loadDataset(dataset);
    return this.#bundled;
  }

  /** Ends the preparation: the session that waits for this very start, or null. */
  async take(start: Expected): Promise<Session | null> {
    this.#isOver = true;
    await this.#work;
    const ready = this.#ready;
    if (ready === null || !isSame(ready, start)) {
      this.#discard();
      return null;
    }
    this.#ready = null;
    return ready.session;
  }

  /** Ends the preparation and frees what it made. */
  dispose(): void {
    this.#isOver = true;
    void this.#work.then(() => this.#discard());
  }

  #discard(): void {
    this.#ready?.session.dispose();
    this.#ready = null;
  }

  async #makeReady(expected: Expected, rehearses: boolean): Promise<void> {
    const isCancelled = (): boolean => this.#isOver || this.#latest !== expected;
    if (isCancelled() || (this.#ready !== null && isSame(this.#ready, expected))) return;
    this.#discard();
    const isBundled = expected.document.dataset.source === "mnist";
    // What may have changed until the start is read then.
    if (this.#rehearsal !== null && !rehearses && !isBundled) return;
    const dataset = await this.loadDataset(expected.document);
    if (!dataset.ok || isCancelled()) return;
    if (this.#rehearsal === null || rehearses) {
      this.#rehearsal = await rehearse({ ...expected, dataset: dataset.value, host: this.#host, isCancelled });
      const { step } = this.#rehearsal;
      if (step !== null && !this.#isOver) this.#onRehearsed(step);
    }
    if (isCancelled() || !isBundled) return;
    const session = await this.#createSession(expected, dataset.value);
    if (!session.ok) return;
    if (session.value.network.memoryBytes > MAX_WAITING_BYTES) session.value.dispose();
    else this.#ready = { ...expected, session: session.value };
  }
}
