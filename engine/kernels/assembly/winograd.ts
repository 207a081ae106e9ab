/**
 * Convolution with stride 1 and kernels of 3 to 5 taps by Winograd's algorithm, forward and backward; the formulas are in
 * `winogradTransform.ts`. Tiles of 6 × 6 pixels are transformed, and each of the 36 points is a matrix product over the channels:
 * 36 multiplications instead of 9 · 16 (3 × 3) or 25 · 4 (5 × 5).
 *
 * A call takes its samples in batches of at most `tiles` tiles, which stay in the cache from the first transform to the last. Their
 * buffers are the thread's own and carry nothing from one batch to the next, so results depend on neither thread nor task.
 *
 * What lies outside the image counts as zero, as in the direct kernels. A value that is not finite reaches every output of the tiles
 * that it lies in: at least those that it reaches in a direct convolution, all others in these tiles too, as NaN or ±Inf.
 */
import { activeSlots } from "./header";
import { outer12x4, outer4x4, outer4x8, outer6x8, product12x4, product4x4, product4x8, product6x8, ROW } from "./winogradProduct";
import { gradientTile, inputGradientTile, inputTile, outputTile, weightGradientTile, weightTile } from "./winogradTransform";
import { workspace } from "./workspace";

const POINTS: usize = 36;
/** In the workspace: 36 vectors for the transforms, 36 for tiles that reach beyond the image, then the transformed tiles. */
const STAGE: usize = 640;
const BUFFERS: usize = 1344;
/** Of a staged tile: six vectors a row. */
const STAGE_ROW: usize = 96;

// @ts-ignore: decorator
@unmanaged
export class Winograd {
  /** First pixel of the input inside its border. */
  x: usize;
  xN: usize;
  xH: usize;
  xW: usize;
  height: i32;
  width: i32;
  /** Channels, and quads of them. */
  inputs: i32;
  inQuads: i32;
  /** Rows and columns of zeros around the input that may be read. */
  borderTop: i32;
  borderLeft: i32;
  borderBottom: i32;
  borderRight: i32;
  /** The output; backward its gradient. */
  y: usize;
  yN: usize;
  yH: usize;
  yW: usize;
  outHeight: i32;
  outWidth: i32;
  outputs: i32;
  outQuads: i32;
  /** Backward: the gradient of x, or 0. */
  dx: usize;
  dxN: usize;
  dxH: usize;
  dxW: usize;
  accumulate: i32;
  padTop: i32;
  padLeft: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  /** Tiles of a sample. */
  tilesHigh: i32;
  tilesWide: i32;
  /** Tiles of a batch at most; a multiple of 4. */
  tiles: i32;
  /** Weights in panels, term by term. */
  w: usize;
  /** Transformed weights: 36 panels sets, `uPoint` bytes apart, inputs as terms; outputs as terms. */
  u: usize;
  uPoint: usize;
  ut: usize;
  utPoint: usize;
  bias: usize;
  /** Sums of the transformed weight gradient, one per chunk of rows, or 0. */
  du: usize;
  slotStride: usize;
  chunk: i32;
  /** Weight gradient in panels. */
  dw: usize;
}

/** A tile of the input of which rows r0 … r1, columns q0 … q1 may be read, with zeros around them. */
function stageTile(x: usize, rowBytes: usize, pixelBytes: usize, r0: i32, r1: i32, q0: i32, q1: i32, stage: usize): void {
  for (let r = 0; r < 6; r++) {
    const row = x + <usize>r * rowBytes;
    const inside = r >= r0 && r < r1;
    let pixel = row;
    for (let q = 0; q < 6; q++) {
      v128.store(stage, inside && q >= q0 && q < q1 ? v128.load(pixel) : f32x4.splat(0));
      stage += 16;
      pixel += pixelBytes;
    }
  }
}

