/** The weight gradient of a dense layer, by runs of terms and strides as in `product.ts`. */
import { leavesGradient } from "./sparse";
import { madd } from "./vector";
import { workspace } from "./workspace";

// @ts-ignore: decorator
@unmanaged
export class ProductGradient {
  x: usize;
  xN: usize;
  dy: usize;
  dyN: usize;
  dw: usize;
  runs: usize;
  numRuns: i32;
  panels: usize;
  numPanels: i32;
  /** Samples that a strip walks down before the next strip does. */
  walk: i32;
  /** 1: their dy of two panels are copied to the workspace first. */
  packs: i32;
  /** As in `Product`, and the terms of a sample: the gradient is computed where `sparseGradient` leaves it. */
  tasks: usize;
  chunk: i32;
  terms: i32;
}

/** dw[panelW(j) + (before(r) + k)·width + 0..width) = Σ_n x[n][run(r) + k] · dy[n][panelY(j) + 0..width). Overwrites; takes all samples. */
export function productGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<ProductGradient>(address);
  if (a.tasks != 0 && !leavesGradient(a.tasks, a.chunk, a.terms)) return;
  const first = c0 >> 1;
  const end = min((c1 + 1) >> 1, a.numPanels);
  const runsEnd = a.runs + (<usize>a.numRuns << 3);
  const packs = a.packs != 0;
  for (let j = first; j < end; j += 2) {
    const panel = a.panels + (<usize>j << 4);
    const panelEnd = panel + (<usize>min(2, end - j) << 4);
    for (let n = n0; n < n1; n += a.walk) {
      const rows = <usize>min(a.walk, n1 - n);
      const length = rows * a.xN;
      const dy = a.dy + <usize>n * a.dyN;
      if (packs) packPanels(dy, a.dyN, rows, panel, panelEnd);
      /** Terms in the runs and strips before. */
      let before: usize = 0;
      for (let run = a.runs; run < runsEnd; run += 8) {
        let x = a.x + <usize>n * a.xN + <usize>load<u32>(run);
        for (let left = load<i32>(run, 4); left > 0; left -= 6) {
          const count = min(left, 6);
          let packed = workspace();
          for (let at = panel; at < panelEnd; at += 16) {
            const width = <usize>load<u32>(at, 8);
            const dw = a.dw + <usize>load<u32>(at) + ((before * width) << 2);
            const from = packs ? packed : dy + <usize>load<u32>(at, 4);
            const dyN = packs ? width << 2 : a.dyN;
            if (width == 8) gradientStrip6x8(x, a.xN, x + length, from, dyN, dw, count, n != n0);
            else gradientStrip6x4(x, a.xN, x + length, from, dyN, dw, count, n != n0);
            packed += rows * (width << 2);
          }
          x += 24;
          before += <usize>count;
        }
      }
    }
  }
}

/** Copies the panels' dy of some samples to the workspace, panel by panel. */
function packPanels(dy: usize, dyN: usize, rows: usize, panel: usize, panelEnd: usize): void {
  let to = workspace();
  for (; panel < panelEnd; panel += 16) {
    let from = dy + <usize>load<u32>(panel, 4);
    const end = from + rows * dyN;
    if (load<u32>(panel, 8) == 8) {
      for (; from != end; from += dyN) { v128.store(to, v128.load(from)); v128.store(to, v128.load(from, 16), 16); to += 32; }
    } else {
      for (; from != end; from += dyN) { v128.store(to, v128.load(from)); to += 16; }
    }
  }
}

