/**
 * Statistics of weights. `weightView`: moments of those that the step's forward pass uses, then a histogram. The rest is called by the updates
 * of a measured step, block by block while weights and gradient are in the cache: moments of the gradient and of the change, and the
 * gradient's powers of two counted. All sums in f64. Where lanes are padding a table says how many of each quad are real.
 */
import { now } from "./clock";
import { job } from "./header";
import { BINS, countPairs, countSingles, gridOffset, gridScale, joinPairs, PAIRS, pairWeights, ROW } from "./statisticsHistogram";
import { histogramRange } from "./statisticsTotals";
import { NODE_COUNTS } from "./statisticsView";
import { isFinite4, madd } from "./vector";
import { threadIndex, workspace } from "./workspace";

/**
 * A tensor's record, f64: count, mean, Σ(w − mean)², finite, min, max, Σ|w|, non-finite, low and high of the histogram; an i32 of the host,
 * not 0 while updates are not to be measured; u32 counts as in a node's record, at `NODE_COUNTS`; then those of the gradient: below 2⁻⁵²,
 * 64 powers of two, above, two reserved.
 */
const SKIPPED: usize = 80;
const GRADIENT_COUNTS: usize = 400;
const GRADIENT_CODES: usize = 66;
/** The exponent field of 2⁻⁵² is one more: the lowest power with a bin. */
const BELOW_LOWEST: i32 = 127 - 53;

// @ts-ignore: decorator
@unmanaged
export class WeightView {
  w: usize;
  /** Number of quads. */
  vectors: i32;
  /** u8 real lanes of each quad; 0: all are. */
  lanes: usize;
  record: usize;
}

// @ts-ignore: decorator
@inline
function laneMask(lanes: usize, vector: i32): v128 {
  return lanes == 0 ? i32x4.splat(-1) : i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(<i32>load<u8>(lanes + vector)));
}

// @ts-ignore: decorator
@inline
function lowHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline
function highHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3));
}