/** Where quad c of the transformed tiles begins: blocks of 64 channels, in them point after point. */
// @ts-ignore: decorator
@inline
function quadAt(buffer: usize, blockBytes: usize, c: i32): usize {
  return buffer + <usize>(c >> 4) * blockBytes + (<usize>(c & 15) << 4);
}

/** Bᵀ x B of `count` tiles from tile `first` of the samples from `n0` on. */
function transformInput(a: Winograd, n0: i32, first: i32, count: i32, buffer: usize, temp: usize): void {
  const point = <usize>a.tiles * ROW;
  const perSample = a.tilesHigh * a.tilesWide;
  const stage = temp + STAGE;
  for (let t = 0; t < count; t++) {
    const tile = (first + t) % perSample;
    const h = (tile / a.tilesWide) * (7 - a.kernelHeight) - a.padTop;
    const w = (tile % a.tilesWide) * (7 - a.kernelWidth) - a.padLeft;
    const x = a.x + <usize>(n0 + (first + t) / perSample) * a.xN + <usize>h * a.xH + <usize>w * a.xW;
    const r0 = max(0, -a.borderTop - h);
    const r1 = min(6, a.height + a.borderBottom - h);
    const q0 = max(0, -a.borderLeft - w);
    const q1 = min(6, a.width + a.borderRight - w);
    const whole = r0 == 0 && q0 == 0 && r1 == 6 && q1 == 6;
    const target = buffer + <usize>t * ROW;
    for (let c = 0; c < a.inQuads; c++) {
      const points = quadAt(target, POINTS * point, c);
      if (whole) {
        inputTile(x + (<usize>c << 4), a.xH, a.xW, points, point, temp);
      } else {
        stageTile(x + (<usize>c << 4), a.xH, a.xW, r0, r1, q0, q1, stage);
        inputTile(stage, STAGE_ROW, 16, points, point, temp);
      }
    }
  }
}

/** bias + Aᵀ m A of `count` tiles. Overwrites their outputs. */
function transformOutput(a: Winograd, n0: i32, first: i32, count: i32, buffer: usize, temp: usize): void {
  const point = <usize>a.tiles * ROW;
  const perSample = a.tilesHigh * a.tilesWide;
  const high = 7 - a.kernelHeight;
  const wide = 7 - a.kernelWidth;
  for (let t = 0; t < count; t++) {
    const tile = (first + t) % perSample;
    const h = (tile / a.tilesWide) * high;
    const w = (tile % a.tilesWide) * wide;
    const y = a.y + <usize>(n0 + (first + t) / perSample) * a.yN + <usize>h * a.yH + <usize>w * a.yW;
    const rows = min(high, a.outHeight - h);
    const columns = min(wide, a.outWidth - w);
    const source = buffer + <usize>t * ROW;
    for (let c = 0; c < a.outQuads; c++) {
      const points = quadAt(source, POINTS * point, c);
      const bias = a.bias == 0 ? f32x4.splat(0) : v128.load(a.bias + (<usize>c << 4));
      outputTile(points, point, y + (<usize>c << 4), a.yH, a.yW, high, wide, rows, columns, bias, temp);
    }
  }
}

/** A dy Aᵀ of `count` tiles. */
function transformGradient(a: Winograd, n0: i32, first: i32, count: i32, buffer: usize, temp: usize): void {
  const point = <usize>a.tiles * ROW;
  const perSample = a.tilesHigh * a.tilesWide;
  const high = 7 - a.kernelHeight;
  const wide = 7 - a.kernelWidth;
  for (let t = 0; t < count; t++) {
    const tile = (first + t) % perSample;
    const h = (tile / a.tilesWide) * high;
    const w = (tile % a.tilesWide) * wide;
    const dy = a.y + <usize>(n0 + (first + t) / perSample) * a.yN + <usize>h * a.yH + <usize>w * a.yW;
    const rows = min(high, a.outHeight - h);
    const columns = min(wide, a.outWidth - w);
    const target = buffer + <usize>t * ROW;
    for (let c = 0; c < a.outQuads; c++) {
      const points = quadAt(target, POINTS * point, c);
      gradientTile(dy + (<usize>c << 4), a.yH, a.yW, high, wide, rows, columns, points, point, temp);
    }
  }
}

