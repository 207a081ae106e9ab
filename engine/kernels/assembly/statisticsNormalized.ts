/**
 * Statistics of a layer, of the batch norm after it and of the ReLU after that, from the layer's output alone, in one go:
 * x, v = (x − mean)·scale + beta and max(v, 0). The batch's mean and variance are known by then, so the ranges of the histograms are too;
 * those of v and of the ReLU have a common grid. Rows of pixels are walked twice while they are in the first-level cache.
 */
import { job } from "./header";
import {
  BINS, countSingles, countTwice, FINE_BINS, FINE_PAIRS, FINE_ROW, gridOffset, gridScale, joinPairs, PAIRS, pairWeights, ROW,
  TWICE_PAIRED_VALUES,
} from "./statisticsHistogram";
import { carefulMoments, clearSums } from "./statisticsMoments";
import { histogramRange } from "./statisticsTotals";
import { finiteOrZero, pixelsAtOnce, realLanes, SUMS, vectorOr } from "./statisticsView";
import { madd } from "./vector";
import { workspace } from "./workspace";

/** Begins like a `View`. */
// @ts-ignore: decorator
@unmanaged
export class Normalized {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  height: i32;
  width: i32;
  quads: i32;
  pixelQuads: i32;
  channels: i32;
  mean: usize;
  scale: usize;
  beta: usize;
  /** f32 vectors; bias: what the layer would add to x, or 0. */
  variance: usize;
  bias: usize;
  /** Sums of the three outputs for each chunk of rows, those of an output `outputStride` apart. */
  records: usize;
  slotStride: usize;
  outputStride: usize;
  chunk: i32;
  /** Nodes' records; 0: there is none. */
  node: usize;
  normNode: usize;
  reluNode: usize;
  counts: usize;
  countsStride: usize;
  fineCounts: usize;
  fineCountsStride: usize;
}

/** The next of 1, 1.5, 2, 3, 4, 5, 6, 8 · 10ⁿ that is not below a value. */
function roundUp(value: f64): f64 {
  if (!(value > 0)) return 1;
  let power: f64 = 1;
  while (power > value) power /= 10;
  while (power * 10 <= value) power *= 10;
  const lead = value / power;
  const factor: f64 =
    lead <= 1 ? 1 : lead <= 1.5 ? 1.5 : lead <= 2 ? 2 : lead <= 3 ? 3 : lead <= 4 ? 4 : lead <= 5 ? 5 : lead <= 6 ? 6 : lead <= 8 ? 8 : 10;
  return factor * power;
}

function storeRange(node: usize, low: f64, high: f64): void {
  if (node == 0) return;
  store<f64>(node, <f64>(<f32>low), 64);
  store<f64>(node, <f64>(<f32>high), 72);
}

/** Ranges of the three histograms: mean ± 4.5 std; where 0 is not far from that, v's is symmetric and the ReLU's is its upper half. */
export function normalizedRanges(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Normalized>(address);
  let count: f64 = 0;
  let mean: f64 = 0;
  let squares: f64 = 0;
  let normMean: f64 = 0;
  let normSquares: f64 = 0;
  for (let i = 0; i < a.quads << 2; i++) {
    if ((i & 3) >= realLanes(a.channels, a.pixelQuads, i >> 2)) continue;
    const at = <usize>i << 2;
    const m = <f64>load<f32>(a.mean + at) + (a.bias == 0 ? 0.0 : <f64>load<f32>(a.bias + at));
    const variance = <f64>load<f32>(a.variance + at);
    const scale = <f64>load<f32>(a.scale + at);
    const beta = <f64>load<f32>(a.beta + at);
    const all = m + variance + scale + beta;
    if (all - all != 0) continue;
    count += 1;
    const share = 1 / count;
    // Channels have equally many values: the squares of a channel are its variance.
    const delta = m - mean;
    mean += delta * share;
    squares += variance + delta * (m - mean);
    const normDelta = beta - normMean;
    normMean += normDelta * share;
    normSquares += scale * scale * variance + normDelta * (beta - normMean);
  }
  const spread = count == 0 ? 1.0 : 4.5 * Math.sqrt(squares / count);
  if (a.node != 0) {
    let first = mean - spread;
    let last = mean + spread;
    if (first > 0 && first <= 2 * spread) first = 0;
    if (last < 0 && -last <= 2 * spread) last = 0;
    histogramRange(a.node, first, last);
  }
  const reach = count == 0 ? 1.0 : 4.5 * Math.sqrt(normSquares / count);
  const low = normMean - reach;
  const high = normMean + reach;
  if (low > 2 * reach || (a.reluNode == 0 && high < -2 * reach)) {
    histogramRange(a.normNode, low, high);
    if (a.reluNode != 0) storeRange(a.reluNode, load<f64>(a.normNode, 64), load<f64>(a.normNode, 72));
    return;
  }
  const end = roundUp(Math.max(-low, high));
  storeRange(a.normNode, -end, end);
  storeRange(a.reluNode, 0, end);
}

