/** The machine's own limit, for the benchmark: multiply-adds on twelve accumulators that never leave the registers. */
import { madd } from "./vector";

/** Floating-point operations: 96 · iterations. Returns a value so that nothing is optimized away. */
export function peak(iterations: i32): f32 {
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, c10 = c0, c11 = c0;
  // The product is 1e-9: sums stay finite and normal.
  const a = f32x4.splat(1e-4);
  const b = f32x4.splat(1e-5);
  while (iterations != 0) {
    c0 = madd(a, b, c0); c1 = madd(a, b, c1); c2 = madd(a, b, c2); c3 = madd(a, b, c3);
    c4 = madd(a, b, c4); c5 = madd(a, b, c5); c6 = madd(a, b, c6); c7 = madd(a, b, c7);
    c8 = madd(a, b, c8); c9 = madd(a, b, c9); c10 = madd(a, b, c10); c11 = madd(a, b, c11);
    iterations--;
  }
  const sum = f32x4.add(f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3)), f32x4.add(f32x4.add(c4, c5), f32x4.add(c6, c7)));
  return f32x4.extract_lane(f32x4.add(sum, f32x4.add(f32x4.add(c8, c9), f32x4.add(c10, c11))), 0);
}
