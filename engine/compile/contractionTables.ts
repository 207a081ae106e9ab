/**
 * The tables that tell the contraction kernels where pixels, terms and panels lie. Strides, dilation, padding and borders are in
 * them, so that one kernel serves convolution, dense layers and the input gradients of both.
 */
import type { Padding2d } from "../layer.ts";
import { areaOf, FLOAT_BYTES, type Layout, offsetIn, quadsOf } from "./layout.ts";

/** A window that slides over an image; a dense layer is a window as large as its input. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: Padding2d;
  /** Parts of the channels that it takes apart; absent: none. */
  readonly groups?: number;
}

export const wholeImage = (input: Layout): Window => ({
  kernel: [input.height, input.width],
  stride: [1, 1],
  dilation: [1, 1],
  padding: { top: 0, left: 0, bottom: 0, right: 0 },
});

const words = (values: readonly number[]): Uint32Array => Uint32Array.from(values, (value) => value >>> 0);

/** Rows or columns outside the input that the windows touch, at each end. */
const reach = (input: number, output: number, kernel: number, stride: number, dilation: number, before: number) => ({
  before,
  after: Math.max(0, (output - 1) * stride + (kernel - 1) * dilation - before - (input - 1)),
});

/** The border of zeros that a convolution needs around its input. */
export const inputBorder = (
  input: { readonly height: number; readonly width: number },
  output: { readonly height: number; readonly width: number },
  { kernel, stride, dilation, padding }: Window,
): Padding2d => {
  const rows = reach(input.height, output.height, kernel[0], stride[0], dilation[0], padding.top);
  const columns = reach(input.width, output.width, kernel[1], stride[1], dilation[1], padding.left);
  return { top: rows.before, left: columns.before, bottom: rows.after, right: columns.after };
};

export const unionOfBorders = (a: Padding2d, b: Padding2d): Padding2d => ({
  top: Math.max(a.top, b.top),
  left: Math.max(a.left, b.left),
  bottom: Math.max(a.bottom, b.bottom),
  right: Math.max(a.right, b.right),
});

/** Offsets of the terms of a window in the input, in the order kh, kw, channel. */
export const termTable = (input: Layout, { kernel, dilation, padding }: Window): Uint32Array => {
  const terms: number[] = [];
  for (let kh = 0; kh < kernel[0]; kh++) {
    for (let kw = 0; kw < kernel[1]; kw++) {
      for (let c = 0; c < input.channels; c++) {
        terms.push(offsetIn(input, c, kh * dilation[0] - padding.top, kw * dilation[1] - padding.left));
      }
    }
  }
  return words(terms);
};

/** Terms whose weights, two panels of eight, fill half of a small first cache. */
const MAX_RUN = 256;

/** Runs of consecutive values of a sample, in the order h, w, channel: byte offset and number. Long ones are cut into equal pieces. */
export const runTable = (input: Layout): Uint32Array => {
  const whole: { offset: number; terms: number }[] = [];
  for (let h = 0; h < input.height; h++) {
    for (let w = 0; w < input.width; w++) {
      const offset = offsetIn(input, 0, h, w);
      const last = whole.at(-1);
      if (last !== undefined && last.offset + last.terms * FLOAT_BYTES === offset) last.terms += input.channels;
      else whole.push({ offset, terms: input.channels });
    }
  }
  const runs: number[] = [];
  for (const { offset, terms } of whole) {
    // Kernels take six terms at a time, or four.
    const piece = 12 * Math.ceil(terms / Math.ceil(terms / MAX_RUN) / 12);
    for (let done = 0; done < terms; done += piece) {
      runs.push(offset + done * FLOAT_BYTES, Math.min(piece, terms - done));
    }
  }
  return words(runs);
};

/** (x, y) offsets of the output pixels of `group` samples. */
export const pixelTable = (input: Layout, output: Layout, { stride }: Window, group: number): Uint32Array => {
  const pixels: number[] = [];
  for (let n = 0; n < group; n++) {
    for (let h = 0; h < output.height; h++) {
      for (let w = 0; w < output.width; w++) {
        pixels.push(n * input.sampleBytes + offsetIn(input, 0, h * stride[0], w * stride[1]));
        pixels.push(n * output.sampleBytes + offsetIn(output, 0, h, w));
      }
    }
  }
  return words(pixels);
};

