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