/** Whether x of a quad is finite, and v and its square are. */
function isTame(a: Normalized, c: i32): bool {
  const at = <usize>c << 4;
  const variance = v128.load(a.variance + at);
  const all = f32x4.splat(<f32>job().rows * <f32>(a.height * a.width));
  // No value is farther from the mean than √(count · variance).
  const reach = f32x4.abs(f32x4.mul(v128.load(a.scale + at), f32x4.sqrt(f32x4.mul(all, variance))));
  const most = f32x4.add(f32x4.add(reach, f32x4.abs(v128.load(a.beta + at))), f32x4.abs(v128.load(a.mean + at)));
  return i32x4.all_true(v128.and(f32x4.lt(most, f32x4.splat(1e15)), f32x4.lt(variance, f32x4.splat(1e30))));
}

/** Sums and counts of a chunk of rows. Overwrites its records. */
export function normalizedView(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Normalized>(address);
  const quads = a.quads;
  const slot = a.records + <usize>task * a.slotStride;
  const normSlot = slot + a.outputStride;
  const reluSlot = normSlot + a.outputStride;
  for (let c = 0; c < quads; c++) {
    clearSums(slot + <usize>c * SUMS);
    clearSums(normSlot + <usize>c * SUMS);
    clearSums(reluSlot + <usize>c * SUMS);
  }
  const counts = a.counts + <usize>task * a.countsStride;
  const fineCounts = a.fineCounts + <usize>task * a.fineCountsStride;
  memory.fill(counts, 0, <usize>ROW * 4);
  memory.fill(fineCounts, 0, <usize>FINE_ROW * 4);
  const low = a.node == 0 ? -1.0 : load<f64>(a.node, 64);
  const high = a.node == 0 ? 1.0 : load<f64>(a.node, 72);
  const mul = gridScale(low, high, BINS);
  const add = gridOffset(low, high, BINS);
  const fineMul = gridScale(load<f64>(a.normNode, 64), load<f64>(a.normNode, 72), FINE_BINS);
  const fineAdd = gridOffset(load<f64>(a.normNode, 64), load<f64>(a.normNode, 72), FINE_BINS);
  const paired =
    job().workspaceBytes >= PAIRS + FINE_PAIRS && (n1 - n0) * a.height * a.width * quads * 4 >= TWICE_PAIRED_VALUES;
  const pairs = workspace();
  if (paired) memory.fill(pairs, 0, PAIRS + FINE_PAIRS);

  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const none = f32x4.splat(-Infinity);
  const single = a.height * a.width == 1;
  const step = single ? a.xN : a.xW;
  const count = single ? n1 - n0 : a.width;
  const height = single ? 1 : a.height;
  const last = single ? n0 + 1 : n1;
  const block = single ? 256 : pixelsAtOnce(a.xW);
  for (let n = n0; n < last; n++) {
    for (let h = 0; h < height; h++) {
      const row = a.x + <usize>n * a.xN + <usize>h * a.xH;
      for (let w = 0; w < count; w += block) {
        const pixels = min(block, count - w);
        for (let c = 0; c < quads; c++) {
          const lanes = realLanes(a.channels, a.pixelQuads, c);
          if (lanes == 0) continue;
          let x = row + <usize>w * step + (<usize>c << 4);
          const end = x + <usize>pixels * step;
          const mean = v128.load(a.mean + (<usize>c << 4));
          const scale = v128.load(a.scale + (<usize>c << 4));
          const beta = v128.load(a.beta + (<usize>c << 4));
          const bias = vectorOr(a.bias, c, 0);
          if (isTame(a, c)) {
            normalizedRow(
              x, step, end, slot + <usize>c * SUMS, a.outputStride, mean, scale, beta, f32x4.neg(bias), f32x4.pmax(beta, zero),
            );
            if (paired && lanes == 4) {
              const even = x + <usize>(pixels & ~1) * step;
              const m = f32x4.splat(mul);
              const f = f32x4.splat(fineMul);
              countTwice(
                x, step, even,
                m, madd(bias, m, f32x4.splat(add)), i16x8.splat(<i16>(BINS + 1)), pairWeights(ROW), i32x4.splat(<i32>pairs),
                mean, f32x4.mul(scale, f), madd(beta, f, f32x4.splat(fineAdd)), i16x8.splat(<i16>(FINE_BINS + 1)),
                pairWeights(FINE_ROW), i32x4.splat(<i32>(pairs + PAIRS)),
              );
              x = even;
            }
          }
          if (x == end) continue;
          countSingles(x, step, end, lanes, zero, one, bias, none, counts, mul, add, 0, <f32>(BINS + 1), BINS + 2);
          countSingles(x, step, end, lanes, mean, scale, beta, none, fineCounts, fineMul, fineAdd, 0, <f32>(FINE_BINS + 1), FINE_BINS + 2);
        }
      }
    }
  }
  if (paired) {
    joinPairs(pairs, ROW, BINS + 2, counts);
    joinPairs(pairs + PAIRS, FINE_ROW, FINE_BINS + 2, fineCounts);
  }
  for (let c = 0; c < quads; c++) {
    const at = <usize>c * SUMS;
    const mean = v128.load(a.mean + (<usize>c << 4));
    const scale = v128.load(a.scale + (<usize>c << 4));
    const beta = v128.load(a.beta + (<usize>c << 4));
    const bias = vectorOr(a.bias, c, 0);
    if (isTame(a, c)) {
      const variance = v128.load(a.variance + (<usize>c << 4));
      finishSums(slot + at, a.outputStride, (n1 - n0) * a.height * a.width, variance, mean, scale, beta, bias);
    } else {
      const shift = finiteOrZero(mean);
      const normShift = finiteOrZero(beta);
      carefulMoments(address, n0, n1, c, slot + at, f32x4.add(shift, finiteOrZero(bias)), zero, one, bias, none);
      carefulMoments(address, n0, n1, c, normSlot + at, normShift, mean, scale, beta, none);
      carefulMoments(address, n0, n1, c, reluSlot + at, f32x4.pmax(normShift, zero), mean, scale, beta, zero);
    }
  }
}

