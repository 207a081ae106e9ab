/**
 * Matrix products of dense layers: forward and input gradient. What `contraction.ts` does by tables of terms and
 * pixels is done here by runs of consecutive terms and by strides, which leaves the hot loops free of address arithmetic.
 *
 *   y[n][panelY(j) + 0..width) = bias + Σ_r Σ_k x[n][run(r) + k] · w[panelW(j) + (before(r) + k)·width + 0..width)
 *
 * The terms of a run lie one after the other in a sample; a long run is cut so that its weights stay in the first cache.
 *
 * A strip takes four terms a round, the first round fewer where their number is not a multiple of four (`skip`). Where neighbours on the same
 * core leave a thread half of what it decodes, instructions count: 27 for the 12 multiply-adds of a term, with one term a round 33. The steps
 * must not be one block: V8 orders a block by its results, the whole sum of one accumulator after the other, and then runs out of registers.
 * Accumulators that come together after an `if` end a block; V8 takes those of a block that ends so in the order opposite to that at the end
 * of a loop. Reading in the order in which they are taken keeps one value of x in a register instead of six.
 */
import { FEW_TERMS, fourOfFewTerms, sixOfFewTerms, strip3x12, strip4x12 } from "./narrowProduct";
import { isLeft } from "./sparse";
import { madd } from "./vector";

// @ts-ignore: decorator
@unmanaged
export class Product {
  x: usize;
  xN: usize;
  y: usize;
  yN: usize;
  w: usize;
  /** 0: none. */
  bias: usize;
  /** Run records: byte offset in a sample of x, number of terms. */
  runs: usize;
  numRuns: i32;
  /** Panel records: byte offsets in w and y, width, byte offset in bias. */
  panels: usize;
  numPanels: i32;
  /** 1: adds to y. 0: overwrites y. */
  accumulate: i32;
  /** What `sparseProduct` told of its tasks of `chunk` rows: those that it left are computed. 0: all are. */
  tasks: usize;
  chunk: i32;
}

/** y = bias + x·w, or y += x·w. */
export function product(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Product>(address);
  if (a.tasks == 0) return productOfRows(a, n0, n1, c0, c1);
  for (let n = n0; n < n1; ) {
    const from = n;
    while (n < n1 && isLeft(a.tasks, n / a.chunk)) n = min(n + a.chunk, n1);
    if (n > from) productOfRows(a, from, n, c0, c1);
    while (n < n1 && !isLeft(a.tasks, n / a.chunk)) n = min(n + a.chunk, n1);
  }
}

// @ts-ignore: decorator
@inline
function biasOf(a: Product, panel: usize): usize {
  return a.bias == 0 ? 0 : a.bias + <usize>load<u32>(panel, 12);
}

/** By tiles where samples have few terms, as the gradient of a few classes has, by strips where not. */
function productOfRows(a: Product, n0: i32, n1: i32, c0: i32, c1: i32): void {
  const first = c0 >> 1;
  const end = min((c1 + 1) >> 1, a.numPanels);
  const isNarrow = load<u32>(a.panels + (<usize>(end - 1) << 4), 8) == 4;
  const wideEnd = end - i32(isNarrow);
  const terms = load<u32>(a.runs, 4);
  // The samples of so few terms are single rows of quads, one after the other unless they are parts of larger ones.
  const isShort = a.numRuns == 1 && terms <= FEW_TERMS && a.xN == ((terms + 3) & ~3) << 2;
  if (!isShort || a.accumulate || a.bias != 0 || !isEven(a, first, wideEnd, terms)) return strips(a, n0, n1, first, end);
  const rest = tilesOfFewTerms(a, n0, n1, first, wideEnd);
  if (isNarrow) strips(a, n0, rest, wideEnd, end);
  if (rest < n1) strips(a, rest, n1, first, end);
}

/** Whether there are such panels, all of eight outputs, their weights and outputs one after the other: not so in images with borders or few channels. */
function isEven(a: Product, first: i32, end: i32, terms: u32): bool {
  if (end <= first) return false;
  const panel = a.panels + (<usize>first << 4);
  const last = a.panels + (<usize>(end - 1) << 4);
  const before = <u32>(end - first - 1) << 5;
  return (
    load<u32>(last, 8) == 8 && load<u32>(last, 4) - load<u32>(panel, 4) == before && load<u32>(last) - load<u32>(panel) == before * terms
  );
}

