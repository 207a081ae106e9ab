/**
 * The weight gradient of a dense layer of nine to twelve outputs, such as the ten classes of a classifier.
 *
 * By outputs these are two tasks, of eight outputs and of four: the second takes longer for an output, its six sums wait for each other, and
 * both read all samples. So tasks are inputs here, and a strip takes three of them by all twelve outputs.
 */
import { ProductGradient } from "./productGradient";
import { madd } from "./vector";

/** Terms of a strip. */
const STRIP: i32 = 3;

/**
 * The same sum as `productGradient`, of the terms 4·c0 to 4·c1 in the order of the runs; their two panels, of eight outputs and of four. A strip is
 * computed by the task in which it begins, so that none is cut where a task ends.
 */
export function narrowGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<ProductGradient>(address);
  const runsEnd = a.runs + (<usize>a.numRuns << 3);
  for (let n = n0; n < n1; n += a.walk) {
    const length = <usize>min(a.walk, n1 - n) * a.xN;
    const x = a.x + <usize>n * a.xN;
    const dy = a.dy + <usize>n * a.dyN + <usize>load<u32>(a.panels, 4);
    /** Terms in the runs before. */
    let before = 0;
    for (let run = a.runs; run < runsEnd; run += 8) {
      const terms = load<i32>(run, 4);
      for (let k = (max(0, 4 * c0 - before) + STRIP - 1) / STRIP * STRIP; k < terms && (before + k) >> 2 < c1; k += STRIP) {
        const from = x + <usize>load<u32>(run) + (<usize>k << 2);
        const dw = a.dw + <usize>load<u32>(a.panels) + (<usize>(before + k) << 5);
        const dw4 = a.dw + <usize>load<u32>(a.panels, 16) + (<usize>(before + k) << 4);
        gradientStrip3x12(from, a.xN, from + length, dy, a.dyN, dw, dw4, min(STRIP, terms - k), n != n0);
      }
      before += terms;
    }
  }
}

/** Up to three consecutive terms by twelve outputs, over all samples: `dw4` has the last four. It reads three terms and stores `count`. */
export function gradientStrip3x12(
  x: usize, xN: usize, xEnd: usize, dy: usize, dyN: usize, dw: usize, dw4: usize, count: i32, accumulate: bool,
): void {
  let c00 = f32x4.splat(0);
  let c01 = c00, c02 = c00, c10 = c00, c11 = c00, c12 = c00, c20 = c00, c21 = c00, c22 = c00;
  if (accumulate) {
    c00 = v128.load(dw); c01 = v128.load(dw, 16); c02 = v128.load(dw4);
    if (count > 1) { c10 = v128.load(dw, 32); c11 = v128.load(dw, 48); c12 = v128.load(dw4, 16); }
    if (count > 2) { c20 = v128.load(dw, 64); c21 = v128.load(dw, 80); c22 = v128.load(dw4, 32); }
  }
  // The first sample apart from the loop, as in `gradientStrip6x8`.
  let b0 = v128.load(dy);
  let b1 = v128.load(dy, 16);
  let b2 = v128.load(dy, 32);
  let a = v128.load_splat<f32>(x);
  c00 = madd(a, b0, c00); c01 = madd(a, b1, c01); c02 = madd(a, b2, c02);
  a = v128.load_splat<f32>(x, 4);
  c10 = madd(a, b0, c10); c11 = madd(a, b1, c11); c12 = madd(a, b2, c12);
  a = v128.load_splat<f32>(x, 8);
  c20 = madd(a, b0, c20); c21 = madd(a, b1, c21); c22 = madd(a, b2, c22);
  x += xN;
  dy += dyN;
  while (x != xEnd) {
    b0 = v128.load(dy);
    b1 = v128.load(dy, 16);
    b2 = v128.load(dy, 32);
    a = v128.load_splat<f32>(x);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01); c02 = madd(a, b2, c02);
    a = v128.load_splat<f32>(x, 4);
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11); c12 = madd(a, b2, c12);
    a = v128.load_splat<f32>(x, 8);
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21); c22 = madd(a, b2, c22);
    x += xN;
    dy += dyN;
  }
  v128.store(dw, c00); v128.store(dw, c01, 16); v128.store(dw4, c02);
  if (count == 1) return;
  v128.store(dw, c10, 32); v128.store(dw, c11, 48); v128.store(dw4, c12, 16);
  if (count == 2) return;
  v128.store(dw, c20, 64); v128.store(dw, c21, 80); v128.store(dw4, c22, 32);
}
