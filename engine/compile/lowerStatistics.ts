/** Operations that measure the outputs of all nodes, and that look for values which are not finite. */
import { HISTOGRAM_TABLE_WORDS, LANE_BYTES, NODE_RECORD_BYTES, PAIR_TABLE_BYTES } from "../kernels/header.ts";
import { areaOf, FLOAT_BYTES, flatView, type Layout, quadsOf } from "./layout.ts";
import type { Lowering, OutputView } from "./lowering.ts";
import { runArguments, viewArguments } from "./lowerViews.ts";
import { type Access, all, at, type Buffer, local, type Operation, operation } from "./step.ts";

/** Where the results of a node's measurement lie. */
export interface Measurement {
  readonly view: OutputView;
  /** f64 record of the node, see viewTotals. */
  readonly node: Buffer;
  /** Lane records; lane `i` belongs to channel `channelOfLane(i)`, or to none: padding. */
  readonly lanes: Buffer;
  readonly numLanes: number;
  readonly numChannels: number;
  readonly channelOfLane: (lane: number) => number | null;
  /** Histogram tables of each task. */
  readonly counts: Buffer;
  readonly countsStride: number;
  /** f64 non-finite values of each task, in the first word of its records. */
  readonly nonFinite: Buffer;
  readonly nonFiniteStride: number;
}

/** How the kernels see a node's output, and which lanes are which channels. */
const lanesOf = (view: OutputView) => {
  const { layout } = view;
  const area = areaOf(layout);
  if (layout.packed) {
    // One run of height · width · channels values.
    const lanes = area * layout.channels;
    const seen = flatView(layout);
    const channelOfLane = view.flat ? (lane: number) => lane : (lane: number) => lane % layout.channels;
    return {
      seen,
      pixelQuads: Math.ceil(lanes / 4),
      channels: lanes,
      numChannels: view.flat ? lanes : layout.channels,
      channelOfLane: (lane: number) => (lane < lanes ? channelOfLane(lane) : null),
    };
  }
  const inPixel = (lane: number): number | null => (lane < layout.channels ? lane : null);
  if (!view.flat || area === 1) {
    return {
      seen: layout,
      pixelQuads: quadsOf(layout),
      channels: layout.channels,
      numChannels: layout.channels,
      channelOfLane: inPixel,
    };
  }
  const pixelLanes = quadsOf(layout) * 4;
  return {
    seen: flatView(layout),
    pixelQuads: quadsOf(layout),
    channels: layout.channels,
    numChannels: area * layout.channels,
    channelOfLane: (lane: number) => {
      const channel = inPixel(lane % pixelLanes);
      return channel === null ? null : channel * area + Math.floor(lane / pixelLanes);
    },
  };
};

const vectorArguments = (lowering: Lowering, view: OutputView, seen: Layout) => {
  if (view.affine === null) return {};
  const { mean, scale, beta } = view.affine;
  const quads = quadsOf(seen);
  return {
    mean: at(mean ?? lowering.constant(0, quads)),
    scale: at(scale ?? lowering.constant(1, quads)),
    beta: at(beta),
  };
};

/** Operations for all views: measuring ones for the training step, and a scan for values that are not finite. */
export const lowerStatistics = (
  lowering: Lowering,
): { readonly measuring: Operation[]; readonly scan: Operation[]; readonly measurements: Measurement[] } => {
  const measuring: Operation[] = [];
  const scan: Operation[] = [];
  const measurements: Measurement[] = [];
  lowering.needWorkspace(PAIR_TABLE_BYTES);
  for (const view of lowering.views) {
    const { seen, pixelQuads, channels, numChannels, channelOfLane } = lanesOf(view);
    const numLanes = quadsOf(seen) * 4;
    const slotStride = numLanes * LANE_BYTES;
    const countsStride = HISTOGRAM_TABLE_WORDS * 4 * FLOAT_BYTES;
    const records = lowering.step(`${view.nodeId} lane records`, slotStride * lowering.numChunks);
    const lanes = lowering.kept(`${view.nodeId} lanes`, slotStride + LANE_BYTES);
    const node = lowering.kept(`${view.nodeId} record`, NODE_RECORD_BYTES);
    const counts = lowering.kept(`${view.nodeId} counts`, countsStride * lowering.numChunks);
    const nonFinite = lowering.kept(`${view.nodeId} non-finite`, 8 * lowering.numChunks);
    const shared = {
      ...viewArguments("x", view.buffer, seen),
      ...runArguments(seen, seen),
      quads: quadsOf(seen),
      pixelQuads,
      channels,
      ...vectorArguments(lowering, view, seen),
      relu: view.relu ? 1 : 0,
      chunk: lowering.chunk,
    };
    const reads: Access[] = [...local(view.buffer), ...all(view.affine?.mean, view.affine?.scale, view.affine?.beta)];
    const rest = {
      domain: { type: "rows" },
      block: areaOf(seen) === 1 ? 0 : null,
      nodes: [view.nodeId],
      pass: "statistics",
    } as const;
    measuring.push(
      operation(
        "viewMoments",
        { ...shared, records: at(records), slotStride },
        { ...rest, reads, writes: local(records) },
      ),
      operation(
        "viewTotals",
        { ...shared, records: at(records), slotStride, lanesOut: at(lanes), node: at(node) },
        { ...rest, domain: { type: "single" }, reads: all(records), writes: all(lanes, node) },
      ),
      operation(
        "viewHistogram",
        { ...shared, node: at(node), counts: at(counts), countsStride },
        // All rows of a task at once: its table of pairs is summed up once.
        { ...rest, block: 0, reads: [...reads, ...all(node)], writes: local(counts) },
      ),
    );
    scan.push(
      operation(
        "viewNonFinite",
        { ...shared, records: at(nonFinite), slotStride: 8 },
        { ...rest, reads, writes: local(nonFinite) },
      ),
    );
    measurements.push({
      view,
      node,
      lanes,
      numLanes,
      numChannels,
      channelOfLane,
      counts,
      countsStride,
      nonFinite,
      nonFiniteStride: 8,
    });
  }
  return { measuring, scan, measurements };
};
