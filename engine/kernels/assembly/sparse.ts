/**
 * The matrix products of a dense layer that reads the samples themselves, where most values of a sample are alike: the pixels around a digit.
 *
 * A stored 0 enters as b[k], the offset of its channel. With x'[n][k] = x[n][k] − b[k], which is 0 there,
 *
 *   y[n] = e + Σ_k x'[n][k] · w[k],  e = bias + Σ_k b[k] · w[k]
 *   dw[k] = b[k] · Σ_n dy[n] + Σ_n x'[n][k] · dy[n]
 *
 * and zeros of x' are passed over. The sums over b run over all weights and all of dy, also where b is 0: what is not finite there reaches the
 * outputs and the gradient as it does in `product`. Samples with few such values are left to `product`, task by task.
 */
import { activeSlots, job } from "./header";
import { madd } from "./vector";

/** Terms of a strip of the weight gradient. */
export const STRIP: i32 = 6;
/** Bytes of what a task tells of its samples: whether they are left to `product`, and how many strips of its first one hold a value. */
export const TASK: usize = 8;
/** Largest share of a sample's strips that hold a value with which passing over the others pays. */
const FEW_STRIPS: f64 = 0.8;

// @ts-ignore: decorator
@unmanaged
export class SparseProduct {
  x: usize;
  xN: usize;
  y: usize;
  yN: usize;
  w: usize;
  /** b, and e. */
  background: usize;
  empty: usize;
  bias: usize;
  terms: i32;
  panels: usize;
  numPanels: i32;
  /** What tasks tell; rows of a task. */
  tasks: usize;
  chunk: i32;
  /** Of `background`: channels of a sample, values of each, floats from one channel and one value to the next. */
  channels: i32;
  area: i32;
  termC: i32;
  termI: i32;
  dy: usize;
  dyN: usize;
  dw: usize;
  /** Records of the strips, `listBytes` apart, and the end of each list. */
  lists: usize;
  listBytes: usize;
  ends: usize;
}

/** b[term] = offset of its channel. Behind the terms it stays 0. */
export function background(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<SparseProduct>(address);
  for (let c = 0; c < a.channels; c++) {
    const offset = load<f32>(job().scaling + (<usize>c << 3), 4);
    for (let i = 0; i < a.area; i++) store<f32>(a.background + (<usize>(c * a.termC + i * a.termI) << 2), offset);
  }
}

/** e = bias + Σ_k b[k] · w[k]. */
export function emptySample(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<SparseProduct>(address);
  const end = min((c1 + 1) >> 1, a.numPanels);
  const backgroundEnd = a.background + (<usize>a.terms << 2);
  for (let j = c0 >> 1; j < end; j++) {
    const panel = a.panels + (<usize>j << 4);
    const outputs = <usize>load<u32>(panel, 12);
    const width = <usize>load<u32>(panel, 8);
    let w = a.w + <usize>load<u32>(panel);
    for (let quad: usize = 0; quad < width << 2; quad += 16) {
      // Four sums, for one would wait for itself.
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
      let b = a.background;
      let at = w + quad;
      const step = width << 2;
      while (b + 16 <= backgroundEnd) {
        s0 = madd(v128.load_splat<f32>(b), v128.load(at), s0);
        at += step;
        s1 = madd(v128.load_splat<f32>(b, 4), v128.load(at), s1);
        at += step;
        s2 = madd(v128.load_splat<f32>(b, 8), v128.load(at), s2);
        at += step;
        s3 = madd(v128.load_splat<f32>(b, 12), v128.load(at), s3);
        at += step;
        b += 16;
      }
      while (b != backgroundEnd) {
        s0 = madd(v128.load_splat<f32>(b), v128.load(at), s0);
        at += step;
        b += 4;
      }
      const sum = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
      const offset = outputs + quad;
      v128.store(a.empty + offset, a.bias == 0 ? sum : f32x4.add(v128.load(a.bias + offset), sum));
    }
  }
}

/** Whether the samples of a task are left to `product`. */
// @ts-ignore: decorator
@inline
export function isLeft(tasks: usize, task: i32): bool {
  return load<i32>(tasks + <usize>task * TASK) != 0;
}

/** The six values of x' of a strip, the last two in the low lanes of a second vector. */
// @ts-ignore: decorator
@inline
export function stripFirst(x: usize, b: usize): v128 {
  return f32x4.sub(v128.load(x), v128.load(b));
}

// @ts-ignore: decorator
@inline
export function stripRest(x: usize, b: usize): v128 {
  return f32x4.sub(v128.load64_zero(x, 16), v128.load64_zero(b, 16));
}

// @ts-ignore: decorator
@inline
export function holdsValue(first: v128, rest: v128): i32 {
  // The difference of equal numbers is +0.
  return i32(v128.any_true(v128.or(first, rest)));
}

/** Whether the strips of the batch's samples are left to `productGradient`. */
// @ts-ignore: decorator
@inline
export function leavesGradient(tasks: usize, chunk: i32, terms: i32): bool {
  const numTasks = activeSlots(chunk);
  let count = 0;
  for (let task = 0; task < numTasks; task++) count += load<i32>(tasks + <usize>task * TASK, 4);
  return <f64>count > FEW_STRIPS * <f64>(numTasks * (terms / STRIP));
}
