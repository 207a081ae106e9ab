/**
 * Convolution and matrix product, forward and for the input gradient, are one operation:
 *
 *   y[n][pixelY(p) + panelY(j) + 0..width) = bias + Σ_k x[n][pixelX(p) + offset(k)] · w[panelW(j) + k·width + 0..width)
 *
 * with tables for the pixels p, the terms k and the panels j of 8 or 4 outputs. A dense layer is one pixel per sample. The layout
 * of images (borders, strides, dilation) is in the tables alone, so nothing is clipped and no loop nests inside the hot one.
 * Parts of the channels that are convolved apart share the tables: each lies some bytes behind the one before.
 * The hot loops are tested at the top, hold their accumulators from the start, and are exported so that they stay functions. What they do first
 * stands before them once more: V8 moves nothing out of a loop that is tested at the top, but keeps what it has worked out before.
 */
import { job } from "./header";
import { madd } from "./vector";

// @ts-ignore: decorator
@unmanaged
export class Contraction {
  x: usize;
  xN: usize;
  y: usize;
  yN: usize;
  w: usize;
  /** 0: none. */
  bias: usize;
  /** u32 byte offsets of the terms, `kEnd` exclusive. */
  k: usize;
  kEnd: usize;
  /** (x, y) byte offsets of the pixels of `group` consecutive samples. */
  pixels: usize;
  numPixels: i32;
  group: i32;
  /** Panel records: byte offsets in w and y, width, byte offset in bias. */
  panels: usize;
  numPanels: i32;
  /** 1: adds to y. 0: overwrites y. */
  accumulate: i32;
  /** Parts of the channels, 0 or 1: all are one; bytes between those of x, y, w and bias. */
  parts: i32;
  xPart: usize;
  yPart: usize;
  wPart: usize;
  biasPart: usize;
}

/** y = bias + x·w, or y += x·w. `c0` and `c1` count the quads of a part. */
export function contraction(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Contraction>(address);
  const first = c0 >> 1;
  const end = min((c1 + 1) >> 1, a.numPanels);
  for (let n = n0; n < n1; n += a.group) {
    const rows = min(a.group, n1 - n);
    const lastPixel = a.pixels + (<usize>(rows * a.numPixels - 1) << 3);
    for (let part = 0; part < max(a.parts, 1); part++) {
      const x = a.x + <usize>n * a.xN + <usize>part * a.xPart;
      const y = a.y + <usize>n * a.yN + <usize>part * a.yPart;
      const wPart = a.w + <usize>part * a.wPart;
      const biasPart = a.bias + <usize>part * a.biasPart;
      for (let j = first; j < end; j++) {
        const panel = a.panels + (<usize>j << 4);
        const w = wPart + <usize>load<u32>(panel);
        const yPanel = y + <usize>load<u32>(panel, 4);
        const bias: usize = a.bias == 0 ? 0 : biasPart + <usize>load<u32>(panel, 12);
        if (a.k == a.kEnd) {
          if (!a.accumulate) fill(yPanel, a.pixels, lastPixel, <usize>load<u32>(panel, 8), bias);
        } else if (load<u32>(panel, 8) == 8) {
          for (let p = a.pixels; p <= lastPixel; p += 48) {
            if (areNeighbours(p, lastPixel)) row6x8(x + <usize>load<u32>(p), yPanel, p, a.k, a.kEnd, w, bias, a.accumulate);
            else tile6x8(x, yPanel, p, lastPixel, a.k, a.kEnd, w, bias, a.accumulate);
          }
        } else {
          for (let p = a.pixels; p <= lastPixel; p += 48) {
            if (areNeighbours(p, lastPixel)) row6x4(x + <usize>load<u32>(p), yPanel, p, a.k, a.kEnd, w, bias, a.accumulate);
            else tile6x4(x, yPanel, p, lastPixel, a.k, a.kEnd, w, bias, a.accumulate);
          }
        }
      }
    }
  }
}

/** What no term reaches: the bias, or 0. */
function fill(y: usize, pixel: usize, lastPixel: usize, width: usize, bias: usize): void {
  for (; pixel <= lastPixel; pixel += 8) {
    const target = y + <usize>load<u32>(pixel, 4);
    for (let c: usize = 0; c < width << 2; c += 16) v128.store(target + c, bias == 0 ? f32x4.splat(0) : v128.load(bias + c));
  }
}

