/** Batch statistics and what the backward pass needs of them. Everything per channel accumulates in f64. */
import { activeSlots, job } from "./header";

// @ts-ignore: decorator
@unmanaged
export class Moments {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  height: i32;
  width: i32;
  quads: i32;
  /** f64 mean of each channel, then f64 Σ(x − mean)². */
  moments: usize;
  slotStride: usize;
  chunk: i32;
}

/**
 * Mean and Σ(x − mean)² of the samples of a call by two passes, while they are in the cache, then joined to the chunk's:
 * δ = m_b − m_a,  m = m_a + δ·n_b/n,  S = S_a + S_b + δ²·n_a·n_b/n  (Chan, Golub, LeVeque 1979). Never E[x²] − E[x]².
 */
export function channelMoments(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Moments>(address);
  const end = min(c1, a.quads);
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const slot = a.moments + (a.chunk == 0 ? 0 : <usize>task * a.slotStride);
  const area = a.height * a.width;
  const before: f64 = <f64>((n0 - start) * area);
  const count: f64 = <f64>((n1 - n0) * area);
  const inverse: f32 = <f32>(1.0 / count);
  // Single values: the samples of the call are one row.
  const flat = area == 1;
  const xW = flat ? a.xN : a.xW;
  const length = <usize>(flat ? n1 - n0 : a.width) * xW;
  const samplesEnd = flat ? n0 + 1 : n1;
  for (let c = c0; c < end; c += 2) {
    // Each addition to a sum waits for the one before: two quads take little longer than one. Where one is left both are the same.
    const d = min(c + 1, end - 1);
    const next = <usize>(d - c) << 4;
    let totalC = f32x4.splat(0);
    let totalD = totalC;
    for (let n = n0; n < samplesEnd; n++) {
      for (let h = 0; h < a.height; h++) {
        let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
        const rowEnd = x + length;
        let sumC = f32x4.splat(0);
        let sumD = sumC;
        while (x != rowEnd) {
          sumC = f32x4.add(sumC, v128.load(x));
          sumD = f32x4.add(sumD, v128.load(x + next));
          x += xW;
        }
        totalC = f32x4.add(totalC, sumC);
        totalD = f32x4.add(totalD, sumD);
      }
    }
    const meanC = f32x4.mul(totalC, f32x4.splat(inverse));
    const meanD = f32x4.mul(totalD, f32x4.splat(inverse));
    let restC = f32x4.splat(0);
    let restD = restC, squaresC = restC, squaresD = restC;
    for (let n = n0; n < samplesEnd; n++) {
      for (let h = 0; h < a.height; h++) {
        let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
        const rowEnd = x + length;
        let rowRestC = f32x4.splat(0);
        let rowRestD = rowRestC, rowSquaresC = rowRestC, rowSquaresD = rowRestC;
        while (x != rowEnd) {
          const u = f32x4.sub(v128.load(x), meanC);
          rowRestC = f32x4.add(rowRestC, u);
          rowSquaresC = f32x4.add(rowSquaresC, f32x4.mul(u, u));
          const v = f32x4.sub(v128.load(x + next), meanD);
          rowRestD = f32x4.add(rowRestD, v);
          rowSquaresD = f32x4.add(rowSquaresD, f32x4.mul(v, v));
          x += xW;
        }
        restC = f32x4.add(restC, rowRestC);
        restD = f32x4.add(restD, rowRestD);
        squaresC = f32x4.add(squaresC, rowSquaresC);
        squaresD = f32x4.add(squaresD, rowSquaresD);
      }
    }
    join(a, slot, c, meanC, restC, squaresC, before, count);
    if (d != c) join(a, slot, d, meanD, restD, squaresD, before, count);
  }
}

