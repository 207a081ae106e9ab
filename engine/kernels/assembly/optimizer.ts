/**
 * Updates of weights, where their gradient is finished, and the clipping of all gradients before. Formulas: `engine/document/optimizers.ts`.
 *
 * g is the sum over the chunks in their order, times the scale of clipping, plus λ·w where weight decay applies (AdamW's acts on w itself);
 * η the rate of the step times the factor of the node. Each overwrites w and what the optimizer keeps.
 */
import { activeSlots, job } from "./header";
import { beginMoments, endMoments, keepBlock, measureBlock, sumAt } from "./statisticsWeights";

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
  /** What multiplies the learning rate. */
  rateFactor: f32;
  /** What multiplies the gradient, an f32 written by `gradientClip`; 0: nothing does. */
  scale: usize;
  /** What the optimizer keeps, as long as w: velocity, squares, or Adam's moments. */
  m: usize;
  v: usize;
  /** Where a measured step's update tells what it did, a record for each task; 0: nowhere. See `statisticsWeights.ts`. */
  moments: usize;
  quadsOfTask: i32;
  /** The tensor's record, and u8 real lanes of each of its quads, 0: all. */
  record: usize;
  lanes: usize;
}

// @ts-ignore: decorator
@inline
function rateOf(a: Update): v128 {
  return f32x4.splat(job().learningRate * a.rateFactor);
}

// @ts-ignore: decorator
@inline
function decayOf(a: Update): v128 {
  return f32x4.splat(a.decays ? job().weightDecay : 0);
}

// @ts-ignore: decorator
@inline
function scaleOf(a: Update): v128 {
  return f32x4.splat(a.scale == 0 ? 1 : load<f32>(a.scale));
}

// @ts-ignore: decorator
@inline
function rest(share: f32): v128 {
  return f32x4.splat(<f32>(1.0 - <f64>share));
}

// @ts-ignore: decorator
@inline
function startOf(a: Update, c0: i32): usize {
  return (<usize>(c0 * a.k)) << 4;
}

// @ts-ignore: decorator
@inline
function endOf(a: Update, c1: i32): usize {
  return (<usize>(min(c1, a.quads) * a.k)) << 4;
}

// @ts-ignore: decorator
@inline
function gradientAt(a: Update, offset: usize, slots: i32, scale: v128, decay: v128, w: v128): v128 {
  const g = sumAt(a.gradient + offset, a.slotStride, slots);
  return f32x4.add(f32x4.mul(scale, g), f32x4.mul(decay, w));
}

/** What the update of a block did, where that is measured. */
function measured(a: Update, moments: usize, from: usize, to: usize): void {
  if (moments != 0) measureBlock(moments, a.record, a.lanes, a.w, a.gradient, a.slotStride, activeSlots(a.chunk), from, to);
}

/** w ← w − η·g */
export function sgd(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Update>(address);
  const end = endOf(a, c1);
  const moments = beginMoments(a.moments, a.record, c0, a.quadsOfTask, end - startOf(a, c0));
  for (let from = startOf(a, c0); from < end; ) {
    const to = keepBlock(moments, a.w, from, end);
    sgdBlock(a, from, to);
    measured(a, moments, from, to);
    from = to;
  }
  endMoments(moments, a.record);
}

function sgdBlock(a: Update, from: usize, to: usize): void {
  const slots = activeSlots(a.chunk);
  const rate = rateOf(a);
  const decay = decayOf(a);
  const scale = scaleOf(a);
  for (let offset = from; offset < to; offset += 16) {
    const w = v128.load(a.w + offset);
    const g = gradientAt(a, offset, slots, scale, decay, w);
    v128.store(a.w + offset, f32x4.sub(w, f32x4.mul(rate, g)));
  }
}

/** m ← μ·m + g;  w ← w − η·m. μ is beta1. */
export function momentum(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Update>(address);
  const end = endOf(a, c1);
  const moments = beginMoments(a.moments, a.record, c0, a.quadsOfTask, end - startOf(a, c0));
  for (let from = startOf(a, c0); from < end; ) {
    const to = keepBlock(moments, a.w, from, end);
    momentumBlock(a, from, to);
    measured(a, moments, from, to);
    from = to;
  }
  endMoments(moments, a.record);
}

function momentumBlock(a: Update, from: usize, to: usize): void {
  const slots = activeSlots(a.chunk);
  const rate = rateOf(a);
  const decay = decayOf(a);
  const scale = scaleOf(a);
  const kept = f32x4.splat(job().beta1);
  for (let offset = from; offset < to; offset += 16) {
    const w = v128.load(a.w + offset);
    const g = gradientAt(a, offset, slots, scale, decay, w);
    const m = f32x4.add(f32x4.mul(kept, v128.load(a.m + offset)), g);
    v128.store(a.m + offset, m);
    v128.store(a.w + offset, f32x4.sub(w, f32x4.mul(rate, m)));
  }
}

