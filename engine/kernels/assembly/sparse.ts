/**
 * The matrix products of a dense layer that reads the samples themselves, where most values of a sample are alike: the pixels around a digit.
 *
 * A stored 0 enters as b[k], the offset of its channel. With x'[n][k] = x[n][k] − b[k], which is 0 there,
 *
 *   y[n] = e + Σ_k x'[n][k] · w[k],  e = bias + Σ_k b[k] · w[k]
 *   dw[k] = b[k] · Σ_n dy[n] + Σ_n x'[n][k] · dy[n]
 *
 * and zeros of x' are passed over. The sums over b run over all weights and all of dy, also where b is 0: what is not finite there reaches the
 * outputs and the gradient as it does in `product`. Samples with few such values are left to `product`, task by task.
 */
import { activeSlots, job } from "./header";
import { madd } from "./vector";
import { workspace } from "./workspace";

/** Terms of a strip of the weight gradient, and bytes of its records: six values of x', what lies before the sample's dy, 4 unused. */
const STRIP: i32 = 6;
const RECORD: usize = 32;
/** Samples whose values are listed at a time. */
const SAMPLES: i32 = 6;
/** Bytes of what a task tells of its samples: whether they are left to `product`, and how many strips of its first one hold a value. */
const TASK: usize = 8;
/** Largest share of a sample's values, and of its strips, with which passing over the others pays. */
const FEW_VALUES: f64 = 0.4;
const FEW_STRIPS: f64 = 0.8;

// @ts-ignore: decorator
@unmanaged
export class SparseProduct {
  x: usize;
  xN: usize;
  y: usize;
  yN: usize;
  w: usize;
  /** b, and e. */
  background: usize;
  empty: usize;
  bias: usize;
  terms: i32;
  panels: usize;
  numPanels: i32;
  /** What tasks tell; rows of a task. */
  tasks: usize;
  chunk: i32;
  /** Of `background`: channels of a sample, values of each, floats from one channel and one value to the next. */
  channels: i32;
  area: i32;
  termC: i32;
  termI: i32;
  dy: usize;
  dyN: usize;
  dw: usize;
  /** Records of the strips, `listBytes` apart, and the end of each list. */
  lists: usize;
  listBytes: usize;
  ends: usize;
}

/** b[term] = offset of its channel. Behind the terms it stays 0. */
export function background(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<SparseProduct>(address);
  for (let c = 0; c < a.channels; c++) {
    const offset = load<f32>(job().scaling + (<usize>c << 3), 4);
    for (let i = 0; i < a.area; i++) store<f32>(a.background + (<usize>(c * a.termC + i * a.termI) << 2), offset);
  }
}

/** e = bias + Σ_k b[k] · w[k]. */
export function emptySample(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<SparseProduct>(address);
  const end = min((c1 + 1) >> 1, a.numPanels);
  const backgroundEnd = a.background + (<usize>a.terms << 2);
  for (let j = c0 >> 1; j < end; j++) {
    const panel = a.panels + (<usize>j << 4);
    const outputs = <usize>load<u32>(panel, 12);
    const width = <usize>load<u32>(panel, 8);
    let w = a.w + <usize>load<u32>(panel);
    for (let quad: usize = 0; quad < width << 2; quad += 16) {
      // Four sums, for one would wait for itself.
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
      let b = a.background;
      let at = w + quad;
      const step = width << 2;
      while (b + 16 <= backgroundEnd) {
        s0 = madd(v128.load_splat<f32>(b), v128.load(at), s0);
        at += step;
        s1 = madd(v128.load_splat<f32>(b, 4), v128.load(at), s1);
        at += step;
        s2 = madd(v128.load_splat<f32>(b, 8), v128.load(at), s2);
        at += step;
        s3 = madd(v128.load_splat<f32>(b, 12), v128.load(at), s3);
        at += step;
        b += 16;
      }
      while (b != backgroundEnd) {
        s0 = madd(v128.load_splat<f32>(b), v128.load(at), s0);
        at += step;
        b += 4;
      }
      const sum = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
      const offset = outputs + quad;
      v128.store(a.empty + offset, a.bias == 0 ? sum : f32x4.add(v128.load(a.bias + offset), sum));
    }
  }
}

