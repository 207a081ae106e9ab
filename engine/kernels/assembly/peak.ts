/** The machine's own limit, for the benchmark: multiply-adds on twelve accumulators that never leave the registers. */
import { madd } from "./vector";

/** Floating-point operations: 96 · iterations. Returns a value so that nothing is optimized away. */
export function peak(iterations: i32): f32 {
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, c10 = c0, c11 = c0;
  // c ← c/2 + 1 tends to 2: finite and normal. The sum itself is multiplied: where multiply and add are two instructions, a product
  // of constants would be computed once, before the loop, and the limit be that of additions alone.
  const a = f32x4.splat(0.5);
  const b = f32x4.splat(1);
  while (iterations != 0) {
    c0 = madd(c0, a, b); c1 = madd(c1, a, b); c2 = madd(c2, a, b); c3 = madd(c3, a, b);
    c4 = madd(c4, a, b); c5 = madd(c5, a, b); c6 = madd(c6, a, b); c7 = madd(c7, a, b);
    c8 = madd(c8, a, b); c9 = madd(c9, a, b); c10 = madd(c10, a, b); c11 = madd(c11, a, b);
    iterations--;
  }
  const sum = f32x4.add(f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3)), f32x4.add(f32x4.add(c4, c5), f32x4.add(c6, c7)));
  return f32x4.extract_lane(f32x4.add(sum, f32x4.add(f32x4.add(c8, c9), f32x4.add(c10, c11))), 0);
}
