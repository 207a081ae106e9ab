/**
 * Normalization within a sample: layer norm, group norm, instance norm. Every sample is by itself, so training and evaluation, and any
 * division of the batch, compute the same.
 *
 *   x̂ = (x − mean)·s,  s = 1/√(variance + ε) over a group,   y = γ·x̂ + β
 *
 * Values are walked quad by quad. A quad with fewer than four values (the last one of a pixel, or of a flat sample) is the tail; what
 * its other lanes hold reaches no sum and no result. Without gaps a sample is one quad wide and as many pixels long as it has quads; so
 * is each group of features that is whole quads.
 */
import { mapRow } from "./block";
import { madd } from "./vector";
import { workspace } from "./workspace";

// @ts-ignore: decorator
@unmanaged
export class GroupNorm {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  /** The output; in the backward pass its gradient. */
  y: usize;
  yN: usize;
  yH: usize;
  yW: usize;
  /** Backward: the gradient of x; 0: it is not needed. */
  dx: usize;
  dxN: usize;
  dxH: usize;
  dxW: usize;
  height: i32;
  /** Pixels of a row, and the full quads of each. */
  width: i32;
  quads: i32;
  /** Bytes between the quads of a pixel: more than one where each is a group as long as a row. */
  quadBytes: usize;
  /** The tail: bytes from the start of its row, pixels of a row, values; 0: none. */
  tailOffset: usize;
  tailWidth: i32;
  tailLanes: i32;
  /** Groups of a sample, lanes of a group, padding included where there is one group; its values. */
  groups: i32;
  lanes: i32;
  count: i32;
  epsilon: f32;
  /** γ and β lie as the values do; distances of 0 where they are one a channel. */
  gamma: usize;
  beta: usize;
  gammaH: usize;
  gammaW: usize;
  /** f32 mean and s of each group, sample after sample: what the backward pass needs. */
  statistics: usize;
  /** Partial sums of dγ and dβ, one slot per chunk of rows. */
  gammaGradient: usize;
  betaGradient: usize;
  slotStride: usize;
  chunk: i32;
  accumulate: i32;
}

// The workspace, for each quad: f32 mean, s, slope and shift of its lanes, then two f64 sums of each lane.
// @ts-ignore: decorator
@inline
function numQuadsOf(a: GroupNorm): i32 {
  return a.quads + (a.tailLanes != 0 ? 1 : 0);
}

/** All ones in the lanes of a quad that hold values. */
function maskOf(a: GroupNorm, q: i32): v128 {
  if (q < a.quads || a.tailLanes == 0) return i32x4.splat(-1);
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(a.tailLanes));
}

// @ts-ignore: decorator
@inline
function offsetOf(a: GroupNorm, q: i32): usize {
  return q < a.quads ? <usize>q * a.quadBytes : a.tailOffset;
}

// @ts-ignore: decorator
@inline
function widthOf(a: GroupNorm, q: i32): usize {
  return <usize>(q < a.quads ? a.width : a.tailWidth);
}

/** Adds an f32 quad to four f64. */
// @ts-ignore: decorator
@inline
function addLanes(at: usize, value: v128): void {
  v128.store(at, f64x2.add(v128.load(at), f64x2.promote_low_f32x4(value)));
  const high = v128.shuffle<f32>(value, value, 2, 3, 2, 3);
  v128.store(at + 16, f64x2.add(v128.load(at + 16), f64x2.promote_low_f32x4(high)));
}

/** Σ over the lanes of a group, in order. */
function sumOfGroup(sums: usize, group: i32, lanes: i32): f64 {
  let at = sums + ((<usize>group * lanes) << 3);
  const end = at + (<usize>lanes << 3);
  let sum: f64 = 0;
  while (at != end) {
    sum += load<f64>(at);
    at += 8;
  }
  return sum;
}

/** Writes a group's value to all of its lanes. */
function spread(to: usize, group: i32, lanes: i32, value: f32): void {
  let at = to + ((<usize>group * lanes) << 2);
  const end = at + (<usize>lanes << 2);
  while (at != end) {
    store<f32>(at, value);
    at += 4;
  }
}

export function rowSum(x: usize, xW: usize, end: usize, mask: v128): v128 {
  let sum = f32x4.splat(0);
  while (x != end) {
    sum = f32x4.add(sum, v128.and(v128.load(x), mask));
    x += xW;
  }
  return sum;
}

