/** How often `train` and `resume` measure layers. */
import { MAX_FRAMES_PER_SECOND, USUAL_STATISTICS_SHARE } from "../engine/protocol.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./usageError.ts";

export interface StatisticsOptions {
  readonly framesPerSecond: number;
  /** Of the time, above 0 to 1; null: any. */
  readonly maxShare: number | null;
}

const maxShareOf = (args: Arguments): number | null => {
  if (args.text("statistics-share") === "none") return null;
  const share = args.positive("statistics-share") ?? USUAL_STATISTICS_SHARE;
  if (share > 1) throw new UsageError(`--statistics-share is a share, above 0 to 1, or none; found ${share}.`);
  return share;
};

export const statisticsOptions = (args: Arguments): StatisticsOptions => ({
  framesPerSecond: args.number("frames-per-second", 0, MAX_FRAMES_PER_SECOND) ?? MAX_FRAMES_PER_SECOND,
  maxShare: maxShareOf(args),
});
