/**
 * How the lines of a run are told from others: a colour and a dash, the same in every chart. Six styles have both of their own; up to 36 come
 * with the same colours and other dashes; the next ones carry strokes across the line, one, two or three at a time. Strokes and not dots: those
 * are what was measured.
 */
import type { ChartColors } from "../charts/colors.ts";
import type { Pen } from "../charts/pen.ts";

export const NUM_COLORS = 6;
const NUM_PLAIN = NUM_COLORS ** 2;
const MOST_STROKES = 3;
export const NUM_STYLES = NUM_PLAIN * (MOST_STROKES + 1);

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

/** How many strokes its line carries at a time. */
export const strokesOf = (style: number): number => Math.floor(style / NUM_PLAIN) % (MOST_STROKES + 1);

/** px along the line between its strokes' middles, from one to the next of those that stand together, and to each side of it. */
const STROKE_EVERY = 36;
export const STROKE_GAP = 3;
export const STROKE_REACH = 3;

/** Strokes across the line x0, y0, x1, y1 …, the first half of their distance from its beginning, or in the middle of a short one. */
export const strokesAcross = (points: readonly number[], count: number): readonly (readonly number[])[] => {
  const pieces: { readonly x: number; readonly y: number; readonly dx: number; readonly dy: number; length: number }[] =
    [];
  for (let at = 2; at + 1 < points.length; at += 2) {
    const [x = 0, y = 0, toX = 0, toY = 0] = points.slice(at - 2, at + 2);
    const length = Math.hypot(toX - x, toY - y);
    if (length > 0) pieces.push({ x, y, dx: (toX - x) / length, dy: (toY - y) / length, length });
  }
  const whole = pieces.reduce((sum, { length }) => sum + length, 0);
  const middles: number[] = [];
  for (let at = Math.min(STROKE_EVERY / 2, whole / 2); at < whole; at += STROKE_EVERY) middles.push(at);
  const places = middles.flatMap((middle) =>
    Array.from({ length: count }, (_, index) => middle + STROKE_GAP * (index - (count - 1) / 2)),
  );
  const found: number[][] = [];
  let [piece, passed] = [0, 0];
  for (const place of places) {
    while (piece < pieces.length - 1 && passed + (pieces[piece]?.length ?? 0) < place) {
      passed += pieces[piece]?.length ?? 0;
      piece += 1;
    }
    const on = pieces[piece];
    if (on === undefined) continue;
    const [x, y] = [on.x + on.dx * (place - passed), on.y + on.dy * (place - passed)];
    const [across, down] = [-on.dy * STROKE_REACH, on.dx * STROKE_REACH];
    found.push([x - across, y - down, x + across, y + down]);
  }
  return found;
};

/** Draws a line of a run with all that tells it from others. */
export const drawStyled = (
  pen: Pen,
  points: readonly number[],
  colors: ChartColors,
  { style, width }: { readonly style: number; readonly width: number },
): void => {
  pen.line(points, lineStyle(colors, style, width));
  const count = strokesOf(style);
  if (count === 0) return;
  for (const stroke of strokesAcross(points, count)) pen.line(stroke, { color: colorOf(colors, style), width: 1 });
};