/** Six pixels by eight outputs, over one term or more. Pixels beyond the last repeat it: they load and store the same values. */
export function tile6x8(
  x: usize, y: usize, pixel: usize, lastPixel: usize, k: usize, kEnd: usize, w: usize, bias: usize, accumulate: i32,
): void {
  const p1 = min(pixel + 8, lastPixel);
  const p2 = min(pixel + 16, lastPixel);
  const p3 = min(pixel + 24, lastPixel);
  const p4 = min(pixel + 32, lastPixel);
  const p5 = min(pixel + 40, lastPixel);
  const x0 = x + <usize>load<u32>(pixel);
  const x1 = x + <usize>load<u32>(p1);
  const x2 = x + <usize>load<u32>(p2);
  const x3 = x + <usize>load<u32>(p3);
  const x4 = x + <usize>load<u32>(p4);
  const x5 = x + <usize>load<u32>(p5);
  const y0 = y + <usize>load<u32>(pixel, 4);
  const y1 = y + <usize>load<u32>(p1, 4);
  const y2 = y + <usize>load<u32>(p2, 4);
  const y3 = y + <usize>load<u32>(p3, 4);
  const y4 = y + <usize>load<u32>(p4, 4);
  const y5 = y + <usize>load<u32>(p5, 4);
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  if (accumulate) {
    c00 = v128.load(y0); c01 = v128.load(y0, 16);
    c10 = v128.load(y1); c11 = v128.load(y1, 16);
    c20 = v128.load(y2); c21 = v128.load(y2, 16);
    c30 = v128.load(y3); c31 = v128.load(y3, 16);
    c40 = v128.load(y4); c41 = v128.load(y4, 16);
    c50 = v128.load(y5); c51 = v128.load(y5, 16);
  } else if (bias != 0) {
    c00 = v128.load(bias); c01 = v128.load(bias, 16);
    c10 = c00; c11 = c01; c20 = c00; c21 = c01; c30 = c00; c31 = c01; c40 = c00; c41 = c01; c50 = c00; c51 = c01;
  }
  let o = <usize>load<u32>(k);
  let b0 = v128.load(w);
  let b1 = v128.load(w, 16);
  let a = v128.load_splat<f32>(x0 + o);
  c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
  a = v128.load_splat<f32>(x1 + o);
  c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
  a = v128.load_splat<f32>(x2 + o);
  c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
  a = v128.load_splat<f32>(x3 + o);
  c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
  a = v128.load_splat<f32>(x4 + o);
  c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
  a = v128.load_splat<f32>(x5 + o);
  c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
  k += 4;
  w += 32;
  while (k != kEnd) {
    o = <usize>load<u32>(k);
    b0 = v128.load(w);
    b1 = v128.load(w, 16);
    a = v128.load_splat<f32>(x0 + o);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
    a = v128.load_splat<f32>(x1 + o);
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
    a = v128.load_splat<f32>(x2 + o);
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
    a = v128.load_splat<f32>(x3 + o);
    c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
    a = v128.load_splat<f32>(x4 + o);
    c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
    a = v128.load_splat<f32>(x5 + o);
    c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
    k += 4;
    w += 32;
  }
  v128.store(y0, c00); v128.store(y0, c01, 16);
  v128.store(y1, c10); v128.store(y1, c11, 16);
  v128.store(y2, c20); v128.store(y2, c21, 16);
  v128.store(y3, c30); v128.store(y3, c31, 16);
  v128.store(y4, c40); v128.store(y4, c41, 16);
  v128.store(y5, c50); v128.store(y5, c51, 16);
}

/** Whether x of six pixels lies 16 bytes apart: neighbours in a row of an image of up to four channels. Offsets are multiples of 16 and rise. */
// @ts-ignore: decorator
@inline
function areNeighbours(pixel: usize, lastPixel: usize): bool {
  return pixel + 40 <= lastPixel && load<u32>(pixel, 40) - load<u32>(pixel) == 80;
}

