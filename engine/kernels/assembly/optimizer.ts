/** Updates of weights, where their gradient is finished. */
import { activeSlots, job } from "./header";

// @ts-ignore: decorator
@unmanaged
export class Update {
  w: usize;
  /** Partial gradients, one per chunk of rows, `slotStride` bytes apart. */
  gradient: usize;
  slotStride: usize;
  chunk: i32;
  /** Elements of a channel: rows of a weight panel, 1 of a vector. */
  k: i32;
  quads: i32;
  decays: i32;
  /** Adam's moments. */
  m: usize;
  v: usize;
}

// @ts-ignore: decorator
@inline
function gradientAt(a: Update, offset: usize, slots: i32, decay: v128, w: v128): v128 {
  let at = a.gradient + offset;
  let g = v128.load(at);
  for (let s = 1; s < slots; s++) {
    at += a.slotStride;
    g = f32x4.add(g, v128.load(at));
  }
  return f32x4.add(g, f32x4.mul(decay, w));
}

/** w ← w − η·(g + λ·w), g summed over the chunks in order. Overwrites w. */
export function sgd(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Update>(address);
  const slots = activeSlots(a.chunk);
  const rate = f32x4.splat(job().learningRate);
  const decay = f32x4.splat(a.decays ? job().weightDecay : 0);
  const end = (<usize>(min(c1, a.quads) * a.k)) << 4;
  for (let offset = (<usize>(c0 * a.k)) << 4; offset < end; offset += 16) {
    const w = v128.load(a.w + offset);
    const g = gradientAt(a, offset, slots, decay, w);
    v128.store(a.w + offset, f32x4.sub(w, f32x4.mul(rate, g)));
  }
}

/**
 * Adam with L2: g ← g + λ·w;  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  w ← w − η·(m·c₁) / (√(v·c₂) + ε),
 * c₁ = 1/(1−β₁ᵗ), c₂ = 1/(1−β₂ᵗ). Overwrites w, m, v.
 */
export function adam(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Update>(address);
  const slots = activeSlots(a.chunk);
  const rate = f32x4.splat(job().learningRate);
  const decay = f32x4.splat(a.decays ? job().weightDecay : 0);
  const beta1 = f32x4.splat(job().beta1);
  const beta2 = f32x4.splat(job().beta2);
  const rest1 = f32x4.splat(<f32>(1.0 - <f64>job().beta1));
  const rest2 = f32x4.splat(<f32>(1.0 - <f64>job().beta2));
  const correction1 = f32x4.splat(job().correction1);
  const correction2 = f32x4.splat(job().correction2);
  const epsilon = f32x4.splat(job().epsilon);
  const end = (<usize>(min(c1, a.quads) * a.k)) << 4;
  for (let offset = (<usize>(c0 * a.k)) << 4; offset < end; offset += 16) {
    const w = v128.load(a.w + offset);
    const g = gradientAt(a, offset, slots, decay, w);
    const m = f32x4.add(f32x4.mul(beta1, v128.load(a.m + offset)), f32x4.mul(rest1, g));
    const v = f32x4.add(f32x4.mul(beta2, v128.load(a.v + offset)), f32x4.mul(rest2, f32x4.mul(g, g)));
    v128.store(a.m + offset, m);
    v128.store(a.v + offset, v);
    const step = f32x4.div(
      f32x4.mul(rate, f32x4.mul(m, correction1)),
      f32x4.add(f32x4.sqrt(f32x4.mul(v, correction2)), epsilon),
    );
    v128.store(a.w + offset, f32x4.sub(w, step));
  }
}
