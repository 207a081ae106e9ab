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
import { isFinite4 } from "./vector";
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

/** Moments, range and histogram of a tensor. Overwrites the record; clears the counts of the gradient. */
export function weightView(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<WeightView>(address);
  const record = a.record;
  // Differences from one of the values: where all are equal there is no variance at all.
  const from = finiteOr0(load<f32>(a.w));
  const shift = f32x4.splat(from);
  let sum = f64x2.splat(0);
  let squares = f64x2.splat(0);
  let sizes = f64x2.splat(0);
  let least = f32x4.splat(Infinity);
  let most = f32x4.splat(-Infinity);
  let real = i32x4.splat(0);
  let finite = i32x4.splat(0);
  for (let i = 0; i < a.vectors; i++) {
    const w = v128.load(a.w + (<usize>i << 4));
    const mask = laneMask(a.lanes, i);
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
  const total = sumOf4(real);
  const count = sumOf4(finite);
  const correction = count == 0 ? 0.0 : sumOf2(sum) / <f64>count;
  const mean = count == 0 ? 0.0 : <f64>from + correction;
  const deviations = Math.max(0, sumOf2(squares) - correction * sumOf2(sum));
  const lowest: f64 = count == 0 ? 0 : <f64>leastOf(least);
  const highest: f64 = count == 0 ? 0 : -<f64>leastOf(f32x4.neg(most));
  store<f64>(record, <f64>total);
  store<f64>(record, mean, 8);
  store<f64>(record, deviations, 16);
  store<f64>(record, <f64>count, 24);
  store<f64>(record, lowest, 32);
  store<f64>(record, highest, 40);
  store<f64>(record, sumOf2(sizes), 48);
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
/** After them u32 counts of the gradient, a row for each lane: the codes, and one for what is left out. */
const LANE_ROW: usize = 68 << 2;
const TABLES: usize = 4 * LANE_ROW;

/**
 * A record for each task of an update: f32 shifts of gradient and change; i32 number of values, finite gradients, finite changes, gradients
 * that are 0, 1 once the shifts are known, reserved; f64 Σ(g − shift), Σ(g − shift)², Σ(d − shift), Σ(d − shift)², Σ|d|.
 */
const MOMENTS: usize = 72;

/**
 * Clears the record of the task that begins with quad c0 of channels, one of those at `moments`; 0: nothing is measured. `record` is the
 * tensor's.
 */
export function beginMoments(moments: usize, record: usize, c0: i32, quadsOfTask: i32): usize {
  if (moments == 0 || !job().measure || load<i32>(record, SKIPPED)) return 0;
  const own = moments + <usize>(c0 / quadsOfTask) * MOMENTS;
  memory.fill(own, 0, MOMENTS);
  memory.fill(workspace() + (<usize>BLOCK << 4), 0, TABLES);
  return own;
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
  moments: usize, lanes: usize, w: usize, gradient: usize, slotStride: usize, slots: i32, from: usize, to: usize,
): void {
  const begun = threadIndex() == 0 ? now() : 0;
  const tables = workspace() + (<usize>BLOCK << 4);
  if (!load<i32>(moments, 24)) {
    store<f32>(moments, finiteOr0(f32x4.extract_lane(sumAt(gradient + from, slotStride, slots), 0)));
    store<f32>(moments, finiteOr0(load<f32>(w + from) - load<f32>(workspace())), 4);
    store<i32>(moments, 1, 24);
  }
  const shift = f32x4.splat(load<f32>(moments));
  const changeShift = f32x4.splat(load<f32>(moments, 4));
  const zero = f32x4.splat(0);
  const leftOut = i32x4.splat(<i32>GRADIENT_CODES);
  let sum = f64x2.splat(0);
  let squares = f64x2.splat(0);
  let changeSum = f64x2.splat(0);
  let changeSquares = f64x2.splat(0);
  let sizes = f64x2.splat(0);
  let real = i32x4.splat(0);
  let finite = i32x4.splat(0);
  let changeFinite = i32x4.splat(0);
  let zeros = i32x4.splat(0);
  let before = workspace();
  for (let at = from; at < to; at += 16) {
    const mask = laneMask(lanes, <i32>(at >> 4));
    const g = sumAt(gradient + at, slotStride, slots);
    const ok = v128.and(isFinite4(g), mask);
    const d = v128.and(f32x4.sub(g, shift), ok);
    const low = lowHalf(d);
    const high = highHalf(d);
    sum = f64x2.add(sum, f64x2.add(low, high));
    squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
    const change = f32x4.sub(v128.load(w + at), v128.load(before));
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
    const exponent = i32x4.sub(i32x4.shr_u(v128.andnot(g, i32x4.splat(0x80000000)), 23), i32x4.splat(BELOW_LOWEST));
    const code = i32x4.min_s(i32x4.max_s(exponent, i32x4.splat(0)), i32x4.splat(<i32>GRADIENT_CODES - 1));
    const word = i32x4.shl(v128.bitselect(code, leftOut, ok), 2);
    addOne(tables + <usize>i32x4.extract_lane(word, 0));
    addOne(tables + LANE_ROW + <usize>i32x4.extract_lane(word, 1));
    addOne(tables + 2 * LANE_ROW + <usize>i32x4.extract_lane(word, 2));
    addOne(tables + 3 * LANE_ROW + <usize>i32x4.extract_lane(word, 3));
    before += 16;
  }
  addInt(moments + 8, sumOf4(real));
  addInt(moments + 12, sumOf4(finite));
  addInt(moments + 16, sumOf4(changeFinite));
  addInt(moments + 20, sumOf4(zeros));
  addFloat(moments + 32, sumOf2(sum));
  addFloat(moments + 40, sumOf2(squares));
  addFloat(moments + 48, sumOf2(changeSum));
  addFloat(moments + 56, sumOf2(changeSquares));
  addFloat(moments + 64, sumOf2(sizes));
  if (threadIndex() == 0) job().measuringMs += now() - begun;
}

/** Adds the task's counts to the tensor's. Whole numbers: their order does not matter. */
export function endMoments(moments: usize, record: usize): void {
  if (moments == 0) return;
  const tables = workspace() + (<usize>BLOCK << 4);
  const counts = record + GRADIENT_COUNTS;
  for (let word: usize = 0; word < GRADIENT_CODES << 2; word += 4) {
    const count = load<i32>(tables + word) + load<i32>(tables + LANE_ROW + word) +
      load<i32>(tables + 2 * LANE_ROW + word) + load<i32>(tables + 3 * LANE_ROW + word);
    if (count != 0) atomic.add<i32>(counts + word, count);
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
