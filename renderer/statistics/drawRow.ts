/** Draws one layer's charts: how its std stands among the layers', mean ± std and histogram over steps, channels, update to weight. */
import { type Histogram, updateRatio } from "../../engine/index.ts";
import type { ChartColors } from "../charts/colors.ts";
import { drawHistogram } from "../charts/drawHistogram.ts";
import { formatFixed, NONE, NOT_FINITE } from "../charts/format.ts";
import type { Pen } from "../charts/pen.ts";
import { linearScale, logScale } from "../charts/scale.ts";
import { drawEnds, drawValues } from "./drawValues.ts";
import type { RowCall } from "./rowCall.ts";
import type { Column, RowLayout } from "./rowLayout.ts";
import { createLookup, rowDomains } from "./rowRanges.ts";
import { isOneStep, shareOfStep, stepTicks } from "./stepAxis.ts";

/** From this many measured columns on, the update ratio is smoothed, too. */
const LEAST_SMOOTHED = 24;

const drawSteps = (pen: Pen, column: Column, { layout, style: { axis }, colors }: RowCall): void => {
  for (const step of stepTicks(axis, 5)) {
    const share = shareOfStep(axis, step);
    if (share <= 0.002 || share >= 0.998) continue;
    pen.rect(
      Math.round(column.plotLeft + share * column.plotWidth),
      layout.top,
      1,
      layout.bottom - layout.top,
      colors.line,
    );
  }
};

/** One dot a layer on a log axis, joined from row to row. */
const drawDepth = (pen: Pen, column: Column, call: RowCall): void => {
  const { row, colors } = call;
  const { levels, levelDomain } = call.rows;
  const { quantity } = call.style;
  const { height } = call.layout;
  const isLog = quantity.levels === "stds";
  const scale = (isLog ? logScale : linearScale)(...levelDomain, column.plotLeft, column.plotLeft + column.plotWidth);
  const place = (level: number | null | undefined): number | null =>
    level === null || level === undefined || (isLog && !(level > 0)) || !Number.isFinite(level)
      ? null
      : Math.min(column.plotLeft + column.plotWidth, Math.max(column.plotLeft, scale.toPixel(level)));
  if (quantity.guide !== null) {
    const [from, to] = quantity.guide.map((value) => scale.toPixel(value));
    pen.rect(from ?? 0, 0, (to ?? 0) - (from ?? 0), height, colors.goodSoft);
    pen.rect(Math.round(scale.toPixel(1)), 0, 1, height, colors.lineStrong);
  }
  const middle = height / 2;
  const style = { color: colors.text2, width: 1 };
  // The nearest rows that have a std; the line passes through those that do not.
  const near = (direction: 1 | -1): readonly [number, number] | null => {
    for (let at = row + direction; at >= 0 && at < levels.length; at += direction) {
      const other = place(levels[at]);
      if (other !== null) return [other, middle + (at - row) * height];
    }
    return null;
  };
  const [above, below] = [near(-1), near(1)];
  const x = place(levels[row]);
  if (x === null) {
    if (above !== null && below !== null) pen.line([...above, ...below], style);
    return;
  }
  for (const other of [above, below]) if (other !== null) pen.line([x, middle, ...other], style);
  pen.dot(x, middle, 4.5, { fill: colors.text3, stroke: colors.text });
};

const drawDot = (pen: Pen, x: number, y: number, { trace }: ChartColors): void =>
  pen.dot(x, y, 3, { fill: trace, stroke: trace });

const CAP = 4;

/** A single measurement is no line: a dot, with the std on both sides. */
const drawPoint = (
  pen: Pen,
  x: number,
  [top, mean, bottom]: readonly [number, number, number],
  colors: ChartColors,
): void => {
  pen.line([x, top, x, bottom], { color: colors.traceRaw, width: 1.25 });
  for (const y of [top, bottom]) pen.line([x - CAP, y, x + CAP, y], { color: colors.traceRaw, width: 1.25 });
  drawDot(pen, x, mean, colors);
};

