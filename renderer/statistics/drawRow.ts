/** Draws one layer's charts: how its std stands among the layers', mean ± std and histogram over steps, channels, update to weight. */
import {
  type Frame,
  type Histogram,
  type NodeStatistics,
  type UpdateRatioDefinition,
  updateRatio,
} from "../../engine/index.ts";
import { type ChartColors, heatOf } from "../charts/colors.ts";
import { visibleRange, writeProfile } from "../charts/columns.ts";
import { formatFixed, formatShort, NONE } from "../charts/format.ts";
import { heatDomain, rampIndexOf } from "../charts/heatPainter.ts";
import { linearScale, logScale, roundDomain } from "../charts/scale.ts";
import type { Pen } from "./pen.ts";
import type { Quantity } from "./quantities.ts";
import { type Column, ROW_HEIGHT, type RowLayout } from "./rowLayout.ts";
import { type FrameColumns, type StepAxis, shareOfStep, stepTicks } from "./stepAxis.ts";

const TOP = 5;
const BOTTOM = ROW_HEIGHT - 5;
/** From this many measured columns on, the update ratio is smoothed, too. */
const LEAST_SMOOTHED = 24;
const NUM_RIDGES = 14;

export type HistogramStyle = "heat" | "ridges";

export interface RowStyle {
  readonly quantity: Quantity;
  readonly axis: StepAxis;
  readonly histogramStyle: HistogramStyle;
  readonly ratioBy: UpdateRatioDefinition;
}

/** What all rows have in common, made once a drawing. */
export interface RowsData {
  readonly frames: readonly Frame[];
  readonly timeColumns: FrameColumns;
  readonly ratioColumns: FrameColumns;
  /** Stds at the step shown, by row; null where none was measured. */
  readonly stds: readonly (number | null)[];
  readonly stdDomain: readonly [number, number];
  /** The value axes when all rows share them; null: each has its own. */
  readonly sharedMean: readonly [number, number] | null;
  readonly sharedValues: readonly [number, number] | null;
}

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
export const meanDomain = ([low, high]: readonly [number, number]): readonly [number, number] => {
  const [from, to] = [Math.min(0, low), Math.max(0, high)];
  const air = 0.15 * (to - from || 1);
  return roundDomain(from < 0 ? from - air : from, to > 0 ? to + air : to, 6);
};

const drawEnds = (pen: Pen, column: Column, domain: readonly [number, number], colors: ChartColors): void => {
  const x = column.plotLeft - 5;
  pen.text(x, TOP + 3, formatShort(domain[1]), { color: colors.text3, align: "right" });
  pen.text(x, BOTTOM - 3, formatShort(domain[0]), { color: colors.text3, align: "right" });
};

const drawSteps = (pen: Pen, column: Column, axis: StepAxis, colors: ChartColors): void => {
  for (const step of stepTicks(axis, 5)) {
    const share = shareOfStep(axis, step);
    if (share <= 0.002 || share >= 0.998) continue;
    pen.rect(Math.round(column.plotLeft + share * column.plotWidth), TOP, 1, BOTTOM - TOP, colors.line);
  }
};

/** One dot a layer on a log axis, joined from row to row. */
const drawDepth = (
  pen: Pen,
  column: Column,
  row: number,
  call: RowsData,
  quantity: Quantity,
  colors: ChartColors,
): void => {
  const { stds, stdDomain } = call;
  const scale = logScale(stdDomain[0], stdDomain[1], column.plotLeft, column.plotLeft + column.plotWidth);
  const place = (std: number | null | undefined): number | null =>
    std === null || std === undefined || !(std > 0) || !Number.isFinite(std)
      ? null
      : Math.min(column.plotLeft + column.plotWidth, Math.max(column.plotLeft, scale.toPixel(std)));
  if (quantity.guide !== null) {
    const [from, to] = quantity.guide.map((value) => scale.toPixel(value));
    pen.rect(from ?? 0, 0, (to ?? 0) - (from ?? 0), ROW_HEIGHT, colors.goodSoft);
    pen.rect(Math.round(scale.toPixel(1)), 0, 1, ROW_HEIGHT, colors.lineStrong);
  }
  const middle = ROW_HEIGHT / 2;
  const style = { color: colors.text2, width: 1 };
  // The nearest rows that have a std; the line passes through those that do not.
  const near = (direction: 1 | -1): readonly [number, number] | null => {
    for (let at = row + direction; at >= 0 && at < stds.length; at += direction) {
      const other = place(stds[at]);
      if (other !== null) return [other, middle + (at - row) * ROW_HEIGHT];
    }
    return null;
  };
  const [above, below] = [near(-1), near(1)];
  const x = place(stds[row]);
  if (x === null) {
    if (above !== null && below !== null) pen.line([...above, ...below], style);
    return;
  }
  for (const other of [above, below]) if (other !== null) pen.line([x, middle, ...other], style);
  pen.dot(x, middle, 4.5, { fill: colors.text3, stroke: colors.text });
};

