/**
 * A picture inside the moving view. It reaches beyond what is shown and moves with the graph, so that it is drawn anew only where the view comes to what
 * it lacks; of a graph that is not much larger than the view it has all. It consists of tiles, a canvas element each, and each is drawn beside the page and handed over as a
 * bitmap: a canvas of the page that is drawn on has the page painted, and without a graphics card is copied whole for the next frame, which of
 * one as large as the view takes some 4 ms.
 */
import type { ReactFlowState } from "@xyflow/react";
import { type Box, overlaps, unionOf } from "./geometry.ts";

/** How far the picture reaches beyond the view on each side, as a share of it: so far the view moves before all is drawn again. */
const MARGIN = 0.25;
/** The picture has all of a graph that takes no more than so many times the tiles of the view and its margins: no pan leaves it. */
const MOST_FOR_ALL = 1.5;
/** Width and height of a tile in px of the screen. */
const TILE = 240;

export type FlowState = Pick<ReactFlowState, "transform" | "width" | "height" | "nodeLookup">;

export interface FlowStore {
  readonly getState: () => FlowState;
}

/** Something drawn on a picture of its own. */
export interface Stage {
  /** Draws inside of the element until the returned function is called. */
  readonly attach: (element: HTMLElement, store: FlowStore) => () => void;
  readonly viewMoved: () => void;
  readonly redraw: () => void;
  /** Nodes came, went or moved. */
  readonly nodesChanged?: () => void;
}

export type StageContext = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws what is due, in px of the graph. */
export type Draw = (context: StageContext, isDue: (box: Box) => boolean) => void;

interface Tile {
  readonly canvas: HTMLCanvasElement;
  readonly shown: ImageBitmapRenderingContext;
  /** Of its upper left corner in the picture, in px of the screen. */
  readonly left: number;
  readonly top: number;
  isEmpty: boolean;
}

/** What the picture shows, in px of the screen from where the graph has its origin. */
interface Layout extends Box {
  readonly zoom: number;
  readonly ratio: number;
  readonly columns: number;
  readonly rows: number;
}

const scaled = ({ left, top, right, bottom }: Box, by: number): Box => ({
  left: left * by,
  top: top * by,
  right: right * by,
  bottom: bottom * by,
});

const viewOf = ({ transform: [x, y], width, height }: FlowState): Box => ({
  left: -x,
  top: -y,
  right: width - x,
  bottom: height - y,
});

const numTiles = (length: number): number => Math.ceil(length / TILE);

/** Around the view, or around all of the graph, `content`. */
const layOut = (state: FlowState, content: Box | null, ratio: number): Layout => {
  const { transform, width, height } = state;
  const [x, y, zoom] = transform;
  /** Px of the picture lie on px of the screen. */
  const onPixel = (at: number, origin: number): number => Math.floor((at + origin) * ratio) / ratio - origin;
  const view = viewOf(state);
  const left = onPixel(view.left - MARGIN * width, x);
  const top = onPixel(view.top - MARGIN * height, y);
  const around: Box = { left, top, right: view.right + MARGIN * width, bottom: view.bottom + MARGIN * height };
  const [columns, rows] = [numTiles(around.right - left), numTiles(around.bottom - top)];
  const all = content === null ? view : unionOf([view, scaled(content, zoom)]);
  const [allColumns, allRows] = [numTiles(all.right - all.left), numTiles(all.bottom - all.top)];
  if (isWithin(all, around) || allColumns * allRows > MOST_FOR_ALL * columns * rows) {
    return { ...around, zoom, ratio, columns, rows };
  }
  const [allWidth, allHeight] = [TILE * allColumns, TILE * allRows];
  const allLeft = onPixel((all.left + all.right - allWidth) / 2, x);
  const allTop = onPixel((all.top + all.bottom - allHeight) / 2, y);
  return {
    ...{ left: allLeft, top: allTop, right: allLeft + allWidth, bottom: allTop + allHeight },
    ...{ zoom, ratio, columns: allColumns, rows: allRows },
  };
};

/** Numbers of px that were added up otherwise differ by less. */
const SAME = 0.01;

const isWithin = (inner: Box, outer: Box): boolean =>
  inner.left >= outer.left - SAME &&
  inner.top >= outer.top - SAME &&
  inner.right <= outer.right + SAME &&
  inner.bottom <= outer.bottom + SAME;

/** The box of a tile in px of the graph. */
const boxOf = ({ left, top }: Tile, layout: Layout): Box => {
  const [x, y] = [left + layout.left, top + layout.top];
  return scaled({ left: x, top: y, right: x + TILE, bottom: y + TILE }, 1 / layout.zoom);
};

/** Sets up for drawing on a tile in px of the graph. */
const place = (context: StageContext, { left, top }: Tile, { zoom, ratio, ...layout }: Layout): void =>
  context.setTransform(zoom * ratio, 0, 0, zoom * ratio, (-layout.left - left) * ratio, (-layout.top - top) * ratio);

/** Px of the device along a side of a tile. */
const sideOf = (ratio: number): number => Math.round(TILE * ratio);

export class ViewCanvas {
  /** Empty, and as large as a tile, before each. */
  #drawn: OffscreenCanvas | null = null;
  #element: HTMLElement | null = null;
  #store: FlowStore | null = null;
  #tiles: readonly Tile[] = [];
  #laidOut: Layout | null = null;
  readonly #content: () => Box | null;

  /** `content` says within which box of the graph there is something to draw. */
  constructor(content: () => Box | null) {
    this.#content = content;
  }

  attach(element: HTMLElement, store: FlowStore): void {
    this.#element = element;
    this.#store = store;
    this.#laidOut = null;
    this.#tiles = [];
    element.replaceChildren();
  }

