/** How often a run measures. */
import { USUAL_STATISTICS_SHARE } from "../protocol.ts";

/** Where measuring costs more than the share that it may take, frames come less often. The next may cost more than those before: some is spared. */
const SPARING = 0.9;

/** The time after the first frames is short whatever they cost: that says little yet, and the first steps are those to look at. */
const NUM_FIRST_FRAMES = 3;
const FIRST_INTERVAL_MS = 200;

/**
 * Milliseconds from one frame to the next. `frameCostMs`: what gathering a frame's statistics and writing it takes, the mean of `numFrames`;
 * `maxShare`: of the time, that it may take (0 to 1; null: any). With the usual 3 %: a frame is a fifth of a step at most, so frames that are dear are some seven steps apart.
 */
export const frameIntervalMs = (
  framesPerSecond: number,
  frameCostMs: number,
  numFrames: number,
  maxShare: number | null = USUAL_STATISTICS_SHARE,
): number => {
  const spaced = maxShare === null ? 0 : frameCostMs / (SPARING * maxShare);
  const most = numFrames <= NUM_FIRST_FRAMES ? numFrames * FIRST_INTERVAL_MS : Number.POSITIVE_INFINITY;
  return Math.max(1000 / framesPerSecond, Math.min(spaced, most));
};

/** Of a run that measures few steps: the first, the last, and so many between … */
const MAX_FEW_BETWEEN = 20;
/** … but no more than one in so many: measuring a step of a small net takes nearly as long as training it. */
const MIN_FEW_STRIDE = 30;

/** Whether a step is one of the few that a run of a study measures, spread evenly: the same ones in every run of that length. */
export const isOneOfFew = (step: number, totalSteps: number): boolean => {
  if (step === 1 || step === totalSteps) return true;
  const between = Math.min(MAX_FEW_BETWEEN, Math.max(0, Math.floor((totalSteps - 1) / MIN_FEW_STRIDE) - 1));
  const stride = (totalSteps - 1) / (between + 1);
  return Math.round(1 + Math.round((step - 1) / stride) * stride) === step;
};