/** Six such pixels by eight outputs: the hot loop computes one address of x. */
export function row6x8(x: usize, y: usize, pixel: usize, k: usize, kEnd: usize, w: usize, bias: usize, accumulate: i32): void {
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  if (accumulate) {
    const d0 = y + <usize>load<u32>(pixel, 4); c00 = v128.load(d0); c01 = v128.load(d0, 16);
    const d1 = y + <usize>load<u32>(pixel, 12); c10 = v128.load(d1); c11 = v128.load(d1, 16);
    const d2 = y + <usize>load<u32>(pixel, 20); c20 = v128.load(d2); c21 = v128.load(d2, 16);
    const d3 = y + <usize>load<u32>(pixel, 28); c30 = v128.load(d3); c31 = v128.load(d3, 16);
    const d4 = y + <usize>load<u32>(pixel, 36); c40 = v128.load(d4); c41 = v128.load(d4, 16);
    const d5 = y + <usize>load<u32>(pixel, 44); c50 = v128.load(d5); c51 = v128.load(d5, 16);
  } else if (bias != 0) {
    c00 = v128.load(bias); c01 = v128.load(bias, 16);
    c10 = c00; c11 = c01; c20 = c00; c21 = c01; c30 = c00; c31 = c01; c40 = c00; c41 = c01; c50 = c00; c51 = c01;
  }
  let o = x + <usize>load<u32>(k);
  let b0 = v128.load(w);
  let b1 = v128.load(w, 16);
  let a = v128.load_splat<f32>(o);
  c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
  a = v128.load_splat<f32>(o, 16);
  c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
  a = v128.load_splat<f32>(o, 32);
  c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
  a = v128.load_splat<f32>(o, 48);
  c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
  a = v128.load_splat<f32>(o, 64);
  c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
  a = v128.load_splat<f32>(o, 80);
  c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
  k += 4;
  w += 32;
  while (k != kEnd) {
    o = x + <usize>load<u32>(k);
    b0 = v128.load(w);
    b1 = v128.load(w, 16);
    a = v128.load_splat<f32>(o);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
    a = v128.load_splat<f32>(o, 16);
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
    a = v128.load_splat<f32>(o, 32);
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
    a = v128.load_splat<f32>(o, 48);
    c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
    a = v128.load_splat<f32>(o, 64);
    c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
    a = v128.load_splat<f32>(o, 80);
    c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
    k += 4;
    w += 32;
  }
  const y0 = y + <usize>load<u32>(pixel, 4);
  v128.store(y0, c00); v128.store(y0, c01, 16);
  const y1 = y + <usize>load<u32>(pixel, 12);
  v128.store(y1, c10); v128.store(y1, c11, 16);
  const y2 = y + <usize>load<u32>(pixel, 20);
  v128.store(y2, c20); v128.store(y2, c21, 16);
  const y3 = y + <usize>load<u32>(pixel, 28);
  v128.store(y3, c30); v128.store(y3, c31, 16);
  const y4 = y + <usize>load<u32>(pixel, 36);
  v128.store(y4, c40); v128.store(y4, c41, 16);
  const y5 = y + <usize>load<u32>(pixel, 44);
  v128.store(y5, c50); v128.store(y5, c51, 16);
}

/** Six such pixels by four outputs. */
export function row6x4(x: usize, y: usize, pixel: usize, k: usize, kEnd: usize, w: usize, bias: usize, accumulate: i32): void {
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
  if (accumulate) {
    c0 = v128.load(y + <usize>load<u32>(pixel, 4));
    c1 = v128.load(y + <usize>load<u32>(pixel, 12));
    c2 = v128.load(y + <usize>load<u32>(pixel, 20));
    c3 = v128.load(y + <usize>load<u32>(pixel, 28));
    c4 = v128.load(y + <usize>load<u32>(pixel, 36));
    c5 = v128.load(y + <usize>load<u32>(pixel, 44));
  } else if (bias != 0) {
    c0 = v128.load(bias); c1 = c0; c2 = c0; c3 = c0; c4 = c0; c5 = c0;
  }
  let o = x + <usize>load<u32>(k);
  let b = v128.load(w);
  c0 = madd(v128.load_splat<f32>(o), b, c0);
  c1 = madd(v128.load_splat<f32>(o, 16), b, c1);
  c2 = madd(v128.load_splat<f32>(o, 32), b, c2);
  c3 = madd(v128.load_splat<f32>(o, 48), b, c3);
  c4 = madd(v128.load_splat<f32>(o, 64), b, c4);
  c5 = madd(v128.load_splat<f32>(o, 80), b, c5);
  k += 4;
  w += 16;
  while (k != kEnd) {
    o = x + <usize>load<u32>(k);
    b = v128.load(w);
    c0 = madd(v128.load_splat<f32>(o), b, c0);
    c1 = madd(v128.load_splat<f32>(o, 16), b, c1);
    c2 = madd(v128.load_splat<f32>(o, 32), b, c2);
    c3 = madd(v128.load_splat<f32>(o, 48), b, c3);
    c4 = madd(v128.load_splat<f32>(o, 64), b, c4);
    c5 = madd(v128.load_splat<f32>(o, 80), b, c5);
    k += 4;
    w += 16;
  }
  v128.store(y + <usize>load<u32>(pixel, 4), c0);
  v128.store(y + <usize>load<u32>(pixel, 12), c1);
  v128.store(y + <usize>load<u32>(pixel, 20), c2);
  v128.store(y + <usize>load<u32>(pixel, 28), c3);
  v128.store(y + <usize>load<u32>(pixel, 36), c4);
  v128.store(y + <usize>load<u32>(pixel, 44), c5);
}

