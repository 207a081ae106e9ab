/** Gaussian noise, a function of key, step and place alone, as dropout's mask. */
import { mix, mix4 } from "./data";
import { cosOfTurns, logOf } from "./elementary";
import { job } from "./header";
import { madd } from "./vector";

// @ts-ignore: decorator
@unmanaged
export class Noise {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  y: usize;
  yN: usize;
  yH: usize;
  yW: usize;
  height: i32;
  width: i32;
  channels: i32;
  quads: i32;
  key: u32;
  std: f32;
}

/** Uniform numbers in [0, 1) with 24 bits, as dropout's. */
// @ts-ignore: decorator
@inline
function uniform4(stepKey: v128, number: v128): v128 {
  const hash = mix4(v128.xor(stepKey, mix4(i32x4.add(number, i32x4.splat(0x6a09e667)))));
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(hash, 8)), f32x4.splat(1.0 / 16777216.0));
}

/**
 * y = x + std·√(−2·ln(1 − u₁))·cos(2π·u₂) (Box & Muller 1958); u₁ and u₂ are numbers 2i and 2i + 1 of the step, i the element's
 * number in N·C·H·W order. 1 − u₁ is exact and at least 2⁻²⁴. Lanes that are no channels stay zero. Overwrites y.
 */
export function noise(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Noise>(address);
  const area = a.height * a.width;
  const stepKey = i32x4.splat(<i32>mix(a.key + <u32>job().step * 0x9e3779b9));
  const std = f32x4.splat(a.std);
  const one = f32x4.splat(1);
  const laneStep = i32x4.mul(i32x4(0, 2, 4, 6), i32x4.splat(area));
  const end = min(c1, a.quads);
  for (let n = n0; n < n1; n++) {
    for (let c = c0; c < end; c++) {
      const lanes = i32x4.gt_s(i32x4.splat(a.channels - (c << 2)), i32x4(0, 1, 2, 3));
      for (let h = 0; h < a.height; h++) {
        let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
        let y = a.y + <usize>n * a.yN + <usize>h * a.yH + (<usize>c << 4);
        const first = (n * a.channels + (c << 2)) * area + h * a.width;
        for (let w = 0; w < a.width; w++) {
          const number = i32x4.add(i32x4.splat((first + w) << 1), laneStep);
          const u1 = uniform4(stepKey, number);
          const u2 = uniform4(stepKey, i32x4.add(number, i32x4.splat(1)));
          const radius = f32x4.sqrt(f32x4.mul(logOf(f32x4.sub(one, u1)), f32x4.splat(-2)));
          const value = madd(f32x4.mul(radius, cosOfTurns(u2)), std, v128.load(x));
          v128.store(y, v128.and(value, lanes));
          x += a.xW;
          y += a.yW;
        }
      }
    }
  }
}