/** Whether the samples of a task are left to `product`. */
// @ts-ignore: decorator
@inline
export function isLeft(tasks: usize, task: i32): bool {
  return load<i32>(tasks + <usize>task * TASK) != 0;
}

/** How many values of a sample differ from b; of the last ones, fewer than a vector, none is counted. */
function countValues(a: SparseProduct, x: usize): i32 {
  let count = 0;
  for (let k = 0; k + 4 <= a.terms; k += 4) {
    const offset = <usize>k << 2;
    count += popcnt(i32x4.bitmask(f32x4.ne(v128.load(x + offset), v128.load(a.background + offset))));
  }
  return count;
}

/** The six values of x' of a strip, the last two in the low lanes of a second vector. */
// @ts-ignore: decorator
@inline
function stripFirst(x: usize, b: usize): v128 {
  return f32x4.sub(v128.load(x), v128.load(b));
}

// @ts-ignore: decorator
@inline
function stripRest(x: usize, b: usize): v128 {
  return f32x4.sub(v128.load64_zero(x, 16), v128.load64_zero(b, 16));
}

// @ts-ignore: decorator
@inline
function holdsValue(first: v128, rest: v128): i32 {
  // The difference of equal numbers is +0.
  return i32(v128.any_true(v128.or(first, rest)));
}

/** How many strips of a sample hold a value; the last one does not count where it is shorter. */
function countStrips(a: SparseProduct, x: usize): i32 {
  let count = 0;
  for (let k = 0; k + STRIP <= a.terms; k += STRIP) {
    const offset = <usize>k << 2;
    count += holdsValue(stripFirst(x + offset, a.background + offset), stripRest(x + offset, a.background + offset));
  }
  return count;
}

/** For each of 16 masks of lanes, which bytes move to the front. */
const CHOSEN: usize = memory.data<u8>([
  16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
  0, 1, 2, 3, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
  4, 5, 6, 7, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
  0, 1, 2, 3, 4, 5, 6, 7, 16, 16, 16, 16, 16, 16, 16, 16,
  8, 9, 10, 11, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
  0, 1, 2, 3, 8, 9, 10, 11, 16, 16, 16, 16, 16, 16, 16, 16,
  4, 5, 6, 7, 8, 9, 10, 11, 16, 16, 16, 16, 16, 16, 16, 16,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 16, 16, 16,
  12, 13, 14, 15, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
  0, 1, 2, 3, 12, 13, 14, 15, 16, 16, 16, 16, 16, 16, 16, 16,
  4, 5, 6, 7, 12, 13, 14, 15, 16, 16, 16, 16, 16, 16, 16, 16,
  0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 16, 16, 16, 16,
  8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16, 16, 16, 16, 16, 16,
  0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16, 16,
  4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16, 16,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
]);

/**
 * Lists what is not 0 of x': byte offset of the term in a panel of eight, and value. Returns the end; writes up to four records more. No branch
 * depends on a value.
 */
function listValues(a: SparseProduct, x: usize, list: usize): usize {
  const zero = f32x4.splat(0);
  let b = a.background;
  let offsets = i32x4(0, 32, 64, 96);
  const end = b + (<usize>(a.terms & ~3) << 2);
  while (b != end) {
    const values = f32x4.sub(v128.load(x), v128.load(b));
    const mask = i32x4.bitmask(f32x4.ne(values, zero));
    const chosen = v128.load(CHOSEN + (<usize>mask << 4));
    const first = i8x16.swizzle(offsets, chosen);
    const second = i8x16.swizzle(values, chosen);
    v128.store(list, v128.shuffle<i32>(first, second, 0, 4, 1, 5));
    v128.store(list, v128.shuffle<i32>(first, second, 2, 6, 3, 7), 16);
    list += <usize>popcnt(mask) << 3;
    offsets = i32x4.add(offsets, i32x4.splat(128));
    x += 16;
    b += 16;
  }
  for (let term = a.terms & ~3; term < a.terms; term++) {
    const value = load<f32>(x) - load<f32>(b);
    store<i32>(list, term << 5);
    store<f32>(list, value, 4);
    list += <usize>(value != 0) << 3;
    x += 4;
    b += 4;
  }
  return list;
}

