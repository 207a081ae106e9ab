/** Moments of each lane by sums of differences from a value near the mean, so that nothing cancels. */
import { job } from "./header";
import { finiteOrZero, pixelsAtOnce, realLanes, seen, SUMS, vectorOr, View, WIDE } from "./statisticsView";
import { isFinite4, madd } from "./vector";

/** A value near the mean of each lane: the average of sixteen, without the least and the most of them. Overwrites `shift`. */
export function viewShift(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<View>(address);
  const rows = job().rows;
  const area = a.height * a.width;
  const floor = f32x4.splat(a.relu ? 0 : -Infinity);
  for (let c = 0; c < a.quads; c++) {
    const mean = vectorOr(a.mean, c, 0);
    const scale = vectorOr(a.scale, c, 1);
    const beta = vectorOr(a.beta, c, 0);
    let sum = f32x4.splat(0);
    let least = f32x4.splat(Infinity);
    let most = f32x4.splat(-Infinity);
    for (let i = 0; i < 16; i++) {
      const pixel = (((i * 7) & 15) * area + (area >> 1)) >> 4;
      const at = a.x + <usize>((i * rows) >> 4) * a.xN + <usize>(pixel / a.width) * a.xH + <usize>(pixel % a.width) * a.xW;
      const v = finiteOrZero(seen(v128.load(at + (<usize>c << 4)), mean, scale, beta, floor));
      sum = f32x4.add(sum, v);
      least = f32x4.pmin(least, v);
      most = f32x4.pmax(most, v);
    }
    const inner = f32x4.sub(f32x4.sub(sum, least), most);
    v128.store(a.shift + (<usize>c << 4), finiteOrZero(f32x4.mul(inner, f32x4.splat(1.0 / 14.0))));
  }
}

// @ts-ignore: decorator
@inline
export function clearSums(at: usize): void {
  v128.store(at, i32x4.splat(0));
  v128.store(at, i32x4.splat(0), 16);
  v128.store(at, f32x4.splat(Infinity), 32);
  v128.store(at, f32x4.splat(-Infinity), 48);
  v128.store(at, i32x4.splat(0), 64);
  v128.store(at, i32x4.splat(0), 80);
}

/** Sums of a chunk of rows. Overwrites its records. What has to be computed from x takes the slow way. */
export function viewMoments(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<View>(address);
  const floor = f32x4.splat(a.relu ? 0 : -Infinity);
  const slot = a.records + <usize>task * a.slotStride;
  const quads = a.quads;
  for (let c = 0; c < quads; c++) clearSums(slot + <usize>c * SUMS);
  // A sample without space is one pixel: then the run goes over the samples.
  const single = a.height * a.width == 1;
  const step = single ? a.xN : a.xW;
  const count = single ? n1 - n0 : a.width;
  const height = single ? 1 : a.height;
  const last = single ? n0 + 1 : n1;
  const block = single ? 256 : pixelsAtOnce(a.xW);
  for (let n = n0; n < last && a.mean == 0; n++) {
    for (let h = 0; h < height; h++) {
      const row = a.x + <usize>n * a.xN + <usize>h * a.xH;
      for (let w = 0; w < count; w += block) {
        const from = row + <usize>w * step;
        const length = <usize>min(block, count - w) * step;
        for (let c = 0; c < quads; c++) {
          const x = from + (<usize>c << 4);
          momentsRow(x, step, x + length, slot + <usize>c * SUMS, v128.load(a.shift + (<usize>c << 4)), floor);
        }
      }
    }
  }
  for (let c = 0; c < quads; c++) {
    const at = slot + <usize>c * SUMS;
    // Σd² is not finite if a value (or a square) is not.
    if (a.mean != 0 || !i32x4.all_true(isFinite4(v128.load(at, 16)))) {
      const shift = v128.load(a.shift + (<usize>c << 4));
      carefulMoments(address, n0, n1, c, at, shift, vectorOr(a.mean, c, 0), vectorOr(a.scale, c, 1), vectorOr(a.beta, c, 0), floor);
    }
  }
}

export function momentsRow(x: usize, step: usize, end: usize, at: usize, shift: v128, floor: v128): void {
  const zero = f32x4.splat(0);
  let rest = zero;
  let squares = zero;
  let least = v128.load(at, 32);
  let most = v128.load(at, 48);
  let zeros = v128.load(at, 64);
  while (x != end) {
    const v = f32x4.pmax(v128.load(x), floor);
    const d = f32x4.sub(v, shift);
    least = f32x4.pmin(least, v);
    most = f32x4.pmax(most, v);
    zeros = i32x4.sub(zeros, f32x4.eq(v, zero));
    rest = f32x4.add(rest, d);
    squares = madd(d, d, squares);
    x += step;
  }
  v128.store(at, f32x4.add(v128.load(at), rest));
  v128.store(at, f32x4.add(v128.load(at, 16), squares), 16);
  v128.store(at, least, 32);
  v128.store(at, most, 48);
  v128.store(at, zeros, 64);
}