/** Six pixels by four outputs, for the last panel of a width that is not a multiple of eight. */
export function tile6x4(
  x: usize, y: usize, pixel: usize, lastPixel: usize, k: usize, kEnd: usize, w: usize, bias: usize, accumulate: i32,
): void {
  const p1 = min(pixel + 8, lastPixel);
  const p2 = min(pixel + 16, lastPixel);
  const p3 = min(pixel + 24, lastPixel);
  const p4 = min(pixel + 32, lastPixel);
  const p5 = min(pixel + 40, lastPixel);
  const x0 = x + <usize>load<u32>(pixel);
  const x1 = x + <usize>load<u32>(p1);
  const x2 = x + <usize>load<u32>(p2);
  const x3 = x + <usize>load<u32>(p3);
  const x4 = x + <usize>load<u32>(p4);
  const x5 = x + <usize>load<u32>(p5);
  const y0 = y + <usize>load<u32>(pixel, 4);
  const y1 = y + <usize>load<u32>(p1, 4);
  const y2 = y + <usize>load<u32>(p2, 4);
  const y3 = y + <usize>load<u32>(p3, 4);
  const y4 = y + <usize>load<u32>(p4, 4);
  const y5 = y + <usize>load<u32>(p5, 4);
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
  if (accumulate) {
    c0 = v128.load(y0); c1 = v128.load(y1); c2 = v128.load(y2); c3 = v128.load(y3); c4 = v128.load(y4); c5 = v128.load(y5);
  } else if (bias != 0) {
    c0 = v128.load(bias); c1 = c0; c2 = c0; c3 = c0; c4 = c0; c5 = c0;
  }
  let o = <usize>load<u32>(k);
  let b = v128.load(w);
  c0 = madd(v128.load_splat<f32>(x0 + o), b, c0);
  c1 = madd(v128.load_splat<f32>(x1 + o), b, c1);
  c2 = madd(v128.load_splat<f32>(x2 + o), b, c2);
  c3 = madd(v128.load_splat<f32>(x3 + o), b, c3);
  c4 = madd(v128.load_splat<f32>(x4 + o), b, c4);
  c5 = madd(v128.load_splat<f32>(x5 + o), b, c5);
  k += 4;
  w += 16;
  while (k != kEnd) {
    o = <usize>load<u32>(k);
    b = v128.load(w);
    c0 = madd(v128.load_splat<f32>(x0 + o), b, c0);
    c1 = madd(v128.load_splat<f32>(x1 + o), b, c1);
    c2 = madd(v128.load_splat<f32>(x2 + o), b, c2);
    c3 = madd(v128.load_splat<f32>(x3 + o), b, c3);
    c4 = madd(v128.load_splat<f32>(x4 + o), b, c4);
    c5 = madd(v128.load_splat<f32>(x5 + o), b, c5);
    k += 4;
    w += 16;
  }
  v128.store(y0, c0); v128.store(y1, c1); v128.store(y2, c2); v128.store(y3, c3); v128.store(y4, c4); v128.store(y5, c5);
}

// @ts-ignore: decorator
@unmanaged
export class WeightGradient {
  x: usize;
  xN: usize;
  dy: usize;
  dyN: usize;
  dw: usize;
  /** Bytes between the partial sums of consecutive chunks of rows. */
  slotStride: usize;
  /** Rows of a chunk; 0: one sum over the whole batch. */
  chunk: i32;
  k: usize;
  kEnd: usize;
  pixels: usize;
  numPixels: i32;
  group: i32;
  panels: usize;
  numPanels: i32;
  /** As in `Contraction`. */
  parts: i32;
  xPart: usize;
  dyPart: usize;
  dwPart: usize;
}

