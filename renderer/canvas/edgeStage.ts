/**
 * All edges on one picture behind the nodes. What an edge is to a pointer, the keyboard and a screen reader stays an SVG path that paints
 * nothing: with an SVG that paints for each of 200 edges, arranging the page took the browser half as long again, at every frame in which a
 * colour changed.
 */
import { createContext, useContext } from "react";
import type { Position } from "../../engine/index.ts";
import { chartColors } from "../charts/colors.ts";
import { CarriedEdge } from "./carriedEdge.ts";
import { type Box, type Point, roundedPath } from "./geometry.ts";
import type { SignalLook } from "./signalStd.ts";
import { type FlowState, type FlowStore, type Stage, ViewCanvas } from "./viewCanvas.ts";

export type EdgeTone = "signal" | "stale" | "broken";

/** How an edge is drawn beside the signal that it carries. */
export interface EdgeDrawing {
  readonly points: readonly Point[];
  /** Its points with both of its ends moved by so much. */
  readonly routeMoved: (source: Position, target: Position) => readonly Point[];
  readonly tone: EdgeTone;
  /** Selected, or the place of a drop: in the accent, above the others. */
  readonly marked: boolean;
  readonly hovered: boolean;
}

const CORNER_RADIUS = 8;
/** Half of the widest line, and a pixel of its soft rim. */
const REACH = 4;
const DASHES: Readonly<Record<EdgeTone, readonly number[]>> = { signal: [], stale: [0.1, 5], broken: [5, 4] };
/** Before anything was measured, as at std 1. */
const PLAIN: SignalLook = { stop: 4, width: 2 };
const MARKED_WIDTH = 3;
/** Each edge with a picture of its own is a layer of the page. */
const MOST_CARRIED = 8;

interface PlacedEdge {
  readonly drawing: EdgeDrawing;
  readonly points: readonly Point[];
  /** Made when it is drawn first. */
  path: Path2D | null;
  readonly box: Box;
}

const place = (drawing: EdgeDrawing, points = drawing.points): PlacedEdge => {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return {
    drawing,
    points,
    path: null,
    box: {
      left: Math.min(...xs) - REACH,
      top: Math.min(...ys) - REACH,
      right: Math.max(...xs) + REACH,
      bottom: Math.max(...ys) + REACH,
    },
  };
};

export class EdgeStage implements Stage {
  readonly #view = new ViewCanvas();
  readonly #edges = new Map<string, PlacedEdge>();
  readonly #looks = new Map<string, SignalLook>();
  /** What changed since the last picture; null when all must be drawn. */
  #changed: Box[] | null = null;
  #pending = false;
  #element: HTMLElement | null = null;
  /** Edges on pictures of their own, and those of them that are to be drawn. */
  readonly #carried = new Map<string, CarriedEdge>();
  readonly #carriedDue = new Set<string>();

  attach(element: HTMLElement, store: FlowStore): () => void {
    this.#element = element;
    this.#view.attach(element, store);
    this.redraw();
    return () => {
      this.putDown();
      this.#element = null;
      this.#view.detach();
    };
  }

  /** Draws an edge from now on, in place of what the edge was. */
  show(edgeId: string, drawing: EdgeDrawing): void {
    this.hide(edgeId);
    const placed = place(drawing);
    this.#edges.set(edgeId, placed);
    this.#changeEdge(edgeId, placed);
  }

  hide(edgeId: string): void {
    const before = this.#edges.get(edgeId);
    if (before === undefined) return;
    this.#edges.delete(edgeId);
    this.#changeEdge(edgeId, before);
  }

