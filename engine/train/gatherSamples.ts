/** Samples of a batch as the net sees them, in float64: scaled, and moved as augmentation moved them. */
import { AUGMENTATION_WORDS, augmentImage } from "../data/augmentation.ts";
import { type Dataset, scalingOf } from "../data/dataset.ts";
import { elementsOf, type Shape, type Tensor } from "../layer.ts";

/** The first `count` of a batch of training samples: `[count, …inputShape]` and their labels (targets one after the other). */
export const gatherSamples = (
  dataset: Dataset,
  batch: { readonly indices: Uint32Array; readonly augmentations: Int32Array | null },
  call: { readonly count: number; readonly inputShape: Shape },
): { readonly samples: Tensor; readonly labels: ArrayLike<number> } => {
  const { count, inputShape } = call;
  const { shape, train, preprocessing } = dataset;
  const { scales, offsets } = scalingOf(preprocessing);
  const size = elementsOf(shape);
  const inner = elementsOf(shape.slice(1));
  const data = new Float64Array(count * size);
  const chosen = batch.indices.subarray(0, count);
  chosen.forEach((sample, index) => {
    const stored = train.images.subarray(sample * size, (sample + 1) * size);
    const drawn = batch.augmentations?.subarray(index * AUGMENTATION_WORDS, (index + 1) * AUGMENTATION_WORDS);
    const values = drawn !== undefined && stored instanceof Uint8Array ? augmentImage(stored, shape, drawn) : stored;
    for (let at = 0; at < size; at++) {
      const channel = Math.floor(at / inner);
      data[index * size + at] = (values[at] ?? 0) * (scales[channel] ?? 1) + (offsets[channel] ?? 0);
    }
  });
  const { labels } = train;
  return {
    samples: { shape: [count, ...inputShape], data },
    labels:
      "classes" in labels
        ? Float64Array.from(chosen, (sample) => labels.classes[sample] ?? 0)
        : Float64Array.from({ length: count * labels.width }, (_, at) => {
            const sample = chosen[Math.floor(at / labels.width)] ?? 0;
            return labels.targets[sample * labels.width + (at % labels.width)] ?? 0;
          }),
  };
};
