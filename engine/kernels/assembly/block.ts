/**
 * What follows a convolution or dense layer, in one pass: normalize, rectify, pool; any of the three may be missing.
 *
 *   v = (x − mean)·scale + beta,   r = relu ? max(v, 0) : v,   y = max or mean of r over each window
 *
 * Windows neither overlap nor leave the image (size = stride, no padding); `pool.ts` has the others. A missing step is the identity
 * of its formula (mean 0, scale 1, beta 0; floor −Inf; window 1×1), so that the loops have no branches.
 * The backward passes compute v again instead of storing it.
 */
import { madd } from "./vector";

// @ts-ignore: decorator
@unmanaged
export class Block {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  /** The output; in backward passes its gradient. */
  y: usize;
  yN: usize;
  yH: usize;
  yW: usize;
  /** Backward: the gradient of x. */
  dx: usize;
  dxN: usize;
  dxH: usize;
  dxW: usize;
  height: i32;
  width: i32;
  quads: i32;
  outHeight: i32;
  outWidth: i32;
  /** 0 none, 1 max, 2 average. */
  pool: i32;
  poolHeight: i32;
  poolWidth: i32;
  /** f32 vectors of the channels; 0: no normalization. */
  mean: usize;
  scale: usize;
  beta: usize;
  relu: i32;
  /** f64 partial sums of blockGradientSums: Σ g and Σ g·(x − mean) of each channel. */
  sums: usize;
  slotStride: usize;
  chunk: i32;
  /** Coefficients of blockGradient, 0: none. */
  slope: usize;
  shift: usize;
  accumulate: i32;
}

// @ts-ignore: decorator
@inline
export function meanOf(a: Block, c: i32): v128 {
  return a.mean == 0 ? f32x4.splat(0) : v128.load(a.mean + (<usize>c << 4));
}

// @ts-ignore: decorator
@inline
export function scaleOf(a: Block, c: i32): v128 {
  return a.mean == 0 ? f32x4.splat(1) : v128.load(a.scale + (<usize>c << 4));
}

// @ts-ignore: decorator
@inline
export function betaOf(a: Block, c: i32): v128 {
  return a.mean == 0 ? f32x4.splat(0) : v128.load(a.beta + (<usize>c << 4));
}

// @ts-ignore: decorator
@inline
export function normalize(x: v128, mean: v128, scale: v128, beta: v128): v128 {
  return madd(f32x4.sub(x, mean), scale, beta);
}

/** max(a, b) in which NaN of either side stays: b where a < b or b is NaN, unless a is NaN. */
// @ts-ignore: decorator
@inline
export function maxKeepNaN(a: v128, b: v128): v128 {
  return v128.or(f32x4.pmax(a, b), f32x4.ne(b, b));
}

/** Whether samples are single values of each channel: then a call takes its samples as one row, `xN` apart. */
// @ts-ignore: decorator
@inline
export function isFlat(a: Block): bool {
  return a.pool == 0 && a.outHeight == 1 && a.outWidth == 1;
}

/** Whether windows are of 2×2, which have loops of their own. */
// @ts-ignore: decorator
@inline
export function isSmall(a: Block): bool {
  return a.poolHeight == 2 && a.poolWidth == 2;
}

/** Of all tensors that a call walks: most of a small first cache. */
const ROWS_BYTES: usize = 20 * 1024;

/** Rows that stay in the first cache while their quads are walked one after the other: quads share its lines. */
// @ts-ignore: decorator
@inline
function rowsAtOnce(bytesOfRow: usize): i32 {
  return max(1, <i32>(ROWS_BYTES / bytesOfRow));
}

