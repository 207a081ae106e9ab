/**
 * Convolutions of one channel by 3×3, as one meets them in front of images of digits. Nine terms are so few that what a tile of `contraction.ts`
 * spends on its beginning and end counts as much as eight of them; here a call takes a row of pixels, two at a time, by 20 or 16 outputs.
 *
 * Each term is a block of its own, which ends where an `if` joins its accumulators. V8 orders a block by its results, in the order in which they are
 * stored at the end, the last ones first: what is read in that order needs no more registers than there are.
 */
import { madd } from "./vector";

const ZERO = memory.data(80, 16);

/** Bytes between the terms of a row, where they are three rows of three, alike; else 0. */
export function stepOfThrees(k: usize, kEnd: usize): usize {
  if (kEnd - k != 36) return 0;
  const step = load<u32>(k, 4) - load<u32>(k);
  for (let row = k; row != kEnd; row += 12) {
    if (load<u32>(row, 4) - load<u32>(row) != step || load<u32>(row, 8) - load<u32>(row, 4) != step) return 0;
  }
  return <usize>step;
}

/**
 * The end of the pixels from `pixel` on that lie as far apart as the terms of a row, an even number of them. They are of one row: a window of three
 * columns leaves more between the last of a row and the first of the next. So the last one tells of all before.
 */
export function pairsEnd(pixel: usize, lastPixel: usize, step: usize): usize {
  let last = pixel;
  for (let more: usize = pixel + 8 <= lastPixel && <usize>(load<u32>(pixel, 8) - load<u32>(pixel)) == step ? 256 : 0; more >= 8; ) {
    const next = last + more;
    if (next <= lastPixel && <usize>(load<u32>(next) - load<u32>(pixel)) == ((next - pixel) >> 3) * step) last = next;
    else more >>= 1;
  }
  return pixel + ((last + 8 - pixel) & ~15);
}

/** Such pixels by the 20 or 16 outputs of the panels from `panel` on, whose weights and bias lie one after the other. `bias` 0: none. */
export function pairs(
  x: usize, step: usize, y: usize, pixel: usize, end: usize, k: usize, w: usize, bias: usize, panel: usize, isTwenty: bool,
): void {
  const from = x + <usize>load<u32>(pixel);
  const to = from + ((end - pixel) >> 3) * step;
  const target = y + <usize>load<u32>(pixel, 4) + <usize>load<u32>(panel, 4);
  const yW = <usize>(load<u32>(pixel, 12) - load<u32>(pixel, 4));
  const weights = w + <usize>load<u32>(panel);
  const start = bias == 0 ? ZERO : bias + <usize>load<u32>(panel, 12);
  if (isTwenty) pairs20(from, step, to, target, yW, k, 9, weights, start);
  else pairs16(from, step, to, target, yW, k, 9, weights, start);
}

/** `n` is 9; that V8 does not know it makes the blocks. `start` is what the sums begin with. */
export function pairs20(x: usize, step: usize, xEnd: usize, y: usize, yW: usize, k: usize, n: i32, w: usize, start: usize): void {
  const row0 = <usize>load<u32>(k), row1 = <usize>load<u32>(k, 12), row2 = <usize>load<u32>(k, 24);
  let a0: v128, a1: v128, b: v128;
  let at: usize, at1: usize, at2: usize, at3: usize, to: usize;
  while (x != xEnd) {
    let c00 = v128.load(start), c10 = c00;
    let c01 = v128.load(start, 16), c11 = c01;
    let c02 = v128.load(start, 32), c12 = c02;
    let c03 = v128.load(start, 48), c13 = c03;
    let c04 = v128.load(start, 64), c14 = c04;
    at = x + row0; at1 = at + step; at2 = at1 + step; at3 = at2 + step;
    a0 = v128.load_splat<f32>(at); a1 = v128.load_splat<f32>(at1);
    b = v128.load(w); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    b = v128.load(w, 16); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
    b = v128.load(w, 288); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
    b = v128.load(w, 304); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
    b = v128.load(w, 576); c14 = madd(a1, b, c14); c04 = madd(a0, b, c04);
    if (n > 1) {
      a1 = v128.load_splat<f32>(at2); a0 = v128.load_splat<f32>(at1);
      b = v128.load(w, 592); c14 = madd(a1, b, c14); c04 = madd(a0, b, c04);
      b = v128.load(w, 336); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 320); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 48); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 32); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    if (n > 2) {
      a1 = v128.load_splat<f32>(at3); a0 = v128.load_splat<f32>(at2);
      b = v128.load(w, 608); c14 = madd(a1, b, c14); c04 = madd(a0, b, c04);
      b = v128.load(w, 368); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 352); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 80); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 64); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    at = x + row1; at1 = at + step; at2 = at1 + step; at3 = at2 + step;
    if (n > 3) {
      a1 = v128.load_splat<f32>(at1); a0 = v128.load_splat<f32>(at);
      b = v128.load(w, 624); c14 = madd(a1, b, c14); c04 = madd(a0, b, c04);
      b = v128.load(w, 400); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 384); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 112); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 96); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    if (n > 4) {
      a1 = v128.load_splat<f32>(at2); a0 = v128.load_splat<f32>(at1);
      b = v128.load(w, 640); c14 = madd(a1, b, c14); c04 = madd(a0, b, c04);
      b = v128.load(w, 432); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 416); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 144); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 128); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    if (n > 5) {
      a1 = v128.load_splat<f32>(at3); a0 = v128.load_splat<f32>(at2);
      b = v128.load(w, 656); c14 = madd(a1, b, c14); c04 = madd(a0, b, c04);
      b = v128.load(w, 464); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 448); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 176); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 160); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    at = x + row2; at1 = at + step; at2 = at1 + step; at3 = at2 + step;
    if (n > 6) {
      a1 = v128.load_splat<f32>(at1); a0 = v128.load_splat<f32>(at);
      b = v128.load(w, 672); c14 = madd(a1, b, c14); c04 = madd(a0, b, c04);
      b = v128.load(w, 496); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 480); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 208); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 192); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    if (n > 7) {
      a1 = v128.load_splat<f32>(at2); a0 = v128.load_splat<f32>(at1);
      b = v128.load(w, 688); c14 = madd(a1, b, c14); c04 = madd(a0, b, c04);
      b = v128.load(w, 528); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 512); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 240); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 224); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    if (n > 8) {
      a1 = v128.load_splat<f32>(at3); a0 = v128.load_splat<f32>(at2);
      b = v128.load(w, 704); c14 = madd(a1, b, c14); c04 = madd(a0, b, c04);
      b = v128.load(w, 560); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 544); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 272); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 256); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    to = y + yW;
    v128.store(y, c00); v128.store(to, c10);
    v128.store(y, c01, 16); v128.store(to, c11, 16);
    v128.store(y, c02, 32); v128.store(to, c12, 32);
    v128.store(y, c03, 48); v128.store(to, c13, 48);
    v128.store(y, c04, 64); v128.store(to, c14, 64);
    x += step << 1;
    y = to + yW;
  }
}

