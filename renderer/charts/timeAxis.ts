/**
 * The time axis that all strips share: one column is 1, 2, 4, 8 … steps. When the last column is full the steps of a column double,
 * pairs of columns merge, and the strip refills its right half; it never slides.
 */
import type { RunHistory } from "../run/runHistory.ts";

/** The smallest power of two with which `lastStep` steps fit into the columns. */
export const stepsPerColumn = (lastStep: number, numColumns: number): number => {
  let steps = 1;
  while (steps * numColumns < lastStep) steps *= 2;
  return steps;
};

/** Steps count from 1: with 8 a column, steps 1 to 8 are column 0. */
export const columnOf = (step: number, steps: number): number => Math.floor((step - 1) / steps);

/** The newest step that has anything to show. */
export const lastStepOf = (history: RunHistory): number => Math.max(history.numSteps, history.frames.at(-1)?.step ?? 0);
