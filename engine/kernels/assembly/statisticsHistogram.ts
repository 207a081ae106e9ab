/**
 * Counting values over equal bins. The code of a value is ⌊v·mul + add⌋ in f32: 0 below the range, then the bins from 1, then one for
 * what lies above. Two lanes are counted by one increment, of the word of their pair of codes: half as many loads and stores.
 */
import { job } from "./header";
import { NODE_COUNTS, realLanes, seen, vectorOr, View } from "./statisticsView";
import { madd } from "./vector";
import { workspace } from "./workspace";

/** Bins, and words of a row of pairs: no power of two, so that rows lie in different sets of the cache. */
export const BINS: i32 = 64;
export const ROW: i32 = 68;
/** The same for counts over halves of the bins. */
export const FINE_BINS: i32 = 128;
export const FINE_ROW: i32 = 132;
/** Bytes of the tables of pairs, in the workspace: the fine one lies behind the other. */
export const PAIRS: usize = 66 * 68 * 4;
export const FINE_PAIRS: usize = 130 * 132 * 4;
/** Fewer values are not worth clearing the tables and summing them up. */
const PAIRED_VALUES: i32 = 1024;
export const TWICE_PAIRED_VALUES: i32 = 3072;

/** Bins per unit. */
export function gridScale(low: f64, high: f64, bins: i32): f32 {
  return <f32>(<f64>bins / (high - low));
}

/** The code of 0, a whole number where 0 is an edge of a bin. */
export function gridOffset(low: f64, high: f64, bins: i32): f32 {
  const offset = 1 - (low * <f64>bins) / (high - low);
  const whole = Math.round(offset);
  return <f32>(Math.abs(offset - whole) < 1e-4 ? whole : offset);
}

/** Toward 0, of values that fit or do not matter. */
// @ts-ignore: decorator
@inline
function truncate(x: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_trunc_f32x4_s(x);
  return i32x4.trunc_sat_f32x4_s(x);
}

/** Byte offsets of pairs: codes j and i of lanes 2m and 2m + 1 are word row·i + j. */
// @ts-ignore: decorator
@inline
export function pairWeights(row: i32): v128 {
  return i32x4.splat((row << 18) | 4);
}

// @ts-ignore: decorator
@inline
function countFour(at: v128): void {
  // The f64 lane is in its register already.
  const first = reinterpret<u64>(f64x2.extract_lane(at, 0));
  const second = i64x2.extract_lane(at, 1);
  const a = <usize>(<u32>first);
  const b = <usize>(<u32>(first >>> 32));
  const c = <usize>(<u32>second);
  const d = <usize>(<u32>(second >>> 32));
  store<u32>(a, load<u32>(a) + 1);
  store<u32>(b, load<u32>(b) + 1);
  store<u32>(c, load<u32>(c) + 1);
  store<u32>(d, load<u32>(d) + 1);
}

/** Counts the pairs of an even number of quads of finite values. `least` and `most`: what codes are clamped to. */
export function countPairs(
  x: usize, step: usize, end: usize, floor: v128, mul: v128, add: v128, least: v128, most: v128, weights: v128, pairs: v128,
): void {
  while (x != end) {
    const first = truncate(madd(f32x4.pmax(v128.load(x), floor), mul, add));
    const second = truncate(madd(f32x4.pmax(v128.load(x + step), floor), mul, add));
    const codes = i16x8.min_s(i16x8.max_s(i16x8.narrow_i32x4_s(first, second), least), most);
    countFour(i32x4.add(i32x4.dot_i16x8_s(codes, weights), pairs));
    x += 2 * step;
  }
}

/**
 * The same for x and for x − mean at once, each by its own grid. Constants are parameters: those that the engine knows it makes again in
 * every round.
 */
export function countTwice(
  x: usize, step: usize, end: usize,
  mul: v128, add: v128, most: v128, weights: v128, pairs: v128,
  mean: v128, fineMul: v128, fineAdd: v128, fineMost: v128, fineWeights: v128, finePairs: v128,
): void {
  while (x != end) {
    const first = v128.load(x);
    const second = v128.load(x + step);
    const codes = i16x8.narrow_i32x4_u(truncate(madd(first, mul, add)), truncate(madd(second, mul, add)));
    countFour(i32x4.add(i32x4.dot_i16x8_s(i16x8.min_u(codes, most), weights), pairs));
    const fineCodes = i16x8.narrow_i32x4_u(
      truncate(madd(f32x4.sub(first, mean), fineMul, fineAdd)),
      truncate(madd(f32x4.sub(second, mean), fineMul, fineAdd)),
    );
    countFour(i32x4.add(i32x4.dot_i16x8_s(i16x8.min_u(fineCodes, fineMost), fineWeights), finePairs));
    x += 2 * step;
  }
}

