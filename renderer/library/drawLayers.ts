/** Draws what several runs measured of one layer: mean ± std and gradient over the steps, and histograms over one another or side by side. */
import type { Histogram } from "../../engine/index.ts";
import type { ChartColors } from "../charts/colors.ts";
import { formatShort } from "../charts/format.ts";
import type { Pen } from "../charts/pen.ts";
import { linearScale, linearTicks, logScale, logTicks, roundDomain, type Scale } from "../charts/scale.ts";
import type { LayerLine } from "./comparedLayers.ts";
import { bandOf, colorOf, lineStyle } from "./runStyle.ts";

export const LAYER_HEIGHT = 84;
const TOP = 8;
const BOTTOM = LAYER_HEIGHT - 8;
export const LAYER_GUTTER = 40;
const RIGHT = 8;

export interface LayerSeries {
  readonly style: number;
  readonly line: LayerLine;
}

export const layerScale = (end: number, width: number): Scale =>
  linearScale(0, end > 0 ? end : 1, LAYER_GUTTER, width - RIGHT);

const drawTicks = (pen: Pen, ticks: readonly number[], y: Scale, width: number, colors: ChartColors): void => {
  let last = Number.POSITIVE_INFINITY;
  for (const tick of ticks) {
    const at = y.toPixel(tick);
    pen.rect(
      LAYER_GUTTER,
      Math.round(at),
      width - LAYER_GUTTER - RIGHT,
      1,
      tick === 0 ? colors.lineStrong : colors.lineFaint,
    );
    if (Math.abs(last - at) < 12) continue;
    pen.text(LAYER_GUTTER - 6, at, formatShort(tick), { color: colors.text3, align: "right" });
    last = at;
  }
};

const MISSING = "not measured";

const missing = (pen: Pen, text: string, colors: ChartColors): void =>
  pen.text(LAYER_GUTTER, LAYER_HEIGHT / 2, text, { color: colors.text3, align: "left" });

/** Each stretch of measured steps by itself; of points that share a pixel the last counts. */
const stretches = (
  xs: readonly number[],
  ys: readonly number[],
  x: Scale,
  y: (value: number) => number,
): number[][] => {
  const found: number[][] = [];
  let path: number[] = [];
  let pixel = -1;
  xs.forEach((value, at) => {
    const height = y(ys[at] ?? Number.NaN);
    if (!Number.isFinite(height)) {
      if (path.length > 0) found.push(path);
      path = [];
      return;
    }
    const px = x.toPixel(value);
    if (Math.floor(px) === pixel) path.splice(-2);
    pixel = Math.floor(px);
    path.push(px, height);
  });
  return path.length > 0 ? [...found, path] : found;
};

const drawStretch = (pen: Pen, path: readonly number[], style: number, colors: ChartColors): void => {
  const [x = 0, y = 0] = path;
  if (path.length > 2) pen.line(path, lineStyle(colors, style, 1.5));
  else pen.dot(x, y, 1.5, { fill: colorOf(colors, style), stroke: colorOf(colors, style) });
};

export const drawMeans = (
  pen: Pen,
  call: { readonly series: readonly LayerSeries[]; readonly end: number; readonly width: number },
  colors: ChartColors,
): void => {
  const { series, end, width } = call;
  let [low, high] = [0, 0];
  let isThere = false;
  for (const { line } of series) {
    line.means.forEach((mean, at) => {
      const std = line.stds[at] ?? Number.NaN;
      if (!Number.isFinite(mean) || !Number.isFinite(std)) return;
      isThere = true;
      [low, high] = [Math.min(low, mean - std), Math.max(high, mean + std)];
    });
  }
  if (!isThere) {
    missing(pen, MISSING, colors);
    return;
  }
  const [from, to] = roundDomain(low, high, 6);
  const [x, y] = [layerScale(end, width), linearScale(from, to, BOTTOM, TOP)];
  drawTicks(pen, linearTicks(from, to, 4), y, width, colors);
  for (const { style, line } of series) {
    const upper = stretches(
      line.xs,
      line.means.map((mean, at) => mean + (line.stds[at] ?? 0)),
      x,
      y.toPixel,
    );
    const lower = stretches(
      line.xs,
      line.means.map((mean, at) => mean - (line.stds[at] ?? 0)),
      x,
      y.toPixel,
    );
    upper.forEach((top, index) => {
      const back: number[] = [];
      const bottom = lower[index] ?? [];
      for (let at = bottom.length - 2; at >= 0; at -= 2) back.push(bottom[at] ?? 0, bottom[at + 1] ?? 0);
      if (top.length > 2) pen.area([...top, ...back], bandOf(colors, style));
    });
  }
  for (const { style, line } of series) {
    for (const path of stretches(line.xs, line.means, x, y.toPixel)) drawStretch(pen, path, style, colors);
  }
};

