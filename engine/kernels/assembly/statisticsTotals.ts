/** The sums of all chunks joined: lanes, the node, its channels, and ranges of histograms. Everything in f64. */
import { activeSlots, job } from "./header";
import { CHANNEL_BINS, LANE, NODE_CHANNELS, NODE_COUNTS, realLanes, SUMS, View, WIDE } from "./statisticsView";

/** Lane records, the node's record but for its counts, and the histograms of channel means and stds. Overwrites. */
export function viewTotals(address: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  const a = changetype<View>(address);
  for (let c = 0; c < a.quads; c++) joinQuad(a, c);

  const numLanes = a.quads << 2;
  let count: f64 = 0;
  let sum: f64 = 0;
  let least: f32 = Infinity;
  let most: f32 = -Infinity;
  let zeros: f64 = 0;
  let bad: f64 = 0;
  let from: f64 = 0;
  for (let i = 0; i < numLanes; i++) {
    if ((i & 3) >= realLanes(a.channels, a.pixelQuads, i >> 2)) continue;
    const lane = a.lanesOut + <usize>i * LANE;
    const finite = load<f64>(lane, 16);
    // Differences from the first mean cancel less.
    if (count == 0) from = load<f64>(lane);
    count += finite;
    sum += finite * (load<f64>(lane) - from);
    least = min(least, load<f32>(lane, 24));
    most = max(most, load<f32>(lane, 28));
    zeros += <f64>load<i32>(lane, 32);
    bad += <f64>load<i32>(lane, 36);
  }
  const mean = count == 0 ? 0.0 : from + sum / count;
  let squares: f64 = 0;
  for (let i = 0; i < numLanes; i++) {
    if ((i & 3) >= realLanes(a.channels, a.pixelQuads, i >> 2)) continue;
    const lane = a.lanesOut + <usize>i * LANE;
    const delta = load<f64>(lane) - mean;
    squares += load<f64>(lane, 8) + load<f64>(lane, 16) * delta * delta;
  }
  const lowest = count == 0 ? 0.0 : <f64>least;
  const highest = count == 0 ? 0.0 : <f64>most;
  store<f64>(a.node, count + bad);
  store<f64>(a.node, mean, 8);
  store<f64>(a.node, squares, 16);
  store<f64>(a.node, count, 24);
  store<f64>(a.node, lowest, 32);
  store<f64>(a.node, highest, 40);
  store<f64>(a.node, zeros, 48);
  store<f64>(a.node, bad, 56);
  if (!a.ranged) {
    const std = count == 0 ? 0.0 : Math.sqrt(squares / count);
    let low = Math.max(lowest, mean - 4.5 * std);
    let high = Math.min(highest, mean + 4.5 * std);
    if (low > 0 && low <= highest - lowest) low = 0;
    if (high < 0 && -high <= highest - lowest) high = 0;
    histogramRange(a.node, low, high);
  }
  joinChannels(a, a.node, a.period);
  if (a.twin != 0) {
    memory.copy(a.twin, a.node, NODE_COUNTS);
    joinChannels(a, a.twin, a.twinPeriod);
  }
}

const WIDE_UNIT: f64 = 1.0 / <f64>WIDE;

/** What a chunk's Σd is in units of, by its Σd²: see `SUMS`. */
// @ts-ignore: decorator
@inline
function unitOf(squares: v128): v128 {
  return v128.bitselect(f64x2.splat(WIDE_UNIT), f64x2.splat(1), f64x2.lt(squares, f64x2.splat(0)));
}

// @ts-ignore: decorator
@inline
function squaresOf(squares: v128): v128 {
  const unit = unitOf(squares);
  return f64x2.mul(f64x2.mul(f64x2.abs(squares), unit), unit);
}

