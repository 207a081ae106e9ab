/** Statistics of the gradient with respect to a node's output, and of what a batch norm holds by channel. */
import { realLanes } from "./statisticsView";
import { isFinite4, passes } from "./vector";

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

/** Overwrites the chunk's record with its first samples, adds the rest. */
export function gradientMoments(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<GradientView>(address);
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const record = a.records + (<usize>task << 5);
  // Where all lanes are real and pixels follow each other, a row is one run of quads.
  const isRun = a.channels == a.quads << 2 && a.xW == <usize>a.quads << 4 && (a.y == 0 || a.yW == a.xW);
  const quads = isRun ? 1 : a.quads;
  const width = isRun ? a.width * a.quads : a.width;
  const xW: usize = isRun ? 16 : a.xW;
  const yW: usize = isRun ? 16 : a.yW;
  let sum = f64x2.splat(0);
  let squares = f64x2.splat(0);
  let finite = 0;
  let all = 0;
  for (let n = n0; n < n1; n++) {
    for (let h = 0; h < a.height; h++) {
      for (let c = 0; c < quads; c++) {
        const lanes = isRun ? 4 : realLanes(a.channels, a.quads, c);
        const mask = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
        let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
        let y = a.y + <usize>n * a.yN + <usize>h * a.yH + (<usize>c << 4);
        const end = x + <usize>width * xW;
        let found = i32x4.splat(0);
        while (x != end) {
          let g = v128.load(x);
          if (a.y != 0) {
            g = v128.and(g, passes(v128.load(y)));
            y += yW;
          }
          const ok = v128.and(isFinite4(g), mask);
          g = v128.and(g, ok);
          const low = f64x2.promote_low_f32x4(g);
          const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(g, g, 2, 3, 2, 3));
          sum = f64x2.add(sum, f64x2.add(low, high));
          squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
          found = i32x4.sub(found, ok);
          x += xW;
        }
        finite += i32x4.extract_lane(found, 0) + i32x4.extract_lane(found, 1) + i32x4.extract_lane(found, 2) + i32x4.extract_lane(found, 3);
        all += lanes * width;
      }
    }
  }
  put(record, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1), n0 == start);
  put(record + 8, f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1), n0 == start);
  put(record + 16, <f64>finite, n0 == start);
  put(record + 24, <f64>(all - finite), n0 == start);
}

// @ts-ignore: decorator
@inline
function put(at: usize, value: f64, fresh: bool): void {
  store<f64>(at, fresh ? value : value + load<f64>(at));
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
