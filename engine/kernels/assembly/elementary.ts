/**
 * Elementary functions of four f32 values at a time, each within 1e-6 of the exact value (in fact within a few units of the last
 * place), and of two f64 values where sums are kept in f64. NaN passes through all of them. The tests compare them with float64.
 */
import { madd } from "./vector";

/** e^r − 1 for |r| ≤ ln2/2: minimax polynomial of Cephes' `expf` (Moshier, *Cephes mathematical library*, 1989). */
// @ts-ignore: decorator
@inline
function expm1Reduced(r: v128): v128 {
  let p = madd(f32x4.splat(1.9875691500e-4), r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  return madd(p, f32x4.mul(r, r), r);
}

/** Below it e^x is smaller than the smallest normal f32. */
const LEAST_EXPONENT: f32 = -87.33;

/** The whole number of ln2 in x, x ≤ 0, as a number; of what is smaller than the least exponent that of the least exponent. */
// @ts-ignore: decorator
@inline
function octavesOf(x: v128): v128 {
  return f32x4.nearest(f32x4.mul(f32x4.pmax(x, f32x4.splat(LEAST_EXPONENT)), f32x4.splat(1.44269504088896341)));
}

/** x − n·ln2 with ln2 in two parts, the first of few bits (Cody & Waite 1980). */
// @ts-ignore: decorator
@inline
function reduce(x: v128, n: v128): v128 {
  const r = madd(n, f32x4.splat(-0.693359375), f32x4.pmax(x, f32x4.splat(LEAST_EXPONENT)));
  return madd(n, f32x4.splat(2.12194440e-4), r);
}

/** 2^n for whole n from −126 to 127. */
// @ts-ignore: decorator
@inline
function powerOf2(n: v128): v128 {
  return i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
}

/** e^x for x ≤ 0; 0 where that is below the smallest normal number, so that e^−Inf is 0. */
// @ts-ignore: decorator
@inline
export function expOfNegative(x: v128): v128 {
  const n = octavesOf(x);
  const power = powerOf2(n);
  const value = madd(expm1Reduced(reduce(x, n)), power, power);
  return v128.andnot(value, f32x4.lt(x, f32x4.splat(LEAST_EXPONENT)));
}

/** e^x − 1 for x ≤ 0, exact near 0 too. */
// @ts-ignore: decorator
@inline
export function expm1OfNegative(x: v128): v128 {
  const n = octavesOf(x);
  const power = powerOf2(n);
  return madd(expm1Reduced(reduce(x, n)), power, f32x4.sub(power, f32x4.splat(1)));
}

/** 1 / (1 + e^−x) = (x < 0 ? e : 1) / (1 + e) with e = e^−|x|, which neither overflows nor cancels. */
// @ts-ignore: decorator
@inline
export function sigmoidOf(x: v128): v128 {
  const one = f32x4.splat(1);
  const e = expOfNegative(f32x4.neg(f32x4.abs(x)));
  return f32x4.div(v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0))), f32x4.add(one, e));
}

/**
 * tanh x = sign(x)·(−m) / (2 + m) with m = e^(−2|x|) − 1: no cancellation anywhere, as m is exact near 0.
 */
