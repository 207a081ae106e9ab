/**
 * Matrix products with few outputs, or of few terms: what a layer of ten classes computes, forward and for its input.
 *
 * Few outputs: strips of three or four samples by twelve outputs. Six samples by eight and then by four would read the samples twice, and six
 * sums alone wait for each other. Steps are laid out as in `product.ts`.
 *
 * Few terms: tiles in a loop of their own. Of a strip this short a call, its addresses and their clamping would take as long as its products.
 */
import { madd } from "./vector";

/** Up to three samples by twelve outputs over one run of terms: `w` is the panel of eight, `w4` the panel of four after it. */
export function strip3x12(
  x: usize, x1: usize, x2: usize, o: usize, w: usize, w4: usize, rows: usize, yN: usize, bias: usize, accumulate: i32,
): void {
  const numRows = rows & 15;
  let c00 = f32x4.splat(0);
  let c01 = c00, c02 = c00, c10 = c00, c11 = c00, c12 = c00, c20 = c00, c21 = c00, c22 = c00;
  if (accumulate) {
    let y = rows & ~15;
    c00 = v128.load(y); c01 = v128.load(y, 16); c02 = v128.load(y, 32);
    if (numRows > 1) { y += yN; c10 = v128.load(y); c11 = v128.load(y, 16); c12 = v128.load(y, 32); }
    if (numRows > 2) { y += yN; c20 = v128.load(y); c21 = v128.load(y, 16); c22 = v128.load(y, 32); }
  } else if (bias != 0) {
    c00 = v128.load(bias); c01 = v128.load(bias, 16); c02 = v128.load(bias, 32);
    c10 = c00; c11 = c01; c12 = c02; c20 = c00; c21 = c01; c22 = c02;
  }
  let a: v128, b0: v128, b1: v128, b2: v128;
  let skip = (o & 15) >> 2;
  o &= ~15;
  while (o != 0) {
    const q = w + (o << 3);
    const r = w4 + (o << 2);
    const p0 = x + o;
    const p1 = x1 + o;
    const p2 = x2 + o;
    if (skip == 0) {
      b0 = v128.load(q); b1 = v128.load(q, 16); b2 = v128.load(r);
      a = v128.load_splat<f32>(p2);
      c22 = madd(a, b2, c22); c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1);
      c12 = madd(a, b2, c12); c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0);
      c02 = madd(a, b2, c02); c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    } else {
      skip--;
    }
    if (skip == 0) {
      b0 = v128.load(q, 32); b1 = v128.load(q, 48); b2 = v128.load(r, 16);
      a = v128.load_splat<f32>(p2, 4);
      c22 = madd(a, b2, c22); c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1, 4);
      c12 = madd(a, b2, c12); c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0, 4);
      c02 = madd(a, b2, c02); c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    } else {
      skip--;
    }
    if (skip == 0) {
      b0 = v128.load(q, 64); b1 = v128.load(q, 80); b2 = v128.load(r, 32);
      a = v128.load_splat<f32>(p2, 8);
      c22 = madd(a, b2, c22); c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1, 8);
      c12 = madd(a, b2, c12); c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0, 8);
      c02 = madd(a, b2, c02); c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    } else {
      skip--;
    }
    b0 = v128.load(q, 96); b1 = v128.load(q, 112); b2 = v128.load(r, 48);
    a = v128.load_splat<f32>(p0, 12);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01); c02 = madd(a, b2, c02);
    a = v128.load_splat<f32>(p1, 12);
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11); c12 = madd(a, b2, c12);
    a = v128.load_splat<f32>(p2, 12);
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21); c22 = madd(a, b2, c22);
    o += 16;
  }
  let y = rows & ~15;
  v128.store(y, c00); v128.store(y, c01, 16); v128.store(y, c02, 32);
  if (numRows == 1) return;
  y += yN;
  v128.store(y, c10); v128.store(y, c11, 16); v128.store(y, c12, 32);
  if (numRows == 2) return;
  y += yN;
  v128.store(y, c20); v128.store(y, c21, 16); v128.store(y, c22, 32);
}