/** y = pool(relu(normalize(x))). Overwrites y. */
export function blockForward(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Block>(address);
  const end = min(c1, a.quads);
  const floor = f32x4.splat(a.relu ? 0 : -Infinity);
  if (isFlat(a)) {
    for (let c = c0; c < end; c++) {
      const x = a.x + <usize>n0 * a.xN + (<usize>c << 4);
      const y = a.y + <usize>n0 * a.yN + (<usize>c << 4);
      mapRow(x, a.xN, y, a.yN, y + <usize>(n1 - n0) * a.yN, meanOf(a, c), scaleOf(a, c), betaOf(a, c), floor);
    }
    return;
  }
  const atOnce = rowsAtOnce(<usize>a.poolHeight * a.xH + a.yH);
  for (let n = n0; n < n1; n++) {
    for (let h0 = 0; h0 < a.outHeight; h0 += atOnce) {
      const h1 = min(h0 + atOnce, a.outHeight);
      for (let c = c0; c < end; c++) {
        const mean = meanOf(a, c), scale = scaleOf(a, c), beta = betaOf(a, c);
        for (let h = h0; h < h1; h++) {
          const row = a.x + <usize>n * a.xN + <usize>(h * a.poolHeight) * a.xH + (<usize>c << 4);
          const target = a.y + <usize>n * a.yN + <usize>h * a.yH + (<usize>c << 4);
          const targetEnd = target + <usize>a.outWidth * a.yW;
          if (a.pool == 0) mapRow(row, a.xW, target, a.yW, targetEnd, mean, scale, beta, floor);
          else if (!isSmall(a)) windowRow(a, row, target, targetEnd, mean, scale, beta, floor);
          else if (a.pool == 1) max2x2Row(row, a.xH, a.xW, target, a.yW, targetEnd, mean, scale, beta, floor);
          else mean2x2Row(row, a.xH, a.xW, target, a.yW, targetEnd, mean, scale, beta, floor);
        }
      }
    }
  }
}

export function mapRow(x: usize, xW: usize, y: usize, yW: usize, yEnd: usize, mean: v128, scale: v128, beta: v128, floor: v128): void {
  while (y != yEnd) {
    v128.store(y, f32x4.pmax(normalize(v128.load(x), mean, scale, beta), floor));
    x += xW;
    y += yW;
  }
}

export function max2x2Row(
  x: usize, xH: usize, xW: usize, y: usize, yW: usize, yEnd: usize, mean: v128, scale: v128, beta: v128, floor: v128,
): void {
  while (y != yEnd) {
    const v0 = normalize(v128.load(x), mean, scale, beta);
    const v1 = normalize(v128.load(x + xW), mean, scale, beta);
    const v2 = normalize(v128.load(x + xH), mean, scale, beta);
    const v3 = normalize(v128.load(x + xH + xW), mean, scale, beta);
    v128.store(y, f32x4.pmax(maxKeepNaN(maxKeepNaN(v0, v1), maxKeepNaN(v2, v3)), floor));
    x += 2 * xW;
    y += yW;
  }
}

export function mean2x2Row(
  x: usize, xH: usize, xW: usize, y: usize, yW: usize, yEnd: usize, mean: v128, scale: v128, beta: v128, floor: v128,
): void {
  const quarter = f32x4.splat(0.25);
  while (y != yEnd) {
    const v0 = f32x4.pmax(normalize(v128.load(x), mean, scale, beta), floor);
    const v1 = f32x4.pmax(normalize(v128.load(x + xW), mean, scale, beta), floor);
    const v2 = f32x4.pmax(normalize(v128.load(x + xH), mean, scale, beta), floor);
    const v3 = f32x4.pmax(normalize(v128.load(x + xH + xW), mean, scale, beta), floor);
    v128.store(y, f32x4.mul(f32x4.add(f32x4.add(v0, v1), f32x4.add(v2, v3)), quarter));
    x += 2 * xW;
    y += yW;
  }
}

/** Windows of any size. */
function windowRow(a: Block, x: usize, y: usize, yEnd: usize, mean: v128, scale: v128, beta: v128, floor: v128): void {
  while (y != yEnd) {
    let m = f32x4.splat(a.pool == 1 ? -Infinity : 0);
    for (let i = 0; i < a.poolHeight; i++) {
      for (let j = 0; j < a.poolWidth; j++) {
        const v = f32x4.pmax(normalize(v128.load(x + <usize>i * a.xH + <usize>j * a.xW), mean, scale, beta), floor);
        m = a.pool == 1 ? maxKeepNaN(m, v) : f32x4.add(m, v);
      }
    }
    if (a.pool == 2) m = f32x4.div(m, f32x4.splat(<f32>(a.poolHeight * a.poolWidth)));
    v128.store(y, m);
    x += <usize>a.poolWidth * a.xW;
    y += a.yW;
  }
}