/** All samples but the last up to three, by panels of eight outputs. Returns where it ends. */
function tilesOfFewTerms(a: Product, n0: i32, n1: i32, first: i32, end: i32): i32 {
  const panel = a.panels + (<usize>first << 4);
  const w = a.w + <usize>load<u32>(panel);
  const terms = load<i32>(a.runs, 4);
  const wN = <usize>terms << 5;
  let n = n0;
  while (n1 - n >= 4) {
    const left = n1 - n;
    const x = a.x + <usize>load<u32>(a.runs) + <usize>n * a.xN;
    const y = a.y + <usize>load<u32>(panel, 4) + <usize>n * a.yN;
    if (left < 6 || left == 8) {
      fourOfFewTerms(terms, x, y, a.yN, w, end - first, 0, 32, wN);
      n += 4;
    } else if (end - first > 1) {
      // Panel after panel: whole cache lines of a sample's outputs.
      sixOfFewTerms(terms, x, y, a.yN, w, end - first, 0, 32, wN);
      n += 6;
    } else {
      const sixes = left / 6;
      sixOfFewTerms(terms, x, y, a.yN, w, sixes, 6 * a.xN, 6 * a.yN, 0);
      n += 6 * sixes;
    }
  }
  return n;
}

/** Two panels at a time take six samples, or four, from the first cache; of eight and four outputs three, or four. */
function strips(a: Product, n0: i32, n1: i32, first: i32, end: i32): void {
  const runsEnd = a.runs + (<usize>a.numRuns << 3);
  for (let j = first; j < end; j += 2) {
    const panel = a.panels + (<usize>j << 4);
    const panelEnd = panel + (<usize>min(2, end - j) << 4);
    /** Terms in the runs before. */
    let before: usize = 0;
    for (let run = a.runs; run < runsEnd; run += 8) {
      const terms = <usize>load<u32>(run, 4);
      before += terms;
      // Addresses are of the end of the run.
      const x = a.x + <usize>load<u32>(run) + (terms << 2);
      const xLast = x + <usize>(n1 - 1) * a.xN;
      const accumulate = run == a.runs ? a.accumulate : 1;
      if (panelEnd - panel == 32 && isOfTwelve(panel)) {
        twelveOutputs(a, n0, n1, x, terms, before, panel, accumulate);
        continue;
      }
      for (let n = n0; n < n1; ) {
        const left = n1 - n;
        // Four at a time where six at a time would leave more of the last strip empty.
        const most = left <= 4 || left == 7 || left == 8 ? 4 : 6;
        const x0 = x + <usize>n * a.xN;
        const x1 = min(x0 + a.xN, xLast);
        const x2 = min(x1 + a.xN, xLast);
        const x3 = min(x2 + a.xN, xLast);
        const x4 = min(x3 + a.xN, xLast);
        const x5 = min(x4 + a.xN, xLast);
        const rows = a.y + <usize>n * a.yN + <usize>min(most, left);
        for (let at = panel; at < panelEnd; at += 16) {
          const width = <usize>load<u32>(at, 8);
          const w = a.w + <usize>load<u32>(at) + ((before * width) << 2);
          const y = rows + <usize>load<u32>(at, 4);
          const bias = biasOf(a, at);
          const o: usize = 0 - (terms << 2);
          if (width == 4) strip6x4(x0, x1, x2, x3, x4, x5, o, w, y, a.yN, bias, accumulate);
          else if (most == 4) strip4x8(x0, x1, x2, x3, o, w, y, a.yN, bias, accumulate);
          else strip6x8(x0, x1, x2, x3, x4, x5, o, w, y, a.yN, bias, accumulate);
        }
        n += most;
      }
    }
  }
}

/** Whether a panel has eight outputs and the next the four after them. */
// @ts-ignore: decorator
@inline
function isOfTwelve(panel: usize): bool {
  return load<u32>(panel, 8) == 8 && load<u32>(panel, 24) == 4 && load<u32>(panel, 20) - load<u32>(panel, 4) == 32;
}

