/** How the lines of a run are told from others: a colour and a dash, the same in every chart. */
import type { ChartColors } from "../charts/colors.ts";

const DASHES: readonly (readonly number[] | undefined)[] = [
  undefined,
  [4, 2.5],
  [1.5, 2.5],
  [8, 2.5, 1.5, 2.5],
  [8, 3],
  [3, 2, 1, 2, 1, 2],
];

export const colorOf = (colors: ChartColors, style: number): string => colors.runs[style] ?? colors.trace;

export const bandOf = (colors: ChartColors, style: number): string => colors.runBands[style] ?? colors.traceBand;

export const lineStyle = (
  colors: ChartColors,
  style: number,
  width: number,
): { readonly color: string; readonly width: number; readonly dash?: readonly number[] } => {
  const dash = DASHES[style];
  return { color: colorOf(colors, style), width, ...(dash === undefined ? {} : { dash }) };
};

/** The dash as an attribute of SVG; empty: an unbroken line. */
export const dashArray = (style: number): string => DASHES[style]?.join(" ") ?? "";