/** y = e + x'·w for samples with few values; tells which those are. */
export function sparseProduct(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<SparseProduct>(address);
  const told = a.tasks + <usize>task * TASK;
  const first = a.x + <usize>n0 * a.xN;
  store<i32>(told, countStrips(a, first), 4);
  const isFull = <f64>countValues(a, first) > FEW_VALUES * <f64>a.terms;
  store<i32>(told, i32(isFull));
  if (isFull) return;
  const ends = workspace();
  const lists = ends + 4 * SAMPLES;
  const listBytes = (<usize>a.terms + 4) << 3;
  for (let n = n0; n < n1; n += SAMPLES) {
    const samples = min(SAMPLES, n1 - n);
    for (let i = 0; i < samples; i++) {
      store<usize>(ends + (<usize>i << 2), listValues(a, a.x + <usize>(n + i) * a.xN, lists + <usize>i * listBytes));
    }
    // As many panels at a time as accumulators allow: the list is walked once for them.
    let panels = 0;
    for (let j = 0; j < a.numPanels; j += panels) {
      const panel = a.panels + (<usize>j << 4);
      const last = a.panels + (<usize>(a.numPanels - 1) << 4);
      const wide = a.numPanels - j - i32(load<u32>(last, 8) == 4);
      const w = a.w + <usize>load<u32>(panel);
      const outputs = <usize>load<u32>(panel, 4);
      const stride = <usize>a.terms << 5;
      const isEnd = wide == 6 && wide != a.numPanels - j;
      panels = isEnd ? 7 : wide >= 6 ? 6 : wide >= 4 ? 4 : wide >= 2 ? 2 : 1;
      for (let i = 0; i < samples; i++) {
        const list = lists + <usize>i * listBytes;
        const end = load<usize>(ends + (<usize>i << 2));
        const y = a.y + <usize>(n + i) * a.yN + outputs;
        const empty = a.empty + <usize>load<u32>(panel, 12);
        if (isEnd) sparse52(list, end, w, stride, y, empty);
        else if (wide >= 6) sparse48(list, end, w, stride, y, empty);
        else if (wide >= 4) sparse32(list, end, w, stride, y, empty);
        else if (wide >= 2) sparse16(list, end, w, stride, y, empty);
        else if (wide == 1) sparse8(list, end, w, y, empty);
        else sparse4(list, end, w, y, empty);
      }
    }
  }
}

/** 48 outputs of a sample: panels `stride` bytes apart. */
export function sparse48(list: usize, end: usize, w: usize, stride: usize, y: usize, empty: usize): void {
  let c0 = v128.load(empty), c1 = v128.load(empty, 16), c2 = v128.load(empty, 32), c3 = v128.load(empty, 48), c4 = v128.load(empty, 64), c5 = v128.load(empty, 80), c6 = v128.load(empty, 96), c7 = v128.load(empty, 112), c8 = v128.load(empty, 128), c9 = v128.load(empty, 144), c10 = v128.load(empty, 160), c11 = v128.load(empty, 176);
  while (list != end) {
    const o = <usize>load<u32>(list);
    const a = v128.load_splat<f32>(list, 4);
    let p = w + o;
    c0 = madd(a, v128.load(p), c0); c1 = madd(a, v128.load(p, 16), c1);
    p += stride;
    c2 = madd(a, v128.load(p), c2); c3 = madd(a, v128.load(p, 16), c3);
    p += stride;
    c4 = madd(a, v128.load(p), c4); c5 = madd(a, v128.load(p, 16), c5);
    p += stride;
    c6 = madd(a, v128.load(p), c6); c7 = madd(a, v128.load(p, 16), c7);
    p += stride;
    c8 = madd(a, v128.load(p), c8); c9 = madd(a, v128.load(p, 16), c9);
    p += stride;
    c10 = madd(a, v128.load(p), c10); c11 = madd(a, v128.load(p, 16), c11);
    list += 8;
  }
  v128.store(y, c0); v128.store(y, c1, 16); v128.store(y, c2, 32); v128.store(y, c3, 48);
  v128.store(y, c4, 64); v128.store(y, c5, 80); v128.store(y, c6, 96); v128.store(y, c7, 112);
  v128.store(y, c8, 128); v128.store(y, c9, 144); v128.store(y, c10, 160); v128.store(y, c11, 176);
}

