/** Draws a histogram: stepped outline, fill, baseline, zero line, ticks. */
import type { Histogram } from "../../engine/index.ts";
import type { ChartColors } from "./colors.ts";
import { formatOnAxis } from "./format.ts";
import { type Pen, widthOfText } from "./pen.ts";
import { linearScale, linearTicks } from "./scale.ts";

export type TickStyle = "round" | "ends";

/** Height of the line of ticks below the plot, in CSS px. */
export const TICKS_HEIGHT = 16;

export const binAt = (histogram: Histogram, share: number): number =>
  Math.min(histogram.counts.length - 1, Math.max(0, Math.floor(share * histogram.counts.length)));

export interface HistogramBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** Of the plot; the ticks are below it. */
  readonly height: number;
}

const drawTicks = (pen: Pen, box: HistogramBox, histogram: Histogram, style: TickStyle, colors: ChartColors): void => {
  const { low, high } = histogram;
  const y = box.top + box.height + 8;
  const value = linearScale(low, high, 0, box.width);
  const ticks = style === "ends" ? [low, high] : linearTicks(low, high);
  for (const tick of ticks) {
    const x = Math.min(box.width, Math.max(0, value.toPixel(tick)));
    const text = formatOnAxis(tick, low, high);
    const half = widthOfText(text) / 2;
    const align = x < half ? "left" : x > box.width - half ? "right" : "center";
    pen.text(box.left + x, y, text, { color: colors.text3, align });
  }
};

export const drawHistogram = (
  pen: Pen,
  box: HistogramBox,
  histogram: Histogram,
  style: TickStyle,
  colors: ChartColors,
): void => {
  const { left, top, width, height } = box;
  const { low, high, counts } = histogram;
  const baseline = Math.round(top + height) - 1;
  let most = 0;
  for (const count of counts) if (count > most) most = count;
  const heightOf = linearScale(0, most || 1, baseline, top + 2);
  const binWidth = width / counts.length;
  if (low < 0 && high > 0) {
    const zero = Math.round(linearScale(low, high, left, left + width).toPixel(0) - 0.5);
    pen.rect(zero, top, 1, baseline - top, colors.lineStrong);
  }
  const outline = [left, baseline];
  counts.forEach((count, bin) => {
    const y = heightOf.toPixel(count);
    outline.push(left + bin * binWidth, y, left + (bin + 1) * binWidth, y);
  });
  outline.push(left + width, baseline);
  pen.area(outline, colors.traceFill);
  pen.rect(left, baseline, width, 1, colors.lineStrong);
  pen.line(outline, { color: colors.trace, width: 1 });
  drawTicks(pen, box, histogram, style, colors);
};