/** Adds Σ(x − mean) and Σ(x − mean)² to the lanes' sums. */
export function rowMoments(x: usize, xW: usize, end: usize, mask: v128, mean: v128, rests: usize, squares: usize): void {
  let rest = f32x4.splat(0);
  let square = f32x4.splat(0);
  while (x != end) {
    const d = v128.and(f32x4.sub(v128.load(x), mean), mask);
    rest = f32x4.add(rest, d);
    square = madd(d, d, square);
    x += xW;
  }
  addLanes(rests, rest);
  addLanes(squares, square);
}

export function scaleRow(
  x: usize, xW: usize, y: usize, yW: usize, yEnd: usize, gamma: usize, beta: usize, gammaW: usize, mean: v128, scale: v128
): void {
  while (y != yEnd) {
    const normalized = f32x4.mul(f32x4.sub(v128.load(x), mean), scale);
    v128.store(y, madd(normalized, v128.load(gamma), v128.load(beta)));
    x += xW;
    y += yW;
    gamma += gammaW;
    beta += gammaW;
  }
}

/** Mean and s of a sample's groups, to the workspace's lanes and to `statistics`, by two passes; never E[x²] − E[x]². */
function momentsOf(a: GroupNorm, x: usize, statistics: usize, means: usize, scales: usize, sums: usize, squares: usize): void {
  const numQuads = numQuadsOf(a);
  memory.fill(sums, 0, <usize>numQuads << 6);
  for (let q = 0; q < numQuads; q++) {
    const mask = maskOf(a, q);
    const length = widthOf(a, q) * a.xW;
    let row = x + offsetOf(a, q);
    for (let h = 0; h < a.height; h++) {
      addLanes(sums + (<usize>q << 5), rowSum(row, a.xW, row + length, mask));
      row += a.xH;
    }
  }
  const count = <f64>a.count;
  for (let g = 0; g < a.groups; g++) {
    const mean = <f32>(sumOfGroup(sums, g, a.lanes) / count);
    store<f32>(statistics + (<usize>g << 3), mean);
    spread(means, g, a.lanes, mean);
  }
  memory.fill(sums, 0, <usize>numQuads << 5);
  for (let q = 0; q < numQuads; q++) {
    const mask = maskOf(a, q);
    const mean = v128.load(means + (<usize>q << 4));
    const length = widthOf(a, q) * a.xW;
    let row = x + offsetOf(a, q);
    for (let h = 0; h < a.height; h++) {
      rowMoments(row, a.xW, row + length, mask, mean, sums + (<usize>q << 5), squares + (<usize>q << 5));
      row += a.xH;
    }
  }
  for (let g = 0; g < a.groups; g++) {
    // The rest Σ(x − mean) corrects the rounding of the f32 mean.
    const correction = sumOfGroup(sums, g, a.lanes) / count;
    const at = statistics + (<usize>g << 3);
    const mean = <f32>(<f64>load<f32>(at) + correction);
    const variance = sumOfGroup(squares, g, a.lanes) / count - correction * correction;
    const scale = <f32>(1.0 / Math.sqrt(variance + <f64>a.epsilon));
    store<f32>(at, mean);
    store<f32>(at + 4, scale);
    spread(means, g, a.lanes, mean);
    spread(scales, g, a.lanes, scale);
  }
}

/** y = γ·x̂ + β, and the statistics of each sample. Overwrites y. */
export function groupNormForward(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<GroupNorm>(address);
  const floor = f32x4.splat(-Infinity);
  const numQuads = numQuadsOf(a);
  const means = workspace();
  const scales = means + (<usize>numQuads << 4);
  const sums = means + (<usize>numQuads << 6);
  const squares = sums + (<usize>numQuads << 5);
  for (let n = n0; n < n1; n++) {
    const x = a.x + <usize>n * a.xN;
    momentsOf(a, x, a.statistics + ((<usize>n * a.groups) << 3), means, scales, sums, squares);
    for (let q = 0; q < numQuads; q++) {
      const mean = v128.load(means + (<usize>q << 4));
      const mask = maskOf(a, q);
      // γ and β are 0 in the lanes without values, and so must the factors be there: 0 · garbage may be NaN.
      const scale = v128.and(v128.load(scales + (<usize>q << 4)), mask);
      const centre = v128.and(mean, mask);
      const offset = offsetOf(a, q);
      let row = x + offset;
      let target = a.y + <usize>n * a.yN + offset;
      let gamma = a.gamma + offset;
      let beta = a.beta + offset;
      const length = widthOf(a, q) * a.yW;
      for (let h = 0; h < a.height; h++) {
        if (a.gammaW == 0) mapRow(row, a.xW, target, a.yW, target + length, centre, f32x4.mul(scale, v128.load(gamma)), v128.load(beta), floor);
        else scaleRow(row, a.xW, target, a.yW, target + length, gamma, beta, a.gammaW, centre, scale);
        row += a.xH;
        target += a.yH;
        gamma += a.gammaH;
        beta += a.gammaH;
      }
    }
  }
}