/** A panel of eight outputs and the panel of four after it, over one run of terms that ends at `x`. */
function twelveOutputs(a: Product, n0: i32, n1: i32, x: usize, terms: usize, before: usize, panel: usize, accumulate: i32): void {
  const w = a.w + <usize>load<u32>(panel) + (before << 5);
  const w4 = a.w + <usize>load<u32>(panel, 16) + (before << 4);
  const y = a.y + <usize>load<u32>(panel, 4);
  const bias = biasOf(a, panel);
  const o: usize = 0 - (terms << 2);
  const xN = a.xN;
  const xLast = x + <usize>(n1 - 1) * xN;
  for (let n = n0; n < n1; ) {
    const left = n1 - n;
    const x0 = x + <usize>n * xN;
    const rows = y + <usize>n * a.yN;
    const x1 = min(x0 + xN, xLast);
    const x2 = min(x1 + xN, xLast);
    // Threes, but for one that would be left over, or two.
    if (left == 4 || left == 7 || left == 8) {
      strip4x12(x0, x1, x2, x2 + xN, o, w, w4, rows, a.yN, bias, accumulate);
      n += 4;
    } else {
      strip3x12(x0, x1, x2, o, w, w4, rows + <usize>min(3, left), a.yN, bias, accumulate);
      n += 3;
    }
  }
}

/**
 * One to six samples by eight outputs over one run of terms. `rows` is the address of the first sample's outputs, a multiple of 16, plus the number
 * of samples: one register less to hold through the loop than V8 has.
 */
export function strip6x8(
  x: usize, x1: usize, x2: usize, x3: usize, x4: usize, x5: usize, o: usize, w: usize, rows: usize, yN: usize, bias: usize, accumulate: i32,
): void {
  const numRows = rows & 15;
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  if (accumulate) {
    let y = rows & ~15;
    c00 = v128.load(y); c01 = v128.load(y, 16);
    if (numRows > 1) { y += yN; c10 = v128.load(y); c11 = v128.load(y, 16); }
    if (numRows > 2) { y += yN; c20 = v128.load(y); c21 = v128.load(y, 16); }
    if (numRows > 3) { y += yN; c30 = v128.load(y); c31 = v128.load(y, 16); }
    if (numRows > 4) { y += yN; c40 = v128.load(y); c41 = v128.load(y, 16); }
    if (numRows > 5) { y += yN; c50 = v128.load(y); c51 = v128.load(y, 16); }
  } else if (bias != 0) {
    c00 = v128.load(bias); c01 = v128.load(bias, 16);
    c10 = c00; c11 = c01; c20 = c00; c21 = c01; c30 = c00; c31 = c01; c40 = c00; c41 = c01; c50 = c00; c51 = c01;
  }
  let a: v128, b0: v128, b1: v128;
  let skip = (o & 15) >> 2;
  o &= ~15;
  while (o != 0) {
    const q = w + (o << 3);
    const p0 = x + o;
    const p1 = x1 + o;
    const p2 = x2 + o;
    const p3 = x3 + o;
    const p4 = x4 + o;
    const p5 = x5 + o;
    if (skip == 0) {
      b0 = v128.load(q); b1 = v128.load(q, 16);
      a = v128.load_splat<f32>(p5);
      c51 = madd(a, b1, c51); c50 = madd(a, b0, c50);
      a = v128.load_splat<f32>(p4);
      c41 = madd(a, b1, c41); c40 = madd(a, b0, c40);
      a = v128.load_splat<f32>(p3);
      c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
      a = v128.load_splat<f32>(p2);
      c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1);
      c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0);
      c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    } else {
      skip--;
    }
    if (skip == 0) {
      b0 = v128.load(q, 32); b1 = v128.load(q, 48);
      a = v128.load_splat<f32>(p5, 4);
      c51 = madd(a, b1, c51); c50 = madd(a, b0, c50);
      a = v128.load_splat<f32>(p4, 4);
      c41 = madd(a, b1, c41); c40 = madd(a, b0, c40);
      a = v128.load_splat<f32>(p3, 4);
      c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
      a = v128.load_splat<f32>(p2, 4);
      c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1, 4);
      c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0, 4);
      c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    } else {
      skip--;
    }
    if (skip == 0) {
      b0 = v128.load(q, 64); b1 = v128.load(q, 80);
      a = v128.load_splat<f32>(p5, 8);
      c51 = madd(a, b1, c51); c50 = madd(a, b0, c50);
      a = v128.load_splat<f32>(p4, 8);
      c41 = madd(a, b1, c41); c40 = madd(a, b0, c40);
      a = v128.load_splat<f32>(p3, 8);
      c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
      a = v128.load_splat<f32>(p2, 8);
      c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1, 8);
      c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0, 8);
      c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    } else {
      skip--;
    }
    b0 = v128.load(q, 96); b1 = v128.load(q, 112);
    a = v128.load_splat<f32>(p0, 12);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
    a = v128.load_splat<f32>(p1, 12);
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
    a = v128.load_splat<f32>(p2, 12);
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
    a = v128.load_splat<f32>(p3, 12);
    c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
    a = v128.load_splat<f32>(p4, 12);
    c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
    a = v128.load_splat<f32>(p5, 12);
    c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
    o += 16;
  }
  let y = rows & ~15;
  v128.store(y, c00); v128.store(y, c01, 16);
  if (numRows == 1) return;
  y += yN;
  v128.store(y, c10); v128.store(y, c11, 16);
  if (numRows == 2) return;
  y += yN;
  v128.store(y, c20); v128.store(y, c21, 16);
  if (numRows == 3) return;
  y += yN;
  v128.store(y, c30); v128.store(y, c31, 16);
  if (numRows == 4) return;
  y += yN;
  v128.store(y, c40); v128.store(y, c41, 16);
  if (numRows == 5) return;
  y += yN;
  v128.store(y, c50); v128.store(y, c51, 16);
}