/** m ← μ·m + g;  w ← w − η·(g + μ·m). μ is beta1. */
export function nesterov(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Update>(address);
  const end = endOf(a, c1);
  const moments = beginMoments(a.moments, a.record, c0, a.quadsOfTask, end - startOf(a, c0));
  for (let from = startOf(a, c0); from < end; ) {
    const to = keepBlock(moments, a.w, from, end);
    nesterovBlock(a, from, to);
    measured(a, moments, from, to);
    from = to;
  }
  endMoments(moments, a.record);
}

function nesterovBlock(a: Update, from: usize, to: usize): void {
  const slots = activeSlots(a.chunk);
  const rate = rateOf(a);
  const decay = decayOf(a);
  const scale = scaleOf(a);
  const kept = f32x4.splat(job().beta1);
  for (let offset = from; offset < to; offset += 16) {
    const w = v128.load(a.w + offset);
    const g = gradientAt(a, offset, slots, scale, decay, w);
    const m = f32x4.add(f32x4.mul(kept, v128.load(a.m + offset)), g);
    v128.store(a.m + offset, m);
    v128.store(a.w + offset, f32x4.sub(w, f32x4.mul(rate, f32x4.add(g, f32x4.mul(kept, m)))));
  }
}

/** m ← m + g²;  w ← w − η·g / (√m + ε) */
export function adagrad(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Update>(address);
  const end = endOf(a, c1);
  const moments = beginMoments(a.moments, a.record, c0, a.quadsOfTask, end - startOf(a, c0));
  for (let from = startOf(a, c0); from < end; ) {
    const to = keepBlock(moments, a.w, from, end);
    adagradBlock(a, from, to);
    measured(a, moments, from, to);
    from = to;
  }
  endMoments(moments, a.record);
}

function adagradBlock(a: Update, from: usize, to: usize): void {
  const slots = activeSlots(a.chunk);
  const rate = rateOf(a);
  const decay = decayOf(a);
  const scale = scaleOf(a);
  const epsilon = f32x4.splat(job().epsilon);
  for (let offset = from; offset < to; offset += 16) {
    const w = v128.load(a.w + offset);
    const g = gradientAt(a, offset, slots, scale, decay, w);
    const m = f32x4.add(v128.load(a.m + offset), f32x4.mul(g, g));
    v128.store(a.m + offset, m);
    const step = f32x4.div(f32x4.mul(rate, g), f32x4.add(f32x4.sqrt(m), epsilon));
    v128.store(a.w + offset, f32x4.sub(w, step));
  }
}

/** m ← ρ·m + (1−ρ)·g²;  w ← w − η·g / (√m + ε). ρ is beta2. */
export function rmsprop(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Update>(address);
  const end = endOf(a, c1);
  const moments = beginMoments(a.moments, a.record, c0, a.quadsOfTask, end - startOf(a, c0));
  for (let from = startOf(a, c0); from < end; ) {
    const to = keepBlock(moments, a.w, from, end);
    rmspropBlock(a, from, to);
    measured(a, moments, from, to);
    from = to;
  }
  endMoments(moments, a.record);
}

function rmspropBlock(a: Update, from: usize, to: usize): void {
  const slots = activeSlots(a.chunk);
  const rate = rateOf(a);
  const decay = decayOf(a);
  const scale = scaleOf(a);
  const kept = f32x4.splat(job().beta2);
  const added = rest(job().beta2);
  const epsilon = f32x4.splat(job().epsilon);
  for (let offset = from; offset < to; offset += 16) {
    const w = v128.load(a.w + offset);
    const g = gradientAt(a, offset, slots, scale, decay, w);
    const m = f32x4.add(f32x4.mul(kept, v128.load(a.m + offset)), f32x4.mul(added, f32x4.mul(g, g)));
    v128.store(a.m + offset, m);
    const step = f32x4.div(f32x4.mul(rate, g), f32x4.add(f32x4.sqrt(m), epsilon));
    v128.store(a.w + offset, f32x4.sub(w, step));
  }
}

/**
 * m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  w ← (1 − shrink)·w − η·(m·c₁) / (√(v·c₂) + ε), c₁ = 1/(1−β₁ᵗ), c₂ = 1/(1−β₂ᵗ).
 * `decay` goes into g, `shrink` into w.
 */
