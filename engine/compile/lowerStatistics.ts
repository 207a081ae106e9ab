/** Operations that measure the outputs of all nodes, and that look for values which are not finite. */
import {
  COUNTS_WORDS,
  FINE_COUNTS_WORDS,
  LANE_BYTES,
  NODE_RECORD_BYTES,
  PAIR_TABLE_BYTES,
  SUMS_BYTES,
} from "../kernels/header.ts";
import type { Program, ProgramLayer } from "./compiled.ts";
import { areaOf, FLOAT_BYTES, flatView, type Layout, quadsOf } from "./layout.ts";
import type { Lowering, OutputView } from "./lowering.ts";
import { runArguments, viewArguments } from "./lowerViews.ts";
import { type Access, all, at, type Buffer, local, type Operation, operation } from "./step.ts";

/** f32 bounds at or beyond which a value is saturated: the float64 comparisons with 0.97 and 0.03 come to the same. */
const SATURATED_ABOVE = Math.fround(0.97);
const saturation = {
  tanh: { low: -SATURATED_ABOVE, high: SATURATED_ABOVE },
  sigmoid: { low: Math.fround(0.03), high: SATURATED_ABOVE },
} as const;

const boundsOf = ({
  operation: layerOperation,
}: ProgramLayer): { readonly low: number; readonly high: number } | null => {
  if (layerOperation?.op !== "activation") return null;
  const { curve } = layerOperation;
  return curve === "tanh" || curve === "sigmoid" ? saturation[curve] : null;
};

/** Where the results of a node's measurement lie. */
export interface Measurement {
  readonly view: OutputView;
  /** The node's record, see `assembly/statisticsView.ts`. */
  readonly node: Buffer;
  readonly numChannels: number;
  /** f64 non-finite values of each task, in the first word of its records. */
  readonly nonFinite: Buffer;
  readonly nonFiniteStride: number;
  /** f64 saturated values of each task; null: the node does not saturate. */
  readonly saturated: Buffer | null;
}

/** How the kernels see a node's output, and which lanes are which channels. */
interface Lanes {
  readonly seen: Layout;
  readonly pixelQuads: number;
  /** Real lanes of `pixelQuads` quads. */
  readonly channels: number;
  readonly numChannels: number;
  /** Distance of the lanes that belong to the same channel; 0: each is one. */
  readonly period: number;
}

const lanesOf = ({ layout, flat }: OutputView): Lanes => {
  const area = areaOf(layout);
  const { channels } = layout;
  if (layout.packed) {
    // One run of height · width · channels values.
    const numLanes = area * channels;
    return {
      seen: flatView(layout),
      pixelQuads: Math.ceil(numLanes / 4),
      channels: numLanes,
      numChannels: flat ? numLanes : channels,
      period: flat ? 0 : channels,
    };
  }
  const isRun = flat && area > 1;
  return {
    seen: isRun ? flatView(layout) : layout,
    pixelQuads: quadsOf(layout),
    channels,
    numChannels: isRun ? area * channels : channels,
    period: 0,
  };
};

const isPlain = (view: OutputView): boolean => view.affine === null && !view.relu;

/** A layer's output, the batch norm of it and the ReLU of that: measured in one go, from the layer's output. */
interface NormalizedViews {
  readonly raw: OutputView | null;
  readonly norm: OutputView;
  readonly relu: OutputView | null;
}