/**
 * dw[panelW(j) + k·width + 0..width) = Σ_n Σ_p x[n][pixelX(p) + offset(k)] · dy[n][pixelY(p) + panelY(j) + 0..width)
 *
 * Overwrites the chunk's sum with its first group of samples and accumulates the others.
 */
export function weightGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<WeightGradient>(address);
  const first = c0 >> 1;
  const end = min((c1 + 1) >> 1, a.numPanels);
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const slot = a.dw + (a.chunk == 0 ? 0 : <usize>task * a.slotStride);
  const lastK = a.kEnd - 4;
  for (let n = n0; n < n1; n += a.group) {
    const rows = min(a.group, n1 - n);
    const fresh = n == start;
    const pixelsEnd = a.pixels + (<usize>(rows * a.numPixels) << 3);
    for (let part = 0; part < max(a.parts, 1); part++) {
      const x = a.x + <usize>n * a.xN + <usize>part * a.xPart;
      const dy = a.dy + <usize>n * a.dyN + <usize>part * a.dyPart;
      const dwPart = slot + <usize>part * a.dwPart;
      for (let j = first; j < end; j++) {
        const panel = a.panels + (<usize>j << 4);
        const dw = dwPart + <usize>load<u32>(panel);
        const dyPanel = dy + <usize>load<u32>(panel, 4);
        if (load<u32>(panel, 8) == 8) {
          for (let k = a.k; k < a.kEnd; ) {
            const target = dw + (k - a.k) * 8;
            if (areFive(k, lastK)) {
              gradientRow5x8(x + <usize>load<u32>(k), dyPanel, a.pixels, pixelsEnd, target, fresh);
              k += 20;
            } else {
              gradientTile6x8(x, dyPanel, a.pixels, pixelsEnd, k, lastK, target, fresh);
              k += 24;
            }
          }
        } else {
          for (let k = a.k; k < a.kEnd; ) {
            const target = dw + (k - a.k) * 4;
            if (areFive(k, lastK)) {
              gradientRow5x4(x + <usize>load<u32>(k), dyPanel, a.pixels, pixelsEnd, target, fresh);
              k += 20;
            } else {
              gradientTile6x4(x, dyPanel, a.pixels, pixelsEnd, k, lastK, target, fresh);
              k += 24;
            }
          }
        }
      }
    }
  }
}

/** Six terms by eight outputs of a weight gradient, over all pixels. Terms beyond the last repeat it. */
export function gradientTile6x8(
  x: usize, dy: usize, pixel: usize, pixelsEnd: usize, k: usize, lastK: usize, dw: usize, fresh: bool,
): void {
  const k1 = min(k + 4, lastK);
  const k2 = min(k + 8, lastK);
  const k3 = min(k + 12, lastK);
  const k4 = min(k + 16, lastK);
  const k5 = min(k + 20, lastK);
  const x0 = x + <usize>load<u32>(k);
  const x1 = x + <usize>load<u32>(k1);
  const x2 = x + <usize>load<u32>(k2);
  const x3 = x + <usize>load<u32>(k3);
  const x4 = x + <usize>load<u32>(k4);
  const x5 = x + <usize>load<u32>(k5);
  const w1 = dw + (k1 - k) * 8;
  const w2 = dw + (k2 - k) * 8;
  const w3 = dw + (k3 - k) * 8;
  const w4 = dw + (k4 - k) * 8;
  const w5 = dw + (k5 - k) * 8;
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  if (!fresh) {
    c00 = v128.load(dw); c01 = v128.load(dw, 16);
    c10 = v128.load(w1); c11 = v128.load(w1, 16);
    c20 = v128.load(w2); c21 = v128.load(w2, 16);
    c30 = v128.load(w3); c31 = v128.load(w3, 16);
    c40 = v128.load(w4); c41 = v128.load(w4, 16);
    c50 = v128.load(w5); c51 = v128.load(w5, 16);
  }
  let o = <usize>load<u32>(pixel);
  let g = dy + <usize>load<u32>(pixel, 4);
  let b0 = v128.load(g);
  let b1 = v128.load(g, 16);
  let a = v128.load_splat<f32>(x0 + o);
  c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
  a = v128.load_splat<f32>(x1 + o);
  c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
  a = v128.load_splat<f32>(x2 + o);
  c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
  a = v128.load_splat<f32>(x3 + o);
  c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
  a = v128.load_splat<f32>(x4 + o);
  c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
  a = v128.load_splat<f32>(x5 + o);
  c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
  pixel += 8;
  while (pixel != pixelsEnd) {
    o = <usize>load<u32>(pixel);
    g = dy + <usize>load<u32>(pixel, 4);
    b0 = v128.load(g);
    b1 = v128.load(g, 16);
    a = v128.load_splat<f32>(x0 + o);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
    a = v128.load_splat<f32>(x1 + o);
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
    a = v128.load_splat<f32>(x2 + o);
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
    a = v128.load_splat<f32>(x3 + o);
    c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
    a = v128.load_splat<f32>(x4 + o);
    c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
    a = v128.load_splat<f32>(x5 + o);
    c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
    pixel += 8;
  }
  v128.store(dw, c00); v128.store(dw, c01, 16);
  v128.store(w1, c10); v128.store(w1, c11, 16);
  v128.store(w2, c20); v128.store(w2, c21, 16);
  v128.store(w3, c30); v128.store(w3, c31, 16);
  v128.store(w4, c40); v128.store(w4, c41, 16);
  v128.store(w5, c50); v128.store(w5, c51, 16);
}

