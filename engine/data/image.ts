/** Pictures in memory, brought to the size and the channels of a dataset. */

/** 8 bits a channel, rows from the top, channels interleaved: 1 grey, 3 red, green and blue. Transparency is dropped. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

/** ITU-R BT.601: how bright a colour looks. */
const brightness = (red: number, green: number, blue: number): number => (299 * red + 587 * green + 114 * blue) / 1000;

const toChannels = (picture: Picture, channels: 1 | 3): Picture => {
  if (picture.channels === channels) return picture;
  const { width, height } = picture;
  const pixels = new Uint8Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (channels === 3) {
      pixels.fill(picture.pixels[pixel] as number, 3 * pixel, 3 * pixel + 3);
    } else {
      const [red = 0, green = 0, blue = 0] = picture.pixels.subarray(3 * pixel, 3 * pixel + 3);
      pixels[pixel] = Math.round(brightness(red, green, blue));
    }
  }
  return { width, height, channels, pixels };
};

/** Which old pixels a new one covers, and how much of each: weights add up to 1. */
const coverage = (from: number, length: number, numNew: number): { at: number; weights: number[] }[] =>
  Array.from({ length: numNew }, (_, index) => {
    const scale = length / numNew;
    // Enlarging interpolates between two pixels; reducing takes the mean of the area.
    if (scale <= 1) {
      const centre = Math.min(Math.max((index + 0.5) * scale - 0.5, 0), length - 1);
      const low = Math.min(Math.floor(centre), Math.max(length - 2, 0));
      const share = centre - low;
      return { at: from + low, weights: length === 1 ? [1] : [1 - share, share] };
    }
    const start = index * scale;
    const end = start + scale;
    const first = Math.floor(start);
    const last = Math.min(Math.ceil(end), length);
    const weights = Array.from(
      { length: last - first },
      (_each, offset) => (Math.min(end, first + offset + 1) - Math.max(start, first + offset)) / scale,
    );
    return { at: from + first, weights };
  });

/**
 * The middle of a picture with the proportions wanted, as large as it goes, at height × width: reduced by the mean over each new pixel's area,
 * enlarged by linear interpolation.
 */
const resize = (picture: Picture, height: number, width: number): Picture => {
  if (picture.width === width && picture.height === height) return picture;
  const { channels } = picture;
  const scale = Math.min(picture.width / width, picture.height / height);
  const cropWidth = Math.max(1, Math.round(width * scale));
  const cropHeight = Math.max(1, Math.round(height * scale));
  const columns = coverage(Math.floor((picture.width - cropWidth) / 2), cropWidth, width);
  const rows = coverage(Math.floor((picture.height - cropHeight) / 2), cropHeight, height);
  const pixels = new Uint8Array(width * height * channels);
  for (const [y, row] of rows.entries()) {
    for (const [x, column] of columns.entries()) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (const [dy, rowWeight] of row.weights.entries()) {
          const line = (row.at + dy) * picture.width;
          for (const [dx, weight] of column.weights.entries()) {
            sum += rowWeight * weight * (picture.pixels[(line + column.at + dx) * channels + c] as number);
          }
        }
        pixels[(y * width + x) * channels + c] = Math.round(sum);
      }
    }
  }
  return { width, height, channels, pixels };
};

/** Writes a picture channels first, as a sample of `[channels, height, width]`. */
export const writeSample = (
  picture: Picture,
  shape: { readonly channels: 1 | 3; readonly height: number; readonly width: number },
  target: Uint8Array,
): void => {
  const { pixels } = resize(toChannels(picture, shape.channels), shape.height, shape.width);
  const area = shape.height * shape.width;
  for (let pixel = 0; pixel < area; pixel++) {
    for (let c = 0; c < shape.channels; c++) target[c * area + pixel] = pixels[pixel * shape.channels + c] as number;
  }
};
