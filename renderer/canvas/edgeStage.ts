/**
 * All edges on one picture behind the nodes. What an edge is to a pointer, the keyboard and a screen reader stays an SVG path that paints
 * nothing: with an SVG that paints for each of 200 edges, arranging the page took the browser half as long again, at every frame in which a
 * colour changed.
 */
import { createContext, useContext } from "react";
import type { Position } from "../../engine/index.ts";
import { chartColors } from "../charts/colors.ts";
import { CarriedEdges } from "./carriedEdges.ts";
import { type Box, type Point, roundedPath, unionOf } from "./geometry.ts";
import type { SignalLook } from "./signalStd.ts";
import { type FlowState, type FlowStore, type Stage, type StageContext, ViewCanvas } from "./viewCanvas.ts";

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

/** Whether the way, and its line around it, comes through the box. */
const passes = (points: readonly Point[], { left, top, right, bottom }: Box): boolean =>
  points.some(([x, y], index) => {
    const [fromX, fromY] = points[index - 1] ?? [x, y];
    return (
      Math.min(x, fromX) - REACH < right &&
      Math.max(x, fromX) + REACH > left &&
      Math.min(y, fromY) - REACH < bottom &&
      Math.max(y, fromY) + REACH > top
    );
  });

export class EdgeStage implements Stage {
  readonly #view = new ViewCanvas(() => this.#content());
  readonly #edges = new Map<string, PlacedEdge>();
  /** Around all edges; undefined where they have changed since it was asked for. */
  #around: Box | null | undefined;
  readonly #looks = new Map<string, SignalLook>();
  /** What changed since the last picture; null when all must be drawn. */
  #changed: Box[] | null = null;
  #pending = false;
  #element: HTMLElement | null = null;
  /** Edges that are off the stage, on a picture of their own, and whether it is to be drawn. */
  readonly #carried = new Set<string>();
  #carriedPicture: CarriedEdges | null = null;
  #carriedDue = false;

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

  /** Draws an edge between ends that a hand has moved by so much, and not yet the document, off the stage until it is put down. */
  carry(edgeId: string, source: Position, target: Position): void {
    const before = this.#edges.get(edgeId);
    if (before === undefined) return;
    this.#changeEdge(edgeId, before);
    if (this.#element !== null) this.#carriedPicture ??= new CarriedEdges(this.#element);
    if (this.#carriedPicture !== null) this.#carried.add(edgeId);
    const moved = place(before.drawing, before.drawing.routeMoved(source, target));
    this.#edges.set(edgeId, moved);
    this.#changeEdge(edgeId, moved);
  }

  /** Puts all edges that were carried back on the stage, where they are now. */
  putDown(): void {
    this.#carriedPicture?.remove();
    this.#carriedPicture = null;
    for (const edgeId of this.#carried) {
      const edge = this.#edges.get(edgeId);
      if (edge !== undefined) this.#change(edge.box);
    }
    this.#carried.clear();
  }

  /** On which tile the middle of the edge is. */
  tileOf(edgeId: string): number {
    const box = this.#edges.get(edgeId)?.box;
    return box === undefined ? 0 : this.#view.tileAt((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  }

  /** The tiles that the edge is on. */
  tilesOf(edgeId: string): readonly string[] {
    const box = this.#edges.get(edgeId)?.box;
    return box === undefined || this.#carried.has(edgeId)
      ? []
      : this.#view.tilesUnder(box).map((tile) => `edges ${tile}`);
  }

  /** What the signal is, null where nothing was measured; returns whether it looks otherwise than before. */
  measured(edgeId: string, look: SignalLook | null): boolean {
    const before = this.#looks.get(edgeId) ?? null;
    if (before?.stop === look?.stop && before?.width === look?.width) return false;
    if (look === null) this.#looks.delete(edgeId);
    else this.#looks.set(edgeId, look);
    const edge = this.#edges.get(edgeId);
    if (edge !== undefined) this.#changeEdge(edgeId, edge);
    return true;
  }

  viewMoved(): void {
    const { state } = this.#view;
    if (state === null) return;
    this.#changeCarried();
    if (!this.#view.reaches(state)) this.redraw();
  }

  /** The box around all edges. */
  #content(): Box | null {
    if (this.#around === undefined) {
      this.#around = this.#edges.size === 0 ? null : unionOf([...this.#edges.values()].map(({ box }) => box));
    }
    return this.#around;
  }

  #changeEdge(edgeId: string, { box }: PlacedEdge): void {
    this.#around = undefined;
    if (this.#carried.has(edgeId)) this.#changeCarried();
    else this.#change(box);
  }

  #changeCarried(): void {
    if (this.#carried.size === 0) return;
    this.#carriedDue = true;
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
    this.#changeCarried();
    if (this.#view.drawAnew((context, isDue) => this.#draw(context, isDue))) this.#changed = [];
  }

  #draw(context: StageContext, isDue: (box: Box) => boolean): void {
    // For each tile, and of hundreds of edges few are due: no list of all.
    const due: [string, PlacedEdge][] = [];
    this.#edges.forEach((edge, edgeId) => {
      if (isDue(edge.box) && !this.#carried.has(edgeId)) due.push([edgeId, edge]);
    });
    this.#drawAll(context, due);
  }

  #drawCarried(state: FlowState): void {
    if (!this.#carriedDue) return;
    this.#carriedDue = false;
    const carried = [...this.#edges].filter(([edgeId]) => this.#carried.has(edgeId));
    const box = unionOf(carried.map(([, edge]) => edge.box));
    this.#carriedPicture?.draw(box, state, (part) => {
      const due = carried.filter(([, { points }]) => passes(points, part));
      return due.length === 0 ? null : (context) => this.#drawAll(context, due);
    });
  }

  #drawAll(context: StageContext, edges: readonly (readonly [string, PlacedEdge])[]): void {
    for (const marked of [false, true]) {
      for (const [edgeId, edge] of edges) if (edge.drawing.marked === marked) this.#drawEdge(context, edgeId, edge);
    }
  }

  #drawEdge(context: StageContext, edgeId: string, edge: PlacedEdge): void {
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
