/** How the lines and points of a variant are told from others: colour and dash, colour and marker, the same in every chart and table. */
import type { ChartColors } from "../charts/colors.ts";
import type { Pen } from "../charts/pen.ts";

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

/** Filled for odd ones out of two, so that neighbours differ in shape as well: dot, ring, square, diamond, triangle, hollow square. */
export const drawMarker = (
  pen: Pen,
  { x, y, radius, style, colors }: { x: number; y: number; radius: number; style: number; colors: ChartColors },
): void => {
  const color = colorOf(colors, style);
  const [left, top, side] = [x - radius * 0.85, y - radius * 0.85, radius * 1.7];
  const shapes: readonly (() => void)[] = [
    () => pen.dot(x, y, radius, { fill: color, stroke: color }),
    () => pen.dot(x, y, radius - 0.25, { fill: colors.raised, stroke: color, width: 1.5 }),
    () => pen.rect(left, top, side, side, color),
    () => pen.area([x, y - radius * 1.3, x + radius * 1.3, y, x, y + radius * 1.3, x - radius * 1.3, y], color),
    () => pen.area([x, y - radius * 1.2, x + radius * 1.2, y + radius, x - radius * 1.2, y + radius], color),
    () => {
      pen.rect(left, top, side, side, color);
      pen.rect(left + 1.5, top + 1.5, side - 3, side - 3, colors.raised);
    },
  ];
  shapes[style % shapes.length]?.();
};

/** Where a run stopped being finite. */
export const drawCross = (pen: Pen, x: number, y: number, color: string, reach = 3): void => {
  pen.line([x - reach, y - reach, x + reach, y + reach], { color, width: 1.5 });
  pen.line([x - reach, y + reach, x + reach, y - reach], { color, width: 1.5 });
};
