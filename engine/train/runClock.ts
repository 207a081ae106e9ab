/** Measures a run: time that counts (pauses don't), throughput, time left, and what statistics cost. */
import type { Host } from "../host/host.ts";

/** Throughput is averaged over about this time, so that it follows changes but does not flicker. */
const SMOOTHING_MS = 1000;

/** The first steps run code that is not compiled yet: they say nothing of the others, nor of what statistics cost. */
const COLD_STEPS = 2;

export class RunClock {
  readonly #host: Pick<Host, "now">;
  /** Time of finished stretches between start and pause. */
  #countedMs = 0;
  #runningSince: number | null = null;

  /** When the last batch ended: what lies between two batches (messages, frames) counts as training, too. */
  #mark = 0;
  #trainingMs = 0;
  #numSteps = 0;
  #numSamples = 0;
  /** Of this, in the cold steps. */
  #cold = { samples: 0, ms: 0 };
  /** Since the throughput was last smoothed. */
  #recent = { samples: 0, ms: 0 };
  #rate: number | null = null;
  #epoch = { samples: 0, trainingMs: 0 };
  #evaluationMs = 0;
  #numEvaluations = 0;

  /** What measuring and writing frames took, and how many there were. */
  #statistics = { ms: 0, frames: 0 };

  constructor(host: Pick<Host, "now">) {
    this.#host = host;
  }

  start(): void {
    if (this.#runningSince !== null) return;
    this.#runningSince = this.#host.now();
    this.#mark = this.#runningSince;
  }

  /** A resumed run counts on from the time it had taken before. */
  continueFrom(elapsedMs: number): void {
    this.#countedMs = elapsedMs;
  }

  pause(): void {
    this.#countedMs = this.elapsedMs();
    this.#runningSince = null;
  }

  elapsedMs(): number {
    return this.#countedMs + (this.#runningSince === null ? 0 : this.#host.now() - this.#runningSince);
  }

  /** Runs one batch and counts its time. */
  time<T>(what: "training" | "evaluation", work: () => T): T {
    const result = work();
    const after = this.#host.now();
    const stretchMs = after - this.#mark;
    this.#mark = after;
    if (what === "evaluation") {
      this.#evaluationMs += stretchMs;
      return result;
    }
    this.#trainingMs += stretchMs;
    this.#recent.ms += stretchMs;
    this.#epoch.trainingMs += stretchMs;
    if (this.#numSteps < COLD_STEPS) this.#cold.ms += stretchMs;
    this.#numSteps += 1;
    return result;
  }

  /** Runs what turns statistics into a frame. `measuringMs`: what gathering them took inside the step. */
  timeStatistics<T>(measuringMs: number, work: () => T): T {
    const before = this.#host.now();
    const result = work();
    if (this.#numSteps > COLD_STEPS) {
      this.#statistics.ms += measuringMs + this.#host.now() - before;
      this.#statistics.frames += 1;
    }
    return result;
  }

  countSamples(numSamples: number): void {
    this.#numSamples += numSamples;
    if (this.#numSteps <= COLD_STEPS) this.#cold.samples += numSamples;
    this.#recent.samples += numSamples;
    this.#epoch.samples += numSamples;
  }

  /** Training samples a second of training time (evaluation and pauses left out), averaged over the last second. */
  samplesPerSecond(): number {
    const { samples, ms } = this.#recent;
    if (ms > 0) {
      const recent = (1000 * samples) / ms;
      const weight = 1 - Math.exp(-ms / SMOOTHING_MS);
      this.#rate = this.#rate === null ? recent : this.#rate + weight * (recent - this.#rate);
      this.#recent = { samples: 0, ms: 0 };
    }
    return this.#rate ?? 0;
  }

  meanSamplesPerSecond(): number {
    return this.#trainingMs > 0 ? (1000 * this.#numSamples) / this.#trainingMs : 0;
  }

  /** Closes an epoch; its samples a second of training time. */
  endEpoch(): number {
    const { samples, trainingMs } = this.#epoch;
    this.#epoch = { samples: 0, trainingMs: 0 };
    this.#numEvaluations += 1;
    return trainingMs > 0 ? (1000 * samples) / trainingMs : 0;
  }

  /**
   * From the mean time of a sample and of an evaluation. Before the first evaluation its forward passes are taken as a third of
   * training on as many samples. The cold steps count only until there are others.
   */
  secondsLeft(left: { readonly samples: number; readonly evaluations: number; readonly testCount: number }): number {
    const cold = this.#numSteps > COLD_STEPS ? this.#cold : { samples: 0, ms: 0 };
    const numSamples = this.#numSamples - cold.samples;
    const sampleMs = numSamples === 0 ? 0 : (this.#trainingMs - cold.ms) / numSamples;
    const evaluationMs =
      this.#numEvaluations === 0 ? (left.testCount * sampleMs) / 3 : this.#evaluationMs / this.#numEvaluations;
    return (left.samples * sampleMs + left.evaluations * evaluationMs) / 1000;
  }

  /** What gathering the statistics of a frame and writing it takes; 0 until that was timed. */
  frameCostMs(): number {
    const { ms, frames } = this.#statistics;
    return frames === 0 ? 0 : ms / frames;
  }

  /** Frames that the mean is of. */
  get numFrames(): number {
    return this.#statistics.frames;
  }

  /** Share of the training time that gathering statistics and writing frames took. */
  statisticsShare(): number {
    return this.#trainingMs === 0 ? 0 : Math.min(1, this.#statistics.ms / this.#trainingMs);
  }
}
