/**
 * The document: what the user edits and saves. Types come from these schemas. Params are checked by each kind's own schema
 * when the document is compiled, so that one bad value is one diagnostic on one node and not a file that will not open.
 */
import { z } from "zod";
import { initializerSchema } from "../layer.ts";
import { optimizerSchema } from "./optimizers.ts";
import { scheduleSchema } from "./schedule.ts";

export const DOCUMENT_FORMAT = "layerscope";
export const DOCUMENT_VERSION = 3;
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
  /** Training leaves the node out: what feeds it goes straight to what it feeds. */
  bypassed: z.literal(true).exactOptional(),
  /** Drawn as its header only. */
  folded: z.literal(true).exactOptional(),
});

export const portReferenceSchema = z.strictObject({ node: identifier, port: identifier });

export const edgeSchema = z.strictObject({
  from: portReferenceSchema,
  to: portReferenceSchema,
  /** Points that its line goes through, in order. */
  points: z.array(positionSchema).min(1).max(100).exactOptional(),
});

/** Of groups and notes; the values are the theme's. */
export const colorSchema = z.enum(["neutral", "blue", "green", "amber", "red", "violet"]);

export const MAX_REPEAT = 1000;

/** Nodes that belong together, drawn in a frame around them. */
export const groupSchema = z.strictObject({
  id: identifier,
  title: z.string().max(200),
  color: colorSchema,
  /** A node is in one group at most; of several the first counts. */
  nodeIds: z.array(identifier).min(1),
  /** Drawn as one box. */
  collapsed: z.literal(true).exactOptional(),
  /** The net has the group so many times, one after the other, each with weights of its own. */
  repeat: z.int().min(2).max(MAX_REPEAT).exactOptional(),
});

/** Text on the canvas. */
export const canvasNoteSchema = z.strictObject({
  id: identifier,
  text: z.string().max(10_000),
  color: colorSchema,
  position: positionSchema,
  /** In px at zoom 1. */
  size: z.strictObject({ width: z.number().min(80).max(2000), height: z.number().min(40).max(2000) }),
});

const path = z.string().min(1).max(4096);
/** Of the samples of a set that comes in one piece, this share is kept for the test, always the same ones. */
const testShare = z.number().gt(0).lt(1);

/** Points in the plane; `noise` is the standard deviation that is added to each coordinate. A quarter as many test samples come on top. */
const generated = {
  source: z.literal("generated"),
  count: z.int().min(2).max(1_000_000),
  noise: z.number().min(0).max(10),
  seed: z.int().min(0).max(0xffff_ffff),
};
const generatedClasses = z.int().min(2).max(20);

/**
 * Where samples come from; they are never part of a document. `mnist` comes with the app; `idx` is a folder of IDX files, plain or .gz, with
 * MNIST's file names. Without a directory `cifar10` is the set that the app has downloaded.
 */
export const datasetReferenceSchema = z.discriminatedUnion("source", [
  z.strictObject({ source: z.literal("mnist") }),
  z.strictObject({ source: z.literal("fashionMnist") }),
  z.strictObject({ source: z.literal("cifar10"), directory: path.nullable() }),
  z.strictObject({ source: z.literal("idx"), directory: path }),
  z.strictObject({ source: z.literal("idxPair"), images: path, labels: path, testShare }),
  z.strictObject({
    source: z.literal("csv"),
    file: path,
    /** null: part of the file is kept for the test. */
    testFile: path.nullable(),
    /** Name of the label column, or its number from 1; null: one called label, class or target, else the last. */
    label: z.string().min(1).max(200).nullable(),
    task: z.enum(["classification", "regression"]),
    header: z.enum(["detect", "present", "absent"]),
    testShare,
  }),
  z.strictObject({
    source: z.literal("imageFolder"),
    directory: path,
    /** Height and width that images are brought to; null: they all have that of the first. */
    size: z.tuple([z.int().min(1).max(4096), z.int().min(1).max(4096)]).nullable(),
    /** 1 grey, 3 red, green and blue; null: 1 where every image is grey. */
    channels: z.union([z.literal(1), z.literal(3)]).nullable(),
    testShare,
  }),
  z.discriminatedUnion("pattern", [
    z.strictObject({ ...generated, pattern: z.literal("spiral"), classes: generatedClasses }),
    z.strictObject({ ...generated, pattern: z.literal("circles"), classes: generatedClasses }),
    z.strictObject({ ...generated, pattern: z.literal("moons") }),
    z.strictObject({ ...generated, pattern: z.literal("xor") }),
  ]),
]);

/** Training samples set apart before training, chosen by the document's seed. */
export const validationSchema = z.union([
  z.strictObject({ share: z.number().gt(0).lt(1) }),
  z.strictObject({ count: z.int().min(1) }),
]);

/** What happens to each training image, anew in each epoch. */
export const augmentationSchema = z.strictObject({
  /** Every second one, by chance, is mirrored left to right. */
  horizontalFlip: z.boolean(),
  /** Moved by up to so many pixels down or up and right or left; the pixels at the border are repeated. */
  shift: z.int().min(0).max(1024),
  /** Padded with so many black pixels on every side, then cropped to its size anywhere. */
  crop: z.int().min(0).max(1024),
});

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
  /** null: all training samples are trained on. */
  validation: validationSchema.nullable(),
  augmentation: augmentationSchema.nullable(),
});

export const documentSchema = z.strictObject({
  format: z.literal(DOCUMENT_FORMAT),
  version: z.literal(DOCUMENT_VERSION),
  nodes: z.array(nodeSchema),
  edges: z.array(edgeSchema),
  groups: z.array(groupSchema),
  canvasNotes: z.array(canvasNoteSchema),
  dataset: datasetReferenceSchema,
  training: trainingSchema,
  notes: z.string(),
});

export type LayerscopeDocument = z.infer<typeof documentSchema>;
export type DocumentNode = z.infer<typeof nodeSchema>;
export type DocumentEdge = z.infer<typeof edgeSchema>;
export type Group = z.infer<typeof groupSchema>;
export type CanvasNote = z.infer<typeof canvasNoteSchema>;
export type CanvasColor = z.infer<typeof colorSchema>;
export type PortReference = z.infer<typeof portReferenceSchema>;
export type Position = z.infer<typeof positionSchema>;
export type TrainingSettings = z.infer<typeof trainingSchema>;
export type DatasetReference = z.infer<typeof datasetReferenceSchema>;

/** One edge has one identity: its two ends. */
export const edgeId = (edge: DocumentEdge): string =>
  `${edge.from.node}.${edge.from.port}→${edge.to.node}.${edge.to.port}`;
