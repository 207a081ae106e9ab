/**
 * A canvas element inside the moving view. It reaches beyond what is shown and moves with the graph, so that it is drawn anew only where the
 * view leaves it.
 */
import type { ReactFlowState } from "@xyflow/react";
import type { Box } from "./geometry.ts";

/** How far the canvas reaches beyond the view on each side, as a share of it: so far the view moves before all is drawn again. */
const MARGIN = 0.25;

export type FlowState = Pick<ReactFlowState, "transform" | "width" | "height" | "nodeLookup">;

export interface FlowStore {
  readonly getState: () => FlowState;
}

/** Something drawn on a canvas element of its own. */
export interface Stage {
  /** Draws on the element until the returned function is called. */
  readonly attach: (canvas: HTMLCanvasElement, store: FlowStore) => () => void;
  readonly viewMoved: () => void;
  readonly redraw: () => void;
  /** Nodes came, went or moved. */
  readonly nodesChanged?: () => void;
}

export class ViewCanvas {
  #canvas: HTMLCanvasElement | null = null;
  #store: FlowStore | null = null;
  /** The view that the canvas was laid out for. */
  #laidOut: {
    readonly x: number;
    readonly y: number;
    readonly zoom: number;
    readonly width: number;
    readonly height: number;
  } | null = null;

  attach(canvas: HTMLCanvasElement, store: FlowStore): void {
    this.#canvas = canvas;
    this.#store = store;
    this.#laidOut = null;
  }

  detach(): void {
    this.#canvas = null;
    this.#store = null;
  }

  /** Null while the element is not on the page. */
  get state(): FlowState | null {
    return this.#store?.getState() ?? null;
  }

  /** Whether the canvas, as it was laid out, covers the whole view at its zoom. */
  reaches({ transform: [x, y, zoom], width, height }: FlowState): boolean {
    const there = this.#laidOut;
    if (there === null || there.zoom !== zoom || there.width !== width || there.height !== height) return false;
    return Math.abs(x - there.x) <= MARGIN * width && Math.abs(y - there.y) <= MARGIN * height;
  }

  /** Whether a part of the box, in px of the graph, lies on the canvas. */
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

  /** Lays the canvas out around the present view and empties it; returns what to draw with, in px of the graph. */
  beginAnew(): CanvasRenderingContext2D | null {
    this.#laidOut = null;
    const context = this.#begin();
    if (context === null) return null;
    const { canvas } = context;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.restore();
    return context;
  }

  /** Empties some boxes; what is drawn until the context is restored is cut off where they end. */
  beginWithin(boxes: readonly Box[]): CanvasRenderingContext2D | null {
    const context = this.#begin();
    if (context === null) return null;
    context.save();
    context.beginPath();
    for (const { left, top, right, bottom } of boxes) context.rect(left, top, right - left, bottom - top);
    context.clip();
    for (const { left, top, right, bottom } of boxes) context.clearRect(left, top, right - left, bottom - top);
    return context;
  }

  #begin(): CanvasRenderingContext2D | null {
    const [canvas, state] = [this.#canvas, this.state];
    const context = canvas?.getContext("2d") ?? null;
    if (canvas === null || state === null || context === null) return null;
    const ratio = globalThis.devicePixelRatio || 1;
    if (this.#laidOut === null || !this.reaches(state)) {
      const { transform, width, height } = state;
      this.#laidOut = { x: transform[0], y: transform[1], zoom: transform[2], width, height };
      const [full, tall] = [(1 + 2 * MARGIN) * width, (1 + 2 * MARGIN) * height];
      const [pixelWidth, pixelHeight] = [Math.round(full * ratio), Math.round(tall * ratio)];
      if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
        canvas.width = pixelWidth;
        canvas.height = pixelHeight;
        canvas.style.width = `${full}px`;
        canvas.style.height = `${tall}px`;
      }
    }
    const { x, y, zoom, width, height } = this.#laidOut;
    const [left, top] = [x + MARGIN * width, y + MARGIN * height];
    // The element is inside the moving view; this takes its place in it back, so that it lies where the window is.
    canvas.style.transform = `scale(${1 / zoom}) translate(${-left}px, ${-top}px)`;
    context.setTransform(zoom * ratio, 0, 0, zoom * ratio, left * ratio, top * ratio);
    return context;
  }
}
