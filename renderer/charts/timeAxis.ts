/**
 * The time axis that all strips share: one column is 1, 2, 4, 8 … steps, or at the beginning an eighth of one. When the last column is full the steps of a column double,
 * pairs of columns merge, and the strip refills its right half; it never slides.
 */
import type { RunHistory } from "../run/runHistory.ts";

/** The smallest power of two, from `least` on, with which `lastStep` steps fit into the columns. Below 1 a step is several columns wide. */
export const stepsPerColumn = (lastStep: number, numColumns: number, least = 1): number => {
  let steps = least;
  while (steps * numColumns < lastStep) steps *= 2;
  return steps;
};

/** The first column of a step. Steps count from 1: with 8 a column, steps 1 to 8 are column 0. */
export const columnOf = (step: number, steps: number): number => Math.floor((step - 1) / steps);

export const columnsPerStep = (steps: number): number => Math.max(1, 1 / steps);

/** The newest step that has anything to show. */
export const lastStepOf = (history: RunHistory): number => Math.max(history.numSteps, history.frames.at(-1)?.step ?? 0);
