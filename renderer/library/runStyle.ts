/**
 * How the lines of a run are told from others: a colour and a dash, the same in every chart. Six styles have both of their own; up to 36 come
 * with the same colours and other dashes.
 */
import type { ChartColors } from "../charts/colors.ts";

export const NUM_COLORS = 6;
export const NUM_STYLES = NUM_COLORS ** 2;

const DASHES: readonly (readonly number[] | undefined)[] = [
  undefined,
  [4, 2.5],
  [1.5, 2.5],
  [8, 2.5, 1.5, 2.5],
  [8, 3],
  [3, 2, 1, 2, 1, 2],
];

/** Which of the dashes, and of the shapes of points. */
export const shapeOf = (style: number): number => (style + Math.floor(style / NUM_COLORS)) % NUM_COLORS;

export const colorOf = (colors: ChartColors, style: number): string => colors.runs[style % NUM_COLORS] ?? colors.trace;

export const bandOf = (colors: ChartColors, style: number): string =>
  colors.runBands[style % NUM_COLORS] ?? colors.traceBand;

export const lineStyle = (
  colors: ChartColors,
  style: number,
  width: number,
): { readonly color: string; readonly width: number; readonly dash?: readonly number[] } => {
  const dash = DASHES[shapeOf(style)];
  return { color: colorOf(colors, style), width, ...(dash === undefined ? {} : { dash }) };
};

/** The dash as an attribute of SVG; empty: an unbroken line. */
export const dashArray = (style: number): string => DASHES[shapeOf(style)]?.join(" ") ?? "";