/** What v must not stay at or below for its gradient to pass the ReLU. Nothing is at or below NaN: where there is no ReLU all pass. */
// @ts-ignore: decorator
@inline
export function floorOf(a: Block): v128 {
  return f32x4.splat(a.relu ? 0 : NaN);
}

/** Where the gradient passes: not (v ≤ floor), so also where v is NaN. */
// @ts-ignore: decorator
@inline
export function passed(g: v128, v: v128, floor: v128): v128 {
  return v128.andnot(g, f32x4.le(v, floor));
}

/** The first element of a window that holds its maximum m takes the gradient; NaN counts as the maximum. */
// @ts-ignore: decorator
@inline
export function holds(v: v128, m: v128): v128 {
  return v128.or(f32x4.eq(v, m), f32x4.ne(v, v));
}

/** Per-channel coefficients of quad c in dx = scale·g + slope·(x − mean) + shift, 0 where there are none. */
// @ts-ignore: decorator
@inline
function coefficient(vector: usize, c: i32): v128 {
  return vector == 0 ? f32x4.splat(0) : v128.load(vector + (<usize>c << 4));
}

/** Without statistics nothing of x may reach dx, not even Inf · 0. */
// @ts-ignore: decorator
@inline
function usesX(a: Block): v128 {
  return i32x4.splat(a.slope == 0 ? 0 : -1);
}

/**
 * dx = scale·g + slope·(x − mean) + shift with g as in `blockGradientSums.ts`; slope and shift carry the batch norm's dependence on its statistics, and
 * reach the elements that no window covers too. Without normalization dx = g. Overwrites dx, or adds to it (`accumulate`).
 */
export function blockGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Block>(address);
  const end = min(c1, a.quads);
  if (isFlat(a)) {
    for (let c = c0; c < end; c++) plainGradient(a, n0, n1, 0, 1, c);
    return;
  }
  const covered = a.outWidth * a.poolWidth;
  const atOnce = rowsAtOnce(<usize>a.poolHeight * (a.xH + a.dxH) + a.yH);
  for (let n = n0; n < n1; n++) {
    for (let h0 = 0; h0 < a.outHeight; h0 += atOnce) {
      const h1 = min(h0 + atOnce, a.outHeight);
      for (let c = c0; c < end; c++) {
        if (a.pool == 0) plainGradient(a, n, n + 1, h0, h1, c);
        else if (!isSmall(a)) windowGradient(a, n, h0, h1, c);
        else if (a.pool == 1) max2x2Gradient(a, n, h0, h1, c);
        else mean2x2Gradient(a, n, h0, h1, c);
      }
    }
    for (let h = 0; h < a.height; h++) {
      const from = h < a.outHeight * a.poolHeight ? covered : 0;
      if (from < a.width) uncovered(a, n, h, from, c0, end);
    }
  }
}

/** Rows h0 … h1 of a quad without pooling, or single values of samples. Each of these loops is a function of its own: together they spill. */
export function plainGradient(a: Block, n0: i32, n1: i32, h0: i32, h1: i32, c: i32): void {
  const floor = floorOf(a);
  const use = usesX(a);
  const mean = meanOf(a, c), scale = scaleOf(a, c), beta = betaOf(a, c);
  const slope = coefficient(a.slope, c), shift = coefficient(a.shift, c);
  const accumulate = a.accumulate;
  const flat = isFlat(a);
  const xW = flat ? a.xN : a.xW;
  const yW = flat ? a.yN : a.yW;
  const dxW = flat ? a.dxN : a.dxW;
  const length = <usize>(flat ? n1 - n0 : a.outWidth) * yW;
  const x = a.x + <usize>n0 * a.xN + (<usize>c << 4);
  const y = a.y + <usize>n0 * a.yN + (<usize>c << 4);
  const dx = a.dx + <usize>n0 * a.dxN + (<usize>c << 4);
  for (let h = h0; h < h1; h++) {
    let source = x + <usize>h * a.xH;
    let target = dx + <usize>h * a.dxH;
    let dy = y + <usize>h * a.yH;
    const dyEnd = dy + length;
    while (dy != dyEnd) {
      const u = f32x4.sub(v128.load(source), mean);
      const g = passed(v128.load(dy), madd(u, scale, beta), floor);
      put(target, madd(g, scale, madd(v128.and(u, use), slope, shift)), accumulate);
      source += xW;
      target += dxW;
      dy += yW;
    }
  }
}

