/** Where branches meet: sums of values, channels copied to another place, values brought into another order. */

// @ts-ignore: decorator
@unmanaged
export class Sum {
  a: usize;
  aN: usize;
  aH: usize;
  b: usize;
  bN: usize;
  bH: usize;
  y: usize;
  yN: usize;
  yH: usize;
  height: i32;
  /** Of a row, padding channels included. */
  rowBytes: usize;
}

/** y = a + b. `y` may be `a`. Borders are left alone. */
export function sum(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const s = changetype<Sum>(address);
  for (let n = n0; n < n1; n++) {
    for (let h = 0; h < s.height; h++) {
      let a = s.a + <usize>n * s.aN + <usize>h * s.aH;
      let b = s.b + <usize>n * s.bN + <usize>h * s.bH;
      let y = s.y + <usize>n * s.yN + <usize>h * s.yH;
      const end = a + s.rowBytes;
      while (a != end) {
        v128.store(y, f32x4.add(v128.load(a), v128.load(b)));
        a += 16;
        b += 16;
        y += 16;
      }
    }
  }
}

// @ts-ignore: decorator
@unmanaged
export class CopyChannels {
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  y: usize;
  yN: usize;
  yH: usize;
  yW: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** Padding channels after them, which become 0; only of a call that overwrites. */
  zeros: i32;
  accumulate: i32;
  /** Parts of the channels, 0 or 1: only one; bytes between those of x and y. */
  parts: i32;
  xPart: usize;
  yPart: usize;
}

/** y[h][w][0 … channels) = x[h][w][0 … channels), or += it, part by part. None needs to begin at a multiple of four channels. */
export function copyChannels(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<CopyChannels>(address);
  for (let n = n0; n < n1; n++) {
    for (let h = 0; h < a.height; h++) {
      const x = a.x + <usize>n * a.xN + <usize>h * a.xH;
      const y = a.y + <usize>n * a.yN + <usize>h * a.yH;
      for (let part = 0; part < max(a.parts, 1); part++) {
        copyRow(a, x + <usize>part * a.xPart, y + <usize>part * a.yPart);
      }
    }
  }
}

function copyRow(a: CopyChannels, x: usize, y: usize): void {
  const quadBytes = <usize>(a.channels & -4) << 2;
  const tail = a.channels & 3;
  for (let w = 0; w < a.width; w++) {
    if (a.accumulate) addRun(x, y, x + quadBytes);
    else memory.copy(y, x, quadBytes);
    for (let t = 0; t < tail; t++) {
      const from = x + quadBytes + (<usize>t << 2);
      const to = y + quadBytes + (<usize>t << 2);
      const value = load<f32>(from);
      store<f32>(to, a.accumulate ? load<f32>(to) + value : value);
    }
    if (!a.accumulate) {
      for (let t = 0; t < a.zeros; t++) store<f32>(y + (<usize>(a.channels + t) << 2), 0);
    }
    x += a.xW;
    y += a.yW;
  }
}

/** y += x, four at a time. */
export function addRun(x: usize, y: usize, end: usize): void {
  while (x != end) {
    v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
    x += 16;
    y += 16;
  }
}

// @ts-ignore: decorator
@unmanaged
export class Order {
  x: usize;
  xN: usize;
  y: usize;
  yN: usize;
  /** u32 byte offsets within a sample, one for each value. */
  from: usize;
  to: usize;
  count: i32;
  /** Bytes of a sample of y that become 0 before, what lies between its values included; only of a call that overwrites. */
  clear: i32;
  accumulate: i32;
}

/** y[to[f]] = x[from[f]], or += it. */
export function order(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Order>(address);
  for (let n = n0; n < n1; n++) {
    const x = a.x + <usize>n * a.xN;
    const y = a.y + <usize>n * a.yN;
    if (!a.accumulate) memory.fill(y, 0, a.clear);
    for (let f = 0; f < a.count; f++) {
      const at = <usize>f << 2;
      const target = y + <usize>load<u32>(a.to + at);
      const value = load<f32>(x + <usize>load<u32>(a.from + at));
      store<f32>(target, a.accumulate ? load<f32>(target) + value : value);
    }
  }
}
