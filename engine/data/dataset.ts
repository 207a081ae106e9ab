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

/** Sums of a channel's bytes and of their squares: integers below 2⁵³ for any dataset that fits into memory. */
interface ByteSums {
  count: number;
  sum: number;
  squares: number;
}

/** So many words of four bytes have sums below 2³¹, squares too: 4 · 255² · 8,192 is 2,130,739,200. */
const BLOCK_BYTES = 4 * 8192;

/** Four bytes at a time, and none where all four are 0, as around a digit: 1.2 ns a byte on MNIST instead of 3 for a table of counts. */
const addBytes = (sums: ByteSums, view: DataView, start: number, end: number): void => {
  const wordsEnd = end - ((end - start) % 4);
  let at = start;
  while (at < wordsEnd) {
    const blockEnd = Math.min(wordsEnd, at + BLOCK_BYTES);
    let sum = 0;
    let squares = 0;
    for (; at < blockEnd; at += 4) {
      const word = view.getInt32(at, true);
      if (word === 0) continue;
      const a = word & 255;
      const b = (word >>> 8) & 255;
      const c = (word >>> 16) & 255;
      const d = word >>> 24;
      sum = (sum + a + b + c + d) | 0;
      squares = (squares + Math.imul(a, a) + Math.imul(b, b) + Math.imul(c, c) + Math.imul(d, d)) | 0;
    }
    sums.sum += sum;
    sums.squares += squares;
  }
  for (; at < end; at++) {
    const byte = view.getUint8(at);
    sums.sum += byte;
    sums.squares += byte * byte;
  }
  sums.count += end - start;
};

/** Of n values: (n · Σx² − (Σx)²) / n², whose numerator is exact. */
const varianceOf = ({ count, sum, squares }: ByteSums): number =>
  Number(BigInt(count) * BigInt(squares) - BigInt(sum) ** 2n) / count ** 2;

const measureBytes = (bytes: Uint8Array, shape: Shape): Preprocessing => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const channels = Array.from({ length: numScaled(shape) }, (): ByteSums => ({ count: 0, sum: 0, squares: 0 }));
  // Images of one channel are one stretch.
  const area = channels.length === 1 ? bytes.length : elementsOf(shape) / channels.length;
  for (let at = 0; at < bytes.length; ) {
    for (const sums of channels) {
      addBytes(sums, view, at, at + area);
      at += area;
    }
  }
  return {
    unit: 255,
    mean: channels.map(({ sum, count }) => sum / count / 255),
    std: channels.map((sums) => (varianceOf(sums) > 0 ? Math.sqrt(varianceOf(sums)) / 255 : 1)),
  };
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
