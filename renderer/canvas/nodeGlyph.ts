/**
 * The glyph of a node's kind, drawn on the stage. As an SVG element in each of 200 nodes it is a piece of the page of its own to arrange, and each
 * consists of as many elements as the rest of the node; there is one of each kind (`GlyphShelf`).
 */
import { familyToken, GLYPH_STROKE } from "../palette/KindGlyph.tsx";
import type { NodeView } from "./nodeViews.ts";
import { tokenColor } from "./tokenColor.ts";
import type { StageContext } from "./viewCanvas.ts";
import type { ZoomLevel } from "./zoomLevel.ts";

/** Lucide's grid. */
const GRID = 24;

export interface GlyphDrawing {
  readonly shapes: () => Path2D;
  readonly color: () => string;
  /** In px at zoom 1, from the node's upper left corner. */
  readonly left: number;
  readonly top: number;
  readonly size: number;
  readonly stroke: number;
  readonly opacity: number;
}

type Place = Pick<GlyphDrawing, "left" | "top" | "size" | "stroke">;

/** As LayerNode.css places the tile, the glyph in its middle. */
const PLACES: Readonly<Record<Exclude<ZoomLevel, "small">, readonly [open: Place, compact: Place]>> = {
  full: [
    { left: 16, top: 15, size: 17, stroke: GLYPH_STROKE },
    { left: 16, top: 16, size: 17, stroke: GLYPH_STROKE },
  ],
  reduced: [
    { left: 17, top: 15, size: 20, stroke: GLYPH_STROKE },
    { left: 17, top: 14, size: 20, stroke: GLYPH_STROKE },
  ],
  glyph: [
    { left: 88, top: 19, size: 64, stroke: 4 },
    { left: 102, top: 6, size: 36, stroke: 4 },
  ],
};

/** Of a bypassed node. */
const FAINT = 0.75;

const numberOf = (element: Element, name: string): number => Number(element.getAttribute(name) ?? 0);

const addShape = (path: Path2D, element: Element): void => {
  const at = (name: string): number => numberOf(element, name);
  const piece = element.tagName === "path" ? new Path2D(element.getAttribute("d") ?? "") : new Path2D();
  if (element.tagName === "circle") piece.arc(at("cx"), at("cy"), at("r"), 0, 2 * Math.PI);
  if (element.tagName === "ellipse") piece.ellipse(at("cx"), at("cy"), at("rx"), at("ry"), 0, 0, 2 * Math.PI);
  if (element.tagName === "rect") piece.roundRect(at("x"), at("y"), at("width"), at("height"), at("rx"));
  if (element.tagName === "line") {
    piece.moveTo(at("x1"), at("y1"));
    piece.lineTo(at("x2"), at("y2"));
  }
  path.addPath(piece);
};

const shapesByKind = new Map<string, Path2D>();

type Glyphic = Pick<NodeView, "kind" | "family">;

/** What has the same has the same glyph. */
export const glyphKey = ({ kind, family }: Glyphic): string => `${kind} ${familyToken(family)}`;

/** Of the glyph with this key on the shelf. */
export const shapesOf = (key: string): Path2D => {
  const known = shapesByKind.get(key);
  if (known !== undefined) return known;
  const path = new Path2D();
  const glyph = document.querySelector(`[data-glyph="${CSS.escape(key)}"] > svg`);
  if (glyph === null) return path;
  for (const element of glyph.children) addShape(path, element);
  shapesByKind.set(key, path);
  return path;
};

/** On screen no line is thinner, whatever the zoom: on the dark soft fills it would fade. */
const LEAST_STROKE = GLYPH_STROKE;

export const drawGlyph = (
  context: StageContext,
  [left, top]: readonly [number, number],
  glyph: GlyphDrawing,
  zoom: number,
): void => {
  context.save();
  context.translate(left + glyph.left, top + glyph.top);
  context.scale(glyph.size / GRID, glyph.size / GRID);
  context.globalAlpha = glyph.opacity;
  context.lineWidth = (Math.max(glyph.stroke, LEAST_STROKE / zoom) * GRID) / glyph.size;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.strokeStyle = glyph.color();
  context.stroke(glyph.shapes());
  context.restore();
};

/** The glyph that a node shows at a zoom level; null where it shows none. */
export const glyphOf = (
  { kind, family, compact, bypassed }: Pick<NodeView, "kind" | "family" | "compact" | "bypassed">,
  level: ZoomLevel,
): GlyphDrawing | null => {
  if (level === "small") return null;
  const token = familyToken(family);
  return {
    ...PLACES[level][compact ? 1 : 0],
    shapes: () => shapesOf(glyphKey({ kind, family })),
    color: () => tokenColor(`--family-${token}`),
    opacity: bypassed && level !== "glyph" ? FAINT : 1,
  };
};
