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
import { pairs, pairsEnd, stepOfThrees } from "./threeByThree";
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
  const step: usize = a.accumulate ? 0 : stepOfThrees(a.k, a.kEnd);
  const panelsEnd = a.panels + (<usize>min((c1 + 1) >> 1, a.numPanels) << 4);
  for (let n = n0; n < n1; n += a.group) {
    const rows = min(a.group, n1 - n);
    const lastPixel = a.pixels + (<usize>(rows * a.numPixels - 1) << 3);
    for (let part = 0; part < max(a.parts, 1); part++) {
      const x = a.x + <usize>n * a.xN + <usize>part * a.xPart;
      const y = a.y + <usize>n * a.yN + <usize>part * a.yPart;
      const wPart = a.w + <usize>part * a.wPart;
      const biasPart: usize = a.bias == 0 ? 0 : a.bias + <usize>part * a.biasPart;
      for (let panel = a.panels + (<usize>first << 4); panel < panelsEnd; ) {
        const panelEnd = groupEnd(panel, panelsEnd);
        const isSixteen = panelEnd - panel >= 32 && load<u32>(panel, 24) == 8;
        for (let p = a.pixels; p <= lastPixel; p += 48) {
          while (step != 0 && isSixteen) {
            const end = pairsEnd(p, lastPixel, step);
            if (end == p) break;
            pairs(x, step, y, p, end, a.k, wPart, biasPart, panel, panelEnd - panel == 48);
            p = end;
          }
          if (p > lastPixel) break;
          if (a.k == a.kEnd) {
            if (!a.accumulate) fill(y, p, min(p + 40, lastPixel), biasPart, panel, panelEnd);
            continue;
          }
          const distance = distanceOfSix(p, lastPixel);
          if (distance == 16) row6(x + <usize>load<u32>(p), y, p, a.k, a.kEnd, wPart, biasPart, a.accumulate, panel, panelEnd);
          else if (distance == 4) packedRow6(x + <usize>load<u32>(p), y, p, a.k, a.kEnd, wPart, biasPart, a.accumulate, panel, panelEnd);
          else tile6(x, y, p, lastPixel, a.k, a.kEnd, wPart, biasPart, a.accumulate, panel, panelEnd);
        }
        panel = panelEnd;
      }
    }
  }
}

/** Of panels taken together: two of eight outputs at most, and one of four. */
function groupEnd(panel: usize, panelsEnd: usize): usize {
  let end = panel;
  for (let eights = 0; eights < 2 && end < panelsEnd && load<u32>(end, 8) == 8; eights++) end += 16;
  return end < panelsEnd && load<u32>(end, 8) == 4 ? end + 16 : end;
}

/** 0: none. */
// @ts-ignore: decorator
@inline
function biasOf(bias: usize, panel: usize): usize {
  return bias == 0 ? 0 : bias + <usize>load<u32>(panel, 12);
}

/** What no term reaches: the bias, or 0. */
function fill(y: usize, pixel: usize, lastPixel: usize, bias: usize, panel: usize, panelEnd: usize): void {
  for (; pixel <= lastPixel; pixel += 8) {
    for (let at = panel; at < panelEnd; at += 16) {
      const target = y + <usize>load<u32>(pixel, 4) + <usize>load<u32>(at, 4);
      const from = biasOf(bias, at);
      for (let c: usize = 0; c < <usize>load<u32>(at, 8) << 2; c += 16) {
        v128.store(target + c, from == 0 ? f32x4.splat(0) : v128.load(from + c));
      }
    }
  }
}

/** Six pixels by the outputs of a group of panels, over one term or more. Pixels beyond the last repeat it: they load and store the same values. */
export function tile6(
  x: usize, y: usize, pixel: usize, lastPixel: usize, k: usize, kEnd: usize, w: usize, bias: usize, accumulate: i32,
  panel: usize, panelEnd: usize,
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
  let o = <usize>load<u32>(panel, 4);
  if (load<u32>(panel, 8) == 8) {
    tile6x8(
      x0, x1, x2, x3, x4, x5, y0 + o, y1 + o, y2 + o, y3 + o, y4 + o, y5 + o, k, kEnd, w + <usize>load<u32>(panel), biasOf(bias, panel), accumulate,
    );
    panel += 16;
    if (panel == panelEnd) return;
    o = <usize>load<u32>(panel, 4);
    if (load<u32>(panel, 8) == 8) {
      tile6x8(
        x0, x1, x2, x3, x4, x5, y0 + o, y1 + o, y2 + o, y3 + o, y4 + o, y5 + o, k, kEnd, w + <usize>load<u32>(panel), biasOf(bias, panel), accumulate,
      );
      panel += 16;
      if (panel == panelEnd) return;
      o = <usize>load<u32>(panel, 4);
    }
  }
  tile6x4(
    x0, x1, x2, x3, x4, x5, y0 + o, y1 + o, y2 + o, y3 + o, y4 + o, y5 + o, k, kEnd, w + <usize>load<u32>(panel), biasOf(bias, panel), accumulate,
  );
}

