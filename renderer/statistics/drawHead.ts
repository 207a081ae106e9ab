/** Draws the axes that all rows share: the stds of the first column, the steps of the others, the step shown. */
import type { ChartColors } from "../charts/colors.ts";
import { formatCount, formatShort } from "../charts/format.ts";
import type { Pen } from "../charts/pen.ts";
import { linearScale, logScale, logTicks } from "../charts/scale.ts";
import type { Quantity } from "./quantities.ts";
import { type RowLayout, timeColumns } from "./rowLayout.ts";
import { type StepAxis, shareOfStep, stepTicks } from "./stepAxis.ts";

/** Roughly, of 10 px digits. */
const textWidth = (text: string): number => 5.8 * text.length;

export interface HeadCall {
  readonly layout: RowLayout;
  readonly axis: StepAxis;
  readonly step: number;
  readonly levelDomain: readonly [number, number];
  readonly levels: Quantity["levels"];
  readonly colors: ChartColors & { readonly onAccent?: string };
}

export const drawHead = (pen: Pen, { layout, axis, step, levelDomain, levels, colors }: HeadCall): void => {
  const y = 8;
  const { depth, channelMeans, channelStds } = layout;
  const isLog = levels === "stds";
  const level = (isLog ? logScale : linearScale)(...levelDomain, depth.plotLeft, depth.plotLeft + depth.plotWidth);
  let last = Number.NEGATIVE_INFINITY;
  for (const tick of isLog ? logTicks(...levelDomain, 4) : [0, 0.5, 1]) {
    const half = textWidth(formatShort(tick)) / 2;
    const x = level.toPixel(tick);
    if (x - half < last + 4) continue;
    last = Math.max(half, x) + half;
    pen.text(Math.max(half, x), y, formatShort(tick), { color: colors.text3, align: "center" });
  }
  for (const column of [channelMeans, channelStds]) {
    if (column !== null) pen.text(column.plotLeft, y, "32 bins", { color: colors.text3, align: "left" });
  }
  const shown = shareOfStep(axis, Math.max(1, step));
  const isShown = step > 0 && shown >= 0 && shown <= 1;
  for (const id of timeColumns) {
    const { plotLeft, plotWidth } = layout[id];
    const label = formatCount(step);
    const half = textWidth(label) / 2 + 6;
    const cursor = plotLeft + shown * (plotWidth - 1);
    // The label ends where its column does: beside it stand the words of the next one.
    const middle = Math.min(cursor, plotLeft + plotWidth - half);
    let right = Number.NEGATIVE_INFINITY;
    for (const tick of stepTicks(axis, Math.max(2, Math.floor(plotWidth / 60)))) {
      const x = plotLeft + shareOfStep(axis, tick) * plotWidth;
      const text = formatCount(tick);
      const reach = textWidth(text) / 2;
      // Neither over its neighbour nor under the step shown.
      if (x - reach < right + 4 || (isShown && Math.abs(x - middle) < half + reach + 3)) continue;
      if (x + reach > plotLeft + plotWidth + 10) continue;
      pen.text(x, y, text, { color: colors.text3, align: "center" });
      right = x + reach;
    }
    if (!isShown) continue;
    pen.rect(middle - half, 0, 2 * half, 15, colors.accent, 3);
    pen.text(middle, y, label, { color: colors.onAccent ?? "#ffffff", align: "center" });
  }
};
