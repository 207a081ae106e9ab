/**
 * Statistics of a node's output on the batch, in two passes over the data: moments, then a histogram over a range derived from them.
 * Both take a fast path for values that are all finite, and a careful one for the rest.
 * A view says where the output is: a buffer and, where fusion keeps the output itself out of memory, how to get it from there,
 * `v = relu((x − mean)·scale + beta)`, by the same instructions as the fused kernel.
 */
import { job, activeSlots } from "./header";
import { isFinite4, madd } from "./vector";
import { workspace } from "./workspace";

// @ts-ignore: decorator
@unmanaged
export class View {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  height: i32;
  width: i32;
  quads: i32;
  /** A flattened image is one row of pixels: of every `pixelQuads` quads the first `channels` lanes are real, the rest is padding. */
  pixelQuads: i32;
  channels: i32;
  mean: usize;
  scale: usize;
  beta: usize;
  relu: i32;
  /** Lane records of each chunk of rows. */
  records: usize;
  slotStride: usize;
  chunk: i32;
  /** Lane records of the batch, and the node's record (f64s). */
  lanesOut: usize;
  node: usize;
  /** u32 counts of each chunk: 4 tables (one per vector lane) of 68: underflow, 64 bins, overflow, not finite, padding. */
  counts: usize;
  countsStride: usize;
}

/** A lane record: f64 mean, f64 Σ(x − mean)², f64 number of finite values, f32 min, f32 max, i32 zeros, i32 non-finite values. */
const LANE: usize = 40;
/** A table of pairs, in the workspace: word 128·i + j counts lane pairs whose bins are j and i, see `countPairs`. */
const PAIR_ROW: usize = 512;
const PAIRS: usize = 66 * PAIR_ROW;
/** Fewer values are not worth clearing the table and summing it up. */
const PAIRED_VALUES: i32 = 16384;
/** Words of one histogram table. */
const TABLE: usize = 68;

/** How many lanes of a quad are real, 0 to 4. */
// @ts-ignore: decorator
@inline
function realLanes(a: View, quad: i32): i32 {
  return max(0, min(4, a.channels - ((quad % a.pixelQuads) << 2)));
}

// @ts-ignore: decorator
@inline
function seen(a: View, c: i32, x: v128, mean: v128, scale: v128, beta: v128, floor: v128): v128 {
  return f32x4.pmax(madd(f32x4.sub(x, mean), scale, beta), floor);
}

// @ts-ignore: decorator
@inline
function vectorOr(base: usize, c: i32, otherwise: f32): v128 {
  return base == 0 ? f32x4.splat(otherwise) : v128.load(base + (<usize>c << 4));
}

/** Lane records of a chunk. The first call of a chunk overwrites, the others join (Chan, Golub, LeVeque). */
export function viewMoments(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<View>(address);
  const fresh = n0 == (a.chunk == 0 ? 0 : task * a.chunk);
  const slot = a.records + <usize>task * a.slotStride;
  for (let c = 0; c < a.quads; c++) {
    const at = slot + <usize>(c << 2) * LANE;
    if (!quadMoments(address, n0, n1, c, at, fresh)) carefulMoments(address, n0, n1, c, at, fresh);
  }
}

/** A guess of the lanes' means: what the record says, or else an average of eight values. */
function guess(at: usize, fresh: bool, x: usize, step: usize, count: i32, mean: v128, scale: v128, beta: v128, floor: v128): v128 {
  if (!fresh) {
    return f32x4(<f32>load<f64>(at), <f32>load<f64>(at + LANE), <f32>load<f64>(at + 2 * LANE), <f32>load<f64>(at + 3 * LANE));
  }
  let sum = f32x4.splat(0);
  for (let i = 0; i < 8; i++) {
    const v = v128.load(x + <usize>((i * count) >> 3) * step);
    sum = f32x4.add(sum, f32x4.pmax(madd(f32x4.sub(v, mean), scale, beta), floor));
  }
  return f32x4.mul(sum, f32x4.splat(0.125));
}

