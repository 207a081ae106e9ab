/**
 * All strips of all nodes on one canvas element. A canvas of its own in every node would be a compositor layer each, and with 200
 * nodes arranging the layers costs the browser a hundred times more than drawing the strips. The stage lies over the nodes, moves
 * with the view, and leaves out what a node further in front covers.
 */
import type { InternalNode, ReactFlowState } from "@xyflow/react";
import { createContext, useContext } from "react";
import { chartColors } from "../charts/colors.ts";
import { type Box, overlaps } from "./geometry.ts";

/** One picture in the box of a node, in px at zoom 1 from its upper left corner. */
export interface StripPart {
  readonly image: HTMLCanvasElement;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a node shows on the stage. */
export interface NodeDrawing {
  readonly parts: readonly StripPart[];
  /** Measured before an edit: pictures step back, the cursor is grey. */
  readonly stale: boolean;
  /** The line at the step shown, or null. */
  cursor: { readonly left: number; readonly top: number; readonly width: number; readonly height: number } | null;
  /** Out of view when the run moved on, so that it must be drawn before it is shown. */
  outdated: boolean;
  /** Brings pictures, cursor and texts up to date. */
  readonly draw: () => void;
}

const STALE_OPACITY = 0.38;
/** How far the canvas reaches beyond the view on each side, as a share of it: so far the view moves before all is drawn again. */
const MARGIN = 0.25;

type FlowState = Pick<ReactFlowState, "transform" | "width" | "height" | "nodeLookup">;

interface FlowStore {
  readonly getState: () => FlowState;
}

export class StripStage {
  readonly #drawings = new Map<string, NodeDrawing>();
  #canvas: HTMLCanvasElement | null = null;
  #store: FlowStore | null = null;
  /** Nodes whose strips changed since the last picture; null when all must be drawn. */
  #changed: Set<string> | null = null;
  /** Nodes that touch another one; null when nodes have moved since. */
  #crowded: ReadonlySet<string> | null = null;
  #pending = false;
  /** The view that the canvas was laid out for. */
  #laidOut: {
    readonly x: number;
    readonly y: number;
    readonly zoom: number;
    readonly width: number;
    readonly height: number;
  } | null = null;

  /** Shows the strips on a canvas until the returned function is called. */
  attach(canvas: HTMLCanvasElement, store: FlowStore): () => void {
    this.#canvas = canvas;
    this.#store = store;
    this.redraw();
    return () => {
      this.#canvas = null;
      this.#store = null;
    };
  }