/** mean = shift + Σd/n,  Σ(x − mean)² = Σd² − (Σd)²/n. */
function joinQuad(a: View, c: i32): void {
  const slots = activeSlots(a.chunk);
  let sum0 = f64x2.splat(0);
  let sum1 = f64x2.splat(0);
  let squares0 = f64x2.splat(0);
  let squares1 = f64x2.splat(0);
  let least = f32x4.splat(Infinity);
  let most = f32x4.splat(-Infinity);
  let zeros = i32x4.splat(0);
  let bad = i32x4.splat(0);
  let at = a.records + <usize>c * SUMS;
  for (let slot = 0; slot < slots; slot++) {
    const rest = v128.load(at);
    const square = v128.load(at, 16);
    const first = f64x2.promote_low_f32x4(square);
    const second = f64x2.promote_low_f32x4(v128.shuffle<f32>(square, square, 2, 3, 2, 3));
    sum0 = f64x2.add(sum0, f64x2.mul(f64x2.promote_low_f32x4(rest), unitOf(first)));
    sum1 = f64x2.add(sum1, f64x2.mul(f64x2.promote_low_f32x4(v128.shuffle<f32>(rest, rest, 2, 3, 2, 3)), unitOf(second)));
    squares0 = f64x2.add(squares0, squaresOf(first));
    squares1 = f64x2.add(squares1, squaresOf(second));
    least = f32x4.pmin(least, v128.load(at, 32));
    most = f32x4.pmax(most, v128.load(at, 48));
    zeros = i32x4.add(zeros, v128.load(at, 64));
    bad = i32x4.add(bad, v128.load(at, 80));
    at += a.slotStride;
  }
  const all = job().rows * a.height * a.width;
  storeLane(a, c, 0, f64x2.extract_lane(sum0, 0), f64x2.extract_lane(squares0, 0), f32x4.extract_lane(least, 0), f32x4.extract_lane(most, 0), i32x4.extract_lane(zeros, 0), i32x4.extract_lane(bad, 0), all);
  storeLane(a, c, 1, f64x2.extract_lane(sum0, 1), f64x2.extract_lane(squares0, 1), f32x4.extract_lane(least, 1), f32x4.extract_lane(most, 1), i32x4.extract_lane(zeros, 1), i32x4.extract_lane(bad, 1), all);
  storeLane(a, c, 2, f64x2.extract_lane(sum1, 0), f64x2.extract_lane(squares1, 0), f32x4.extract_lane(least, 2), f32x4.extract_lane(most, 2), i32x4.extract_lane(zeros, 2), i32x4.extract_lane(bad, 2), all);
  storeLane(a, c, 3, f64x2.extract_lane(sum1, 1), f64x2.extract_lane(squares1, 1), f32x4.extract_lane(least, 3), f32x4.extract_lane(most, 3), i32x4.extract_lane(zeros, 3), i32x4.extract_lane(bad, 3), all);
}

function finite(base: usize, lane: usize): f64 {
  if (base == 0) return 0;
  const value = load<f32>(base + (lane << 2));
  return value - value == 0 ? <f64>value : 0;
}

function storeLane(
  a: View, c: i32, number: i32, sum: f64, squares: f64, least: f32, most: f32, zeros: i32, bad: i32, all: i32,
): void {
  const lane = <usize>((c << 2) + number);
  const at = a.lanesOut + lane * LANE;
  const count = <f64>(all - bad);
  let shift = finite(a.shift, lane);
  if (a.shiftRelu) shift = Math.max(shift, 0);
  const correction = all == bad ? 0.0 : sum / count;
  store<f64>(at, shift + finite(a.bias, lane) + correction);
  // Rounding may leave less than nothing of equal values.
  store<f64>(at, Math.max(0, squares - correction * sum), 8);
  store<f64>(at, count, 16);
  store<f32>(at, least, 24);
  store<f32>(at, most, 28);
  store<i32>(at, zeros, 32);
  store<i32>(at, bad, 36);
}

