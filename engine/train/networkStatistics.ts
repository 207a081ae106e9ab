/** Reads what the statistics kernels left in the memory. */
import type { Measurement } from "../compile/lowerStatistics.ts";
import { HISTOGRAM_TABLE_WORDS, LANE_BYTES } from "../kernels/header.ts";
import { CHANNEL_BINS, type Histogram, type NodeStatistics, VALUE_BINS } from "../telemetry/statistics.ts";

/** The next of 1, 2, 5 · 10ⁿ that is not below a value. */
const niceStep = (wanted: number): number => {
  const power = 10 ** Math.floor(Math.log10(wanted));
  const factor = [1, 2, 5].find((candidate) => candidate * power >= wanted) ?? 10;
  return factor * power;
};

/** Counts over equal bins of a range snapped outward to round numbers, so that it rarely changes. Values that are not finite are left out. */
export const histogramOf = (values: readonly number[], numBins: number): Histogram => {
  const finite = values.filter((value) => Number.isFinite(value));
  const counts = new Uint32Array(numBins);
  if (finite.length === 0) return { low: 0, high: 1, counts, underflow: 0, overflow: 0 };
  const least = finite.reduce((a, b) => Math.min(a, b));
  const most = finite.reduce((a, b) => Math.max(a, b));
  const width = Math.max(most - least, Math.max(Math.abs(least), Math.abs(most)) * 1e-6);
  const step = niceStep((width > 0 ? width : 1) / 8);
  const low = Math.floor(least / step) * step;
  const top = Math.ceil(most / step) * step;
  const high = top > low ? top : low + step;
  let underflow = 0;
  let overflow = 0;
  for (const value of finite) {
    const bin = Math.min(numBins - 1, Math.floor(((value - low) * numBins) / (high - low)));
    if (value < low) underflow += 1;
    else if (value > high) overflow += 1;
    else counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { low, high, counts, underflow, overflow };
};

interface Channel {
  finite: number;
  mean: number;
  /** Σ(x − mean)² */
  squares: number;
  zeros: number;
  bad: number;
}

/** Lanes of the same channel are joined (Chan, Golub, LeVeque 1979). */
const channelsOf = (view: DataView, address: number, measurement: Measurement): Channel[] => {
  const channels: Channel[] = Array.from({ length: measurement.numChannels }, () => ({
    finite: 0,
    mean: 0,
    squares: 0,
    zeros: 0,
    bad: 0,
  }));
  for (let lane = 0; lane < measurement.numLanes; lane++) {
    const number = measurement.channelOfLane(lane);
    const channel = number === null ? undefined : channels[number];
    if (channel === undefined) continue;
    const at = address + lane * LANE_BYTES;
    const finite = view.getFloat64(at + 16, true);
    channel.zeros += view.getInt32(at + 32, true);
    channel.bad += view.getInt32(at + 36, true);
    if (finite === 0) continue;
    const delta = view.getFloat64(at, true) - channel.mean;
    const total = channel.finite + finite;
    channel.mean += (delta * finite) / total;
    channel.squares += view.getFloat64(at + 8, true) + (delta * delta * channel.finite * finite) / total;
    channel.finite = total;
  }
  return channels;
};

/** The histogram's counts, summed over tasks and vector lanes. */
const countsOf = (view: DataView, address: number, measurement: Measurement, numTasks: number) => {
  const counts = new Uint32Array(VALUE_BINS);
  const total = (word: number): number => {
    let sum = 0;
    for (let task = 0; task < numTasks; task++) {
      const table = address + task * measurement.countsStride;
      for (let lane = 0; lane < 4; lane++)
        sum += view.getUint32(table + (lane * HISTOGRAM_TABLE_WORDS + word) * 4, true);
    }
    return sum;
  };
  for (let bin = 0; bin < VALUE_BINS; bin++) counts[bin] = total(bin + 1);
  return { counts, underflow: total(0), overflow: total(VALUE_BINS + 1) };
};

export const readStatistics = (call: {
  readonly view: DataView;
  readonly measurement: Measurement;
  readonly addresses: { readonly node: number; readonly lanes: number; readonly counts: number };
  /** Tasks that had rows in the measured batch. */
  readonly numTasks: number;
}): NodeStatistics => {
  const { view, measurement, addresses, numTasks } = call;
  const word = (index: number): number => view.getFloat64(addresses.node + index * 8, true);
  const [count, mean, squares, finite, min, max, zeros, nonFinite, low, high] = Array.from({ length: 10 }, (_, index) =>
    word(index),
  ) as [number, number, number, number, number, number, number, number, number, number];
  const channels = channelsOf(view, addresses.lanes, measurement);
  const measured = channels.filter((channel) => channel.finite > 0);
  return {
    nodeId: measurement.view.nodeId,
    count,
    mean,
    std: finite === 0 ? 0 : Math.sqrt(squares / finite),
    min,
    max,
    zeros: count === 0 ? 0 : zeros / count,
    nonFinite,
    histogram: { low, high, ...countsOf(view, addresses.counts, measurement, numTasks) },
    channelMeans: histogramOf(
      measured.map((channel) => channel.mean),
      CHANNEL_BINS,
    ),
    channelStds: histogramOf(
      measured.map((channel) => Math.sqrt(channel.squares / channel.finite)),
      CHANNEL_BINS,
    ),
    deadChannels: channels.filter((channel) => channel.bad === 0 && channel.zeros === channel.finite).length,
    numChannels: measurement.numChannels,
  };
};