/** Whether five terms lie 16 bytes apart: a row of a kernel of five columns, of one channel. */
// @ts-ignore: decorator
@inline
function areFive(k: usize, lastK: usize): bool {
  if (k + 16 > lastK) return false;
  const first = load<u32>(k);
  return load<u32>(k, 4) - first == 16 && load<u32>(k, 8) - first == 32 && load<u32>(k, 12) - first == 48 && load<u32>(k, 16) - first == 64;
}

/** Five such terms by eight outputs of a weight gradient, over all pixels. */
export function gradientRow5x8(x: usize, dy: usize, pixel: usize, pixelsEnd: usize, dw: usize, fresh: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00;
  if (!fresh) {
    c00 = v128.load(dw); c01 = v128.load(dw, 16);
    c10 = v128.load(dw, 32); c11 = v128.load(dw, 48);
    c20 = v128.load(dw, 64); c21 = v128.load(dw, 80);
    c30 = v128.load(dw, 96); c31 = v128.load(dw, 112);
    c40 = v128.load(dw, 128); c41 = v128.load(dw, 144);
  }
  let o = x + <usize>load<u32>(pixel);
  let g = dy + <usize>load<u32>(pixel, 4);
  let b0 = v128.load(g);
  let b1 = v128.load(g, 16);
  let a = v128.load_splat<f32>(o);
  c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
  a = v128.load_splat<f32>(o, 16);
  c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
  a = v128.load_splat<f32>(o, 32);
  c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
  a = v128.load_splat<f32>(o, 48);
  c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
  a = v128.load_splat<f32>(o, 64);
  c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
  pixel += 8;
  while (pixel != pixelsEnd) {
    o = x + <usize>load<u32>(pixel);
    g = dy + <usize>load<u32>(pixel, 4);
    b0 = v128.load(g);
    b1 = v128.load(g, 16);
    a = v128.load_splat<f32>(o);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
    a = v128.load_splat<f32>(o, 16);
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
    a = v128.load_splat<f32>(o, 32);
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
    a = v128.load_splat<f32>(o, 48);
    c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
    a = v128.load_splat<f32>(o, 64);
    c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
    pixel += 8;
  }
  v128.store(dw, c00); v128.store(dw, c01, 16);
  v128.store(dw, c10, 32); v128.store(dw, c11, 48);
  v128.store(dw, c20, 64); v128.store(dw, c21, 80);
  v128.store(dw, c30, 96); v128.store(dw, c31, 112);
  v128.store(dw, c40, 128); v128.store(dw, c41, 144);
}

/** Five such terms by four outputs of a weight gradient, over all pixels. */
export function gradientRow5x4(x: usize, dy: usize, pixel: usize, pixelsEnd: usize, dw: usize, fresh: bool): void {
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0;
  if (!fresh) {
    c0 = v128.load(dw); c1 = v128.load(dw, 16); c2 = v128.load(dw, 32); c3 = v128.load(dw, 48); c4 = v128.load(dw, 64);
  }
  let o = x + <usize>load<u32>(pixel);
  let b = v128.load(dy + <usize>load<u32>(pixel, 4));
  c0 = madd(v128.load_splat<f32>(o), b, c0);
  c1 = madd(v128.load_splat<f32>(o, 16), b, c1);
  c2 = madd(v128.load_splat<f32>(o, 32), b, c2);
  c3 = madd(v128.load_splat<f32>(o, 48), b, c3);
  c4 = madd(v128.load_splat<f32>(o, 64), b, c4);
  pixel += 8;
  while (pixel != pixelsEnd) {
    o = x + <usize>load<u32>(pixel);
    b = v128.load(dy + <usize>load<u32>(pixel, 4));
    c0 = madd(v128.load_splat<f32>(o), b, c0);
    c1 = madd(v128.load_splat<f32>(o, 16), b, c1);
    c2 = madd(v128.load_splat<f32>(o, 32), b, c2);
    c3 = madd(v128.load_splat<f32>(o, 48), b, c3);
    c4 = madd(v128.load_splat<f32>(o, 64), b, c4);
    pixel += 8;
  }
  v128.store(dw, c0); v128.store(dw, c1, 16); v128.store(dw, c2, 32); v128.store(dw, c3, 48); v128.store(dw, c4, 64);
}

