/** How often a run measures. */

/** Where measuring costs more than this share of the time, frames come less often … */
const MAX_STATISTICS_SHARE = 0.03;
/** … but never less often than this, unless fewer are asked for. */
export const MAX_FRAME_INTERVAL_MS = 1000;

/** Milliseconds from one frame to the next. `frameCostMs`: what gathering a frame's statistics and writing it takes. */
export const frameIntervalMs = (framesPerSecond: number, frameCostMs: number): number =>
  Math.max(1000 / framesPerSecond, Math.min(MAX_FRAME_INTERVAL_MS, frameCostMs / MAX_STATISTICS_SHARE));
