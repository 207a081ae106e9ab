/**
 * The bytes of a frame. One ArrayBuffer, little-endian, no padding:
 *
 *   header   u32 magic, u16 version, u16 0, u32 step, u32 number of nodes, u32 number of samples
 *   node ×n  f64 mean, std, min, max, zeros; u32 count, nonFinite, deadChannels, numChannels; then three histograms
 *            (values, channel means, channel stds): f64 low, high; u32 underflow, overflow; u16 bins; u16 width; bins × u8, u16 or u32
 *   samples  u16 rank, rank × u32 extent, labels (u8 each), bytes (u8 each); absent when the number of samples is 0
 *
 * `width` is the narrowest of 1, 2 or 4 bytes that holds the largest count, so that a layer takes 270 to 650 bytes.
 * Node ids are not repeated in every frame: records are in program order, as `started.nodeIds` lists them.
 */
import { err, ok, type Result } from "../result.ts";
import type { Frame, Histogram, NodeStatistics } from "./statistics.ts";

const MAGIC = 0x5246534c; // "LSFR"
export const FRAME_VERSION = 1;
const HEADER_BYTES = 20;
const NODE_BYTES = 5 * 8 + 4 * 4;
const HISTOGRAM_BYTES = 2 * 8 + 2 * 4 + 2 * 2;
const MAX_BINS = 4096;
const MAX_RANK = 8;

/** Why bytes are not a frame. */
export interface FrameProblem {
  readonly type: "notAFrame" | "otherVersion" | "otherNodes" | "truncated" | "invalid";
  readonly message: string;
}

const countWidth = (counts: Uint32Array): 1 | 2 | 4 => {
  let largest = 0;
  for (const count of counts) if (count > largest) largest = count;
  return largest < 0x100 ? 1 : largest < 0x1_0000 ? 2 : 4;
};

const histogramsOf = (node: NodeStatistics): readonly [Histogram, Histogram, Histogram] => [
  node.histogram,
  node.channelMeans,
  node.channelStds,
];

const frameBytes = (frame: Frame): number => {
  let size = HEADER_BYTES;
  for (const node of frame.nodes) {
    size += NODE_BYTES;
    for (const { counts } of histogramsOf(node)) size += HISTOGRAM_BYTES + counts.length * countWidth(counts);
  }
  const { samples } = frame;
  if (samples !== null && samples.count > 0) {
    size += 2 + 4 * samples.shape.length + samples.count + samples.bytes.length;
  }
  return size;
};

/** Lays a frame out in a buffer of exactly its size. Node ids are left out. */
export const encodeFrame = (frame: Frame): ArrayBuffer => {
  const buffer = new ArrayBuffer(frameBytes(frame));
  const view = new DataView(buffer);
  const bytes = new Uint8Array(buffer);
  let at = 0;
  const u16 = (value: number): void => {
    view.setUint16(at, value, true);
    at += 2;
  };
  const u32 = (value: number): void => {
    view.setUint32(at, value, true);
    at += 4;
  };
  const f64 = (value: number): void => {
    view.setFloat64(at, value, true);
    at += 8;
  };

  const samples = frame.samples !== null && frame.samples.count > 0 ? frame.samples : null;
  u32(MAGIC);
  u16(FRAME_VERSION);
  u16(0);
  u32(frame.step);
  u32(frame.nodes.length);
  u32(samples?.count ?? 0);

  for (const node of frame.nodes) {
    f64(node.mean);
    f64(node.std);
    f64(node.min);
    f64(node.max);
    f64(node.zeros);
    u32(node.count);
    u32(node.nonFinite);
    u32(node.deadChannels);
    u32(node.numChannels);
    for (const histogram of histogramsOf(node)) {
      const width = countWidth(histogram.counts);
      f64(histogram.low);
      f64(histogram.high);
      u32(histogram.underflow);
      u32(histogram.overflow);
      u16(histogram.counts.length);
      u16(width);
      for (const count of histogram.counts) {
        if (width === 1) view.setUint8(at, count);
        else if (width === 2) view.setUint16(at, count, true);
        else view.setUint32(at, count, true);
        at += width;
      }
    }
  }

  if (samples !== null) {
    u16(samples.shape.length);
    for (const extent of samples.shape) u32(extent);
    bytes.set(samples.labels.subarray(0, samples.count), at);
    at += samples.count;
    bytes.set(samples.bytes, at);
  }
  return buffer;
};

/** Thrown inside decodeFrame only, where it becomes a Result. */
class FrameError extends Error {
  readonly type: FrameProblem["type"];
  constructor(type: FrameProblem["type"], message: string) {
    super(message);
    this.type = type;
  }
}

