/**
 * A run's last step, measured after it was taken: that an epoch was the last one shows only by its evaluation (early stopping), or when the
 * settings take the epochs away that were to come. The step is taken again from the weights before it, which gives the same bits. That a net
 * diverges shows only by the loss.
 */
import type { NodeStatistics } from "../telemetry/statistics.ts";
import type { Network, StepOutcome } from "./network.ts";

type TrainCall = Parameters<Network["trainStep"]>[0];

export class LastStep {
  /** The last step, if it can be taken again. */
  #taken: { readonly goBack: () => void; readonly call: TrainCall } | null = null;

  /** `isKept`: it may have to be measured later. One whose loss is not finite is measured at once, whether that was asked for or not. */
  take(network: Network, call: TrainCall, isKept: boolean): StepOutcome & { readonly isMeasured: boolean } {
    this.#taken = isKept ? { goBack: network.keepWeights(), call } : null;
    const outcome = network.trainStep(call);
    if (call.measure || Number.isFinite(outcome.loss)) return { ...outcome, isMeasured: call.measure };
    this.#taken = null;
    // Nothing comes after such a loss: weights, running statistics and what the optimizer keeps are as before the step.
    network.trainStep({ ...call, measure: true });
    return { ...outcome, isMeasured: true };
  }

  /** With other settings it would be another step. */
  forget(): void {
    this.#taken = null;
  }

  /** null: it was measured when it was taken, or can't be taken again. The net stays as it is. */
  measure(network: Network): readonly NodeStatistics[] | null {
    if (this.#taken === null) return null;
    const { goBack, call } = this.#taken;
    this.#taken = null;
    // Those of the best epoch, perhaps, or with recomputed running statistics.
    const tensors = network.tensors();
    goBack();
    network.trainStep({ ...call, measure: true });
    const statistics = network.statistics();
    network.setTensors(tensors);
    return statistics;
  }
}
