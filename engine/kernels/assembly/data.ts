/** From bytes to activations, dropout, and the loss. */
import { expOfNegative64 } from "./elementary";
import { HEADER, job, activeSlots } from "./header";
import { workspace } from "./workspace";

// @ts-ignore: decorator
@unmanaged
export class Gather {
  y: usize;
  yN: usize;
  yH: usize;
  yW: usize;
  /** From one channel to the next. */
  yC: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** 1: the dataset holds f32 values, 0: bytes. */
  floats: i32;
}

/** Of a sample in the table of augmentations. */
const AUGMENTATION_BYTES: usize = 20;

// @ts-ignore: decorator
@inline
function clamp(value: i32, extent: i32): i32 {
  return max(0, min(value, extent - 1));
}

/**
 * One channel of a sample under its augmentation (flip, cropY, cropX, shiftY, shiftX):
 * y[h][w] = s(h + cropY, w + cropX), 0 outside;  s(h, w) = f(clamp(h + shiftY), clamp(w + shiftX));  f mirrors columns where flip is 1.
 */
export function gatherAugmented(a: Gather, source: usize, y: usize, table: usize, scale: f32, offset: f32): void {
  const flip = load<i32>(table);
  const cropY = load<i32>(table, 4);
  const cropX = load<i32>(table, 8);
  const shiftY = load<i32>(table, 12);
  const shiftX = load<i32>(table, 16);
  for (let h = 0; h < a.height; h++) {
    const croppedH = h + cropY;
    const row = clamp(croppedH + shiftY, a.height) * a.width;
    for (let w = 0; w < a.width; w++) {
      const croppedW = w + cropX;
      let value: f32 = 0;
      if (<u32>croppedH < <u32>a.height && <u32>croppedW < <u32>a.width) {
        let column = clamp(croppedW + shiftX, a.width);
        if (flip) column = a.width - 1 - column;
        const at = <usize>(row + column);
        value = a.floats ? load<f32>(source + (at << 2)) : <f32>load<u8>(source + at);
      }
      store<f32>(y + <usize>h * a.yH + <usize>w * a.yW, value * scale + offset);
    }
  }
}

// @ts-ignore: decorator
@inline
function scaled(four: v128, scales: v128, offsets: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(four), scales), offsets);
}

/**
 * y[n][h][w][c] = images[indices[n]][c][h][w] · scale[c] + offset[c], augmented where the job says so. Padding channels and borders are left
 * alone.
 */
export function gather(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Gather>(address);
  const area = a.height * a.width;
  const bytesOfValue: usize = a.floats ? 4 : 1;
  // Rows without gaps are one.
  const isRun = a.yW == 4 && a.yH == <usize>a.width << 2;
  const height = isRun ? 1 : a.height;
  const width = isRun ? area : a.width;
  for (let n = n0; n < n1; n++) {
    const sample = <usize>load<u32>(job().indices + (<usize>n << 2));
    for (let c = 0; c < a.channels; c++) {
      const first = job().images + (sample * <usize>(area * a.channels) + <usize>(c * area)) * bytesOfValue;
      const y = a.y + <usize>n * a.yN + <usize>c * a.yC;
      const scale = load<f32>(job().scaling + (<usize>c << 3));
      const offset = load<f32>(job().scaling + (<usize>c << 3), 4);
      if (job().augmentation != 0) {
        gatherAugmented(a, first, y, job().augmentation + <usize>n * AUGMENTATION_BYTES, scale, offset);
        continue;
      }
      const scales = f32x4.splat(scale);
      const offsets = f32x4.splat(offset);
      for (let h = 0; h < height; h++) {
        let source = first + <usize>(h * width) * bytesOfValue;
        let target = y + <usize>h * a.yH;
        let w = 0;
        if (a.yW == 4 && !a.floats) {
          for (; w + 16 <= width; w += 16) {
            const bytes = v128.load(source);
            const low = i16x8.extend_low_i8x16_u(bytes);
            const high = i16x8.extend_high_i8x16_u(bytes);
            v128.store(target, scaled(i32x4.extend_low_i16x8_u(low), scales, offsets));
            v128.store(target, scaled(i32x4.extend_high_i16x8_u(low), scales, offsets), 16);
            v128.store(target, scaled(i32x4.extend_low_i16x8_u(high), scales, offsets), 32);
            v128.store(target, scaled(i32x4.extend_high_i16x8_u(high), scales, offsets), 48);
            source += 16;
            target += 64;
          }
          for (; w + 4 <= width; w += 4) {
            const four = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(source)));
            v128.store(target, scaled(four, scales, offsets));
            source += 4;
            target += 16;
          }
        }
        for (; w < width; w++) {
          const value: f32 = a.floats ? load<f32>(source) : <f32>load<u8>(source);
          store<f32>(target, value * scale + offset);
          source += bytesOfValue;
          target += a.yW;
        }
      }
    }
  }
}

