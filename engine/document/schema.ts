/**
 * The document: what the user edits and saves. Types come from these schemas. Params are checked by each kind's own schema
 * when the document is compiled, so that one bad value is one diagnostic on one node and not a file that will not open.
 */
import { z } from "zod";
import { initializerSchema } from "../layer.ts";
import { optimizerSchema } from "./optimizers.ts";
import { scheduleSchema } from "./schedule.ts";

export const DOCUMENT_FORMAT = "layerscope";
export const DOCUMENT_VERSION = 2;
/** A document of 10,000 nodes is about 3 MB. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

const identifier = z.string().min(1).max(200);

export const positionSchema = z.strictObject({ x: z.number(), y: z.number() });

export const nodeSchema = z.strictObject({
  id: identifier,
  kind: identifier,
  name: z.string().max(200),
  params: z.record(z.string(), z.json()),
  position: positionSchema,
});

export const portReferenceSchema = z.strictObject({ node: identifier, port: identifier });

export const edgeSchema = z.strictObject({ from: portReferenceSchema, to: portReferenceSchema });

/** `mnist` comes with the app; `idx` is a folder of IDX files, plain or .gz, with MNIST's file names. */
export const datasetReferenceSchema = z.discriminatedUnion("source", [
  z.strictObject({ source: z.literal("mnist") }),
  z.strictObject({ source: z.literal("idx"), directory: z.string().min(1) }),
]);

/** Ends a run when `metric`, measured after each epoch, has not become better by more than `minDelta` for `patience` epochs. */
export const earlyStoppingSchema = z.strictObject({
  metric: z.enum(["testLoss", "testAccuracy", "trainLoss"]),
  patience: z.int().min(1).max(100_000),
  minDelta: z.number().min(0),
  /** Whether the run ends with the weights of its best epoch instead of the last. */
  restoreBest: z.boolean(),
});

export const trainingSchema = z.strictObject({
  optimizer: optimizerSchema,
  learningRate: z.number().positive(),
  schedule: scheduleSchema,
  /** Over the first so many epochs the learning rate rises linearly to its value; fractions allowed. */
  warmupEpochs: z.number().min(0).max(100_000),
  /** L2, added to the gradient of Conv and Dense weights. */
  weightDecay: z.number().min(0),
  /** Largest L2 norm of all gradients together; longer ones are scaled down to it. null: not clipped. */
  clipNorm: z.number().positive().nullable(),
  batchSize: z.int().min(1).max(65_536),
  epochs: z.int().min(1).max(100_000),
  seed: z.int().min(0).max(0xffff_ffff),
  initializer: initializerSchema,
  earlyStopping: earlyStoppingSchema.nullable(),
});

export const documentSchema = z.strictObject({
  format: z.literal(DOCUMENT_FORMAT),
  version: z.literal(DOCUMENT_VERSION),
  nodes: z.array(nodeSchema),
  edges: z.array(edgeSchema),
  dataset: datasetReferenceSchema,
  training: trainingSchema,
  notes: z.string(),
});

export type LayerscopeDocument = z.infer<typeof documentSchema>;
export type DocumentNode = z.infer<typeof nodeSchema>;
export type DocumentEdge = z.infer<typeof edgeSchema>;
export type PortReference = z.infer<typeof portReferenceSchema>;
export type Position = z.infer<typeof positionSchema>;
export type TrainingSettings = z.infer<typeof trainingSchema>;
export type DatasetReference = z.infer<typeof datasetReferenceSchema>;

/** One edge has one identity: its two ends. */
export const edgeId = (edge: DocumentEdge): string =>
  `${edge.from.node}.${edge.from.port}→${edge.to.node}.${edge.to.port}`;