/** The same by two panels. */
export function pairs16(x: usize, step: usize, xEnd: usize, y: usize, yW: usize, k: usize, n: i32, w: usize, start: usize): void {
  const row0 = <usize>load<u32>(k), row1 = <usize>load<u32>(k, 12), row2 = <usize>load<u32>(k, 24);
  let a0: v128, a1: v128, b: v128;
  let at: usize, at1: usize, at2: usize, at3: usize, to: usize;
  while (x != xEnd) {
    let c00 = v128.load(start), c10 = c00;
    let c01 = v128.load(start, 16), c11 = c01;
    let c02 = v128.load(start, 32), c12 = c02;
    let c03 = v128.load(start, 48), c13 = c03;
    at = x + row0; at1 = at + step; at2 = at1 + step; at3 = at2 + step;
    a0 = v128.load_splat<f32>(at); a1 = v128.load_splat<f32>(at1);
    b = v128.load(w); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    b = v128.load(w, 16); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
    b = v128.load(w, 288); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
    b = v128.load(w, 304); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
    if (n > 1) {
      a1 = v128.load_splat<f32>(at2); a0 = v128.load_splat<f32>(at1);
      b = v128.load(w, 336); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 320); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 48); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 32); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    if (n > 2) {
      a1 = v128.load_splat<f32>(at3); a0 = v128.load_splat<f32>(at2);
      b = v128.load(w, 368); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 352); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 80); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 64); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    at = x + row1; at1 = at + step; at2 = at1 + step; at3 = at2 + step;
    if (n > 3) {
      a1 = v128.load_splat<f32>(at1); a0 = v128.load_splat<f32>(at);
      b = v128.load(w, 400); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 384); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 112); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 96); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    if (n > 4) {
      a1 = v128.load_splat<f32>(at2); a0 = v128.load_splat<f32>(at1);
      b = v128.load(w, 432); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 416); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 144); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 128); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    if (n > 5) {
      a1 = v128.load_splat<f32>(at3); a0 = v128.load_splat<f32>(at2);
      b = v128.load(w, 464); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 448); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 176); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 160); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    at = x + row2; at1 = at + step; at2 = at1 + step; at3 = at2 + step;
    if (n > 6) {
      a1 = v128.load_splat<f32>(at1); a0 = v128.load_splat<f32>(at);
      b = v128.load(w, 496); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 480); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 208); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 192); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    if (n > 7) {
      a1 = v128.load_splat<f32>(at2); a0 = v128.load_splat<f32>(at1);
      b = v128.load(w, 528); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 512); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 240); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 224); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    if (n > 8) {
      a1 = v128.load_splat<f32>(at3); a0 = v128.load_splat<f32>(at2);
      b = v128.load(w, 560); c13 = madd(a1, b, c13); c03 = madd(a0, b, c03);
      b = v128.load(w, 544); c12 = madd(a1, b, c12); c02 = madd(a0, b, c02);
      b = v128.load(w, 272); c11 = madd(a1, b, c11); c01 = madd(a0, b, c01);
      b = v128.load(w, 256); c10 = madd(a1, b, c10); c00 = madd(a0, b, c00);
    }
    to = y + yW;
    v128.store(y, c00); v128.store(to, c10);
    v128.store(y, c01, 16); v128.store(to, c11, 16);
    v128.store(y, c02, 32); v128.store(to, c12, 32);
    v128.store(y, c03, 48); v128.store(to, c13, 48);
    x += step << 1;
    y = to + yW;
  }
}