const drawMean = (pen: Pen, column: Column, call: RowCall, domain: readonly [number, number]): void => {
  const { nodeId, rows, style, colors } = call;
  const value = linearScale(domain[0], domain[1], BOTTOM, TOP);
  drawSteps(pen, column, style.axis, colors);
  pen.rect(column.plotLeft, Math.round(value.toPixel(0)), column.plotWidth, 1, colors.lineStrong);
  const lookUp = createLookup(nodeId);
  const { first, end } = rows.timeColumns;
  let tops: number[] = [];
  let bottoms: number[] = [];
  let means: number[] = [];
  const flush = (): void => {
    const edge: number[] = [...tops];
    for (let at = bottoms.length - 2; at >= 0; at -= 2) edge.push(bottoms[at] ?? 0, bottoms[at + 1] ?? 0);
    if (means.length > 0) {
      pen.area(edge, colors.traceBand);
      for (const points of [tops, bottoms]) pen.line(points, { color: colors.traceRaw, width: 0.75 });
      pen.line(means.length > 2 ? means : [...means, (means[0] ?? 0) + 1, means[1] ?? 0], {
        color: colors.trace,
        width: 1.25,
      });
    }
    [tops, bottoms, means] = [[], [], []];
  };
  for (let x = 0; x < rows.timeColumns.width; x += 1) {
    let [sum, squares, count] = [0, 0, 0];
    for (let at = first[x] ?? 0; at < (end[x] ?? 0); at += 1) {
      const node = lookUp(rows.frames[at]);
      const moments = node === null ? null : style.quantity.moments(node);
      if (moments === null || !Number.isFinite(moments.mean) || !Number.isFinite(moments.std)) continue;
      sum += moments.mean;
      squares += moments.std ** 2 + moments.mean ** 2;
      count += 1;
    }
    if (count === 0) {
      flush();
      continue;
    }
    const mean = sum / count;
    const std = Math.sqrt(Math.max(0, squares / count - mean * mean));
    const px = column.plotLeft + x + 0.5;
    means.push(px, value.toPixel(mean));
    tops.push(px, value.toPixel(mean + std));
    bottoms.push(px, value.toPixel(mean - std));
  }
  flush();
  drawEnds(pen, column, domain, colors);
};

/** Pictures are made on a canvas of their own, which the next row takes over. */
let heatCanvas: HTMLCanvasElement | null = null;

const drawHeat = (pen: Pen, column: Column, call: RowCall, domain: readonly [number, number]): void => {
  const { nodeId, rows, style, colors } = call;
  const height = Math.round((BOTTOM - TOP) * pen.scale);
  const { width, first, end } = rows.timeColumns;
  heatCanvas ??= document.createElement("canvas");
  [heatCanvas.width, heatCanvas.height] = [width, height];
  const context = heatCanvas.getContext("2d");
  if (context === null) return;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const profile = new Float32Array(height);
  const sums = new Float32Array(height);
  const lookUp = createLookup(nodeId);
  let [drawnFirst, drawnEnd, hasValues] = [-1, -1, false];
  for (let x = 0; x < width; x += 1) {
    const [from, to] = [first[x] ?? 0, end[x] ?? 0];
    if (to === 0) continue;
    if (from !== drawnFirst || to !== drawnEnd) {
      [drawnFirst, drawnEnd] = [from, to];
      sums.fill(0);
      let count = 0;
      for (let at = from; at < to; at += 1) {
        const node = lookUp(rows.frames[at]);
        const histogram = node === null ? null : style.quantity.histogram(node);
        if (histogram === null) continue;
        writeProfile(histogram, domain[0], domain[1], profile);
        for (let row = 0; row < height; row += 1) sums[row] = (sums[row] ?? 0) + (profile[row] ?? 0);
        count += 1;
      }
      hasValues = count > 0;
      if (count > 1) for (let row = 0; row < height; row += 1) sums[row] = (sums[row] ?? 0) / count;
    }
    if (!hasValues) continue;
    for (let row = 0; row < height; row += 1) pixels[row * width + x] = colors.ramp[rampIndexOf(sums[row] ?? 0)] ?? 0;
  }
  context.putImageData(image, 0, 0);
  pen.rect(column.plotLeft, TOP, column.plotWidth, BOTTOM - TOP, colors.sunken);
  pen.image(heatCanvas, column.plotLeft, TOP, width, BOTTOM - TOP);
};

