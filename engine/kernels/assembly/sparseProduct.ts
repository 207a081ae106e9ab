/** Forward: the values of a few samples that are not 0 are listed, then each panel of weights is walked along the lists. */
import { holdsValue, SparseProduct, STRIP, stripFirst, stripRest, TASK } from "./sparse";
import { madd, pick } from "./vector";
import { workspace } from "./workspace";

/** Samples whose values are listed at a time. */
const SAMPLES: i32 = 6;
/** Largest share of a sample's values with which passing over the others pays. */
const FEW_VALUES: f64 = 0.4;

/** How many values of a sample differ from b; of the last ones, fewer than a vector, none is counted. */
function countValues(a: SparseProduct, x: usize): i32 {
  let count = 0;
  for (let k = 0; k + 4 <= a.terms; k += 4) {
    const offset = <usize>k << 2;
    count += popcnt(i32x4.bitmask(f32x4.ne(v128.load(x + offset), v128.load(a.background + offset))));
  }
  return count;
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

/** Byte offsets, in a panel of eight, of the terms from `term` on. */
// @ts-ignore: decorator
@inline
function offsetsFrom(term: i32): v128 {
  return i32x4.add(i32x4(0, 32, 64, 96), i32x4.splat(term << 5));
}

/** Writes records of what is not 0, and of what is by chance behind; returns the end of the first. */
// @ts-ignore: decorator
@inline
function listFour(list: usize, values: v128, offsets: v128): usize {
  const mask = i32x4.bitmask(f32x4.ne(values, f32x4.splat(0)));
  const chosen = v128.load(CHOSEN + (<usize>mask << 4));
  const first = pick(offsets, chosen);
  const second = pick(values, chosen);
  v128.store(list, v128.shuffle<i32>(first, second, 0, 4, 1, 5));
  v128.store(list, v128.shuffle<i32>(first, second, 2, 6, 3, 7), 16);
  return list + (<usize>popcnt(mask) << 3);
}

/**
 * Lists what is not 0 of x': byte offset of the term in a panel of eight, and value. Returns the end; writes up to four records more. Sixteen zeros
 * are passed over by a branch: they come in long runs, around a digit, while what is inside would be guessed wrong too often.
 */
function listValues(a: SparseProduct, x: usize, list: usize): usize {
  let b = a.background;
  let term = 0;
  for (; term + 16 <= a.terms; term += 16) {
    const v0 = f32x4.sub(v128.load(x), v128.load(b));
    const v1 = f32x4.sub(v128.load(x, 16), v128.load(b, 16));
    const v2 = f32x4.sub(v128.load(x, 32), v128.load(b, 32));
    const v3 = f32x4.sub(v128.load(x, 48), v128.load(b, 48));
    if (v128.any_true(v128.or(v128.or(v0, v1), v128.or(v2, v3)))) {
      list = listFour(list, v0, offsetsFrom(term));
      list = listFour(list, v1, offsetsFrom(term + 4));
      list = listFour(list, v2, offsetsFrom(term + 8));
      list = listFour(list, v3, offsetsFrom(term + 12));
    }
    x += 64;
    b += 64;
  }
  for (; term + 4 <= a.terms; term += 4) {
    list = listFour(list, f32x4.sub(v128.load(x), v128.load(b)), offsetsFrom(term));
    x += 16;
    b += 16;
  }
  for (; term < a.terms; term++) {
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
