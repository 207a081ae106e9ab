/**
 * Functions of each value on its own, and their gradients. One row function for each, a single loop tested at its top; what they
 * share is inlined into them.
 */
import { bellOf, expm1OfNegative, expOfNegative, normalShareOf, sigmoidOf, tanhOf } from "./elementary";
import { madd } from "./vector";

// @ts-ignore: decorator
@unmanaged
export class Activation {
  /** Backward: what the derivative is computed from, the output of ELU, sigmoid and tanh, the input of the others. */
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  /** The output; backward its gradient. */
  y: usize;
  yN: usize;
  yH: usize;
  yW: usize;
  /** Backward: the gradient of the input. */
  dx: usize;
  dxN: usize;
  dxH: usize;
  dxW: usize;
  height: i32;
  width: i32;
  quads: i32;
  /** Values of the last quad that are channels, 1 to 4: padding stays zero. */
  tail: i32;
  /** One of the numbers below. */
  curve: i32;
  /** The slope of leaky ReLU, the α of ELU. */
  parameter: f32;
  accumulate: i32;
}

// `engine/compile/lowerActivation.ts` has the same numbers.
const LEAKY_RELU: i32 = 0;
const ELU: i32 = 1;
const GELU: i32 = 2;
const GELU_TANH: i32 = 3;
const SILU: i32 = 4;
const SIGMOID: i32 = 5;
const TANH: i32 = 6;

/** All ones in the lanes that are channels. */
// @ts-ignore: decorator
@inline
function lanesOf(a: Activation, c: i32): v128 {
  return i32x4.gt_s(i32x4.splat(c == a.quads - 1 ? a.tail : 4), i32x4(0, 1, 2, 3));
}

/** Whether samples are single values of each channel: then a call takes its samples as one row, `xN` apart. */
// @ts-ignore: decorator
@inline
function isFlat(a: Activation): bool {
  return a.height == 1 && a.width == 1;
}

/** y = f(x). Overwrites y. */
export function activationForward(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Activation>(address);
  const end = min(c1, a.quads);
  const p = f32x4.splat(a.parameter);
  if (isFlat(a)) {
    for (let c = c0; c < end; c++) {
      const offset = <usize>c << 4;
      const y = a.y + <usize>n0 * a.yN + offset;
      forwardRow(a.curve, a.x + <usize>n0 * a.xN + offset, a.xN, y, a.yN, y + <usize>(n1 - n0) * a.yN, p, lanesOf(a, c));
    }
    return;
  }
  for (let n = n0; n < n1; n++) {
    for (let c = c0; c < end; c++) {
      const lanes = lanesOf(a, c);
      for (let h = 0; h < a.height; h++) {
        const offset = <usize>c << 4;
        const x = a.x + <usize>n * a.xN + <usize>h * a.xH + offset;
        const y = a.y + <usize>n * a.yN + <usize>h * a.yH + offset;
        forwardRow(a.curve, x, a.xW, y, a.yW, y + <usize>a.width * a.yW, p, lanes);
      }
    }
  }
}

/** dx = dy·f′. Overwrites dx, or adds to it. */
export function activationGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Activation>(address);
  const end = min(c1, a.quads);
  const p = f32x4.splat(a.parameter);
  // What dx held before counts, or nothing of it: bits and not a factor, as it may hold anything.
  const keep = i32x4.splat(a.accumulate ? -1 : 0);
  if (isFlat(a)) {
    for (let c = c0; c < end; c++) {
      const offset = <usize>c << 4;
      const y = a.y + <usize>n0 * a.yN + offset;
      const dx = a.dx + <usize>n0 * a.dxN + offset;
      gradientRow(a.curve, a.x + <usize>n0 * a.xN + offset, a.xN, y, a.yN, dx, a.dxN, dx + <usize>(n1 - n0) * a.dxN, p, keep);
    }
    return;
  }
  for (let n = n0; n < n1; n++) {
    for (let c = c0; c < end; c++) {
      for (let h = 0; h < a.height; h++) {
        const offset = <usize>c << 4;
        const x = a.x + <usize>n * a.xN + <usize>h * a.xH + offset;
        const y = a.y + <usize>n * a.yN + <usize>h * a.yH + offset;
        const dx = a.dx + <usize>n * a.dxN + <usize>h * a.dxH + offset;
        gradientRow(a.curve, x, a.xW, y, a.yW, dx, a.dxW, dx + <usize>a.width * a.dxW, p, keep);
      }
    }
  }
}