/** γ and β of the channels: adds Σ g and Σ g·(x − mean) to the lanes' sums. */
export function rowGradientSums(
  x: usize, xW: usize, dy: usize, dyW: usize, end: usize, mean: v128, mask: v128, sums: usize, moments: usize,
): void {
  let sum = f32x4.splat(0);
  let moment = f32x4.splat(0);
  while (dy != end) {
    const centred = v128.and(f32x4.sub(v128.load(x), mean), mask);
    const g = v128.and(v128.load(dy), mask);
    sum = f32x4.add(sum, g);
    moment = madd(g, centred, moment);
    x += xW;
    dy += dyW;
  }
  addLanes(sums, sum);
  addLanes(moments, moment);
}

/** γ and β of each place: adds Σ γg and Σ γg·(x − mean) to the lanes' sums, and g and g·x̂ to the slots of dβ and dγ (`keep` 0: overwrites). */
export function rowPlaceSums(
  x: usize, xW: usize, dy: usize, dyW: usize, end: usize, gamma: usize, gammaW: usize, dGamma: usize, dBeta: usize,
  mean: v128, scale: v128, mask: v128, keep: v128, sums: usize, moments: usize,
): void {
  let sum = f32x4.splat(0);
  let moment = f32x4.splat(0);
  while (dy != end) {
    const centred = v128.and(f32x4.sub(v128.load(x), mean), mask);
    const g = v128.and(v128.load(dy), mask);
    v128.store(dGamma, madd(g, f32x4.mul(centred, scale), v128.and(v128.load(dGamma), keep)));
    v128.store(dBeta, f32x4.add(g, v128.and(v128.load(dBeta), keep)));
    const scaled = f32x4.mul(g, v128.load(gamma));
    sum = f32x4.add(sum, scaled);
    moment = madd(scaled, centred, moment);
    x += xW;
    dy += dyW;
    gamma += gammaW;
    dGamma += gammaW;
    dBeta += gammaW;
  }
  addLanes(sums, sum);
  addLanes(moments, moment);
}

/** dx = γg·s + slope·(x − mean) + shift; 0 in the lanes without values. */
export function rowGradient(
  x: usize, xW: usize, dy: usize, dyW: usize, end: usize, dx: usize, dxW: usize, gamma: usize, gammaW: usize,
  mean: v128, scale: v128, slope: v128, shift: v128, mask: v128, keep: v128,
): void {
  while (dy != end) {
    const centred = f32x4.sub(v128.load(x), mean);
    const value = madd(f32x4.mul(v128.load(dy), v128.load(gamma)), scale, madd(centred, slope, shift));
    v128.store(dx, f32x4.add(v128.and(value, mask), v128.and(v128.load(dx), keep)));
    x += xW;
    dy += dyW;
    dx += dxW;
    gamma += gammaW;
  }
}