/** Four samples by twelve outputs. The sums leave three registers: the samples are read once for the panel of eight and once for that of four. */
export function strip4x12(
  x: usize, x1: usize, x2: usize, x3: usize, o: usize, w: usize, w4: usize, y: usize, yN: usize, bias: usize, accumulate: i32,
): void {
  let c00 = f32x4.splat(0);
  let c01 = c00, c02 = c00, c10 = c00, c11 = c00, c12 = c00, c20 = c00, c21 = c00, c22 = c00, c30 = c00, c31 = c00, c32 = c00;
  if (accumulate) {
    let z = y;
    c00 = v128.load(z); c01 = v128.load(z, 16); c02 = v128.load(z, 32);
    z += yN; c10 = v128.load(z); c11 = v128.load(z, 16); c12 = v128.load(z, 32);
    z += yN; c20 = v128.load(z); c21 = v128.load(z, 16); c22 = v128.load(z, 32);
    z += yN; c30 = v128.load(z); c31 = v128.load(z, 16); c32 = v128.load(z, 32);
  } else if (bias != 0) {
    c00 = v128.load(bias); c01 = v128.load(bias, 16); c02 = v128.load(bias, 32);
    c10 = c00; c11 = c01; c12 = c02; c20 = c00; c21 = c01; c22 = c02; c30 = c00; c31 = c01; c32 = c02;
  }
  let a: v128, b0: v128, b1: v128;
  let skip = (o & 15) >> 2;
  o &= ~15;
  while (o != 0) {
    const q = w + (o << 3);
    const r = w4 + (o << 2);
    const p0 = x + o;
    const p1 = x1 + o;
    const p2 = x2 + o;
    const p3 = x3 + o;
    if (skip == 0) {
      b0 = v128.load(q); b1 = v128.load(q, 16);
      a = v128.load_splat<f32>(p3); c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
      a = v128.load_splat<f32>(p2); c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1); c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0); c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    }
    if (skip == 0) {
      b0 = v128.load(r);
      c32 = madd(v128.load_splat<f32>(p3), b0, c32);
      c22 = madd(v128.load_splat<f32>(p2), b0, c22);
      c12 = madd(v128.load_splat<f32>(p1), b0, c12);
      c02 = madd(v128.load_splat<f32>(p0), b0, c02);
    } else {
      skip--;
    }
    if (skip == 0) {
      b0 = v128.load(q, 32); b1 = v128.load(q, 48);
      a = v128.load_splat<f32>(p3, 4); c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
      a = v128.load_splat<f32>(p2, 4); c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1, 4); c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0, 4); c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    }
    if (skip == 0) {
      b0 = v128.load(r, 16);
      c32 = madd(v128.load_splat<f32>(p3, 4), b0, c32);
      c22 = madd(v128.load_splat<f32>(p2, 4), b0, c22);
      c12 = madd(v128.load_splat<f32>(p1, 4), b0, c12);
      c02 = madd(v128.load_splat<f32>(p0, 4), b0, c02);
    } else {
      skip--;
    }
    if (skip == 0) {
      b0 = v128.load(q, 64); b1 = v128.load(q, 80);
      a = v128.load_splat<f32>(p3, 8); c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
      a = v128.load_splat<f32>(p2, 8); c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1, 8); c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0, 8); c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    }
    if (skip == 0) {
      b0 = v128.load(r, 32);
      c32 = madd(v128.load_splat<f32>(p3, 8), b0, c32);
      c22 = madd(v128.load_splat<f32>(p2, 8), b0, c22);
      c12 = madd(v128.load_splat<f32>(p1, 8), b0, c12);
      c02 = madd(v128.load_splat<f32>(p0, 8), b0, c02);
    } else {
      skip--;
    }
    if (skip == 0) {
      b0 = v128.load(q, 96); b1 = v128.load(q, 112);
      a = v128.load_splat<f32>(p3, 12); c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
      a = v128.load_splat<f32>(p2, 12); c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1, 12); c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0, 12); c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    }
    b0 = v128.load(r, 48);
    c02 = madd(v128.load_splat<f32>(p0, 12), b0, c02);
    c12 = madd(v128.load_splat<f32>(p1, 12), b0, c12);
    c22 = madd(v128.load_splat<f32>(p2, 12), b0, c22);
    c32 = madd(v128.load_splat<f32>(p3, 12), b0, c32);
    o += 16;
  }
  v128.store(y, c00); v128.store(y, c01, 16); v128.store(y, c02, 32);
  y += yN;
  v128.store(y, c10); v128.store(y, c11, 16); v128.store(y, c12, 32);
  y += yN;
  v128.store(y, c20); v128.store(y, c21, 16); v128.store(y, c22, 32);
  y += yN;
  v128.store(y, c30); v128.store(y, c31, 16); v128.store(y, c32, 32);
}

/** Samples of one, two and three quads, for their sizes. */
// @ts-ignore: decorator
@unmanaged
class OneQuad {
  first: u64;
  second: u64;
}

// @ts-ignore: decorator
@unmanaged
class TwoQuads extends OneQuad {
  third: u64;
  fourth: u64;
}

// @ts-ignore: decorator
@unmanaged
class ThreeQuads extends TwoQuads {
  fifth: u64;
  sixth: u64;
}

/** Terms of a sample that counts as short. */
export const FEW_TERMS: u32 = 12;

/**
 * `count` tiles of six samples, or four, by eight outputs, over at most `FEW_TERMS` terms, and what to add to the addresses from one to the next.
 * Samples lie one after the other, so that one address serves all of a tile. Overwrites y.
 */
export function sixOfFewTerms(
  numTerms: i32, x: usize, y: usize, yN: usize, w: usize, count: i32, xStep: usize, yStep: usize, wStep: usize,
): void {
  if (numTerms <= 4) fewTerms<OneQuad>(6, numTerms, x, y, yN, w, count, xStep, yStep, wStep);
  else if (numTerms <= 8) fewTerms<TwoQuads>(6, numTerms, x, y, yN, w, count, xStep, yStep, wStep);
  else fewTerms<ThreeQuads>(6, numTerms, x, y, yN, w, count, xStep, yStep, wStep);
}

