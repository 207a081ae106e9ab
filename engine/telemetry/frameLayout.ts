/**
 * The bytes of a frame. One ArrayBuffer, little-endian, no padding:
 *
 *   header   u32 magic, u16 version, u16 0, u32 step, u32 number of nodes of the run (0: the frame only reports steps), u32 number of samples
 *   node ×n  u8 flags (1 measured, 2 saturated, 4 gradient, 8 batch norm, 16 its batch); without the first nothing follows.
 *            f64 mean, std, min, max, zeros; u32 count, nonFinite, deadChannels, numChannels; three histograms (values, channel means,
 *            channel stds); then as flagged: f64 saturated; f64 mean, std, u32 nonFinite of the gradient; u16 channels, f32 vectors of as
 *            many runningMean, runningVariance, gamma, beta, and batchMean, batchVariance; then u8 number of tensors of weights
 *   tensor   u8 length and UTF-8 of the name; u8 1 if gradient and update follow; u32 count, nonFinite; f64 mean, std, min, max,
 *            meanMagnitude; histogram; f64 mean, std, zeros, u32 nonFinite, histogram of the gradient; f64 mean, std, meanMagnitude of the update
 *   histogram f64 low, high; u32 underflow, overflow; u16 bins; u16 width; bins × u8, u16 or u32: the narrowest that holds the largest count
 *   samples  u16 rank, rank × u32 extent, labels (u8 each), bytes (u8 each); absent when the number of samples is 0
 *
 * A layer takes 270 to 650 bytes, and 300 to 500 for each tensor of weights.
 * Node ids are not repeated in every frame: records are in program order, as `started.nodeIds` lists them.
 */
import { err, ok, type Result } from "../result.ts";
import { FrameError, FrameParser, type FrameProblem, FrameWalker, FrameWriter } from "./frameBytes.ts";
import { flag, NodeRecord, readNode } from "./frameNode.ts";
import type { Frame, NodeStatistics, WeightStatistics } from "./statistics.ts";

export type { FrameProblem } from "./frameBytes.ts";

const MAGIC = 0x5246534c; // "LSFR"
export const FRAME_VERSION = 2;
const MAX_RANK = 8;

const writeWeights = (writer: FrameWriter, weights: WeightStatistics): void => {
  const { gradient, update } = weights;
  const isTrained = gradient !== null && update !== null;
  writer.text(weights.name);
  writer.u8(isTrained ? 1 : 0);
  writer.u32(weights.count);
  writer.u32(weights.nonFinite);
  writer.f64(weights.mean, weights.std, weights.min, weights.max, weights.meanMagnitude);
  writer.histogram(weights.histogram);
  if (!isTrained) return;
  writer.f64(gradient.mean, gradient.std, gradient.zeros);
  writer.u32(gradient.nonFinite);
  writer.histogram(gradient.magnitudes);
  writer.f64(update.mean, update.std, update.meanMagnitude);
};

const writeNode = (writer: FrameWriter, node: NodeStatistics): void => {
  const { saturated, gradient, batchNorm } = node;
  const flags =
    flag.measured |
    (saturated === null ? 0 : flag.saturated) |
    (gradient === null ? 0 : flag.gradient) |
    (batchNorm === null ? 0 : flag.batchNorm) |
    (batchNorm === null || batchNorm.batchMean === null || batchNorm.batchVariance === null ? 0 : flag.batch);
  writer.u8(flags);
  writer.f64(node.mean, node.std, node.min, node.max, node.zeros);
  for (const value of [node.count, node.nonFinite, node.deadChannels, node.numChannels]) writer.u32(value);
  writer.histogram(node.histogram);
  writer.histogram(node.channelMeans);
  writer.histogram(node.channelStds);
  if (saturated !== null) writer.f64(saturated);
  if (gradient !== null) {
    writer.f64(gradient.mean, gradient.std);
    writer.u32(gradient.nonFinite);
  }
  if (batchNorm !== null) {
    const { runningMean, runningVariance, gamma, beta, batchMean, batchVariance } = batchNorm;
    writer.u16(runningMean.length);
    for (const vector of [runningMean, runningVariance, gamma, beta]) writer.floats(vector);
    if (batchMean !== null && batchVariance !== null) {
      writer.floats(batchMean);
      writer.floats(batchVariance);
    }
  }
  writer.u8(node.weights.length);
  for (const weights of node.weights) writeWeights(writer, weights);
};

/**
 * Lays a frame out in a buffer of exactly its size. Node ids are left out: `nodeIds` are those of the run in program order, of which
 * the frame may lack some; absent: the frame has all of them.
 */
