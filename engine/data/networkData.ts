/** A dataset as a network takes it. */
import { elementsOf, type Shape } from "../layer.ts";
import { type Dataset, type Preprocessing, type Split, scalingOf } from "./dataset.ts";
import { joinLabels, type Labels } from "./labels.ts";

interface StoredSplit {
  readonly count: number;
  readonly images: Uint8Array | Float32Array;
  readonly labels: Labels;
}

interface StoredData {
  readonly sampleShape: Shape;
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];
  /** Validation samples, if there are any, follow the training samples. */
  readonly train: StoredSplit;
  readonly test: StoredSplit;
}

const join = (train: Split, validation: Split | undefined): Split => {
  if (validation === undefined) return train;
  const length = train.images.length + validation.images.length;
  const images = train.images instanceof Uint8Array ? new Uint8Array(length) : new Float64Array(length);
  images.set(train.images);
  images.set(validation.images, train.images.length);
  return {
    count: train.count + validation.count,
    images,
    labels: joinLabels(train.labels, validation.labels),
  };
};

/** Numbers are scaled here, in float64: as float32 a large mean would leave nothing of a small spread. */
const scaleNumbers = ({ count, images, labels }: Split, { mean, std }: Preprocessing): StoredSplit => {
  const size = mean.length;
  const scaled = new Float32Array(images.length);
  for (let at = 0; at < images.length; at++) {
    const feature = at % size;
    scaled[at] = ((images[at] as number) - (mean[feature] ?? 0)) / (std[feature] ?? 1);
  }
  return { count, images: scaled, labels };
};

/** Bytes stay bytes, with what becomes of them by channel. `preprocessing` may be that of the dataset a net was trained on. */
export const networkData = (dataset: Dataset, preprocessing: Preprocessing = dataset.preprocessing): StoredData => {
  const train = join(dataset.train, dataset.validation);
  const { test, shape } = dataset;
  if (train.images instanceof Uint8Array && test.images instanceof Uint8Array) {
    const { scales, offsets } = scalingOf(preprocessing);
    return {
      sampleShape: shape,
      scale: scales,
      offset: offsets,
      train: { ...train, images: train.images },
      test: { ...test, images: test.images },
    };
  }
  return {
    sampleShape: [elementsOf(shape)],
    scale: 1,
    offset: 0,
    train: scaleNumbers(train, preprocessing),
    test: scaleNumbers(test, preprocessing),
  };
};