// @ts-ignore: decorator
@unmanaged
export class Dropout {
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
  quads: i32;
  key: u32;
  rate: f32;
  accumulate: i32;
}

/** The finalizer of MurmurHash3, four at a time. */
// @ts-ignore: decorator
@inline
export function mix4(value: v128): v128 {
  let hash = v128.xor(value, i32x4.shr_u(value, 16));
  hash = i32x4.mul(hash, i32x4.splat(0x85ebca6b));
  hash = v128.xor(hash, i32x4.shr_u(hash, 13));
  hash = i32x4.mul(hash, i32x4.splat(0xc2b2ae35));
  return v128.xor(hash, i32x4.shr_u(hash, 16));
}

/** The finalizer of MurmurHash3. */
// @ts-ignore: decorator
@inline
export function mix(value: u32): u32 {
  let hash = value ^ (value >> 16);
  hash *= 0x85ebca6b;
  hash ^= hash >> 13;
  hash *= 0xc2b2ae35;
  return hash ^ (hash >> 16);
}

/**
 * y = x · m with m = 0 where u < rate, else 1 / (1 − rate); u depends on key, step and the element's number in N·C·H·W order alone:
 * u = (mix(mix(key + step · 0x9e3779b9) ^ mix(number + 0x6a09e667)) >> 8) / 2²⁴. A product, so that NaN and Inf stay visible.
 * The gradient is the same product of dy. Overwrites y, or adds to it.
 */
export function dropout(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<Dropout>(address);
  const area = a.height * a.width;
  const stepKey = i32x4.splat(<i32>mix(a.key + <u32>job().step * 0x9e3779b9));
  const rate = f32x4.splat(a.rate);
  const keep = f32x4.splat(<f32>(1.0 / (1.0 - <f64>a.rate)));
  const unit = f32x4.splat(1.0 / 16777216.0);
  const laneStep = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(area));
  const end = min(c1, a.quads);
  for (let n = n0; n < n1; n++) {
    for (let c = c0; c < end; c++) {
      for (let h = 0; h < a.height; h++) {
        let x = a.x + <usize>n * a.xN + <usize>h * a.xH + (<usize>c << 4);
        let y = a.y + <usize>n * a.yN + <usize>h * a.yH + (<usize>c << 4);
        const first = (n * a.channels + (c << 2)) * area + h * a.width;
        for (let w = 0; w < a.width; w++) {
          const number = i32x4.add(i32x4.splat(first + w + 0x6a09e667), laneStep);
          const hash = mix4(v128.xor(stepKey, mix4(number)));
          const u = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(hash, 8)), unit);
          const mask = v128.andnot(keep, f32x4.lt(u, rate));
          const value = f32x4.mul(v128.load(x), mask);
          v128.store(y, a.accumulate ? f32x4.add(v128.load(y), value) : value);
          x += a.xW;
          y += a.yW;
        }
      }
    }
  }
}

// @ts-ignore: decorator
@unmanaged
export class SoftmaxLoss {
  logits: usize;
  logitsN: usize;
  probabilities: usize;
  probabilitiesN: usize;
  /** 0: no gradient. */
  gradient: usize;
  gradientN: usize;
  classes: i32;
  /** ε: share of a label that is spread evenly over all classes. */
  smoothing: f32;
  /** f64 loss of each row. */
  rowLoss: usize;
  /** i32 of each row: 1 when the largest logit is at the label; the first one wins ties. */
  rowCorrect: usize;
}

/** Rows that are computed step by step together: of one alone each step waits for the one before. */
const ROWS_AT_ONCE: i32 = 4;
/** Of a row in the workspace, before its powers: the largest logit as f64, and the sum of the powers. */
const POWERS: usize = 16;