// @ts-ignore: decorator
@inline
export function tanhOf(x: v128): v128 {
  const m = expm1OfNegative(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
  const size = f32x4.div(f32x4.neg(m), f32x4.add(f32x4.splat(2), m));
  return v128.bitselect(x, size, i32x4.splat(0x80000000));
}

/** e^(−x²/2). */
// @ts-ignore: decorator
@inline
export function bellOf(x: v128): v128 {
  return expOfNegative(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

/**
 * Φ(x), the share of a standard normal distribution below x, given `bell` = e^(−x²/2):
 * erfc z = (a₁t + … + a₅t⁵)·e^(−z²) with t = 1/(1 + p·z), z = |x|/√2, within 1.5e-7 (Abramowitz & Stegun 7.1.26; Hastings 1955).
 * The constants hold the factor 1/2, and p the 1/√2.
 */
// @ts-ignore: decorator
@inline
export function normalShareOf(x: v128, bell: v128): v128 {
  const one = f32x4.splat(1);
  const t = f32x4.div(one, madd(f32x4.abs(x), f32x4.splat(0.3275911 * 0.7071067811865476), one));
  let p = madd(f32x4.splat(0.5 * 1.061405429), t, f32x4.splat(0.5 * -1.453152027));
  p = madd(p, t, f32x4.splat(0.5 * 1.421413741));
  p = madd(p, t, f32x4.splat(0.5 * -0.284496736));
  p = madd(p, t, f32x4.splat(0.5 * 0.254829592));
  const tail = f32x4.mul(f32x4.mul(p, t), bell);
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}

/** ln x for normal x > 0: x = m·2^e with m in √½ … √2, and the polynomial of Cephes' `logf`. */
// @ts-ignore: decorator
@inline
export function logOf(x: v128): v128 {
  const one = f32x4.splat(1);
  // Bits above those of √½ count the octaves.
  const bits = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const e = f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
  const m = i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const f = f32x4.sub(m, one);
  const z = f32x4.mul(f, f);
  let p = madd(f32x4.splat(7.0376836292e-2), f, f32x4.splat(-1.1514610310e-1));
  p = madd(p, f, f32x4.splat(1.1676998740e-1));
  p = madd(p, f, f32x4.splat(-1.2420140846e-1));
  p = madd(p, f, f32x4.splat(1.4249322787e-1));
  p = madd(p, f, f32x4.splat(-1.6668057665e-1));
  p = madd(p, f, f32x4.splat(2.0000714765e-1));
  p = madd(p, f, f32x4.splat(-2.4999993993e-1));
  p = madd(p, f, f32x4.splat(3.3333331174e-1));
  let y = f32x4.mul(f32x4.mul(p, f), z);
  y = madd(e, f32x4.splat(-2.12194440e-4), y);
  y = madd(z, f32x4.splat(-0.5), y);
  return madd(e, f32x4.splat(0.693359375), f32x4.add(f, y));
}

/**
 * cos(2π·u) for u in [0, 1): −sin(2π·b) with b = 1/4 − |u − 1/2|, and the Taylor series of the sine to the 13th power,
 * whose next term is below 1e-9 at ±π/2.
 */
// @ts-ignore: decorator
@inline
export function cosOfTurns(u: v128): v128 {
  const b = f32x4.sub(f32x4.splat(0.25), f32x4.abs(f32x4.sub(u, f32x4.splat(0.5))));
  const a = f32x4.mul(b, f32x4.splat(-6.283185307179586));
  const z = f32x4.mul(a, a);
  let p = madd(f32x4.splat(1.0 / 6227020800.0), z, f32x4.splat(-1.0 / 39916800.0));
  p = madd(p, z, f32x4.splat(1.0 / 362880.0));
  p = madd(p, z, f32x4.splat(-1.0 / 5040.0));
  p = madd(p, z, f32x4.splat(1.0 / 120.0));
  p = madd(p, z, f32x4.splat(-1.0 / 6.0));
  return madd(f32x4.mul(p, z), a, a);
}

/** Below it e^x is smaller than the smallest normal f64. */
const LEAST_EXPONENT_64: f64 = -708.0;
/** 1.5·2⁵²: what is added to it is rounded to a whole number, which stands in the lowest bits. */
const WHOLE: f64 = 6755399441055744.0;

/** 1/13! … 1/2!, then 1/ln2 and ln2 in two parts. In memory: V8 makes up each vector of constants anew where it is used, in four instructions. */
const EXP_CONSTANTS: usize = memory.data<f64>([
  1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0,
  1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.4426950408889634, 6.93147180369123816490e-1, 1.90821492927058770002e-10,
]);

/**
 * e^x of two f64 values x ≤ 0, within 1e-15 of the exact value, relatively; 0 where that is below the smallest normal number. x = n·ln2 + r with
 * ln2 in two parts (Cody & Waite 1980), and the Taylor series of e^r to the 13th power, whose next term is below 5e-18 for |r| ≤ ln2/2.
 */
// @ts-ignore: decorator
@inline
export function expOfNegative64(x: v128): v128 {
  const whole = f64x2.splat(WHOLE);
  const clamped = f64x2.pmax(x, f64x2.splat(LEAST_EXPONENT_64));
  const shifted = f64x2.add(f64x2.mul(clamped, v128.load64_splat(EXP_CONSTANTS, 104)), whole);
  const n = f64x2.sub(shifted, whole);
  let r = f64x2.sub(clamped, f64x2.mul(n, v128.load64_splat(EXP_CONSTANTS, 112)));
  r = f64x2.sub(r, f64x2.mul(n, v128.load64_splat(EXP_CONSTANTS, 120)));
  // Even and odd powers apart: half as many steps wait for each other.
  const z = f64x2.mul(r, r);
  let odd = f64x2.add(f64x2.mul(z, v128.load64_splat(EXP_CONSTANTS)), v128.load64_splat(EXP_CONSTANTS, 16));
  let even = f64x2.add(f64x2.mul(z, v128.load64_splat(EXP_CONSTANTS, 8)), v128.load64_splat(EXP_CONSTANTS, 24));
  odd = f64x2.add(f64x2.mul(odd, z), v128.load64_splat(EXP_CONSTANTS, 32));
  even = f64x2.add(f64x2.mul(even, z), v128.load64_splat(EXP_CONSTANTS, 40));
  odd = f64x2.add(f64x2.mul(odd, z), v128.load64_splat(EXP_CONSTANTS, 48));
  even = f64x2.add(f64x2.mul(even, z), v128.load64_splat(EXP_CONSTANTS, 56));
  odd = f64x2.add(f64x2.mul(odd, z), v128.load64_splat(EXP_CONSTANTS, 64));
  even = f64x2.add(f64x2.mul(even, z), v128.load64_splat(EXP_CONSTANTS, 72));
  odd = f64x2.add(f64x2.mul(odd, z), v128.load64_splat(EXP_CONSTANTS, 80));
  even = f64x2.add(f64x2.mul(even, z), v128.load64_splat(EXP_CONSTANTS, 88));
  const one = v128.load64_splat(EXP_CONSTANTS, 96);
  odd = f64x2.add(f64x2.mul(odd, z), one);
  even = f64x2.add(f64x2.mul(even, z), one);
  // 2^n, as the number's exponent: the lowest bits of `shifted` count.
  const power = i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52);
  const value = f64x2.mul(f64x2.add(f64x2.mul(odd, r), even), power);
  return v128.andnot(value, f64x2.lt(x, f64x2.splat(LEAST_EXPONENT_64)));
}