/** dx += B v Bᵀ of `count` tiles. What falls outside the image is dropped. */
function transformInputGradient(a: Winograd, n0: i32, first: i32, count: i32, buffer: usize, temp: usize): void {
  const point = <usize>a.tiles * ROW;
  const perSample = a.tilesHigh * a.tilesWide;
  for (let t = 0; t < count; t++) {
    const tile = (first + t) % perSample;
    const h = (tile / a.tilesWide) * (7 - a.kernelHeight) - a.padTop;
    const w = (tile % a.tilesWide) * (7 - a.kernelWidth) - a.padLeft;
    const dx = a.dx + <usize>(n0 + (first + t) / perSample) * a.dxN + <usize>h * a.dxH + <usize>w * a.dxW;
    const r0 = max(0, -h);
    const r1 = min(6, a.height - h);
    const q0 = max(0, -w);
    const q1 = min(6, a.width - w);
    const source = buffer + <usize>t * ROW;
    for (let c = 0; c < a.inQuads; c++) {
      const points = quadAt(source, POINTS * point, c);
      inputGradientTile(points, point, dx + (<usize>c << 4), a.dxH, a.dxW, r0, r1, q0, q1, temp);
    }
  }
}

/** c[t][0…4·quads) = Σ_k a[t][k]·w[k][…] at each point, w in panels of `panelRows` rows. Rows beyond `count` hold anything. */
function multiply(
  a: usize, numTerms: i32, w: usize, wPoint: usize, panelRows: i32, c: usize, quads: i32, count: i32, point: usize,
): void {
  const block = POINTS * point;
  const rows = (count + 3) & ~3;
  const twelves = <usize>(rows / 12) * 12 * ROW;
  const fours = rows % 12 == 0 ? 0 : rows % 6 == 0 ? 0 : rows % 6 == 4 ? 1 : 2;
  const sixes = <usize>(rows - 4 * fours) * ROW;
  const end = <usize>rows * ROW;
  for (let p: usize = 0; p < POINTS; p++) {
    for (let q = 0; q < quads; q += 2) {
      const target = quadAt(c + p * point, block, q);
      const panel = w + p * wPoint + ((<usize>q * <usize>panelRows) << 4);
      for (let k = 0; k < numTerms; k += 64) {
        const source = a + p * point + <usize>(k >> 6) * block;
        const bytes = <usize>min(64, numTerms - k) << 2;
        const fresh: i32 = k == 0 ? 1 : 0;
        let t: usize = 0;
        if (q + 1 < quads) {
          const terms = panel + (<usize>k << 5);
          for (; t < sixes; t += 6 * ROW) product6x8(source + t, source + t + bytes, terms, target + t, fresh);
          for (; t < end; t += 4 * ROW) product4x8(source + t, source + t + bytes, terms, target + t, fresh);
        } else {
          const terms = panel + (<usize>k << 4);
          for (; t < twelves; t += 12 * ROW) product12x4(source + t, source + t + bytes, terms, target + t, fresh);
          for (; t < end; t += 4 * ROW) product4x4(source + t, source + t + bytes, terms, target + t, fresh);
        }
      }
    }
  }
}