/** 52 outputs of a sample: panels `stride` bytes apart, the last one of four. */
export function sparse52(list: usize, end: usize, w: usize, stride: usize, y: usize, empty: usize): void {
  let c0 = v128.load(empty), c1 = v128.load(empty, 16), c2 = v128.load(empty, 32), c3 = v128.load(empty, 48), c4 = v128.load(empty, 64), c5 = v128.load(empty, 80), c6 = v128.load(empty, 96), c7 = v128.load(empty, 112), c8 = v128.load(empty, 128), c9 = v128.load(empty, 144), c10 = v128.load(empty, 160), c11 = v128.load(empty, 176), c12 = v128.load(empty, 192);
  while (list != end) {
    const o = <usize>load<u32>(list);
    const a = v128.load_splat<f32>(list, 4);
    let p = w + o;
    c0 = madd(a, v128.load(p), c0); c1 = madd(a, v128.load(p, 16), c1);
    p += stride;
    c2 = madd(a, v128.load(p), c2); c3 = madd(a, v128.load(p, 16), c3);
    p += stride;
    c4 = madd(a, v128.load(p), c4); c5 = madd(a, v128.load(p, 16), c5);
    p += stride;
    c6 = madd(a, v128.load(p), c6); c7 = madd(a, v128.load(p, 16), c7);
    p += stride;
    c8 = madd(a, v128.load(p), c8); c9 = madd(a, v128.load(p, 16), c9);
    p += stride;
    c10 = madd(a, v128.load(p), c10); c11 = madd(a, v128.load(p, 16), c11);
    p += stride;
    c12 = madd(a, v128.load(p - (o >> 1)), c12);
    list += 8;
  }
  v128.store(y, c0); v128.store(y, c1, 16); v128.store(y, c2, 32); v128.store(y, c3, 48);
  v128.store(y, c4, 64); v128.store(y, c5, 80); v128.store(y, c6, 96); v128.store(y, c7, 112);
  v128.store(y, c8, 128); v128.store(y, c9, 144); v128.store(y, c10, 160); v128.store(y, c11, 176);
  v128.store(y, c12, 192);
}

/** 32 outputs of a sample: panels `stride` bytes apart. */
export function sparse32(list: usize, end: usize, w: usize, stride: usize, y: usize, empty: usize): void {
  let c0 = v128.load(empty), c1 = v128.load(empty, 16), c2 = v128.load(empty, 32), c3 = v128.load(empty, 48), c4 = v128.load(empty, 64), c5 = v128.load(empty, 80), c6 = v128.load(empty, 96), c7 = v128.load(empty, 112);
  while (list != end) {
    const o = <usize>load<u32>(list);
    const a = v128.load_splat<f32>(list, 4);
    let p = w + o;
    c0 = madd(a, v128.load(p), c0); c1 = madd(a, v128.load(p, 16), c1);
    p += stride;
    c2 = madd(a, v128.load(p), c2); c3 = madd(a, v128.load(p, 16), c3);
    p += stride;
    c4 = madd(a, v128.load(p), c4); c5 = madd(a, v128.load(p, 16), c5);
    p += stride;
    c6 = madd(a, v128.load(p), c6); c7 = madd(a, v128.load(p, 16), c7);
    list += 8;
  }
  v128.store(y, c0); v128.store(y, c1, 16); v128.store(y, c2, 32); v128.store(y, c3, 48);
  v128.store(y, c4, 64); v128.store(y, c5, 80); v128.store(y, c6, 96); v128.store(y, c7, 112);
}

/** 16 outputs of a sample: panels `stride` bytes apart. */
export function sparse16(list: usize, end: usize, w: usize, stride: usize, y: usize, empty: usize): void {
  let c0 = v128.load(empty), c1 = v128.load(empty, 16), c2 = v128.load(empty, 32), c3 = v128.load(empty, 48);
  while (list != end) {
    const o = <usize>load<u32>(list);
    const a = v128.load_splat<f32>(list, 4);
    let p = w + o;
    c0 = madd(a, v128.load(p), c0); c1 = madd(a, v128.load(p, 16), c1);
    p += stride;
    c2 = madd(a, v128.load(p), c2); c3 = madd(a, v128.load(p, 16), c3);
    list += 8;
  }
  v128.store(y, c0); v128.store(y, c1, 16); v128.store(y, c2, 32); v128.store(y, c3, 48);
}