/**
 * The record of a quad of lanes in one pass, by Σd and Σd² with d = v − shift and the shift close to the mean, so that nothing
 * cancels. Returns false and leaves the record alone if a value (or a square) is not finite: Σd² isn't either then.
 */
export function quadMoments(address: usize, n0: i32, n1: i32, c: i32, at: usize, fresh: bool): bool {
  const a = changetype<View>(address);
  const floor = f32x4.splat(a.relu ? 0 : -Infinity);
  const zero = f32x4.splat(0);
  const mean = vectorOr(a.mean, c, 0);
  const scale = vectorOr(a.scale, c, 1);
  const beta = vectorOr(a.beta, c, 0);
  // A sample without space is one pixel: then the run goes over the samples.
  const single = a.height * a.width == 1;
  const step = single ? a.xN : a.xW;
  const count = single ? n1 - n0 : a.width;
  const length = <usize>count * step;
  const height = single ? 1 : a.height;
  const last = single ? n0 + 1 : n1;
  const first = a.x + <usize>n0 * a.xN + (<usize>c << 4);
  const shift = guess(at, fresh, first + <usize>(height >> 1) * a.xH, step, count, mean, scale, beta, floor);
  let rest = zero;
  let squares = zero;
  let least = f32x4.splat(Infinity);
  let most = f32x4.splat(-Infinity);
  let zeros = zero;
  for (let n = n0; n < last; n++) {
    for (let h = 0; h < height; h++) {
      let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
      const end = x + length;
      let rowRest = zero;
      let rowSquares = zero;
      while (x != end) {
        const v = f32x4.pmax(madd(f32x4.sub(v128.load(x), mean), scale, beta), floor);
        const d = f32x4.sub(v, shift);
        least = f32x4.pmin(least, v);
        most = f32x4.pmax(most, v);
        zeros = i32x4.sub(zeros, f32x4.eq(v, zero));
        rowRest = f32x4.add(rowRest, d);
        rowSquares = madd(d, d, rowSquares);
        x += step;
      }
      rest = f32x4.add(rest, rowRest);
      squares = f32x4.add(squares, rowSquares);
    }
  }
  if (!i32x4.all_true(isFinite4(squares))) return false;
  const all = (n1 - n0) * a.height * a.width;
  record(at, fresh, f32x4.extract_lane(shift, 0), f32x4.extract_lane(rest, 0), f32x4.extract_lane(squares, 0), all, f32x4.extract_lane(least, 0), f32x4.extract_lane(most, 0), i32x4.extract_lane(zeros, 0), all);
  at += LANE;
  record(at, fresh, f32x4.extract_lane(shift, 1), f32x4.extract_lane(rest, 1), f32x4.extract_lane(squares, 1), all, f32x4.extract_lane(least, 1), f32x4.extract_lane(most, 1), i32x4.extract_lane(zeros, 1), all);
  at += LANE;
  record(at, fresh, f32x4.extract_lane(shift, 2), f32x4.extract_lane(rest, 2), f32x4.extract_lane(squares, 2), all, f32x4.extract_lane(least, 2), f32x4.extract_lane(most, 2), i32x4.extract_lane(zeros, 2), all);
  at += LANE;
  record(at, fresh, f32x4.extract_lane(shift, 3), f32x4.extract_lane(rest, 3), f32x4.extract_lane(squares, 3), all, f32x4.extract_lane(least, 3), f32x4.extract_lane(most, 3), i32x4.extract_lane(zeros, 3), all);
  return true;
}

