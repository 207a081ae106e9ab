/**
 * Statistics of a node's output on the batch: moments of each lane, then a histogram.
 *
 * A view says where the output is: a buffer and, where fusion keeps the output itself out of memory, how to get it from there,
 * `v = relu((x − mean)·scale + beta)`, by the same instructions as the fused kernel.
 */
import { madd } from "./vector";

// @ts-ignore: decorator
@unmanaged
export class View {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  height: i32;
  width: i32;
  quads: i32;
  /** A flattened image is one row of pixels: of every `pixelQuads` quads the first `channels` lanes are real, the rest is padding. */
  pixelQuads: i32;
  channels: i32;
  mean: usize;
  scale: usize;
  beta: usize;
  relu: i32;
  /** f32 vectors: what is near the mean of each lane, and what is to be added to it, or 0. */
  shift: usize;
  bias: usize;
  /** Whether `shift` is to be rectified. */
  shiftRelu: i32;
  /** Sums of each chunk of rows, see `SUMS`. */
  records: usize;
  slotStride: usize;
  chunk: i32;
  /** Lane records of the batch, see `LANE`. */
  lanesOut: usize;
  /** f64 mean and std of each channel. */
  channelsOut: usize;
  /** Lanes i, i + period, i + 2·period … are a channel; 0: every lane is. */
  period: i32;
  /** The record of another node that has the same values, and its period; 0: there is none. */
  twin: usize;
  twinPeriod: i32;
  /** See `NODE`. */
  node: usize;
  /** Whether the range of the histogram is known before the values are. */
  ranged: i32;
  /** u32 counts of each chunk. */
  counts: usize;
  countsStride: usize;
  /** What is counted: 0 the bins, 1 the halves of the bins, 2 those of the values before the ReLU. */
  fine: i32;
  /** `viewOutside`: what lies at or beyond these counts. */
  low: f32;
  high: f32;
}

/**
 * Sums over a chunk of rows of a quad of lanes, with d = v − shift: f32x4 Σd, f32x4 Σd², f32x4 min, f32x4 max, i32x4 zeros,
 * i32x4 values that are not finite (in none of the others). Where Σd² is below 0 both sums are of d · `WIDE`, and it is turned over.
 */
export const SUMS: usize = 96;
/** 2^−80: the squares of any float32 times this, and a million of them together, are within float32. */
export const WIDE: f32 = <f32>(1.0 / 1208925819614629174706176.0);
/** A lane record: f64 mean, f64 Σ(x − mean)², f64 number of finite values, f32 min, f32 max, i32 zeros, i32 non-finite values. */
export const LANE: usize = 40;
/**
 * A node's record, f64: count, mean, Σ(x − mean)², finite, min, max, zeros, non-finite, low and high of the histogram, of the one of
 * channel means, of the one of channel stds, dead channels, one reserved; then u32 counts: below the range, 64 bins, above it, two
 * reserved; 32 bins of channel means, 32 of channel stds.
 */
export const NODE_COUNTS: usize = 128;
export const NODE_CHANNELS: usize = 400;
export const CHANNEL_BINS: i32 = 32;

/** How many lanes of a quad are real, 0 to 4. */
// @ts-ignore: decorator
@inline
export function realLanes(channels: i32, pixelQuads: i32, quad: i32): i32 {
  return max(0, min(4, channels - ((quad % pixelQuads) << 2)));
}

// @ts-ignore: decorator
@inline
export function seen(x: v128, mean: v128, scale: v128, beta: v128, floor: v128): v128 {
  return f32x4.pmax(madd(f32x4.sub(x, mean), scale, beta), floor);
}

// @ts-ignore: decorator
@inline
export function vectorOr(base: usize, c: i32, otherwise: f32): v128 {
  return base == 0 ? f32x4.splat(otherwise) : v128.load(base + (<usize>c << 4));
}

/** What the values of a lane are compared with: never NaN or Inf, so that differences of finite values stay finite. */
// @ts-ignore: decorator
@inline
export function finiteOrZero(shift: v128): v128 {
  return v128.and(shift, f32x4.eq(f32x4.sub(shift, shift), f32x4.splat(0)));
}

/**
 * Pixels that a pass takes at a time, all channels of them, so that a second pass finds them in the first-level cache; few enough for an
 * f32 sum.
 */
// @ts-ignore: decorator
@inline
export function pixelsAtOnce(xW: usize): i32 {
  return max(16, min(256, 24576 / <i32>xW));
}
