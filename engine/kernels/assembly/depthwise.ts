/**
 * Depthwise convolution, where each channel has a kernel of its own:
 *
 *   y[n][h][w][c] = bias[c] + Σ_t x[n][h·xH + w·xW + offset(t)][c] · w[c][t]
 *
 * Channels lie in lanes, so a tap is one product of vectors. The taps come in passes over a row: nine of a 3 × 3 grid, three in a line, or
 * one, whose weights stay in registers. The input gradient is the same operation on the gradient of the output, once for each residue
 * of the stride. Borders, strides and dilation are in the distances and the passes, so nothing is clipped.
 */
import { madd } from "./vector";

// @ts-ignore: decorator
@unmanaged
export class Depthwise {
  /** The input, with the distances between what neighbouring outputs read. */
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  /** The output, or its gradient. */
  y: usize;
  yN: usize;
  yH: usize;
  yW: usize;
  height: i32;
  width: i32;
  quads: i32;
  /** Weights, or the sums of their gradient: [quad][tap][4]. */
  w: usize;
  /** Bytes between the weights of quads. */
  wC: usize;
  /** 0: none. */
  bias: usize;
  /** 64 bytes each: number of taps, byte offset in x, bytes between rows and columns of the grid; byte offsets in w. */
  passes: usize;
  numPasses: i32;
  /** 1: adds to y. 0: overwrites y. */
  accumulate: i32;
  /** Bytes between the partial sums of consecutive chunks of rows. */
  slotStride: usize;
  /** Rows of a chunk; 0: one sum over the whole batch. */
  chunk: i32;
}

// @ts-ignore: decorator
@inline
function weightAt(w: usize, pass: usize, tap: usize): usize {
  return w + <usize>load<u32>(pass + (tap << 2), 16);
}

/** y = bias + x ∗ w, or y += x ∗ w. */
export function depthwise(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Depthwise>(address);
  const end = min(c1, a.quads);
  const passesEnd = a.passes + (<usize>a.numPasses << 6);
  const rowBytes = <usize>a.width * a.yW;
  for (let n = n0; n < n1; n++) {
    for (let h = 0; h < a.height; h++) {
      const xRow = a.x + <usize>n * a.xN + <usize>h * a.xH;
      const yRow = a.y + <usize>n * a.yN + <usize>h * a.yH;
      for (let c = c0; c < end; c++) {
        const offset = <usize>c << 4;
        const y = yRow + offset;
        if (!a.accumulate) {
          const start = a.bias == 0 ? f32x4.splat(0) : v128.load(a.bias + offset);
          if (a.numPasses == 0) fillRow(y, y + rowBytes, a.yW, start);
          else if (load<u32>(a.passes) != 9) fillRow(y, y + rowBytes, a.yW, start);
        }
        for (let pass = a.passes; pass < passesEnd; pass += 64) {
          const x = xRow + offset + <usize>load<u32>(pass, 4);
          const w = a.w + <usize>c * a.wC;
          const taps = load<u32>(pass);
          if (taps == 9) {
            if (a.accumulate || pass != a.passes) addNine(x, a.xW, y, y + rowBytes, a.yW, pass, w);
            else nine(x, a.xW, y, y + rowBytes, a.yW, pass, w, a.bias == 0 ? 0 : a.bias + offset);
          } else if (taps == 3) addThree(x, a.xW, y, y + rowBytes, a.yW, pass, w);
          else addOne(x, a.xW, y, y + rowBytes, a.yW, pass, w);
        }
      }
    }
  }
}

export function fillRow(y: usize, yEnd: usize, yW: usize, value: v128): void {
  while (y != yEnd) {
    v128.store(y, value);
    y += yW;
  }
}