/** The same for values that need not be finite, in two passes: the sum of the finite ones, then moments about their mean. */
export function carefulMoments(address: usize, n0: i32, n1: i32, c: i32, at: usize, fresh: bool): void {
  const a = changetype<View>(address);
  const floor = f32x4.splat(a.relu ? 0 : -Infinity);
  const zero = f32x4.splat(0);
  const mean = vectorOr(a.mean, c, 0);
  const scale = vectorOr(a.scale, c, 1);
  const beta = vectorOr(a.beta, c, 0);
  let total = zero;
  let least = f32x4.splat(Infinity);
  let most = f32x4.splat(-Infinity);
  let zeros = i32x4.splat(0);
  let finite = i32x4.splat(0);
  for (let n = n0; n < n1; n++) {
    for (let h = 0; h < a.height; h++) {
      let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
      const end = x + <usize>a.width * a.xW;
      let sum = zero;
      while (x != end) {
        const v = seen(a, c, v128.load(x), mean, scale, beta, floor);
        const ok = isFinite4(v);
        sum = f32x4.add(sum, v128.and(v, ok));
        // pmin and pmax keep the first operand when the second is NaN; ±Inf is masked out by ok.
        least = v128.bitselect(f32x4.pmin(least, v), least, ok);
        most = v128.bitselect(f32x4.pmax(most, v), most, ok);
        zeros = i32x4.sub(zeros, f32x4.eq(v, zero));
        finite = i32x4.sub(finite, ok);
        x += a.xW;
      }
      total = f32x4.add(total, sum);
    }
  }
  const local = f32x4.div(total, f32x4.max(f32x4.convert_i32x4_s(finite), f32x4.splat(1)));
  let rest = zero;
  let squares = zero;
  for (let n = n0; n < n1; n++) {
    for (let h = 0; h < a.height; h++) {
      let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
      const end = x + <usize>a.width * a.xW;
      let rowRest = zero;
      let rowSquares = zero;
      while (x != end) {
        const v = seen(a, c, v128.load(x), mean, scale, beta, floor);
        const d = v128.and(f32x4.sub(v, local), isFinite4(v));
        rowRest = f32x4.add(rowRest, d);
        rowSquares = f32x4.add(rowSquares, f32x4.mul(d, d));
        x += a.xW;
      }
      rest = f32x4.add(rest, rowRest);
      squares = f32x4.add(squares, rowSquares);
    }
  }
  const all = (n1 - n0) * a.height * a.width;
  record(at, fresh, f32x4.extract_lane(local, 0), f32x4.extract_lane(rest, 0), f32x4.extract_lane(squares, 0), i32x4.extract_lane(finite, 0), f32x4.extract_lane(least, 0), f32x4.extract_lane(most, 0), i32x4.extract_lane(zeros, 0), all);
  at += LANE;
  record(at, fresh, f32x4.extract_lane(local, 1), f32x4.extract_lane(rest, 1), f32x4.extract_lane(squares, 1), i32x4.extract_lane(finite, 1), f32x4.extract_lane(least, 1), f32x4.extract_lane(most, 1), i32x4.extract_lane(zeros, 1), all);
  at += LANE;
  record(at, fresh, f32x4.extract_lane(local, 2), f32x4.extract_lane(rest, 2), f32x4.extract_lane(squares, 2), i32x4.extract_lane(finite, 2), f32x4.extract_lane(least, 2), f32x4.extract_lane(most, 2), i32x4.extract_lane(zeros, 2), all);
  at += LANE;
  record(at, fresh, f32x4.extract_lane(local, 3), f32x4.extract_lane(rest, 3), f32x4.extract_lane(squares, 3), i32x4.extract_lane(finite, 3), f32x4.extract_lane(least, 3), f32x4.extract_lane(most, 3), i32x4.extract_lane(zeros, 3), all);
}

