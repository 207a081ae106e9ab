/** A study: one document, trained again and again with something changed. Read from `*.study.json`; docs/file-formats.md describes it. */
import { z } from "zod";
import { withoutByteOrderMark } from "../document/byteOrderMark.ts";
import { describeFirstIssue } from "../document/describeIssue.ts";
import { describeJsonError } from "../document/locateJsonError.ts";
import { datasetReferenceSchema, trainingSchema } from "../document/schema.ts";
import { initializerSchema } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";

export const STUDY_FORMAT = "layerscope-study";
export const STUDY_VERSION = 1;

/** Kinds that take each value by itself, so that one can stand for another. */
export const activationKinds = ["relu", "leakyRelu", "elu", "gelu", "silu", "sigmoid", "tanh"] as const;

/** Numbers from one to the other, both included: evenly spaced, or by equal factors. */
const rangeSchema = z.strictObject({
  from: z.number(),
  to: z.number(),
  count: z.int().min(2).max(10_000),
  scale: z.enum(["log", "linear"]),
});

/** Each value is checked by the document's own schema once the axis is expanded. */
const numbers = z.union([z.array(z.number()).min(1), rangeSchema]);
const training = trainingSchema.shape;

/** What the values are called on screen, as many as there are values. */
const named = { names: z.array(z.string().min(1).max(100)).min(1).exactOptional() };

const axisSchema = z.discriminatedUnion("vary", [
  /** The std of a normal that all weights start from; initializers of single nodes give way to it. */
  z.strictObject({ ...named, vary: z.literal("initializerScale"), values: numbers }),
  z.strictObject({ ...named, vary: z.literal("initializer"), values: z.array(initializerSchema).min(1) }),
  z.strictObject({ ...named, vary: z.literal("learningRate"), values: numbers }),
  z.strictObject({ ...named, vary: z.literal("batchSize"), values: numbers }),
  z.strictObject({ ...named, vary: z.literal("epochs"), values: numbers }),
  z.strictObject({ ...named, vary: z.literal("weightDecay"), values: numbers }),
  z.strictObject({ ...named, vary: z.literal("optimizer"), values: z.array(training.optimizer).min(1) }),
  z.strictObject({ ...named, vary: z.literal("schedule"), values: z.array(training.schedule).min(1) }),
  z.strictObject({ ...named, vary: z.literal("clipNorm"), values: z.array(training.clipNorm).min(1) }),
  z.strictObject({ ...named, vary: z.literal("seed"), values: numbers }),
  /** Every normalizing node becomes one of this kind, under its own id, or is bypassed. */
  z.strictObject({
    ...named,
    vary: z.literal("normalization"),
    values: z.array(z.enum(["none", "batch", "layer", "group"])).min(1),
  }),
  /** Every activation node becomes one of this kind, under its own id. */
  z.strictObject({
    ...named,
    vary: z.literal("activation"),
    values: z.array(z.enum(activationKinds)).min(1),
  }),
  /** Whether these nodes are left out. */
  z.strictObject({
    ...named,
    vary: z.literal("bypass"),
    nodes: z.array(z.string().min(1)).min(1),
    values: z.array(z.boolean()).min(1),
  }),
  /** A param of one node, or of every node of a kind. */
  z.strictObject({
    ...named,
    vary: z.literal("param"),
    node: z.string().min(1).exactOptional(),
    kind: z.string().min(1).exactOptional(),
    name: z.string().min(1),
    values: z.union([z.array(z.json()).min(1), rangeSchema]),
  }),
]);

const studySchema = z.strictObject({
  format: z.literal(STUDY_FORMAT),
  version: z.literal(STUDY_VERSION),
  title: z.string().max(200),
  /** The question that it asks, and what its figure shows. */
  notes: z.string().max(10_000).exactOptional(),
  /**
   * Absent: loss and accuracy of each epoch. `learningRateRange`: the loss of each step against its rate, which the schedule lets rise.
   * `gradients`: nothing trains; the backward pass of every layer is compared with difference quotients, in float64.
   */
  measure: z.enum(["learningRateRange", "gradients"]).exactOptional(),
  /** The path of a .layerscope file relative to the study's, or the document itself. */
  document: z.union([z.string().min(1), z.record(z.string(), z.json())]),
  dataset: datasetReferenceSchema.exactOptional(),
  /** The trained net that all runs start from, in the layers that it fits: by its file's name. The net itself is beside the study. Absent: initializers. */
  from: z.strictObject({ name: z.string().min(1).max(255) }).exactOptional(),
  /** Trains on the first samples only. */
  trainSamples: z.int().min(1).exactOptional(),
  /** Measures the first test samples only; 0: none. */
  testSamples: z.int().min(0).exactOptional(),
  training: trainingSchema.partial().exactOptional(),
  /** grid: every combination; list: the first values of all axes, the second ones, …; random: drawn by the seed. */
  search: z.discriminatedUnion("by", [
    z.strictObject({ by: z.literal("grid") }),
    z.strictObject({ by: z.literal("list") }),
    z.strictObject({
      by: z.literal("random"),
      count: z.int().min(1).max(10_000),
      seed: z.int().min(0).max(0xffff_ffff),
    }),
  ]),
  axes: z.array(axisSchema).min(1).max(20),
});

export type Study = z.infer<typeof studySchema>;
export type StudyAxis = z.infer<typeof axisSchema>;
export type ValueRange = z.infer<typeof rangeSchema>;

/** Reads the text of a study file. The error is a sentence. */
export const parseStudy = (text: string): Result<Study, string> => {
  const bare = withoutByteOrderMark(text);
  let json: unknown;
  try {
    json = JSON.parse(bare);
  } catch {
    return err(describeJsonError(bare));
  }
  const record: { format?: unknown; version?: unknown } = typeof json === "object" && json !== null ? json : {};
  if (record.format !== STUDY_FORMAT) {
    return err(
      `The file is not a study: "format" should be "${STUDY_FORMAT}" and is ${JSON.stringify(record.format) ?? "missing"}.`,
    );
  }
  if (typeof record.version === "number" && record.version > STUDY_VERSION) {
    return err(
      `The study has version ${record.version}; this Layerscope reads up to ${STUDY_VERSION}. Open it with a newer one.`,
    );
  }
  const checked = studySchema.safeParse(json);
  if (checked.success && checked.data.from !== undefined && checked.data.measure === "gradients") {
    return err('Invalid study: gradients are checked with weights that initializers draw; leave "from" out.');
  }
  if (checked.success) return ok(checked.data);
  return err(`Invalid study: ${describeFirstIssue(checked.error, json)}.`);
};
