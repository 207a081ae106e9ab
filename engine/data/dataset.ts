/** A dataset in memory, and how what is stored becomes values. */
import { type DatasetFacts, elementsOf, type InputScaling, type Shape } from "../layer.ts";
import { firstLabels, type Labels, targetWidthOf } from "./labels.ts";

export interface Split {
  readonly count: number;
  /** Sample after sample: the bytes of images, channels first, row-major; or the numbers of a table's rows. */
  readonly images: Uint8Array | Float64Array;
  readonly labels: Labels;
}

/**
 * value = (stored / unit − mean[c]) / std[c], where c is the channel of an image, or the feature of a table's row: mean and population std of
 * the training samples. `unit` is 255 for bytes and 1 for numbers. Kept in float64 and written to model JSON as they are.
 */
export interface Preprocessing {
  readonly unit: 1 | 255;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface Dataset {
  /** `MNIST`, or the folder's name for a folder whose labels are not a known dataset's. */
  readonly name: string;
  readonly shape: Shape;
  /** Empty where samples have targets instead of classes. */
  readonly classNames: readonly string[];
  readonly train: Split;
  /** Of a table: the name of each value of a sample, `colour=red` where it says whether a row has a category. Absent: they have none. */
  readonly featureNames?: readonly string[];
  /** Training samples set apart: measured after each epoch, never trained on. Absent: none. */
  readonly validation?: Split;
  readonly test: Split;
  readonly preprocessing: Preprocessing;
}

/** Why a dataset cannot be read: one sentence with the file, the numbers and what to do. */
export interface DatasetProblem {
  readonly type: "missing" | "unreadable" | "invalid" | "notHere";
  readonly message: string;
}

/** What becomes of a stored value of channel or feature c: `stored · scales[c] + offsets[c]`. */
export interface Scaling {
  readonly scales: readonly number[];
  readonly offsets: readonly number[];
}

export const scalingOf = ({ unit, mean, std }: Preprocessing): Scaling => ({
  scales: std.map((deviation) => 1 / (unit * deviation)),
  offsets: std.map((deviation, channel) => -(mean[channel] ?? 0) / deviation),
});

/** Channels of an image, features of a row: what has a mean of its own. */
const numScaled = (shape: Shape): number => shape[0] ?? 0;

/** The least and the largest value of each feature. */
const rangesOf = (values: Float64Array, numFeatures: number): readonly (readonly [number, number])[] =>
  Array.from({ length: numFeatures }, (_, feature) => {
    let least = Number.POSITIVE_INFINITY;
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = feature; at < values.length; at += numFeatures) {
      least = Math.min(least, values[at] as number);
      largest = Math.max(largest, values[at] as number);
    }
    return [least, largest] as const;
  });

/**
 * The dataset with the constants that the net asks for: its own; those that bring values to 0 … 1 (bytes divided by 255, features by their
 * range in the training set); or those that leave them as they are.
 */
export const withScaling = (dataset: Dataset, scaling: InputScaling): Dataset => {
  if (scaling === "standardize") return dataset;
  const { images } = dataset.train;
  const size = numScaled(dataset.shape);
  const same = (value: number): number[] => new Array<number>(size).fill(value);
  if (images instanceof Uint8Array) {
    return { ...dataset, preprocessing: { unit: 255, mean: same(0), std: same(scaling === "unit" ? 1 : 1 / 255) } };
  }
  if (scaling === "none") return { ...dataset, preprocessing: { unit: 1, mean: same(0), std: same(1) } };
  const ranges = rangesOf(images, size);
  return {
    ...dataset,
    preprocessing: {
      unit: 1,
      mean: ranges.map(([least]) => least),
      std: ranges.map(([least, largest]) => (largest > least ? largest - least : 1)),
    },
  };
};

/** Of the four tables of a channel. */
const sumOf = (table: Uint32Array, byte: number): number =>
  [0, 256, 512, 768].reduce((sum, start) => sum + (table[start + byte] ?? 0), 0);