function forwardRow(curve: i32, x: usize, xW: usize, y: usize, yW: usize, yEnd: usize, p: v128, lanes: v128): void {
  switch (curve) {
    case LEAKY_RELU: return leakyReluRow(x, xW, y, yW, yEnd, p);
    case ELU: return eluRow(x, xW, y, yW, yEnd, p);
    case GELU: return geluRow(x, xW, y, yW, yEnd);
    case GELU_TANH: return geluTanhRow(x, xW, y, yW, yEnd);
    case SILU: return siluRow(x, xW, y, yW, yEnd);
    case SIGMOID: return sigmoidRow(x, xW, y, yW, yEnd, lanes);
    case TANH: return tanhRow(x, xW, y, yW, yEnd);
    default: unreachable();
  }
}

function gradientRow(
  curve: i32, x: usize, xW: usize, y: usize, yW: usize, dx: usize, dxW: usize, dxEnd: usize, p: v128, keep: v128,
): void {
  switch (curve) {
    case LEAKY_RELU: return leakyReluGradientRow(x, xW, y, yW, dx, dxW, dxEnd, p, keep);
    case ELU: return eluGradientRow(x, xW, y, yW, dx, dxW, dxEnd, p, keep);
    case GELU: return geluGradientRow(x, xW, y, yW, dx, dxW, dxEnd, keep);
    case GELU_TANH: return geluTanhGradientRow(x, xW, y, yW, dx, dxW, dxEnd, keep);
    case SILU: return siluGradientRow(x, xW, y, yW, dx, dxW, dxEnd, keep);
    case SIGMOID: return sigmoidGradientRow(x, xW, y, yW, dx, dxW, dxEnd, keep);
    case TANH: return tanhGradientRow(x, xW, y, yW, dx, dxW, dxEnd, keep);
    default: unreachable();
  }
}

/** dx = (keep ? dx : 0) + dy·slope. */
// @ts-ignore: decorator
@inline
function deliver(dx: usize, dy: usize, slope: v128, keep: v128): void {
  v128.store(dx, madd(v128.load(dy), slope, v128.and(v128.load(dx), keep)));
}

/** All ones where not x ≤ 0, so also where x is NaN. */
// @ts-ignore: decorator
@inline
function above(x: v128): v128 {
  return v128.not(f32x4.le(x, f32x4.splat(0)));
}

/** x ≤ 0 ? p·x : x. */
export function leakyReluRow(x: usize, xW: usize, y: usize, yW: usize, yEnd: usize, p: v128): void {
  while (y != yEnd) {
    const v = v128.load(x);
    v128.store(y, v128.bitselect(v, f32x4.mul(v, p), above(v)));
    x += xW;
    y += yW;
  }
}

/** x ≤ 0 ? p : 1. */
export function leakyReluGradientRow(
  v: usize, vW: usize, dy: usize, dyW: usize, dx: usize, dxW: usize, dxEnd: usize, p: v128, keep: v128,
): void {
  while (dx != dxEnd) {
    deliver(dx, dy, v128.bitselect(f32x4.splat(1), p, above(v128.load(v))), keep);
    v += vW;
    dy += dyW;
    dx += dxW;
  }
}

/** x ≤ 0 ? p·(e^x − 1) : x. */
export function eluRow(x: usize, xW: usize, y: usize, yW: usize, yEnd: usize, p: v128): void {
  while (y != yEnd) {
    const v = v128.load(x);
    const low = f32x4.mul(p, expm1OfNegative(f32x4.pmin(v, f32x4.splat(0))));
    v128.store(y, v128.bitselect(v, low, above(v)));
    x += xW;
    y += yW;
  }
}

/** Of the output: p·e^x = y + p. With p = 0 the output is 0 on the whole left side. */
export function eluGradientRow(
  v: usize, vW: usize, dy: usize, dyW: usize, dx: usize, dxW: usize, dxEnd: usize, p: v128, keep: v128,
): void {
  while (dx != dxEnd) {
    const y = v128.load(v);
    deliver(dx, dy, v128.bitselect(f32x4.splat(1), f32x4.add(y, p), above(y)), keep);
    v += vW;
    dy += dyW;
    dx += dxW;
  }
}

/** x·Φ(x). */
export function geluRow(x: usize, xW: usize, y: usize, yW: usize, yEnd: usize): void {
  while (y != yEnd) {
    const v = v128.load(x);
    v128.store(y, f32x4.mul(v, normalShareOf(v, bellOf(v))));
    x += xW;
    y += yW;
  }
}

/** Φ(x) + x·φ(x), φ(x) = e^(−x²/2) / √(2π). */
export function geluGradientRow(
  v: usize, vW: usize, dy: usize, dyW: usize, dx: usize, dxW: usize, dxEnd: usize, keep: v128,
): void {
  while (dx != dxEnd) {
    const x = v128.load(v);
    const bell = bellOf(x);
    const density = f32x4.mul(bell, f32x4.splat(0.3989422804014327));
    deliver(dx, dy, madd(x, density, normalShareOf(x, bell)), keep);
    v += vW;
    dy += dyW;
    dx += dxW;
  }
}