  /** Draws an edge between ends that a hand has moved by so much, and not yet the document, on a picture of its own until it is put down. */
  carry(edgeId: string, source: Position, target: Position): void {
    const before = this.#edges.get(edgeId);
    if (before === undefined) return;
    this.#changeEdge(edgeId, before);
    if (this.#element !== null && this.#carried.size < MOST_CARRIED && !this.#carried.has(edgeId))
      this.#carried.set(edgeId, new CarriedEdge(this.#element));
    const moved = place(before.drawing, before.drawing.routeMoved(source, target));
    this.#edges.set(edgeId, moved);
    this.#changeEdge(edgeId, moved);
  }

  /** Puts all edges that were carried back on the stage, where they are now. */
  putDown(): void {
    for (const [edgeId, picture] of this.#carried) {
      picture.remove();
      this.#carried.delete(edgeId);
      const edge = this.#edges.get(edgeId);
      if (edge !== undefined) this.#change(edge.box);
    }
  }

  /** What the signal is; null where nothing was measured. */
  measured(edgeId: string, look: SignalLook | null): void {
    const before = this.#looks.get(edgeId) ?? null;
    if (before?.stop === look?.stop && before?.width === look?.width) return;
    if (look === null) this.#looks.delete(edgeId);
    else this.#looks.set(edgeId, look);
    const edge = this.#edges.get(edgeId);
    if (edge !== undefined) this.#changeEdge(edgeId, edge);
  }

  viewMoved(): void {
    const { state } = this.#view;
    if (state === null) return;
    this.#allCarriedDue();
    if (!this.#view.reaches(state)) this.redraw();
  }

  #changeEdge(edgeId: string, { box }: PlacedEdge): void {
    if (this.#carried.has(edgeId)) {
      this.#carriedDue.add(edgeId);
      this.#schedule();
    } else this.#change(box);
  }

  #allCarriedDue(): void {
    if (this.#carried.size === 0) return;
    for (const edgeId of this.#carried.keys()) this.#carriedDue.add(edgeId);
    this.#schedule();
  }

  #change(box: Box): void {
    this.#changed?.push(box);
    this.#schedule();
  }

  /** Draws once after everything that is going on now and before the next picture is shown. */
  #schedule(): void {
    if (this.#pending) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#pending = false;
      const [changed, { state }] = [this.#changed, this.#view];
      if (state === null) return;
      this.#drawCarried(state);
      if (changed?.length === 0) return;
      if (changed === null || !this.#view.reaches(state)) this.redraw();
      else {
        this.#changed = [];
        this.#view.drawWithin(changed, (context, isDue) => this.#draw(context, isDue));
      }
    });
  }

  redraw(): void {
    this.#allCarriedDue();
    if (this.#view.drawAnew((context, isDue) => this.#draw(context, isDue))) this.#changed = [];
  }

  #draw(context: CanvasRenderingContext2D, isDue: (box: Box) => boolean): void {
    const due = [...this.#edges].filter(([edgeId, { box }]) => isDue(box) && !this.#carried.has(edgeId));
    for (const marked of [false, true]) {
      for (const [edgeId, edge] of due) if (edge.drawing.marked === marked) this.#drawEdge(context, edgeId, edge);
    }
  }

  #drawCarried(state: FlowState): void {
    for (const edgeId of this.#carriedDue) {
      const [edge, picture] = [this.#edges.get(edgeId), this.#carried.get(edgeId)];
      if (edge === undefined) picture?.clear();
      else picture?.draw(edge.box, state, (context) => this.#drawEdge(context, edgeId, edge));
    }
    this.#carriedDue.clear();
  }

  #drawEdge(context: CanvasRenderingContext2D, edgeId: string, edge: PlacedEdge): void {
    edge.path ??= new Path2D(roundedPath(edge.points, CORNER_RADIUS));
    const { stroke, width } = this.#lineOf(edgeId, edge.drawing);
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.lineCap = edge.drawing.tone === "stale" ? "round" : "butt";
    context.setLineDash([...DASHES[edge.drawing.tone]]);
    context.stroke(edge.path);
  }

  #lineOf(edgeId: string, { tone, marked, hovered }: EdgeDrawing): { readonly stroke: string; readonly width: number } {
    const { accent, error, text3, std } = chartColors();
    if (marked) return { stroke: accent, width: MARKED_WIDTH };
    const look = tone === "signal" ? (this.#looks.get(edgeId) ?? PLAIN) : PLAIN;
    const stroke = { signal: std[look.stop] ?? text3, stale: text3, broken: error }[tone];
    return { stroke, width: hovered ? Math.max(MARKED_WIDTH, look.width) : look.width };
  }
}

export const EdgeStageContext = createContext<EdgeStage | null>(null);

export const useEdgeStage = (): EdgeStage | null => useContext(EdgeStageContext);