export const encodeFrame = (frame: Frame, nodeIds?: readonly string[]): ArrayBuffer => {
  const writer = new FrameWriter();
  const samples = frame.samples !== null && frame.samples.count > 0 ? frame.samples : null;
  const { nodes } = frame;
  const numNodes = nodes.length === 0 ? 0 : (nodeIds?.length ?? nodes.length);
  writer.u32(MAGIC);
  writer.u16(FRAME_VERSION);
  writer.u16(0);
  writer.u32(frame.step);
  writer.u32(numNodes);
  writer.u32(samples?.count ?? 0);
  let next = 0;
  for (let position = 0; position < numNodes; position++) {
    const node = nodes[next];
    if (node === undefined || (nodeIds !== undefined && node.nodeId !== nodeIds[position])) {
      writer.u8(0);
      continue;
    }
    writeNode(writer, node);
    next += 1;
  }
  if (next !== nodes.length)
    throw new RangeError(`Node ${nodes[next]?.nodeId} is not one of the run, or out of order.`);
  if (samples !== null) {
    writer.u16(samples.shape.length);
    for (const extent of samples.shape) writer.u32(extent);
    writer.bytes(samples.labels.subarray(0, samples.count));
    writer.bytes(samples.bytes);
  }
  return writer.finish();
};

/**
 * Reads a frame whose records belong to these nodes (`started.nodeIds`). Nodes that were not measured are left out; a frame without any
 * node only reports steps.
 */
export const decodeFrame = (buffer: ArrayBuffer, nodeIds: readonly string[]): Result<Frame, FrameProblem> =>
  attempt(() => readFrame(new FrameParser(buffer), nodeIds, (_at, node) => node));

/**
 * As `decodeFrame`, but what is said of a node stays in the buffer until somebody asks for it. Unpacked, a frame of 200 nodes is ten times as large as
 * its message, in objects that the collector of garbage has to move and look through; a page keeps 2,000 frames and shows a part of each. What is said of
 * a node can be read, but not spread: it is no plain object.
 */
export const openFrame = (buffer: ArrayBuffer, nodeIds: readonly string[]): Result<Frame, FrameProblem> => {
  const view = new DataView(buffer);
  return attempt(() =>
    readFrame(new FrameWalker(buffer), nodeIds, (at, { nodeId }) => new NodeRecord(view, at, nodeId)),
  );
};

const attempt = (read: () => Frame): Result<Frame, FrameProblem> => {
  try {
    return ok(read());
  } catch (error) {
    if (error instanceof FrameError) return err({ type: error.type, message: error.message });
    throw error;
  }
};

/** Whether a frame brings more than losses; of bytes that `encodeFrame` wrote. */
export const hasNodes = (buffer: ArrayBuffer): boolean => new DataView(buffer).getUint32(12, true) > 0;

const readSamples = (reader: FrameParser, count: number): Frame["samples"] => {
  const what = "the samples";
  const rank = reader.u16(what);
  if (rank === 0 || rank > MAX_RANK) {
    throw new FrameError("invalid", `Samples have ${rank} dimensions; 1 to ${MAX_RANK} are allowed.`);
  }
  const shape = Array.from({ length: rank }, () => reader.u32(what));
  const sampleBytes = shape.reduce((product, extent) => product * extent, 1);
  const labels = reader.bytes(count, what);
  return { shape, count, labels, bytes: reader.bytes(count * sampleBytes, what) };
};

/** `nodeAt` makes what the frame holds of a node, of where its bytes begin and of what was read there. */
const readFrame = (
  reader: FrameParser,
  nodeIds: readonly string[],
  nodeAt: (at: number, read: NodeStatistics) => NodeStatistics,
): Frame => {
  const what = "its header";
  const magic = reader.u32(what);
  if (magic !== MAGIC) {
    throw new FrameError("notAFrame", `The bytes are not a frame: they begin with 0x${magic.toString(16)}.`);
  }
  const version = reader.u16(what);
  if (version !== FRAME_VERSION) {
    throw new FrameError("otherVersion", `The frame has layout version ${version}; this build reads ${FRAME_VERSION}.`);
  }
  reader.u16(what);
  const step = reader.u32(what);
  const numNodes = reader.u32(what);
  const numSamples = reader.u32(what);
  if (numNodes !== 0 && numNodes !== nodeIds.length) {
    throw new FrameError("otherNodes", `The frame holds ${numNodes} nodes, the run has ${nodeIds.length}.`);
  }
  const nodes: NodeStatistics[] = [];
  for (const nodeId of numNodes === 0 ? [] : nodeIds) {
    const { at } = reader;
    const node = readNode(reader, nodeId);
    if (node !== null) nodes.push(nodeAt(at, node));
  }
  const samples = numSamples > 0 ? readSamples(reader, numSamples) : null;
  reader.expectEnd();
  return { step, nodes, samples };
};
