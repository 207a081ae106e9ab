/** How many finished runs that nobody has labelled stay, and on how much room. */
import { z } from "zod";

const limitsSchema = z.strictObject({ runs: z.int().min(1).max(100_000), bytes: z.number().min(1e6).max(1e15) });

export type RunLimits = z.infer<typeof limitsSchema>;

/** The page writes it as JSON: see `renderer/preferences/keptRunsSetting.ts`. */
export const RUN_LIMITS_SETTING = "runs.limits";

/** What a setting says; what nobody has set, or cannot be read, is as usual. */
export const runLimits = (setting: string | null, usual: RunLimits): RunLimits => {
  try {
    return limitsSchema.parse(JSON.parse(setting ?? ""));
  } catch {
    return usual;
  }
};

/** Of runs that nobody has labelled, the latest first, those that have to go; the latest always stays. */
export const runsOverLimits = <Run>(
  runs: readonly Run[],
  bytesOf: (run: Run) => number,
  limits: RunLimits,
): readonly Run[] => {
  let bytes = 0;
  return runs.filter((run, index) => {
    bytes += bytesOf(run);
    return index > 0 && (index >= limits.runs || bytes > limits.bytes);
  });
};
