/** Parts of a set of samples, chosen by a seed. */
import type { TrainingSettings } from "../document/schema.ts";
import { counted, elementsOf, type RandomStream, type Shape } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";
import { shuffledOrder } from "./batching.ts";
import { type Dataset, measurePreprocessing, type Split } from "./dataset.ts";
import type { Labels } from "./labels.ts";

const takeLabels = (labels: Labels, indices: Uint32Array): Labels => {
  if ("classes" in labels) {
    const classes = new Uint8Array(indices.length);
    for (let at = 0; at < indices.length; at++) classes[at] = labels.classes[indices[at] as number] as number;
    return { classes };
  }
  const { width } = labels;
  const targets = new Float32Array(indices.length * width);
  for (let at = 0; at < indices.length; at++) {
    const from = (indices[at] as number) * width;
    targets.set(labels.targets.subarray(from, from + width), at * width);
  }
  return { targets, width };
};

/** The samples with these numbers, in this order. */
export const takeSamples = (split: Split, shape: Shape, indices: Uint32Array): Split => {
  const size = elementsOf(shape);
  const length = indices.length * size;
  const images = split.images instanceof Uint8Array ? new Uint8Array(length) : new Float64Array(length);
  for (let at = 0; at < indices.length; at++) {
    const from = (indices[at] as number) * size;
    images.set(split.images.subarray(from, from + size), at * size);
  }
  return { count: indices.length, images, labels: takeLabels(split.labels, indices) };
};

/** How many of `total` samples a share is: at least one stays on either side. */
export const countOfShare = (share: number, total: number): number =>
  Math.max(1, Math.min(total - 1, Math.round(share * total)));

/**
 * `count` samples chosen at random are set apart; both parts keep the order of the whole. `total` is at least 2 and larger than `count`.
 */
export const setApart = (
  split: Split,
  shape: Shape,
  count: number,
  uniform: RandomStream,
): { readonly rest: Split; readonly apart: Split } => {
  const order = shuffledOrder(split.count, uniform);
  const apart = order.slice(0, count).sort();
  const rest = order.slice(count).sort();
  return { rest: takeSamples(split, shape, rest), apart: takeSamples(split, shape, apart) };
};

/**
 * Sets validation samples apart; the constants of standardization become those of the samples that are left to train on. The error is a
 * sentence with both numbers.
 */
export const splitValidation = (
  dataset: Dataset,
  validation: TrainingSettings["validation"],
  uniform: RandomStream,
): Result<Dataset, string> => {
  if (validation === null) return ok(dataset);
  const { train, shape } = dataset;
  const count = "count" in validation ? validation.count : countOfShare(validation.share, train.count);
  if (count >= train.count) {
    return err(
      `${counted(count, "validation sample")} ${count === 1 ? "leaves" : "leave"} nothing to train on: ${dataset.name} has ${counted(train.count, "training sample")}.`,
    );
  }
  const { rest, apart } = setApart(train, shape, count, uniform);
  return ok({
    ...dataset,
    train: rest,
    validation: apart,
    preprocessing: measurePreprocessing(rest.images, shape),
  });
};
