/**
 * Where the values of a batch lie: NHWC, channels padded to a multiple of four, images with a border of zeros where a consumer
 * reads beyond the edge. All distances are in bytes.
 */
import type { Padding2d, Shape } from "../layer.ts";

export const FLOAT_BYTES = 4;
export const QUAD_BYTES = 16;

export interface Layout {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Between pixels, rows and samples. */
  readonly pixelBytes: number;
  readonly rowBytes: number;
  readonly sampleBytes: number;
  /** Of the first pixel inside the border. */
  readonly originBytes: number;
  /** Rows and columns of zeros around the image, and whether there are any. */
  readonly border: Padding2d;
  readonly bordered: boolean;
  /** Whether pixels have no padding channels, so that a sample is one run of height · width · channels values. */
  readonly packed: boolean;
}

export const noBorder: Padding2d = { top: 0, left: 0, bottom: 0, right: 0 };

const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** Distances of an even number of cache lines put samples into half of the cache's sets or fewer; of a power of two into very few. */
const awayFromPowersOfTwo = (bytes: number): number => (bytes >= 256 && bytes % 128 === 0 ? bytes + 64 : bytes);

export const createLayout = (shape: Shape, border: Padding2d = noBorder, packed = false): Layout => {
  const [channels = 1, height = 1, width = 1] = shape;
  const pixelBytes = packed ? channels * FLOAT_BYTES : roundUp(channels, 4) * FLOAT_BYTES;
  const rowBytes = (width + border.left + border.right) * pixelBytes;
  const rows = height + border.top + border.bottom;
  return {
    channels,
    height,
    width,
    pixelBytes,
    rowBytes,
    sampleBytes: awayFromPowersOfTwo(roundUp(rows * rowBytes, QUAD_BYTES)),
    originBytes: border.top * rowBytes + border.left * pixelBytes,
    border,
    bordered: border.top + border.left + border.bottom + border.right > 0,
    packed,
  };
};

/** Bytes of a batch; the tail lets the last vector of a packed sample be read whole. */
export const layoutBytes = (layout: Layout, batchSize: number): number => layout.sampleBytes * batchSize + QUAD_BYTES;

export const quadsOf = (layout: Layout): number => Math.ceil(layout.channels / 4);

/** Pixels of a sample. */
export const areaOf = (layout: Layout): number => layout.height * layout.width;

/** From the origin; rows and columns may lie in the border. */
export const offsetIn = (layout: Layout, channel: number, row: number, column: number): number =>
  row * layout.rowBytes + column * layout.pixelBytes + channel * FLOAT_BYTES;

/**
 * An image without border as one vector: its channels are all places of a sample, padding included. `featureAt` tells where feature
 * `c·H·W + h·W + w` lies.
 */
export const flatView = (layout: Layout): Layout => {
  const lanes = areaOf(layout) === 1 ? layout.channels : (areaOf(layout) * layout.pixelBytes) / FLOAT_BYTES;
  return {
    ...layout,
    channels: lanes,
    height: 1,
    width: 1,
    pixelBytes: roundUp(lanes, 4) * FLOAT_BYTES,
    rowBytes: roundUp(lanes, 4) * FLOAT_BYTES,
    packed: false,
  };
};

/** The lane of a feature (channels first) in the flat view of a layout. */
export const laneOfFeature = (layout: Layout, feature: number): number => {
  const area = areaOf(layout);
  const pixel = feature % area;
  const row = Math.floor(pixel / layout.width);
  return offsetIn(layout, Math.floor(feature / area), row, pixel % layout.width) / FLOAT_BYTES;
};

/** Rows that follow each other without border or gap are one long row, short enough for an f32 sum. */
export const runOf = (layout: Layout): { readonly height: number; readonly width: number } =>
  layout.rowBytes === layout.width * layout.pixelBytes && areaOf(layout) <= 1024
    ? { height: 1, width: areaOf(layout) }
    : { height: layout.height, width: layout.width };
