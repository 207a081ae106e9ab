/** A labelled image dataset in memory, and how its bytes become values. */
import { type DatasetFacts, elementsOf, formatShape, type InputScaling, type Shape } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";
import { identifyDataset } from "./datasets.ts";
import { type IdxImages, type IdxLabels, parseIdxImages, parseIdxLabels } from "./idx.ts";
import { firstLabels, type Labels, targetWidthOf } from "./labels.ts";

export interface Split {
  readonly count: number;
  /** Bytes, channels first, row-major, sample after sample. */
  readonly images: Uint8Array;
  readonly labels: Labels;
}

/**
 * value = (byte / 255 − mean) / std, with mean and population std of all training pixels divided by 255. Numbers are kept in
 * float64 and written to model JSON as they are.
 */
export interface Preprocessing {
  readonly mean: number;
  readonly std: number;
}

export interface Dataset {
  /** `MNIST`, or the folder's name for a folder whose labels are not a known dataset's. */
  readonly name: string;
  readonly shape: Shape;
  /** Empty where samples have targets instead of classes. */
  readonly classNames: readonly string[];
  readonly train: Split;
  readonly test: Split;
  readonly preprocessing: Preprocessing;
}

/** Why a dataset cannot be read: one sentence with the file, the numbers and what to do. */
export interface DatasetProblem {
  readonly type: "missing" | "unreadable" | "invalid" | "notHere";
  readonly message: string;
}

export type DatasetPart = "trainImages" | "trainLabels" | "testImages" | "testLabels";

/** The four files of a dataset in MNIST's layout, as read. */
export type DatasetFiles = Readonly<Record<DatasetPart, { readonly fileName: string; readonly bytes: Uint8Array }>>;

/** `byte · scale + offset` is the standardized value. */
export const byteScaling = ({ mean, std }: Preprocessing): { readonly scale: number; readonly offset: number } => ({
  scale: 1 / (255 * std),
  offset: -mean / std,
});

/** The dataset with the constants that the net asks for: its own, or those that leave bytes divided by 255, or as they are. */
export const withScaling = (dataset: Dataset, scaling: InputScaling): Dataset => {
  if (scaling === "standardize") return dataset;
  return { ...dataset, preprocessing: { mean: 0, std: scaling === "unit" ? 1 : 1 / 255 } };
};

/**
 * Mean and population std of byte/255 over all bytes. Exact: both sums are taken over the 256 counts as integers below 2⁵³.
 * A constant image set has std 0 and gets 1, so that every value is 0 instead of NaN.
 */
export const measurePreprocessing = (bytes: Uint8Array): Preprocessing => {
  const counts = new Float64Array(256);
  // By index: an iterator over 47 million bytes takes several times as long.
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    counts[byte] = (counts[byte] as number) + 1;
  }
  const mean = counts.reduce((sum, count, value) => sum + count * value, 0) / bytes.length;
  const variance = counts.reduce((sum, count, value) => sum + count * (value - mean) ** 2, 0) / bytes.length;
  return { mean: mean / 255, std: variance > 0 ? Math.sqrt(variance) / 255 : 1 };
};

const pairSplit = (part: string, images: IdxImages, labels: IdxLabels): Result<Split, DatasetProblem> =>
  images.count === labels.count
    ? ok({ count: images.count, images: images.bytes, labels: { classes: labels.labels } })
    : err({
        type: "invalid",
        message: `The ${part} set has ${images.count} images but ${labels.count} labels.`,
      });

/** Parses the four files of a dataset and checks that they fit each other. */
export const parseDataset = (folderName: string, files: DatasetFiles): Result<Dataset, DatasetProblem> => {
  const trainImages = parseIdxImages(files.trainImages.bytes, files.trainImages.fileName);
  if (!trainImages.ok) return err({ type: "invalid", message: trainImages.error.message });
  const trainLabels = parseIdxLabels(files.trainLabels.bytes, files.trainLabels.fileName);
  if (!trainLabels.ok) return err({ type: "invalid", message: trainLabels.error.message });
  const testImages = parseIdxImages(files.testImages.bytes, files.testImages.fileName);
  if (!testImages.ok) return err({ type: "invalid", message: testImages.error.message });
  const testLabels = parseIdxLabels(files.testLabels.bytes, files.testLabels.fileName);
  if (!testLabels.ok) return err({ type: "invalid", message: testLabels.error.message });
  const train = pairSplit("training", trainImages.value, trainLabels.value);
  if (!train.ok) return train;
  const test = pairSplit("test", testImages.value, testLabels.value);
  if (!test.ok) return test;
  const { shape } = trainImages.value;
  if (formatShape(shape) !== formatShape(testImages.value.shape)) {
    return err({
      type: "invalid",
      message: `Training images are ${formatShape(shape)} but test images are ${formatShape(testImages.value.shape)}.`,
    });
  }
  if (train.value.count === 0 || test.value.count === 0 || elementsOf(shape) === 0) {
    return err({
      type: "invalid",
      message: `The dataset is empty: ${train.value.count} training and ${test.value.count} test images of ${formatShape(shape)}.`,
    });
  }
  const known = identifyDataset(trainLabels.value.labels, testLabels.value.labels);
  let largestLabel = 0;
  for (const label of trainLabels.value.labels) if (label > largestLabel) largestLabel = label;
  for (const label of testLabels.value.labels) if (label > largestLabel) largestLabel = label;
  return ok({
    name: known?.name ?? folderName,
    shape,
    classNames: known?.classNames ?? Array.from({ length: largestLabel + 1 }, (_, label) => String(label)),
    train: train.value,
    test: test.value,
    preprocessing: measurePreprocessing(train.value.images),
  });
};

/** What the compiler wants to know. */
export const factsOf = (dataset: Dataset): DatasetFacts => {
  const targetWidth = targetWidthOf(dataset.train.labels);
  return {
    sampleShape: dataset.shape,
    numClasses: dataset.classNames.length,
    ...(targetWidth === null ? {} : { targetWidth }),
    trainCount: dataset.train.count,
    testCount: dataset.test.count,
  };
};

/** The first `count` training samples; scaling and test set stay those of the whole dataset. */
export const limitTraining = (dataset: Dataset, count: number): Dataset => {
  if (count >= dataset.train.count) return dataset;
  return {
    ...dataset,
    train: {
      count,
      images: dataset.train.images.subarray(0, count * elementsOf(dataset.shape)),
      labels: firstLabels(dataset.train.labels, count),
    },
  };
};
