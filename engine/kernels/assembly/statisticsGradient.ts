/** Statistics of the gradient with respect to a node's output, and of what a batch norm holds by channel. */
import { now } from "./clock";
import { job } from "./header";
import { realLanes } from "./statisticsView";
import { isFinite4, madd, passes } from "./vector";
import { threadIndex } from "./workspace";

// @ts-ignore: decorator
@unmanaged
export class GradientView {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  height: i32;
  width: i32;
  quads: i32;
  channels: i32;
  /** What the ReLU after the node gave: only where that is not 0 does the gradient pass. 0: there is none. */
  y: usize;
  yN: usize;
  yH: usize;
  yW: usize;
  /** Of each chunk of rows f64: Σg, Σg², number of finite values, number of others. */
  records: usize;
  chunk: i32;
}

/** Quads of a run that is summed in f32. */
const RUN: i32 = 64;
/** Fewer quads of a sample are summed in f64: of few values, those nearest to the loss, the mean may be far larger than the std. */
const FEW: i32 = 16;

/**
 * Overwrites the chunk's record with its first samples, adds the rest. Padding is 0 and adds nothing. Runs among the operations of every
 * step, where the gradient is still in the cache, and does nothing where the step is not measured.
 */
export function gradientMoments(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  if (!job().measure) return;
  calls++;
  // The clock costs as much as a small call: it is looked at now and then.
  const isTimed = (calls & 7) == 0 && threadIndex() == 0;
  const begun = isTimed ? now() : 0;
  const a = changetype<GradientView>(address);
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const record = a.records + (<usize>task << 5);
  if (n0 == start) memory.fill(record, 0, 32);
  // Pixels follow each other: a row is one run of quads.
  const isRun = a.xW == <usize>a.quads << 4 && (a.y == 0 || a.yW == a.xW);
  const vectors = a.width * a.quads;
  const isLarge = isRun && a.height * vectors >= FEW;
  const values = <f64>(a.width * a.channels);
  for (let n = n0; n < n1; n++) {
    for (let h = 0; h < a.height; h++) {
      const x = a.x + <usize>n * a.xN + <usize>h * a.xH;
      const y: usize = a.y == 0 ? 0 : a.y + <usize>n * a.yN + <usize>h * a.yH;
      const end = x + (<usize>vectors << 4);
      if (isLarge && gradientRow(x, end, y, record)) {
        put(record + 16, values);
      } else {
        carefulRow(a, x, y, record);
      }
    }
  }
  if (isTimed) job().measuringMs += 8 * (now() - begun);
}

let calls: i32 = 0;

/** Adds Σg and Σg² of a row; false, and nothing, where a value or a square is not finite. */
export function gradientRow(x: usize, end: usize, y: usize, record: usize): bool {
  let total = f64x2.splat(0);
  let totalSquares = f64x2.splat(0);
  while (x != end) {
    const stop = min(end, x + (<usize>RUN << 4));
    let sum = f32x4.splat(0);
    let squares = f32x4.splat(0);
    if (y == 0) {
      // Two sums of each: an addition need not wait for the one before.
      const even = x + ((stop - x) & ~31);
      let sum2 = f32x4.splat(0);
      let squares2 = f32x4.splat(0);
      while (x != even) {
        const g = v128.load(x);
        const g2 = v128.load(x, 16);
        sum = f32x4.add(sum, g);
        squares = madd(g, g, squares);
        sum2 = f32x4.add(sum2, g2);
        squares2 = madd(g2, g2, squares2);
        x += 32;
      }
      if (x != stop) {
        const g = v128.load(x);
        sum = f32x4.add(sum, g);
        squares = madd(g, g, squares);
        x += 16;
      }
      sum = f32x4.add(sum, sum2);
      squares = f32x4.add(squares, squares2);
    } else {
      while (x != stop) {
        const g = v128.and(v128.load(x), passes(v128.load(y)));
        sum = f32x4.add(sum, g);
        squares = madd(g, g, squares);
        x += 16;
        y += 16;
      }
    }
    if (!i32x4.all_true(isFinite4(squares))) return false;
    total = f64x2.add(total, f64x2.add(f64x2.promote_low_f32x4(sum), f64x2.promote_low_f32x4(v128.shuffle<i32>(sum, sum, 2, 3, 2, 3))));
    totalSquares = f64x2.add(
      totalSquares,
      f64x2.add(f64x2.promote_low_f32x4(squares), f64x2.promote_low_f32x4(v128.shuffle<i32>(squares, squares, 2, 3, 2, 3))),
    );
  }
  put(record, f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1));
  put(record + 8, f64x2.extract_lane(totalSquares, 0) + f64x2.extract_lane(totalSquares, 1));
  return true;
}

/** The same of any values, in f64. */
function carefulRow(a: GradientView, row: usize, rowOfY: usize, record: usize): void {
  let sum = f64x2.splat(0);
  let squares = f64x2.splat(0);
  let finite = 0;
  let all = 0;
  for (let c = 0; c < a.quads; c++) {
    const lanes = realLanes(a.channels, a.quads, c);
    const mask = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
    let x = row + (<usize>c << 4);
    let y = rowOfY + (<usize>c << 4);
    const end = x + <usize>a.width * a.xW;
    let found = i32x4.splat(0);
    while (x != end) {
      let g = v128.load(x);
      if (rowOfY != 0) {
        g = v128.and(g, passes(v128.load(y)));
        y += a.yW;
      }
      const ok = v128.and(isFinite4(g), mask);
      g = v128.and(g, ok);
      const low = f64x2.promote_low_f32x4(g);
      const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(g, g, 2, 3, 2, 3));
      sum = f64x2.add(sum, f64x2.add(low, high));
      squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
      found = i32x4.sub(found, ok);
      x += a.xW;
    }
    finite += i32x4.extract_lane(found, 0) + i32x4.extract_lane(found, 1) + i32x4.extract_lane(found, 2) + i32x4.extract_lane(found, 3);
    all += lanes * a.width;
  }
  put(record, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
  put(record + 8, f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1));
  put(record + 16, <f64>finite);
  put(record + 24, <f64>(all - finite));
}

// @ts-ignore: decorator
@inline
function put(at: usize, value: f64): void {
  store<f64>(at, value + load<f64>(at));
}

// @ts-ignore: decorator
@unmanaged
export class NormVectors {
  /** f32 vectors; mean and bias 0: the batch has no part in it. */
  mean: usize;
  variance: usize;
  bias: usize;
  runningMean: usize;
  runningVariance: usize;
  gamma: usize;
  beta: usize;
  quads: i32;
  /** Six vectors one after the other: running mean and variance, γ, β, mean and variance of the batch. */
  record: usize;
}

/** Keeps what the forward pass found, before the step changes it; `bias` is what the layer before would have added. */
export function normVectors(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<NormVectors>(address);
  const bytes = <usize>a.quads << 4;
  memory.copy(a.record, a.runningMean, bytes);
  memory.copy(a.record + bytes, a.runningVariance, bytes);
  memory.copy(a.record + 2 * bytes, a.gamma, bytes);
  memory.copy(a.record + 3 * bytes, a.beta, bytes);
  if (a.mean == 0) return;
  for (let at: usize = 0; at < bytes; at += 16) {
    const bias = a.bias == 0 ? f32x4.splat(0) : v128.load(a.bias + at);
    v128.store(a.record + 4 * bytes + at, f32x4.add(v128.load(a.mean + at), bias));
  }
  memory.copy(a.record + 5 * bytes, a.variance, bytes);
}
