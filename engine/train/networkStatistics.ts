/** Reads what the statistics kernels left in the memory. */
import type { Measurement } from "../compile/lowerStatistics.ts";
import { NODE_CHANNELS, NODE_COUNTS } from "../kernels/header.ts";
import { CHANNEL_BINS, type NodeStatistics, VALUE_BINS } from "../telemetry/statistics.ts";

/** The statistics in the node's record at `address`. */
export const readStatistics = (memory: ArrayBufferLike, measurement: Measurement, address: number): NodeStatistics => {
  const words = Array.from(new Float64Array(memory, address, NODE_COUNTS / 8));
  const [count = 0, mean = 0, squares = 0, finite = 0, min = 0, max = 0, zeros = 0, nonFinite = 0] = words;
  const [low = 0, high = 0, meansLow = 0, meansHigh = 0, stdsLow = 0, stdsHigh = 0, deadChannels = 0] = words.slice(8);
  /** A copy: the memory changes with the next step. */
  const countsAt = (offset: number, numBins: number): Uint32Array =>
    new Uint32Array(memory, address + offset, numBins).slice();
  const [underflow = 0, overflow = 0] = [NODE_COUNTS, NODE_COUNTS + (VALUE_BINS + 1) * 4].map(
    (offset) => countsAt(offset, 1)[0],
  );
  // Ranges of channel histograms cover every channel.
  const inside = { underflow: 0, overflow: 0 };
  return {
    nodeId: measurement.view.nodeId,
    count,
    mean,
    std: finite === 0 ? 0 : Math.sqrt(squares / finite),
    min,
    max,
    zeros: count === 0 ? 0 : zeros / count,
    nonFinite,
    histogram: { low, high, counts: countsAt(NODE_COUNTS + 4, VALUE_BINS), underflow, overflow },
    channelMeans: { low: meansLow, high: meansHigh, counts: countsAt(NODE_CHANNELS, CHANNEL_BINS), ...inside },
    channelStds: {
      low: stdsLow,
      high: stdsHigh,
      counts: countsAt(NODE_CHANNELS + CHANNEL_BINS * 4, CHANNEL_BINS),
      ...inside,
    },
    deadChannels,
    numChannels: measurement.numChannels,
  };
};
