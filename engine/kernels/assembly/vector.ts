/** Vector arithmetic that differs between the two builds, and masks that let NaN through. */

/** a·b + c: fused where the build has relaxed SIMD, rounded twice where it has not. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Bytes of a vector by their numbers; those of 16 and more give anything. */
// @ts-ignore: decorator
@inline
export function pick(bytes: v128, numbers: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(bytes, numbers);
  return i8x16.swizzle(bytes, numbers);
}

/** a where the mask's lane is all ones, b where it is all zeros. */
// @ts-ignore: decorator
@inline
export function choose(a: v128, b: v128, mask: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_laneselect(a, b, mask);
  return v128.bitselect(a, b, mask);
}

/** x < 0 ? 0 : x. NaN is not below 0 and passes. */
// @ts-ignore: decorator
@inline
export function rectify(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0));
}

/** Where the gradient of a ReLU passes: not (x ≤ 0), so also where x is NaN. */
// @ts-ignore: decorator
@inline
export function passes(x: v128): v128 {
  return v128.not(f32x4.le(x, f32x4.splat(0)));
}

/** All ones where x is NaN. */
// @ts-ignore: decorator
@inline
export function isNaN4(x: v128): v128 {
  return f32x4.ne(x, x);
}

/** All ones where x is neither NaN nor ±Inf: x − x is 0 for finite x only. */
// @ts-ignore: decorator
@inline
export function isFinite4(x: v128): v128 {
  return f32x4.eq(f32x4.sub(x, x), f32x4.splat(0));
}