/** Up to six consecutive terms by eight outputs of a weight gradient, over all samples. It reads six terms and stores `count`. */
export function gradientStrip6x8(x: usize, xN: usize, xEnd: usize, dy: usize, dyN: usize, dw: usize, count: i32, accumulate: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  if (accumulate) {
    c00 = v128.load(dw); c01 = v128.load(dw, 16);
    c10 = v128.load(dw, 32); c11 = v128.load(dw, 48);
    c20 = v128.load(dw, 64); c21 = v128.load(dw, 80);
    c30 = v128.load(dw, 96); c31 = v128.load(dw, 112);
    c40 = v128.load(dw, 128); c41 = v128.load(dw, 144);
    c50 = v128.load(dw, 160); c51 = v128.load(dw, 176);
  }
  // The first sample, apart from the loop: V8 then keeps the bases of the six terms in registers, and does not work them out in each round.
  let b0 = v128.load(dy);
  let b1 = v128.load(dy, 16);
  let a = v128.load_splat<f32>(x);
  c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
  a = v128.load_splat<f32>(x, 4);
  c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
  a = v128.load_splat<f32>(x, 8);
  c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
  a = v128.load_splat<f32>(x, 12);
  c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
  a = v128.load_splat<f32>(x, 16);
  c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
  a = v128.load_splat<f32>(x, 20);
  c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
  x += xN;
  dy += dyN;
  while (x != xEnd) {
    b0 = v128.load(dy);
    b1 = v128.load(dy, 16);
    a = v128.load_splat<f32>(x);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
    a = v128.load_splat<f32>(x, 4);
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
    a = v128.load_splat<f32>(x, 8);
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
    a = v128.load_splat<f32>(x, 12);
    c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
    a = v128.load_splat<f32>(x, 16);
    c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
    a = v128.load_splat<f32>(x, 20);
    c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
    x += xN;
    dy += dyN;
  }
  v128.store(dw, c00); v128.store(dw, c01, 16);
  if (count == 1) return;
  v128.store(dw, c10, 32); v128.store(dw, c11, 48);
  if (count == 2) return;
  v128.store(dw, c20, 64); v128.store(dw, c21, 80);
  if (count == 3) return;
  v128.store(dw, c30, 96); v128.store(dw, c31, 112);
  if (count == 4) return;
  v128.store(dw, c40, 128); v128.store(dw, c41, 144);
  if (count == 5) return;
  v128.store(dw, c50, 160); v128.store(dw, c51, 176);
}

/** Up to six consecutive terms by four outputs of a weight gradient, over all samples. It reads six terms and stores `count`. */
export function gradientStrip6x4(x: usize, xN: usize, xEnd: usize, dy: usize, dyN: usize, dw: usize, count: i32, accumulate: bool): void {
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
  if (accumulate) {
    c0 = v128.load(dw); c1 = v128.load(dw, 16); c2 = v128.load(dw, 32); c3 = v128.load(dw, 48); c4 = v128.load(dw, 64); c5 = v128.load(dw, 80);
  }
  // As above.
  let b = v128.load(dy);
  c0 = madd(v128.load_splat<f32>(x), b, c0);
  c1 = madd(v128.load_splat<f32>(x, 4), b, c1);
  c2 = madd(v128.load_splat<f32>(x, 8), b, c2);
  c3 = madd(v128.load_splat<f32>(x, 12), b, c3);
  c4 = madd(v128.load_splat<f32>(x, 16), b, c4);
  c5 = madd(v128.load_splat<f32>(x, 20), b, c5);
  x += xN;
  dy += dyN;
  while (x != xEnd) {
    b = v128.load(dy);
    c0 = madd(v128.load_splat<f32>(x), b, c0);
    c1 = madd(v128.load_splat<f32>(x, 4), b, c1);
    c2 = madd(v128.load_splat<f32>(x, 8), b, c2);
    c3 = madd(v128.load_splat<f32>(x, 12), b, c3);
    c4 = madd(v128.load_splat<f32>(x, 16), b, c4);
    c5 = madd(v128.load_splat<f32>(x, 20), b, c5);
    x += xN;
    dy += dyN;
  }
  v128.store(dw, c0);
  if (count == 1) return;
  v128.store(dw, c1, 16);
  if (count == 2) return;
  v128.store(dw, c2, 32);
  if (count == 3) return;
  v128.store(dw, c3, 48);
  if (count == 4) return;
  v128.store(dw, c4, 64);
  if (count == 5) return;
  v128.store(dw, c5, 80);
}