/** The first pass over a row: y = bias + nine taps. */
export function nine(x: usize, xW: usize, y: usize, yEnd: usize, yW: usize, pass: usize, w: usize, bias: usize): void {
  const row = <usize>load<u32>(pass, 8);
  const step = <usize>load<u32>(pass, 12);
  const step2 = step + step;
  const w0 = v128.load(weightAt(w, pass, 0));
  const w1 = v128.load(weightAt(w, pass, 1));
  const w2 = v128.load(weightAt(w, pass, 2));
  const w3 = v128.load(weightAt(w, pass, 3));
  const w4 = v128.load(weightAt(w, pass, 4));
  const w5 = v128.load(weightAt(w, pass, 5));
  const w6 = v128.load(weightAt(w, pass, 6));
  const w7 = v128.load(weightAt(w, pass, 7));
  const w8 = v128.load(weightAt(w, pass, 8));
  const start = bias == 0 ? f32x4.splat(0) : v128.load(bias);
  let x1 = x + row;
  let x2 = x1 + row;
  while (y != yEnd) {
    let sum = madd(v128.load(x), w0, start);
    sum = madd(v128.load(x + step), w1, sum);
    sum = madd(v128.load(x + step2), w2, sum);
    sum = madd(v128.load(x1), w3, sum);
    sum = madd(v128.load(x1 + step), w4, sum);
    sum = madd(v128.load(x1 + step2), w5, sum);
    sum = madd(v128.load(x2), w6, sum);
    sum = madd(v128.load(x2 + step), w7, sum);
    sum = madd(v128.load(x2 + step2), w8, sum);
    v128.store(y, sum);
    x += xW;
    x1 += xW;
    x2 += xW;
    y += yW;
  }
}

/** y += nine taps. */
export function addNine(x: usize, xW: usize, y: usize, yEnd: usize, yW: usize, pass: usize, w: usize): void {
  const row = <usize>load<u32>(pass, 8);
  const step = <usize>load<u32>(pass, 12);
  const step2 = step + step;
  const w0 = v128.load(weightAt(w, pass, 0));
  const w1 = v128.load(weightAt(w, pass, 1));
  const w2 = v128.load(weightAt(w, pass, 2));
  const w3 = v128.load(weightAt(w, pass, 3));
  const w4 = v128.load(weightAt(w, pass, 4));
  const w5 = v128.load(weightAt(w, pass, 5));
  const w6 = v128.load(weightAt(w, pass, 6));
  const w7 = v128.load(weightAt(w, pass, 7));
  const w8 = v128.load(weightAt(w, pass, 8));
  let x1 = x + row;
  let x2 = x1 + row;
  while (y != yEnd) {
    let sum = madd(v128.load(x), w0, v128.load(y));
    sum = madd(v128.load(x + step), w1, sum);
    sum = madd(v128.load(x + step2), w2, sum);
    sum = madd(v128.load(x1), w3, sum);
    sum = madd(v128.load(x1 + step), w4, sum);
    sum = madd(v128.load(x1 + step2), w5, sum);
    sum = madd(v128.load(x2), w6, sum);
    sum = madd(v128.load(x2 + step), w7, sum);
    sum = madd(v128.load(x2 + step2), w8, sum);
    v128.store(y, sum);
    x += xW;
    x1 += xW;
    x2 += xW;
    y += yW;
  }
}

/** y += three taps in a line. */
export function addThree(x: usize, xW: usize, y: usize, yEnd: usize, yW: usize, pass: usize, w: usize): void {
  const step = <usize>load<u32>(pass, 12);
  const step2 = step + step;
  const w0 = v128.load(weightAt(w, pass, 0));
  const w1 = v128.load(weightAt(w, pass, 1));
  const w2 = v128.load(weightAt(w, pass, 2));
  while (y != yEnd) {
    let sum = madd(v128.load(x), w0, v128.load(y));
    sum = madd(v128.load(x + step), w1, sum);
    sum = madd(v128.load(x + step2), w2, sum);
    v128.store(y, sum);
    x += xW;
    y += yW;
  }
}

/** y += one tap. */
export function addOne(x: usize, xW: usize, y: usize, yEnd: usize, yW: usize, pass: usize, w: usize): void {
  const w0 = v128.load(weightAt(w, pass, 0));
  while (y != yEnd) {
    v128.store(y, madd(v128.load(x), w0, v128.load(y)));
    x += xW;
    y += yW;
  }
}

/**
 * w[c][t] = Σ_n Σ_h Σ_w x[n][h·xH + w·xW + offset(t)][c] · y[n][h][w][c], where y is the gradient of the output.
 *
 * Overwrites the chunk's sum with its first row of pixels and accumulates the others.
 */
