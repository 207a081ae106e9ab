/** Recomputes the running statistics of a trained net from its file, as a run does it. */
import { targetWidthOf } from "../data/labels.ts";
import { splitValidation } from "../data/splits.ts";
import type { RunFailure } from "../protocol.ts";
import { err, ok, type Result } from "../result.ts";
import { type ModelCall, modelNetwork } from "./modelNetwork.ts";
import type { NamedTensor } from "./network.ts";
import { NOTHING_FOLLOWS } from "./populationRequests.ts";
import { Recomputation, type TestResult } from "./populationStatistics.ts";
import { createStream } from "./rng.ts";
import { namedScore, Score } from "./score.ts";

export interface NamedResult {
  readonly loss: number;
  /** 0 to 1; null where samples have targets. */
  readonly accuracy: number | null;
  /** null where samples have classes, or targets that are all the same. */
  readonly r2: number | null;
}

export interface RecomputedModel {
  /** Training samples that the statistics are of. */
  readonly samples: number;
  /** Batch norms whose statistics are new. */
  readonly nodeIds: readonly string[];
  /** On the test set, in evaluation mode with the statistics as they were. */
  readonly before: NamedResult;
  /** In training mode: each batch by its own statistics. */
  readonly training: NamedResult;
  /** In evaluation mode with the new statistics. */
  readonly after: NamedResult;
  /** All weights and state, the new statistics among them. */
  readonly tensors: readonly NamedTensor[];
  readonly elapsedMs: number;
}

/**
 * By the rules of `populationStatistics.ts`, over the samples that the net's document trains on: validation samples are left out.
 * `onProgress` counts batches.
 */
export const recomputeModel = async (
  call: ModelCall & { readonly onProgress?: (done: number, total: number) => void },
): Promise<Result<RecomputedModel, RunFailure>> => {
  const { model, host, onProgress } = call;
  const { seed, validation } = model.document.training;
  const split = splitValidation(call.dataset, validation, createStream(seed, "validation"));
  if (!split.ok) return err({ reason: "datasetUnavailable", message: split.error });
  const { validation: _apart, ...dataset } = split.value;
  const opened = await modelNetwork({ ...call, dataset });
  if (!opened.ok) return opened;
  const network = opened.value;
  try {
    if (network.batchMoments().length === 0) return err({ reason: "invalidDocument", message: NOTHING_FOLLOWS });
    const begun = host.now();
    const { batchSize } = model.program;
    const score = new Score(dataset.test.labels, dataset.test.count);
    const work = new Recomputation({ network, dataset, batchSize, seed, score });
    let found = work.advance();
    while (found === null) {
      onProgress?.(work.progress.done, work.progress.total);
      found = work.advance();
    }
    const hasTargets = targetWidthOf(dataset.test.labels) !== null;
    const named = ({ loss, score: value }: TestResult): NamedResult => ({ loss, ...namedScore(value, hasTargets) });
    return ok({
      samples: found.samples,
      nodeIds: [...new Set(found.tensors.map(({ name }) => name.slice(0, name.lastIndexOf("."))))],
      before: named(found.before),
      training: named(found.training),
      after: named(found.after),
      tensors: network.tensors(),
      elapsedMs: host.now() - begun,
    });
  } finally {
    network.dispose();
  }
};