// @ts-ignore: decorator
@inline
function sumOf2(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

// @ts-ignore: decorator
@inline
function sumOf4(x: v128): i32 {
  return i32x4.extract_lane(x, 0) + i32x4.extract_lane(x, 1) + i32x4.extract_lane(x, 2) + i32x4.extract_lane(x, 3);
}

// @ts-ignore: decorator
@inline
function finiteOr0(x: f32): f32 {
  return x - x == 0 ? x : 0;
}

/** Quads of a run that is summed in f32, before the sum goes to f64. */
const RUN: i32 = 64;

/**
 * Sums over weights, with d = w − shift: f64 Σd, Σd², Σ|w|, then i32 number of values and of finite ones, f32 shift and reserved, f32x4 min
 * and max.
 */
const SUMS: usize = 80;

/** Moments, range and histogram of a tensor. Overwrites the record; clears the counts of the gradient. */
export function weightView(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<WeightView>(address);
  const record = a.record;
  const sums = workspace();
  memory.fill(sums, 0, SUMS);
  // Differences from one of the values: where all are equal there is no variance at all.
  const from = finiteOr0(load<f32>(a.w));
  store<f32>(sums, from, 32);
  v128.store(sums, f32x4.splat(Infinity), 48);
  v128.store(sums, f32x4.splat(-Infinity), 64);
  for (let first = 0; first < a.vectors; first += RUN) {
    const count = min(RUN, a.vectors - first);
    const w = a.w + (<usize>first << 4);
    const lanes: usize = a.lanes == 0 ? 0 : a.lanes + first;
    if (lanes != 0 || !weightRow(w, w + (<usize>count << 4), sums)) carefulWeights(w, lanes, count, sums);
  }
  const least = v128.load(sums, 48);
  const most = v128.load(sums, 64);
  const total = load<i32>(sums, 24);
  const count = load<i32>(sums, 28);
  const sum = load<f64>(sums);
  const correction = count == 0 ? 0.0 : sum / <f64>count;
  const mean = count == 0 ? 0.0 : <f64>from + correction;
  const deviations = Math.max(0, load<f64>(sums, 8) - correction * sum);
  const lowest: f64 = count == 0 ? 0 : <f64>leastOf(least);
  const highest: f64 = count == 0 ? 0 : -<f64>leastOf(f32x4.neg(most));
  store<f64>(record, <f64>total);
  store<f64>(record, mean, 8);
  store<f64>(record, deviations, 16);
  store<f64>(record, <f64>count, 24);
  store<f64>(record, lowest, 32);
  store<f64>(record, highest, 40);
  store<f64>(record, load<f64>(sums, 16), 48);
  store<f64>(record, <f64>(total - count), 56);
  const reach = count == 0 ? 0.0 : 4.5 * Math.sqrt(deviations / <f64>count);
  let low = Math.max(lowest, mean - reach);
  let high = Math.min(highest, mean + reach);
  if (low > 0 && low <= highest - lowest) low = 0;
  if (high < 0 && -high <= highest - lowest) high = 0;
  histogramRange(record, low, high);
  countWeights(a, lowest, highest, count == total);
  memory.fill(record + GRADIENT_COUNTS, 0, <usize>ROW * 4);
}

/** Adds a run of quads; false, and nothing, where a value or a square is not finite. */
export function weightRow(w: usize, end: usize, sums: usize): bool {
  const shift = v128.load32_splat(sums, 32);
  const numValues = <i32>(end - w) >> 2;
  let sum = f32x4.splat(0);
  let squares = f32x4.splat(0);
  let sizes = f32x4.splat(0);
  let least = v128.load(sums, 48);
  let most = v128.load(sums, 64);
  while (w != end) {
    const value = v128.load(w);
    const d = f32x4.sub(value, shift);
    sum = f32x4.add(sum, d);
    squares = madd(d, d, squares);
    sizes = f32x4.add(sizes, f32x4.abs(value));
    least = f32x4.pmin(least, value);
    most = f32x4.pmax(most, value);
    w += 16;
  }
  if (!i32x4.all_true(isFinite4(f32x4.add(squares, sizes)))) return false;
  addFloat(sums, sumOf2(f64x2.add(lowHalf(sum), highHalf(sum))));
  addFloat(sums + 8, sumOf2(f64x2.add(lowHalf(squares), highHalf(squares))));
  addFloat(sums + 16, sumOf2(f64x2.add(lowHalf(sizes), highHalf(sizes))));
  addInt(sums + 24, numValues);
  addInt(sums + 28, numValues);
  v128.store(sums, least, 48);
  v128.store(sums, most, 64);
  return true;
}

/** The same of any values, padding left out. */
function carefulWeights(at: usize, lanes: usize, vectors: i32, sums: usize): void {
  const shift = v128.load32_splat(sums, 32);
  let sum = f64x2.splat(0);
  let squares = f64x2.splat(0);
  let sizes = f64x2.splat(0);
  let least = v128.load(sums, 48);
  let most = v128.load(sums, 64);
  let real = i32x4.splat(0);
  let finite = i32x4.splat(0);
  for (let i = 0; i < vectors; i++) {
    const w = v128.load(at + (<usize>i << 4));
    const mask = laneMask(lanes, i);
    const ok = v128.and(isFinite4(w), mask);
    const d = v128.and(f32x4.sub(w, shift), ok);
    const size = v128.and(f32x4.abs(w), ok);
    const low = lowHalf(d);
    const high = highHalf(d);
    sum = f64x2.add(sum, f64x2.add(low, high));
    squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
    sizes = f64x2.add(sizes, f64x2.add(lowHalf(size), highHalf(size)));
    least = v128.bitselect(f32x4.pmin(least, w), least, ok);
    most = v128.bitselect(f32x4.pmax(most, w), most, ok);
    real = i32x4.sub(real, mask);
    finite = i32x4.sub(finite, ok);
  }
  addFloat(sums, sumOf2(sum));
  addFloat(sums + 8, sumOf2(squares));
  addFloat(sums + 16, sumOf2(sizes));
  addInt(sums + 24, sumOf4(real));
  addInt(sums + 28, sumOf4(finite));
  v128.store(sums, least, 48);
  v128.store(sums, most, 64);
}

function leastOf(x: v128): f32 {
  return min(min(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)), min(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)));
}