const drawMean = (pen: Pen, column: Column, call: RowCall, domain: readonly [number, number]): void => {
  const { nodeId, rows, style, colors, layout } = call;
  const value = linearScale(domain[0], domain[1], layout.bottom, layout.top);
  drawSteps(pen, column, call);
  pen.rect(column.plotLeft, Math.round(value.toPixel(0)), column.plotWidth, 1, colors.lineStrong);
  const lookUp = createLookup(nodeId);
  const { first, end } = rows.timeColumns;
  let tops: number[] = [];
  let bottoms: number[] = [];
  let means: number[] = [];
  const flush = (): void => {
    const edge: number[] = [...tops];
    for (let at = bottoms.length - 2; at >= 0; at -= 2) edge.push(bottoms[at] ?? 0, bottoms[at + 1] ?? 0);
    if (means.length === 2) {
      drawPoint(pen, means[0] ?? 0, [tops[1] ?? 0, means[1] ?? 0, bottoms[1] ?? 0], colors);
    } else if (means.length > 0) {
      pen.area(edge, colors.traceBand);
      for (const points of [tops, bottoms]) pen.line(points, { color: colors.traceRaw, width: 0.75 });
      // Whiskers would lie under the line of the step shown: the band stays, and its mean is a dot.
      if (isOneStep(style.axis)) drawDot(pen, column.plotLeft + column.plotWidth / 2, means[1] ?? 0, colors);
      else pen.line(means, { color: colors.trace, width: 1.25 });
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
  drawEnds(pen, column, layout, domain, colors);
};

const drawChannels = (
  pen: Pen,
  column: Column,
  { top, bottom }: RowLayout,
  histogram: Histogram,
  colors: ChartColors,
): void => {
  const box = { left: column.plotLeft, top, width: column.plotWidth, height: bottom - top - 11 };
  drawHistogram(pen, box, histogram, "ends", colors);
};

const RATIO_DOMAIN = [-5, 0] as const;

/** The raw line is always there; the smoothed one goes over it. */
const drawRatio = (pen: Pen, column: Column, call: RowCall): void => {
  const { nodeId, rows, style, shown, colors } = call;
  const { top, bottom, height } = call.layout;
  const value = linearScale(RATIO_DOMAIN[0], RATIO_DOMAIN[1], bottom, top);
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
    const y = (of: number): number => Math.min(bottom, Math.max(top, value.toPixel(of)));
    raw.push(px, y(ratio));
    smoothed.push(px, y(average));
  }
  if (raw.length === 0) return;
  drawSteps(pen, column, call);
  const guide = value.toPixel(-3);
  pen.line([column.plotLeft, guide, column.plotLeft + column.plotWidth, guide], {
    color: colors.text3,
    width: 1,
    dash: [3, 3],
  });
  if (raw.length === 2 || isOneStep(style.axis)) {
    const x = raw.length === 2 ? (raw[0] ?? 0) : column.plotLeft + column.plotWidth / 2;
    drawDot(pen, x, raw[1] ?? 0, colors);
  }
  const isLong = raw.length / 2 >= LEAST_SMOOTHED && !isOneStep(style.axis);
  if (!isOneStep(style.axis))
    pen.line(raw, { color: isLong ? colors.traceRaw : colors.trace, width: isLong ? 0.75 : 1.25 });
  if (isLong) pen.line(smoothed, { color: colors.trace, width: 1.25 });
  drawEnds(pen, column, call.layout, RATIO_DOMAIN, colors);
  const [weights] = shown?.weights ?? [];
  const ratio = weights === undefined ? null : updateRatio(weights, style.ratioBy);
  pen.text(
    column.left + column.width - 14,
    height / 2,
    ratio === null ? NONE : Number.isFinite(ratio) ? formatFixed(ratio, 2) : "none",
    {
      color: colors.text,
      align: "right",
    },
  );
};

/** Mean ± std and histograms over the steps. */
export const drawTimeColumns = (pen: Pen, call: RowCall): void => {
  const { layout, style, colors } = call;
  const domains = rowDomains(call);
  const place = [layout.mean.plotLeft, layout.height / 2] as const;
  if (domains.mean === null) pen.text(...place, style.quantity.missing, { color: colors.text3, align: "left" });
  else drawMean(pen, layout.mean, call, domains.mean);
  if (domains.values !== null) drawValues(pen, layout.histogram, call, domains.values);
};

export const drawRow = (pen: Pen, call: RowCall): void => {
  const { layout, shown, colors } = call;
  const empty = (column: Column, text: string): void =>
    pen.text(column.plotLeft, layout.height / 2, text, { color: colors.text3, align: "left" });
  drawDepth(pen, layout.depth, call);
  drawTimeColumns(pen, call);
  if (shown !== null) {
    for (const id of ["channelMeans", "channelStds"] as const) {
      const column = layout[id];
      if (column === null) continue;
      const { counts, underflow, overflow } = shown[id];
      const isEmpty = underflow + overflow + counts.reduce((sum, count) => sum + count, 0) === 0;
      if (shown.numChannels <= 1) empty(column, "1 channel");
      else if (isEmpty) empty(column, NOT_FINITE);
      else drawChannels(pen, column, layout, shown[id], colors);
    }
  }
  drawRatio(pen, layout.ratio, call);
};
