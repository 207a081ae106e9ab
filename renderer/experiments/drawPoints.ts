/** Scatter and parallel coordinates of runs. */
import type { StudyRunStatus } from "../../engine/protocol.ts";
import type { ChartColors } from "../charts/colors.ts";
import { formatShort } from "../charts/format.ts";
import { type PagePen, widthOfText } from "../charts/pen.ts";
import { linearScale, linearTicks, logScale, logTicks, type Scale } from "../charts/scale.ts";
import { drawStyled } from "../library/runStyle.ts";
import { numberWords } from "./axisWords.ts";
import { fitTwoLines } from "./fitText.ts";
import { drawMarker } from "./markers.ts";
import type { Dimension } from "./runPoints.ts";
import type { StudyModel } from "./studyModel.ts";
import { variantOf } from "./studyModel.ts";

export interface PointsCall {
  readonly model: StudyModel;
  readonly runs: readonly StudyRunStatus[];
  readonly selected: ReadonlySet<string>;
  /** Runs that are shown faintly: outside what is marked or filtered. */
  readonly faint: ReadonlySet<string>;
  readonly width: number;
  readonly height: number;
  readonly colors: ChartColors;
}

const LEFT = 44;
const BOTTOM = 20;
const TOP = 8;
const RIGHT = 12;

/** The scale of a dimension over `from` to `to` px, with 4 % of air; a single value stands in the middle. */
export const dimensionScale = ({ range, isLog, words }: Dimension, from: number, to: number): Scale => {
  const [low, high] = range ?? [0, 1];
  if (words !== null) return linearScale(-0.5, words.length - 0.5, from, to);
  if (isLog && low > 0) return logScale(low / (high / low) ** 0.04, high * (high / low) ** 0.04, from, to);
  const air = (high - low) * 0.04;
  return linearScale(low - air, high + air, from, to);
};

const ticksOf = (dimension: Dimension, scale: Scale): readonly { readonly at: number; readonly text: string }[] => {
  const { words, isLog, id } = dimension;
  if (words !== null) return words.map((text, at) => ({ at, text }));
  const ticks = isLog ? logTicks(scale.low, scale.high, 4) : linearTicks(scale.low, scale.high, 4);
  const isPercent = dimension.title.endsWith(", %");
  const write = (value: number): string =>
    isPercent ? formatShort(value * 100) : id.startsWith("param:") ? numberWords(value) : formatShort(value);
  return ticks.map((at) => ({ at, text: write(at) }));
};

export const scatterPlot = ({ width, height }: Pick<PointsCall, "width" | "height">) => ({
  left: LEFT,
  top: TOP,
  width: width - LEFT - RIGHT,
  height: height - TOP - BOTTOM,
});

export const scatterPlace = (
  run: StudyRunStatus,
  x: Dimension,
  y: Dimension,
  plot: ReturnType<typeof scatterPlot>,
): readonly [number, number] | null => {
  const [across, up] = [x.measure(run), y.measure(run)];
  if (across === null || up === null) return null;
  return [dimensionScale(x, 0, plot.width).toPixel(across), dimensionScale(y, plot.height, 0).toPixel(up)];
};

export const drawScatter = (
  pen: PagePen,
  call: PointsCall,
  [x, y]: readonly [Dimension, Dimension],
  origin: readonly [number, number] = [0, 0],
): void => {
  const { model, runs, selected, faint, colors } = call;
  const plot = scatterPlot(call);
  const [across, up] = [dimensionScale(x, 0, plot.width), dimensionScale(y, plot.height, 0)];
  pen.moveTo(origin[0] + plot.left, origin[1] + plot.top);
  for (const { at, text } of ticksOf(y, up)) {
    const pixel = Math.round(up.toPixel(at));
    pen.rect(0, pixel, plot.width, 1, colors.lineFaint);
    pen.text(-6, pixel, text, { color: colors.text3, align: "right" });
  }
  for (const { at, text } of ticksOf(x, across)) {
    const pixel = Math.round(across.toPixel(at));
    const isOut = pixel + widthOfText(text) / 2 > plot.width + RIGHT;
    pen.rect(pixel, 0, 1, plot.height, colors.lineFaint);
    pen.text(isOut ? plot.width + RIGHT : pixel, plot.height + 12, text, {
      color: colors.text3,
      align: isOut ? "right" : "center",
    });
  }
  pen.rect(0, plot.height, plot.width, 1, colors.lineStrong);
  for (const run of runs) {
    const place = scatterPlace(run, x, y, plot);
    if (place === null) continue;
    const [px, py] = place;
    if (selected.has(run.id)) pen.dot(px, py, 7, { fill: "transparent", stroke: colors.accent, width: 2 });
    if (faint.has(run.id)) pen.dot(px, py, 2, { fill: colors.lineStrong, stroke: colors.lineStrong });
    else drawMarker(pen, { x: px, y: py, radius: 3.5, style: variantOf(model, run)?.style ?? 0, colors });
  }
};