/** c[i][0…4·quads) (+)= Σ_t a[t][i]·b[t][…] at each point, c in panels of 4·aQuads rows. */
function multiplyTransposed(
  a: usize, aQuads: i32, b: usize, quads: i32, c: usize, cPoint: usize, count: i32, point: usize, fresh: i32,
): void {
  const block = POINTS * point;
  const bytes = <usize>count * ROW;
  const panelRows = <usize>aQuads << 2;
  for (let p: usize = 0; p < POINTS; p++) {
    for (let q = 0; q < quads; q += 2) {
      const source = quadAt(b + p * point, block, q);
      const panel = c + p * cPoint + ((<usize>q * panelRows) << 4);
      for (let i = 0; i < aQuads; i += 16) {
        const channels = a + p * point + <usize>(i >> 4) * block;
        const rows = min(16, aQuads - i) << 2;
        let r = 0;
        if (q + 1 < quads) {
          let target = panel + (<usize>i << 7);
          const sixes = rows - (rows % 6 == 0 ? 0 : rows % 6 == 4 ? 4 : 8);
          for (; r < sixes; r += 6) {
            outer6x8(channels + (<usize>r << 2), channels + (<usize>r << 2) + bytes, source, target, fresh);
            target += 192;
          }
          for (; r < rows; r += 4) {
            outer4x8(channels + (<usize>r << 2), channels + (<usize>r << 2) + bytes, source, target, fresh);
            target += 128;
          }
        } else {
          let target = panel + (<usize>i << 6);
          const twelves = (rows / 12) * 12;
          for (; r < twelves; r += 12) {
            outer12x4(channels + (<usize>r << 2), channels + (<usize>r << 2) + bytes, source, target, fresh);
            target += 192;
          }
          for (; r < rows; r += 4) {
            outer4x4(channels + (<usize>r << 2), channels + (<usize>r << 2) + bytes, source, target, fresh);
            target += 64;
          }
        }
      }
    }
  }
}

/** Tiles of each batch of a call, as even as multiples of 4 allow. */
// @ts-ignore: decorator
@inline
function evenBatch(total: i32, most: i32): i32 {
  const batches = (total + most - 1) / most;
  return ((total + batches - 1) / batches + 3) & ~3;
}

/** y = bias + w ∗ x. Overwrites y. */
export function winogradForward(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Winograd>(address);
  const point = <usize>a.tiles * ROW;
  const temp = workspace();
  const v = temp + BUFFERS;
  const m = v + <usize>((a.inQuads + 15) >> 4) * POINTS * point;
  const total = (n1 - n0) * a.tilesHigh * a.tilesWide;
  const batch = evenBatch(total, a.tiles);
  for (let first = 0; first < total; first += batch) {
    const count = min(batch, total - first);
    transformInput(a, n0, first, count, v, temp);
    multiply(v, a.inputs, a.u, a.uPoint, a.inQuads << 2, m, a.outQuads, count, point);
    transformOutput(a, n0, first, count, m, temp);
  }
}

/**
 * The input gradient (dx ≠ 0) and the transformed weight gradient (du ≠ 0). Overwrites dx, or adds to it (`accumulate`); overwrites
 * the chunk's sum with its first tiles and accumulates the others.
 */
export function winogradGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Winograd>(address);
  const point = <usize>a.tiles * ROW;
  const temp = workspace();
  const v = temp + BUFFERS;
  const m = v + <usize>((a.inQuads + 15) >> 4) * POINTS * point;
  const du = a.du + <usize>task * a.slotStride;
  const start = task * a.chunk;
  if (a.dx != 0 && !a.accumulate) {
    for (let n = n0; n < n1; n++) {
      for (let h = 0; h < a.height; h++) memory.fill(a.dx + <usize>n * a.dxN + <usize>h * a.dxH, 0, <usize>a.width * a.dxW);
    }
  }
  const total = (n1 - n0) * a.tilesHigh * a.tilesWide;
  const batch = evenBatch(total, a.tiles);
  for (let first = 0; first < total; first += batch) {
    const count = min(batch, total - first);
    transformGradient(a, n0, first, count, m, temp);
    if (a.du != 0) {
      transformInput(a, n0, first, count, v, temp);
      const fresh: i32 = n0 == start && first == 0 ? 1 : 0;
      multiplyTransposed(v, a.inQuads, m, a.outQuads, du, a.uPoint, count, point, fresh);
    }
    if (a.dx != 0) {
      multiply(m, a.outputs, a.ut, a.utPoint, a.outQuads << 2, v, a.inQuads, count, point);
      transformInputGradient(a, n0, first, count, v, temp);
    }
  }
}