function record(at: usize, fresh: bool, local: f32, rest: f32, squares: f32, finite: i32, least: f32, most: f32, zeros: i32, all: i32): void {
  const count = <f64>finite;
  // The rest Σ(x − local) corrects the rounding of the f32 mean.
  const correction = finite == 0 ? 0.0 : <f64>rest / count;
  const mean = <f64>local + correction;
  // Rounding may leave less than nothing of equal values.
  const spread = Math.max(0, <f64>squares - correction * correction * count);
  if (fresh) {
    store<f64>(at, mean);
    store<f64>(at, spread, 8);
    store<f64>(at, count, 16);
    store<f32>(at, least, 24);
    store<f32>(at, most, 28);
    store<i32>(at, zeros, 32);
    store<i32>(at, all - finite, 36);
  } else {
    join(at, mean, spread, count, least, most, zeros, all - finite);
  }
}

/** Joins values with the given moments to the record at `at`. */
function join(at: usize, mean: f64, squares: f64, count: f64, least: f32, most: f32, zeros: i32, bad: i32): void {
  const before = load<f64>(at, 16);
  const whole = before + count;
  if (count > 0) {
    const delta = mean - load<f64>(at);
    const weight = count / whole;
    store<f64>(at, load<f64>(at) + delta * weight);
    store<f64>(at, load<f64>(at, 8) + squares + delta * delta * before * weight, 8);
    store<f64>(at, whole, 16);
    store<f32>(at, min(load<f32>(at, 24), least), 24);
    store<f32>(at, max(load<f32>(at, 28), most), 28);
  }
  store<i32>(at, load<i32>(at, 32) + zeros, 32);
  store<i32>(at, load<i32>(at, 36) + bad, 36);
}

/**
 * Joins the chunks' records in order for each lane, then the lanes for the node, and derives the histogram's range.
 * Node record, f64: count, mean, Σ(x − mean)², finite, min, max, zeros, non-finite, low, high.
 */
export function viewTotals(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<View>(address);
  const slots = activeSlots(a.chunk);
  // The node's own totals are gathered in a lane record behind the last lane.
  const numLanes = a.quads << 2;
  const total = a.lanesOut + <usize>numLanes * LANE;
  for (let i = 0; i < numLanes; i++) {
    if ((i & 3) >= realLanes(a, i >> 2)) continue;
    const lane = a.lanesOut + <usize>i * LANE;
    const source = a.records + <usize>i * LANE;
    joinSlots(lane, source, a.slotStride, slots);
    if (i == 0) memory.copy(total, lane, LANE);
    else joinRecord(total, lane);
  }
  const finite = load<f64>(total, 16);
  const mean = load<f64>(total);
  const least = finite == 0 ? 0.0 : <f64>load<f32>(total, 24);
  const most = finite == 0 ? 0.0 : <f64>load<f32>(total, 28);
  store<f64>(a.node, finite + <f64>load<i32>(total, 36));
  store<f64>(a.node, finite == 0 ? 0.0 : mean, 8);
  store<f64>(a.node, load<f64>(total, 8), 16);
  store<f64>(a.node, finite, 24);
  store<f64>(a.node, least, 32);
  store<f64>(a.node, most, 40);
  store<f64>(a.node, <f64>load<i32>(total, 32), 48);
  store<f64>(a.node, <f64>load<i32>(total, 36), 56);
  const std = finite == 0 ? 0.0 : Math.sqrt(load<f64>(total, 8) / finite);
  histogramRange(a.node, least, most, mean, std);
}

