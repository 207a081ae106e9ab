/**
 * Winograd's transforms for tiles of 6 × 6 (Lavin & Gray, *Fast Algorithms for Convolutional Neural Networks*, 2016): points 0, ±1,
 * ±2 and ∞. A kernel of r taps and m = 7 − r outputs share
 *
 *        ⎡4  0 −5  0  1  0⎤        ⎡1  1  1  1  1  0⎤          ⎡ 1/4    0      0     0      0   ⎤
 *        ⎢0 −4 −4  1  1  0⎥        ⎢0  1 −1  2 −2  0⎥          ⎢−1/6  −1/6   −1/6  −1/6   −1/6  ⎥
 *   Bᵀ = ⎢0  4 −4 −1  1  0⎥   Aᵀ = ⎢0  1  1  4  4  0⎥  G = ⎢−1/6   1/6   −1/6   1/6   −1/6  ⎥
 *        ⎢0 −2 −1  2  1  0⎥        ⎢0  1 −1  8 −8  0⎥          ⎢1/24  2/24   4/24  8/24  16/24  ⎥
 *        ⎢0  2 −1 −2  1  0⎥        first m rows, the           ⎢1/24 −2/24   4/24 −8/24  16/24  ⎥
 *        ⎣0  4  0 −5  0  1⎦        last one ends in 1          ⎣first r columns; last row 0 … 0 1⎦
 *
 *   y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ x B)]A;   dx = B[(G g Gᵀ) ⊙ (A dy Aᵀ)]Bᵀ;   dg = Gᵀ[Σ (Bᵀ x B) ⊙ (A dy Aᵀ)]G
 *
 * Channels lie in the lanes: all of it is additions of vectors. A point (i, j) of the tile is number 6·i + j. `temp` holds 36
 * vectors. Exported where they must stay functions of their own.
 */
import { madd } from "./vector";

// @ts-ignore: decorator
@inline
const VECTOR: usize = 16;
/** Bytes of a row of six vectors, and of a whole tile. */
const SIX: usize = 96;
const TILE: usize = 576;

// @ts-ignore: decorator
@inline
function twice(x: v128): v128 {
  return f32x4.add(x, x);
}

/** target[i][j] = (Bᵀ x B): 6 × 6 pixels to 36 points, `pointBytes` apart. */
export function inputTile(x: usize, rowBytes: usize, pixelBytes: usize, points: usize, pointBytes: usize, temp: usize): void {
  const four = f32x4.splat(4);
  const minusFour = f32x4.splat(-4);
  const minusFive = f32x4.splat(-5);
  const middle = temp + TILE;
  const pixel3 = pixelBytes * 3;
  let at = temp;
  while (at != middle) {
    const half = x + pixel3;
    const d0 = v128.load(x);
    const d1 = v128.load(x + pixelBytes);
    const d2 = v128.load(x + 2 * pixelBytes);
    const d3 = v128.load(half);
    const d4 = v128.load(half + pixelBytes);
    const d5 = v128.load(half + 2 * pixelBytes);
    const a = madd(minusFour, d2, d4);
    const b = madd(minusFour, d1, d3);
    const c = f32x4.sub(d4, d2);
    const e = twice(f32x4.sub(d3, d1));
    v128.store(at, madd(four, d0, madd(minusFive, d2, d4)));
    v128.store(at, f32x4.add(a, b), 16);
    v128.store(at, f32x4.sub(a, b), 32);
    v128.store(at, f32x4.add(c, e), 48);
    v128.store(at, f32x4.sub(c, e), 64);
    v128.store(at, madd(four, d1, madd(minusFive, d3, d5)), 80);
    x += rowBytes;
    at += SIX;
  }
  const rowOfPoints = pointBytes * 6;
  const rows3 = rowOfPoints * 3;
  at = temp;
  const end = temp + SIX;
  while (at != end) {
    const half = points + rows3;
    const d0 = v128.load(at);
    const d1 = v128.load(at, 96);
    const d2 = v128.load(at, 192);
    const d3 = v128.load(at, 288);
    const d4 = v128.load(at, 384);
    const d5 = v128.load(at, 480);
    const a = madd(minusFour, d2, d4);
    const b = madd(minusFour, d1, d3);
    const c = f32x4.sub(d4, d2);
    const e = twice(f32x4.sub(d3, d1));
    v128.store(points, madd(four, d0, madd(minusFive, d2, d4)));
    v128.store(points + rowOfPoints, f32x4.add(a, b));
    v128.store(points + 2 * rowOfPoints, f32x4.sub(a, b));
    v128.store(half, f32x4.add(c, e));
    v128.store(half + rowOfPoints, f32x4.sub(c, e));
    v128.store(half + 2 * rowOfPoints, madd(four, d1, madd(minusFive, d3, d5)));
    points += pointBytes;
    at += VECTOR;
  }
}

