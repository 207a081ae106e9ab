/** How often a run measures. */

/** Where measuring costs more than this share of the time, frames come less often … */
const MAX_STATISTICS_SHARE = 0.03;
/** … but never less often than this, unless fewer are asked for. */
export const MAX_FRAME_INTERVAL_MS = 1000;

/** Milliseconds from one frame to the next. `frameCostMs`: what gathering a frame's statistics and writing it takes. */
export const frameIntervalMs = (framesPerSecond: number, frameCostMs: number): number =>
  Math.max(1000 / framesPerSecond, Math.min(MAX_FRAME_INTERVAL_MS, frameCostMs / MAX_STATISTICS_SHARE));

/** Whether a step is one of `count` spread evenly over the run, the first and the last among them: the same ones in every run of that length. */
export const isEvenlySpread = (step: number, totalSteps: number, count: number): boolean => {
  if (totalSteps <= count) return true;
  const stride = (totalSteps - 1) / (count - 1);
  return Math.round(1 + Math.round((step - 1) / stride) * stride) === step;
};