/** Joins what a call found of a quad, in `count` values each, to the chunk's `before`. */
function join(a: Moments, slot: usize, c: i32, mean: v128, rest: v128, squares: v128, before: f64, count: f64): void {
  const weight = count / (before + count);
  const at = slot + (<usize>c << 5);
  const atSquares = at + (<usize>a.quads << 5);
  for (let half = 0; half < 2; half++) {
    // The rest Σ(x − mean) corrects the rounding of the f32 mean.
    const m32 = half == 0 ? mean : v128.shuffle<f32>(mean, mean, 2, 3, 2, 3);
    const r32 = half == 0 ? rest : v128.shuffle<f32>(rest, rest, 2, 3, 2, 3);
    const s32 = half == 0 ? squares : v128.shuffle<f32>(squares, squares, 2, 3, 2, 3);
    const correction = f64x2.div(f64x2.promote_low_f32x4(r32), f64x2.splat(count));
    let m = f64x2.add(f64x2.promote_low_f32x4(m32), correction);
    let s = f64x2.sub(f64x2.promote_low_f32x4(s32), f64x2.mul(f64x2.mul(correction, correction), f64x2.splat(count)));
    const offset = <usize>half << 4;
    if (before != 0) {
      const previous = v128.load(at + offset);
      const delta = f64x2.sub(m, previous);
      m = f64x2.add(previous, f64x2.mul(delta, f64x2.splat(weight)));
      s = f64x2.add(f64x2.add(v128.load(atSquares + offset), s), f64x2.mul(f64x2.mul(delta, delta), f64x2.splat(before * weight)));
    }
    v128.store(at + offset, m);
    v128.store(atSquares + offset, s);
  }
}

// @ts-ignore: decorator
@unmanaged
export class BatchStatistics {
  moments: usize;
  slotStride: usize;
  chunk: i32;
  area: i32;
  quads: i32;
  epsilon: f32;
  gamma: usize;
  /** Results, f32 vectors: mean, biased variance, 1/√(variance + ε), γ/√(variance + ε). */
  mean: usize;
  variance: usize;
  inverseStd: usize;
  scale: usize;
}

/** Joins the chunks' moments in order and derives what normalization needs. Overwrites. */
export function batchStatistics(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<BatchStatistics>(address);
  const end = min(c1, a.quads) << 2;
  const rows = job().rows;
  const slots = activeSlots(a.chunk);
  for (let c = c0 << 2; c < end; c++) {
    let at = a.moments + (<usize>c << 3);
    let mean = load<f64>(at);
    let squares = load<f64>(at + (<usize>a.quads << 5));
    let count: f64 = <f64>((a.chunk == 0 ? rows : min(a.chunk, rows)) * a.area);
    for (let s = 1; s < slots; s++) {
      at += a.slotStride;
      const more: f64 = <f64>(min(a.chunk, rows - s * a.chunk) * a.area);
      const delta = load<f64>(at) - mean;
      const weight = more / (count + more);
      mean += delta * weight;
      squares += load<f64>(at + (<usize>a.quads << 5)) + delta * delta * count * weight;
      count += more;
    }
    const variance = squares / count;
    const inverseStd = 1.0 / Math.sqrt(variance + <f64>a.epsilon);
    const offset = <usize>c << 2;
    store<f32>(a.mean + offset, <f32>mean);
    store<f32>(a.variance + offset, <f32>variance);
    store<f32>(a.inverseStd + offset, <f32>inverseStd);
    store<f32>(a.scale + offset, <f32>(inverseStd * <f64>load<f32>(a.gamma + offset)));
  }
}

// @ts-ignore: decorator
@unmanaged
export class RunningStatistics {
  mean: usize;
  variance: usize;
  /** Bias that the layer before adds and the kernels leave out; 0: none. */
  bias: usize;
  runningMean: usize;
  runningVariance: usize;
  momentum: f32;
  quads: i32;
}

