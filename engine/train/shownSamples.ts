/** The first images of a batch, as the net has seen them: what a frame carries for the Input node. */
import { AUGMENTATION_WORDS, augmentImage } from "../data/augmentation.ts";
import type { Dataset } from "../data/dataset.ts";
import { elementsOf } from "../layer.ts";
import type { Frame } from "../telemetry/statistics.ts";

const NUM_SHOWN = 6;

/** null: rows of a table are not shown. `augmentations`: of the batch, `AUGMENTATION_WORDS` a sample. */
export const shownSamples = (
  { shape, train }: Dataset,
  batch: Uint32Array,
  augmentations: Int32Array | null,
): Frame["samples"] => {
  const { images } = train;
  if (!(images instanceof Uint8Array)) return null;
  const sampleBytes = elementsOf(shape);
  const shown = batch.slice(0, NUM_SHOWN);
  const bytes = new Uint8Array(shown.length * sampleBytes);
  // Samples with targets have no class to show.
  const classes = "classes" in train.labels ? train.labels.classes : null;
  const labels = new Uint8Array(shown.length);
  shown.forEach((sample, index) => {
    const image = images.subarray(sample * sampleBytes, (sample + 1) * sampleBytes);
    const drawn = augmentations?.subarray(index * AUGMENTATION_WORDS, (index + 1) * AUGMENTATION_WORDS);
    bytes.set(drawn === undefined ? image : augmentImage(image, shape, drawn), index * sampleBytes);
    labels[index] = classes?.[sample] ?? 0;
  });
  return { shape, count: shown.length, bytes, labels };
};