/** Panels of 8 outputs, the last of 4 where 4 remain: byte offset in w and y, width, byte offset in the bias. */
export const panelTable = (quads: number, numTerms: number): Uint32Array => {
  const panels: number[] = [];
  for (let q = 0; q < quads; q += 2) {
    panels.push(q * 4 * numTerms * FLOAT_BYTES, q * 16, Math.min(2, quads - q) * 4, q * 16);
  }
  return words(panels);
};

/** The term of each feature of an output's weights, channels first: terms are pixels first. */
export const termOrder = (channels: number, area: number): Uint32Array => {
  const terms = new Uint32Array(channels * area);
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < area; pixel++) terms[channel * area + pixel] = pixel * channels + channel;
  }
  return terms;
};

/** Element (term, output) of weight panels, in floats. */
export const weightOffset = (quads: number, numTerms: number, term: number, output: number): number => {
  const panel = output >> 3;
  const width = quads - panel * 2 >= 2 ? 8 : 4;
  return panel * 8 * numTerms + term * width + (output - panel * 8);
};

/** One pass of the input gradient: the input pixels of one residue of the stride, and the taps that reach them. */
export interface GradientPass {
  readonly terms: Uint32Array;
  readonly pixels: Uint32Array;
  readonly numPixels: number;
  readonly panels: Uint32Array;
}

export interface InputGradientTables {
  readonly passes: readonly GradientPass[];
  /** Tap records of transposeWeights. */
  readonly taps: Uint32Array;
  readonly numTaps: number;
  /** Floats of the transposed weights. */
  readonly size: number;
}

/** Input rows (or columns) of one residue: the first one, how many, and the taps with their output row at the first one. */
export const residues = (input: number, kernel: number, stride: number, dilation: number, before: number) =>
  Array.from({ length: Math.min(stride, input) }, (_, first) => {
    const taps: { readonly tap: number; readonly output: number }[] = [];
    for (let tap = 0; tap < kernel; tap++) {
      const distance = first + before - tap * dilation;
      if (distance % stride === 0) taps.push({ tap, output: distance / stride });
    }
    return { first, count: Math.ceil((input - first) / stride), taps };
  });

/** The border of zeros that the gradient of a convolution's output needs, so that every tap of every input pixel can be read. */
export const gradientBorder = (
  input: { readonly height: number; readonly width: number },
  output: { readonly height: number; readonly width: number },
  { kernel, stride, dilation, padding }: Window,
): Padding2d => {
  const extent = (size: number, outputs: number, axis: 0 | 1, before: number) => {
    let low = 0;
    let high = 0;
    for (const { count, taps } of residues(size, kernel[axis], stride[axis], dilation[axis], before)) {
      for (const { output: at } of taps) {
        low = Math.max(low, -at);
        high = Math.max(high, at + count - outputs);
      }
    }
    return { low, high };
  };
  const rows = extent(input.height, output.height, 0, padding.top);
  const columns = extent(input.width, output.width, 1, padding.left);
  return { top: rows.low, left: columns.low, bottom: rows.high, right: columns.high };
};

/**
 * dx[h] = Σ over taps kh with (h + padTop − kh·dilation) divisible by the stride of w[kh] · dy[(h + padTop − kh·dilation) / stride]:
 * for the input pixels of one residue a convolution of dy with stride 1.
 */
