/** Sums over batch and space. */
// @ts-ignore: decorator
@unmanaged
export class ChannelSums {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  height: i32;
  width: i32;
  quads: i32;
  sums: usize;
  slotStride: usize;
  chunk: i32;
}

/** sums[c] = Σ_n Σ_h Σ_w x[n][h][w][c]: a bias gradient. Overwrites the chunk's sum with its first samples, accumulates the rest. */
export function channelSums(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<ChannelSums>(address);
  const start = a.chunk == 0 ? 0 : task * a.chunk;
  const slot = a.sums + (a.chunk == 0 ? 0 : <usize>task * a.slotStride);
  const end = min(c1, a.quads);
  // Single values: the samples of the call are one row.
  const flat = a.height * a.width == 1;
  const xW = flat ? a.xN : a.xW;
  const length = <usize>(flat ? n1 - n0 : a.width) * xW;
  const samplesEnd = flat ? n0 + 1 : n1;
  for (let c = c0; c < end; c++) {
    const at = slot + (<usize>c << 4);
    let total = n0 == start ? f32x4.splat(0) : v128.load(at);
    for (let n = n0; n < samplesEnd; n++) {
      for (let h = 0; h < a.height; h++) {
        let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
        const rowEnd = x + length;
        let sum = f32x4.splat(0);
        while (x != rowEnd) {
          sum = f32x4.add(sum, v128.load(x));
          x += xW;
        }
        total = f32x4.add(total, sum);
      }
    }
    v128.store(at, total);
  }
}
