/** The loss against a learning rate that rises: each batch faintly, smoothed strongly, with the rates that a run finds. */

import type { RateRange } from "../../engine/index.ts";
import type { ChartColors } from "../charts/colors.ts";
import { formatShort } from "../charts/format.ts";
import { type PagePen, widthOfText } from "../charts/pen.ts";
import { logScale, logTicks } from "../charts/scale.ts";
import { colorOf, drawStyled } from "../library/runStyle.ts";
import { numberWords } from "./axisWords.ts";
import { GUTTER, valueAxis } from "./curveLayout.ts";
import { drawCross } from "./markers.ts";
import { litAmong } from "./nearestLines.ts";

export interface RateLine {
  readonly title: string;
  readonly style: number;
  readonly range: RateRange;
}

export interface RatesCall {
  readonly lines: readonly RateLine[];
  /** The title of the line that is pointed at: the others are faint, and nothing is written at them. */
  readonly lit?: string | null;
  readonly width: number;
  readonly height: number;
  readonly colors: ChartColors;
}

const BOTTOM = 20;
const TOP = 12;
const RIGHT = 8;

export const drawRates = (
  pen: PagePen,
  { lines, width, height, colors, ...given }: RatesCall,
  origin: readonly [number, number] = [0, 0],
): void => {
  const [plotWidth, plotHeight] = [width - GUTTER - RIGHT, height - TOP - BOTTOM];
  const lit = litAmong(lines, given.lit, ({ title }) => title);
  const points = lines.flatMap(({ range }) => range.points);
  if (points.length === 0) return;
  const rates = points.map(({ rate }) => rate);
  const x = logScale(Math.min(...rates), Math.max(...rates), 0, plotWidth);
  const losses = points.map(({ smoothed }) => smoothed);
  const y = valueAxis([Math.min(...losses), Math.max(...losses)], "loss", plotHeight, 0);
  const clamp = (value: number): number => Math.min(plotHeight, Math.max(0, y.scale.toPixel(value)));
  pen.moveTo(origin[0] + GUTTER, origin[1] + TOP);
  for (const tick of y.ticks) {
    const at = Math.round(y.scale.toPixel(tick));
    pen.rect(0, at, plotWidth, 1, colors.lineFaint);
    pen.text(-6, at, formatShort(tick), { color: colors.text3, align: "right" });
  }
  pen.rect(0, plotHeight, plotWidth, 1, colors.lineStrong);
  for (const tick of logTicks(x.low, x.high, 8)) {
    const at = x.toPixel(tick);
    const isOut = at + widthOfText(numberWords(tick)) / 2 > plotWidth + RIGHT;
    pen.rect(Math.round(at), 0, 1, plotHeight, colors.lineFaint);
    pen.text(isOut ? plotWidth + RIGHT : at, plotHeight + 12, numberWords(tick), {
      color: colors.text3,
      align: isOut ? "right" : "center",
    });
  }
  const isOther = ({ title }: RateLine): boolean => lit !== null && lit !== title;
  const shown = lines.filter((line) => !isOther(line));
  for (const { style, range } of shown) {
    const raw = range.points.flatMap(({ rate, loss }) => [x.toPixel(rate), clamp(loss)]);
    pen.line(raw, { color: `${colorOf(colors, style)}4d`, width: 0.75 });
  }
  for (const line of [...lines.filter(isOther), ...shown]) {
    const path = line.range.points.flatMap(({ rate, smoothed }) => [x.toPixel(rate), clamp(smoothed)]);
    if (isOther(line)) pen.line(path, { color: colors.lineStrong, width: 1 });
    else drawStyled(pen, path, colors, { style: line.style, width: 2 });
  }
  // Words stand before all lines: another run's may cross them.
  for (const { style, title, range } of shown) {
    const color = colorOf(colors, style);
    const { steepestRate, lowestRate, divergedRate } = range;
    const smoothedAt = (rate: number) =>
      range.points.reduce((best, point) =>
        Math.abs(Math.log(point.rate / rate)) < Math.abs(Math.log(best.rate / rate)) ? point : best,
      ).smoothed;
    if (steepestRate !== null) {
      const [px, py] = [x.toPixel(steepestRate), clamp(smoothedAt(steepestRate))];
      pen.dot(px, py, 4, { fill: color, stroke: colors.raised, width: 1.5 });
      const text = `${title === "" ? "" : `${title}: `}steepest at ${formatShort(steepestRate)}`;
      const textWidth = widthOfText(text, { size: 11, weight: 550 });
      pen.rect(px - textWidth - 18, py - 8, textWidth + 8, 16, colors.raised, 4);
      pen.label(px - 14, py, text, { color, size: 11, weight: 550, align: "right" });
    }
    if (lowestRate !== null) {
      pen.dot(x.toPixel(lowestRate), clamp(smoothedAt(lowestRate)), 3.5, {
        fill: colors.raised,
        stroke: color,
        width: 1.5,
      });
    }
    const last = range.points.at(-1);
    if (divergedRate !== null && last !== undefined)
      drawCross(pen, x.toPixel(last.rate), clamp(last.smoothed), colors.error);
  }
};