/** u = G w Gᵀ, and ut = u with inputs and outputs swapped unless ut is 0. Overwrites both but for padding inputs, which stay 0. */
export function winogradWeights(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Winograd>(address);
  const temp = workspace();
  const numTerms = <usize>(a.kernelHeight * a.kernelWidth * a.inputs);
  const end = min(c1, a.outQuads);
  for (let c = c0; c < end; c += 2) {
    // Panels before this one are 8 wide, this one may be the last of 4.
    const rowBytes = <usize>min(2, a.outQuads - c) << 4;
    const w = a.w + ((<usize>c * numTerms) << 4);
    const u = a.u + ((<usize>c * <usize>a.inQuads) << 6);
    for (let i = 0; i < a.inputs; i++) {
      for (let o: usize = 0; o < rowBytes; o += 16) {
        const at = <usize>i * rowBytes + o;
        weightTile(w + at, <usize>a.inputs * rowBytes, a.kernelHeight, a.kernelWidth, u + at, a.uPoint, temp);
      }
    }
    if (a.ut == 0) continue;
    for (let p: usize = 0; p < POINTS; p++) {
      for (let q = 0; q < a.inQuads; q++) {
        const source = u + p * a.uPoint + (<usize>q << 2) * rowBytes;
        const whole = q & ~1;
        const targetRow = <usize>min(2, a.inQuads - whole) << 4;
        const target = a.ut + p * a.utPoint + ((<usize>whole * <usize>a.outQuads) << 6) + (<usize>(q & 1) << 4);
        for (let o: usize = 0; o < rowBytes; o += 16) {
          const row = target + ((<usize>c << 2) + (o >> 2)) * targetRow;
          transpose(source + o, rowBytes, row, targetRow);
        }
      }
    }
  }
}

/** Four rows of four, swapped. */
// @ts-ignore: decorator
@inline
function transpose(source: usize, sourceRow: usize, target: usize, targetRow: usize): void {
  const x0 = v128.load(source);
  const x1 = v128.load(source + sourceRow);
  const x2 = v128.load(source + 2 * sourceRow);
  const x3 = v128.load(source + 3 * sourceRow);
  const s0 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
  const s1 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
  const s2 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
  const s3 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<f32>(s0, s2, 0, 1, 4, 5));
  v128.store(target + targetRow, v128.shuffle<f32>(s0, s2, 2, 3, 6, 7));
  v128.store(target + 2 * targetRow, v128.shuffle<f32>(s1, s3, 0, 1, 4, 5));
  v128.store(target + 3 * targetRow, v128.shuffle<f32>(s1, s3, 2, 3, 6, 7));
}

/** dw = Gᵀ (Σ du over the chunks, in order) G. Overwrites dw. */
export function winogradWeightGradient(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Winograd>(address);
  const temp = workspace();
  const slots = activeSlots(a.chunk);
  const numTerms = <usize>(a.kernelHeight * a.kernelWidth * a.inputs);
  const end = min(c1, a.outQuads);
  for (let c = c0; c < end; c += 2) {
    const rowBytes = <usize>min(2, a.outQuads - c) << 4;
    const dw = a.dw + ((<usize>c * numTerms) << 4);
    const du = a.du + ((<usize>c * <usize>a.inQuads) << 6);
    for (let i = 0; i < a.inputs; i++) {
      for (let o: usize = 0; o < rowBytes; o += 16) {
        const at = <usize>i * rowBytes + o;
        weightGradientTile(
          du + at, a.uPoint, slots, a.slotStride, dw + at, <usize>a.inputs * rowBytes, a.kernelHeight, a.kernelWidth, temp,
        );
      }
    }
  }
}
