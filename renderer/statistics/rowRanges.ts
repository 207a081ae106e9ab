/** The value axes of a row: what its frames reach. */
import type { Frame, Histogram, NodeStatistics } from "../../engine/index.ts";
import { visibleRange } from "../charts/columns.ts";
import { heatDomain } from "../charts/heatPainter.ts";
import { roundDomain } from "../charts/scale.ts";
import type { Quantity } from "./quantities.ts";
import type { RowCall } from "./rowCall.ts";
import type { FrameColumns } from "./stepAxis.ts";

/** A node's statistics in a frame; positions rarely change from one frame to the next. */
export const createLookup = (nodeId: string): ((frame: Frame | undefined) => NodeStatistics | null) => {
  let position = -1;
  return (frame) => {
    if (frame === undefined) return null;
    if (frame.nodes[position]?.nodeId !== nodeId) position = frame.nodes.findIndex((node) => node.nodeId === nodeId);
    return frame.nodes[position] ?? null;
  };
};

/** Of the values that can be seen; a gradient's exponents have no zero to keep in view. */
export const histogramRange = (quantity: Quantity, histogram: Histogram): readonly [number, number] => {
  if (quantity.id !== "gradients") return visibleRange(histogram);
  const { counts, low, high } = histogram;
  let first = counts.findIndex((count) => count > 0);
  if (first === -1) return [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let last = counts.length - 1;
  while (last > first && counts[last] === 0) last -= 1;
  const width = (high - low) / counts.length;
  first = Math.max(0, first);
  return [low + first * width, low + (last + 1) * width];
};

/** The ends of mean ± std, and of the histograms' values, over the frames of some columns. */
export const rangesOf = (
  quantity: Quantity,
  nodeId: string,
  frames: readonly Frame[],
  { first, end, width }: FrameColumns,
): { readonly mean: [number, number]; readonly values: [number, number] } => {
  const mean: [number, number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const values: [number, number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const widen = (range: [number, number], low: number, high: number): void => {
    if (low < range[0]) range[0] = low;
    if (high > range[1]) range[1] = high;
  };
  const lookUp = createLookup(nodeId);
  let from = frames.length;
  for (let x = 0; x < width; x += 1) if ((end[x] ?? 0) > 0) from = Math.min(from, first[x] ?? 0);
  let to = 0;
  for (let x = width - 1; x >= 0 && to === 0; x -= 1) to = end[x] ?? 0;
  for (let at = from; at < to; at += 1) {
    const node = lookUp(frames[at]);
    if (node === null) continue;
    const moments = quantity.moments(node);
    if (moments !== null && Number.isFinite(moments.mean) && Number.isFinite(moments.std)) {
      widen(mean, moments.mean - moments.std, moments.mean + moments.std);
    }
    const histogram = quantity.histogram(node);
    if (histogram !== null) widen(values, ...histogramRange(quantity, histogram));
  }
  return { mean, values };
};

const isRange = ([low, high]: readonly [number, number]): boolean => low <= high;

/** With air, and with zero. */
export const meanDomain = (quantity: Quantity, [low, high]: readonly [number, number]): readonly [number, number] => {
  if (quantity.levels === "shares") return [0, 1];
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  const air = 0.15 * (to - from || 1);
  return roundDomain(from < 0 ? from - air : from, to > 0 ? to + air : to, 6);
};

/** The value axes of a row. */
export const rowDomains = ({ nodeId, rows, style }: RowCall) => {
  const own = rangesOf(style.quantity, nodeId, rows.frames, rows.timeColumns);
  return {
    mean: isRange(own.mean) ? (rows.sharedMean ?? meanDomain(style.quantity, own.mean)) : null,
    values: isRange(own.values) ? (rows.sharedValues ?? heatDomain(...own.values)) : null,
  };
};