/**
 * y[i][j] = bias + Aᵀ m A: 36 points to `outHeight` × `outWidth` pixels (2 to 4 each), of which the first `rows` × `columns` lie in the
 * image. Overwrites those.
 */
export function outputTile(
  points: usize, pointBytes: usize, y: usize, rowBytes: usize, pixelBytes: usize,
  outHeight: i32, outWidth: i32, rows: i32, columns: i32, bias: v128, temp: usize,
): void {
  const four = f32x4.splat(4);
  const eight = f32x4.splat(8);
  const rowOfPoints = pointBytes * 6;
  const rows3 = rowOfPoints * 3;
  let at = temp;
  const end = temp + SIX;
  while (at != end) {
    const half = points + rows3;
    const m1 = v128.load(points + rowOfPoints);
    const m2 = v128.load(points + 2 * rowOfPoints);
    const m3 = v128.load(half);
    const m4 = v128.load(half + rowOfPoints);
    const m5 = v128.load(half + 2 * rowOfPoints);
    const s = f32x4.add(m1, m2);
    const d = f32x4.sub(m1, m2);
    const p = f32x4.add(m3, m4);
    const q = f32x4.sub(m3, m4);
    v128.store(at, f32x4.add(f32x4.add(v128.load(points), s), p));
    const y1 = f32x4.add(d, twice(q));
    if (outHeight == 4) {
      v128.store(at, y1, 96);
      v128.store(at, madd(four, p, s), 192);
      v128.store(at, f32x4.add(madd(eight, q, d), m5), 288);
    } else if (outHeight == 2) {
      v128.store(at, f32x4.add(y1, m5), 96);
    } else {
      v128.store(at, y1, 96);
      v128.store(at, f32x4.add(madd(four, p, s), m5), 192);
    }
    points += pointBytes;
    at += VECTOR;
  }
  at = temp;
  const rowsEnd = temp + SIX * <usize>rows;
  while (at != rowsEnd) {
    const m1 = v128.load(at, 16);
    const m2 = v128.load(at, 32);
    const m3 = v128.load(at, 48);
    const m4 = v128.load(at, 64);
    const m5 = v128.load(at, 80);
    const s = f32x4.add(f32x4.add(m1, m2), bias);
    const d = f32x4.add(f32x4.sub(m1, m2), bias);
    const p = f32x4.add(m3, m4);
    const q = f32x4.sub(m3, m4);
    v128.store(y, f32x4.add(f32x4.add(v128.load(at), s), p));
    const y1 = f32x4.add(d, twice(q));
    if (columns > 1) {
      if (outWidth == 4) {
        v128.store(y + pixelBytes, y1);
        if (columns > 2) v128.store(y + 2 * pixelBytes, madd(four, p, s));
        if (columns > 3) v128.store(y + 3 * pixelBytes, f32x4.add(madd(eight, q, d), m5));
      } else if (outWidth == 2) {
        v128.store(y + pixelBytes, f32x4.add(y1, m5));
      } else {
        v128.store(y + pixelBytes, y1);
        if (columns > 2) v128.store(y + 2 * pixelBytes, f32x4.add(madd(four, p, s), m5));
      }
    }
    y += rowBytes;
    at += SIX;
  }
}