/**
 * p[k] = exp(z[k] − m) / S with m = max z, S = Σ exp(z[k] − m);  q[k] = (1 − ε)·[k = label] + ε/K;
 * loss = Σ q[k]·(log S − (z[k] − m)), terms of q = 0 left out;  dz[k] = (p[k] − q[k]) / N. NaN reaches every p of its row. Overwrites.
 */
export function softmaxLoss(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<SoftmaxLoss>(address);
  const bytes = <usize>((a.classes + 3) & ~3) << 2;
  /** Of the last quad: all ones in the lanes that are classes. */
  const lastLanes = i32x4.gt_s(i32x4.splat(a.classes - <i32>(bytes >> 2) + 4), i32x4(0, 1, 2, 3));
  for (let n = n0; n < n1; n += ROWS_AT_ONCE) {
    const end = min(n + ROWS_AT_ONCE, n1);
    let row = workspace();
    for (let i = n; i < end; i++, row += POWERS + 2 * bytes)
      store<f64>(row, <f64>largestOf(a.logits + <usize>i * a.logitsN, bytes, lastLanes));
    row = workspace();
    for (let i = n; i < end; i++, row += POWERS + 2 * bytes) powersOf(a.logits + <usize>i * a.logitsN, bytes, lastLanes, row);
    row = workspace();
    for (let i = n; i < end; i++, row += POWERS + 2 * bytes) lossOfRow(a, <usize>i, bytes, lastLanes, row);
  }
}

/** NaN where one of them is. */
// @ts-ignore: decorator
@inline
function largestOf(z: usize, bytes: usize, lastLanes: v128): f32 {
  let most = v128.bitselect(v128.load(z + bytes - 16), f32x4.splat(-Infinity), lastLanes);
  for (let at: usize = 0; at < bytes - 16; at += 16) most = f32x4.max(most, v128.load(z + at));
  most = f32x4.max(most, i32x4.shuffle(most, most, 2, 3, 0, 1));
  most = f32x4.max(most, i32x4.shuffle(most, most, 1, 0, 3, 2));
  return f32x4.extract_lane(most, 0);
}

/** e^(z − largest), 0 in padding lanes, and their sum. */
// @ts-ignore: decorator
@inline
function powersOf(z: usize, bytes: usize, lastLanes: v128, row: usize): void {
  const largest = v128.load64_splat(row);
  let sums = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const lanes = at + 16 < bytes ? i32x4.splat(-1) : lastLanes;
    const low = f64x2.promote_low_f32x4(v128.load64_zero(z + at));
    const high = f64x2.promote_low_f32x4(v128.load64_zero(z + at, 8));
    const first = v128.and(expOfNegative64(f64x2.sub(low, largest)), i64x2.extend_low_i32x4_s(lanes));
    const second = v128.and(expOfNegative64(f64x2.sub(high, largest)), i64x2.extend_high_i32x4_s(lanes));
    v128.store(row + 2 * at, first, POWERS);
    v128.store(row + 2 * at, second, POWERS + 16);
    sums = f64x2.add(sums, f64x2.add(first, second));
  }
  store<f64>(row, f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1), 8);
}

// @ts-ignore: decorator
@inline
function lossOfRow(a: SoftmaxLoss, n: usize, bytes: usize, lastLanes: v128, row: usize): void {
  const z = a.logits + n * a.logitsN;
  const p = a.probabilities + n * a.probabilitiesN;
  const label = <usize>load<u8>(job().labels + <usize>load<u32>(job().indices + (n << 2)));
  const largest = load<f64>(row);
  const sum = load<f64>(row, 8);
  const smoothing = <f64>a.smoothing;
  const spread = smoothing / <f64>a.classes;
  const share: f64 = 1.0 / <f64>job().rows;
  const logSum = Math.log(sum);
  let loss = (1.0 - smoothing) * (logSum - (<f64>load<f32>(z + (label << 2)) - largest));
  if (spread != 0) {
    for (let k = 0; k < a.classes; k++) loss += spread * (logSum - (<f64>load<f32>(z + (<usize>k << 2)) - largest));
  }
  store<f64>(a.rowLoss + (n << 3), loss);
  store<i32>(a.rowCorrect + (n << 2), i32(bestOf(z, bytes, <f32>largest) == label));
  const inverse = f64x2.splat(1.0 / sum);
  const gradient: usize = a.gradient == 0 ? 0 : a.gradient + n * a.gradientN;
  for (let at: usize = 0; at < bytes; at += 16) {
    const low = f64x2.mul(v128.load(row + 2 * at, POWERS), inverse);
    const high = f64x2.mul(v128.load(row + 2 * at, POWERS + 16), inverse);
    // Padding lanes are 0: the kernels that follow read whole vectors.
    const lanes = at + 16 < bytes ? i32x4.splat(-1) : lastLanes;
    v128.store(p + at, v128.and(narrowed(low, high), lanes));
    if (gradient == 0) continue;
    const first = f64x2.mul(f64x2.sub(low, f64x2.splat(spread)), f64x2.splat(share));
    const second = f64x2.mul(f64x2.sub(high, f64x2.splat(spread)), f64x2.splat(share));
    v128.store(gradient + at, v128.and(narrowed(first, second), lanes));
  }
  if (gradient == 0) return;
  const probability = load<f64>(row + (label << 3), POWERS) * f64x2.extract_lane(inverse, 0);
  store<f32>(gradient + (label << 2), <f32>((probability - (1.0 - smoothing + spread)) * share));
}

