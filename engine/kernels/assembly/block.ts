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
function meanOf(a: Block, c: i32): v128 {
  return a.mean == 0 ? f32x4.splat(0) : v128.load(a.mean + (<usize>c << 4));
}

// @ts-ignore: decorator
@inline
function scaleOf(a: Block, c: i32): v128 {
  return a.mean == 0 ? f32x4.splat(1) : v128.load(a.scale + (<usize>c << 4));
}

// @ts-ignore: decorator
@inline
function betaOf(a: Block, c: i32): v128 {
  return a.mean == 0 ? f32x4.splat(0) : v128.load(a.beta + (<usize>c << 4));
}

// @ts-ignore: decorator
@inline
function normalize(x: v128, mean: v128, scale: v128, beta: v128): v128 {
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
function isFlat(a: Block): bool {
  return a.pool == 0 && a.outHeight == 1 && a.outWidth == 1;
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
  for (let n = n0; n < n1; n++) {
    for (let c = c0; c < end; c++) {
      const mean = meanOf(a, c);
      const scale = scaleOf(a, c);
      const beta = betaOf(a, c);
      const x = a.x + <usize>n * a.xN + (<usize>c << 4);
      const y = a.y + <usize>n * a.yN + (<usize>c << 4);
      for (let h = 0; h < a.outHeight; h++) {
        const row = x + <usize>(h * a.poolHeight) * a.xH;
        const target = y + <usize>h * a.yH;
        if (a.pool == 0) {
          mapRow(row, a.xW, target, a.yW, target + <usize>a.outWidth * a.yW, mean, scale, beta, floor);
        } else if (a.poolHeight == 2 && a.poolWidth == 2) {
          if (a.pool == 1) max2x2Row(row, a.xH, a.xW, target, a.yW, target + <usize>a.outWidth * a.yW, mean, scale, beta, floor);
          else mean2x2Row(row, a.xH, a.xW, target, a.yW, target + <usize>a.outWidth * a.yW, mean, scale, beta, floor);
        } else {
          for (let w = 0; w < a.outWidth; w++) {
            const window = row + <usize>(w * a.poolWidth) * a.xW;
            let m = f32x4.splat(a.pool == 1 ? -Infinity : 0);
            for (let i = 0; i < a.poolHeight; i++) {
              for (let j = 0; j < a.poolWidth; j++) {
                const v = f32x4.pmax(normalize(v128.load(window + <usize>i * a.xH + <usize>j * a.xW), mean, scale, beta), floor);
                m = a.pool == 1 ? maxKeepNaN(m, v) : f32x4.add(m, v);
              }
            }
            if (a.pool == 2) m = f32x4.div(m, f32x4.splat(<f32>(a.poolHeight * a.poolWidth)));
            v128.store(target + <usize>w * a.yW, m);
          }
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

/** Where the gradient passes the ReLU: not (v ≤ 0), so also where v is NaN; everywhere when there is none (`always` all ones). */
// @ts-ignore: decorator
@inline
function passed(g: v128, v: v128, always: v128): v128 {
  return v128.and(g, v128.or(v128.not(f32x4.le(v, f32x4.splat(0))), always));
}

/** The first element of a window that holds its maximum m takes the gradient; NaN counts as the maximum. */
// @ts-ignore: decorator
@inline
function holds(v: v128, m: v128): v128 {
  return v128.or(f32x4.eq(v, m), f32x4.ne(v, v));
}

/**
 * With g = dL/dv (the gradient of y, through pool and ReLU): sums[0][c] = Σ g and sums[1][c] = Σ g·(x − mean). The batch norm's
 * dβ and dγ·√(σ²+ε). f32 within a call, f64 across calls. Overwrites the chunk's sums with its first samples, accumulates the rest.
 */
export function blockGradientSums(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Block>(address);
  const end = min(c1, a.quads);
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const slot = a.sums + (a.chunk == 0 ? 0 : <usize>task * a.slotStride);
  const always = i32x4.splat(a.relu ? 0 : -1);
  const zero = f32x4.splat(0);
  const flat = isFlat(a);
  const xW = flat ? a.xN : a.xW;
  const yW = flat ? a.yN : a.yW;
  const samplesEnd = flat ? n0 + 1 : n1;
  const length = <usize>(flat ? n1 - n0 : a.outWidth) * yW;
  for (let c = c0; c < end; c++) {
    const mean = meanOf(a, c);
    const scale = scaleOf(a, c);
    const beta = betaOf(a, c);
    let total = zero;
    let totalMoment = zero;
    for (let n = n0; n < samplesEnd; n++) {
      const x = a.x + <usize>n * a.xN + (<usize>c << 4);
      const y = a.y + <usize>n * a.yN + (<usize>c << 4);
      for (let h = 0; h < a.outHeight; h++) {
        let source = x + <usize>(h * a.poolHeight) * a.xH;
        let dy = y + <usize>h * a.yH;
        const dyEnd = dy + length;
        let sum = zero;
        let moment = zero;
        if (a.pool == 0) {
          while (dy != dyEnd) {
            const centred = f32x4.sub(v128.load(source), mean);
            const g = passed(v128.load(dy), madd(centred, scale, beta), always);
            sum = f32x4.add(sum, g);
            moment = madd(g, centred, moment);
            source += xW;
            dy += yW;
          }
        } else if (a.pool == 1 && a.poolHeight == 2 && a.poolWidth == 2) {
          while (dy != dyEnd) {
            const u0 = f32x4.sub(v128.load(source), mean);
            const u1 = f32x4.sub(v128.load(source + a.xW), mean);
            const u2 = f32x4.sub(v128.load(source + a.xH), mean);
            const u3 = f32x4.sub(v128.load(source + a.xH + a.xW), mean);
            const v0 = madd(u0, scale, beta);
            const v1 = madd(u1, scale, beta);
            const v2 = madd(u2, scale, beta);
            const m = maxKeepNaN(maxKeepNaN(v0, v1), maxKeepNaN(v2, madd(u3, scale, beta)));
            const g = passed(v128.load(dy), m, always);
            const centred = v128.bitselect(u0, v128.bitselect(u1, v128.bitselect(u2, u3, holds(v2, m)), holds(v1, m)), holds(v0, m));
            sum = f32x4.add(sum, g);
            moment = madd(g, centred, moment);
            source += 2 * a.xW;
            dy += a.yW;
          }
        } else {
          const share = f32x4.splat(<f32>1 / <f32>(a.poolHeight * a.poolWidth));
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
                const centred = f32x4.sub(v128.load(source + <usize>i * a.xH + <usize>j * a.xW), mean);
                const v = madd(centred, scale, beta);
                let g: v128;
                if (a.pool == 1) {
                  const here = v128.and(open, holds(v, m));
                  open = v128.andnot(open, here);
                  g = v128.and(whole, here);
                } else {
                  g = f32x4.mul(whole, share);
                }
                g = passed(g, v, always);
                sum = f32x4.add(sum, g);
                moment = madd(g, centred, moment);
              }
            }
            source += <usize>a.poolWidth * a.xW;
            dy += a.yW;
          }
        }
        total = f32x4.add(total, sum);
        totalMoment = f32x4.add(totalMoment, moment);
      }
    }
    const at = slot + (<usize>c << 5);
    const atMoment = at + (<usize>a.quads << 5);
    const fresh = n0 == start;
    addTo(at, f64x2.promote_low_f32x4(total), fresh);
    addTo(at + 16, f64x2.promote_low_f32x4(v128.shuffle<f32>(total, total, 2, 3, 2, 3)), fresh);
    addTo(atMoment, f64x2.promote_low_f32x4(totalMoment), fresh);
    addTo(atMoment + 16, f64x2.promote_low_f32x4(v128.shuffle<f32>(totalMoment, totalMoment, 2, 3, 2, 3)), fresh);
  }
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, value: v128, fresh: bool): void {
  v128.store(at, fresh ? value : f64x2.add(v128.load(at), value));
}

/**
 * dx = scale·g + slope·(x − mean) + shift with g as above; slope and shift carry the batch norm's dependence on its statistics, and
 * reach the elements that no window covers too. Without normalization dx = g. Overwrites dx, or adds to it (`accumulate`).
 */
export function blockGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Block>(address);
  const end = min(c1, a.quads);
  const always = i32x4.splat(a.relu ? 0 : -1);
  const zero = f32x4.splat(0);
  const accumulate = a.accumulate;
  const flat = isFlat(a);
  const xW = flat ? a.xN : a.xW;
  const yW = flat ? a.yN : a.yW;
  const dxW = flat ? a.dxN : a.dxW;
  const samplesEnd = flat ? n0 + 1 : n1;
  const length = <usize>(flat ? n1 - n0 : a.outWidth) * yW;
  for (let n = n0; n < samplesEnd; n++) {
    for (let c = c0; c < end; c++) {
      const mean = meanOf(a, c);
      const scale = scaleOf(a, c);
      const beta = betaOf(a, c);
      const slope = a.slope == 0 ? zero : v128.load(a.slope + (<usize>c << 4));
      const shift = a.shift == 0 ? zero : v128.load(a.shift + (<usize>c << 4));
      // Without statistics nothing of x may reach dx, not even Inf · 0.
      const use = i32x4.splat(a.slope == 0 ? 0 : -1);
      const x = a.x + <usize>n * a.xN + (<usize>c << 4);
      const y = a.y + <usize>n * a.yN + (<usize>c << 4);
      const dx = a.dx + <usize>n * a.dxN + (<usize>c << 4);
      for (let h = 0; h < a.outHeight; h++) {
        let source = x + <usize>(h * a.poolHeight) * a.xH;
        let target = dx + <usize>(h * a.poolHeight) * a.dxH;
        let dy = y + <usize>h * a.yH;
        const dyEnd = dy + length;
        if (a.pool == 0) {
          while (dy != dyEnd) {
            const centred = f32x4.sub(v128.load(source), mean);
            const g = passed(v128.load(dy), madd(centred, scale, beta), always);
            put(target, madd(g, scale, madd(v128.and(centred, use), slope, shift)), accumulate);
            source += xW;
            target += dxW;
            dy += yW;
          }
        } else if (a.pool == 1 && a.poolHeight == 2 && a.poolWidth == 2) {
          while (dy != dyEnd) {
            const u0 = f32x4.sub(v128.load(source), mean);
            const u1 = f32x4.sub(v128.load(source + a.xW), mean);
            const u2 = f32x4.sub(v128.load(source + a.xH), mean);
            const u3 = f32x4.sub(v128.load(source + a.xH + a.xW), mean);
            const v0 = madd(u0, scale, beta);
            const v1 = madd(u1, scale, beta);
            const v2 = madd(u2, scale, beta);
            const m = maxKeepNaN(maxKeepNaN(v0, v1), maxKeepNaN(v2, madd(u3, scale, beta)));
            const g = f32x4.mul(passed(v128.load(dy), m, always), scale);
            const h0 = holds(v0, m);
            const h1 = v128.andnot(holds(v1, m), h0);
            const h01 = v128.or(h0, h1);
            const h2 = v128.andnot(holds(v2, m), h01);
            const h3 = v128.not(v128.or(h01, h2));
            put(target, f32x4.add(v128.and(g, h0), madd(v128.and(u0, use), slope, shift)), a.accumulate);
            put(target + a.dxW, f32x4.add(v128.and(g, h1), madd(v128.and(u1, use), slope, shift)), a.accumulate);
            put(target + a.dxH, f32x4.add(v128.and(g, h2), madd(v128.and(u2, use), slope, shift)), a.accumulate);
            put(target + a.dxH + a.dxW, f32x4.add(v128.and(g, h3), madd(v128.and(u3, use), slope, shift)), a.accumulate);
            source += 2 * a.xW;
            target += 2 * a.dxW;
            dy += a.yW;
          }
        } else {
          const share = f32x4.splat(<f32>1 / <f32>(a.poolHeight * a.poolWidth));
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
                const centred = f32x4.sub(v128.load(source + <usize>i * a.xH + <usize>j * a.xW), mean);
                const v = madd(centred, scale, beta);
                let g: v128;
                if (a.pool == 1) {
                  const here = v128.and(open, holds(v, m));
                  open = v128.andnot(open, here);
                  g = v128.and(whole, here);
                } else {
                  g = f32x4.mul(whole, share);
                }
                g = passed(g, v, always);
                put(target + <usize>i * a.dxH + <usize>j * a.dxW, madd(g, scale, madd(v128.and(centred, use), slope, shift)), a.accumulate);
              }
            }
            source += <usize>a.poolWidth * a.xW;
            target += <usize>a.poolWidth * a.dxW;
            dy += a.yW;
          }
        }
        // Columns that no window covers.
        const covered = a.outWidth * a.poolWidth;
        if (covered < a.width) {
          for (let i = 0; i < a.poolHeight; i++) {
            uncovered(a, x, dx, h * a.poolHeight + i, covered, mean, slope, shift);
          }
        }
      }
      // Rows that no window covers.
      for (let h = a.outHeight * a.poolHeight; h < a.height; h++) uncovered(a, x, dx, h, 0, mean, slope, shift);
    }
  }
}

/** dx = slope·(x − mean) + shift from column `w` of row `h` on. */
function uncovered(a: Block, x: usize, dx: usize, h: i32, w: i32, mean: v128, slope: v128, shift: v128): void {
  const hasStatistics = a.slope != 0;
  for (; w < a.width; w++) {
    const centred = f32x4.sub(v128.load(x + <usize>h * a.xH + <usize>w * a.xW), mean);
    const value = hasStatistics ? madd(centred, slope, shift) : f32x4.splat(0);
    put(dx + <usize>h * a.dxH + <usize>w * a.dxW, value, a.accumulate);
  }
}

// @ts-ignore: decorator
@inline
function put(at: usize, value: v128, accumulate: i32): void {
  v128.store(at, accumulate ? f32x4.add(v128.load(at), value) : value);
}
