/** The values of a sample in another order. */

// @ts-ignore: decorator
@unmanaged
export class Permute {
  /** The first sample, border included. */
  x: usize;
  xN: usize;
  y: usize;
  yN: usize;
  /** Bytes from the start of a sample to each value: u32 tables. */
  from: usize;
  to: usize;
  count: i32;
  /** Bytes of a sample of y that are zeroed first: padding and border of a buffer that may hold anything. 0: none. */
  clear: usize;
  accumulate: i32;
}

/** y[to[i]] = x[from[i]]. Overwrites, or adds to it. */
export function permute(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Permute>(address);
  const bytes = <usize>a.count << 2;
  for (let n = n0; n < n1; n++) {
    const x = a.x + <usize>n * a.xN;
    const y = a.y + <usize>n * a.yN;
    if (a.clear != 0) memory.fill(y, 0, a.clear);
    if (a.accumulate) {
      for (let i: usize = 0; i < bytes; i += 4) {
        const to = y + load<u32>(a.to + i);
        store<f32>(to, load<f32>(to) + load<f32>(x + load<u32>(a.from + i)));
      }
    } else {
      for (let i: usize = 0; i < bytes; i += 4) store<f32>(y + load<u32>(a.to + i), load<f32>(x + load<u32>(a.from + i)));
    }
  }
}