/** The record of a quad whose values need not be finite. Overwrites. */
export function carefulMoments(
  address: usize, n0: i32, n1: i32, c: i32, at: usize, shift: v128, mean: v128, scale: v128, beta: v128, floor: v128,
): void {
  const a = changetype<View>(address);
  const zero = f32x4.splat(0);
  let rest = zero;
  let squares = zero;
  let least = f32x4.splat(Infinity);
  let most = f32x4.splat(-Infinity);
  let zeros = i32x4.splat(0);
  let bad = i32x4.splat(0);
  for (let n = n0; n < n1; n++) {
    for (let h = 0; h < a.height; h++) {
      let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
      const end = x + <usize>a.width * a.xW;
      let rowRest = zero;
      let rowSquares = zero;
      while (x != end) {
        const v = seen(v128.load(x), mean, scale, beta, floor);
        const ok = isFinite4(v);
        const d = v128.and(f32x4.sub(v, shift), ok);
        // pmin and pmax keep the first operand when the second is NaN; ±Inf is masked out by ok.
        least = v128.bitselect(f32x4.pmin(least, v), least, ok);
        most = v128.bitselect(f32x4.pmax(most, v), most, ok);
        zeros = i32x4.sub(zeros, f32x4.eq(v, zero));
        bad = i32x4.sub(bad, v128.not(ok));
        rowRest = f32x4.add(rowRest, d);
        rowSquares = f32x4.add(rowSquares, f32x4.mul(d, d));
        x += a.xW;
      }
      rest = f32x4.add(rest, rowRest);
      squares = f32x4.add(squares, rowSquares);
    }
  }
  v128.store(at, rest);
  v128.store(at, squares, 16);
  v128.store(at, least, 32);
  v128.store(at, most, 48);
  v128.store(at, zeros, 64);
  v128.store(at, bad, 80);
  if (!i32x4.all_true(v128.and(isFinite4(squares), isFinite4(rest)))) {
    wideMoments(address, n0, n1, c, at, shift, mean, scale, beta, floor);
  }
}

/**
 * Σd and Σd² of lanes whose squares are beyond float32, above about 1e19, though their values are not: of d · 2^−80, which is exact. The sign
 * of Σd² tells `joinQuad`. Overwrites the two in those lanes.
 */
function wideMoments(
  address: usize, n0: i32, n1: i32, c: i32, at: usize, shift: v128, mean: v128, scale: v128, beta: v128, floor: v128,
): void {
  const a = changetype<View>(address);
  const narrow = f32x4.splat(WIDE);
  const from = f32x4.mul(shift, narrow);
  let rest = f32x4.splat(0);
  let squares = f32x4.splat(0);
  for (let n = n0; n < n1; n++) {
    for (let h = 0; h < a.height; h++) {
      let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
      const end = x + <usize>a.width * a.xW;
      while (x != end) {
        const v = seen(v128.load(x), mean, scale, beta, floor);
        const d = v128.and(f32x4.sub(f32x4.mul(v, narrow), from), isFinite4(v));
        rest = f32x4.add(rest, d);
        squares = f32x4.sub(squares, f32x4.mul(d, d));
        x += a.xW;
      }
    }
  }
  const kept = v128.and(isFinite4(v128.load(at)), isFinite4(v128.load(at, 16)));
  v128.store(at, v128.bitselect(v128.load(at), rest, kept));
  v128.store(at, v128.bitselect(v128.load(at, 16), squares, kept), 16);
}

/** f64 number of values that are not finite, of each chunk, into the first word of its record. */
export function viewNonFinite(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  countLanes(address, n0, n1, task, false);
}

/** f64 number of finite values ≤ low or ≥ high, of each chunk, into the first word of its record. */
export function viewOutside(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  countLanes(address, n0, n1, task, true);
}

// @ts-ignore: decorator
@inline
function countLanes(address: usize, n0: i32, n1: i32, task: i32, outside: bool): void {
  const a = changetype<View>(address);
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const slot = a.records + <usize>task * a.slotStride;
  const quads = a.quads;
  const floor = f32x4.splat(a.relu ? 0 : -Infinity);
  const low = f32x4.splat(a.low);
  const high = f32x4.splat(a.high);
  let count = 0;
  for (let c = 0; c < quads; c++) {
    const mean = vectorOr(a.mean, c, 0);
    const scale = vectorOr(a.scale, c, 1);
    const beta = vectorOr(a.beta, c, 0);
    // Padding lanes are left out.
    const real = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(realLanes(a.channels, a.pixelQuads, c)));
    let sum = i32x4.splat(0);
    for (let n = n0; n < n1; n++) {
      for (let h = 0; h < a.height; h++) {
        let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
        const end = x + <usize>a.width * a.xW;
        while (x != end) {
          const v = seen(v128.load(x), mean, scale, beta, floor);
          const ok = isFinite4(v);
          const counted = outside ? v128.and(ok, v128.or(f32x4.le(v, low), f32x4.ge(v, high))) : v128.not(ok);
          sum = i32x4.sub(sum, v128.and(real, counted));
          x += a.xW;
        }
      }
    }
    count += i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
  }
  store<f64>(slot, <f64>count + (n0 == start ? 0.0 : load<f64>(slot)));
}