/** Through the maxima of windows of 2×2. */
export function max2x2Gradient(a: Block, n: i32, h0: i32, h1: i32, c: i32): void {
  const floor = floorOf(a);
  const use = usesX(a);
  const mean = meanOf(a, c), scale = scaleOf(a, c), beta = betaOf(a, c);
  const slope = coefficient(a.slope, c), shift = coefficient(a.shift, c);
  const accumulate = a.accumulate;
  const xW = a.xW, xH = a.xH, dxW = a.dxW, dxH = a.dxH, yW = a.yW;
  const x = a.x + <usize>n * a.xN + (<usize>c << 4);
  const y = a.y + <usize>n * a.yN + (<usize>c << 4);
  const dx = a.dx + <usize>n * a.dxN + (<usize>c << 4);
  for (let h = h0; h < h1; h++) {
    let source = x + <usize>(h << 1) * xH;
    let target = dx + <usize>(h << 1) * dxH;
    let dy = y + <usize>h * a.yH;
    const dyEnd = dy + <usize>a.outWidth * yW;
    while (dy != dyEnd) {
      const u0 = f32x4.sub(v128.load(source), mean);
      const u1 = f32x4.sub(v128.load(source + xW), mean);
      const u2 = f32x4.sub(v128.load(source + xH), mean);
      const u3 = f32x4.sub(v128.load(source + xH + xW), mean);
      const v0 = madd(u0, scale, beta);
      const v1 = madd(u1, scale, beta);
      const v2 = madd(u2, scale, beta);
      const m = maxKeepNaN(maxKeepNaN(v0, v1), maxKeepNaN(v2, madd(u3, scale, beta)));
      const g = f32x4.mul(passed(v128.load(dy), m, floor), scale);
      const h0 = holds(v0, m);
      const h1 = v128.andnot(holds(v1, m), h0);
      const h01 = v128.or(h0, h1);
      const h2 = v128.andnot(holds(v2, m), h01);
      const h3 = v128.or(h01, h2);
      put(target, f32x4.add(v128.and(g, h0), madd(v128.and(u0, use), slope, shift)), accumulate);
      put(target + dxW, f32x4.add(v128.and(g, h1), madd(v128.and(u1, use), slope, shift)), accumulate);
      put(target + dxH, f32x4.add(v128.and(g, h2), madd(v128.and(u2, use), slope, shift)), accumulate);
      put(target + dxH + dxW, f32x4.add(v128.andnot(g, h3), madd(v128.and(u3, use), slope, shift)), accumulate);
      source += 2 * xW;
      target += 2 * dxW;
      dy += yW;
    }
  }
}

/** Through the means of windows of 2×2. */
export function mean2x2Gradient(a: Block, n: i32, h0: i32, h1: i32, c: i32): void {
  const floor = floorOf(a);
  const use = usesX(a);
  const mean = meanOf(a, c), scale = scaleOf(a, c), beta = betaOf(a, c);
  const slope = coefficient(a.slope, c), shift = coefficient(a.shift, c);
  const accumulate = a.accumulate;
  const xW = a.xW, xH = a.xH, dxW = a.dxW, dxH = a.dxH, yW = a.yW;
  const x = a.x + <usize>n * a.xN + (<usize>c << 4);
  const y = a.y + <usize>n * a.yN + (<usize>c << 4);
  const dx = a.dx + <usize>n * a.dxN + (<usize>c << 4);
  for (let h = h0; h < h1; h++) {
    let source = x + <usize>(h << 1) * xH;
    let target = dx + <usize>(h << 1) * dxH;
    let dy = y + <usize>h * a.yH;
    const dyEnd = dy + <usize>a.outWidth * yW;
    while (dy != dyEnd) {
      const whole = f32x4.mul(v128.load(dy), f32x4.splat(0.25));
      let u = f32x4.sub(v128.load(source), mean);
      let g = passed(whole, madd(u, scale, beta), floor);
      put(target, madd(g, scale, madd(v128.and(u, use), slope, shift)), accumulate);
      u = f32x4.sub(v128.load(source + xW), mean);
      g = passed(whole, madd(u, scale, beta), floor);
      put(target + dxW, madd(g, scale, madd(v128.and(u, use), slope, shift)), accumulate);
      u = f32x4.sub(v128.load(source + xH), mean);
      g = passed(whole, madd(u, scale, beta), floor);
      put(target + dxH, madd(g, scale, madd(v128.and(u, use), slope, shift)), accumulate);
      u = f32x4.sub(v128.load(source + xH + xW), mean);
      g = passed(whole, madd(u, scale, beta), floor);
      put(target + dxH + dxW, madd(g, scale, madd(v128.and(u, use), slope, shift)), accumulate);
      source += 2 * xW;
      target += 2 * dxW;
      dy += yW;
    }
  }
}