/** Counts over the range in the record: runs of quads with as many real lanes. */
function countWeights(a: WeightView, lowest: f64, highest: f64, allFinite: bool): void {
  const counts = a.record + NODE_COUNTS;
  memory.fill(counts, 0, <usize>ROW * 4);
  const low = load<f64>(a.record, 64);
  const high = load<f64>(a.record, 72);
  const mul = gridScale(low, high, BINS);
  const add = gridOffset(low, high, BINS);
  // No rounding puts a value beyond an end that none passes.
  const least = lowest >= low ? 1 : 0;
  const most = highest <= high ? BINS : BINS + 1;
  const none = f32x4.splat(-Infinity);
  const zero = f32x4.splat(0);
  const paired = allFinite && a.vectors >= 256;
  const pairs = workspace();
  if (paired) memory.fill(pairs, 0, PAIRS);
  for (let first = 0; first < a.vectors; ) {
    const lanes = a.lanes == 0 ? 4 : <i32>load<u8>(a.lanes + first);
    let next = a.lanes == 0 ? a.vectors : first + 1;
    while (next < a.vectors && <i32>load<u8>(a.lanes + next) == lanes) next++;
    let at = a.w + (<usize>first << 4);
    const end = a.w + (<usize>next << 4);
    if (paired && lanes == 4) {
      const even = at + (<usize>((next - first) & ~1) << 4);
      countPairs(
        at, 16, even, none, f32x4.splat(mul), f32x4.splat(add), i16x8.splat(<i16>least), i16x8.splat(<i16>most),
        pairWeights(ROW), i32x4.splat(<i32>pairs),
      );
      at = even;
    }
    if (at != end && lanes != 0) {
      countSingles(at, 16, end, lanes, zero, f32x4.splat(1), zero, none, counts, mul, add, <f32>least, <f32>most, BINS + 2);
    }
    first = next;
  }
  if (paired) joinPairs(pairs, ROW, BINS + 2, counts);
}

/** Quads of a block, whose weights before the update lie in the workspace. */
const BLOCK: i32 = 1024;
/** After them u32 counts of the gradient of each lane: the codes, and one for what is left out. */
const TABLE_BYTES: usize = 67 << 4;
/** Fewer quads are not worth the clearing of a table, or the look at the clock. */
const FEW: i32 = 32;

/**
 * A record for each task of an update: f32 shifts of gradient and change; i32 number of values, finite gradients, finite changes, gradients
 * that are 0, 1 once the shifts are known, 1 where the table is used; f64 Σ(g − shift), Σ(g − shift)², Σ(d − shift), Σ(d − shift)², Σ|d|.
 */
const MOMENTS: usize = 72;

/**
 * Clears the record of the task that begins with quad c0 of channels, one of those at `moments`; 0: nothing is measured. `record` is the
 * tensor's.
 */
export function beginMoments(moments: usize, record: usize, c0: i32, quadsOfTask: i32, bytes: usize): usize {
  if (moments == 0 || !job().measure || load<i32>(record, SKIPPED)) return 0;
  const own = moments + <usize>(c0 / quadsOfTask) * MOMENTS;
  memory.fill(own, 0, MOMENTS);
  if (bytes > <usize>FEW << 4) {
    store<i32>(own, 1, 28);
    memory.fill(table(), 0, TABLE_BYTES);
  }
  return own;
}

// @ts-ignore: decorator
@inline
function table(): usize {
  return workspace() + (<usize>BLOCK << 4);
}

/** The end of the next block; keeps its weights. */
export function keepBlock(moments: usize, w: usize, from: usize, end: usize): usize {
  if (moments == 0) return end;
  const to = min(end, from + (<usize>BLOCK << 4));
  memory.copy(workspace(), w + from, to - from);
  return to;
}

/** Adds the block to the record. */
export function measureBlock(
  moments: usize, record: usize, lanes: usize, w: usize, gradient: usize, slotStride: usize, slots: i32, from: usize, to: usize,
): void {
  const usesTable = load<i32>(moments, 28) != 0;
  const isTimed = usesTable && threadIndex() == 0;
  const begun = isTimed ? now() : 0;
  const before = workspace();
  if (!load<i32>(moments, 24)) {
    store<f32>(moments, finiteOr0(f32x4.extract_lane(sumAt(gradient + from, slotStride, slots), 0)));
    store<f32>(moments, finiteOr0(load<f32>(w + from) - load<f32>(before)), 4);
    store<i32>(moments, 1, 24);
  }
  const isReal = lanes == 0 || allReal(lanes + (from >> 4), <i32>((to - from) >> 4));
  for (let at = from; at < to; at += <usize>RUN << 4) {
    const end = min(to, at + (<usize>RUN << 4));
    const old = before + (at - from);
    const isDone =
      isReal && usesTable && updateRow(w + at, w + end, old, gradient + at, slotStride, slots, moments, table());
    if (!isDone) {
      const lanesHere: usize = lanes == 0 ? 0 : lanes + (at >> 4);
      // The row before has counted already; what is not finite among the values above all powers of two.
      const bad = carefulUpdate(
        w + at, w + end, old, gradient + at, slotStride, slots, moments, lanesHere, isReal && usesTable ? 0 : record, usesTable,
      );
      if (isReal && usesTable) addInt(table() + ((GRADIENT_CODES - 1) << 4), -bad);
    }
  }
  if (isTimed) job().measuringMs += now() - begun;
}

