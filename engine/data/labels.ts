/** What the samples of a split stand for. */

export type Labels =
  /** A class each. */
  | { readonly classes: Uint8Array }
  /** `width` numbers each, row-major, in the units of the data: what a net with a regression loss is to predict. */
  | { readonly targets: Float32Array; readonly width: number };

/** How many numbers a sample's target has; null: the samples have classes. */
export const targetWidthOf = (labels: Labels): number | null => ("classes" in labels ? null : labels.width);

/** Bytes of one sample's label. */
export const labelBytes = (targetWidth: number | null | undefined): number =>
  targetWidth == null ? 1 : targetWidth * Float32Array.BYTES_PER_ELEMENT;

/** The bytes of all labels as they lie in memory, not copied. */
export const bytesOfLabels = (labels: Labels): Uint8Array => {
  const values = "classes" in labels ? labels.classes : labels.targets;
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
};

/** Of the first samples. */
export const firstLabels = (labels: Labels, count: number): Labels =>
  "classes" in labels
    ? { classes: labels.classes.subarray(0, count) }
    : { targets: labels.targets.subarray(0, count * labels.width), width: labels.width };

/** Those of two sets of the same kind, one after the other. */
export const joinLabels = (first: Labels, second: Labels): Labels => {
  if ("classes" in first && "classes" in second) {
    const classes = new Uint8Array(first.classes.length + second.classes.length);
    classes.set(first.classes);
    classes.set(second.classes, first.classes.length);
    return { classes };
  }
  if ("classes" in first || "classes" in second) throw new RangeError("Classes and targets cannot be joined.");
  const targets = new Float32Array(first.targets.length + second.targets.length);
  targets.set(first.targets);
  targets.set(second.targets, first.targets.length);
  return { targets, width: first.width };
};

/**
 * What the mean squared error of the best constant prediction is: the variance of each of the target's numbers, their mean. null: the samples
 * have classes.
 */
export const targetVariance = (labels: Labels, count: number): number | null => {
  if ("classes" in labels) return null;
  const { targets, width } = labels;
  let sum = 0;
  for (let k = 0; k < width; k++) {
    // From the first one on, so that targets that are all the same have no spread of rounding.
    const first = targets[k] as number;
    let mean = 0;
    for (let n = 0; n < count; n++) mean += ((targets[n * width + k] as number) - first) / count;
    for (let n = 0; n < count; n++) sum += ((targets[n * width + k] as number) - first - mean) ** 2;
  }
  return sum / (count * width);
};