/** points = A dy Aᵀ: `outHeight` × `outWidth` pixels, zero but for the first `rows` × `columns`, to 36 points. */
export function gradientTile(
  dy: usize, rowBytes: usize, pixelBytes: usize, outHeight: i32, outWidth: i32, rows: i32, columns: i32,
  points: usize, pointBytes: usize, temp: usize,
): void {
  const zero = f32x4.splat(0);
  const four = f32x4.splat(4);
  let at = temp;
  const rowsEnd = temp + SIX * <usize>rows;
  while (at != rowsEnd) {
    const y0 = v128.load(dy);
    let y1 = zero, y2 = zero, y3 = zero;
    if (columns > 1) y1 = v128.load(dy + pixelBytes);
    if (columns > 2) y2 = v128.load(dy + 2 * pixelBytes);
    if (columns > 3) y3 = v128.load(dy + 3 * pixelBytes);
    const last = outWidth == 4 ? y3 : outWidth == 3 ? y2 : y1;
    const p = f32x4.add(y0, y2);
    const q = f32x4.add(y1, y3);
    const r = madd(four, y2, y0);
    const s = twice(madd(four, y3, y1));
    v128.store(at, y0);
    v128.store(at, f32x4.add(p, q), 16);
    v128.store(at, f32x4.sub(p, q), 32);
    v128.store(at, f32x4.add(r, s), 48);
    v128.store(at, f32x4.sub(r, s), 64);
    v128.store(at, last, 80);
    dy += rowBytes;
    at += SIX;
  }
  const outsideEnd = temp + SIX * <usize>outHeight;
  while (at != outsideEnd) {
    v128.store(at, zero);
    at += VECTOR;
  }
  const rowOfPoints = pointBytes * 6;
  const rows3 = rowOfPoints * 3;
  at = temp;
  const end = temp + SIX;
  while (at != end) {
    const half = points + rows3;
    const y0 = v128.load(at);
    const y1 = v128.load(at, 96);
    let y2 = zero, y3 = zero, last = y1;
    if (outHeight == 4) {
      y2 = v128.load(at, 192);
      y3 = v128.load(at, 288);
      last = y3;
    } else if (outHeight == 3) {
      y2 = v128.load(at, 192);
      last = y2;
    }
    const p = f32x4.add(y0, y2);
    const q = f32x4.add(y1, y3);
    const r = madd(four, y2, y0);
    const s = twice(madd(four, y3, y1));
    v128.store(points, y0);
    v128.store(points + rowOfPoints, f32x4.add(p, q));
    v128.store(points + 2 * rowOfPoints, f32x4.sub(p, q));
    v128.store(half, f32x4.add(r, s));
    v128.store(half + rowOfPoints, f32x4.sub(r, s));
    v128.store(half + 2 * rowOfPoints, last);
    points += pointBytes;
    at += VECTOR;
  }
}

/**
 * dx[i][j] += B v Bᵀ: 36 points to 6 × 6 pixels, which overlap those of neighbouring tiles. Rows r0 … r1, columns q0 … q1 lie in the
 * image. Accumulates into those.
 */