/** Views by how they are measured. `twin`: an image with the same values in the same memory as the flat view. */
const sortViews = (views: readonly OutputView[]) => {
  const normalized: NormalizedViews[] = [];
  const taken = new Set<OutputView>();
  for (const norm of views) {
    const { affine } = norm;
    if (affine?.type !== "normalized" || norm.relu) continue;
    const isBeside = (view: OutputView): boolean =>
      view.buffer === norm.buffer && view.layout === norm.layout && view.flat === norm.flat && !taken.has(view);
    const raw = views.find((view) => isBeside(view) && !view.relu && view.affine?.type !== "normalized") ?? null;
    const relu =
      views.find(
        ({ affine: other, relu: rectifies }) =>
          rectifies && other?.type === "normalized" && other.scale === affine.scale,
      ) ?? null;
    for (const view of [raw, norm, relu]) if (view !== null) taken.add(view);
    normalized.push({ raw, norm, relu });
  }
  const single: { readonly view: OutputView; readonly twin: OutputView | null }[] = [];
  for (const view of views) {
    if (taken.has(view)) continue;
    const isTwin = (other: OutputView): boolean =>
      other !== view &&
      other.buffer === view.buffer &&
      other.layout === view.layout &&
      !taken.has(other) &&
      isPlain(other) &&
      isPlain(view);
    const twin = views.find(isTwin) ?? null;
    taken.add(view);
    if (twin === null) {
      single.push({ view, twin });
      continue;
    }
    taken.add(twin);
    // The lanes of the flat one tell more.
    single.push(view.flat ? { view, twin } : { view: twin, twin: view });
  }
  return { normalized, single };
};

/** The period of an image in the lanes of its flat view. */
const periodOfTwin = (twin: OutputView): number =>
  twin.flat || areaOf(twin.layout) === 1 ? 0 : twin.layout.packed ? twin.layout.channels : quadsOf(twin.layout) * 4;

/** Arguments that most kernels have in common. */
const placeOf = (lowering: Lowering, view: OutputView) => {
  const { seen, pixelQuads, channels } = lanesOf(view);
  return {
    ...viewArguments("x", view.buffer, seen),
    ...runArguments(seen, seen),
    quads: quadsOf(seen),
    pixelQuads,
    channels,
    chunk: lowering.chunk,
  };
};

/** How kernels that take any view compute it. */
const affineArguments = (lowering: Lowering, view: OutputView) => {
  const { affine } = view;
  if (affine === null) return {};
  const quads = quadsOf(lanesOf(view).seen);
  if (affine.type !== "biased") return { mean: at(affine.mean), scale: at(affine.scale), beta: at(affine.beta) };
  return { mean: at(lowering.constant(0, quads)), scale: at(lowering.constant(1, quads)), beta: at(affine.bias) };
};

const affineBuffers = ({ affine }: OutputView): Buffer[] => {
  if (affine === null) return [];
  return affine.type !== "biased" ? [affine.mean, affine.scale, affine.beta] : [affine.bias];
};

/** Sums over chunks, as `viewTotals` takes them. */
interface Sums {
  readonly records: Buffer;
  readonly offset: number;
  readonly slotStride: number;
  readonly shift: Buffer;
  readonly bias: Buffer | null;
  readonly shiftRelu: boolean;
  readonly ranged: boolean;
}

interface Counts {
  readonly buffer: Buffer;
  readonly stride: number;
  readonly fine: 0 | 1 | 2;
}

const STATISTICS = { domain: { type: "rows" }, block: 0, pass: "statistics" } as const;
const SINGLE = { domain: { type: "single" }, block: null, pass: "statistics" } as const;