/** Histograms of evenly spaced columns, lying on their side: as wide as the heat map is dark. */
const drawRidges = (pen: Pen, column: Column, call: RowCall, domain: readonly [number, number]): void => {
  const { nodeId, rows, style, colors } = call;
  const value = linearScale(domain[0], domain[1], BOTTOM, TOP);
  const lookUp = createLookup(nodeId);
  const { width, end } = rows.timeColumns;
  const ridge = width / NUM_RIDGES;
  for (let index = 0; index < NUM_RIDGES; index += 1) {
    const x = Math.min(width - 1, Math.round((index + 1) * ridge) - 1);
    const node = lookUp(rows.frames[(end[x] ?? 0) - 1]);
    const histogram = node === null ? null : style.quantity.histogram(node);
    if (histogram === null) continue;
    const { low, high, counts } = histogram;
    const binWidth = (high - low) / counts.length;
    const total = counts.reduce((sum, count) => sum + count, histogram.underflow + histogram.overflow);
    const left = column.plotLeft + index * ridge;
    const outline: number[] = [left, value.toPixel(Math.max(domain[0], low))];
    counts.forEach((count, bin) => {
      const [from, to] = [low + bin * binWidth, low + (bin + 1) * binWidth];
      if (to < domain[0] || from > domain[1]) return;
      const px = left + (total === 0 ? 0 : heatOf((1000 * count) / total) * (ridge - 2));
      outline.push(px, value.toPixel(Math.max(domain[0], from)), px, value.toPixel(Math.min(domain[1], to)));
    });
    outline.push(left, value.toPixel(Math.min(domain[1], high)));
    pen.area(outline, colors.traceFill);
    pen.line(outline, { color: colors.trace, width: 0.75 });
  }
};

const drawValues = (pen: Pen, column: Column, call: RowCall, domain: readonly [number, number]): void => {
  const { style, colors } = call;
  if (style.histogramStyle === "heat") drawHeat(pen, column, call, domain);
  else drawRidges(pen, column, call, domain);
  if (domain[0] < 0 && domain[1] > 0 && style.quantity.id !== "gradients") {
    const zero = Math.round(linearScale(domain[0], domain[1], BOTTOM, TOP).toPixel(0));
    pen.rect(
      column.plotLeft,
      zero,
      column.plotWidth,
      1,
      style.histogramStyle === "heat" ? `${colors.raised}80` : colors.line,
    );
  }
  drawEnds(pen, column, domain, colors);
};

const drawChannels = (pen: Pen, column: Column, histogram: Histogram, colors: ChartColors): void => {
  const { counts, low, high } = histogram;
  const bottom = BOTTOM - 11;
  let most = 0;
  for (const count of counts) if (count > most) most = count;
  const { plotLeft, plotWidth } = column;
  const value = linearScale(low, high, plotLeft, plotLeft + plotWidth);
  if (low < 0 && high > 0) pen.rect(Math.round(value.toPixel(0)), TOP, 1, bottom - TOP, colors.line);
  const outline: number[] = [plotLeft, bottom];
  counts.forEach((count, bin) => {
    const y = bottom - (most === 0 ? 0 : (count / most) * (bottom - TOP - 1));
    outline.push(
      plotLeft + (bin * plotWidth) / counts.length,
      y,
      plotLeft + ((bin + 1) * plotWidth) / counts.length,
      y,
    );
  });
  outline.push(plotLeft + plotWidth, bottom);
  pen.area(outline, colors.traceFill);
  pen.rect(plotLeft, bottom, plotWidth, 1, colors.lineStrong);
  pen.line(outline, { color: colors.trace, width: 1 });
  const y = BOTTOM - 4;
  pen.text(plotLeft, y, formatShort(low), { color: colors.text3, align: "left" });
  pen.text(plotLeft + plotWidth, y, formatShort(high), { color: colors.text3, align: "right" });
};