export function inputGradientTile(
  points: usize, pointBytes: usize, dx: usize, rowBytes: usize, pixelBytes: usize, r0: i32, r1: i32, q0: i32, q1: i32, temp: usize,
): void {
  const four = f32x4.splat(4);
  const minusFour = f32x4.splat(-4);
  const minusFive = f32x4.splat(-5);
  const rowOfPoints = pointBytes * 6;
  const rows3 = rowOfPoints * 3;
  let at = temp;
  const end = temp + SIX;
  while (at != end) {
    const half = points + rows3;
    const t0 = v128.load(points);
    const t1 = v128.load(points + rowOfPoints);
    const t2 = v128.load(points + 2 * rowOfPoints);
    const t3 = v128.load(half);
    const t4 = v128.load(half + rowOfPoints);
    const t5 = v128.load(half + 2 * rowOfPoints);
    const s = f32x4.add(t1, t2);
    const d = f32x4.sub(t1, t2);
    const p = f32x4.add(t3, t4);
    const q = twice(f32x4.sub(t3, t4));
    v128.store(at, f32x4.mul(four, t0));
    v128.store(at, f32x4.sub(madd(minusFour, d, f32x4.mul(four, t5)), q), 96);
    v128.store(at, f32x4.sub(madd(minusFive, t0, f32x4.mul(minusFour, s)), p), 192);
    v128.store(at, f32x4.add(madd(minusFive, t5, d), q), 288);
    v128.store(at, f32x4.add(f32x4.add(t0, s), p), 384);
    v128.store(at, t5, 480);
    points += pointBytes;
    at += VECTOR;
  }
  if (r1 <= r0) return;
  const rowsEnd = temp + SIX * <usize>r1;
  const whole = q0 == 0 && q1 == 6;
  const pixel3 = pixelBytes * 3;
  at = temp + SIX * <usize>r0;
  dx += rowBytes * <usize>r0;
  while (at != rowsEnd) {
    const half = dx + pixel3;
    const t0 = v128.load(at);
    const t1 = v128.load(at, 16);
    const t2 = v128.load(at, 32);
    const t3 = v128.load(at, 48);
    const t4 = v128.load(at, 64);
    const t5 = v128.load(at, 80);
    const s = f32x4.add(t1, t2);
    const d = f32x4.sub(t1, t2);
    const p = f32x4.add(t3, t4);
    const q = twice(f32x4.sub(t3, t4));
    const d1 = f32x4.sub(madd(minusFour, d, f32x4.mul(four, t5)), q);
    const d2 = f32x4.sub(madd(minusFive, t0, f32x4.mul(minusFour, s)), p);
    const d3 = f32x4.add(madd(minusFive, t5, d), q);
    const d4 = f32x4.add(f32x4.add(t0, s), p);
    if (whole) {
      v128.store(dx, madd(four, t0, v128.load(dx)));
      v128.store(dx + pixelBytes, f32x4.add(v128.load(dx + pixelBytes), d1));
      v128.store(dx + 2 * pixelBytes, f32x4.add(v128.load(dx + 2 * pixelBytes), d2));
      v128.store(half, f32x4.add(v128.load(half), d3));
      v128.store(half + pixelBytes, f32x4.add(v128.load(half + pixelBytes), d4));
      v128.store(half + 2 * pixelBytes, f32x4.add(v128.load(half + 2 * pixelBytes), t5));
    } else {
      if (q0 == 0 && q1 > 0) v128.store(dx, madd(four, t0, v128.load(dx)));
      if (q0 <= 1 && q1 > 1) v128.store(dx + pixelBytes, f32x4.add(v128.load(dx + pixelBytes), d1));
      if (q0 <= 2 && q1 > 2) v128.store(dx + 2 * pixelBytes, f32x4.add(v128.load(dx + 2 * pixelBytes), d2));
      if (q0 <= 3 && q1 > 3) v128.store(half, f32x4.add(v128.load(half), d3));
      if (q0 <= 4 && q1 > 4) v128.store(half + pixelBytes, f32x4.add(v128.load(half + pixelBytes), d4));
      if (q0 <= 5 && q1 > 5) v128.store(half + 2 * pixelBytes, f32x4.add(v128.load(half + 2 * pixelBytes), t5));
    }
    dx += rowBytes;
    at += SIX;
  }
}

/** points = G g Gᵀ of four kernels at once: `height` × `width` taps (3 to 5), `tapBytes` apart, to 36 points. */
export function weightTile(
  g: usize, tapBytes: usize, height: i32, width: i32, points: usize, pointBytes: usize, temp: usize,
): void {
  // Columns first: temp[i][kw] = Σ_kh G[i][kh] g[kh][kw].
  const rowBytes = tapBytes * <usize>width;
  for (let kw = 0; kw < width; kw++) {
    storeG(g + <usize>kw * tapBytes, rowBytes, height, temp + <usize>kw * VECTOR, SIX);
  }
  for (let i: usize = 0; i < 6; i++) {
    storeG(temp + i * SIX, VECTOR, width, points + 6 * i * pointBytes, pointBytes);
  }
}