/** Four f64 as f32. */
// @ts-ignore: decorator
@inline
function narrowed(low: v128, high: v128): v128 {
  return i32x4.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** The first class of the largest logit; more than all classes where that is NaN. No branch depends on the data: it would be foreseen badly. */
// @ts-ignore: decorator
@inline
function bestOf(z: usize, bytes: usize, largest: f32): usize {
  const wanted = f32x4.splat(largest);
  let best: usize = 0x3fffffff;
  for (let at = bytes; at > 0; at -= 16) {
    const found = i32x4.bitmask(f32x4.eq(v128.load(z + at - 16), wanted));
    best = select(((at - 16) >> 2) + <usize>ctz(found), best, found != 0);
  }
  return best;
}

// @ts-ignore: decorator
@unmanaged
export class SquaredLoss {
  x: usize;
  xN: usize;
  /** The predictions once more, as the output of the node. */
  y: usize;
  yN: usize;
  /** 0: no gradient. */
  gradient: usize;
  gradientN: usize;
  /** Numbers of a target. */
  width: i32;
  /** f64 loss of each row. */
  rowLoss: usize;
  /** i32 of each row: 0, a target is no class. */
  rowCorrect: usize;
}

/** y = x;  loss = 1/K Σ_k (x[k] − t[k])²;  dx[k] = 2·(x[k] − t[k]) / (N·K). Targets are f32, K a sample. Overwrites. */
export function squaredLoss(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<SquaredLoss>(address);
  const share: f64 = 2.0 / (<f64>job().rows * <f64>a.width);
  for (let n = n0; n < n1; n++) {
    const x = a.x + <usize>n * a.xN;
    const y = a.y + <usize>n * a.yN;
    const gradient: usize = a.gradient == 0 ? 0 : a.gradient + <usize>n * a.gradientN;
    const sample = <usize>load<u32>(job().indices + (<usize>n << 2));
    const target = job().labels + ((sample * <usize>a.width) << 2);
    let sum: f64 = 0;
    for (let k = 0; k < a.width; k++) {
      const at = <usize>k << 2;
      const value = load<f32>(x + at);
      const difference = <f64>value - <f64>load<f32>(target + at);
      sum += difference * difference;
      store<f32>(y + at, value);
      if (gradient != 0) store<f32>(gradient + at, <f32>(difference * share));
    }
    // Padding lanes: the kernels that follow read whole vectors.
    for (let k = a.width; k < ((a.width + 3) & -4); k++) {
      store<f32>(y + (<usize>k << 2), 0);
      if (gradient != 0) store<f32>(gradient + (<usize>k << 2), 0);
    }
    store<f64>(a.rowLoss + (<usize>n << 3), sum / <f64>a.width);
    store<i32>(a.rowCorrect + (<usize>n << 2), 0);
  }
}

// @ts-ignore: decorator
@unmanaged
export class LossTotal {
  rowLoss: usize;
  rowCorrect: usize;
}

/** Sums loss and correct predictions over the rows, in order, into the header, and marks a loss that is not finite. */
export function lossTotal(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<LossTotal>(address);
  let sum: f64 = 0;
  let correct = 0;
  for (let n = 0; n < job().rows; n++) {
    sum += load<f64>(a.rowLoss + (<usize>n << 3));
    correct += load<i32>(a.rowCorrect + (<usize>n << 2));
  }
  job().lossSum = sum;
  job().correct = correct;
  job().diverged = i32(sum - sum != 0);
}
