/** Draws samples of the batch side by side: grey images in the ink of the theme, images of three channels in their colours. */
import type { Frame } from "../../engine/index.ts";
import { type ChartColors, parseColor } from "./colors.ts";
import type { Surface } from "./surface.ts";

type Samples = NonNullable<Frame["samples"]>;

/** One sample as pixels, or null when its shape is not an image. Grey values are ink on nothing: 0 is transparent. */
export const samplePixels = (
  samples: Samples,
  index: number,
  ink: { readonly red: number; readonly green: number; readonly blue: number },
): { readonly pixels: Uint8ClampedArray; readonly width: number; readonly height: number } | null => {
  const [channels = 0, height = 0, width = 0] = samples.shape;
  if (samples.shape.length !== 3 || (channels !== 1 && channels !== 3)) return null;
  const plane = height * width;
  const start = index * channels * plane;
  const pixels = new Uint8ClampedArray(4 * plane);
  for (let at = 0; at < plane; at += 1) {
    const value = samples.bytes[start + at] ?? 0;
    const grey = channels === 1;
    pixels[4 * at] = grey ? ink.red : value;
    pixels[4 * at + 1] = grey ? ink.green : (samples.bytes[start + plane + at] ?? 0);
    pixels[4 * at + 2] = grey ? ink.blue : (samples.bytes[start + 2 * plane + at] ?? 0);
    pixels[4 * at + 3] = grey ? value : 255;
  }
  return { pixels, width, height };
};

/** Draws the first samples as squares of the surface's height, from the left. */
export const drawSamples = (surface: Surface, samples: Samples | null, colors: ChartColors): void => {
  const { context, width, height } = surface;
  context.clearRect(0, 0, width, height);
  if (samples === null) return;
  const ink = parseColor(colors.trace) ?? { red: 0, green: 0, blue: 0 };
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  const fitting = Math.min(samples.count, Math.floor(width / height));
  for (let index = 0; index < fitting; index += 1) {
    const sample = samplePixels(samples, index, ink);
    if (sample === null) return;
    const tile = document.createElement("canvas");
    tile.width = sample.width;
    tile.height = sample.height;
    const tileContext = tile.getContext("2d");
    if (tileContext === null) return;
    const image = tileContext.createImageData(sample.width, sample.height);
    image.data.set(sample.pixels);
    tileContext.putImageData(image, 0, 0);
    const size = Math.min(height / sample.height, height / sample.width);
    const [shownWidth, shownHeight] = [sample.width * size, sample.height * size];
    context.drawImage(
      tile,
      index * height + (height - shownWidth) / 2,
      (height - shownHeight) / 2,
      shownWidth,
      shownHeight,
    );
  }
};