// @ts-ignore: decorator
@inline
function adaptMoments(a: Update, from: usize, to: usize, decay: v128, shrink: v128): void {
  const slots = activeSlots(a.chunk);
  const rate = rateOf(a);
  const scale = scaleOf(a);
  const beta1 = f32x4.splat(job().beta1);
  const beta2 = f32x4.splat(job().beta2);
  const rest1 = rest(job().beta1);
  const rest2 = rest(job().beta2);
  const correction1 = f32x4.splat(job().correction1);
  const correction2 = f32x4.splat(job().correction2);
  const epsilon = f32x4.splat(job().epsilon);
  for (let offset = from; offset < to; offset += 16) {
    const w = v128.load(a.w + offset);
    const g = gradientAt(a, offset, slots, scale, decay, w);
    const m = f32x4.add(f32x4.mul(beta1, v128.load(a.m + offset)), f32x4.mul(rest1, g));
    const v = f32x4.add(f32x4.mul(beta2, v128.load(a.v + offset)), f32x4.mul(rest2, f32x4.mul(g, g)));
    v128.store(a.m + offset, m);
    v128.store(a.v + offset, v);
    const step = f32x4.div(
      f32x4.mul(rate, f32x4.mul(m, correction1)),
      f32x4.add(f32x4.sqrt(f32x4.mul(v, correction2)), epsilon),
    );
    v128.store(a.w + offset, f32x4.sub(f32x4.sub(w, f32x4.mul(shrink, w)), step));
  }
}

/** Adam with L2 in the gradient. */
export function adam(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Update>(address);
  const end = endOf(a, c1);
  const moments = beginMoments(a.moments, a.record, c0, a.quadsOfTask, end - startOf(a, c0));
  for (let from = startOf(a, c0); from < end; ) {
    const to = keepBlock(moments, a.w, from, end);
    adaptMoments(a, from, to, decayOf(a), f32x4.splat(0));
    measured(a, moments, from, to);
    from = to;
  }
  endMoments(moments, a.record);
}

/** Adam, and weights shrunk by η·λ beside it. */
export function adamw(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Update>(address);
  const end = endOf(a, c1);
  const moments = beginMoments(a.moments, a.record, c0, a.quadsOfTask, end - startOf(a, c0));
  for (let from = startOf(a, c0); from < end; ) {
    const to = keepBlock(moments, a.w, from, end);
    adaptMoments(a, from, to, f32x4.splat(0), f32x4.mul(rateOf(a), decayOf(a)));
    measured(a, moments, from, to);
    from = to;
  }
  endMoments(moments, a.record);
}

// @ts-ignore: decorator
@unmanaged
export class GradientSquares {
  gradient: usize;
  slotStride: usize;
  chunk: i32;
  k: i32;
  quads: i32;
  /** Two words, the next tensor's `squares` and `quads`, then an f64 for each quad. */
  squares: usize;
  /** 0 at the last tensor. */
  next: usize;
}

/** Σ g² over each quad of channels, in f64, g summed over the chunks in order. */
export function gradientSquares(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<GradientSquares>(address);
  const slots = activeSlots(a.chunk);
  const last = min(c1, a.quads);
  if (c0 == 0) {
    store<usize>(a.squares, a.next);
    store<i32>(a.squares, a.quads, 4);
  }
  const quadBytes = <usize>a.k << 4;
  for (let c = c0; c < last; c++) {
    let at = a.gradient + <usize>c * quadBytes;
    const end = at + quadBytes;
    let sum = f64x2.splat(0);
    for (; at < end; at += 16) {
      const g = sumAt(at, a.slotStride, slots);
      const low = f64x2.promote_low_f32x4(g);
      const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(g, g, 2, 3, 2, 3));
      sum = f64x2.add(sum, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
    }
    store<f64>(a.squares + 16 + (<usize>c << 3), f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
  }
}

// @ts-ignore: decorator
@unmanaged
export class GradientClip {
  /** `squares` of the first tensor. */
  first: usize;
  scale: usize;
}

/** scale = min(1, c / ‖g‖), ‖g‖ over all gradients, tensor after tensor in the plan's order. A norm that is not a number leaves 1: g keeps it. */
export function gradientClip(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<GradientClip>(address);
  let total: f64 = 0;
  for (let tensor = a.first; tensor != 0; tensor = load<usize>(tensor)) {
    const quads = load<i32>(tensor, 4);
    for (let c = 0; c < quads; c++) total += load<f64>(tensor + 16 + (<usize>c << 3));
  }
  const norm = Math.sqrt(total);
  const limit = <f64>job().clipNorm;
  store<f32>(a.scale, norm > limit ? <f32>(limit / norm) : 1);
}
