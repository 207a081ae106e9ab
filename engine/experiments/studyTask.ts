/** What goes to a worker that trains the runs of studies, and what comes back. Both ends are on one machine; both validate. */
import { z } from "zod";
import { epochSchema } from "../telemetry/epochRecord.ts";

const rate = z.number().nullable();

/** What a run has found besides its epochs, where the study asks for it. */
export const studyFindingsSchema = z.strictObject({
  /** Where the study measures gradients: the worst of each layer, in program order. */
  gradients: z
    .array(
      z.strictObject({
        nodeId: z.string(),
        /** null: a gradient is not a number. */
        relativeError: z.number().nullable(),
        verdict: z.enum(["agrees", "differs", "unproven"]),
      }),
    )
    .exactOptional(),
  /** Of a range test, see `rateRange.ts`. */
  learningRateRange: z.strictObject({ steepestRate: rate, lowestRate: rate, divergedRate: rate }).exactOptional(),
});

export type StudyFindings = z.infer<typeof studyFindingsSchema>;

export const studyTaskSchema = z.strictObject({
  type: z.literal("train"),
  /** `run-001` */
  runId: z.string(),
  /** Where the run is kept: its folder, or its key. */
  place: z.string(),
  /** Of the study. */
  title: z.string(),
  /** The text of the run's document. */
  document: z.string(),
  /** The first so many only; null: all. */
  trainSamples: z.int().nullable(),
  testSamples: z.int().nullable(),
  /** Which steps are measured. few: some 20, evenly spread; many: as in an ordinary run. */
  frames: z.enum(["none", "few", "many"]),
  /** Absent: loss and accuracy of each epoch. */
  measure: z.enum(["learningRateRange", "gradients"]).exactOptional(),
  /** The trained net that the run starts from: its name, and where the study keeps it. Absent: initializers. */
  from: z.strictObject({ name: z.string(), place: z.string() }).exactOptional(),
  /** What asked for the run: for its record. */
  command: z.array(z.string()),
});

export type StudyTask = z.infer<typeof studyTaskSchema>;

export const studyRequestSchema = z.discriminatedUnion("type", [
  studyTaskSchema,
  /** Loads the samples of a run to come, so that its task finds them. Answered by nothing; what is wrong with them the task will say. */
  z.strictObject({ type: z.literal("prepare"), document: z.string(), testSamples: z.int().min(0).nullable() }),
  /** Ends the run under way after its batch. */
  z.strictObject({ type: z.literal("stop") }),
  /** Holds the run under way after its batch, or lets it go on. */
  z.strictObject({ type: z.literal("hold"), isHeld: z.boolean() }),
]);

export type StudyRequest = z.infer<typeof studyRequestSchema>;

export const studyEventSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("begun"),
    totalSteps: z.int(),
    /** 0 unless it goes on from a checkpoint; then also the epochs before. */
    step: z.int(),
    epochs: z.array(epochSchema),
  }),
  z.strictObject({ type: z.literal("progressed"), step: z.int(), elapsedMs: z.number() }),
  z.strictObject({ type: z.literal("epoch"), record: epochSchema }),
  z.strictObject({
    type: z.literal("ended"),
    /** stopped: it was asked to. failed: it could not begin, or broke off. */
    outcome: z.enum(["finished", "diverged", "stopped", "failed"]),
    /** Why it diverged or failed. */
    failure: z.string().nullable(),
    step: z.int(),
    elapsedMs: z.number(),
    findings: studyFindingsSchema.exactOptional(),
  }),
]);

export type StudyEvent = z.infer<typeof studyEventSchema>;
