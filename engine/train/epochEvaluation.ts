/** The evaluation at the end of an epoch, a batch at a time: the validation samples, where there are any, then the test samples. */
import type { Dataset } from "../data/dataset.ts";
import type { Network } from "./network.ts";
import type { Score } from "./score.ts";

/** Mean loss and score of a held part. */
interface Measured {
  readonly loss: number;
  readonly accuracy: number;
}

/** How far an evaluation is; sums are over the samples of the part before `start`. */
export interface Evaluation {
  readonly name: "evaluating";
  readonly part: "validation" | "test";
  readonly start: number;
  readonly lossSum: number;
  readonly correct: number;
  /** Of this evaluation, once its samples are through. */
  readonly validation: Measured | null;
}

/** Without test samples nothing is measured on them: 0 / 0. */
export interface Evaluated {
  readonly name: "evaluated";
  readonly test: Measured;
  readonly validation: Measured | null;
}

export interface PartScores {
  readonly validation: Score | null;
  readonly test: Score;
}

export const beginEvaluation = ({ validation }: Dataset): Evaluation => ({
  name: "evaluating",
  part: validation === undefined ? "test" : "validation",
  start: 0,
  lossSum: 0,
  correct: 0,
  validation: null,
});

/** One batch more. */
export const continueEvaluation = (
  { part, start, lossSum, correct, validation: measured }: Evaluation,
  {
    dataset,
    network,
    batchSize,
    scores,
  }: {
    readonly dataset: Dataset;
    readonly network: Network;
    readonly batchSize: number;
    readonly scores: PartScores;
  },
): Evaluation | Evaluated => {
  const { train, validation, test } = dataset;
  const isTest = part === "test";
  const total = isTest ? test.count : (validation?.count ?? 0);
  const count = Math.min(batchSize, total - start);
  // The validation samples follow the training samples.
  const place = isTest
    ? ({ split: "test", start } as const)
    : ({ split: "train", start: train.count + start } as const);
  const outcome = count === 0 ? { lossSum: 0, correct: 0 } : network.evaluate({ ...place, count });
  const sums = { lossSum: lossSum + outcome.lossSum, correct: correct + outcome.correct };
  if (start + count < total) return { name: "evaluating", part, start: start + count, ...sums, validation: measured };
  const loss = sums.lossSum / total;
  const score = (isTest ? scores.test : scores.validation) ?? scores.test;
  const result = { loss, accuracy: score.of(loss, sums.correct, total) };
  if (isTest) return { name: "evaluated", test: result, validation: measured };
  return { name: "evaluating", part: "test", start: 0, lossSum: 0, correct: 0, validation: result };
};