/** 2u = 2·√(2/π)·(x + 0.044715·x³): (1 + tanh u)/2 = σ(2u). */
// @ts-ignore: decorator
@inline
function twiceCubic(x: v128): v128 {
  const cubic = madd(f32x4.mul(x, x), f32x4.splat(0.044715), f32x4.splat(1));
  return f32x4.mul(f32x4.mul(x, f32x4.splat(1.5957691216057308)), cubic);
}

/** x·σ(2u). */
export function geluTanhRow(x: usize, xW: usize, y: usize, yW: usize, yEnd: usize): void {
  while (y != yEnd) {
    const v = v128.load(x);
    v128.store(y, f32x4.mul(v, sigmoidOf(twiceCubic(v))));
    x += xW;
    y += yW;
  }
}

/**
 * s + x·s·(1 − s)·(2u)′ with s = σ(2u) and s·(1 − s) = e/(1 + e)², e = e^−|2u|, which does not cancel. Where that is 0 a bound on x²
 * keeps 0·∞ away.
 */
export function geluTanhGradientRow(
  v: usize, vW: usize, dy: usize, dyW: usize, dx: usize, dxW: usize, dxEnd: usize, keep: v128,
): void {
  const one = f32x4.splat(1);
  while (dx != dxEnd) {
    const x = v128.load(v);
    const u = twiceCubic(x);
    const e = expOfNegative(f32x4.neg(f32x4.abs(u)));
    const share = f32x4.div(one, f32x4.add(one, e));
    const s = f32x4.mul(v128.bitselect(e, one, f32x4.lt(u, f32x4.splat(0))), share);
    const square = f32x4.pmin(f32x4.mul(x, x), f32x4.splat(1e6));
    const slope = madd(square, f32x4.splat(1.5957691216057308 * 3 * 0.044715), f32x4.splat(1.5957691216057308));
    const bend = f32x4.mul(f32x4.mul(e, f32x4.mul(share, share)), slope);
    deliver(dx, dy, madd(x, bend, s), keep);
    v += vW;
    dy += dyW;
    dx += dxW;
  }
}

/** x·σ(x). */
export function siluRow(x: usize, xW: usize, y: usize, yW: usize, yEnd: usize): void {
  while (y != yEnd) {
    const v = v128.load(x);
    v128.store(y, f32x4.mul(v, sigmoidOf(v)));
    x += xW;
    y += yW;
  }
}

/** σ + x·σ·(1 − σ) with σ·(1 − σ) = e/(1 + e)², e = e^−|x|, which does not cancel. */
export function siluGradientRow(
  v: usize, vW: usize, dy: usize, dyW: usize, dx: usize, dxW: usize, dxEnd: usize, keep: v128,
): void {
  const one = f32x4.splat(1);
  while (dx != dxEnd) {
    const x = v128.load(v);
    const e = expOfNegative(f32x4.neg(f32x4.abs(x)));
    const share = f32x4.div(one, f32x4.add(one, e));
    const s = f32x4.mul(v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0))), share);
    deliver(dx, dy, madd(x, f32x4.mul(e, f32x4.mul(share, share)), s), keep);
    v += vW;
    dy += dyW;
    dx += dxW;
  }
}

/** σ(0) is not 0: lanes that are no channels stay zero. */
export function sigmoidRow(x: usize, xW: usize, y: usize, yW: usize, yEnd: usize, lanes: v128): void {
  while (y != yEnd) {
    v128.store(y, v128.and(sigmoidOf(v128.load(x)), lanes));
    x += xW;
    y += yW;
  }
}

/** Of the output: y·(1 − y). */
export function sigmoidGradientRow(
  v: usize, vW: usize, dy: usize, dyW: usize, dx: usize, dxW: usize, dxEnd: usize, keep: v128,
): void {
  const one = f32x4.splat(1);
  while (dx != dxEnd) {
    const y = v128.load(v);
    deliver(dx, dy, f32x4.mul(y, f32x4.sub(one, y)), keep);
    v += vW;
    dy += dyW;
    dx += dxW;
  }
}

export function tanhRow(x: usize, xW: usize, y: usize, yW: usize, yEnd: usize): void {
  while (y != yEnd) {
    v128.store(y, tanhOf(v128.load(x)));
    x += xW;
    y += yW;
  }
}

/** Of the output: 1 − y². */
export function tanhGradientRow(
  v: usize, vW: usize, dy: usize, dyW: usize, dx: usize, dxW: usize, dxEnd: usize, keep: v128,
): void {
  const one = f32x4.splat(1);
  while (dx != dxEnd) {
    const y = v128.load(v);
    deliver(dx, dy, f32x4.sub(one, f32x4.mul(y, y)), keep);
    v += vW;
    dy += dyW;
    dx += dxW;
  }
}