/** running ← momentum·running + (1 − momentum)·batch; the batch's mean includes the bias of the layer before. */
export function runningStatistics(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<RunningStatistics>(address);
  const end = min(c1, a.quads);
  const keep = f32x4.splat(a.momentum);
  const take = f32x4.splat(<f32>(1.0 - <f64>a.momentum));
  for (let c = c0; c < end; c++) {
    const at = <usize>c << 4;
    let mean = v128.load(a.mean + at);
    if (a.bias != 0) mean = f32x4.add(mean, v128.load(a.bias + at));
    v128.store(a.runningMean + at, f32x4.add(f32x4.mul(keep, v128.load(a.runningMean + at)), f32x4.mul(take, mean)));
    v128.store(
      a.runningVariance + at,
      f32x4.add(f32x4.mul(keep, v128.load(a.runningVariance + at)), f32x4.mul(take, v128.load(a.variance + at))),
    );
  }
}

// @ts-ignore: decorator
@unmanaged
export class EvaluationStatistics {
  runningMean: usize;
  runningVariance: usize;
  bias: usize;
  gamma: usize;
  epsilon: f32;
  quads: i32;
  mean: usize;
  scale: usize;
  /** 0: not needed. */
  inverseStd: usize;
}

/** mean = running mean − bias left out before, 1/√(running variance + ε), scale = γ/√(running variance + ε). Overwrites. */
export function evaluationStatistics(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<EvaluationStatistics>(address);
  const end = min(c1, a.quads);
  for (let c = c0; c < end; c++) {
    const at = <usize>c << 4;
    let mean = v128.load(a.runningMean + at);
    if (a.bias != 0) mean = f32x4.sub(mean, v128.load(a.bias + at));
    v128.store(a.mean + at, mean);
    const std = f32x4.sqrt(f32x4.add(v128.load(a.runningVariance + at), f32x4.splat(a.epsilon)));
    v128.store(a.scale + at, f32x4.div(v128.load(a.gamma + at), std));
    if (a.inverseStd != 0) v128.store(a.inverseStd + at, f32x4.div(f32x4.splat(1), std));
  }
}

// @ts-ignore: decorator
@unmanaged
export class BatchNormGradient {
  /** f64 sums of blockGradientSums. */
  sums: usize;
  slotStride: usize;
  chunk: i32;
  area: i32;
  quads: i32;
  inverseStd: usize;
  scale: usize;
  gammaGradient: usize;
  betaGradient: usize;
  slope: usize;
  shift: usize;
}

/**
 * With s = 1/√(σ² + ε), M elements a channel:  dβ = Σ g,  dγ = s·Σ g·(x − μ),  and dx = γs·(g − dβ/M − (x − μ)·s·dγ/M):
 * slope = −γs·s·dγ/M,  shift = −γs·dβ/M. Overwrites.
 */
export function batchNormGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<BatchNormGradient>(address);
  const end = min(c1, a.quads) << 2;
  const slots = activeSlots(a.chunk);
  const share: f64 = 1.0 / (<f64>job().rows * <f64>a.area);
  for (let c = c0 << 2; c < end; c++) {
    let at = a.sums + (<usize>c << 3);
    let sum = load<f64>(at);
    let moment = load<f64>(at + (<usize>a.quads << 5));
    for (let s = 1; s < slots; s++) {
      at += a.slotStride;
      sum += load<f64>(at);
      moment += load<f64>(at + (<usize>a.quads << 5));
    }
    const offset = <usize>c << 2;
    const inverseStd = <f64>load<f32>(a.inverseStd + offset);
    const scale = <f64>load<f32>(a.scale + offset);
    const gammaGradient = inverseStd * moment;
    store<f32>(a.betaGradient + offset, <f32>sum);
    store<f32>(a.gammaGradient + offset, <f32>gammaGradient);
    store<f32>(a.slope + offset, <f32>(-scale * inverseStd * gammaGradient * share));
    store<f32>(a.shift + offset, <f32>(-scale * sum * share));
  }
}
