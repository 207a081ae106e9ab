/** The weight gradient: for every strip of terms, the samples with a value there are listed, and only they are added up. */
import { holdsValue, leavesGradient, SparseProduct, STRIP, stripFirst, stripRest } from "./sparse";
import { madd } from "./vector";

/** Bytes of a record of a list: six values of x', what lies before the sample's dy, 4 unused. */
const RECORD: usize = 32;
const STRIP_BYTES: usize = <usize>STRIP << 2;
/** Strips that are listed together, so that a task reads some cache lines of a sample one after the other. */
const STRIPS_OF_GROUP: i32 = 8;

/**
 * Lists, for each strip of terms, the samples that hold a value there. `c0` and `c1` count groups of strips. Sample by sample: a walk along one strip
 * of all of them would take a page of memory at each step. No branch depends on a value.
 */
export function listStrips(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<SparseProduct>(address);
  if (leavesGradient(a.tasks, a.chunk, a.terms)) return;
  const start = c0 * STRIPS_OF_GROUP;
  const end = min(c1 * STRIPS_OF_GROUP, (a.terms + STRIP - 1) / STRIP);
  const whole = min(end, a.terms / STRIP);
  for (let strip = start; strip < end; strip++) {
    store<usize>(a.ends + (<usize>strip << 2), a.lists + <usize>strip * a.listBytes);
  }
  // Behind the last term of a shorter strip lies another sample.
  const left = i32x4.splat(a.terms - whole * STRIP);
  const firstLanes = i32x4.lt_s(i32x4(0, 1, 2, 3), left);
  const restLanes = i32x4.lt_s(i32x4(4, 5, 6, 7), left);
  const wholeEnd = a.ends + (<usize>whole << 2);
  for (let n = n0; n < n1; n++) {
    const dy = <u32>n * <u32>a.dyN;
    const offset = <usize>(start * STRIP) << 2;
    let x = a.x + <usize>n * a.xN + offset;
    let b = a.background + offset;
    let listEnd = a.ends + (<usize>start << 2);
    while (listEnd != wholeEnd) {
      addToList(listEnd, stripFirst(x, b), stripRest(x, b), dy);
      x += STRIP_BYTES;
      b += STRIP_BYTES;
      listEnd += 4;
    }
    if (whole != end) addToList(listEnd, v128.and(stripFirst(x, b), firstLanes), v128.and(stripRest(x, b), restLanes), dy);
  }
}

/** Writes a record behind a list, and counts it if it holds a value. */
// @ts-ignore: decorator
@inline
function addToList(listEnd: usize, first: v128, rest: v128, dy: u32): void {
  const record = load<usize>(listEnd);
  v128.store(record, first);
  v128.store(record, i32x4.replace_lane(rest, 2, dy), 16);
  store<usize>(listEnd, record + <usize>holdsValue(first, rest) * RECORD);
}

/** dw[k] = b[k]·Σ_n dy[n] + Σ_n x'[n][k]·dy[n], from the lists. Overwrites; takes all samples. */
export function sparseGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<SparseProduct>(address);
  if (leavesGradient(a.tasks, a.chunk, a.terms)) return;
  const panelsEnd = min((c1 + 1) >> 1, a.numPanels);
  for (let j = c0 >> 1; j < panelsEnd; j++) {
    const panel = a.panels + (<usize>j << 4);
    const rowBytes = <usize>load<u32>(panel, 8) << 2;
    const dy = a.dy + <usize>load<u32>(panel, 4);
    let dw = a.dw + <usize>load<u32>(panel);
    let sum0 = f32x4.splat(0), sum1 = sum0;
    for (let n = n0; n < n1; n++) {
      const row = dy + <usize>n * a.dyN;
      sum0 = f32x4.add(sum0, v128.load(row));
      if (rowBytes == 32) sum1 = f32x4.add(sum1, v128.load(row, 16));
    }
    for (let k = 0; k < a.terms; k += STRIP) {
      const strip = <usize>(k / STRIP);
      const count = min(STRIP, a.terms - k);
      for (let i = 0; i < count; i++) {
        const b = v128.load_splat<f32>(a.background + (<usize>(k + i) << 2));
        const row = dw + <usize>i * rowBytes;
        v128.store(row, f32x4.mul(b, sum0));
        if (rowBytes == 32) v128.store(row, f32x4.mul(b, sum1), 16);
      }
      const list = a.lists + strip * a.listBytes;
      const end = load<usize>(a.ends + (strip << 2));
      if (rowBytes == 32) sparseStrip6x8(list, end, dy, dw, count);
      else sparseStrip6x4(list, end, dy, dw, count);
      dw += <usize>STRIP * rowBytes;
    }
  }
}