/** Mean and std of each channel, channels that are 0 throughout, and histograms of the two. */
function joinChannels(a: View, node: usize, period: i32): void {
  const numLanes = a.quads << 2;
  let numChannels = 0;
  let dead: f64 = 0;
  for (let i = 0; i < (period == 0 ? numLanes : period); i++) {
    let count: f64 = 0;
    let sum: f64 = 0;
    let least: f32 = Infinity;
    let most: f32 = -Infinity;
    let bad = 0;
    let from: f64 = 0;
    let isReal = false;
    for (let j = i; j < numLanes; j += period == 0 ? numLanes : period) {
      if ((j & 3) >= realLanes(a.channels, a.pixelQuads, j >> 2)) continue;
      isReal = true;
      const lane = a.lanesOut + <usize>j * LANE;
      const finite = load<f64>(lane, 16);
      if (count == 0) from = load<f64>(lane);
      count += finite;
      sum += finite * (load<f64>(lane) - from);
      least = min(least, load<f32>(lane, 24));
      most = max(most, load<f32>(lane, 28));
      bad += load<i32>(lane, 36);
    }
    if (!isReal) continue;
    if (bad == 0 && least == 0 && most == 0) dead += 1;
    if (count == 0) continue;
    const mean = from + sum / count;
    let squares: f64 = 0;
    for (let j = i; j < numLanes; j += period == 0 ? numLanes : period) {
      if ((j & 3) >= realLanes(a.channels, a.pixelQuads, j >> 2)) continue;
      const lane = a.lanesOut + <usize>j * LANE;
      const delta = load<f64>(lane) - mean;
      squares += load<f64>(lane, 8) + load<f64>(lane, 16) * delta * delta;
    }
    const at = a.channelsOut + <usize>numChannels * 16;
    store<f64>(at, mean);
    store<f64>(at, Math.sqrt(squares / count), 8);
    numChannels++;
  }
  store<f64>(node, dead, 112);
  channelHistogram(a.channelsOut, numChannels, node + 80, node + NODE_CHANNELS);
  channelHistogram(a.channelsOut + 8, numChannels, node + 96, node + NODE_CHANNELS + <usize>CHANNEL_BINS * 4);
}

/** Counts f64 values, 16 bytes apart, over bins of a range that covers them. Values that are not finite are left out. */
function channelHistogram(values: usize, count: i32, range: usize, counts: usize): void {
  memory.fill(counts, 0, <usize>CHANNEL_BINS * 4);
  let least: f64 = Infinity;
  let most: f64 = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = load<f64>(values + (<usize>i << 4));
    if (value - value != 0) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (!(least <= most)) {
    store<f64>(range, 0);
    store<f64>(range, 1, 8);
    return;
  }
  const width = Math.max(most - least, Math.max(Math.abs(least), Math.abs(most)) * 1e-6);
  const step = niceStep((width > 0 ? width : 1) / 8);
  const low = Math.floor(least / step) * step;
  const top = Math.ceil(most / step) * step;
  const high = top > low ? top : low + step;
  store<f64>(range, low);
  store<f64>(range, high, 8);
  for (let i = 0; i < count; i++) {
    const value = load<f64>(values + (<usize>i << 4));
    if (value - value != 0) continue;
    const bin = max(0, min(CHANNEL_BINS - 1, <i32>Math.floor(((value - low) * CHANNEL_BINS) / (high - low))));
    const at = counts + (<usize>bin << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

/** The next of 1, 2, 5 · 10ⁿ that is not below a value. */
function niceStep(wanted: f64): f64 {
  let power: f64 = 1;
  while (power > wanted) power /= 10;
  while (power * 10 <= wanted) power *= 10;
  return wanted <= power ? power : wanted <= 2 * power ? 2 * power : wanted <= 5 * power ? 5 * power : 10 * power;
}

/**
 * [low, high] snapped outward to multiples of 1, 2 or 5 · 10ⁿ of about an eighth of the width, so that it rarely changes from frame to
 * frame.
 */
export function histogramRange(node: usize, low: f64, high: f64): void {
  let width = high - low;
  // One value, or values that f32 can hardly tell apart: a range as wide as the value is large.
  const smallest = Math.max(Math.abs(low), Math.abs(high)) * 1e-6;
  if (!(width > smallest)) width = Math.max(Math.max(Math.abs(low), Math.abs(high)), smallest == 0 ? 1.0 : 0);
  const step = niceStep(width / 8);
  low = Math.floor(low / step) * step;
  high = Math.ceil(high / step) * step;
  if (!(high > low)) {
    low -= step;
    high += step;
  }
  // What the histogram's f32 arithmetic sees.
  store<f64>(node, <f64>(<f32>low), 64);
  store<f64>(node, <f64>(<f32>high), 72);
}