  detach(): void {
    this.#element = null;
    this.#store = null;
  }

  /** Null while the element is not on the page. */
  get state(): FlowState | null {
    return this.#store?.getState() ?? null;
  }

  /** Whether the picture, as it was laid out, has all that is in view, at its zoom. */
  reaches(state: FlowState): boolean {
    const there = this.#laidOut;
    const zoom = state.transform[2];
    if (there === null || there.zoom !== zoom || there.ratio !== ratioNow()) return false;
    const view = viewOf(state);
    if (isWithin(view, there)) return true;
    const content = this.#content();
    if (content === null) return true;
    const { left, top, right, bottom } = scaled(content, zoom);
    const shown: Box = {
      left: Math.max(view.left, left),
      top: Math.max(view.top, top),
      right: Math.min(view.right, right),
      bottom: Math.min(view.bottom, bottom),
    };
    return shown.left >= shown.right || shown.top >= shown.bottom || isWithin(shown, there);
  }

  /** Whether a part of the box, in px of the graph, is in view now. */
  isInView(box: Box): boolean {
    const { state } = this;
    if (state === null) return false;
    const { transform, width, height } = state;
    const [x, y, zoom] = transform;
    return (
      box.right * zoom + x >= 0 &&
      box.bottom * zoom + y >= 0 &&
      box.left * zoom + x <= width &&
      box.top * zoom + y <= height
    );
  }

  /** The number of the tile at a place of the graph, row by row; others for places outside of the picture. */
  tileAt(x: number, y: number): number {
    const there = this.#laidOut;
    if (there === null) return 0;
    const [column, row] = [(x * there.zoom - there.left) / TILE, (y * there.zoom - there.top) / TILE];
    return Math.floor(row) * there.columns + Math.floor(column);
  }

  /** The numbers of the tiles that have a part of a box of the graph. */
  tilesUnder(box: Box): readonly number[] {
    const layout = this.#laidOut;
    if (layout === null) return [];
    return this.#tiles.flatMap((tile, index) => (overlaps(box, boxOf(tile, layout), 0) ? [index] : []));
  }

  /** Whether a part of the box, in px of the graph, lies in the picture. */
  shows(box: Box): boolean {
    const there = this.#laidOut;
    return there !== null && overlaps(scaled(box, there.zoom), there, 0);
  }

  /** Lays the picture out around the present view and draws all of it; false where there is nothing to draw on. */
  drawAnew(draw: Draw): boolean {
    const [element, state] = [this.#element, this.state];
    if (element === null || state === null) return false;
    const before = this.#laidOut;
    const layout = layOut(state, this.#content(), ratioNow());
    this.#laidOut = layout;
    if (before?.columns !== layout.columns || before.rows !== layout.rows || before.ratio !== layout.ratio) {
      this.#tile(element, layout);
    }
    // The element is inside the moving view; this takes its scale back, so that its px are those of the screen.
    element.style.transform = `scale(${1 / layout.zoom}) translate(${layout.left}px, ${layout.top}px)`;
    for (const tile of this.#tiles) this.#drawTile(tile, layout, draw);
    return this.#tiles.length > 0;
  }

  /** Draws the tiles anew that have a part of one of the boxes, in px of the graph. */
  drawWithin(boxes: readonly Box[], draw: Draw): void {
    const layout = this.#laidOut;
    if (layout === null) return;
    for (const tile of this.#tiles) {
      const within = boxOf(tile, layout);
      if (boxes.some((box) => overlaps(box, within, 0))) this.#drawTile(tile, layout, draw);
    }
  }

  /** Draws all of a tile and hands it over. One on which there is nothing, and was nothing, stays as it is. */
  #drawTile(tile: Tile, layout: Layout, draw: Draw): void {
    this.#drawn ??= new OffscreenCanvas(1, 1);
    const drawn = this.#drawn;
    const side = sideOf(layout.ratio);
    if (drawn.width !== side) drawn.width = drawn.height = side;
    const context = drawn.getContext("2d");
    if (context === null) return;
    const within = boxOf(tile, layout);
    place(context, tile, layout);
    let isEmpty = true;
    draw(context, (box) => {
      const isDue = overlaps(box, within, 0);
      if (isDue) isEmpty = false;
      return isDue;
    });
    if (!isEmpty) tile.shown.transferFromImageBitmap(drawn.transferToImageBitmap());
    else if (!tile.isEmpty) tile.shown.transferFromImageBitmap(null);
    tile.isEmpty = isEmpty;
  }

  /** Covers the picture with tiles; those that are there stay in the page. */
  #tile(element: HTMLElement, { columns, rows, ratio }: Layout): void {
    const canvases = this.#tiles.map(({ canvas }) => canvas);
    for (const canvas of canvases.splice(columns * rows)) canvas.remove();
    this.#tiles = Array.from({ length: columns * rows }, (_, index) => {
      const [left, top] = [TILE * (index % columns), TILE * Math.floor(index / columns)];
      const canvas = canvases[index] ?? document.createElement("canvas");
      const shown = canvas.getContext("bitmaprenderer");
      if (shown === null) return [];
      canvas.width = canvas.height = sideOf(ratio);
      // A new size does not empty what was handed a bitmap: elsewhere it would show what was here.
      shown.transferFromImageBitmap(null);
      canvas.style.left = `${left}px`;
      canvas.style.top = `${top}px`;
      if (canvas.parentNode !== element) element.append(canvas);
      return [{ canvas, shown, left, top, isEmpty: true }];
    }).flat();
  }
}

const ratioNow = (): number => globalThis.devicePixelRatio || 1;
