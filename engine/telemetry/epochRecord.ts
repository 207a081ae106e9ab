/** What an epoch reports at its end. */
import { z } from "zod";
import { metricSchema } from "./metricJson.ts";

/** A net whose weights have grown out of bounds has losses that are not finite, and its run goes on to say so. */
const loss = metricSchema;
/** R² = 1 − loss / variance of the targets; null where the loss is not finite or targets are all the same. */
const r2 = z.number().nullable();

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