export function depthwiseGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Depthwise>(address);
  const end = min(c1, a.quads);
  const passesEnd = a.passes + (<usize>a.numPasses << 6);
  const rowBytes = <usize>a.width * a.yW;
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const slot = a.w + (a.chunk == 0 ? 0 : <usize>task * a.slotStride);
  for (let n = n0; n < n1; n++) {
    for (let h = 0; h < a.height; h++) {
      const fresh = n == start && h == 0;
      const xRow = a.x + <usize>n * a.xN + <usize>h * a.xH;
      const yRow = a.y + <usize>n * a.yN + <usize>h * a.yH;
      for (let c = c0; c < end; c++) {
        const offset = <usize>c << 4;
        const y = yRow + offset;
        const w = slot + <usize>c * a.wC;
        for (let pass = a.passes; pass < passesEnd; pass += 64) {
          const x = xRow + offset + <usize>load<u32>(pass, 4);
          const taps = load<u32>(pass);
          if (taps == 9) gradientOfNine(x, a.xW, y, y + rowBytes, a.yW, pass, w, fresh);
          else if (taps == 3) gradientOfThree(x, a.xW, y, y + rowBytes, a.yW, pass, w, fresh);
          else gradientOfOne(x, a.xW, y, y + rowBytes, a.yW, pass, w, fresh);
        }
      }
    }
  }
}

export function gradientOfNine(
  x: usize, xW: usize, y: usize, yEnd: usize, yW: usize, pass: usize, w: usize, fresh: bool,
): void {
  const row = <usize>load<u32>(pass, 8);
  const step = <usize>load<u32>(pass, 12);
  const step2 = step + step;
  let s0 = f32x4.splat(0);
  let s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, s8 = s0;
  if (!fresh) {
    s0 = v128.load(weightAt(w, pass, 0));
    s1 = v128.load(weightAt(w, pass, 1));
    s2 = v128.load(weightAt(w, pass, 2));
    s3 = v128.load(weightAt(w, pass, 3));
    s4 = v128.load(weightAt(w, pass, 4));
    s5 = v128.load(weightAt(w, pass, 5));
    s6 = v128.load(weightAt(w, pass, 6));
    s7 = v128.load(weightAt(w, pass, 7));
    s8 = v128.load(weightAt(w, pass, 8));
  }
  let x1 = x + row;
  let x2 = x1 + row;
  while (y != yEnd) {
    const g = v128.load(y);
    s0 = madd(v128.load(x), g, s0);
    s1 = madd(v128.load(x + step), g, s1);
    s2 = madd(v128.load(x + step2), g, s2);
    s3 = madd(v128.load(x1), g, s3);
    s4 = madd(v128.load(x1 + step), g, s4);
    s5 = madd(v128.load(x1 + step2), g, s5);
    s6 = madd(v128.load(x2), g, s6);
    s7 = madd(v128.load(x2 + step), g, s7);
    s8 = madd(v128.load(x2 + step2), g, s8);
    x += xW;
    x1 += xW;
    x2 += xW;
    y += yW;
  }
  v128.store(weightAt(w, pass, 0), s0);
  v128.store(weightAt(w, pass, 1), s1);
  v128.store(weightAt(w, pass, 2), s2);
  v128.store(weightAt(w, pass, 3), s3);
  v128.store(weightAt(w, pass, 4), s4);
  v128.store(weightAt(w, pass, 5), s5);
  v128.store(weightAt(w, pass, 6), s6);
  v128.store(weightAt(w, pass, 7), s7);
  v128.store(weightAt(w, pass, 8), s8);
}

export function gradientOfThree(
  x: usize, xW: usize, y: usize, yEnd: usize, yW: usize, pass: usize, w: usize, fresh: bool,
): void {
  const step = <usize>load<u32>(pass, 12);
  const step2 = step + step;
  let s0 = f32x4.splat(0);
  let s1 = s0, s2 = s0;
  if (!fresh) {
    s0 = v128.load(weightAt(w, pass, 0));
    s1 = v128.load(weightAt(w, pass, 1));
    s2 = v128.load(weightAt(w, pass, 2));
  }
  while (y != yEnd) {
    const g = v128.load(y);
    s0 = madd(v128.load(x), g, s0);
    s1 = madd(v128.load(x + step), g, s1);
    s2 = madd(v128.load(x + step2), g, s2);
    x += xW;
    y += yW;
  }
  v128.store(weightAt(w, pass, 0), s0);
  v128.store(weightAt(w, pass, 1), s1);
  v128.store(weightAt(w, pass, 2), s2);
}

export function gradientOfOne(
  x: usize, xW: usize, y: usize, yEnd: usize, yW: usize, pass: usize, w: usize, fresh: bool,
): void {
  const at = weightAt(w, pass, 0);
  let sum = fresh ? f32x4.splat(0) : v128.load(at);
  while (y != yEnd) {
    sum = madd(v128.load(x), v128.load(y), sum);
    x += xW;
    y += yW;
  }
  v128.store(at, sum);
}
