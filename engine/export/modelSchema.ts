/** Model JSON: a trained net in one file. docs/file-formats.md describes it field by field. */
import { z } from "zod";
import { trainingChangeSchema } from "../document/trainingChange.ts";
import { startedFromSchema } from "./startingNet.ts";

export const MODEL_FORMAT = "layerscope-model";
export const MODEL_VERSION = 2;
/** V8 makes no longer string: about 100 million weights. */
export const MAX_MODEL_BYTES = 511 * 1024 * 1024;
/** In the app, where a file crosses processes and is held by several: about 75 million weights. */
export const MAX_OPENED_MODEL_BYTES = 384 * 1024 * 1024;

/** So much of the beginning of a file tells whether it is a model JSON. */
export const MODEL_HEAD_BYTES = 4096;
const HEAD = new RegExp(`"format"\\s*:\\s*"${MODEL_FORMAT}"`);

/** Whether a text is that of a model JSON by its beginning: before it is read, which may find that it is damaged. */
export const isModelText = (text: string): boolean => HEAD.test(text.slice(0, MODEL_HEAD_BYTES));

const tensorSchema = z.strictObject({
  /** `<node id>.<weight name>`: `conv1.weight`. */
  name: z.string().min(1),
  /** Conv weights OIHW, Dense weights `[out, in]`. */
  shape: z.array(z.int().min(1)),
  /** float32, little-endian, row-major, base64. */
  data: z.string(),
});

export const modelSchema = z.strictObject({
  format: z.literal(MODEL_FORMAT),
  version: z.literal(MODEL_VERSION),
  /** The frozen document of the run: graph, dataset and training settings. */
  document: z.json(),
  weights: z.array(tensorSchema),
  /** What training updates without a gradient: running means and variances. */
  state: z.array(tensorSchema),
  /** value = (stored / unit − mean[c]) / std[c]: c is the channel of an image, the feature of a table's row */
  preprocessing: z.strictObject({
    sampleShape: z.array(z.int().min(1)).min(1),
    unit: z.union([z.literal(1), z.literal(255)]),
    mean: z.array(z.number()),
    std: z.array(z.number().positive()),
  }),
  classNames: z.array(z.string()),
  training: z.strictObject({
    dataset: z.string(),
    trainSamples: z.int().min(0),
    seed: z.int().min(0),
    steps: z.int().min(0),
    /** Finished epochs. */
    epochs: z.int().min(0),
    /** Loss of the last step's batch; null before the first step or when it was not finite. */
    finalLoss: z.number().nullable(),
    /** Share of the test set, after the last finished epoch; null when none was finished. */
    testAccuracy: z.number().nullable(),
    engineVersion: z.string(),
    /** ISO 8601. */
    savedAt: z.string(),
    /** Settings that changed during the run, and the last step before; absent when none did. */
    changes: z.array(z.strictObject({ step: z.int().min(0), training: trainingChangeSchema })).exactOptional(),
    /** The trained net that the run started from; absent when all started from initializers. */
    from: startedFromSchema.exactOptional(),
  }),
});

export type ModelFile = z.infer<typeof modelSchema>;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Version 1 had one mean and std for the bytes of all channels. */
const toVersion2 = (model: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const { preprocessing } = model;
  if (!isRecord(preprocessing) || !Array.isArray(preprocessing.sampleShape)) return { ...model, version: 2 };
  const { sampleShape } = preprocessing;
  const ofEach = (value: unknown): unknown[] => new Array(sampleShape[0]).fill(value);
  const { mean, std } = preprocessing;
  return { ...model, version: 2, preprocessing: { sampleShape, unit: 255, mean: ofEach(mean), std: ofEach(std) } };
};

/** Brings a model JSON of an older version to the newest one. */
export const migrateModel = (model: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  model.version === 1 ? toVersion2(model) : model;