// @ts-ignore: decorator
@inline
function tile6x8(
  x0: usize, x1: usize, x2: usize, x3: usize, x4: usize, x5: usize,
  y0: usize, y1: usize, y2: usize, y3: usize, y4: usize, y5: usize,
  k: usize, kEnd: usize, w: usize, bias: usize, accumulate: i32,
): void {
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

/** Bytes between x of six pixels that lie alike, 16 or 4; 0: they do not. */
// @ts-ignore: decorator
@inline
function distanceOfSix(pixel: usize, lastPixel: usize): u32 {
  if (pixel + 40 > lastPixel) return 0;
  const first = load<u32>(pixel);
  const step = load<u32>(pixel, 8) - first;
  if (step != 16 && step != 4) return 0;
  for (let at: usize = 16, distance = 2 * step; at <= 40; at += 8, distance += step) {
    if (load<u32>(pixel + at) - first != distance) return 0;
  }
  return step;
}

/** Six such pixels, 16 bytes apart, by the outputs of a group of panels: the hot loop computes one address of x. An image of up to four channels. */
export function row6(
  x: usize, y: usize, pixel: usize, k: usize, kEnd: usize, w: usize, bias: usize, accumulate: i32, panel: usize, panelEnd: usize,
): void {
  rowOf<v128>(x, y, pixel, k, kEnd, w, bias, accumulate, panel, panelEnd);
}

/** The same of a packed image of one channel. */
export function packedRow6(
  x: usize, y: usize, pixel: usize, k: usize, kEnd: usize, w: usize, bias: usize, accumulate: i32, panel: usize, panelEnd: usize,
): void {
  rowOf<f32>(x, y, pixel, k, kEnd, w, bias, accumulate, panel, panelEnd);
}

/** Pixels a P apart. */
// @ts-ignore: decorator
@inline
function rowOf<P>(
  x: usize, y: usize, pixel: usize, k: usize, kEnd: usize, w: usize, bias: usize, accumulate: i32, panel: usize, panelEnd: usize,
): void {
  if (load<u32>(panel, 8) == 8) {
    row6x8<P>(x, y + <usize>load<u32>(panel, 4), pixel, k, kEnd, w + <usize>load<u32>(panel), biasOf(bias, panel), accumulate);
    panel += 16;
    if (panel == panelEnd) return;
    if (load<u32>(panel, 8) == 8) {
      row6x8<P>(x, y + <usize>load<u32>(panel, 4), pixel, k, kEnd, w + <usize>load<u32>(panel), biasOf(bias, panel), accumulate);
      panel += 16;
      if (panel == panelEnd) return;
    }
  }
  row6x4<P>(x, y + <usize>load<u32>(panel, 4), pixel, k, kEnd, w + <usize>load<u32>(panel), biasOf(bias, panel), accumulate);
}

// @ts-ignore: decorator
@inline
function row6x8<P>(x: usize, y: usize, pixel: usize, k: usize, kEnd: usize, w: usize, bias: usize, accumulate: i32): void {
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
  a = v128.load_splat<f32>(o, sizeof<P>());
  c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
  a = v128.load_splat<f32>(o, 2 * sizeof<P>());
  c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
  a = v128.load_splat<f32>(o, 3 * sizeof<P>());
  c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
  a = v128.load_splat<f32>(o, 4 * sizeof<P>());
  c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
  a = v128.load_splat<f32>(o, 5 * sizeof<P>());
  c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
  k += 4;
  w += 32;
  while (k != kEnd) {
    o = x + <usize>load<u32>(k);
    b0 = v128.load(w);
    b1 = v128.load(w, 16);
    a = v128.load_splat<f32>(o);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
    a = v128.load_splat<f32>(o, sizeof<P>());
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
    a = v128.load_splat<f32>(o, 2 * sizeof<P>());
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
    a = v128.load_splat<f32>(o, 3 * sizeof<P>());
    c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
    a = v128.load_splat<f32>(o, 4 * sizeof<P>());
    c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
    a = v128.load_splat<f32>(o, 5 * sizeof<P>());
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

// @ts-ignore: decorator
@inline
function row6x4<P>(x: usize, y: usize, pixel: usize, k: usize, kEnd: usize, w: usize, bias: usize, accumulate: i32): void {
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
  c1 = madd(v128.load_splat<f32>(o, sizeof<P>()), b, c1);
  c2 = madd(v128.load_splat<f32>(o, 2 * sizeof<P>()), b, c2);
  c3 = madd(v128.load_splat<f32>(o, 3 * sizeof<P>()), b, c3);
  c4 = madd(v128.load_splat<f32>(o, 4 * sizeof<P>()), b, c4);
  c5 = madd(v128.load_splat<f32>(o, 5 * sizeof<P>()), b, c5);
  k += 4;
  w += 16;
  while (k != kEnd) {
    o = x + <usize>load<u32>(k);
    b = v128.load(w);
    c0 = madd(v128.load_splat<f32>(o), b, c0);
    c1 = madd(v128.load_splat<f32>(o, sizeof<P>()), b, c1);
    c2 = madd(v128.load_splat<f32>(o, 2 * sizeof<P>()), b, c2);
    c3 = madd(v128.load_splat<f32>(o, 3 * sizeof<P>()), b, c3);
    c4 = madd(v128.load_splat<f32>(o, 4 * sizeof<P>()), b, c4);
    c5 = madd(v128.load_splat<f32>(o, 5 * sizeof<P>()), b, c5);
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

// @ts-ignore: decorator
@inline
function tile6x4(
  x0: usize, x1: usize, x2: usize, x3: usize, x4: usize, x5: usize,
  y0: usize, y1: usize, y2: usize, y3: usize, y4: usize, y5: usize,
  k: usize, kEnd: usize, w: usize, bias: usize, accumulate: i32,
): void {
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