/** The record of all slots: Σ count·mean / Σ count, and Σ (squares + count·(mean of the slot − mean)²). */
function joinSlots(at: usize, source: usize, slotStride: usize, slots: i32): void {
  const end = source + <usize>slots * slotStride;
  let count: f64 = 0;
  let sum: f64 = 0;
  let least: f32 = Infinity;
  let most: f32 = -Infinity;
  let zeros = 0;
  let bad = 0;
  // Sums of differences from the first mean: they cancel less.
  const from = load<f64>(source);
  for (let record = source; record != end; record += slotStride) {
    const part = load<f64>(record, 16);
    count += part;
    sum += part * (load<f64>(record) - from);
    least = min(least, load<f32>(record, 24));
    most = max(most, load<f32>(record, 28));
    zeros += load<i32>(record, 32);
    bad += load<i32>(record, 36);
  }
  const shift = count == 0 ? 0.0 : sum / count;
  let squares: f64 = 0;
  for (let record = source; record != end; record += slotStride) {
    const delta = load<f64>(record) - from - shift;
    squares += load<f64>(record, 8) + load<f64>(record, 16) * delta * delta;
  }
  store<f64>(at, from + shift);
  store<f64>(at, squares, 8);
  store<f64>(at, count, 16);
  store<f32>(at, least, 24);
  store<f32>(at, most, 28);
  store<i32>(at, zeros, 32);
  store<i32>(at, bad, 36);
}

function joinRecord(at: usize, other: usize): void {
  join(
    at, load<f64>(other), load<f64>(other, 8), load<f64>(other, 16), load<f32>(other, 24), load<f32>(other, 28),
    load<i32>(other, 32), load<i32>(other, 36),
  );
}

/**
 * [low, high] around max(min, mean − 4.5 std) … min(max, mean + 4.5 std), with 0 unless all values lie far on one side of it
 * (farther than they are wide), snapped outward to multiples of 1, 2 or 5 · 10ⁿ of about an eighth of the width, so that it
 * rarely changes from frame to frame.
 */
function histogramRange(node: usize, least: f64, most: f64, mean: f64, std: f64): void {
  let low = Math.max(least, mean - 4.5 * std);
  let high = Math.min(most, mean + 4.5 * std);
  if (low > 0 && low <= most - least) low = 0;
  if (high < 0 && -high <= most - least) high = 0;
  let width = high - low;
  // One value, or values that f32 can hardly tell apart: a range as wide as the value is large.
  const smallest = Math.max(Math.abs(low), Math.abs(high)) * 1e-6;
  if (!(width > smallest)) width = Math.max(Math.max(Math.abs(low), Math.abs(high)), smallest == 0 ? 1.0 : 0);
  let power: f64 = 1;
  const wanted = width / 8;
  while (power > wanted) power /= 10;
  while (power * 10 <= wanted) power *= 10;
  const step = wanted <= power ? power : wanted <= 2 * power ? 2 * power : wanted <= 5 * power ? 5 * power : 10 * power;
  low = Math.floor(low / step) * step;
  high = Math.ceil(high / step) * step;
  if (!(high > low)) {
    low -= step;
    high += step;
  }
  // What the histogram's f32 arithmetic sees.
  store<f64>(node, <f64>(<f32>low), 64);
  store<f64>(node, <f64>(<f32>high), 72);
}