/** The same for one to four samples. */
export function strip4x8(
  x: usize, x1: usize, x2: usize, x3: usize, o: usize, w: usize, rows: usize, yN: usize, bias: usize, accumulate: i32,
): void {
  const numRows = rows & 15;
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  if (accumulate) {
    let y = rows & ~15;
    c00 = v128.load(y); c01 = v128.load(y, 16);
    if (numRows > 1) { y += yN; c10 = v128.load(y); c11 = v128.load(y, 16); }
    if (numRows > 2) { y += yN; c20 = v128.load(y); c21 = v128.load(y, 16); }
    if (numRows > 3) { y += yN; c30 = v128.load(y); c31 = v128.load(y, 16); }
  } else if (bias != 0) {
    c00 = v128.load(bias); c01 = v128.load(bias, 16);
    c10 = c00; c11 = c01; c20 = c00; c21 = c01; c30 = c00; c31 = c01;
  }
  let a: v128, b0: v128, b1: v128;
  let skip = (o & 15) >> 2;
  o &= ~15;
  while (o != 0) {
    const q = w + (o << 3);
    const p0 = x + o;
    const p1 = x1 + o;
    const p2 = x2 + o;
    const p3 = x3 + o;
    if (skip == 0) {
      b0 = v128.load(q); b1 = v128.load(q, 16);
      a = v128.load_splat<f32>(p3);
      c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
      a = v128.load_splat<f32>(p2);
      c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1);
      c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0);
      c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    } else {
      skip--;
    }
    if (skip == 0) {
      b0 = v128.load(q, 32); b1 = v128.load(q, 48);
      a = v128.load_splat<f32>(p3, 4);
      c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
      a = v128.load_splat<f32>(p2, 4);
      c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1, 4);
      c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0, 4);
      c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    } else {
      skip--;
    }
    if (skip == 0) {
      b0 = v128.load(q, 64); b1 = v128.load(q, 80);
      a = v128.load_splat<f32>(p3, 8);
      c31 = madd(a, b1, c31); c30 = madd(a, b0, c30);
      a = v128.load_splat<f32>(p2, 8);
      c21 = madd(a, b1, c21); c20 = madd(a, b0, c20);
      a = v128.load_splat<f32>(p1, 8);
      c11 = madd(a, b1, c11); c10 = madd(a, b0, c10);
      a = v128.load_splat<f32>(p0, 8);
      c01 = madd(a, b1, c01); c00 = madd(a, b0, c00);
    } else {
      skip--;
    }
    b0 = v128.load(q, 96); b1 = v128.load(q, 112);
    a = v128.load_splat<f32>(p0, 12);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
    a = v128.load_splat<f32>(p1, 12);
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
    a = v128.load_splat<f32>(p2, 12);
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
    a = v128.load_splat<f32>(p3, 12);
    c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
    o += 16;
  }
  let y = rows & ~15;
  v128.store(y, c00); v128.store(y, c01, 16);
  if (numRows == 1) return;
  y += yN;
  v128.store(y, c10); v128.store(y, c11, 16);
  if (numRows == 2) return;
  y += yN;
  v128.store(y, c20); v128.store(y, c21, 16);
  if (numRows == 3) return;
  y += yN;
  v128.store(y, c30); v128.store(y, c31, 16);
}

