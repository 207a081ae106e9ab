/** The weight gradient of a convolution, over the same tables of pixels, terms and panels as `contraction.ts`. */
import { madd } from "./vector";

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
  /** Pixels of the table that all terms and panels walk down at a time. */
  walk: i32;
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
 * Overwrites the chunk's sum with its first pixels and accumulates the others. All terms and panels walk down the same `walk` pixels before the next
 * are touched: so many as the first cache holds.
 */
export function weightGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<WeightGradient>(address);
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const slot = a.dw + (a.chunk == 0 ? 0 : <usize>task * a.slotStride);
  for (let n = n0; n < n1; n += a.group) {
    const rows = min(a.group, n1 - n);
    const pixelsEnd = a.pixels + (<usize>(rows * a.numPixels) << 3);
    for (let part = 0; part < max(a.parts, 1); part++) {
      const x = a.x + <usize>n * a.xN + <usize>part * a.xPart;
      const dy = a.dy + <usize>n * a.dyN + <usize>part * a.dyPart;
      const dw = slot + <usize>part * a.dwPart;
      for (let pixels = a.pixels; pixels < pixelsEnd; pixels += <usize>a.walk << 3) {
        const fresh = n == start && pixels == a.pixels;
        walkDown(a, c0, c1, x, dy, pixels, min(pixelsEnd, pixels + (<usize>a.walk << 3)), dw, fresh);
      }
    }
  }
}