export function fourOfFewTerms(
  numTerms: i32, x: usize, y: usize, yN: usize, w: usize, count: i32, xStep: usize, yStep: usize, wStep: usize,
): void {
  if (numTerms <= 4) fewTerms<OneQuad>(4, numTerms, x, y, yN, w, count, xStep, yStep, wStep);
  else if (numTerms <= 8) fewTerms<TwoQuads>(4, numTerms, x, y, yN, w, count, xStep, yStep, wStep);
  else fewTerms<ThreeQuads>(4, numTerms, x, y, yN, w, count, xStep, yStep, wStep);
}

/** The number of samples and their stride are known when this is compiled. */
// @ts-ignore: decorator
@inline
function fewTerms<X>(
  most: i32, numTerms: i32, x: usize, y: usize, yN: usize, w: usize, count: i32, xStep: usize, yStep: usize, wStep: usize,
): void {
  /** Of the first round's four terms. */
  const skipped = (4 - (numTerms & 3)) & 3;
  const length = <usize>numTerms << 2;
  while (count > 0) {
    const end = x + length;
    let p = x - (<usize>skipped << 2);
    let q = w - (<usize>skipped << 5);
    let skip = skipped;
    let a: v128, b0: v128, b1: v128;
    let c00 = f32x4.splat(0);
    let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
    while (p != end) {
      if (skip == 0) {
        b0 = v128.load(q); b1 = v128.load(q, 16);
        if (most > 4) { a = v128.load_splat<f32>(p, 5 * offsetof<X>()); c51 = madd(a, b1, c51); c50 = madd(a, b0, c50); }
        if (most > 4) { a = v128.load_splat<f32>(p, 4 * offsetof<X>()); c41 = madd(a, b1, c41); c40 = madd(a, b0, c40); }
        a = v128.load_splat<f32>(p, 3 * offsetof<X>()); c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
        a = v128.load_splat<f32>(p, 2 * offsetof<X>()); c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
        a = v128.load_splat<f32>(p, offsetof<X>()); c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
        a = v128.load_splat<f32>(p); c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
      } else {
        skip--;
      }
      p += 4;
      if (skip == 0) {
        b0 = v128.load(q, 32); b1 = v128.load(q, 48);
        if (most > 4) { a = v128.load_splat<f32>(p, 5 * offsetof<X>()); c51 = madd(a, b1, c51); c50 = madd(a, b0, c50); }
        if (most > 4) { a = v128.load_splat<f32>(p, 4 * offsetof<X>()); c41 = madd(a, b1, c41); c40 = madd(a, b0, c40); }
        a = v128.load_splat<f32>(p, 3 * offsetof<X>()); c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
        a = v128.load_splat<f32>(p, 2 * offsetof<X>()); c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
        a = v128.load_splat<f32>(p, offsetof<X>()); c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
        a = v128.load_splat<f32>(p); c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
      } else {
        skip--;
      }
      p += 4;
      if (skip == 0) {
        b0 = v128.load(q, 64); b1 = v128.load(q, 80);
        if (most > 4) { a = v128.load_splat<f32>(p, 5 * offsetof<X>()); c51 = madd(a, b1, c51); c50 = madd(a, b0, c50); }
        if (most > 4) { a = v128.load_splat<f32>(p, 4 * offsetof<X>()); c41 = madd(a, b1, c41); c40 = madd(a, b0, c40); }
        a = v128.load_splat<f32>(p, 3 * offsetof<X>()); c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
        a = v128.load_splat<f32>(p, 2 * offsetof<X>()); c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
        a = v128.load_splat<f32>(p, offsetof<X>()); c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
        a = v128.load_splat<f32>(p); c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
      } else {
        skip--;
      }
      p += 4;
      b0 = v128.load(q, 96); b1 = v128.load(q, 112);
      a = v128.load_splat<f32>(p); c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
      a = v128.load_splat<f32>(p, offsetof<X>()); c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
      a = v128.load_splat<f32>(p, 2 * offsetof<X>()); c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
      a = v128.load_splat<f32>(p, 3 * offsetof<X>()); c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
      if (most > 4) { a = v128.load_splat<f32>(p, 4 * offsetof<X>()); c40 = madd(a, b0, c40); c41 = madd(a, b1, c41); }
      if (most > 4) { a = v128.load_splat<f32>(p, 5 * offsetof<X>()); c50 = madd(a, b0, c50); c51 = madd(a, b1, c51); }
      p += 4;
      q += 128;
    }
    let z = y;
    v128.store(z, c00); v128.store(z, c01, 16);
    z += yN; v128.store(z, c10); v128.store(z, c11, 16);
    z += yN; v128.store(z, c20); v128.store(z, c21, 16);
    z += yN; v128.store(z, c30); v128.store(z, c31, 16);
    if (most > 4) {
      z += yN; v128.store(z, c40); v128.store(z, c41, 16);
      z += yN; v128.store(z, c50); v128.store(z, c51, 16);
    }
    x += xStep;
    y += yStep;
    w += wStep;
    count--;
  }
}