/**
 * The same by four outputs over one run of terms. `rows` is the address of the first sample's outputs, a multiple of 16, plus the number
 * of samples: one register less to hold through the loop than V8 has.
 */
export function strip6x4(
  x: usize, x1: usize, x2: usize, x3: usize, x4: usize, x5: usize, o: usize, w: usize, rows: usize, yN: usize, bias: usize, accumulate: i32,
): void {
  const numRows = rows & 15;
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
  if (accumulate) {
    let y = rows & ~15;
    c0 = v128.load(y);
    if (numRows > 1) { y += yN; c1 = v128.load(y); }
    if (numRows > 2) { y += yN; c2 = v128.load(y); }
    if (numRows > 3) { y += yN; c3 = v128.load(y); }
    if (numRows > 4) { y += yN; c4 = v128.load(y); }
    if (numRows > 5) { y += yN; c5 = v128.load(y); }
  } else if (bias != 0) {
    c0 = v128.load(bias); c1 = c0; c2 = c0; c3 = c0; c4 = c0; c5 = c0;
  }
  let b: v128;
  let skip = (o & 15) >> 2;
  o &= ~15;
  while (o != 0) {
    const q = w + (o << 2);
    const p0 = x + o;
    const p1 = x1 + o;
    const p2 = x2 + o;
    const p3 = x3 + o;
    const p4 = x4 + o;
    const p5 = x5 + o;
    if (skip == 0) {
      b = v128.load(q);
      c5 = madd(v128.load_splat<f32>(p5), b, c5);
      c4 = madd(v128.load_splat<f32>(p4), b, c4);
      c3 = madd(v128.load_splat<f32>(p3), b, c3);
      c2 = madd(v128.load_splat<f32>(p2), b, c2);
      c1 = madd(v128.load_splat<f32>(p1), b, c1);
      c0 = madd(v128.load_splat<f32>(p0), b, c0);
    } else {
      skip--;
    }
    if (skip == 0) {
      b = v128.load(q, 16);
      c5 = madd(v128.load_splat<f32>(p5, 4), b, c5);
      c4 = madd(v128.load_splat<f32>(p4, 4), b, c4);
      c3 = madd(v128.load_splat<f32>(p3, 4), b, c3);
      c2 = madd(v128.load_splat<f32>(p2, 4), b, c2);
      c1 = madd(v128.load_splat<f32>(p1, 4), b, c1);
      c0 = madd(v128.load_splat<f32>(p0, 4), b, c0);
    } else {
      skip--;
    }
    if (skip == 0) {
      b = v128.load(q, 32);
      c5 = madd(v128.load_splat<f32>(p5, 8), b, c5);
      c4 = madd(v128.load_splat<f32>(p4, 8), b, c4);
      c3 = madd(v128.load_splat<f32>(p3, 8), b, c3);
      c2 = madd(v128.load_splat<f32>(p2, 8), b, c2);
      c1 = madd(v128.load_splat<f32>(p1, 8), b, c1);
      c0 = madd(v128.load_splat<f32>(p0, 8), b, c0);
    } else {
      skip--;
    }
    b = v128.load(q, 48);
    c0 = madd(v128.load_splat<f32>(p0, 12), b, c0);
    c1 = madd(v128.load_splat<f32>(p1, 12), b, c1);
    c2 = madd(v128.load_splat<f32>(p2, 12), b, c2);
    c3 = madd(v128.load_splat<f32>(p3, 12), b, c3);
    c4 = madd(v128.load_splat<f32>(p4, 12), b, c4);
    c5 = madd(v128.load_splat<f32>(p5, 12), b, c5);
    o += 16;
  }
  let y = rows & ~15;
  v128.store(y, c0);
  if ((rows & 15) == 1) return;
  y += yN;
  v128.store(y, c1);
  if ((rows & 15) == 2) return;
  y += yN;
  v128.store(y, c2);
  if ((rows & 15) == 3) return;
  y += yN;
  v128.store(y, c3);
  if ((rows & 15) == 4) return;
  y += yN;
  v128.store(y, c4);
  if ((rows & 15) == 5) return;
  y += yN;
  v128.store(y, c5);
}