const AXIS_TITLE = 26;
const TITLE_LINE = 12;
const AXIS_FOOT = 12;

export interface ParallelPlot {
  /** x of each axis. */
  readonly axes: readonly number[];
  readonly top: number;
  readonly bottom: number;
}

/** From the end of an axis' numbers to the axis, and from the edge of the picture to them. */
const [TICK_GAP, EDGE_GAP] = [5, 4];

export const parallelPlot = (
  { width, height }: Pick<PointsCall, "width" | "height">,
  dimensions: readonly Dimension[],
): ParallelPlot => {
  const [first] = dimensions;
  const count = dimensions.length;
  const [top, bottom] = [AXIS_TITLE + 6, height - AXIS_FOOT];
  const margin = Math.min(64, width / (2 * Math.max(1, count)));
  // What stands left of the first axis is whole.
  const ticks = first === undefined ? [] : ticksOf(first, dimensionScale(first, bottom, top));
  const left = Math.max(margin, ...ticks.map(({ text }) => widthOfText(text) + TICK_GAP + EDGE_GAP));
  const step = count < 2 ? 0 : (width - left - margin) / (count - 1);
  return { axes: dimensions.map((_, index) => left + index * step), top, bottom };
};

export const drawParallel = (
  pen: PagePen,
  call: PointsCall,
  dimensions: readonly Dimension[],
  brushes: Readonly<Record<string, readonly [number, number]>>,
  origin: readonly [number, number] = [0, 0],
): void => {
  const { model, runs, selected, faint, colors } = call;
  const plot = parallelPlot(call, dimensions);
  const step = (plot.axes[1] ?? call.width) - (plot.axes[0] ?? 0);
  const scales = dimensions.map((dimension) => dimensionScale(dimension, plot.bottom, plot.top));
  pen.moveTo(...origin);
  // What is marked stands in front.
  const layer = ({ id }: StudyRunStatus): number => (faint.has(id) ? 0 : selected.has(id) ? 2 : 1);
  for (const run of [...runs].sort((a, b) => layer(a) - layer(b))) {
    const points = dimensions.flatMap(({ measure }, index) => {
      const value = measure(run);
      return value === null ? [] : [plot.axes[index] ?? 0, scales[index]?.toPixel(value) ?? 0];
    });
    if (points.length < 4) continue;
    const style = variantOf(model, run)?.style ?? 0;
    if (faint.has(run.id)) pen.line(points, { color: colors.line, width: 1 });
    else drawStyled(pen, points, colors, { style, width: selected.has(run.id) ? 2.5 : 1 });
  }
  for (const [index, dimension] of dimensions.entries()) {
    const x = Math.round(plot.axes[index] ?? 0);
    const scale = scales[index];
    if (scale === undefined) continue;
    pen.rect(x, plot.top, 1, plot.bottom - plot.top, colors.lineStrong);
    const title = fitTwoLines(dimension.title, step - 8);
    title.forEach((line, at) => {
      const y = AXIS_TITLE - 6 - TITLE_LINE * (title.length - 1 - at);
      pen.label(x, y, line, { color: colors.text, size: 10, weight: 550, align: "center" });
    });
    for (const { at, text } of ticksOf(dimension, scale)) {
      const y = scale.toPixel(at);
      const width = widthOfText(text);
      pen.rect(x - 6 - width, y - 6, width + 3, 12, colors.raised);
      pen.text(x - TICK_GAP, y, text, { color: colors.text3, align: "right" });
    }
    const brush = brushes[dimension.id];
    if (brush === undefined) continue;
    const [low, high] = [scale.toPixel(brush[0]), scale.toPixel(brush[1])];
    pen.rect(x - 3, high, 7, Math.max(2, low - high), `${colors.accent}55`, 2);
    pen.rect(x - 5, high - 1, 11, 2, colors.accent);
    pen.rect(x - 5, low - 1, 11, 2, colors.accent);
  }
};
