/** Draws a histogram: stepped outline, fill, baseline, zero line, ticks. */
import type { Histogram } from "../../engine/index.ts";
import type { ChartColors } from "./colors.ts";
import { formatShort } from "./format.ts";
import { linearScale, linearTicks } from "./scale.ts";
import type { Surface } from "./surface.ts";

export type TickStyle = "round" | "ends";

/** Height of the line of ticks below the plot, in CSS px. */
export const TICKS_HEIGHT = 16;

const AXIS_FONT_PX = 10;

export const binAt = (histogram: Histogram, share: number): number =>
  Math.min(histogram.counts.length - 1, Math.max(0, Math.floor(share * histogram.counts.length)));

const drawTicks = (
  surface: Surface,
  histogram: Histogram,
  top: number,
  style: TickStyle,
  colors: ChartColors,
): void => {
  const { context, width, scale } = surface;
  const { low, high } = histogram;
  const value = linearScale(low, high, 0, width);
  context.font = `400 ${AXIS_FONT_PX * scale}px "Inter Variable", "Inter", system-ui, sans-serif`;
  context.textBaseline = "top";
  context.fillStyle = colors.text3;
  const ticks = style === "ends" ? [low, high] : linearTicks(low, high);
  for (const tick of ticks) {
    const x = value.toPixel(tick);
    const text = formatShort(tick);
    const half = context.measureText(text).width / 2;
    context.textAlign = x < half ? "left" : x > width - half ? "right" : "center";
    context.fillText(text, Math.min(width, Math.max(0, x)), top + 3 * scale);
  }
};

export const drawHistogram = (
  surface: Surface,
  histogram: Histogram | null,
  style: TickStyle,
  colors: ChartColors,
): void => {
  const { context, width, height, scale } = surface;
  context.clearRect(0, 0, width, height);
  if (histogram === null) return;
  const { low, high, counts } = histogram;
  const bottom = height - TICKS_HEIGHT * scale;
  const baseline = Math.round(bottom) - scale;
  let most = 0;
  for (const count of counts) if (count > most) most = count;
  const heightOf = linearScale(0, most || 1, baseline, 2 * scale);
  const binWidth = width / counts.length;

  context.fillStyle = colors.lineStrong;
  if (low < 0 && high > 0) {
    const zero = Math.round(linearScale(low, high, 0, width).toPixel(0) - scale / 2);
    context.fillRect(zero, 0, Math.max(1, Math.round(scale)), baseline);
  }
  const outline = (): void => {
    context.beginPath();
    context.moveTo(0, baseline);
    counts.forEach((count, bin) => {
      const y = heightOf.toPixel(count);
      context.lineTo(bin * binWidth, y);
      context.lineTo((bin + 1) * binWidth, y);
    });
    context.lineTo(width, baseline);
  };
  outline();
  context.fillStyle = colors.traceFill;
  context.fill();
  context.fillStyle = colors.lineStrong;
  context.fillRect(0, baseline, width, Math.max(1, Math.round(scale)));
  outline();
  context.strokeStyle = colors.trace;
  context.lineWidth = scale;
  context.lineJoin = "miter";
  context.stroke();
  drawTicks(surface, histogram, bottom, style, colors);
};
