/** What the curves of a comparison show: loss and score of the batches, smoothed, and of the test set after each epoch. Pure. */
import { formatLoss, formatPercent, formatR2, NONE } from "../charts/format.ts";
import { smooth, smoothingWindow } from "../run/timelineScale.ts";
import type { ComparedRun } from "./comparedRun.ts";

export type CurveId = "loss" | "score" | "testLoss" | "testScore";

export interface Curve {
  /** Ascending. */
  readonly steps: readonly number[];
  readonly values: readonly number[];
  /** Points are measured now and then, lines at every step. */
  readonly isPoints: boolean;
}

export const CURVE_IDS: readonly CurveId[] = ["loss", "score", "testLoss", "testScore"];

const isLoss = (id: CurveId): boolean => id === "loss" || id === "testLoss";

/** R² and accuracy are not the same thing: a chart of both would say nothing. */
export const hasScores = (runs: readonly ComparedRun[]): boolean =>
  runs.every(({ history }) => history.hasTargets === runs[0]?.history.hasTargets);

export const curveTitle = (id: CurveId, runs: readonly ComparedRun[]): string => {
  const score = runs[0]?.history.hasTargets ? "R²" : "accuracy, %";
  return `${id === "loss" || id === "score" ? "Training" : "Test"} ${isLoss(id) ? "loss" : score}`;
};

export const formatCurve = (id: CurveId, { history }: ComparedRun, value: number | null): string => {
  if (value === null || Number.isNaN(value)) return NONE;
  if (isLoss(id)) return formatLoss(value);
  return history.hasTargets ? formatR2(value) : formatPercent(value, id === "score" ? 1 : 2);
};

const smoothed = ({ history, started }: ComparedRun, id: "loss" | "score"): Curve => {
  const { numSteps } = history;
  const raw = id === "loss" ? history.loss : history.score;
  const values = smooth(raw, numSteps, smoothingWindow(started.totalSteps));
  const steps: number[] = [];
  const known: number[] = [];
  for (let index = 0; index < numSteps; index += 1) {
    // Where the loss was not finite, the line ends.
    if (!Number.isFinite(raw[index] ?? Number.NaN)) continue;
    steps.push(index + 1);
    known.push(values[index] ?? Number.NaN);
  }
  return { steps, values: known, isPoints: false };
};

export const curveOf = (run: ComparedRun, id: CurveId): Curve => {
  if (id === "loss" || id === "score") return smoothed(run, id);
  const epochs = run.history.epochs.filter((epoch) =>
    Number.isFinite(id === "testLoss" ? epoch.testLoss : epoch.testScore),
  );
  return {
    steps: epochs.map(({ step }) => step),
    values: epochs.map((epoch) => (id === "testLoss" ? epoch.testLoss : epoch.testScore)),
    isPoints: true,
  };
};

/** The last value at or before a step; null: none yet. */
export const valueAt = ({ steps, values }: Curve, step: number): number | null => {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((steps[middle] ?? Number.POSITIVE_INFINITY) <= step) low = middle + 1;
    else high = middle;
  }
  return values[low - 1] ?? null;
};

/** Smallest and largest value; null: there is none. On a log axis only those above 0 count. */
export const rangeOf = (curves: readonly Curve[], isLog: boolean): readonly [number, number] | null => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { values } of curves) {
    for (const value of values) {
      if (!Number.isFinite(value) || (isLog && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
};

export { isLoss };
