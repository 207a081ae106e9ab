/** Draws the histograms of a layer over the steps: as a heat map or as ridges. */
import { type ChartColors, heatOf } from "../charts/colors.ts";
import { writeProfile } from "../charts/columns.ts";
import { formatOnAxis } from "../charts/format.ts";
import { rampIndexOf } from "../charts/heatPainter.ts";
import type { Pen } from "../charts/pen.ts";
import { linearScale } from "../charts/scale.ts";
import type { RowCall } from "./rowCall.ts";
import type { Column, RowLayout } from "./rowLayout.ts";
import { createLookup } from "./rowRanges.ts";
import { isOneStep } from "./stepAxis.ts";

const NUM_RIDGES = 14;

/** The ends of a value axis, beside the plot. */
export const drawEnds = (
  pen: Pen,
  column: Column,
  { top, bottom }: RowLayout,
  domain: readonly [number, number],
  colors: ChartColors,
): void => {
  const x = column.plotLeft - 5;
  pen.text(x, top + 3, formatOnAxis(domain[1], ...domain), { color: colors.text3, align: "right" });
  pen.text(x, bottom - 3, formatOnAxis(domain[0], ...domain), { color: colors.text3, align: "right" });
};

/** Pictures are made on a canvas of their own, which the next row takes over. */
let heatCanvas: HTMLCanvasElement | null = null;

const drawHeat = (pen: Pen, column: Column, call: RowCall, domain: readonly [number, number]): void => {
  const { nodeId, rows, style, colors } = call;
  const { top, bottom } = call.layout;
  const height = Math.round((bottom - top) * pen.scale);
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
  pen.rect(column.plotLeft, top, column.plotWidth, bottom - top, colors.sunken);
  pen.image(heatCanvas, column.plotLeft, top, width, bottom - top);
};

/** Histograms of evenly spaced columns, lying on their side: as wide as the heat map is dark. */
const drawRidges = (pen: Pen, column: Column, call: RowCall, domain: readonly [number, number]): void => {
  const { nodeId, rows, style, colors, layout } = call;
  const value = linearScale(domain[0], domain[1], layout.bottom, layout.top);
  const lookUp = createLookup(nodeId);
  const { width, end } = rows.timeColumns;
  const numRidges = isOneStep(style.axis) ? 1 : NUM_RIDGES;
  const ridge = width / numRidges;
  for (let index = 0; index < numRidges; index += 1) {
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

export const drawValues = (pen: Pen, column: Column, call: RowCall, domain: readonly [number, number]): void => {
  const { style, colors, layout } = call;
  if (style.histogramStyle === "heat") drawHeat(pen, column, call, domain);
  else drawRidges(pen, column, call, domain);
  if (domain[0] < 0 && domain[1] > 0 && style.quantity.id !== "gradients") {
    const zero = Math.round(linearScale(domain[0], domain[1], layout.bottom, layout.top).toPixel(0));
    pen.rect(
      column.plotLeft,
      zero,
      column.plotWidth,
      1,
      style.histogramStyle === "heat" ? `${colors.raised}80` : colors.line,
    );
  }
  drawEnds(pen, column, layout, domain, colors);
};