/** Reads a frame whose records belong to these nodes (`started.nodeIds`). A frame without any node only reports steps. */
export const decodeFrame = (buffer: ArrayBuffer, nodeIds: readonly string[]): Result<Frame, FrameProblem> => {
  try {
    return ok(readFrame(buffer, nodeIds));
  } catch (error) {
    if (error instanceof FrameError) return err({ type: error.type, message: error.message });
    throw error;
  }
};

const readFrame = (buffer: ArrayBuffer, nodeIds: readonly string[]): Frame => {
  const view = new DataView(buffer);
  let at = 0;
  const take = (size: number, what: string): number => {
    if (at + size > buffer.byteLength) {
      throw new FrameError(
        "truncated",
        `The frame ends after ${buffer.byteLength} bytes, in the middle of ${what}, which needs bytes ${at} to ${at + size}.`,
      );
    }
    at += size;
    return at - size;
  };
  const u16 = (what: string): number => view.getUint16(take(2, what), true);
  const u32 = (what: string): number => view.getUint32(take(4, what), true);
  const f64 = (what: string): number => view.getFloat64(take(8, what), true);

  const magic = u32("its header");
  if (magic !== MAGIC) {
    throw new FrameError("notAFrame", `The bytes are not a frame: they begin with 0x${magic.toString(16)}.`);
  }
  const version = u16("its header");
  if (version !== FRAME_VERSION) {
    throw new FrameError("otherVersion", `The frame has layout version ${version}; this build reads ${FRAME_VERSION}.`);
  }
  u16("its header");
  const step = u32("its header");
  const numNodes = u32("its header");
  const numSamples = u32("its header");
  if (numNodes !== 0 && numNodes !== nodeIds.length) {
    throw new FrameError("otherNodes", `The frame holds ${numNodes} nodes, the run has ${nodeIds.length}.`);
  }

  const readHistogram = (what: string): Histogram => {
    const low = f64(what);
    const high = f64(what);
    const underflow = u32(what);
    const overflow = u32(what);
    const numBins = u16(what);
    const width = u16(what);
    if (numBins === 0 || numBins > MAX_BINS) {
      throw new FrameError("invalid", `A histogram has ${numBins} bins in ${what}; 1 to ${MAX_BINS} are allowed.`);
    }
    if (width !== 1 && width !== 2 && width !== 4) {
      throw new FrameError("invalid", `Counts are ${width} bytes wide in ${what}; 1, 2 or 4 are allowed.`);
    }
    const start = take(numBins * width, what);
    const counts = new Uint32Array(numBins);
    for (let bin = 0; bin < numBins; bin++) {
      const offset = start + bin * width;
      counts[bin] =
        width === 1 ? view.getUint8(offset) : width === 2 ? view.getUint16(offset, true) : view.getUint32(offset, true);
    }
    return { low, high, counts, underflow, overflow };
  };

  const nodes: NodeStatistics[] = [];
  for (let index = 0; index < numNodes; index++) {
    const nodeId = nodeIds[index] ?? "";
    const what = `the statistics of ${nodeId}`;
    const mean = f64(what);
    const std = f64(what);
    const min = f64(what);
    const max = f64(what);
    const zeros = f64(what);
    const count = u32(what);
    const nonFinite = u32(what);
    const deadChannels = u32(what);
    const numChannels = u32(what);
    const histogram = readHistogram(what);
    const channelMeans = readHistogram(what);
    const channelStds = readHistogram(what);
    nodes.push({
      nodeId,
      count,
      mean,
      std,
      min,
      max,
      zeros,
      nonFinite,
      histogram,
      channelMeans,
      channelStds,
      deadChannels,
      numChannels,
    });
  }

  let samples: Frame["samples"] = null;
  if (numSamples > 0) {
    const what = "the samples";
    const rank = u16(what);
    if (rank === 0 || rank > MAX_RANK) {
      throw new FrameError("invalid", `Samples have ${rank} dimensions; 1 to ${MAX_RANK} are allowed.`);
    }
    const shape = Array.from({ length: rank }, () => u32(what));
    const sampleBytes = shape.reduce((product, extent) => product * extent, 1);
    const labelsAt = take(numSamples, what);
    const bytesAt = take(numSamples * sampleBytes, what);
    // Copies: a view would keep the whole message alive for as long as the history keeps six images.
    samples = {
      shape,
      count: numSamples,
      labels: new Uint8Array(buffer.slice(labelsAt, labelsAt + numSamples)),
      bytes: new Uint8Array(buffer.slice(bytesAt, bytesAt + numSamples * sampleBytes)),
    };
  }
  if (at !== buffer.byteLength) {
    throw new FrameError(
      "invalid",
      `The frame has ${buffer.byteLength - at} bytes more than its ${at} bytes of content.`,
    );
  }
  return { step, nodes, samples };
};