  /** Puts a node's drawing on the stage; returns how to take it off. */
  add(nodeId: string, drawing: NodeDrawing): () => void {
    this.#drawings.set(nodeId, drawing);
    this.invalidate();
    return () => {
      if (this.#drawings.get(nodeId) === drawing) this.#drawings.delete(nodeId);
      this.invalidate();
    };
  }

  /** Whether a part of the node is in view, or a small move away. */
  isVisible(nodeId: string): boolean {
    const node = this.#store?.getState().nodeLookup.get(nodeId);
    return node !== undefined && this.#isOnCanvas(node);
  }

  /** Nodes came, went or moved. */
  nodesChanged(): void {
    this.#crowded = null;
    this.invalidate();
  }

  /** Redraws one node, or all, once after everything that is going on now and before the next picture is shown. */
  invalidate(nodeId: string | null = null): void {
    if (nodeId === null) this.#changed = null;
    else this.#changed?.add(nodeId);
    if (this.#pending) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#pending = false;
      const [changed, state] = [this.#changed, this.#store?.getState()];
      if (changed === null || state === undefined || !this.#redrawOnly(changed, state)) this.redraw();
    });
  }

  /** The view has moved, and the strips with it: they are drawn anew where it shows what the canvas does not reach. */
  viewMoved(): void {
    const state = this.#store?.getState();
    if (state !== undefined && !this.#reaches(state)) this.redraw();
  }

  /** Whether the canvas, as it was laid out, covers the whole view at its zoom. */
  #reaches({ transform: [x, y, zoom], width, height }: FlowState): boolean {
    const there = this.#laidOut;
    if (there === null || there.zoom !== zoom || there.width !== width || there.height !== height) return false;
    return Math.abs(x - there.x) <= MARGIN * width && Math.abs(y - there.y) <= MARGIN * height;
  }

  /** Redraws all at once. */
  redraw(): void {
    this.#laidOut = null;
    const context = this.#begin();
    if (context === null || this.#store === null) return;
    this.#changed = new Set();
    const { canvas } = context;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.restore();
    const { nodeLookup } = this.#store.getState();
    const fromBack = [...nodeLookup.values()].sort((a, b) => a.internals.z - b.internals.z);
    for (const node of fromBack) if (this.#isOnCanvas(node)) this.#drawNode(context, node);
  }

  /** Redraws some nodes; false when another node is in front or behind, where order matters. */
  #redrawOnly(changed: ReadonlySet<string>, { nodeLookup }: FlowState): boolean {
    const due = [...changed].flatMap((nodeId) => nodeLookup.get(nodeId) ?? []).filter((node) => this.#isOnCanvas(node));
    this.#crowded ??= crowdedNodes([...nodeLookup.values()].filter(({ type }) => type !== "frame"));
    if (due.some(({ id }) => this.#crowded?.has(id))) return false;
    const context = this.#begin();
    if (context === null) return false;
    for (const node of due) this.#drawNode(context, node);
    this.#changed = new Set();
    return true;
  }

  #isOnCanvas(node: InternalNode): boolean {
    if (this.#laidOut === null) return false;
    const { x, y, zoom, width, height } = this.#laidOut;
    const box = boxOf(node);
    return (
      box.right * zoom + x >= -MARGIN * width &&
      box.bottom * zoom + y >= -MARGIN * height &&
      box.left * zoom + x <= (1 + MARGIN) * width &&
      box.top * zoom + y <= (1 + MARGIN) * height
    );
  }

  /** Fits the canvas to the window and its margin, and sets up drawing in px of the graph. */
  #begin(): CanvasRenderingContext2D | null {
    const [canvas, store] = [this.#canvas, this.#store];
    const context = canvas?.getContext("2d") ?? null;
    if (canvas === null || store === null || context === null) return null;
    const state = store.getState();
    const ratio = globalThis.devicePixelRatio || 1;
    if (this.#laidOut === null || !this.#reaches(state)) {
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

  #drawNode(context: CanvasRenderingContext2D, node: InternalNode): void {
    const { left, top, right, bottom } = boxOf(node);
    context.clearRect(left, top, right - left, bottom - top);
    const drawing = this.#drawings.get(node.id);
    if (drawing === undefined) return;
    if (drawing.outdated) drawing.draw();
    context.globalAlpha = drawing.stale ? STALE_OPACITY : 1;
    for (const part of drawing.parts) {
      context.drawImage(part.image, left + part.left, top + part.top, part.width, part.height);
    }
    context.globalAlpha = 1;
    const { cursor } = drawing;
    if (cursor === null) return;
    const { accent, text3 } = chartColors();
    context.fillStyle = drawing.stale ? text3 : accent;
    context.fillRect(left + cursor.left, top + cursor.top, cursor.width, cursor.height);
  }
}

const boxOf = ({ internals, measured }: InternalNode): Box => {
  const { x, y } = internals.positionAbsolute;
  return { left: x, top: y, right: x + (measured.width ?? 0), bottom: y + (measured.height ?? 0) };
};

const crowdedNodes = (nodes: readonly InternalNode[]): ReadonlySet<string> => {
  const boxes = nodes.map(boxOf);
  const touches = (box: Box, index: number): boolean =>
    boxes.some((other, at) => at !== index && overlaps(box, other, 0));
  return new Set(nodes.filter((node, index) => touches(boxOf(node), index)).map(({ id }) => id));
};

export const StripStageContext = createContext<StripStage | null>(null);

export const useStripStage = (): StripStage | null => useContext(StripStageContext);
