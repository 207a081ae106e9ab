/** What a run of a study finds besides its epochs, gathered from what it tells. */
import type { TrainingSettings } from "../document/schema.ts";
import { type RateStep, rateRange } from "../experiments/rateRange.ts";
import type { StudyFindings } from "../experiments/studyTask.ts";
import type { GradientResult, TrainEvent } from "../protocol.ts";
import { stepRecords } from "./stepRecords.ts";

type LayerGradient = NonNullable<StudyFindings["gradients"]>[number];

const SEVERITY = { agrees: 0, unproven: 1, differs: 2 } as const;

/** The worst of each layer's gradients. */
export class GradientFindings {
  readonly #layers = new Map<string, LayerGradient>();

  add(results: readonly GradientResult[]): void {
    for (const { nodeId, relativeError, verdict } of results) {
      const before = this.#layers.get(nodeId) ?? { nodeId, relativeError: 0, verdict };
      const error = Math.max(before.relativeError ?? Number.POSITIVE_INFINITY, relativeError);
      this.#layers.set(nodeId, {
        nodeId,
        // Files have no infinity.
        relativeError: Number.isFinite(error) ? error : null,
        verdict: SEVERITY[verdict] > SEVERITY[before.verdict] ? verdict : before.verdict,
      });
    }
  }

  get layers(): LayerGradient[] {
    return [...this.#layers.values()];
  }
}

/** Rates and losses of all steps. */
export class RangeFindings {
  readonly #training: TrainingSettings;
  readonly #steps: RateStep[];
  #started: Extract<TrainEvent, { type: "started" }> | null = null;

  /** `earlier`: the steps before the checkpoint that the run goes on from. */
  constructor(training: TrainingSettings, earlier: readonly RateStep[]) {
    this.#training = training;
    this.#steps = [...earlier];
  }

  receive(event: TrainEvent): void {
    if (event.type === "started") this.#started = event;
    if (event.type !== "frame") return;
    for (const { loss, learningRate } of stepRecords(event, this.#started, this.#training)) {
      this.#steps.push({ rate: learningRate, loss });
    }
  }

  found(): StudyFindings {
    const { steepestRate, lowestRate, divergedRate } = rateRange(this.#steps);
    return { learningRateRange: { steepestRate, lowestRate, divergedRate } };
  }
}
