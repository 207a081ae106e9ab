/** Pooling with any window, stride and padding. `block.ts` has the fast path for windows that neither overlap nor leave the image. */
import { maxKeepNaN } from "./block";

// @ts-ignore: decorator
@unmanaged
export class Pool {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  /** The output, or its gradient. */
  y: usize;
  yN: usize;
  yH: usize;
  yW: usize;
  dx: usize;
  dxN: usize;
  dxH: usize;
  dxW: usize;
  height: i32;
  width: i32;
  quads: i32;
  outHeight: i32;
  outWidth: i32;
  /** 1 max, 2 average. */
  pool: i32;
  poolHeight: i32;
  poolWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  padTop: i32;
  padLeft: i32;
  accumulate: i32;
}

/** max ignores padding and keeps NaN; average counts padding as zeros. Overwrites y. */
export function poolForward(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Pool>(address);
  const end = min(c1, a.quads);
  const area = f32x4.splat(<f32>(a.poolHeight * a.poolWidth));
  for (let n = n0; n < n1; n++) {
    for (let c = c0; c < end; c++) {
      const x = a.x + <usize>n * a.xN + (<usize>c << 4);
      const y = a.y + <usize>n * a.yN + (<usize>c << 4);
      for (let oh = 0; oh < a.outHeight; oh++) {
        const h0 = max(oh * a.strideHeight - a.padTop, 0);
        const h1 = min(oh * a.strideHeight - a.padTop + a.poolHeight, a.height);
        for (let ow = 0; ow < a.outWidth; ow++) {
          const w0 = max(ow * a.strideWidth - a.padLeft, 0);
          const w1 = min(ow * a.strideWidth - a.padLeft + a.poolWidth, a.width);
          let m = f32x4.splat(a.pool == 1 ? -Infinity : 0);
          for (let h = h0; h < h1; h++) {
            for (let w = w0; w < w1; w++) {
              const v = v128.load(x + <usize>h * a.xH + <usize>w * a.xW);
              m = a.pool == 1 ? maxKeepNaN(m, v) : f32x4.add(m, v);
            }
          }
          if (a.pool == 2) m = f32x4.div(m, area);
          v128.store(y + <usize>oh * a.yH + <usize>ow * a.yW, m);
        }
      }
    }
  }
}

/**
 * max: dx at the first maximum of each window += dy;  average: dx over the window += dy / area. Windows may overlap.
 * Zeroes dx first unless `accumulate`.
 */
export function poolGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Pool>(address);
  const end = min(c1, a.quads);
  const share = f32x4.splat(<f32>1 / <f32>(a.poolHeight * a.poolWidth));
  for (let n = n0; n < n1; n++) {
    for (let c = c0; c < end; c++) {
      const x = a.x + <usize>n * a.xN + (<usize>c << 4);
      const y = a.y + <usize>n * a.yN + (<usize>c << 4);
      const dx = a.dx + <usize>n * a.dxN + (<usize>c << 4);
      if (!a.accumulate) {
        for (let h = 0; h < a.height; h++) {
          for (let w = 0; w < a.width; w++) v128.store(dx + <usize>h * a.dxH + <usize>w * a.dxW, f32x4.splat(0));
        }
      }
      for (let oh = 0; oh < a.outHeight; oh++) {
        const h0 = max(oh * a.strideHeight - a.padTop, 0);
        const h1 = min(oh * a.strideHeight - a.padTop + a.poolHeight, a.height);
        for (let ow = 0; ow < a.outWidth; ow++) {
          const w0 = max(ow * a.strideWidth - a.padLeft, 0);
          const w1 = min(ow * a.strideWidth - a.padLeft + a.poolWidth, a.width);
          const whole = v128.load(y + <usize>oh * a.yH + <usize>ow * a.yW);
          let m = f32x4.splat(-Infinity);
          if (a.pool == 1) {
            for (let h = h0; h < h1; h++) {
              for (let w = w0; w < w1; w++) m = maxKeepNaN(m, v128.load(x + <usize>h * a.xH + <usize>w * a.xW));
            }
          }
          let open = i32x4.splat(-1);
          for (let h = h0; h < h1; h++) {
            for (let w = w0; w < w1; w++) {
              let g = f32x4.mul(whole, share);
              if (a.pool == 1) {
                const v = v128.load(x + <usize>h * a.xH + <usize>w * a.xW);
                const here = v128.and(open, v128.or(f32x4.eq(v, m), f32x4.ne(v, v)));
                open = v128.andnot(open, here);
                g = v128.and(whole, here);
              }
              const at = dx + <usize>h * a.dxH + <usize>w * a.dxW;
              v128.store(at, f32x4.add(v128.load(at), g));
            }
          }
        }
      }
    }
  }
}
