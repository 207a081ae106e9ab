/** Texts beside a node's strips, all of the step shown. */
import type { NodeStatistics } from "../../engine/index.ts";
import {
  formatCount,
  formatLoss,
  formatPercent,
  formatR2,
  formatRange,
  formatReadout,
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

export const readoutsOf = (statistics: NodeStatistics | null, domain: readonly [number, number] | null): Readouts => {
  if (statistics === null) return NO_READOUTS;
  const { mean, std, zeros, nonFinite } = statistics;
  const third =
    nonFinite > 0
      ? NOT_FINITE
      : zeros >= NOTEWORTHY_ZEROS
        ? `${formatPercent(zeros, 0)} zero`
        : domain === null
          ? ""
          : formatRange(domain[0], domain[1]);
  return { first: formatReadout(mean, std), second: `±${NO_BREAK_SPACE}${formatReadout(std)}`, third };
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