function allReal(lanes: usize, count: i32): bool {
  for (let i = 0; i < count; i++) if (load<u8>(lanes + i) != 4) return false;
  return true;
}

// @ts-ignore: decorator
@inline
function codesOf(g: v128): v128 {
  const exponent = i32x4.sub(i32x4.shr_u(v128.andnot(g, i32x4.splat(0x80000000)), 23), i32x4.splat(BELOW_LOWEST));
  return i32x4.min_s(i32x4.max_s(exponent, i32x4.splat(0)), i32x4.splat(<i32>GRADIENT_CODES - 1));
}

/** Adds a run of quads; false where a value or a square is not finite, and then only the table has them. */
export function updateRow(
  w: usize, end: usize, before: usize, gradient: usize, slotStride: usize, slots: i32, moments: usize, counts: usize,
): bool {
  const numValues = <i32>(end - w) >> 2;
  const shift = v128.load32_splat(moments);
  const changeShift = v128.load32_splat(moments, 4);
  const zero = f32x4.splat(0);
  let sum = zero;
  let squares = zero;
  let changeSum = zero;
  let changeSquares = zero;
  let sizes = zero;
  let zeros = i32x4.splat(0);
  while (w != end) {
    const g = sumAt(gradient, slotStride, slots);
    const d = f32x4.sub(g, shift);
    sum = f32x4.add(sum, d);
    squares = madd(d, d, squares);
    zeros = i32x4.sub(zeros, f32x4.eq(g, zero));
    const change = f32x4.sub(v128.load(w), v128.load(before));
    const e = f32x4.sub(change, changeShift);
    changeSum = f32x4.add(changeSum, e);
    changeSquares = madd(e, e, changeSquares);
    sizes = f32x4.add(sizes, f32x4.abs(change));
    const word = i32x4.shl(codesOf(g), 4);
    addOne(counts + <usize>i32x4.extract_lane(word, 0));
    addOne(counts + <usize>i32x4.extract_lane(word, 1) + 4);
    addOne(counts + <usize>i32x4.extract_lane(word, 2) + 8);
    addOne(counts + <usize>i32x4.extract_lane(word, 3) + 12);
    w += 16;
    before += 16;
    gradient += 16;
  }
  if (!i32x4.all_true(isFinite4(f32x4.add(f32x4.add(squares, changeSquares), sizes)))) return false;
  addInt(moments + 8, numValues);
  addInt(moments + 12, numValues);
  addInt(moments + 16, numValues);
  addInt(moments + 20, sumOf4(zeros));
  addFloat(moments + 32, sumOf2(f64x2.add(lowHalf(sum), highHalf(sum))));
  addFloat(moments + 40, sumOf2(f64x2.add(lowHalf(squares), highHalf(squares))));
  addFloat(moments + 48, sumOf2(f64x2.add(lowHalf(changeSum), highHalf(changeSum))));
  addFloat(moments + 56, sumOf2(f64x2.add(lowHalf(changeSquares), highHalf(changeSquares))));
  addFloat(moments + 64, sumOf2(f64x2.add(lowHalf(sizes), highHalf(sizes))));
  return true;
}

/**
 * The same of any values, padding left out; counts them in the table, or in the tensor's record where there is none; `record` 0: not at all.
 * Returns the number of gradients that are not finite.
 */