/** Six terms by four outputs of a weight gradient. */
export function gradientTile6x4(
  x: usize, dy: usize, pixel: usize, pixelsEnd: usize, k: usize, lastK: usize, dw: usize, fresh: bool,
): void {
  const k1 = min(k + 4, lastK);
  const k2 = min(k + 8, lastK);
  const k3 = min(k + 12, lastK);
  const k4 = min(k + 16, lastK);
  const k5 = min(k + 20, lastK);
  const x0 = x + <usize>load<u32>(k);
  const x1 = x + <usize>load<u32>(k1);
  const x2 = x + <usize>load<u32>(k2);
  const x3 = x + <usize>load<u32>(k3);
  const x4 = x + <usize>load<u32>(k4);
  const x5 = x + <usize>load<u32>(k5);
  const w1 = dw + (k1 - k) * 4;
  const w2 = dw + (k2 - k) * 4;
  const w3 = dw + (k3 - k) * 4;
  const w4 = dw + (k4 - k) * 4;
  const w5 = dw + (k5 - k) * 4;
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
  if (!fresh) {
    c0 = v128.load(dw); c1 = v128.load(w1); c2 = v128.load(w2); c3 = v128.load(w3); c4 = v128.load(w4); c5 = v128.load(w5);
  }
  let o = <usize>load<u32>(pixel);
  let b = v128.load(dy + <usize>load<u32>(pixel, 4));
  c0 = madd(v128.load_splat<f32>(x0 + o), b, c0);
  c1 = madd(v128.load_splat<f32>(x1 + o), b, c1);
  c2 = madd(v128.load_splat<f32>(x2 + o), b, c2);
  c3 = madd(v128.load_splat<f32>(x3 + o), b, c3);
  c4 = madd(v128.load_splat<f32>(x4 + o), b, c4);
  c5 = madd(v128.load_splat<f32>(x5 + o), b, c5);
  pixel += 8;
  while (pixel != pixelsEnd) {
    o = <usize>load<u32>(pixel);
    b = v128.load(dy + <usize>load<u32>(pixel, 4));
    c0 = madd(v128.load_splat<f32>(x0 + o), b, c0);
    c1 = madd(v128.load_splat<f32>(x1 + o), b, c1);
    c2 = madd(v128.load_splat<f32>(x2 + o), b, c2);
    c3 = madd(v128.load_splat<f32>(x3 + o), b, c3);
    c4 = madd(v128.load_splat<f32>(x4 + o), b, c4);
    c5 = madd(v128.load_splat<f32>(x5 + o), b, c5);
    pixel += 8;
  }
  v128.store(dw, c0); v128.store(w1, c1); v128.store(w2, c2); v128.store(w3, c3); v128.store(w4, c4); v128.store(w5, c5);
}

// @ts-ignore: decorator
@unmanaged
export class TransposeWeights {
  w: usize;
  wt: usize;
  /** Terms per tap (input channels). */
  inputs: i32;
  /** Rows of a panel of w. */
  k: i32;
  /** Real outputs; the rest of the last panel is padding. */
  outputs: i32;
  /** Tap records: first term; byte offset of the tap's panels in wt, bytes between those of 8 inputs, first row in each. */
  taps: usize;
  numTaps: i32;
  /** As in `Contraction`; inputs and outputs are those of a part. */
  parts: i32;
  wPart: usize;
  wtPart: usize;
}

/**
 * Weights for the input gradient: panels of inputs with outputs as terms.
 *
 *   wt[tap][i / 8][row(tap) + o][i % 8] = w[o / 8][term(tap) + i][o % 8]   (panels of 4 where 4 remain)
 *
 * Overwrites real elements only: padding of wt stays 0.
 */
