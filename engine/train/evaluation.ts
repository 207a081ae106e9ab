/** Loss and accuracy, or R², of a trained net on a test set. */
import { type Dataset, limitTraining } from "../data/dataset.ts";
import { targetWidthOf } from "../data/labels.ts";
import { networkData } from "../data/networkData.ts";
import type { Model } from "../export/modelFile.ts";
import type { Host } from "../host/host.ts";
import { formatShape } from "../layer.ts";
import type { RunFailure } from "../protocol.ts";
import { err, ok, type Result } from "../result.ts";
import { createNetwork } from "./createNetwork.ts";
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
export const evaluateModel = async (call: {
  readonly model: Model;
  readonly dataset: Dataset;
  readonly host: Host;
  readonly threads: number | null;
}): Promise<Result<Evaluation, RunFailure>> => {
  const { model, dataset, host } = call;
  if (formatShape(model.sampleShape) !== formatShape(dataset.shape)) {
    return err({
      reason: "datasetUnavailable",
      message: `The net was trained on samples of ${formatShape(model.sampleShape)}, ${dataset.name} has ${formatShape(dataset.shape)}.`,
    });
  }
  if (dataset.classNames.length > model.program.numClasses) {
    return err({
      reason: "datasetUnavailable",
      message: `The net tells ${model.program.numClasses} classes apart, ${dataset.name} has ${dataset.classNames.length}.`,
    });
  }
  const targetWidth = targetWidthOf(dataset.test.labels);
  if (targetWidth !== null && targetWidth !== model.program.numClasses) {
    return err({
      reason: "datasetUnavailable",
      message: `The net predicts ${model.program.numClasses} numbers, the targets of ${dataset.name} have ${targetWidth}.`,
    });
  }
  const score = new Score(dataset.test.labels, dataset.test.count);
  const { optimizer, weightDecay, seed } = model.document.training;
  const network = await createNetwork({
    program: model.program,
    // Training samples are not needed and would take most of the memory.
    data: networkData(limitTraining(dataset, 1), model.preprocessing),
    optimizer,
    weightDecay,
    seed,
    threads: call.threads,
    host,
  });
  if (!network.ok) return network;
  const { batchSize } = model.program;
  const testCount = dataset.test.count;
  try {
    network.value.setTensors(model.tensors);
    const before = host.now();
    let lossSum = 0;
    let correct = 0;
    for (let start = 0; start < testCount; start += batchSize) {
      const outcome = network.value.evaluate({ split: "test", start, count: Math.min(batchSize, testCount - start) });
      lossSum += outcome.lossSum;
      correct += outcome.correct;
    }
    return ok({
      loss: lossSum / testCount,
      ...namedScore(score.of(lossSum / testCount, correct, testCount), targetWidth !== null),
      testCount,
      elapsedMs: host.now() - before,
      threads: network.value.threads,
    });
  } finally {
    network.value.dispose();
  }
};