/** All terms by the panels of quads `c0` to `c1`, over some pixels. */
function walkDown(a: WeightGradient, c0: i32, c1: i32, x: usize, dy: usize, pixels: usize, pixelsEnd: usize, dw: usize, fresh: bool): void {
  const end = min((c1 + 1) >> 1, a.numPanels);
  const lastK = a.kEnd - 4;
  for (let j = c0 >> 1; j < end; j++) {
    const panel = a.panels + (<usize>j << 4);
    const dwPanel = dw + <usize>load<u32>(panel);
    const dyPanel = dy + <usize>load<u32>(panel, 4);
    if (load<u32>(panel, 8) == 8) {
      for (let k = a.k; k < a.kEnd; ) {
        const target = dwPanel + (k - a.k) * 8;
        const distance = distanceOfFive(k, lastK);
        if (isRunOfSix(k, lastK)) {
          gradientRun6x8(x + <usize>load<u32>(k), dyPanel, pixels, pixelsEnd, target, fresh);
          k += 24;
        } else if (distance == 16) {
          gradientRow5x8(x + <usize>load<u32>(k), dyPanel, pixels, pixelsEnd, target, fresh);
          k += 20;
        } else if (distance == 4) {
          packedGradientRow5x8(x + <usize>load<u32>(k), dyPanel, pixels, pixelsEnd, target, fresh);
          k += 20;
        } else if (k + 8 >= lastK) {
          gradientTile3x8(x, dyPanel, pixels, pixelsEnd, k, lastK, target, fresh);
          k += 12;
        } else {
          gradientTile6x8(x, dyPanel, pixels, pixelsEnd, k, lastK, target, fresh);
          k += 24;
        }
      }
    } else {
      for (let k = a.k; k < a.kEnd; ) {
        const target = dwPanel + (k - a.k) * 4;
        const distance = distanceOfFive(k, lastK);
        if (distance == 16) {
          gradientRow5x4(x + <usize>load<u32>(k), dyPanel, pixels, pixelsEnd, target, fresh);
          k += 20;
        } else if (distance == 4) {
          packedGradientRow5x4(x + <usize>load<u32>(k), dyPanel, pixels, pixelsEnd, target, fresh);
          k += 20;
        } else {
          gradientTile6x4(x, dyPanel, pixels, pixelsEnd, k, lastK, target, fresh);
          k += 24;
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

/** Six terms that lie one after the other: channels of a place in the kernel, or columns of a packed image's row. */
// @ts-ignore: decorator
@inline
function isRunOfSix(k: usize, lastK: usize): bool {
  if (k + 20 > lastK) return false;
  const first = load<u32>(k);
  return load<u32>(k, 4) - first == 4 && load<u32>(k, 8) - first == 8 && load<u32>(k, 12) - first == 12 && load<u32>(k, 16) - first == 16 && load<u32>(k, 20) - first == 20;
}

/** Six such terms by eight outputs: one address serves them all. */
export function gradientRun6x8(x: usize, dy: usize, pixel: usize, pixelsEnd: usize, dw: usize, fresh: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  if (!fresh) {
    c00 = v128.load(dw); c01 = v128.load(dw, 16);
    c10 = v128.load(dw, 32); c11 = v128.load(dw, 48);
    c20 = v128.load(dw, 64); c21 = v128.load(dw, 80);
    c30 = v128.load(dw, 96); c31 = v128.load(dw, 112);
    c40 = v128.load(dw, 128); c41 = v128.load(dw, 144);
    c50 = v128.load(dw, 160); c51 = v128.load(dw, 176);
  }
  let o = x + <usize>load<u32>(pixel);
  let g = dy + <usize>load<u32>(pixel, 4);
  let b0 = v128.load(g);
  let b1 = v128.load(g, 16);
  let a = v128.load_splat<f32>(o);
  c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
  a = v128.load_splat<f32>(o, 4);
  c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
  a = v128.load_splat<f32>(o, 8);
  c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
  a = v128.load_splat<f32>(o, 12);
  c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
  a = v128.load_splat<f32>(o, 16);
  c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
  a = v128.load_splat<f32>(o, 20);
  c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
  pixel += 8;
  while (pixel != pixelsEnd) {
    o = x + <usize>load<u32>(pixel);
    g = dy + <usize>load<u32>(pixel, 4);
    b0 = v128.load(g);
    b1 = v128.load(g, 16);
    a = v128.load_splat<f32>(o);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
    a = v128.load_splat<f32>(o, 4);
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
    a = v128.load_splat<f32>(o, 8);
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
    a = v128.load_splat<f32>(o, 12);
    c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
    a = v128.load_splat<f32>(o, 16);
    c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
    a = v128.load_splat<f32>(o, 20);
    c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
    pixel += 8;
  }
  v128.store(dw, c00); v128.store(dw, c01, 16);
  v128.store(dw, c10, 32); v128.store(dw, c11, 48);
  v128.store(dw, c20, 64); v128.store(dw, c21, 80);
  v128.store(dw, c30, 96); v128.store(dw, c31, 112);
  v128.store(dw, c40, 128); v128.store(dw, c41, 144);
  v128.store(dw, c50, 160); v128.store(dw, c51, 176);
}

/** The same for the last one to three terms. */
export function gradientTile3x8(
  x: usize, dy: usize, pixel: usize, pixelsEnd: usize, k: usize, lastK: usize, dw: usize, fresh: bool,
): void {
  const k1 = min(k + 4, lastK);
  const k2 = min(k + 8, lastK);
  const x0 = x + <usize>load<u32>(k);
  const x1 = x + <usize>load<u32>(k1);
  const x2 = x + <usize>load<u32>(k2);
  const w1 = dw + (k1 - k) * 8;
  const w2 = dw + (k2 - k) * 8;
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  if (!fresh) {
    c00 = v128.load(dw); c01 = v128.load(dw, 16);
    c10 = v128.load(w1); c11 = v128.load(w1, 16);
    c20 = v128.load(w2); c21 = v128.load(w2, 16);
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
    pixel += 8;
  }
  v128.store(dw, c00); v128.store(dw, c01, 16);
  v128.store(w1, c10); v128.store(w1, c11, 16);
  v128.store(w2, c20); v128.store(w2, c21, 16);
}

/** Bytes between five terms that lie alike, 16 or 4, as a row of a kernel of five columns of one channel does; 0: they do not. */
// @ts-ignore: decorator
@inline
function distanceOfFive(k: usize, lastK: usize): u32 {
  if (k + 16 > lastK) return 0;
  const first = load<u32>(k);
  const step = load<u32>(k, 4) - first;
  if (step != 16 && step != 4) return 0;
  return load<u32>(k, 8) - first == 2 * step && load<u32>(k, 12) - first == 3 * step && load<u32>(k, 16) - first == 4 * step ? step : 0;
}

/** Five such terms, 16 bytes apart, by eight outputs of a weight gradient, over all pixels. */
export function gradientRow5x8(x: usize, dy: usize, pixel: usize, pixelsEnd: usize, dw: usize, fresh: bool): void {
  row5x8<v128>(x, dy, pixel, pixelsEnd, dw, fresh);
}

/** The same of a packed image of one channel. */
export function packedGradientRow5x8(x: usize, dy: usize, pixel: usize, pixelsEnd: usize, dw: usize, fresh: bool): void {
  row5x8<f32>(x, dy, pixel, pixelsEnd, dw, fresh);
}

/** Terms a P apart. */
// @ts-ignore: decorator
@inline
function row5x8<P>(x: usize, dy: usize, pixel: usize, pixelsEnd: usize, dw: usize, fresh: bool): void {
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
  a = v128.load_splat<f32>(o, sizeof<P>());
  c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
  a = v128.load_splat<f32>(o, 2 * sizeof<P>());
  c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
  a = v128.load_splat<f32>(o, 3 * sizeof<P>());
  c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
  a = v128.load_splat<f32>(o, 4 * sizeof<P>());
  c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
  pixel += 8;
  while (pixel != pixelsEnd) {
    o = x + <usize>load<u32>(pixel);
    g = dy + <usize>load<u32>(pixel, 4);
    b0 = v128.load(g);
    b1 = v128.load(g, 16);
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
    pixel += 8;
  }
  v128.store(dw, c00); v128.store(dw, c01, 16);
  v128.store(dw, c10, 32); v128.store(dw, c11, 48);
  v128.store(dw, c20, 64); v128.store(dw, c21, 80);
  v128.store(dw, c30, 96); v128.store(dw, c31, 112);
  v128.store(dw, c40, 128); v128.store(dw, c41, 144);
}

/** The same by four outputs. */
export function gradientRow5x4(x: usize, dy: usize, pixel: usize, pixelsEnd: usize, dw: usize, fresh: bool): void {
  row5x4<v128>(x, dy, pixel, pixelsEnd, dw, fresh);
}

export function packedGradientRow5x4(x: usize, dy: usize, pixel: usize, pixelsEnd: usize, dw: usize, fresh: bool): void {
  row5x4<f32>(x, dy, pixel, pixelsEnd, dw, fresh);
}

// @ts-ignore: decorator
@inline
function row5x4<P>(x: usize, dy: usize, pixel: usize, pixelsEnd: usize, dw: usize, fresh: bool): void {
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0;
  if (!fresh) {
    c0 = v128.load(dw); c1 = v128.load(dw, 16); c2 = v128.load(dw, 32); c3 = v128.load(dw, 48); c4 = v128.load(dw, 64);
  }
  let o = x + <usize>load<u32>(pixel);
  let b = v128.load(dy + <usize>load<u32>(pixel, 4));
  c0 = madd(v128.load_splat<f32>(o), b, c0);
  c1 = madd(v128.load_splat<f32>(o, sizeof<P>()), b, c1);
  c2 = madd(v128.load_splat<f32>(o, 2 * sizeof<P>()), b, c2);
  c3 = madd(v128.load_splat<f32>(o, 3 * sizeof<P>()), b, c3);
  c4 = madd(v128.load_splat<f32>(o, 4 * sizeof<P>()), b, c4);
  pixel += 8;
  while (pixel != pixelsEnd) {
    o = x + <usize>load<u32>(pixel);
    b = v128.load(dy + <usize>load<u32>(pixel, 4));
    c0 = madd(v128.load_splat<f32>(o), b, c0);
    c1 = madd(v128.load_splat<f32>(o, sizeof<P>()), b, c1);
    c2 = madd(v128.load_splat<f32>(o, 2 * sizeof<P>()), b, c2);
    c3 = madd(v128.load_splat<f32>(o, 3 * sizeof<P>()), b, c3);
    c4 = madd(v128.load_splat<f32>(o, 4 * sizeof<P>()), b, c4);
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
