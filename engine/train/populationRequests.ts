/** Takes requests to recompute or restore the running statistics, between the batches of a run or after it, one after the other. */
import type { Host } from "../host/host.ts";
import type { TrainEvent, TrainRequest } from "../protocol.ts";
import type { NamedTensor } from "./network.ts";
import type { Recomputed, TestResult } from "./populationStatistics.ts";
import { namedScore } from "./score.ts";
import type { Session } from "./session.ts";

const PROGRESS_INTERVAL_MS = 100;
const NOT_BEGUN = "There are no weights yet: the run has not started.";
const FAILED = "The run has failed; its weights are not to be used.";
export const NOTHING_FOLLOWS = "No BatchNorm of this net has running values that follow its batches.";
const GIVEN_UP = "Stopped. The running statistics are as they were.";

type PopulationRequest = Extract<
  TrainRequest,
  { type: "recomputeStatistics" | "restoreStatistics" | "stopRecomputing" }
>;
type Waiting = Exclude<PopulationRequest, { type: "stopRecomputing" }>;

export class PopulationRequests {
  readonly #host: Pick<Host, "now"> & { yieldToMessages(): Promise<void> };
  readonly #post: (event: TrainEvent) => void;
  readonly #waiting: Waiting[] = [];
  #isTaking = false;
  #isStopped = false;

  constructor(host: Pick<Host, "now"> & { yieldToMessages(): Promise<void> }, post: (event: TrainEvent) => void) {
    this.#host = host;
    this.#post = post;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  receive(request: PopulationRequest): void {
    if (request.type === "stopRecomputing") this.#isStopped = this.#isTaking;
    else this.#waiting.push(request);
  }

  /** Does what was asked for; whether the statistics are others now. Once `isGivenUp`, work under way ends and leaves them alone. */
  async take(session: Session, isGivenUp: () => boolean): Promise<boolean> {
    if (this.#isTaking) return false;
    this.#isTaking = true;
    let changed = false;
    try {
      for (let request = this.#waiting.shift(); request !== undefined; request = this.#waiting.shift()) {
        if (request.type === "recomputeStatistics") {
          changed = (await this.#recompute(request.requestId, session, isGivenUp)) || changed;
        } else {
          const restored = session.restoreStatistics();
          const problem = restored ? null : "There is nothing to restore: the statistics are those of training.";
          this.#post({ type: "statisticsRestored", requestId: request.requestId, problem });
          changed = restored || changed;
        }
      }
    } finally {
      this.#isTaking = false;
      this.#isStopped = false;
    }
    return changed;
  }

  /** Answers where there is no net to work on. */
  refuse(why: "notBegun" | "failed"): void {
    const problem = why === "failed" ? FAILED : NOT_BEGUN;
    for (const { type, requestId } of this.#waiting.splice(0)) {
      if (type === "recomputeStatistics") this.#post({ type: "statisticsRecomputed", requestId, found: null, problem });
      else this.#post({ type: "statisticsRestored", requestId, problem });
    }
  }

  async #recompute(requestId: number, session: Session, isGivenUp: () => boolean): Promise<boolean> {
    const work = session.recomputeStatistics();
    if (work === null) {
      this.#post({ type: "statisticsRecomputed", requestId, found: null, problem: NOTHING_FOLLOWS });
      return false;
    }
    let found: Recomputed | null = null;
    let reportAt = this.#host.now() + PROGRESS_INTERVAL_MS;
    while (found === null) {
      await this.#host.yieldToMessages();
      if (session.isDisposed) return false;
      if (this.#isStopped || isGivenUp()) {
        this.#isStopped = false;
        work.giveUp();
        this.#post({ type: "statisticsRecomputed", requestId, found: null, problem: GIVEN_UP });
        return false;
      }
      found = work.advance();
      if (this.#host.now() < reportAt) continue;
      this.#post({ type: "recomputeProgressed", ...work.progress });
      reportAt = this.#host.now() + PROGRESS_INTERVAL_MS;
    }
    session.takeStatistics(found);
    const named = ({ loss, score }: TestResult) => ({ loss, ...namedScore(score, session.hasTargets) });
    this.#post({
      type: "statisticsRecomputed",
      requestId,
      problem: null,
      found: {
        step: session.step,
        samples: found.samples,
        before: named(found.before),
        training: named(found.training),
        after: named(found.after),
        norms: normsOf(found.tensors),
      },
    });
    return true;
  }
}

const normsOf = (tensors: readonly NamedTensor[]) =>
  tensors.flatMap(({ name, data }) => {
    const [nodeId] = name.endsWith(".runningMean") ? [name.slice(0, -".runningMean".length)] : [];
    const variance = tensors.find((tensor) => tensor.name === `${nodeId}.runningVariance`);
    if (nodeId === undefined || variance === undefined) return [];
    return [{ nodeId, mean: bufferOf(data), variance: bufferOf(variance.data) }];
  });

const bufferOf = (values: Float32Array): ArrayBuffer => new Float32Array(values).buffer;
