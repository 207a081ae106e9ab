/** Loss and accuracy, or R², of a trained net on a test set. */
import { limitTraining } from "../data/dataset.ts";
import { targetWidthOf } from "../data/labels.ts";
import type { RunFailure } from "../protocol.ts";
import { ok, type Result } from "../result.ts";
import { type ModelCall, modelNetwork } from "./modelNetwork.ts";
import { namedScore, Score } from "./score.ts";

export interface Evaluation {
  readonly loss: number;
  /** 0 to 1; null where samples have targets. */
  readonly accuracy: number | null;
  /** null where samples have classes, or targets that are all the same. */
  readonly r2: number | null;
  readonly testCount: number;
  readonly elapsedMs: number;
  readonly threads: number;
}

/** Runs the net over the test set with the scaling it was trained with, whatever the dataset's own. */
export const evaluateModel = async (call: ModelCall): Promise<Result<Evaluation, RunFailure>> => {
  const { model, dataset, host } = call;
  // Training samples are not needed and would take most of the memory.
  const network = await modelNetwork({ ...call, dataset: limitTraining(dataset, 1) });
  if (!network.ok) return network;
  const score = new Score(dataset.test.labels, dataset.test.count);
  const { batchSize } = model.program;
  const testCount = dataset.test.count;
  try {
    const before = host.now();
    let lossSum = 0;
    let correct = 0;
    for (let start = 0; start < testCount; start += batchSize) {
      const outcome = network.value.evaluate({ split: "test", start, count: Math.min(batchSize, testCount - start) });
      lossSum += outcome.lossSum;
      correct += outcome.correct;
    }
    const hasTargets = targetWidthOf(dataset.test.labels) !== null;
    return ok({
      loss: lossSum / testCount,
      ...namedScore(score.of(lossSum / testCount, correct, testCount), hasTargets),
      testCount,
      elapsedMs: host.now() - before,
      threads: network.value.threads,
    });
  } finally {
    network.value.dispose();
  }
};
