/**
 * Matrix products on transformed tiles (`winograd.ts`). Rows are tiles, 64 channels and a little padding apart: a constant, so that the
 * hot loops compute no addresses, and no power of two.
 *
 *   c[t][0..width) (+)= Σ_k a[t][k] · w[k][0..width)        forward and input gradient, w in panels
 *   c[i][0..width) (+)= Σ_t a[t][i] · b[t][0..width)        weight gradient, c in panels
 *
 * With `fresh` c is overwritten, else added to. All are exported so that they stay functions of their own, and do their first step before the
 * loop, so that V8 keeps the bases of their addresses in registers.
 */
import { madd } from "./vector";

/** Bytes between the rows of a transformed buffer, and its multiples. */
export const ROW: usize = 272;
const ROW2: usize = 544;
const ROW3: usize = 816;
const ROW4: usize = 1088;
const ROW5: usize = 1360;
const ROW6: usize = 1632;
const ROW7: usize = 1904;
const ROW8: usize = 2176;
const ROW9: usize = 2448;
const ROW10: usize = 2720;
const ROW11: usize = 2992;

export function product6x8(a: usize, aEnd: usize, w: usize, c: usize, fresh: i32): void {
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  if (!fresh) {
    c00 = v128.load(c); c01 = v128.load(c, 16);
    c10 = v128.load(c, ROW); c11 = v128.load(c + ROW, 16);
    c20 = v128.load(c, ROW2); c21 = v128.load(c + ROW2, 16);
    c30 = v128.load(c, ROW3); c31 = v128.load(c + ROW3, 16);
    c40 = v128.load(c, ROW4); c41 = v128.load(c + ROW4, 16);
    c50 = v128.load(c, ROW5); c51 = v128.load(c + ROW5, 16);
  }
  let b0 = v128.load(w);
  let b1 = v128.load(w, 16);
  let s = v128.load_splat<f32>(a);
  c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
  s = v128.load_splat<f32>(a, ROW);
  c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
  s = v128.load_splat<f32>(a, ROW2);
  c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
  s = v128.load_splat<f32>(a, ROW3);
  c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
  s = v128.load_splat<f32>(a, ROW4);
  c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
  s = v128.load_splat<f32>(a, ROW5);
  c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
  a += 4;
  w += 32;
  while (a != aEnd) {
    b0 = v128.load(w);
    b1 = v128.load(w, 16);
    s = v128.load_splat<f32>(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load_splat<f32>(a, ROW);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load_splat<f32>(a, ROW2);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load_splat<f32>(a, ROW3);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load_splat<f32>(a, ROW4);
    c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load_splat<f32>(a, ROW5);
    c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    a += 4;
    w += 32;
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  v128.store(c, c10, ROW); v128.store(c + ROW, c11, 16);
  v128.store(c, c20, ROW2); v128.store(c + ROW2, c21, 16);
  v128.store(c, c30, ROW3); v128.store(c + ROW3, c31, 16);
  v128.store(c, c40, ROW4); v128.store(c + ROW4, c41, 16);
  v128.store(c, c50, ROW5); v128.store(c + ROW5, c51, 16);
}

export function product4x8(a: usize, aEnd: usize, w: usize, c: usize, fresh: i32): void {
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  if (!fresh) {
    c00 = v128.load(c); c01 = v128.load(c, 16);
    c10 = v128.load(c, ROW); c11 = v128.load(c + ROW, 16);
    c20 = v128.load(c, ROW2); c21 = v128.load(c + ROW2, 16);
    c30 = v128.load(c, ROW3); c31 = v128.load(c + ROW3, 16);
  }
  let b0 = v128.load(w);
  let b1 = v128.load(w, 16);
  let s = v128.load_splat<f32>(a);
  c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
  s = v128.load_splat<f32>(a, ROW);
  c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
  s = v128.load_splat<f32>(a, ROW2);
  c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
  s = v128.load_splat<f32>(a, ROW3);
  c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
  a += 4;
  w += 32;
  while (a != aEnd) {
    b0 = v128.load(w);
    b1 = v128.load(w, 16);
    s = v128.load_splat<f32>(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load_splat<f32>(a, ROW);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load_splat<f32>(a, ROW2);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load_splat<f32>(a, ROW3);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    a += 4;
    w += 32;
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  v128.store(c, c10, ROW); v128.store(c + ROW, c11, 16);
  v128.store(c, c20, ROW2); v128.store(c + ROW2, c21, 16);
  v128.store(c, c30, ROW3); v128.store(c + ROW3, c31, 16);
}

export function product12x4(a: usize, aEnd: usize, w: usize, c: usize, fresh: i32): void {
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, c10 = c0, c11 = c0;
  if (!fresh) {
    c0 = v128.load(c); c1 = v128.load(c, ROW); c2 = v128.load(c, ROW2); c3 = v128.load(c, ROW3);
    c4 = v128.load(c, ROW4); c5 = v128.load(c, ROW5); c6 = v128.load(c, ROW6); c7 = v128.load(c, ROW7);
    c8 = v128.load(c, ROW8); c9 = v128.load(c, ROW9); c10 = v128.load(c, ROW10); c11 = v128.load(c, ROW11);
  }
  let b = v128.load(w);
  c0 = madd(v128.load_splat<f32>(a), b, c0);
  c1 = madd(v128.load_splat<f32>(a, ROW), b, c1);
  c2 = madd(v128.load_splat<f32>(a, ROW2), b, c2);
  c3 = madd(v128.load_splat<f32>(a, ROW3), b, c3);
  c4 = madd(v128.load_splat<f32>(a, ROW4), b, c4);
  c5 = madd(v128.load_splat<f32>(a, ROW5), b, c5);
  c6 = madd(v128.load_splat<f32>(a, ROW6), b, c6);
  c7 = madd(v128.load_splat<f32>(a, ROW7), b, c7);
  c8 = madd(v128.load_splat<f32>(a, ROW8), b, c8);
  c9 = madd(v128.load_splat<f32>(a, ROW9), b, c9);
  c10 = madd(v128.load_splat<f32>(a, ROW10), b, c10);
  c11 = madd(v128.load_splat<f32>(a, ROW11), b, c11);
  a += 4;
  w += 16;
  while (a != aEnd) {
    b = v128.load(w);
    c0 = madd(v128.load_splat<f32>(a), b, c0);
    c1 = madd(v128.load_splat<f32>(a, ROW), b, c1);
    c2 = madd(v128.load_splat<f32>(a, ROW2), b, c2);
    c3 = madd(v128.load_splat<f32>(a, ROW3), b, c3);
    c4 = madd(v128.load_splat<f32>(a, ROW4), b, c4);
    c5 = madd(v128.load_splat<f32>(a, ROW5), b, c5);
    c6 = madd(v128.load_splat<f32>(a, ROW6), b, c6);
    c7 = madd(v128.load_splat<f32>(a, ROW7), b, c7);
    c8 = madd(v128.load_splat<f32>(a, ROW8), b, c8);
    c9 = madd(v128.load_splat<f32>(a, ROW9), b, c9);
    c10 = madd(v128.load_splat<f32>(a, ROW10), b, c10);
    c11 = madd(v128.load_splat<f32>(a, ROW11), b, c11);
    a += 4;
    w += 16;
  }
  v128.store(c, c0); v128.store(c, c1, ROW); v128.store(c, c2, ROW2); v128.store(c, c3, ROW3);
  v128.store(c, c4, ROW4); v128.store(c, c5, ROW5); v128.store(c, c6, ROW6); v128.store(c, c7, ROW7);
  v128.store(c, c8, ROW8); v128.store(c, c9, ROW9); v128.store(c, c10, ROW10); v128.store(c, c11, ROW11);
}

export function product4x4(a: usize, aEnd: usize, w: usize, c: usize, fresh: i32): void {
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0;
  if (!fresh) {
    c0 = v128.load(c); c1 = v128.load(c, ROW); c2 = v128.load(c, ROW2); c3 = v128.load(c, ROW3);
  }
  let b = v128.load(w);
  c0 = madd(v128.load_splat<f32>(a), b, c0);
  c1 = madd(v128.load_splat<f32>(a, ROW), b, c1);
  c2 = madd(v128.load_splat<f32>(a, ROW2), b, c2);
  c3 = madd(v128.load_splat<f32>(a, ROW3), b, c3);
  a += 4;
  w += 16;
  while (a != aEnd) {
    b = v128.load(w);
    c0 = madd(v128.load_splat<f32>(a), b, c0);
    c1 = madd(v128.load_splat<f32>(a, ROW), b, c1);
    c2 = madd(v128.load_splat<f32>(a, ROW2), b, c2);
    c3 = madd(v128.load_splat<f32>(a, ROW3), b, c3);
    a += 4;
    w += 16;
  }
  v128.store(c, c0); v128.store(c, c1, ROW); v128.store(c, c2, ROW2); v128.store(c, c3, ROW3);
}

export function outer6x8(a: usize, aEnd: usize, b: usize, c: usize, fresh: i32): void {
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  if (!fresh) {
    c00 = v128.load(c); c01 = v128.load(c, 16);
    c10 = v128.load(c, 32); c11 = v128.load(c, 48);
    c20 = v128.load(c, 64); c21 = v128.load(c, 80);
    c30 = v128.load(c, 96); c31 = v128.load(c, 112);
    c40 = v128.load(c, 128); c41 = v128.load(c, 144);
    c50 = v128.load(c, 160); c51 = v128.load(c, 176);
  }
  let b0 = v128.load(b);
  let b1 = v128.load(b, 16);
  let s = v128.load_splat<f32>(a);
  c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
  s = v128.load_splat<f32>(a, 4);
  c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
  s = v128.load_splat<f32>(a, 8);
  c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
  s = v128.load_splat<f32>(a, 12);
  c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
  s = v128.load_splat<f32>(a, 16);
  c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
  s = v128.load_splat<f32>(a, 20);
  c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
  a += ROW;
  b += ROW;
  while (a != aEnd) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    s = v128.load_splat<f32>(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load_splat<f32>(a, 4);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load_splat<f32>(a, 8);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load_splat<f32>(a, 12);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    s = v128.load_splat<f32>(a, 16);
    c40 = madd(s, b0, c40); c41 = madd(s, b1, c41);
    s = v128.load_splat<f32>(a, 20);
    c50 = madd(s, b0, c50); c51 = madd(s, b1, c51);
    a += ROW;
    b += ROW;
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  v128.store(c, c10, 32); v128.store(c, c11, 48);
  v128.store(c, c20, 64); v128.store(c, c21, 80);
  v128.store(c, c30, 96); v128.store(c, c31, 112);
  v128.store(c, c40, 128); v128.store(c, c41, 144);
  v128.store(c, c50, 160); v128.store(c, c51, 176);
}

export function outer4x8(a: usize, aEnd: usize, b: usize, c: usize, fresh: i32): void {
  let c00 = f32x4.splat(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  if (!fresh) {
    c00 = v128.load(c); c01 = v128.load(c, 16);
    c10 = v128.load(c, 32); c11 = v128.load(c, 48);
    c20 = v128.load(c, 64); c21 = v128.load(c, 80);
    c30 = v128.load(c, 96); c31 = v128.load(c, 112);
  }
  let b0 = v128.load(b);
  let b1 = v128.load(b, 16);
  let s = v128.load_splat<f32>(a);
  c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
  s = v128.load_splat<f32>(a, 4);
  c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
  s = v128.load_splat<f32>(a, 8);
  c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
  s = v128.load_splat<f32>(a, 12);
  c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
  a += ROW;
  b += ROW;
  while (a != aEnd) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    s = v128.load_splat<f32>(a);
    c00 = madd(s, b0, c00); c01 = madd(s, b1, c01);
    s = v128.load_splat<f32>(a, 4);
    c10 = madd(s, b0, c10); c11 = madd(s, b1, c11);
    s = v128.load_splat<f32>(a, 8);
    c20 = madd(s, b0, c20); c21 = madd(s, b1, c21);
    s = v128.load_splat<f32>(a, 12);
    c30 = madd(s, b0, c30); c31 = madd(s, b1, c31);
    a += ROW;
    b += ROW;
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  v128.store(c, c10, 32); v128.store(c, c11, 48);
  v128.store(c, c20, 64); v128.store(c, c21, 80);
  v128.store(c, c30, 96); v128.store(c, c31, 112);
}

export function outer12x4(a: usize, aEnd: usize, b: usize, c: usize, fresh: i32): void {
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, c10 = c0, c11 = c0;
  if (!fresh) {
    c0 = v128.load(c); c1 = v128.load(c, 16); c2 = v128.load(c, 32); c3 = v128.load(c, 48);
    c4 = v128.load(c, 64); c5 = v128.load(c, 80); c6 = v128.load(c, 96); c7 = v128.load(c, 112);
    c8 = v128.load(c, 128); c9 = v128.load(c, 144); c10 = v128.load(c, 160); c11 = v128.load(c, 176);
  }
  let s = v128.load(b);
  c0 = madd(v128.load_splat<f32>(a), s, c0);
  c1 = madd(v128.load_splat<f32>(a, 4), s, c1);
  c2 = madd(v128.load_splat<f32>(a, 8), s, c2);
  c3 = madd(v128.load_splat<f32>(a, 12), s, c3);
  c4 = madd(v128.load_splat<f32>(a, 16), s, c4);
  c5 = madd(v128.load_splat<f32>(a, 20), s, c5);
  c6 = madd(v128.load_splat<f32>(a, 24), s, c6);
  c7 = madd(v128.load_splat<f32>(a, 28), s, c7);
  c8 = madd(v128.load_splat<f32>(a, 32), s, c8);
  c9 = madd(v128.load_splat<f32>(a, 36), s, c9);
  c10 = madd(v128.load_splat<f32>(a, 40), s, c10);
  c11 = madd(v128.load_splat<f32>(a, 44), s, c11);
  a += ROW;
  b += ROW;
  while (a != aEnd) {
    s = v128.load(b);
    c0 = madd(v128.load_splat<f32>(a), s, c0);
    c1 = madd(v128.load_splat<f32>(a, 4), s, c1);
    c2 = madd(v128.load_splat<f32>(a, 8), s, c2);
    c3 = madd(v128.load_splat<f32>(a, 12), s, c3);
    c4 = madd(v128.load_splat<f32>(a, 16), s, c4);
    c5 = madd(v128.load_splat<f32>(a, 20), s, c5);
    c6 = madd(v128.load_splat<f32>(a, 24), s, c6);
    c7 = madd(v128.load_splat<f32>(a, 28), s, c7);
    c8 = madd(v128.load_splat<f32>(a, 32), s, c8);
    c9 = madd(v128.load_splat<f32>(a, 36), s, c9);
    c10 = madd(v128.load_splat<f32>(a, 40), s, c10);
    c11 = madd(v128.load_splat<f32>(a, 44), s, c11);
    a += ROW;
    b += ROW;
  }
  v128.store(c, c0); v128.store(c, c1, 16); v128.store(c, c2, 32); v128.store(c, c3, 48);
  v128.store(c, c4, 64); v128.store(c, c5, 80); v128.store(c, c6, 96); v128.store(c, c7, 112);
  v128.store(c, c8, 128); v128.store(c, c9, 144); v128.store(c, c10, 160); v128.store(c, c11, 176);
}

export function outer4x4(a: usize, aEnd: usize, b: usize, c: usize, fresh: i32): void {
  let c0 = f32x4.splat(0);
  let c1 = c0, c2 = c0, c3 = c0;
  if (!fresh) {
    c0 = v128.load(c); c1 = v128.load(c, 16); c2 = v128.load(c, 32); c3 = v128.load(c, 48);
  }
  let s = v128.load(b);
  c0 = madd(v128.load_splat<f32>(a), s, c0);
  c1 = madd(v128.load_splat<f32>(a, 4), s, c1);
  c2 = madd(v128.load_splat<f32>(a, 8), s, c2);
  c3 = madd(v128.load_splat<f32>(a, 12), s, c3);
  a += ROW;
  b += ROW;
  while (a != aEnd) {
    s = v128.load(b);
    c0 = madd(v128.load_splat<f32>(a), s, c0);
    c1 = madd(v128.load_splat<f32>(a, 4), s, c1);
    c2 = madd(v128.load_splat<f32>(a, 8), s, c2);
    c3 = madd(v128.load_splat<f32>(a, 12), s, c3);
    a += ROW;
    b += ROW;
  }
  v128.store(c, c0); v128.store(c, c1, 16); v128.store(c, c2, 32); v128.store(c, c3, 48);
}