/** 8 outputs of a sample. */
export function sparse8(list: usize, end: usize, w: usize, y: usize, empty: usize): void {
  let c0 = v128.load(empty), c1 = v128.load(empty, 16);
  while (list != end) {
    const o = <usize>load<u32>(list);
    const a = v128.load_splat<f32>(list, 4);
    const p = w + o;
    c0 = madd(a, v128.load(p), c0); c1 = madd(a, v128.load(p, 16), c1);
    list += 8;
  }
  v128.store(y, c0); v128.store(y, c1, 16);
}

/** 4 outputs of a sample. */
export function sparse4(list: usize, end: usize, w: usize, y: usize, empty: usize): void {
  let c0 = v128.load(empty);
  while (list != end) {
    const o = <usize>load<u32>(list);
    const a = v128.load_splat<f32>(list, 4);
    c0 = madd(a, v128.load(w + (o >> 1)), c0);
    list += 8;
  }
  v128.store(y, c0);
}

/** Whether the strips of the batch's samples are left to `productGradient`. */
// @ts-ignore: decorator
@inline
export function leavesGradient(tasks: usize, chunk: i32, terms: i32): bool {
  const numTasks = activeSlots(chunk);
  let count = 0;
  for (let task = 0; task < numTasks; task++) count += load<i32>(tasks + <usize>task * TASK, 4);
  return <f64>count > FEW_STRIPS * <f64>(numTasks * (terms / STRIP));
}

/** Lists, for each strip of terms, the samples that hold a value there. `c0` and `c1` count strips. */
export function listStrips(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<SparseProduct>(address);
  if (leavesGradient(a.tasks, a.chunk, a.terms)) return;
  const end = min(c1, (a.terms + STRIP - 1) / STRIP);
  for (let strip = c0; strip < end; strip++) {
    const offset = <usize>(strip * STRIP) << 2;
    const b = a.background + offset;
    // Behind the last term lies another sample.
    const left = i32x4.splat(min(STRIP, a.terms - strip * STRIP));
    const firstLanes = i32x4.lt_s(i32x4(0, 1, 2, 3), left);
    const restLanes = i32x4.lt_s(i32x4(4, 5, 6, 7), left);
    let x = a.x + <usize>n0 * a.xN + offset;
    let list = a.lists + <usize>strip * a.listBytes;
    let dy = <u32>n0 * <u32>a.dyN;
    for (let n = n0; n < n1; n++) {
      const first = v128.and(stripFirst(x, b), firstLanes);
      const rest = v128.and(stripRest(x, b), restLanes);
      v128.store(list, first);
      v128.store(list, i32x4.replace_lane(rest, 2, dy), 16);
      list += <usize>holdsValue(first, rest) * RECORD;
      x += a.xN;
      dy += <u32>a.dyN;
    }
    store<usize>(a.ends + (<usize>strip << 2), list);
  }
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
  let c00 = v128.load(dw), c01 = v128.load(dw, 16);
  let c10 = v128.load(dw, 32), c11 = v128.load(dw, 48);
  let c20 = v128.load(dw, 64), c21 = v128.load(dw, 80);
  let c30 = v128.load(dw, 96), c31 = v128.load(dw, 112);
  let c40 = v128.load(dw, 128), c41 = v128.load(dw, 144);
  let c50 = v128.load(dw, 160), c51 = v128.load(dw, 176);
  while (list != end) {
    const g = dy + <usize>load<u32>(list, 24);
    const b0 = v128.load(g);
    const b1 = v128.load(g, 16);
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
  let c0 = v128.load(dw);
  let c1 = v128.load(dw, 16);
  let c2 = v128.load(dw, 32);
  let c3 = v128.load(dw, 48);
  let c4 = v128.load(dw, 64);
  let c5 = v128.load(dw, 80);
  while (list != end) {
    const g = dy + <usize>load<u32>(list, 24);
    const b0 = v128.load(g);
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
