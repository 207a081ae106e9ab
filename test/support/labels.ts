/** Labels as tests look at them. */
import type { Labels } from "../../engine/data/labels.ts";

/** The labels of some samples one after the other, as a loss takes them: a class each, or `width` numbers each. */
export const labelsOfRows = (labels: Labels, rows: ArrayLike<number>): number[] =>
  Array.from(rows).flatMap((row) =>
    "classes" in labels
      ? [labels.classes[row] ?? Number.NaN]
      : Array.from(labels.targets.subarray(row * labels.width, (row + 1) * labels.width)),
  );