function carefulUpdate(
  w: usize, end: usize, before: usize, gradient: usize, slotStride: usize, slots: i32, moments: usize, lanes: usize, record: usize,
  usesTable: bool,
): i32 {
  const shift = v128.load32_splat(moments);
  const changeShift = v128.load32_splat(moments, 4);
  const zero = f32x4.splat(0);
  let sum = f64x2.splat(0);
  let squares = f64x2.splat(0);
  let changeSum = f64x2.splat(0);
  let changeSquares = f64x2.splat(0);
  let sizes = f64x2.splat(0);
  let real = i32x4.splat(0);
  let finite = i32x4.splat(0);
  let changeFinite = i32x4.splat(0);
  let zeros = i32x4.splat(0);
  for (let i = 0; w != end; i++) {
    const mask = laneMask(lanes, i);
    const g = sumAt(gradient, slotStride, slots);
    const ok = v128.and(isFinite4(g), mask);
    const d = v128.and(f32x4.sub(g, shift), ok);
    const low = lowHalf(d);
    const high = highHalf(d);
    sum = f64x2.add(sum, f64x2.add(low, high));
    squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
    const change = f32x4.sub(v128.load(w), v128.load(before));
    const changeOk = v128.and(isFinite4(change), mask);
    const e = v128.and(f32x4.sub(change, changeShift), changeOk);
    const size = v128.and(f32x4.abs(change), changeOk);
    const changeLow = lowHalf(e);
    const changeHigh = highHalf(e);
    changeSum = f64x2.add(changeSum, f64x2.add(changeLow, changeHigh));
    changeSquares = f64x2.add(changeSquares, f64x2.add(f64x2.mul(changeLow, changeLow), f64x2.mul(changeHigh, changeHigh)));
    sizes = f64x2.add(sizes, f64x2.add(lowHalf(size), highHalf(size)));
    real = i32x4.sub(real, mask);
    finite = i32x4.sub(finite, ok);
    changeFinite = i32x4.sub(changeFinite, changeOk);
    zeros = i32x4.sub(zeros, v128.and(f32x4.eq(g, zero), mask));
    if (record != 0) {
      const codes = v128.bitselect(codesOf(g), i32x4.splat(<i32>GRADIENT_CODES), ok);
      countCode(i32x4.extract_lane(codes, 0), record, usesTable);
      countCode(i32x4.extract_lane(codes, 1), record, usesTable);
      countCode(i32x4.extract_lane(codes, 2), record, usesTable);
      countCode(i32x4.extract_lane(codes, 3), record, usesTable);
    }
    w += 16;
    before += 16;
    gradient += 16;
  }
  const numReal = sumOf4(real);
  const numFinite = sumOf4(finite);
  addInt(moments + 8, numReal);
  addInt(moments + 12, numFinite);
  addInt(moments + 16, sumOf4(changeFinite));
  addInt(moments + 20, sumOf4(zeros));
  addFloat(moments + 32, sumOf2(sum));
  addFloat(moments + 40, sumOf2(squares));
  addFloat(moments + 48, sumOf2(changeSum));
  addFloat(moments + 56, sumOf2(changeSquares));
  addFloat(moments + 64, sumOf2(sizes));
  return numReal - numFinite;
}

// @ts-ignore: decorator
@inline
function countCode(code: i32, record: usize, usesTable: bool): void {
  if (usesTable) addOne(table() + (<usize>code << 4));
  else if (code != <i32>GRADIENT_CODES) atomic.add<i32>(record + GRADIENT_COUNTS + (<usize>code << 2), 1);
}

/** Adds the task's counts to the tensor's. Whole numbers: their order does not matter. */
export function endMoments(moments: usize, record: usize): void {
  if (moments == 0 || !load<i32>(moments, 28)) return;
  const counts = record + GRADIENT_COUNTS;
  for (let code: usize = 0; code < GRADIENT_CODES; code++) {
    const count = sumOf4(v128.load(table() + (code << 4)));
    if (count != 0) atomic.add<i32>(counts + (code << 2), count);
  }
}

/** The sum over the chunks. */
// @ts-ignore: decorator
@inline
export function sumAt(at: usize, slotStride: usize, slots: i32): v128 {
  let g = v128.load(at);
  for (let s = 1; s < slots; s++) {
    at += slotStride;
    g = f32x4.add(g, v128.load(at));
  }
  return g;
}

// @ts-ignore: decorator
@inline
function addOne(at: usize): void {
  store<i32>(at, load<i32>(at) + 1);
}

// @ts-ignore: decorator
@inline
function addInt(at: usize, value: i32): void {
  store<i32>(at, load<i32>(at) + value);
}

// @ts-ignore: decorator
@inline
function addFloat(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}
