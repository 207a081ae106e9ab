/** Texts beside a node's strips, all of the step shown. */
import type { NodeStatistics } from "../../engine/index.ts";
import {
  formatCount,
  formatLoss,
  formatPercent,
  formatR2,
  formatRange,
  formatReadout,
  formatShort,
  NO_BREAK_SPACE,
  NONE,
  NOT_FINITE,
} from "../charts/format.ts";

export interface Readouts {
  /** First line, strong. */
  readonly first: string;
  readonly second: string;
  readonly third: string;
}

export const NO_READOUTS: Readouts = {
  first: "",
  second: `${NONE}${NO_BREAK_SPACE}±${NO_BREAK_SPACE}${NONE}`,
  third: "",
};

/** From this share on, zeros say more than the range of values. */
const NOTEWORTHY_ZEROS = 0.01;

/** Characters that fit beside the strips. */
const MOST_CHARACTERS = 11;

/** `−5 … 4`; of very small or large values only how far they reach: `≤ 2e−11`. */
const rangeOf = (low: number, high: number): string => {
  const range = formatRange(low, high);
  return range.length <= MOST_CHARACTERS
    ? range
    : `≤${NO_BREAK_SPACE}${formatShort(Math.max(Math.abs(low), Math.abs(high)))}`;
};

export const readoutsOf = (statistics: NodeStatistics | null, domain: readonly [number, number] | null): Readouts => {
  if (statistics === null) return NO_READOUTS;
  const { mean, std, zeros, nonFinite } = statistics;
  // Moments are over the finite values, and there is none.
  if (Number.isNaN(mean)) return { ...NO_READOUTS, third: NOT_FINITE };
  const third =
    nonFinite > 0
      ? NOT_FINITE
      : zeros >= NOTEWORTHY_ZEROS
        ? zeros === 1
          ? "all zero"
          : `${formatPercent(zeros, 0)} zero`
        : domain === null
          ? ""
          : rangeOf(domain[0], domain[1]);
  const spread = Number.isFinite(std) ? formatReadout(std) : NONE;
  return { first: formatReadout(mean, std), second: `±${NO_BREAK_SPACE}${spread}`, third };
};

/** Loss of the step, and its score: accuracy (0 to 1), or R² where samples have targets. */
export const lossReadouts = (loss: number | undefined, score: number | undefined, hasTargets: boolean): Readouts => ({
  first: loss === undefined ? NONE : formatLoss(loss, 3),
  second: "loss",
  third:
    score === undefined || !Number.isFinite(score)
      ? NONE
      : hasTargets
        ? `R²${NO_BREAK_SPACE}${formatR2(score)}`
        : formatPercent(score),
});

/** `diverged, step 12`. */
export const divergedBadge = (step: number): string => `diverged, step${NO_BREAK_SPACE}${formatCount(step)}`;