/** One value. What is not finite is counted in the word after the codes, −Inf in the one after that. */
// @ts-ignore: decorator
@inline
function countValue(counts: usize, v: f32, mul: f32, add: f32, least: f32, most: f32, notFinite: i32): void {
  let word = notFinite;
  if (v - v == 0) word = <i32>min(max(v * mul + add, least), most);
  else if (v == -Infinity) word++;
  const at = counts + (<usize>word << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Counts the first `lanes` lanes of quads of any values. */
export function countSingles(
  x: usize, step: usize, end: usize, lanes: i32, mean: v128, scale: v128, beta: v128, floor: v128,
  counts: usize, mul: f32, add: f32, least: f32, most: f32, notFinite: i32,
): void {
  while (x != end) {
    const v = seen(v128.load(x), mean, scale, beta, floor);
    countValue(counts, f32x4.extract_lane(v, 0), mul, add, least, most, notFinite);
    if (lanes > 1) countValue(counts, f32x4.extract_lane(v, 1), mul, add, least, most, notFinite);
    if (lanes > 2) countValue(counts, f32x4.extract_lane(v, 2), mul, add, least, most, notFinite);
    if (lanes > 3) countValue(counts, f32x4.extract_lane(v, 3), mul, add, least, most, notFinite);
    x += step;
  }
}

/** Adds the pairs to the counts of single codes. */
export function joinPairs(pairs: usize, row: usize, codes: usize, counts: usize): void {
  for (let i: usize = 0; i < codes; i++) {
    const from = pairs + i * row * 4;
    let sum = i32x4.splat(0);
    for (let j: usize = 0; j < row * 4; j += 16) {
      const words = v128.load(from + j);
      sum = i32x4.add(sum, words);
      v128.store(counts + j, i32x4.add(v128.load(counts + j), words));
    }
    const at = counts + (i << 2);
    const total = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
    store<u32>(at, load<u32>(at) + total);
  }
}

/** Counts a chunk of rows over the range in the node's record. Overwrites its counts. */
export function viewHistogram(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<View>(address);
  const counts = a.counts + <usize>task * a.countsStride;
  memory.fill(counts, 0, <usize>ROW * 4);
  const quads = a.quads;
  const floor = f32x4.splat(a.relu ? 0 : -Infinity);
  const low = load<f64>(a.node, 64);
  const high = load<f64>(a.node, 72);
  const mul = gridScale(low, high, BINS);
  const add = gridOffset(low, high, BINS);
  // No rounding puts a value beyond an end that none passes.
  const least = load<f64>(a.node, 32) >= low ? 1 : 0;
  const most = load<f64>(a.node, 40) <= high ? BINS : BINS + 1;
  const allFinite = load<f64>(a.node, 56) == 0;
  const single = a.height * a.width == 1;
  // Where all lanes are real, a row is one run.
  const dense = a.mean == 0 && allFinite && a.channels == a.pixelQuads << 2 && (single || a.xW == <usize>quads << 4);
  const runs = dense ? 1 : quads;
  const overSamples = single && !dense;
  const step: usize = dense ? 16 : single ? a.xN : a.xW;
  const count = overSamples ? n1 - n0 : dense ? a.width * quads : a.width;
  const last = overSamples ? n0 + 1 : n1;
  const paired =
    a.mean == 0 && allFinite && job().workspaceBytes >= PAIRS && (n1 - n0) * a.height * a.width * quads * 4 >= PAIRED_VALUES;
  const pairs = workspace();
  if (paired) memory.fill(pairs, 0, PAIRS);
  for (let n = n0; n < last; n++) {
    for (let h = 0; h < a.height; h++) {
      for (let c = 0; c < runs; c++) {
        const lanes = dense ? 4 : realLanes(a.channels, a.pixelQuads, c);
        if (lanes == 0) continue;
        let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
        const end = x + <usize>count * step;
        if (paired && lanes == 4) {
          const even = x + <usize>(count & ~1) * step;
          countPairs(
            x, step, even, floor, f32x4.splat(mul), f32x4.splat(add), i16x8.splat(<i16>least), i16x8.splat(<i16>most),
            pairWeights(ROW), i32x4.splat(<i32>pairs),
          );
          x = even;
        }
        if (x != end) {
          countSingles(
            x, step, end, lanes, vectorOr(a.mean, c, 0), vectorOr(a.scale, c, 1), vectorOr(a.beta, c, 0), floor,
            counts, mul, add, <f32>least, <f32>most, BINS + 2,
          );
        }
      }
    }
  }
  if (paired) joinPairs(pairs, ROW, BINS + 2, counts);
}

/** Sums the counts of the chunks into the node's record; of a ReLU over the counts of the values before it. */
export function viewCounts(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<View>(address);
  const slots = a.chunk == 0 ? 1 : (job().rows + a.chunk - 1) / a.chunk;
  const target = a.node + NODE_COUNTS;
  memory.fill(target, 0, <usize>ROW * 4);
  const codes = a.fine == 0 ? BINS + 2 : FINE_BINS + 2;
  const total = workspace();
  const words = a.fine == 0 ? ROW : FINE_ROW;
  memory.fill(total, 0, <usize>words * 4);
  for (let slot = 0; slot < slots; slot++) {
    const from = a.counts + <usize>slot * a.countsStride;
    for (let at: usize = 0; at < <usize>words * 4; at += 16) {
      v128.store(total + at, i32x4.add(v128.load(total + at), v128.load(from + at)));
    }
  }
  // Values that the ReLU raises to 0: its range begins there, or above, and then they are below it.
  const startsAtZero = load<f64>(a.node, 64) == 0;
  for (let code = 0; code < codes; code++) {
    let word = code;
    if (a.fine == 1 || (a.fine == 2 && !startsAtZero)) word = (code + 1) >> 1;
    else if (a.fine == 2) word = max(1, code - BINS);
    const at = target + (<usize>word << 2);
    store<u32>(at, load<u32>(at) + load<u32>(total + (<usize>code << 2)));
  }
  if (a.fine == 2) {
    // −Inf.
    const at = target + (startsAtZero ? 4 : 0);
    store<u32>(at, load<u32>(at) + load<u32>(total + (<usize>(codes + 1) << 2)));
  }
  if (a.twin != 0) memory.copy(a.twin + NODE_COUNTS, target, <usize>ROW * 4);
}
