/**
 * A picture inside the moving view. It reaches beyond what is shown and moves with the graph, so that it is drawn anew only where the view leaves
 * it. It consists of tiles, a canvas element each: without a graphics card a canvas that is drawn on is copied whole for the next frame, which of
 * one as large as the view takes some 4 ms.
 */
import type { ReactFlowState } from "@xyflow/react";
import { type Box, overlaps } from "./geometry.ts";

/** How far the picture reaches beyond the view on each side, as a share of it: so far the view moves before all is drawn again. */
const MARGIN = 0.25;
/** Width and height of a tile in px of the screen. */
const TILE = 256;
/** Where more boxes of a tile than this changed, all of it is drawn anew: cutting off at so many takes longer. */
const MOST_CLIPPED = 2;

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

/** Draws what is due, in px of the graph. */
export type Draw = (context: CanvasRenderingContext2D, isDue: (box: Box) => boolean) => void;

interface Tile {
  readonly context: CanvasRenderingContext2D;
  /** Of its upper left corner in the picture, in px of the screen. */
  readonly left: number;
  readonly top: number;
}

interface Layout {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
}

export class ViewCanvas {
  #element: HTMLElement | null = null;
  #store: FlowStore | null = null;
  #tiles: readonly Tile[] = [];
  /** The view that the picture was laid out for. */
  #laidOut: Layout | null = null;

  attach(element: HTMLElement, store: FlowStore): void {
    this.#element = element;
    this.#store = store;
    this.#laidOut = null;
    this.#tiles = [];
  }

  detach(): void {
    this.#element = null;
    this.#store = null;
  }

  /** Null while the element is not on the page. */
  get state(): FlowState | null {
    return this.#store?.getState() ?? null;
  }

  /** Whether the picture, as it was laid out, covers the whole view at its zoom. */
  reaches({ transform: [x, y, zoom], width, height }: FlowState): boolean {
    const there = this.#laidOut;
    if (there === null || there.zoom !== zoom || there.width !== width || there.height !== height) return false;
    return Math.abs(x - there.x) <= MARGIN * width && Math.abs(y - there.y) <= MARGIN * height;
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

  /** Whether a part of the box, in px of the graph, lies in the picture. */
  shows(box: Box): boolean {
    if (this.#laidOut === null) return false;
    const { x, y, zoom, width, height } = this.#laidOut;
    return (
      box.right * zoom + x >= -MARGIN * width &&
      box.bottom * zoom + y >= -MARGIN * height &&
      box.left * zoom + x <= (1 + MARGIN) * width &&
      box.top * zoom + y <= (1 + MARGIN) * height
    );
  }

  /** Lays the picture out around the present view and draws all of it; false where there is nothing to draw on. */
  drawAnew(draw: Draw): boolean {
    const [element, state] = [this.#element, this.state];
    if (element === null || state === null) return false;
    const { transform, width, height } = state;
    const ratio = globalThis.devicePixelRatio || 1;
    const before = this.#laidOut;
    this.#laidOut = { x: transform[0], y: transform[1], zoom: transform[2], width, height, ratio };
    if (before?.width !== width || before.height !== height || before.ratio !== ratio) this.#tile(element);
    const [left, top] = this.#origin(this.#laidOut);
    // The element is inside the moving view; this takes its place in it back, so that it lies where the window is.
    element.style.transform = `scale(${1 / transform[2]}) translate(${-left}px, ${-top}px)`;
    for (const tile of this.#tiles) {
      const { context } = tile;
      const within = this.#place(tile, this.#laidOut);
      this.#empty(tile, this.#laidOut);
      draw(context, (box) => this.shows(box) && overlaps(box, within, 0));
    }
    return this.#tiles.length > 0;
  }

  /** Empties some boxes and draws them anew; what is drawn is cut off where they end. */
  drawWithin(boxes: readonly Box[], draw: Draw): void {
    if (this.#laidOut === null) return;
    for (const tile of this.#tiles) {
      const { context } = tile;
      const within = this.#place(tile, this.#laidOut);
      const touched = boxes.filter((box) => overlaps(box, within, 0));
      if (touched.length === 0) continue;
      if (touched.length > MOST_CLIPPED) {
        this.#empty(tile, this.#laidOut);
        draw(context, (box) => overlaps(box, within, 0));
        continue;
      }
      context.save();
      context.beginPath();
      for (const { left, top, right, bottom } of touched) context.rect(left, top, right - left, bottom - top);
      context.clip();
      for (const { left, top, right, bottom } of touched) context.clearRect(left, top, right - left, bottom - top);
      draw(context, (box) => overlaps(box, within, 0) && touched.some((each) => overlaps(each, box, 0)));
      context.restore();
    }
  }

  /** Where the picture has the graph's origin, in px of the screen. */
  #origin({ x, y, width, height }: Layout): readonly [number, number] {
    return [x + MARGIN * width, y + MARGIN * height];
  }

  /** Sets a tile up for drawing in px of the graph; returns its box in them. */
  #place({ context, left, top }: Tile, layout: Layout): Box {
    const { zoom, ratio } = layout;
    const [x, y] = this.#origin(layout);
    context.setTransform(zoom * ratio, 0, 0, zoom * ratio, (x - left) * ratio, (y - top) * ratio);
    return {
      left: (left - x) / zoom,
      top: (top - y) / zoom,
      right: (left - x + TILE) / zoom,
      bottom: (top - y + TILE) / zoom,
    };
  }

  /** Empties a tile by its own px: then the browser sees that nothing of it stays, and does not copy it first. */
  #empty(tile: Tile, layout: Layout): void {
    const { context } = tile;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, TILE * layout.ratio, TILE * layout.ratio);
    this.#place(tile, layout);
  }

  /** Covers the picture with tiles. */
  #tile(element: HTMLElement): void {
    const { width, height, ratio } = this.#laidOut ?? { width: 0, height: 0, ratio: 1 };
    const [columns, rows] = [width, height].map((size) => Math.ceil(((1 + 2 * MARGIN) * size) / TILE));
    const places = Array.from({ length: (columns ?? 0) * (rows ?? 0) }, (_, index) => ({
      left: TILE * (index % (columns ?? 1)),
      top: TILE * Math.floor(index / (columns ?? 1)),
    }));
    element.replaceChildren();
    this.#tiles = places.flatMap((place) => {
      const canvas = document.createElement("canvas");
      const context = canvas.getContext("2d");
      if (context === null) return [];
      canvas.width = canvas.height = TILE * ratio;
      canvas.style.left = `${place.left}px`;
      canvas.style.top = `${place.top}px`;
      element.append(canvas);
      return [{ context, ...place }];
    });
  }
}