/** Through windows of any size. */
export function windowGradient(a: Block, n: i32, h0: i32, h1: i32, c: i32): void {
  const floor = floorOf(a);
  const use = usesX(a);
  const mean = meanOf(a, c), scale = scaleOf(a, c), beta = betaOf(a, c);
  const slope = coefficient(a.slope, c), shift = coefficient(a.shift, c);
  const share = f32x4.splat(<f32>1 / <f32>(a.poolHeight * a.poolWidth));
  const yW = a.yW;
  const x = a.x + <usize>n * a.xN + (<usize>c << 4);
  const y = a.y + <usize>n * a.yN + (<usize>c << 4);
  const dx = a.dx + <usize>n * a.dxN + (<usize>c << 4);
  for (let h = h0; h < h1; h++) {
    let source = x + <usize>(h * a.poolHeight) * a.xH;
    let target = dx + <usize>(h * a.poolHeight) * a.dxH;
    let dy = y + <usize>h * a.yH;
    const dyEnd = dy + <usize>a.outWidth * yW;
    while (dy != dyEnd) {
      let m = f32x4.splat(-Infinity);
      if (a.pool == 1) {
        for (let i = 0; i < a.poolHeight; i++) {
          for (let j = 0; j < a.poolWidth; j++) {
            m = maxKeepNaN(m, normalize(v128.load(source + <usize>i * a.xH + <usize>j * a.xW), mean, scale, beta));
          }
        }
      }
      const whole = v128.load(dy);
      let open = i32x4.splat(-1);
      for (let i = 0; i < a.poolHeight; i++) {
        for (let j = 0; j < a.poolWidth; j++) {
          const u = f32x4.sub(v128.load(source + <usize>i * a.xH + <usize>j * a.xW), mean);
          const v = madd(u, scale, beta);
          let g: v128;
          if (a.pool == 1) {
            const here = v128.and(open, holds(v, m));
            open = v128.andnot(open, here);
            g = v128.and(whole, here);
          } else {
            g = f32x4.mul(whole, share);
          }
          g = passed(g, v, floor);
          put(target + <usize>i * a.dxH + <usize>j * a.dxW, madd(g, scale, madd(v128.and(u, use), slope, shift)), a.accumulate);
        }
      }
      source += <usize>a.poolWidth * a.xW;
      target += <usize>a.poolWidth * a.dxW;
      dy += yW;
    }
  }
}

/** dx = slope·(x − mean) + shift from column `w` of row `h` on. */
function uncovered(a: Block, n: i32, h: i32, w: i32, c0: i32, end: i32): void {
  for (let c = c0; c < end; c++) {
    const mean = meanOf(a, c);
    const slope = coefficient(a.slope, c), shift = coefficient(a.shift, c);
    const x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
    const dx = a.dx + <usize>n * a.dxN + <usize>h * a.dxH + (<usize>c << 4);
    for (let column = <usize>w; column < <usize>a.width; column++) {
      const centred = f32x4.sub(v128.load(x + column * a.xW), mean);
      put(dx + column * a.dxW, a.slope == 0 ? f32x4.splat(0) : madd(centred, slope, shift), a.accumulate);
    }
  }
}

// @ts-ignore: decorator
@inline
function put(at: usize, value: v128, accumulate: i32): void {
  v128.store(at, accumulate ? f32x4.add(v128.load(at), value) : value);
}