/** target[0…6) = G g for `taps` taps. Read before written: target may begin where g does. */
// @ts-ignore: decorator
@inline
function storeG(g: usize, step: usize, taps: i32, target: usize, targetStep: usize): void {
  const zero = f32x4.splat(0);
  const g0 = v128.load(g);
  const g1 = v128.load(g + step);
  const g2 = v128.load(g + 2 * step);
  let g3 = zero, g4 = zero, last = g2;
  if (taps > 3) {
    g3 = v128.load(g + 3 * step);
    last = g3;
  }
  if (taps > 4) {
    g4 = v128.load(g + 4 * step);
    last = g4;
  }
  const even = f32x4.mul(f32x4.add(f32x4.add(g0, g2), g4), f32x4.splat(<f32>(-1.0 / 6.0)));
  const odd = f32x4.mul(f32x4.add(g1, g3), f32x4.splat(<f32>(-1.0 / 6.0)));
  const even2 = f32x4.mul(madd(f32x4.splat(16), g4, madd(f32x4.splat(4), g2, g0)), f32x4.splat(<f32>(1.0 / 24.0)));
  const odd2 = f32x4.mul(madd(f32x4.splat(4), g3, g1), f32x4.splat(<f32>(1.0 / 12.0)));
  v128.store(target, f32x4.mul(g0, f32x4.splat(0.25)));
  v128.store(target + targetStep, f32x4.add(even, odd));
  v128.store(target + 2 * targetStep, f32x4.sub(even, odd));
  v128.store(target + 3 * targetStep, f32x4.add(even2, odd2));
  v128.store(target + 4 * targetStep, f32x4.sub(even2, odd2));
  v128.store(target + 5 * targetStep, last);
}

/** g = Gᵀ (Σ over `slots` partial sums of the points) G of four kernels at once. Overwrites the taps. */
export function weightGradientTile(
  points: usize, pointBytes: usize, slots: i32, slotBytes: usize, g: usize, tapBytes: usize, height: i32, width: i32, temp: usize,
): void {
  for (let i: usize = 0; i < 6; i++) {
    for (let j: usize = 0; j < 6; j++) {
      let at = points + (6 * i + j) * pointBytes;
      let sum = v128.load(at);
      for (let s = 1; s < slots; s++) {
        at += slotBytes;
        sum = f32x4.add(sum, v128.load(at));
      }
      v128.store(temp + i * SIX + j * VECTOR, sum);
    }
  }
  for (let i: usize = 0; i < 6; i++) storeTransposedG(temp + i * SIX, VECTOR, width, temp + i * SIX, VECTOR);
  for (let kw = 0; kw < width; kw++) {
    storeTransposedG(temp + <usize>kw * VECTOR, SIX, height, g + <usize>kw * tapBytes, tapBytes * <usize>width);
  }
}

/** target[0…taps) = Gᵀ z. Read before written. */
// @ts-ignore: decorator
@inline
function storeTransposedG(z: usize, step: usize, taps: i32, target: usize, targetStep: usize): void {
  const z1 = v128.load(z + step);
  const z2 = v128.load(z + 2 * step);
  const z3 = v128.load(z + 3 * step);
  const z4 = v128.load(z + 4 * step);
  const z5 = v128.load(z + 5 * step);
  const s = f32x4.mul(f32x4.add(z1, z2), f32x4.splat(<f32>(-1.0 / 6.0)));
  const d = f32x4.mul(f32x4.sub(z1, z2), f32x4.splat(<f32>(-1.0 / 6.0)));
  const p = f32x4.mul(f32x4.add(z3, z4), f32x4.splat(<f32>(1.0 / 24.0)));
  const q = f32x4.mul(f32x4.sub(z3, z4), f32x4.splat(<f32>(1.0 / 12.0)));
  const third = madd(f32x4.splat(4), p, s);
  v128.store(target, f32x4.add(madd(f32x4.splat(0.25), v128.load(z), s), p));
  v128.store(target + targetStep, f32x4.add(d, q));
  if (taps == 3) {
    v128.store(target + 2 * targetStep, f32x4.add(third, z5));
  } else {
    v128.store(target + 2 * targetStep, third);
    const fourth = madd(f32x4.splat(4), q, d);
    if (taps == 4) {
      v128.store(target + 3 * targetStep, f32x4.add(fourth, z5));
    } else {
      v128.store(target + 3 * targetStep, fourth);
      v128.store(target + 4 * targetStep, f32x4.add(madd(f32x4.splat(16), p, s), z5));
    }
  }
}