/** Adds to up to six consecutive terms by eight outputs of a weight gradient. It reads six terms and stores `count`. */
export function sparseStrip6x8(list: usize, end: usize, dy: usize, dw: usize, count: i32): void {
  if (list == end) return;
  let c00 = v128.load(dw), c01 = v128.load(dw, 16);
  let c10 = v128.load(dw, 32), c11 = v128.load(dw, 48);
  let c20 = v128.load(dw, 64), c21 = v128.load(dw, 80);
  let c30 = v128.load(dw, 96), c31 = v128.load(dw, 112);
  let c40 = v128.load(dw, 128), c41 = v128.load(dw, 144);
  let c50 = v128.load(dw, 160), c51 = v128.load(dw, 176);
  let g = dy + <usize>load<u32>(list, 24);
  let b0 = v128.load(g);
  let b1 = v128.load(g, 16);
  let a = v128.load_splat<f32>(list);
  c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
  a = v128.load_splat<f32>(list, 4);
  c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
  a = v128.load_splat<f32>(list, 8);
  c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
  a = v128.load_splat<f32>(list, 12);
  c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
  a = v128.load_splat<f32>(list, 16);
  c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
  a = v128.load_splat<f32>(list, 20);
  c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
  list += RECORD;
  while (list != end) {
    g = dy + <usize>load<u32>(list, 24);
    b0 = v128.load(g);
    b1 = v128.load(g, 16);
    a = v128.load_splat<f32>(list);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01);
    a = v128.load_splat<f32>(list, 4);
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11);
    a = v128.load_splat<f32>(list, 8);
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21);
    a = v128.load_splat<f32>(list, 12);
    c30 = madd(a, b0, c30); c31 = madd(a, b1, c31);
    a = v128.load_splat<f32>(list, 16);
    c40 = madd(a, b0, c40); c41 = madd(a, b1, c41);
    a = v128.load_splat<f32>(list, 20);
    c50 = madd(a, b0, c50); c51 = madd(a, b1, c51);
    list += RECORD;
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

/** Adds to up to six consecutive terms by four outputs of a weight gradient. It reads six terms and stores `count`. */
export function sparseStrip6x4(list: usize, end: usize, dy: usize, dw: usize, count: i32): void {
  if (list == end) return;
  let c0 = v128.load(dw);
  let c1 = v128.load(dw, 16);
  let c2 = v128.load(dw, 32);
  let c3 = v128.load(dw, 48);
  let c4 = v128.load(dw, 64);
  let c5 = v128.load(dw, 80);
  let g = dy + <usize>load<u32>(list, 24);
  let b0 = v128.load(g);
  let a = v128.load_splat<f32>(list);
  c0 = madd(a, b0, c0);
  a = v128.load_splat<f32>(list, 4);
  c1 = madd(a, b0, c1);
  a = v128.load_splat<f32>(list, 8);
  c2 = madd(a, b0, c2);
  a = v128.load_splat<f32>(list, 12);
  c3 = madd(a, b0, c3);
  a = v128.load_splat<f32>(list, 16);
  c4 = madd(a, b0, c4);
  a = v128.load_splat<f32>(list, 20);
  c5 = madd(a, b0, c5);
  list += RECORD;
  while (list != end) {
    g = dy + <usize>load<u32>(list, 24);
    b0 = v128.load(g);
    a = v128.load_splat<f32>(list);
    c0 = madd(a, b0, c0);
    a = v128.load_splat<f32>(list, 4);
    c1 = madd(a, b0, c1);
    a = v128.load_splat<f32>(list, 8);
    c2 = madd(a, b0, c2);
    a = v128.load_splat<f32>(list, 12);
    c3 = madd(a, b0, c3);
    a = v128.load_splat<f32>(list, 16);
    c4 = madd(a, b0, c4);
    a = v128.load_splat<f32>(list, 20);
    c5 = madd(a, b0, c5);
    list += RECORD;
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
