/** When a run writes its checkpoints: every so often and at each epoch, one after the other, the newest wins. */
import type { Host } from "../host/host.ts";
import type { TrainEvent } from "../protocol.ts";
import { messageOf } from "../result.ts";

/** Keeps checkpoints, so that the run can go on after its process has ended in any way. */
export interface CheckpointStore {
  readonly everyMs: number;
  /** Not after each epoch as well: where runs are short, and many. */
  readonly onlyByTime?: boolean;
  /** A run that was stopped has ended for good, its net is kept otherwise: there is no checkpoint of its last step. */
  readonly stopEnds?: boolean;
  /** Bytes of metrics written so far: where the lines of later steps will begin. */
  metricsBytes(): number;
  /** Writes one whole or not at all, and removes old ones; rejects with the reason. `pieces` follow one another. */
  save(step: number, pieces: readonly Uint8Array[]): Promise<void>;
}

export class Checkpoints {
  readonly #store: CheckpointStore;
  readonly #host: Pick<Host, "now">;
  readonly #post: (event: TrainEvent) => void;
  #dueAt: number;
  #writing: Promise<void> | null = null;
  /** Of the last one; null: it was written. */
  #problem: string | null = null;

  constructor(store: CheckpointStore, host: Pick<Host, "now">, post: (event: TrainEvent) => void) {
    this.#store = store;
    this.#host = host;
    this.#post = post;
    this.#dueAt = host.now() + store.everyMs;
  }

  /** Makes one due now: an epoch has ended. */
  request(): void {
    if (this.#store.onlyByTime !== true) this.#dueAt = Number.NEGATIVE_INFINITY;
  }

  isDue(): boolean {
    return this.#writing === null && this.#host.now() >= this.#dueAt;
  }

  /** Begins to write. Training goes on meanwhile. */
  save(step: number, pieces: readonly Uint8Array[]): void {
    this.#dueAt = this.#host.now() + this.#store.everyMs;
    this.#problem = null;
    this.#writing = this.#store
      .save(step, pieces)
      .catch((error: unknown) => {
        const reason = messageOf(error);
        this.#problem = `The checkpoint of step ${step} was not written: ${reason}`;
        this.#post({ type: "checkpointFailed", step, message: this.#problem });
      })
      .finally(() => {
        this.#writing = null;
      });
  }

  /** Resolves when nothing is being written, with what was wrong with the last one. */
  async settled(): Promise<string | null> {
    await this.#writing;
    return this.#problem;
  }
}
