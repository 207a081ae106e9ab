/**
 * The texts beside a node's strips as the stage draws them. As texts of the page they had the browser lay out, paint and arrange it at every
 * measurement: with 200 nodes 8 ms of each frame. On the page they stay, not displayed, as the description of the node.
 */
import type { ChartColors } from "../charts/colors.ts";
import type { Readouts } from "./readouts.ts";
import type { StageContext } from "./viewCanvas.ts";
import type { ZoomLevel } from "./zoomLevel.ts";

type Ink = "text" | "text2" | "text3";

/** A line of text that ends at the right edge of the strips' box; sizes in px at zoom 1. */
interface Line {
  readonly part: keyof Readouts;
  /** From the upper edge of the node. */
  readonly baseline: number;
  readonly weight: number;
  readonly size: number;
  readonly ink: Ink;
}

export interface ReadoutDrawing {
  readonly texts: Readouts;
  readonly lines: readonly Line[];
}

/** From the left edge of the node. */
const RIGHT = 230;
const WORD_SPACING = "-0.5px";

const first: Line = { part: "first", baseline: 54, weight: 500, size: 10.5, ink: "text" };
const second: Line = { part: "second", baseline: 67, weight: 400, size: 10.5, ink: "text2" };
const third: Line = { part: "third", baseline: 88, weight: 400, size: 10, ink: "text3" };
const score: Line = { part: "third", baseline: 87, weight: 500, size: 10.5, ink: "text" };

/** Which of the texts a node shows, of a layer and of the Output. */
const LINES: Readonly<Record<Exclude<ZoomLevel, "glyph">, readonly [layer: readonly Line[], loss: readonly Line[]]>> = {
  full: [
    [first, second, third],
    [first, second, score],
  ],
  reduced: [[{ ...second, baseline: 31, size: 18 }], [{ ...score, baseline: 31, size: 18 }]],
  small: [[], []],
};

export const readoutLines = (level: Exclude<ZoomLevel, "glyph">, isLoss: boolean): readonly Line[] =>
  LINES[level][isLoss ? 1 : 0];

let family: string | null = null;

const fontOf = ({ weight, size }: Line): string => {
  family ??= getComputedStyle(document.documentElement).getPropertyValue("--font-ui").trim() || "sans-serif";
  return `${weight} ${size}px ${family}`;
};

/** Draws the texts of a node that stands at this place; of what was measured before an edit, all in grey. */
export const drawReadouts = (
  context: StageContext,
  [left, top]: readonly [number, number],
  { texts, lines }: ReadoutDrawing,
  stale: boolean,
  colors: ChartColors,
): void => {
  if (lines.length === 0) return;
  context.textAlign = "right";
  context.wordSpacing = WORD_SPACING;
  for (const line of lines) {
    const text = texts[line.part];
    if (text === "") continue;
    context.font = fontOf(line);
    context.fillStyle = stale ? colors.text3 : colors[line.ink];
    context.fillText(text, left + RIGHT, top + line.baseline);
  }
};