/** Operations for all views: measuring ones for the training step, and a scan for values that are not finite. */
export const lowerStatistics = (
  lowering: Lowering,
  program: Program,
): { readonly measuring: Operation[]; readonly scan: Operation[]; readonly measurements: Measurement[] } => {
  const measuring: Operation[] = [];
  const scan: Operation[] = [];
  const nodeOf = new Map<OutputView, Buffer>();
  lowering.needWorkspace(PAIR_TABLE_BYTES);

  const record = (view: OutputView): Buffer => {
    const known = nodeOf.get(view) ?? lowering.kept(`${view.nodeId} record`, NODE_RECORD_BYTES);
    nodeOf.set(view, known);
    return known;
  };

  /** From the chunks' sums and counts to the node's record. */
  const total = (view: OutputView, twin: OutputView | null, sums: Sums, counts: Counts): void => {
    const { seen, period } = lanesOf(view);
    const numLanes = quadsOf(seen) * 4;
    const node = record(view);
    const twinNode = twin === null ? null : record(twin);
    const lanes = lowering.step(`${view.nodeId} lanes`, numLanes * LANE_BYTES);
    const channels = lowering.step(`${view.nodeId} channels`, numLanes * 16);
    const nodes = twin === null ? [view.nodeId] : [view.nodeId, twin.nodeId];
    const shared = {
      ...placeOf(lowering, view),
      node: at(node),
      ...(twin === null || twinNode === null ? {} : { twin: at(twinNode), twinPeriod: periodOfTwin(twin) }),
    };
    measuring.push(
      operation(
        "viewTotals",
        {
          ...shared,
          shift: at(sums.shift),
          ...(sums.bias === null ? {} : { bias: at(sums.bias) }),
          shiftRelu: sums.shiftRelu ? 1 : 0,
          records: at(sums.records, sums.offset),
          slotStride: sums.slotStride,
          lanesOut: at(lanes),
          channelsOut: at(channels),
          period,
          ranged: sums.ranged ? 1 : 0,
        },
        {
          ...SINGLE,
          nodes,
          reads: all(sums.records, sums.shift, sums.bias),
          writes: all(lanes, channels, node, twinNode),
        },
      ),
    );
    if (!sums.ranged) {
      measuring.push(
        operation(
          "viewHistogram",
          {
            ...shared,
            ...affineArguments(lowering, view),
            relu: view.relu ? 1 : 0,
            counts: at(counts.buffer),
            countsStride: counts.stride,
          },
          {
            ...STATISTICS,
            nodes,
            reads: [...local(view.buffer), ...all(node, ...affineBuffers(view))],
            writes: local(counts.buffer),
          },
        ),
      );
    }
    measuring.push(
      operation(
        "viewCounts",
        { ...shared, counts: at(counts.buffer), countsStride: counts.stride, fine: counts.fine },
        { ...SINGLE, nodes, reads: all(counts.buffer), writes: all(node, twinNode) },
      ),
    );
  };

  const measureSingle = (view: OutputView, twin: OutputView | null): void => {
    const place = placeOf(lowering, view);
    const { quads } = place;
    const slotStride = quads * SUMS_BYTES;
    const stride = COUNTS_WORDS * 4;
    const shift = lowering.step(`${view.nodeId} shift`, quads * 4 * FLOAT_BYTES);
    const records = lowering.step(`${view.nodeId} sums`, slotStride * lowering.numChunks);
    const counts = lowering.step(`${view.nodeId} counts`, stride * lowering.numChunks);
    const shared = { ...place, ...affineArguments(lowering, view), relu: view.relu ? 1 : 0, shift: at(shift) };
    const nodes = [view.nodeId];
    const vectors = affineBuffers(view);
    measuring.push(
      operation("viewShift", shared, { ...SINGLE, nodes, reads: all(view.buffer, ...vectors), writes: all(shift) }),
      operation(
        "viewMoments",
        { ...shared, records: at(records), slotStride },
        { ...STATISTICS, nodes, reads: [...local(view.buffer), ...all(shift, ...vectors)], writes: local(records) },
      ),
    );
    total(
      view,
      twin,
      { records, offset: 0, slotStride, shift, bias: null, shiftRelu: false, ranged: false },
      { buffer: counts, stride, fine: 0 },
    );
  };

  /** The batch's own mean and variance are known: the ranges of the histograms are, before the values are looked at. */
  const measureNormalized = ({ raw, norm, relu }: NormalizedViews): void => {
    const { affine } = norm;
    if (affine?.type !== "normalized") return;
    const place = placeOf(lowering, norm);
    const slotStride = place.quads * SUMS_BYTES;
    const outputStride = slotStride * lowering.numChunks;
    const records = lowering.step(`${norm.nodeId} sums`, outputStride * 3);
    const stride = COUNTS_WORDS * 4;
    const fineStride = FINE_COUNTS_WORDS * 4;
    const counts = lowering.step(`${norm.nodeId} raw counts`, stride * lowering.numChunks);
    const fineCounts = lowering.step(`${norm.nodeId} counts`, fineStride * lowering.numChunks);
    const bias = raw?.affine?.type === "biased" ? raw.affine.bias : null;
    const nodes = [raw, norm, relu].flatMap((view) => (view === null ? [] : [view]));
    const shared = {
      ...place,
      mean: at(affine.mean),
      scale: at(affine.scale),
      beta: at(affine.beta),
      variance: at(affine.variance),
      ...(bias === null ? {} : { bias: at(bias) }),
      ...(raw === null ? {} : { node: at(record(raw)) }),
      normNode: at(record(norm)),
      ...(relu === null ? {} : { reluNode: at(record(relu)) }),
    };
    const vectors = all(affine.mean, affine.scale, affine.beta, affine.variance, bias);
    const ranges = nodes.map(record);
    const nodeIds = nodes.map(({ nodeId }) => nodeId);
    measuring.push(
      operation("normalizedRanges", shared, { ...SINGLE, nodes: nodeIds, reads: vectors, writes: all(...ranges) }),
      operation(
        "normalizedView",
        {
          ...shared,
          records: at(records),
          slotStride,
          outputStride,
          counts: at(counts),
          countsStride: stride,
          fineCounts: at(fineCounts),
          fineCountsStride: fineStride,
        },
        {
          ...STATISTICS,
          nodes: nodeIds,
          reads: [...local(norm.buffer), ...vectors, ...all(...ranges)],
          writes: local(records, counts, fineCounts),
        },
      ),
    );
    const sums = { records, slotStride, shift: affine.beta, bias: null, shiftRelu: false, ranged: true };
    if (raw !== null) {
      total(raw, null, { ...sums, offset: 0, shift: affine.mean, bias }, { buffer: counts, stride, fine: 0 });
    }
    total(norm, null, { ...sums, offset: outputStride }, { buffer: fineCounts, stride: fineStride, fine: 1 });
    if (relu !== null) {
      const rectified = { ...sums, offset: 2 * outputStride, shiftRelu: true };
      total(relu, null, rectified, { buffer: fineCounts, stride: fineStride, fine: 2 });
    }
  };

  const { normalized, single } = sortViews(lowering.views);
  for (const group of normalized) measureNormalized(group);
  for (const { view, twin } of single) measureSingle(view, twin);

  const boundsByNode = new Map(program.layers.map((layer) => [layer.nodeId, boundsOf(layer)]));
  const measureSaturation = (view: OutputView): Buffer | null => {
    const bounds = boundsByNode.get(view.nodeId) ?? null;
    if (bounds === null) return null;
    const records = lowering.kept(`${view.nodeId} saturated`, 8 * lowering.numChunks);
    measuring.push(
      operation(
        "viewOutside",
        {
          ...placeOf(lowering, view),
          ...affineArguments(lowering, view),
          ...{ relu: view.relu ? 1 : 0, records: at(records), slotStride: 8, ...bounds },
        },
        {
          ...STATISTICS,
          nodes: [view.nodeId],
          reads: [...local(view.buffer), ...all(...affineBuffers(view))],
          writes: local(records),
        },
      ),
    );
    return records;
  };

  const measurements = lowering.views.map((view): Measurement => {
    const nonFinite = lowering.kept(`${view.nodeId} non-finite`, 8 * lowering.numChunks);
    const reads: Access[] = [...local(view.buffer), ...all(...affineBuffers(view))];
    scan.push(
      operation(
        "viewNonFinite",
        {
          ...placeOf(lowering, view),
          ...affineArguments(lowering, view),
          relu: view.relu ? 1 : 0,
          records: at(nonFinite),
          slotStride: 8,
        },
        {
          ...STATISTICS,
          block: areaOf(lanesOf(view).seen) === 1 ? 0 : null,
          nodes: [view.nodeId],
          reads,
          writes: local(nonFinite),
        },
      ),
    );
    return {
      view,
      node: record(view),
      numChannels: lanesOf(view).numChannels,
      nonFinite,
      nonFiniteStride: 8,
      saturated: measureSaturation(view),
    };
  });
  return { measuring, scan, measurements };
};
