/** Which epoch of a run was its best, and whether it is time to stop: patience, as in Prechelt, *Early stopping – but when?* (1998). */
import type { TrainingSettings } from "../document/schema.ts";
import type { NamedTensor } from "../layer.ts";

export interface EpochResult {
  readonly epoch: number;
  readonly step: number;
  /** Mean of the training batches. */
  readonly loss: number;
  readonly testLoss: number;
  readonly testAccuracy: number;
  readonly validationLoss?: number | undefined;
  readonly validationAccuracy?: number | undefined;
}

type EarlyStopping = NonNullable<TrainingSettings["earlyStopping"]>;

/** Smaller is better. Samples set apart for validation are judged by in place of the test set. */
const badnessOf = ({ metric }: EarlyStopping, result: EpochResult): number => {
  switch (metric) {
    case "testLoss":
      return result.validationLoss ?? result.testLoss;
    case "testAccuracy":
      return -(result.validationAccuracy ?? result.testAccuracy);
    case "trainLoss":
      return result.loss;
  }
};

/**
 * The best epoch is the last one that improved on the best before it by more than `minDelta`; so a change of the settings judges all
 * epochs anew. `stops` once `patience` epochs have followed it.
 */
export const judgeEpochs = (
  results: readonly EpochResult[],
  settings: EarlyStopping,
): { readonly best: EpochResult | null; readonly stops: boolean } => {
  let best: EpochResult | null = null;
  let numSince = 0;
  for (const result of results) {
    if (best === null || badnessOf(settings, result) < badnessOf(settings, best) - settings.minDelta) {
      best = result;
      numSince = 0;
    } else {
      numSince += 1;
    }
  }
  return { best, stops: numSince >= settings.patience };
};

/** Why a run ended before its last epoch, and whether its weights are those of the best one. */
export interface EarlyStop {
  readonly metric: EarlyStopping["metric"];
  readonly bestEpoch: number;
  readonly restored: boolean;
}

/** Follows the epochs of a run, and keeps the weights of the best one where they may be asked for. */
export class EpochJudge {
  readonly #results: EpochResult[] = [];
  #kept: { readonly result: EpochResult; readonly tensors: readonly NamedTensor[] } | null = null;
  #earlyStop: EarlyStop | null = null;
  #restored: EpochResult | null = null;

  /** The epochs so far, and what is kept of the best one. */
  state(): {
    readonly epochs: readonly EpochResult[];
    readonly bestEpoch: number | null;
    readonly bestTensors: readonly NamedTensor[];
  } {
    const kept = this.#kept;
    return { epochs: this.#results, bestEpoch: kept?.result.epoch ?? null, bestTensors: kept?.tensors ?? [] };
  }

  /** Goes on from what `state` gave. */
  restore({ epochs, bestEpoch, bestTensors }: ReturnType<EpochJudge["state"]>): void {
    this.#results.push(...epochs);
    const result = this.#results.find(({ epoch }) => epoch === bestEpoch);
    if (result !== undefined) this.#kept = { result, tensors: bestTensors };
  }

  /** null unless the run has ended early. */
  get earlyStop(): EarlyStop | null {
    return this.#earlyStop;
  }

  /** The epoch whose weights the net has again; null: it has its last ones. */
  get restored(): EpochResult | null {
    return this.#restored;
  }

  /** Whether the run ends with this epoch. `isLast`: it does so anyway. */
  endsWith(
    result: EpochResult,
    settings: EarlyStopping | null,
    isLast: boolean,
    net: { tensors(): readonly NamedTensor[]; setTensors(tensors: readonly NamedTensor[]): void },
  ): boolean {
    this.#results.push(result);
    if (settings === null) return isLast;
    const { metric, restoreBest } = settings;
    const { best, stops } = judgeEpochs(this.#results, settings);
    if (restoreBest && best === result) this.#kept = { result, tensors: net.tensors() };
    if (!stops && !isLast) return false;
    const kept = this.#kept;
    const restores = restoreBest && kept !== null && kept.result === best && best !== result;
    if (restores) {
      net.setTensors(kept.tensors);
      this.#restored = kept.result;
    }
    if (stops || restores) this.#earlyStop = { metric, bestEpoch: (best ?? result).epoch, restored: restores };
    return true;
  }
}