export const convolutionGradientTables = (
  input: Layout,
  output: Layout,
  window: Window,
  group: number,
): InputGradientTables => {
  const { kernel, stride, dilation, padding } = window;
  const quads = quadsOf(input);
  const taps: number[] = [];
  const passes: GradientPass[] = [];
  let size = 0;
  for (const rows of residues(input.height, kernel[0], stride[0], dilation[0], padding.top)) {
    for (const columns of residues(input.width, kernel[1], stride[1], dilation[1], padding.left)) {
      const terms: number[] = [];
      const numTerms = rows.taps.length * columns.taps.length * output.channels;
      for (const [rowNumber, row] of rows.taps.entries()) {
        for (const [columnNumber, column] of columns.taps.entries()) {
          const tapNumber = rowNumber * columns.taps.length + columnNumber;
          taps.push(
            (row.tap * kernel[1] + column.tap) * input.channels,
            size * FLOAT_BYTES,
            8 * numTerms * FLOAT_BYTES,
            tapNumber * output.channels,
          );
          for (let c = 0; c < output.channels; c++) terms.push(offsetIn(output, c, row.output, column.output));
        }
      }
      const pixels: number[] = [];
      for (let n = 0; n < group; n++) {
        for (let h = 0; h < rows.count; h++) {
          for (let w = 0; w < columns.count; w++) {
            pixels.push(n * output.sampleBytes + offsetIn(output, 0, h, w));
            pixels.push(
              n * input.sampleBytes + offsetIn(input, 0, rows.first + h * stride[0], columns.first + w * stride[1]),
            );
          }
        }
      }
      const panels = panelTable(quads, numTerms).map((value, at) =>
        at % 4 === 0 ? value + size * FLOAT_BYTES : value,
      );
      passes.push({ terms: words(terms), pixels: words(pixels), numPixels: rows.count * columns.count, panels });
      size += quads * 4 * numTerms;
    }
  }
  return { passes, taps: words(taps), numTaps: taps.length / 4, size };
};

/** What a weight gradient touches of its input, and of two panels of eight outputs, while all terms walk down some pixels: what the first cache holds. */
const WALK_BYTES = 44 * 1024;
/** Fewer pixels are not worth the call. */
const LEAST_WALK = 32;
/** Two panels of eight, a cache line. */
const LINE_BYTES = 64;

/** Rows or columns of the input that so many windows in a row touch. */
const touched = (windows: number, kernel: number, stride: number, dilation: number): number => {
  const extent = (kernel - 1) * dilation + 1;
  return extent < stride ? windows * extent : (windows - 1) * stride + extent;
};

/**
 * How many pixels all terms and panels of a weight gradient walk down at a time: equal parts of those of `samples` images, as many as the first cache
 * holds what they touch of.
 */
export const pixelsPerWalk = (
  input: Layout,
  output: { readonly height: number; readonly width: number },
  { kernel, stride, dilation, groups = 1 }: Window,
  samples: number,
): number => {
  const channelBytes = Math.ceil((input.channels / groups) * FLOAT_BYTES);
  const pixelBytes = Math.min(input.pixelBytes, Math.ceil(channelBytes / LINE_BYTES) * LINE_BYTES);
  const columns = touched(output.width, kernel[1], stride[1], dilation[1]);
  const bytesOf = (rows: number): number =>
    touched(rows, kernel[0], stride[0], dilation[0]) * columns * pixelBytes + rows * output.width * LINE_BYTES;
  let rows = 1;
  while (rows < output.height && bytesOf(rows + 1) <= WALK_BYTES) rows++;
  const images = rows < output.height ? 1 : Math.max(1, Math.floor(WALK_BYTES / bytesOf(rows)));
  const most = Math.max(LEAST_WALK, images * rows * output.width);
  const total = samples * output.height * output.width;
  // Up to a quarter of a part more makes no part of its own.
  return Math.ceil(total / Math.ceil(Math.max(1, total / most - 0.25)));
};

/** The same for a dense layer: each place of the input takes its own sum over the outputs. */
export const productGradientTables = (
  input: Layout,
  outputs: number,
): Pick<InputGradientTables, "taps" | "numTaps" | "size"> & { readonly panels: Uint32Array } => {
  const quads = quadsOf(input);
  const taps: number[] = [];
  const panels: number[] = [];
  for (let h = 0; h < input.height; h++) {
    for (let w = 0; w < input.width; w++) {
      const pixel = h * input.width + w;
      const base = pixel * quads * 4 * outputs * FLOAT_BYTES;
      taps.push(pixel * input.channels, base, 8 * outputs * FLOAT_BYTES, 0);
      for (let q = 0; q < quads; q += 2) {
        panels.push(base + q * 4 * outputs * FLOAT_BYTES, offsetIn(input, q * 4, h, w), Math.min(2, quads - q) * 4, 0);
      }
    }
  }
  return {
    taps: words(taps),
    numTaps: areaOf(input),
    size: areaOf(input) * quads * 4 * outputs,
    panels: words(panels),
  };
};
