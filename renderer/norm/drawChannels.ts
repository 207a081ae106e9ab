/** Draws the numbers of a batch norm by channel: batch (filled dot) against running (ring), gaps and weights as bars. */
import type { ChartColors } from "../charts/colors.ts";
import { formatShort } from "../charts/format.ts";
import type { Pen } from "../charts/pen.ts";
import { linearScale, linearTicks, logScale, logTicks, roundDomain, type Scale } from "../charts/scale.ts";
import { type ChannelColumns, channelsOf, columnOf, loudestIn } from "./channelColumns.ts";
import type { NormView } from "./normView.ts";

/** Left of the plot, for the ticks of the values: of small ones `−0.0015`. */
export const GUTTER = 46;
/** Line of channel numbers below a plot. */
export const CHANNEL_TICKS_HEIGHT = 15;

const INSET = 4;
/** Of the numbers at the ticks. */
const LINE_HEIGHT = 11;

export interface Plot {
  readonly columns: ChannelColumns;
  readonly width: number;
  readonly height: number;
  /** The channel whose column is marked. */
  readonly marked: number | null;
  readonly colors: ChartColors;
}

/** One chart of all channels, with its title. */
export interface ChannelDrawing {
  readonly title: string;
  readonly height: number;
  /** Of what is drawn below the plot. */
  readonly below: number;
  readonly draw: (pen: Pen, plot: Plot, view: NormView) => void;
}

const centreOf = ({ columns }: Plot, column: number): number => GUTTER + (column + 0.5) * columns.columnWidth;

const drawMark = (pen: Pen, plot: Plot): void => {
  if (plot.marked === null) return;
  const { columns, colors, height } = plot;
  const width = Math.max(5, columns.columnWidth);
  pen.rect(centreOf(plot, columnOf(columns, plot.marked)) - width / 2, 0, width, height, colors.line);
};

const drawValueTicks = (pen: Pen, plot: Plot, scale: Scale, ticks: readonly number[]): void => {
  const { width, height, colors } = plot;
  let last = Number.POSITIVE_INFINITY;
  for (const tick of ticks) {
    const y = Math.round(scale.toPixel(tick));
    pen.rect(GUTTER, y, width - GUTTER, 1, tick === 0 ? colors.lineStrong : colors.lineFaint);
    const label = Math.min(height - 5, Math.max(5, y));
    if (Math.abs(last - label) < LINE_HEIGHT) continue;
    last = label;
    pen.text(GUTTER - 6, label, formatShort(tick), { color: colors.text3, align: "right" });
  }
};

