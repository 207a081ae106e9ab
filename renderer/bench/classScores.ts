/** How good a net is at each class, from its confusion matrix. Pure. */

export interface ClassScore {
  readonly index: number;
  /** Right ones among the samples of the class, TP / (TP + FN); null: the test set has none. */
  readonly recall: number | null;
  /** Right ones among those taken for the class, TP / (TP + FP); null: nothing was taken for it. */
  readonly precision: number | null;
  /** Harmonic mean of both, 2 TP / (2 TP + FP + FN); null: the class is neither there nor predicted. */
  readonly f1: number | null;
  /** Samples of the class. */
  readonly support: number;
  /** What its samples are most often taken for wrongly. */
  readonly mistakenFor: { readonly index: number; readonly count: number } | null;
}

export type Score = "precision" | "recall" | "f1";

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** In the order of the dataset. `counts`: row-major, rows what samples are, columns what they were taken for. */
export const classScores = (counts: readonly number[]): readonly ClassScore[] => {
  const size = Math.round(Math.sqrt(counts.length));
  const taken = new Array<number>(size).fill(0);
  for (const [at, count] of counts.entries()) taken[at % size] = (taken[at % size] ?? 0) + count;
  return Array.from({ length: size }, (_, index) => {
    const row = counts.slice(index * size, (index + 1) * size);
    const support = row.reduce((sum, count) => sum + count, 0);
    const right = row[index] ?? 0;
    const predicted = taken[index] ?? 0;
    let mistakenFor: ClassScore["mistakenFor"] = null;
    for (const [column, count] of row.entries()) {
      if (column !== index && count > (mistakenFor?.count ?? 0)) mistakenFor = { index: column, count };
    }
    return {
      ...{ index, support, mistakenFor },
      recall: share(right, support),
      precision: share(right, predicted),
      f1: share(2 * right, support + predicted),
    };
  });
};

/**
 * Means over the classes that the test set has or that were predicted, each counting the same, or as much as it has samples. What is undefined counts
 * as 0, as in scikit-learn's report.
 */
export const meanScores = (
  scores: readonly ClassScore[],
  weigh: (score: ClassScore) => number,
): Readonly<Record<Score, number | null>> => {
  const present = scores.filter(({ f1 }) => f1 !== null);
  const total = present.reduce((sum, score) => sum + weigh(score), 0);
  const mean = (of: Score) =>
    share(
      present.reduce((sum, score) => sum + (score[of] ?? 0) * weigh(score), 0),
      total,
    );
  return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1") };
};

export type ClassColumn = Score | "class" | "support";

export interface ClassSorting {
  readonly by: ClassColumn;
  readonly descending: boolean;
}

/** The worst class first. */
export const WORST_FIRST: ClassSorting = { by: "f1", descending: false };

/** Those without the number come last, whichever way; equal ones in the order of the dataset. */
export const sortedScores = (
  scores: readonly ClassScore[],
  { by, descending }: ClassSorting,
): readonly ClassScore[] => {
  const sortedOn = (score: ClassScore): number | null => (by === "class" ? score.index : score[by]);
  const direction = descending ? -1 : 1;
  return scores.toSorted((a, b) => {
    const [left, right] = [sortedOn(a), sortedOn(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null) || a.index - b.index;
    return direction * (left - right) || a.index - b.index;
  });
};