export const drawGradients = (
  pen: Pen,
  call: { readonly series: readonly LayerSeries[]; readonly end: number; readonly width: number },
  colors: ChartColors,
): void => {
  const { series, end, width } = call;
  const all = series.flatMap(({ line }) => line.gradients).filter((value) => value > 0 && Number.isFinite(value));
  if (all.length === 0) {
    missing(pen, "no gradient here", colors);
    return;
  }
  const [low, high] = [Math.min(...all) / 1.2, Math.max(...all) * 1.2];
  const [x, y] = [layerScale(end, width), logScale(low, high, BOTTOM, TOP)];
  drawTicks(pen, logTicks(low, high, 4), y, width, colors);
  for (const { style, line } of series) {
    const height = (value: number): number => (value > 0 ? y.toPixel(value) : Number.NaN);
    for (const path of stretches(line.xs, line.gradients, x, height)) drawStretch(pen, path, style, colors);
  }
};

export interface HistogramSeries {
  readonly style: number;
  /** null: not measured. */
  readonly histogram: Histogram | null;
}

const outlineOf = ({ low, high, counts }: Histogram, x: Scale, y: Scale): number[] => {
  const width = (high - low) / counts.length;
  const points = [x.toPixel(low), y.toPixel(0)];
  counts.forEach((count, bin) => {
    const height = y.toPixel(count);
    points.push(x.toPixel(low + bin * width), height, x.toPixel(low + (bin + 1) * width), height);
  });
  points.push(x.toPixel(high), y.toPixel(0));
  return points;
};

/** One scale of values for all; each as high as its own fullest bin, or a narrow one would flatten all others. */
export const drawHistograms = (
  pen: Pen,
  call: { readonly series: readonly HistogramSeries[]; readonly width: number; readonly sideBySide: boolean },
  colors: ChartColors,
): void => {
  const { series, width, sideBySide } = call;
  const known = series.flatMap(({ style, histogram }) => (histogram === null ? [] : [{ style, histogram }]));
  if (known.length === 0) {
    missing(pen, MISSING, colors);
    return;
  }
  const low = Math.min(...known.map(({ histogram }) => histogram.low));
  const high = Math.max(...known.map(({ histogram }) => histogram.high));
  const base = BOTTOM - 12;
  const heightOf = ({ counts }: Histogram): Scale => linearScale(0, Math.max(...counts) || 1, base, TOP);
  const numBoxes = sideBySide ? series.length : 1;
  const gap = 10;
  const boxWidth = (width - 12 - RIGHT - (numBoxes - 1) * gap) / numBoxes;
  for (let box = 0; box < numBoxes; box += 1) {
    const left = 12 + box * (boxWidth + gap);
    const x = linearScale(low, high, left, left + boxWidth);
    const shown = sideBySide ? known.filter(({ style }) => style === series[box]?.style) : known;
    if (low < 0 && high > 0) pen.rect(Math.round(x.toPixel(0)), TOP, 1, base - TOP, colors.lineStrong);
    pen.rect(left, Math.round(base), boxWidth, 1, colors.lineStrong);
    for (const { style, histogram } of shown)
      pen.area(outlineOf(histogram, x, heightOf(histogram)), bandOf(colors, style));
    for (const { style, histogram } of shown)
      pen.line(outlineOf(histogram, x, heightOf(histogram)), lineStyle(colors, style, 1.25));
    const ticks = linearTicks(low, high, boxWidth < 140 ? 3 : 5);
    for (const tick of ticks) {
      const at = x.toPixel(tick);
      const align = at < left + 8 ? "left" : at > left + boxWidth - 8 ? "right" : "center";
      pen.text(at, base + 10, formatShort(tick), { color: colors.text3, align });
    }
  }
};