export function transposeWeights(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<TransposeWeights>(address);
  for (let part = 0; part < max(a.parts, 1); part++) {
    transposePart(a, a.w + <usize>part * a.wPart, a.wt + <usize>part * a.wtPart, c0, c1);
  }
}

function transposePart(a: TransposeWeights, w: usize, wt: usize, c0: i32, c1: i32): void {
  const inputQuads = (a.inputs + 3) >> 2;
  const outputQuads = (a.outputs + 3) >> 2;
  const end = min(c1, outputQuads);
  for (let c = c0; c < end; c += 2) {
    // Panels before this one are 8 wide, this one may be the last of 4.
    const width = min(outputQuads - c, 2) << 2;
    const source = w + ((<usize>c * <usize>a.k) << 4);
    for (let t = 0; t < a.numTaps; t++) {
      const tap = a.taps + (<usize>t << 4);
      const term = load<i32>(tap);
      const base = wt + <usize>load<u32>(tap, 4);
      const stride = <usize>load<u32>(tap, 8);
      const firstRow = load<i32>(tap, 12);
      for (let i = 0; i < a.inputs; i += 4) {
        const q = i >> 2;
        const targetWidth = (q & 1) == 0 && q == inputQuads - 1 ? 4 : 8;
        const target = base + <usize>(q >> 1) * stride + (<usize>(q & 1) << 4);
        const from = source + ((<usize>(term + i) * <usize>width) << 2);
        const rowBytes = <usize>targetWidth << 2;
        for (let o = 0; o < width; o += 4) {
          const output = (c << 2) + o;
          const to = target + <usize>(firstRow + output) * rowBytes;
          const column = from + (<usize>o << 2);
          const step = <usize>width << 2;
          if (i + 4 <= a.inputs && output + 4 <= a.outputs) {
            const r0 = v128.load(column);
            const r1 = v128.load(column + step);
            const r2 = v128.load(column + 2 * step);
            const r3 = v128.load(column + 3 * step);
            const s0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
            const s1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
            const s2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
            const s3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
            v128.store(to, v128.shuffle<f32>(s0, s2, 0, 1, 4, 5));
            v128.store(to + rowBytes, v128.shuffle<f32>(s0, s2, 2, 3, 6, 7));
            v128.store(to + 2 * rowBytes, v128.shuffle<f32>(s1, s3, 0, 1, 4, 5));
            v128.store(to + 3 * rowBytes, v128.shuffle<f32>(s1, s3, 2, 3, 6, 7));
          } else {
            const numInputs = min(4, a.inputs - i);
            const numOutputs = min(4, a.outputs - output);
            for (let oo = 0; oo < numOutputs; oo++) {
              for (let ii = 0; ii < numInputs; ii++) {
                store<f32>(to + <usize>oo * rowBytes + (<usize>ii << 2), load<f32>(column + <usize>ii * step + (<usize>oo << 2)));
              }
            }
          }
        }
      }
    }
  }
}

// @ts-ignore: decorator
@unmanaged
export class ChannelSums {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  height: i32;
  width: i32;
  quads: i32;
  sums: usize;
  slotStride: usize;
  chunk: i32;
}

/** sums[c] = Σ_n Σ_h Σ_w x[n][h][w][c]: a bias gradient. Overwrites the chunk's sum with its first samples, accumulates the rest. */
export function channelSums(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<ChannelSums>(address);
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const slot = a.sums + (a.chunk == 0 ? 0 : <usize>task * a.slotStride);
  const end = min(c1, a.quads);
  // Single values: the samples of the call are one row.
  const flat = a.height * a.width == 1;
  const xW = flat ? a.xN : a.xW;
  const length = <usize>(flat ? n1 - n0 : a.width) * xW;
  const samplesEnd = flat ? n0 + 1 : n1;
  for (let c = c0; c < end; c++) {
    const at = slot + (<usize>c << 4);
    let total = n0 == start ? f32x4.splat(0) : v128.load(at);
    for (let n = n0; n < samplesEnd; n++) {
      for (let h = 0; h < a.height; h++) {
        let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
        const rowEnd = x + length;
        let sum = f32x4.splat(0);
        while (x != rowEnd) {
          sum = f32x4.add(sum, v128.load(x));
          x += xW;
        }
        total = f32x4.add(total, sum);
      }
    }
    v128.store(at, total);
  }
}
