/** The sample that a question is about: one of the test set, or values that were sent along. */
import type { Dataset, Split } from "../data/dataset.ts";
import { firstLabels } from "../data/labels.ts";
import { networkData } from "../data/networkData.ts";
import { counted, elementsOf, formatCount, formatShape } from "../layer.ts";
import type { TrainRequest } from "../protocol.ts";
import { err, ok, type Result } from "../result.ts";

type AskedSample = Extract<TrainRequest, { type: "inspectSample" }>["sample"];

interface StoredSample {
  readonly values: Uint8Array | Float64Array;
  /** In the test set; null: it is none of it. */
  readonly index: number | null;
}

/** What the dataset would store of it; an error is a sentence. */
export const storedSample = (
  { test, train, shape, name }: Dataset,
  sample: AskedSample,
): Result<StoredSample, string> => {
  const size = elementsOf(shape);
  if (sample.from === "test") {
    const { index } = sample;
    if (index >= test.count) {
      return err(`There is no test sample ${formatCount(index)}: ${name} has ${formatCount(test.count)}, from 0.`);
    }
    return ok({ values: test.images.subarray(index * size, (index + 1) * size), index });
  }
  const isBytes = train.images instanceof Uint8Array;
  const expected = size * (isBytes ? 1 : 8);
  if (sample.values.byteLength !== expected) {
    return err(
      `A sample of ${name} is ${formatShape(shape)}, ${counted(expected, "byte")}; ${formatCount(sample.values.byteLength)} came.`,
    );
  }
  return ok({ values: isBytes ? new Uint8Array(sample.values) : new Float64Array(sample.values), index: null });
};

/** Bytes as they are; numbers scaled, as those of the dataset are. */
export const asNetworkStores = (dataset: Dataset, values: Uint8Array | Float64Array): Uint8Array | Float32Array => {
  const one: Split = { count: 1, images: values, labels: firstLabels(dataset.train.labels, 1) };
  const { validation: _validation, ...parts } = dataset;
  return networkData({ ...parts, train: one, test: one }).train.images;
};
