/** How runs that are points are told from each other, and where a line ends; lines themselves look as in every comparison of runs. */
import type { ChartColors } from "../charts/colors.ts";
import type { Pen } from "../charts/pen.ts";
import { colorOf, shapeOf } from "../library/runStyle.ts";

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
  shapes[shapeOf(style)]?.();
};

/** Where a run stopped being finite. */
export const drawCross = (pen: Pen, x: number, y: number, color: string, reach = 3): void => {
  pen.line([x - reach, y - reach, x + reach, y + reach], { color, width: 1.5 });
  pen.line([x - reach, y + reach, x + reach, y - reach], { color, width: 1.5 });
};
