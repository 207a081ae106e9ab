/** Softmax over channels: of each pixel, or of all that a sample holds where a vector lies as an image. */
import { expOfNegative } from "./elementary";

// @ts-ignore: decorator
@unmanaged
export class Softmax {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  /** The shares. */
  y: usize;
  yN: usize;
  yH: usize;
  yW: usize;
  /** Backward: the gradients of the shares and of the input. */
  dy: usize;
  dyN: usize;
  dyH: usize;
  dyW: usize;
  dx: usize;
  dxN: usize;
  dxH: usize;
  dxW: usize;
  height: i32;
  width: i32;
  quads: i32;
  /** Values of the last quad that are channels, 1 to 4. */
  tail: i32;
  /** 1: one distribution a sample; 0: one a pixel. */
  whole: i32;
  accumulate: i32;
}

/** All ones in the lanes that are channels. */
// @ts-ignore: decorator
@inline
function lanesOf(a: Softmax, c: i32): v128 {
  return i32x4.gt_s(i32x4.splat(c == a.quads - 1 ? a.tail : 4), i32x4(0, 1, 2, 3));
}

/** The sum of the lanes, in this order. */
// @ts-ignore: decorator
@inline
function sumOf(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** y[c] = e^(x[c] − m) / Σ_k e^(x[k] − m), m = max x. NaN reaches all shares. Overwrites y. */
export function softmaxForward(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Softmax>(address);
  for (let n = n0; n < n1; n++) {
    const x = a.x + <usize>n * a.xN;
    const y = a.y + <usize>n * a.yN;
    if (a.whole) sharesOf(a, x, y, a.height, a.width);
    else {
      for (let h = 0; h < a.height; h++) {
        for (let w = 0; w < a.width; w++)
          sharesOf(a, x + <usize>h * a.xH + <usize>w * a.xW, y + <usize>h * a.yH + <usize>w * a.yW, 1, 1);
      }
    }
  }
}

function sharesOf(a: Softmax, x: usize, y: usize, height: i32, width: i32): void {
  let most = f32x4.splat(-Infinity);
  for (let c = 0; c < a.quads; c++) {
    const lanes = lanesOf(a, c);
    for (let h = 0; h < height; h++) {
      let at = x + <usize>h * a.xH + (<usize>c << 4);
      // f32x4.max keeps NaN.
      for (let w = 0; w < width; w++, at += a.xW)
        most = f32x4.max(most, v128.bitselect(v128.load(at), f32x4.splat(-Infinity), lanes));
    }
  }
  const largest = f32x4.splat(
    max(
      max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
      max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
    ),
  );
  let sum = f32x4.splat(0);
  for (let c = 0; c < a.quads; c++) {
    const lanes = lanesOf(a, c);
    for (let h = 0; h < height; h++) {
      let from = x + <usize>h * a.xH + (<usize>c << 4);
      let to = y + <usize>h * a.yH + (<usize>c << 4);
      for (let w = 0; w < width; w++) {
        const power = v128.and(expOfNegative(f32x4.sub(v128.load(from), largest)), lanes);
        sum = f32x4.add(sum, power);
        v128.store(to, power);
        from += a.xW;
        to += a.yW;
      }
    }
  }
  const total = f32x4.splat(sumOf(sum));
  for (let c = 0; c < a.quads; c++) {
    const lanes = lanesOf(a, c);
    for (let h = 0; h < height; h++) {
      let to = y + <usize>h * a.yH + (<usize>c << 4);
      for (let w = 0; w < width; w++, to += a.yW) v128.store(to, v128.and(f32x4.div(v128.load(to), total), lanes));
    }
  }
}

/** dx[c] = y[c]·(dy[c] − Σ_k dy[k]·y[k]). Overwrites dx, or adds to it. */
export function softmaxGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Softmax>(address);
  for (let n = n0; n < n1; n++) {
    const y = a.y + <usize>n * a.yN;
    const dy = a.dy + <usize>n * a.dyN;
    const dx = a.dx + <usize>n * a.dxN;
    if (a.whole) gradientOf(a, y, dy, dx, a.height, a.width);
    else {
      for (let h = 0; h < a.height; h++) {
        for (let w = 0; w < a.width; w++) {
          const row = <usize>h;
          const column = <usize>w;
          gradientOf(
            a, y + row * a.yH + column * a.yW, dy + row * a.dyH + column * a.dyW, dx + row * a.dxH + column * a.dxW, 1, 1,
          );
        }
      }
    }
  }
}

function gradientOf(a: Softmax, y: usize, dy: usize, dx: usize, height: i32, width: i32): void {
  let products = f32x4.splat(0);
  for (let c = 0; c < a.quads; c++) {
    const lanes = lanesOf(a, c);
    for (let h = 0; h < height; h++) {
      let share = y + <usize>h * a.yH + (<usize>c << 4);
      let gradient = dy + <usize>h * a.dyH + (<usize>c << 4);
      for (let w = 0; w < width; w++) {
        products = f32x4.add(products, v128.and(f32x4.mul(v128.load(share), v128.load(gradient)), lanes));
        share += a.yW;
        gradient += a.dyW;
      }
    }
  }
  const dot = f32x4.splat(sumOf(products));
  const keep = i32x4.splat(a.accumulate ? -1 : 0);
  for (let c = 0; c < a.quads; c++) {
    const lanes = lanesOf(a, c);
    for (let h = 0; h < height; h++) {
      let share = y + <usize>h * a.yH + (<usize>c << 4);
      let gradient = dy + <usize>h * a.dyH + (<usize>c << 4);
      let to = dx + <usize>h * a.dxH + (<usize>c << 4);
      for (let w = 0; w < width; w++) {
        const value = v128.and(f32x4.mul(v128.load(share), f32x4.sub(v128.load(gradient), dot)), lanes);
        v128.store(to, f32x4.add(v128.and(v128.load(to), keep), value));
        share += a.yW;
        gradient += a.dyW;
        to += a.dxW;
      }
    }
  }
}
