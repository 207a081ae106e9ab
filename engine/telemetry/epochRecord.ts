/** What an epoch reports at its end. */
import { z } from "zod";

export const epochSchema = z.strictObject({
  epoch: z.int(),
  step: z.int(),
  loss: z.number(),
  /** null where samples have targets; then R² = 1 − loss / variance of the targets is there, null where they are all the same. */
  trainAccuracy: z.number().nullable(),
  testLoss: z.number(),
  testAccuracy: z.number().nullable(),
  /** Absent: no samples are set apart for validation. */
  validationLoss: z.number().optional(),
  validationAccuracy: z.number().nullable().optional(),
  trainR2: z.number().nullable().optional(),
  testR2: z.number().nullable().optional(),
  validationR2: z.number().nullable().optional(),
  elapsedMs: z.number(),
  samplesPerSecond: z.number(),
});

export type EpochRecord = z.infer<typeof epochSchema>;

/** Also what is not finite: as a number where ports copy it, as null where JSON did. */
const measured = z.union([
  z.custom<number>((value) => typeof value === "number"),
  z.null().transform(() => Number.NaN),
]);

/** An epoch as a file or a worker tells it: numbers need not be finite. */
export const keptEpochSchema = epochSchema.extend({
  loss: measured,
  testLoss: measured,
  validationLoss: measured.optional(),
});
