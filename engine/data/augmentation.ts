/** What happens to training images on their way into the net: mirrored, moved, cropped; by chance, anew in each step. */
import type { TrainingSettings } from "../document/schema.ts";
import type { RandomStream, Shape } from "../layer.ts";

/** Whole numbers of a sample: flip (0 or 1), rows and columns that the crop is moved by, rows and columns of the shift. */
export const AUGMENTATION_WORDS = 5;

type Augmentation = NonNullable<TrainingSettings["augmentation"]>;

/** Channels of images; rows of a table have one list of values. */
export const numChannelsOf = (sampleShape: Shape): number => (sampleShape.length === 3 ? (sampleShape[0] ?? 1) : 1);

/** For each of `count` samples of a step. The stream is the step's own, so that a step can be repeated by itself. */
export const drawAugmentations = (augmentation: Augmentation, count: number, uniform: RandomStream): Int32Array => {
  const upTo = (pixels: number): number => Math.floor(uniform() * (2 * pixels + 1)) - pixels;
  const drawn = new Int32Array(count * AUGMENTATION_WORDS);
  for (let at = 0; at < drawn.length; at += AUGMENTATION_WORDS) {
    drawn[at] = augmentation.horizontalFlip && uniform() < 0.5 ? 1 : 0;
    drawn[at + 1] = upTo(augmentation.crop);
    drawn[at + 2] = upTo(augmentation.crop);
    drawn[at + 3] = upTo(augmentation.shift);
    drawn[at + 4] = upTo(augmentation.shift);
  }
  return drawn;
};

const clamp = (value: number, extent: number): number => Math.max(0, Math.min(value, extent - 1));

/**
 * An image `[C, H, W]` under the numbers drawn for it: y(h, w) = s(h + cropY, w + cropX), black outside;
 * s(h, w) = f(clamp(h + shiftY), clamp(w + shiftX)); f mirrors left to right where flip is 1. The kernel `gather` does the same.
 */
export const augmentImage = (image: Uint8Array, shape: Shape, drawn: Int32Array): Uint8Array => {
  const [channels = 1, height = 1, width = 1] = shape;
  const [flip = 0, cropY = 0, cropX = 0, shiftY = 0, shiftX = 0] = drawn;
  const augmented = new Uint8Array(image.length);
  for (let h = 0; h < height; h++) {
    for (let w = 0; w < width; w++) {
      const row = h + cropY;
      const column = w + cropX;
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      const fromRow = clamp(row + shiftY, height);
      const shifted = clamp(column + shiftX, width);
      const fromColumn = flip === 1 ? width - 1 - shifted : shifted;
      for (let c = 0; c < channels; c++) {
        augmented[(c * height + h) * width + w] = image[(c * height + fromRow) * width + fromColumn] as number;
      }
    }
  }
  return augmented;
};