export function normalizedRow(
  x: usize, step: usize, end: usize, at: usize, outputStride: usize, mean: v128, scale: v128, beta: v128, zeroOfX: v128, shift: v128,
): void {
  const zero = f32x4.splat(0);
  const normAt = at + outputStride;
  const reluAt = normAt + outputStride;
  let reluRest = zero;
  let reluSquares = zero;
  let least = v128.load(at, 32);
  let most = v128.load(at, 48);
  let zeros = v128.load(at, 64);
  let normZeros = v128.load(normAt, 64);
  let reluZeros = v128.load(reluAt, 64);
  while (x != end) {
    const value = v128.load(x);
    const v = madd(f32x4.sub(value, mean), scale, beta);
    const r = f32x4.pmax(v, zero);
    const reluD = f32x4.sub(r, shift);
    least = f32x4.pmin(least, value);
    most = f32x4.pmax(most, value);
    zeros = i32x4.sub(zeros, f32x4.eq(value, zeroOfX));
    normZeros = i32x4.sub(normZeros, f32x4.eq(v, zero));
    reluZeros = i32x4.sub(reluZeros, f32x4.eq(r, zero));
    reluRest = f32x4.add(reluRest, reluD);
    reluSquares = madd(reluD, reluD, reluSquares);
    x += step;
  }
  v128.store(at, least, 32);
  v128.store(at, most, 48);
  v128.store(at, zeros, 64);
  v128.store(normAt, normZeros, 64);
  v128.store(reluAt, f32x4.add(v128.load(reluAt), reluRest));
  v128.store(reluAt, f32x4.add(v128.load(reluAt, 16), reluSquares), 16);
  v128.store(reluAt, reluZeros, 64);
}

/**
 * What follows from the batch's mean and variance and from the ends of x: the sums of squares about the means are n·variance and
 * scale²·n·variance; ends go to ends.
 */
function finishSums(
  at: usize, outputStride: usize, count: i32, variance: v128, mean: v128, scale: v128, beta: v128, bias: v128,
): void {
  const normAt = at + outputStride;
  const reluAt = normAt + outputStride;
  const squares = f32x4.mul(f32x4.splat(<f32>count), variance);
  v128.store(at, squares, 16);
  v128.store(normAt, f32x4.mul(f32x4.mul(scale, scale), squares), 16);
  const first = madd(f32x4.sub(v128.load(at, 32), mean), scale, beta);
  const second = madd(f32x4.sub(v128.load(at, 48), mean), scale, beta);
  const least = f32x4.pmin(first, second);
  const most = f32x4.pmax(first, second);
  v128.store(normAt, least, 32);
  v128.store(normAt, most, 48);
  v128.store(reluAt, f32x4.pmax(least, f32x4.splat(0)), 32);
  v128.store(reluAt, f32x4.pmax(most, f32x4.splat(0)), 48);
  v128.store(at, f32x4.add(v128.load(at, 32), bias), 32);
  v128.store(at, f32x4.add(v128.load(at, 48), bias), 48);
}