/** Of one sample: Σ γg and Σ γg·(x − mean) of the lanes, and its part of dγ and dβ. */
function gradientSums(a: GroupNorm, n: i32, task: i32, means: usize, scales: usize, sums: usize, moments: usize): void {
  const numQuads = numQuadsOf(a);
  const fresh = n == task * a.chunk;
  const keep = i32x4.splat(fresh ? 0 : -1);
  const slot = <usize>task * a.slotStride;
  memory.fill(sums, 0, <usize>numQuads << 6);
  for (let q = 0; q < numQuads; q++) {
    const mask = maskOf(a, q);
    const mean = v128.load(means + (<usize>q << 4));
    // 0 · NaN is NaN: the factor is 0 too where there are no values.
    const scale = v128.and(v128.load(scales + (<usize>q << 4)), mask);
    const offset = offsetOf(a, q);
    const lanes = <usize>q << 5;
    const length = widthOf(a, q) * a.yW;
    let row = a.x + <usize>n * a.xN + offset;
    let dy = a.y + <usize>n * a.yN + offset;
    let gamma = a.gamma + offset;
    let dGamma = a.gammaGradient + slot + offset;
    let dBeta = a.betaGradient + slot + offset;
    if (a.gammaW == 0) {
      for (let h = 0; h < a.height; h++) {
        rowGradientSums(row, a.xW, dy, a.yW, dy + length, mean, mask, sums + lanes, moments + lanes);
        row += a.xH;
        dy += a.yH;
      }
      for (let lane: usize = 0; lane < 4; lane++) {
        const sum = sums + lanes + (lane << 3);
        const moment = moments + lanes + (lane << 3);
        const at = lane << 2;
        const s = <f64>load<f32>(scales + (<usize>q << 4) + at);
        const betaBefore: f32 = fresh ? 0 : load<f32>(dBeta + at);
        const gammaBefore: f32 = fresh ? 0 : load<f32>(dGamma + at);
        // What the lanes without values hold must not reach dγ.
        const isValue = q < a.quads || <i32>lane < a.tailLanes;
        store<f32>(dBeta + at, betaBefore + <f32>load<f64>(sum));
        store<f32>(dGamma + at, isValue ? gammaBefore + <f32>(load<f64>(moment) * s) : 0);
        const weight = <f64>load<f32>(gamma + at);
        store<f64>(sum, load<f64>(sum) * weight);
        store<f64>(moment, load<f64>(moment) * weight);
      }
    } else {
      for (let h = 0; h < a.height; h++) {
        rowPlaceSums(
          row, a.xW, dy, a.yW, dy + length, gamma, a.gammaW, dGamma, dBeta,
          mean, scale, mask, keep, sums + lanes, moments + lanes,
        );
        row += a.xH;
        dy += a.yH;
        gamma += a.gammaH;
        dGamma += a.gammaH;
        dBeta += a.gammaH;
      }
    }
  }
}

/**
 * With g = dL/dy, M values a group and sums over it:
 *   dβ = Σ g,  dγ = Σ g·x̂  over samples (and places, where γ is one a channel),
 *   dx = s·(γg − Σγg/M − x̂·Σ(γg·x̂)/M):  slope = −s³·Σγg·(x − mean)/M,  shift = −s·Σγg/M.
 * The chunk's first sample overwrites its slots of dγ and dβ, the others add. Overwrites dx, or adds to it (`accumulate`).
 */
export function groupNormGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<GroupNorm>(address);
  const numQuads = numQuadsOf(a);
  const keep = i32x4.splat(a.accumulate ? -1 : 0);
  const means = workspace();
  const scales = means + (<usize>numQuads << 4);
  const slopes = scales + (<usize>numQuads << 4);
  const shifts = slopes + (<usize>numQuads << 4);
  const sums = means + (<usize>numQuads << 6);
  const moments = sums + (<usize>numQuads << 5);
  for (let n = n0; n < n1; n++) {
    const statistics = a.statistics + ((<usize>n * a.groups) << 3);
    for (let g = 0; g < a.groups; g++) {
      spread(means, g, a.lanes, load<f32>(statistics + (<usize>g << 3)));
      spread(scales, g, a.lanes, load<f32>(statistics + (<usize>g << 3) + 4));
    }
    gradientSums(a, n, task, means, scales, sums, moments);
    if (a.dx == 0) continue;
    for (let g = 0; g < a.groups; g++) {
      const s = <f64>load<f32>(statistics + (<usize>g << 3) + 4);
      const share = s / <f64>a.count;
      spread(slopes, g, a.lanes, <f32>(-s * s * share * sumOfGroup(moments, g, a.lanes)));
      spread(shifts, g, a.lanes, <f32>(-share * sumOfGroup(sums, g, a.lanes)));
    }
    for (let q = 0; q < numQuads; q++) {
      const lanes = <usize>q << 4;
      const offset = offsetOf(a, q);
      const length = widthOf(a, q) * a.yW;
      const mask = maskOf(a, q);
      const mean = v128.load(means + lanes);
      const scale = v128.load(scales + lanes);
      const slope = v128.load(slopes + lanes);
      const shift = v128.load(shifts + lanes);
      let row = a.x + <usize>n * a.xN + offset;
      let dy = a.y + <usize>n * a.yN + offset;
      let dx = a.dx + <usize>n * a.dxN + offset;
      let gamma = a.gamma + offset;
      for (let h = 0; h < a.height; h++) {
        rowGradient(row, a.xW, dy, a.yW, dy + length, dx, a.dxW, gamma, a.gammaW, mean, scale, slope, shift, mask, keep);
        row += a.xH;
        dy += a.yH;
        dx += a.dxH;
        gamma += a.gammaH;
      }
    }
  }
}
