/**
 * The badge of a layer's health as the stage draws it. Counts change at each measurement, and badges come and go: as icons and texts of the page
 * each had the browser lay out and arrange all of it, with 200 nodes 6 to 9 ms. On the page stays the button, which paints nothing.
 */
import type { HealthRule } from "../../engine/index.ts";
import type { Box } from "./geometry.ts";
import { shapesOf } from "./nodeGlyph.ts";
import { widthOf } from "./textRoom.ts";
import { tokenColor } from "./tokenColor.ts";
import type { StageContext } from "./viewCanvas.ts";
import type { ZoomLevel } from "./zoomLevel.ts";

export interface BadgeDrawing {
  readonly rule: HealthRule;
  readonly text: string;
  /** How many findings there are beside this one. */
  readonly more: number;
  readonly isError: boolean;
  /** Below the pointer, or open. */
  readonly isMarked: boolean;
}

/** How far badges reach beyond the boxes of their nodes, at any level. */
const REACH = { top: 20, right: 80 };

/** What a node takes with its badge. */
export const withBadge = ({ left, top, right, bottom }: Box): Box => ({
  left,
  top: top - REACH.top,
  right: right + REACH.right,
  bottom,
});

/** As NodeBadge.css has it, in px at zoom 1; the text's baseline from the upper edge. */
interface Measures {
  readonly top: number;
  readonly height: number;
  readonly before: number;
  readonly after: number;
  readonly icon: number;
  readonly text: { readonly size: number; readonly baseline: number } | null;
  readonly hasMore: boolean;
}

const FAR: Measures = { top: -20, height: 40, before: 6, after: 6, icon: 28, text: null, hasMore: false };

const MEASURES: Readonly<Record<ZoomLevel, Measures>> = {
  full: {
    ...{ top: -12, height: 18, before: 5, after: 7, icon: 12 },
    text: { size: 10.5, baseline: 12 },
    hasMore: true,
  },
  reduced: {
    ...{ top: -16, height: 28, before: 7, after: 9, icon: 12 },
    text: { size: 16, baseline: 20 },
    hasMore: false,
  },
  small: FAR,
  glyph: FAR,
};

/** Right-aligned between these where it has room, else from the first of them on. */
const [LEFT, RIGHT] = [128, 232];
const MOST_WIDTH = 190;
const GAP = 4;
const BORDER = 1;
/** Lucide's grid. */
const GRID = 24;
/** Of the icon's lines, in px of its grid: 1.33 px of an icon of 12. */
const STROKE = (1.33 * GRID) / 12;
const MORE_OPACITY = 0.8;

let family: string | null = null;

const fontOf = (size: number): string => {
  family ??= getComputedStyle(document.documentElement).getPropertyValue("--font-ui").trim() || "sans-serif";
  return `550 ${size}px ${family}`;
};

/** Digits one by one, what is between them as a whole. */
const piecesOf = (text: string): readonly string[] => text.match(/\d|\D+/g) ?? [];

const isDigit = (piece: string): boolean => /^\d$/.test(piece);

/** All digits have one width: what follows a count stands still while it changes. */
const roomOf = (piece: string, font: string): number => widthOf(isDigit(piece) ? "0" : piece, font);

const lengthOf = (text: string, font: string): number =>
  piecesOf(text).reduce((sum, piece) => sum + roomOf(piece, font), 0);

/** `3 of 128 dead` is as wide as with any other count: behind it is the room of as many digits as the larger number has. */
const zerosBehind = (text: string): string => {
  const [, count = "", total = ""] = /^(\d+) of (\d+)/.exec(text) ?? [];
  return "0".repeat(Math.max(0, total.length - count.length));
};

const write = (context: StageContext, text: string, font: string, x: number, baseline: number): void => {
  let at = x;
  for (const piece of piecesOf(text)) {
    const room = roomOf(piece, font);
    context.fillText(piece, at + (room - widthOf(piece, font)) / 2, baseline);
    at += room;
  }
};

/** Cut with an ellipsis to what fits. */
const fitted = (text: string, font: string, room: number): string => {
  if (lengthOf(text, font) <= room) return text;
  let cut = text;
  while (cut.length > 1 && lengthOf(`${cut}…`, font) > room) cut = cut.slice(0, -1);
  return `${cut.trimEnd()}…`;
};

export const healthGlyphKey = (rule: HealthRule): string => `health ${rule}`;

/** What it says at a level, and the room that it takes. */
const layOut = ({ text, more }: Pick<BadgeDrawing, "text" | "more">, level: ZoomLevel) => {
  const { before, after, icon, text: line, hasMore } = MEASURES[level];
  const font = line === null ? "" : fontOf(line.size);
  const moreText = hasMore && more > 0 ? `+${more}` : "";
  const moreRoom = moreText === "" ? 0 : GAP + lengthOf(moreText, font);
  const around = 2 * BORDER + before + icon + after + moreRoom;
  if (line === null) return { font, text: "", moreText, moreRoom, width: around };
  const whole = fitted(text, font, MOST_WIDTH - around - GAP);
  return { font, text: whole, moreText, moreRoom, width: around + GAP + lengthOf(whole + zerosBehind(whole), font) };
};

/** In px at zoom 1. */
export const badgeWidth = (badge: Pick<BadgeDrawing, "text" | "more">, level: ZoomLevel): number =>
  layOut(badge, level).width;

/** Draws the badge of a node that stands at this place. */
export const drawBadge = (
  context: StageContext,
  [nodeLeft, nodeTop]: readonly [number, number],
  badge: BadgeDrawing,
  level: ZoomLevel,
): void => {
  const { top, height, before, after, icon, text: line } = MEASURES[level];
  const { font, text, moreText, moreRoom, width } = layOut(badge, level);
  const tone = badge.isError ? "error" : "warn";
  const ink = tokenColor(`--${tone}`);

  context.save();
  context.translate(nodeLeft + Math.max(LEFT, RIGHT - width), nodeTop + top);
  context.fillStyle = tokenColor(`--${tone}-soft`);
  context.beginPath();
  context.roundRect(0, 0, width, height, height / 2);
  context.fill();
  context.strokeStyle = badge.isMarked ? ink : tokenColor(`--${tone}-line`);
  context.lineWidth = BORDER;
  context.beginPath();
  context.roundRect(BORDER / 2, BORDER / 2, width - BORDER, height - BORDER, (height - BORDER) / 2);
  context.stroke();
  if (line !== null) {
    context.font = font;
    context.textAlign = "left";
    context.fillStyle = ink;
    write(context, text, font, BORDER + before + icon + GAP, line.baseline);
    context.globalAlpha = MORE_OPACITY;
    write(context, moreText, font, width - BORDER - after - moreRoom + GAP, line.baseline);
    context.globalAlpha = 1;
  }
  context.translate(BORDER + before, (height - icon) / 2);
  context.scale(icon / GRID, icon / GRID);
  context.strokeStyle = ink;
  context.lineWidth = STROKE;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.stroke(shapesOf(healthGlyphKey(badge.rule)));
  context.restore();
};
