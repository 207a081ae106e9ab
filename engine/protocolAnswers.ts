/** What a trainer answers at length: the parts of the protocol's events that describe a dataset, a sample, a test set or a layer. */
import { z } from "zod";
import { stepIds } from "./train/normalizationSteps.ts";

const arrayBuffer = z.instanceof(ArrayBuffer);

const partSchema = z.strictObject({ count: z.int(), classCounts: z.array(z.int()) });

export const datasetDescriptionSchema = z.strictObject({
  name: z.string(),
  shape: z.array(z.int()),
  /** What `values` of `samplesRead` holds: bytes of images, or float64 numbers of rows. */
  stores: z.enum(["bytes", "numbers"]),
  classNames: z.array(z.string()),
  /** Of a table: the name of each value of a sample, `colour=red` for a category. Empty: they have none. */
  featureNames: z.array(z.string()),
  /** How many numbers a target has; null: samples have classes. */
  targetWidth: z.int().nullable(),
  train: partSchema,
  test: partSchema,
  mean: z.array(z.number()),
  std: z.array(z.number()),
});

/** A number, NaN and infinities among them. */
const anyNumber = z.custom<number>((value) => typeof value === "number");

/** One gradient of one layer, see `train/gradientCheck.ts`. */
export const gradientResultSchema = z.strictObject({
  nodeId: z.string(),
  /** `input`, `input 2`, a weight by its name, or `output`, the sum over the layers that it feeds. */
  tensor: z.string(),
  elements: z.int(),
  checked: z.int(),
  kinks: z.int(),
  /** Infinity where the analytic gradient is not a number. */
  relativeError: anyNumber,
  worst: z.strictObject({ index: z.array(z.int()), analytic: anyNumber, numeric: anyNumber }).nullable(),
  /** `unproven`: every element tried lies at a kink. */
  verdict: z.enum(["agrees", "differs", "unproven"]),
});

const edgeSummarySchema = z.strictObject({
  count: z.int(),
  mean: anyNumber,
  std: anyNumber,
  examples: z.array(anyNumber).readonly(),
});

/** See `train/explainNormalization.ts`. */
export const explainedNormalizationSchema = z.strictObject({
  nodeId: z.string(),
  step: z.int(),
  sets: z.enum(["channel", "sample", "group"]),
  set: z.int(),
  numSets: z.int(),
  setSize: z.int(),
  numSamples: z.int(),
  batchSize: z.int(),
  epsilon: z.number(),
  steps: z
    .array(
      z.strictObject({
        id: z.enum(stepIds),
        forward: edgeSummarySchema,
        gradient: edgeSummarySchema,
        checked: z.int(),
        relativeError: anyNumber,
      }),
    )
    .readonly(),
  fusedDifference: anyNumber,
  layerDifference: anyNumber,
});

export const inspectedSampleSchema = z.strictObject({
  /** The last step before which these weights were found. */
  step: z.int(),
  mode: z.enum(["evaluation", "training"]),
  /** Samples of the batch whose statistics batch norm had in training mode; 1 in evaluation mode. */
  batchSize: z.int(),
  /** In the test set; null: it is none of it. */
  index: z.int().nullable(),
  /** Of a test sample: its class, or the numbers of its target. */
  target: z.array(z.number()).nullable(),
  /** Probabilities of the classes, or predictions; `training` is null unless that mode was asked for. */
  evaluation: z.array(anyNumber),
  training: z.array(anyNumber).nullable(),
  /** What the dataset stores of it: bytes of an image, or float64 numbers of a row with names for each, if they have any. */
  stored: arrayBuffer,
  stores: z.enum(["bytes", "numbers"]),
  sampleShape: z.array(z.int()),
  featureNames: z.array(z.string()),
  /** Outputs in the mode asked for, in program order. */
  layers: z.array(
    z.strictObject({
      nodeId: z.string(),
      shape: z.array(z.int()),
      /** Of how many of its channels (of a vector, features) the values are there, from the first on. */
      channels: z.int(),
      /** Of its first value in `values`; they are channels first. */
      offset: z.int(),
      /** Of all its finite values. */
      min: z.number(),
      max: z.number(),
      nonFinite: z.int(),
    }),
  ),
  /** float32. */
  values: arrayBuffer,
});

export const testEvaluationSchema = z.strictObject({
  /** The last step before which these weights were found. */
  step: z.int(),
  count: z.int(),
  /** Mean loss as training measures it. */
  loss: anyNumber,
  /** 0 to 1; null where samples have targets. */
  accuracy: z.number().nullable(),
  /** null where samples have classes, or targets that are all the same. */
  r2: anyNumber.nullable(),
  /** Samples by label (rows) and predicted class (columns), row-major; null where samples have targets. */
  confusion: z.array(z.int()).nullable(),
  /**
   * Float32: target and prediction of each number of a target, sample by sample, of at most 4,000 samples taken evenly; null where samples
   * have classes.
   */
  pairs: arrayBuffer.nullable(),
  /** Samples whose outputs are not finite; the matrix does not have them. */
  notFinite: z.int(),
  /** The mistakes with the largest loss, worst first: −ln of the label's probability, or the mean squared error of a target. */
  worst: z.array(
    z.strictObject({
      index: z.int(),
      /** One class, or the numbers of the target. */
      actual: z.array(z.number()),
      predicted: z.array(anyNumber),
      /** Of the predicted class; null where samples have targets. */
      probability: anyNumber.nullable(),
      loss: anyNumber,
    }),
  ),
  /** What the dataset stores of these, one after the other. */
  worstSamples: arrayBuffer,
});

/** Loss and accuracy (0 to 1), or R² where samples have targets, of the test set. */
export const testResultSchema = z.strictObject({
  loss: anyNumber,
  accuracy: z.number().nullable(),
  r2: anyNumber.nullable(),
});
