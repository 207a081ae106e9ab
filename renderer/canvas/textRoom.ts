/**
 * Whether the texts of a node surely fit. Where they do nothing is cut off, and the browser has one piece less to arrange for each text that it
 * need not cut: with 200 nodes that is a quarter of arranging the page.
 */
import { createContext, useContext, useSyncExternalStore } from "react";
import type { NodeView } from "./nodeViews.ts";
import type { ZoomLevel } from "./zoomLevel.ts";

/** A text is measured on its own; hinting and digits of one width may make it a little wider on the page. */
const SPARE = 6;
/** Between tile, title and shape, and between name and kind. */
const GAP = 6;

/** As LayerNode.css lays the header out: the room right of the tile, and all of the inner width without a tile. */
const BESIDE_TILE = { full: 184, reduced: 178 } as const;
const INNER_WIDTH = 220;
const STD_WIDTH = 92;

let context: CanvasRenderingContext2D | null | undefined;
const widths = new Map<string, number>();

/** In px; without end where nothing can be measured. */
export const widthOf = (text: string, font: string): number => {
  const key = `${font}|${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  context ??= document.createElement("canvas").getContext("2d");
  if (context === null) return Number.POSITIVE_INFINITY;
  context.font = font;
  const { width } = context.measureText(text);
  widths.set(key, width);
  return width;
};

export interface Fonts {
  readonly ui: string;
  readonly mono: string;
}

/** Null until the fonts are there: another font measures otherwise. */
export const FontsContext = createContext<Fonts | null>(null);

const subscribeFonts = (listener: () => void): (() => void) => {
  const changed = (): void => {
    widths.clear();
    listener();
  };
  document.fonts?.addEventListener("loadingdone", changed);
  return () => document.fonts?.removeEventListener("loadingdone", changed);
};

let fonts: Fonts | null = null;

const loadedFonts = (): Fonts | null => {
  if (document.fonts?.status !== "loaded") return fonts;
  if (fonts !== null) return fonts;
  const style = getComputedStyle(document.documentElement);
  fonts = { ui: style.getPropertyValue("--font-ui"), mono: style.getPropertyValue("--font-mono") };
  return fonts;
};

export const useFonts = (): Fonts | null => useSyncExternalStore(subscribeFonts, loadedFonts);

const fits = (view: NodeView, level: Exclude<ZoomLevel, "glyph">, { ui, mono }: Fonts): boolean => {
  if (level === "full") {
    const title = widthOf(view.name, `600 13px ${ui}`) + GAP + widthOf(view.title, `400 11.5px ${ui}`);
    const shape = widthOf(view.shape, `400 11px ${mono}`);
    return (
      title + shape + GAP + SPARE <= BESIDE_TILE.full &&
      widthOf(view.facts, `400 11px ${ui}`) + SPARE <= BESIDE_TILE.full
    );
  }
  const name = widthOf(view.name, `600 ${level === "reduced" ? 20 : 34}px ${ui}`) + SPARE;
  if (level === "small") return name <= INNER_WIDTH;
  return name <= BESIDE_TILE.reduced - (view.compact ? 0 : STD_WIDTH);
};

export const useTextRoom = (view: NodeView, level: ZoomLevel): boolean => {
  const loaded = useContext(FontsContext);
  return loaded !== null && level !== "glyph" && fits(view, level, loaded);
};
