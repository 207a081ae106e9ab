/** How good predictions are, larger being better: the share of correct classes, or R² of targets. */
import { type Labels, targetVariance } from "../data/labels.ts";

/** Of the samples of one part of a dataset. */
export class Score {
  /** null: the samples have classes. */
  readonly #variance: number | null;

  constructor(labels: Labels, count: number) {
    this.#variance = targetVariance(labels, count);
  }

  /** Accuracy, 0 to 1; or R² = 1 − loss / variance of all targets of the part: 1 is perfect, 0 what their mean as prediction has. */
  of(loss: number, correct: number, numSamples: number): number {
    return this.#variance === null ? correct / numSamples : 1 - loss / this.#variance;
  }
}

/** A score by the name that it has; null where it is not a number: the other kind, or R² of targets that are all the same. */
export const namedScore = (
  score: number,
  hasTargets: boolean,
): { readonly accuracy: number | null; readonly r2: number | null } => {
  const value = Number.isFinite(score) ? score : null;
  return hasTargets ? { accuracy: null, r2: value } : { accuracy: value, r2: null };
};

interface Scored {
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  readonly validationAccuracy?: number | undefined;
}

interface Reported {
  readonly trainAccuracy: number | null;
  readonly testAccuracy: number | null;
  readonly validationAccuracy?: number | null | undefined;
  readonly trainR2?: number | null;
  readonly testR2?: number | null;
  readonly validationR2?: number | null;
}

/** The scores of an epoch by their names, as they are reported. */
export const epochScores = <T extends Scored>(epoch: T, hasTargets: boolean): Omit<T, keyof Scored> & Reported => {
  // Not a number: of no samples.
  if (!hasTargets) return { ...epoch, testAccuracy: namedScore(epoch.testAccuracy, false).accuracy };
  const { trainAccuracy, testAccuracy, validationAccuracy, ...rest } = epoch;
  const r2 = (score: number): number | null => namedScore(score, true).r2;
  return {
    ...rest,
    ...{ trainAccuracy: null, trainR2: r2(trainAccuracy), testAccuracy: null, testR2: r2(testAccuracy) },
    ...(validationAccuracy === undefined ? {} : { validationAccuracy: null, validationR2: r2(validationAccuracy) }),
  };
};
