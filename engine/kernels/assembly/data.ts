/** From bytes to activations, dropout, and the loss. */
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

/**
 * p[k] = exp(z[k] − m) / S with m = max z, S = Σ exp(z[k] − m);  q[k] = (1 − ε)·[k = label] + ε/K;
 * loss = Σ q[k]·(log S − (z[k] − m)), terms of q = 0 left out;  dz[k] = (p[k] − q[k]) / N. NaN reaches every p of its row. Overwrites.
 */
export function softmaxLoss(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<SoftmaxLoss>(address);
  const share: f64 = 1.0 / <f64>job().rows;
  const smoothing = <f64>a.smoothing;
  const spread = smoothing / <f64>a.classes;
  // exp(z[k] − m) of a row.
  const powers = workspace();
  for (let n = n0; n < n1; n++) {
    const z = a.logits + <usize>n * a.logitsN;
    const p = a.probabilities + <usize>n * a.probabilitiesN;
    const label = <i32>load<u8>(job().labels + <usize>load<u32>(job().indices + (<usize>n << 2)));
    let largest: f32 = load<f32>(z);
    let best = 0;
    for (let k = 1; k < a.classes; k++) {
      const value = load<f32>(z + (<usize>k << 2));
      if (value > largest || value != value) {
        largest = value;
        best = k;
      }
      if (value != value) break;
    }
    let sum: f64 = 0;
    for (let k = 0; k < a.classes; k++) {
      const power = Math.exp(<f64>load<f32>(z + (<usize>k << 2)) - <f64>largest);
      store<f64>(powers + (<usize>k << 3), power);
      sum += power;
    }
    const inverse = 1.0 / sum;
    const logSum = Math.log(sum);
    let loss: f64 = 0;
    for (let k = 0; k < a.classes; k++) {
      const at = <usize>k << 2;
      const shifted = <f64>load<f32>(z + at) - <f64>largest;
      const probability = load<f64>(powers + (<usize>k << 3)) * inverse;
      const wanted = (k == label ? 1.0 - smoothing : 0.0) + spread;
      if (wanted != 0) loss += wanted * (logSum - shifted);
      store<f32>(p + at, <f32>probability);
      if (a.gradient != 0) {
        store<f32>(a.gradient + <usize>n * a.gradientN + at, <f32>((probability - wanted) * share));
      }
    }
    // Padding lanes: the kernels that follow read whole vectors.
    for (let k = a.classes; k < ((a.classes + 3) & -4); k++) {
      store<f32>(p + (<usize>k << 2), 0);
      if (a.gradient != 0) store<f32>(a.gradient + <usize>n * a.gradientN + (<usize>k << 2), 0);
    }
    store<f64>(a.rowLoss + (<usize>n << 3), loss);
    store<i32>(a.rowCorrect + (<usize>n << 2), i32(best == label && largest == largest));
  }
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