const RATIO_DOMAIN = [-5, 0] as const;

/** The raw line is always there; the smoothed one goes over it. */
const drawRatio = (pen: Pen, column: Column, call: RowCall): void => {
  const { nodeId, rows, style, shown, colors } = call;
  const value = linearScale(RATIO_DOMAIN[0], RATIO_DOMAIN[1], BOTTOM, TOP);
  const lookUp = createLookup(nodeId);
  const { width, first, end } = rows.ratioColumns;
  const raw: number[] = [];
  const smoothed: number[] = [];
  let average = Number.NaN;
  for (let x = 0; x < width; x += 1) {
    let [sum, count] = [0, 0];
    for (let at = first[x] ?? 0; at < (end[x] ?? 0); at += 1) {
      const [weights] = lookUp(rows.frames[at])?.weights ?? [];
      const ratio = weights === undefined ? null : updateRatio(weights, style.ratioBy);
      if (ratio === null || !Number.isFinite(ratio)) continue;
      sum += ratio;
      count += 1;
    }
    if (count === 0) continue;
    const ratio = sum / count;
    average = Number.isNaN(average) ? ratio : average + 0.12 * (ratio - average);
    const px = column.plotLeft + x + 0.5;
    const y = (of: number): number => Math.min(BOTTOM, Math.max(TOP, value.toPixel(of)));
    raw.push(px, y(ratio));
    smoothed.push(px, y(average));
  }
  if (raw.length === 0) return;
  drawSteps(pen, column, style.axis, colors);
  const guide = value.toPixel(-3);
  pen.line([column.plotLeft, guide, column.plotLeft + column.plotWidth, guide], {
    color: colors.text3,
    width: 1,
    dash: [3, 3],
  });
  const isLong = raw.length / 2 >= LEAST_SMOOTHED;
  pen.line(raw, { color: isLong ? colors.traceRaw : colors.trace, width: isLong ? 0.75 : 1.25 });
  if (isLong) pen.line(smoothed, { color: colors.trace, width: 1.25 });
  drawEnds(pen, column, RATIO_DOMAIN, colors);
  const [weights] = shown?.weights ?? [];
  const ratio = weights === undefined ? null : updateRatio(weights, style.ratioBy);
  pen.text(
    column.left + column.width - 14,
    ROW_HEIGHT / 2,
    ratio === null ? NONE : Number.isFinite(ratio) ? formatFixed(ratio, 2) : "no update",
    {
      color: colors.text,
      align: "right",
    },
  );
};

export interface RowCall {
  readonly nodeId: string;
  readonly row: number;
  readonly layout: RowLayout;
  readonly rows: RowsData;
  readonly style: RowStyle;
  /** At the step shown. */
  readonly shown: NodeStatistics | null;
  readonly colors: ChartColors;
}

/** The value axes of a row. */
export const rowDomains = ({ nodeId, rows, style }: RowCall) => {
  const own = rangesOf(style.quantity, nodeId, rows.frames, rows.timeColumns);
  return {
    mean: isRange(own.mean) ? (rows.sharedMean ?? meanDomain(own.mean)) : null,
    values: isRange(own.values) ? (rows.sharedValues ?? heatDomain(...own.values)) : null,
  };
};

export const drawRow = (pen: Pen, call: RowCall): void => {
  const { layout, rows, style, shown, colors } = call;
  const empty = (column: Column, text: string): void =>
    pen.text(column.plotLeft, ROW_HEIGHT / 2, text, { color: colors.text3, align: "left" });
  drawDepth(pen, layout.depth, call.row, rows, style.quantity, colors);
  const domains = rowDomains(call);
  if (domains.mean === null) empty(layout.mean, style.quantity.missing);
  else drawMean(pen, layout.mean, call, domains.mean);
  if (domains.values !== null) drawValues(pen, layout.histogram, call, domains.values);
  if (shown !== null) {
    if (shown.numChannels <= 1)
      for (const column of [layout.channelMeans, layout.channelStds]) empty(column, "1 channel");
    else {
      drawChannels(pen, layout.channelMeans, shown.channelMeans, colors);
      drawChannels(pen, layout.channelStds, shown.channelStds, colors);
    }
  }
  drawRatio(pen, layout.ratio, call);
};