/** Exact: both sums are taken over the 256 counts as integers below 2⁵³. */
const measureBytes = (bytes: Uint8Array, shape: Shape): Preprocessing => {
  const channels = numScaled(shape);
  const area = elementsOf(shape) / channels;
  // Four tables in turn: adding 1 to the same place again and again, as around a digit, waits for itself.
  const tables = Array.from({ length: channels }, () => new Uint32Array(4 * 256));
  // By index: an iterator over 47 million bytes takes several times as long.
  const count = (table: Uint32Array, entry: number): void => {
    table[entry] = (table[entry] as number) + 1;
  };
  for (let at = 0; at < bytes.length; ) {
    for (const table of tables) {
      const end = at + area;
      for (; at + 4 <= end; at += 4) {
        count(table, bytes[at] as number);
        count(table, 256 + (bytes[at + 1] as number));
        count(table, 512 + (bytes[at + 2] as number));
        count(table, 768 + (bytes[at + 3] as number));
      }
      for (; at < end; at++) count(table, bytes[at] as number);
    }
  }
  const counts = tables.map((table) => Float64Array.from({ length: 256 }, (_, byte) => sumOf(table, byte)));
  const perChannel = bytes.length / channels;
  const moments = counts.map((ofChannel) => {
    const mean = ofChannel.reduce((sum, count, value) => sum + count * value, 0) / perChannel;
    const variance = ofChannel.reduce((sum, count, value) => sum + count * (value - mean) ** 2, 0) / perChannel;
    return { mean: mean / 255, std: variance > 0 ? Math.sqrt(variance) / 255 : 1 };
  });
  return { unit: 255, mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std) };
};

/** Two passes in float64. */
const measureNumbers = (values: Float64Array, numFeatures: number): Preprocessing => {
  const count = values.length / numFeatures;
  const mean = new Array<number>(numFeatures).fill(0);
  for (let at = 0; at < values.length; at++) {
    const feature = at % numFeatures;
    mean[feature] = (mean[feature] ?? 0) + (values[at] as number) / count;
  }
  const variance = new Array<number>(numFeatures).fill(0);
  for (let at = 0; at < values.length; at++) {
    const feature = at % numFeatures;
    variance[feature] = (variance[feature] ?? 0) + ((values[at] as number) - (mean[feature] ?? 0)) ** 2 / count;
  }
  // The mean of a constant may miss it by its last bits; that is no spread.
  const std = variance.map((square, feature) =>
    Math.sqrt(square) > 1e-12 * Math.abs(mean[feature] ?? 0) ? Math.sqrt(square) : 1,
  );
  return { unit: 1, mean, std };
};

/**
 * Mean and population std of each channel of byte/255, or of each feature. What is constant has std 0 and gets 1, so that every value is
 * finite: 0, not NaN.
 */
export const measurePreprocessing = (images: Split["images"], shape: Shape): Preprocessing =>
  images instanceof Uint8Array ? measureBytes(images, shape) : measureNumbers(images, numScaled(shape));

/** What the compiler wants to know. */
export const factsOf = (dataset: Dataset): DatasetFacts => {
  const targetWidth = targetWidthOf(dataset.train.labels);
  return {
    sampleShape: dataset.shape,
    numClasses: dataset.classNames.length,
    ...(targetWidth === null ? {} : { targetWidth }),
    trainCount: dataset.train.count,
    testCount: dataset.test.count,
    ...(dataset.train.images instanceof Uint8Array ? {} : { stores: "numbers" }),
  };
};

/** The first `count` test samples. */
export const limitTest = (dataset: Dataset, count: number): Dataset => {
  if (count >= dataset.test.count) return dataset;
  const { images, labels } = dataset.test;
  const first = images.subarray(0, count * elementsOf(dataset.shape));
  return { ...dataset, test: { count, images: first, labels: firstLabels(labels, count) } };
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