/** Counts the chunk's values: bin = ⌊(v − low)·64/(high − low)⌋ in f32, v = high in the last bin. First call of a chunk overwrites. */
export function viewHistogram(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<View>(address);
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const table = a.counts + <usize>task * a.countsStride;
  if (n0 == start) memory.fill(table, 0, TABLE * 16);
  const quads = a.quads;
  const floor = f32x4.splat(a.relu ? 0 : -Infinity);
  const lowest = <f32>load<f64>(a.node, 64);
  const highest = <f32>load<f64>(a.node, 72);
  const low = f32x4.splat(lowest);
  const high = f32x4.splat(highest);
  const perUnit = f32x4.splat(64 / (highest - lowest));
  const allFinite = load<f64>(a.node, 56) == 0;
  const single = a.height * a.width == 1;
  // Where all lanes are real and treated alike, a row is one run.
  const dense =
    a.mean == 0 && a.scale == 0 && a.beta == 0 && a.channels == a.pixelQuads << 2 && (single || a.xW == <usize>quads << 4);
  const runs = dense ? 1 : quads;
  const overSamples = single && !dense;
  const step: usize = dense ? 16 : single ? a.xN : a.xW;
  const length = overSamples ? <usize>(n1 - n0) * step : dense ? <usize>(a.width * quads) << 4 : <usize>a.width * step;
  const last = overSamples ? n0 + 1 : n1;
  const tables = i32x4.add(i32x4.splat(<i32>table), i32x4.mul(i32x4(0, 4, 8, 12), i32x4.splat(<i32>TABLE)));
  const paired =
    allFinite && job().workspaceBytes >= PAIRS && (n1 - n0) * a.height * a.width * quads * 4 >= PAIRED_VALUES;
  const pairs = workspace();
  if (paired) memory.fill(pairs, 0, PAIRS);
  for (let c = 0; c < runs; c++) {
    const mean = vectorOr(a.mean, c, 0);
    const scale = vectorOr(a.scale, c, 1);
    const beta = vectorOr(a.beta, c, 0);
    const lanes = realLanes(a, c);
    if (lanes == 0) continue;
    for (let n = n0; n < last; n++) {
      for (let h = 0; h < a.height; h++) {
        const x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
        const end = x + length;
        if (!allFinite || lanes < 4) countRow(x, step, end, table, lanes, mean, scale, beta, floor, low, high, perUnit);
        else if (paired) countPairs(x, step, end, i32x4.splat(<i32>pairs), mean, scale, beta, floor, low, high, perUnit);
        else countFiniteRow(x, step, end, tables, mean, scale, beta, floor, low, high, perUnit);
      }
    }
  }
  if (paired) joinPairs(pairs, table);
}

/** Adds the pairs to the tables of two lanes. */
function joinPairs(pairs: usize, table: usize): void {
  for (let i: usize = 0; i < 66; i++) {
    let row = i32x4.splat(0);
    for (let j: usize = 0; j < TABLE * 4; j += 16) {
      const counts = v128.load(pairs + i * PAIR_ROW + j);
      row = i32x4.add(row, counts);
      v128.store(table + j, i32x4.add(v128.load(table + j), counts));
    }
    const at = table + TABLE * 4 + (i << 2);
    const sum = i32x4.extract_lane(row, 0) + i32x4.extract_lane(row, 1) + i32x4.extract_lane(row, 2) + i32x4.extract_lane(row, 3);
    store<u32>(at, load<u32>(at) + sum);
  }
}

/** Counts values that are all finite; `tables`: address of each lane's table. */
export function countFiniteRow(
  x: usize, xW: usize, end: usize, tables: v128,
  mean: v128, scale: v128, beta: v128, floor: v128, low: v128, high: v128, perUnit: v128,
): void {
  while (x != end) {
    const v = f32x4.pmax(madd(f32x4.sub(v128.load(x), mean), scale, beta), floor);
    const at = i32x4.add(i32x4.shl(binOf(v, low, high, perUnit), 2), tables);
    const a0 = <usize>i32x4.extract_lane(at, 0);
    store<u32>(a0, load<u32>(a0) + 1);
    const a1 = <usize>i32x4.extract_lane(at, 1);
    store<u32>(a1, load<u32>(a1) + 1);
    const a2 = <usize>i32x4.extract_lane(at, 2);
    store<u32>(a2, load<u32>(a2) + 1);
    const a3 = <usize>i32x4.extract_lane(at, 3);
    store<u32>(a3, load<u32>(a3) + 1);
    x += xW;
  }
}

/** The same, two lanes by one count: half as many loads and stores. Bins j and i of lanes 2m and 2m + 1 are word 128·i + j. */
export function countPairs(
  x: usize, xW: usize, end: usize, pairs: v128,
  mean: v128, scale: v128, beta: v128, floor: v128, low: v128, high: v128, perUnit: v128,
): void {
  while (x != end) {
    const v = f32x4.pmax(madd(f32x4.sub(v128.load(x), mean), scale, beta), floor);
    const bin = binOf(v, low, high, perUnit);
    const at = i32x4.add(i32x4.shl(v128.or(bin, i64x2.shr_u(bin, 25)), 2), pairs);
    const a0 = <usize>i32x4.extract_lane(at, 0);
    store<u32>(a0, load<u32>(a0) + 1);
    const a1 = <usize>i32x4.extract_lane(at, 2);
    store<u32>(a1, load<u32>(a1) + 1);
    x += xW;
  }
}

