/** What an epoch reports at its end. */
import { z } from "zod";

const number = z.custom<number>((value) => typeof value === "number");

/**
 * A net whose weights have grown out of bounds has losses that are not finite, and its run goes on to say so: as a number where ports copy it, as null
 * where JSON did.
 */
const loss = z.union([number, z.null().transform(() => Number.NaN)]);
/** R² = 1 − loss / variance of the targets; null where they are all the same, or JSON could not write it. */
const r2 = number.nullable();

export const epochSchema = z.strictObject({
  epoch: z.int(),
  step: z.int(),
  loss,
  /** null where samples have targets; then R² is there. */
  trainAccuracy: z.number().nullable(),
  testLoss: loss,
  testAccuracy: z.number().nullable(),
  /** Absent: no samples are set apart for validation. */
  validationLoss: loss.optional(),
  validationAccuracy: z.number().nullable().optional(),
  trainR2: r2.optional(),
  testR2: r2.optional(),
  validationR2: r2.optional(),
  elapsedMs: z.number(),
  samplesPerSecond: z.number(),
});

export type EpochRecord = z.infer<typeof epochSchema>;
