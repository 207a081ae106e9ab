/** Model JSON: a trained net in one file. docs/file-formats.md describes it field by field. */
import { z } from "zod";

export const MODEL_FORMAT = "layerscope-model";
export const MODEL_VERSION = 1;
/** About 190 million weights. */
export const MAX_MODEL_BYTES = 1024 * 1024 * 1024;

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
  /** value = (byte / 255 − mean) / std */
  preprocessing: z.strictObject({
    sampleShape: z.array(z.int().min(1)),
    mean: z.number(),
    std: z.number().positive(),
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
  }),
});

export type ModelFile = z.infer<typeof modelSchema>;