/** Words of a table for finite values: 0 below the range, 1 … 64, 65 above it. */
// @ts-ignore: decorator
@inline
function binOf(v: v128, low: v128, high: v128, perUnit: v128): v128 {
  const position = f32x4.mul(f32x4.sub(v, low), perUnit);
  const inside = i32x4.add(truncate(f32x4.pmin(f32x4.splat(63), position)), i32x4.splat(1));
  return i32x4.sub(v128.andnot(inside, f32x4.lt(v, low)), f32x4.gt(v, high));
}

/** Toward 0, of values that fit or do not matter. */
// @ts-ignore: decorator
@inline
function truncate(x: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_trunc_f32x4_s(x);
  return i32x4.trunc_sat_f32x4_s(x);
}

export function countRow(
  x: usize, xW: usize, end: usize, table: usize, lanes: i32,
  mean: v128, scale: v128, beta: v128, floor: v128, low: v128, high: v128, perUnit: v128,
): void {
  const last = f32x4.splat(64);
  const one = i32x4.splat(1);
  const overflow = i32x4.splat(65);
  const bad = i32x4.splat(66);
  while (x != end) {
    const v = f32x4.pmax(madd(f32x4.sub(v128.load(x), mean), scale, beta), floor);
    const position = f32x4.mul(f32x4.sub(v, low), perUnit);
    let bin = i32x4.add(i32x4.trunc_sat_f32x4_s(f32x4.pmin(last, position)), one);
    bin = i32x4.min_s(bin, i32x4.splat(64));
    bin = v128.andnot(bin, f32x4.lt(v, low));
    bin = v128.bitselect(overflow, bin, f32x4.gt(v, high));
    bin = v128.bitselect(bin, bad, isFinite4(v));
    let at = table + (<usize>i32x4.extract_lane(bin, 0) << 2);
    store<u32>(at, load<u32>(at) + 1);
    if (lanes > 1) {
      at = table + TABLE * 4 + (<usize>i32x4.extract_lane(bin, 1) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
    if (lanes > 2) {
      at = table + TABLE * 8 + (<usize>i32x4.extract_lane(bin, 2) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
    if (lanes > 3) {
      at = table + TABLE * 12 + (<usize>i32x4.extract_lane(bin, 3) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
    x += xW;
  }
}

/** Whether every value of a view is finite: f64 number of values that are not, of each chunk, into the first word of its record. */
export function viewNonFinite(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<View>(address);
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const slot = a.records + <usize>task * a.slotStride;
  const quads = a.quads;
  const floor = f32x4.splat(a.relu ? 0 : -Infinity);
  let count = 0;
  for (let c = 0; c < quads; c++) {
    const mean = vectorOr(a.mean, c, 0);
    const scale = vectorOr(a.scale, c, 1);
    const beta = vectorOr(a.beta, c, 0);
    // Padding lanes are left out.
    const real = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(realLanes(a, c)));
    let sum = i32x4.splat(0);
    for (let n = n0; n < n1; n++) {
      for (let h = 0; h < a.height; h++) {
        let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
        const end = x + <usize>a.width * a.xW;
        while (x != end) {
          sum = i32x4.sub(sum, v128.andnot(real, isFinite4(seen(a, c, v128.load(x), mean, scale, beta, floor))));
          x += a.xW;
        }
      }
    }
    count += i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
  }
  store<f64>(slot, <f64>count + (n0 == start ? 0.0 : load<f64>(slot)));
}