const extent = (lists: readonly (ArrayLike<number> | null)[], isCounted: (value: number) => boolean) => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const list of lists) {
    for (let c = 0; list !== null && c < list.length; c++) {
      const value = list[c] ?? Number.NaN;
      if (!isCounted(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return { low, high };
};

const isPositive = (value: number): boolean => value > 0 && Number.isFinite(value);

/** Values that are not positive have no place on a log axis: they stand at its lower edge. */
const logAxis = (lists: readonly (ArrayLike<number> | null)[], height: number): Scale => {
  const { low, high } = extent(lists, isPositive);
  if (!(low <= high)) return logScale(0.1, 10, height - INSET, INSET);
  // Half a decade at least: noise must not fill the plot.
  const spread = Math.max(0, (Math.log10(2.5) - Math.log10(high / low)) / 2);
  return logScale(low / 10 ** (spread + 0.03), high * 10 ** (spread + 0.03), height - INSET, INSET);
};

const linearAxis = (lists: readonly (ArrayLike<number> | null)[], height: number): Scale => {
  const { low, high } = extent(lists, Number.isFinite);
  const [from, to] = low <= high ? roundDomain(low, high, 4) : [-1, 1];
  return linearScale(from, to, height - INSET, INSET);
};

const drawSeries = (pen: Pen, plot: Plot, scale: Scale, values: Float32Array, by: "batch" | "running"): void => {
  const { columns, colors, height } = plot;
  const place = (value: number): number | null =>
    Number.isFinite(value) ? Math.min(height - 2, Math.max(2, scale.toPixel(value))) : null;
  const color = by === "batch" ? colors.runA : colors.runB;
  const radius = Math.min(by === "batch" ? 2 : 3, Math.max(1, columns.columnWidth / 2 - 0.25));
  for (let column = 0; column < columns.numColumns; column++) {
    const [first, last] = channelsOf(columns, column);
    const x = centreOf(plot, column);
    if (columns.perColumn === 1) {
      const y = place(values[first] ?? Number.NaN);
      if (y === null) continue;
      if (by === "batch") pen.dot(x, y, radius, { fill: color, stroke: color });
      else pen.dot(x, y, radius, { fill: "transparent", stroke: color });
      continue;
    }
    const { low, high } = extent([values.subarray(first, last + 1)], Number.isFinite);
    const [top, bottom] = [place(high), place(low)];
    if (top === null || bottom === null) continue;
    // Batch at the left of the column, running at its right.
    pen.rect(by === "batch" ? x - 1 : x, top, 1, Math.max(1, bottom - top), color);
  }
};

/** One quantity of all channels. `batch` null: training has no part in it. */
export const drawScatter = (
  pen: Pen,
  plot: Plot,
  series: { readonly batch: Float32Array | null; readonly running: Float32Array; readonly isLog: boolean },
): void => {
  const { batch, running, isLog } = series;
  drawMark(pen, plot);
  const scale = (isLog ? logAxis : linearAxis)([batch, running], plot.height);
  drawValueTicks(pen, plot, scale, isLog ? logTicks(scale.low, scale.high, 4) : linearTicks(scale.low, scale.high, 4));
  drawSeries(pen, plot, scale, running, "running");
  if (batch !== null) drawSeries(pen, plot, scale, batch, "batch");
};

/** Bars from `base`; of several channels in a column the one furthest from it. The marked one stands out. */
export const drawBars = (
  pen: Pen,
  plot: Plot,
  bars: { readonly values: ArrayLike<number>; readonly base: number; readonly ticks: boolean },
): void => {
  const { columns, width, height, colors, marked } = plot;
  const { values, base, ticks } = bars;
  const offsets = Float64Array.from({ length: values.length }, (_, c) => (values[c] ?? Number.NaN) - base);
  const { low, high } = extent([offsets], Number.isFinite);
  const most = Math.max(Math.abs(low), Math.abs(high), 0);
  const [, to] = roundDomain(-most, most, 4);
  const reach = Number.isFinite(to) && to > 0 && most > 0 ? to : 1;
  const scale = linearScale(base - reach, base + reach, height - 1, 1);
  drawMark(pen, plot);
  if (ticks) drawValueTicks(pen, plot, scale, [-reach, 0, reach]);
  else pen.rect(GUTTER, Math.round(scale.toPixel(base)), width - GUTTER, 1, colors.lineStrong);
  const zero = Math.round(scale.toPixel(base));
  const gap = columns.columnWidth >= 4 ? 1 : 0;
  for (let column = 0; column < columns.numColumns; column++) {
    const channel = loudestIn(columns, column, offsets);
    const value = offsets[channel] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const y = scale.toPixel(base + value);
    const isMarked = marked !== null && columnOf(columns, marked) === column;
    const barWidth = Math.max(1, columns.columnWidth - gap);
    const size = Math.max(value === 0 ? 0 : 1, Math.abs(zero - y));
    const color = isMarked ? colors.text : colors.text3;
    pen.rect(GUTTER + column * columns.columnWidth, y < zero ? zero - size : zero, barWidth, size, color);
  }
};

/** Numbers of channels from 0, along the bottom. */
export const drawChannelTicks = (pen: Pen, plot: Plot, y: number): void => {
  const { columns, width, colors } = plot;
  const last = columns.numChannels - 1;
  const ticks = linearTicks(0, last, 5).filter((tick) => Number.isInteger(tick));
  const shown = ticks.filter((tick) => last - tick > last * 0.08);
  for (const channel of [...shown, last]) {
    const x = Math.min(width - 1, centreOf(plot, columnOf(columns, channel)));
    const align = channel === last && last > 0 ? "right" : "center";
    pen.text(align === "right" ? width : x, y + 7, formatShort(channel, 4), { color: colors.text3, align });
  }
};
