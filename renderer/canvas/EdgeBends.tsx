/**
 * The points that a connection goes through, while it is selected: dragged or moved by arrow keys, taken out by a double click or Delete.
 * B on the connection goes to the first one, or makes it; B on a bend makes the next.
 */
import { EdgeLabelRenderer, useReactFlow } from "@xyflow/react";
import { type RefObject, useRef, useState } from "react";
import type { DocumentEdge, Position } from "../../engine/index.ts";
import { applyGesture } from "./applyGesture.ts";
import { distanceToRoute, middleOfRoute, type Point } from "./geometry.ts";
import { SNAP, snap } from "./placement.ts";

const NO_POINTS: readonly Position[] = [];

const bend = (edge: DocumentEdge, points: readonly Position[], label: string): void =>
  void applyGesture({ commands: [{ type: "setEdgePoints", edge, points }], label, select: null });

type Route = readonly Point[];

/** By the connection's id on the canvas: the way it takes now, for the keyboard. */
export const edgeRoutes = new Map<string, Route>();

/** The corners of a way that a connection found by itself; what leads away from its ports comes without them. */
const cornersOf = (route: Route): readonly Position[] => {
  const inner = route.slice(1, -1);
  return (inner.length > 2 ? inner.slice(1, -1) : inner).map(([x, y]) => ({ x: Math.round(x), y: Math.round(y) }));
};

/**
 * A new point on the way of an edge, between the two that it lies between; tells which one it is. The way stays as it was: corners that the edge
 * made by itself become points, too.
 */
export const addBend = (edge: DocumentEdge, route: Route, at: Position): number => {
  const points = edge.points ?? cornersOf(route);
  const [from, to] = [route[0], route.at(-1)];
  if (from === undefined || to === undefined) return 0;
  const through: Route = [from, ...points.map(({ x, y }): Point => [x, y]), to];
  // Before the first point of the edge whose way there passes the new one.
  const place =
    through
      .slice(1)
      .map((end, index) => ({ index, distance: distanceToRoute([through[index] ?? end, end], at) }))
      .sort((a, b) => a.distance - b.distance)[0]?.index ?? 0;
  bend(edge, [...points.slice(0, place), snap(at), ...points.slice(place)], "bend a connection");
  return place;
};

const focusEdge = (id: string): void =>
  document.querySelector<SVGGElement>(`.react-flow__edge[data-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });

/** A bend that was just made is on the page with the next frame. */
const focusBend = (id: string, index: number): void =>
  void requestAnimationFrame(() => {
    const bends = document.querySelectorAll<HTMLElement>(`.EdgeBend[data-edge="${CSS.escape(id)}"]`);
    bends[Math.min(index, bends.length - 1)]?.focus({ preventScroll: true });
  });

/** From the keyboard on a connection: to its first bend; where there is none one is made in its middle. */
export const enterBends = (id: string, edge: DocumentEdge): void => {
  const route = edgeRoutes.get(id);
  if (route === undefined) return;
  const [x, y] = middleOfRoute(route);
  focusBend(id, edge.points === undefined ? addBend(edge, route, { x, y }) : 0);
};

const ARROWS: Readonly<Record<string, Position>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** With Shift an arrow key moves by the distance of the dots, else by the finest step: as nodes. */
const COARSE_STEP = 16;

interface Props {
  /** Of the connection on the canvas. */
  readonly id: string;
  readonly edge: DocumentEdge;
  /** `conv1 to bn1`. */
  readonly name: string;
  readonly preview: (points: readonly Position[] | null) => void;
}

export const EdgeBends = ({ id, edge, name, preview }: Props) => {
  const { points = NO_POINTS } = edge;
  const { screenToFlowPosition } = useReactFlow();
  const dragged = useRef<number | null>(null);
  const [moved, setMoved] = useState<readonly Position[] | null>(null);
  /** While arrow keys are held: one undo step when they are let go. */
  const held: RefObject<readonly Position[] | null> = useRef(null);
  const shown = moved ?? points;
  const show = (next: readonly Position[] | null): void => {
    setMoved(next);
    preview(next);
  };
  const settle = (): void => {
    dragged.current = null;
    held.current = null;
    if (moved !== null) bend(edge, moved, "bend a connection");
    show(null);
  };
  const withPoint = (index: number, at: Position): readonly Position[] =>
    shown.map((point, each) => (each === index ? snap(at) : point));
  const takeOut = (index: number): void =>
    bend(
      edge,
      points.filter((_, each) => each !== index),
      "straighten a connection",
    );
  /** Half the way to the next bend, or to the end. */
  const addAfter = (index: number): void => {
    const at = points[index];
    const [x, y] = edgeRoutes.get(id)?.at(-1) ?? [at?.x ?? 0, at?.y ?? 0];
    const next = points[index + 1] ?? { x, y };
    if (at === undefined) return;
    const middle = snap({ x: (at.x + next.x) / 2, y: (at.y + next.y) / 2 });
    bend(edge, [...points.slice(0, index + 1), middle, ...points.slice(index + 1)], "bend a connection");
    focusBend(id, index + 1);
  };
  const press = (event: React.KeyboardEvent, index: number): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = ARROWS[event.key];
    const at = (held.current ?? points)[index];
    if (direction !== undefined && at !== undefined) {
      const step = event.shiftKey ? COARSE_STEP : SNAP;
      held.current = withPoint(index, { x: at.x + direction.x * step, y: at.y + direction.y * step });
      show(held.current);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      takeOut(index);
      if (points.length === 1) focusEdge(id);
      else focusBend(id, index);
    } else if (event.key.toLowerCase() === "b") addAfter(index);
    else if (event.key === "Escape") focusEdge(id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <EdgeLabelRenderer>
      {shown.map((point, index) => (
        <button
          type="button"
          // biome-ignore lint/suspicious/noArrayIndexKey: a point is nothing but its place in the row
          key={index}
          className="EdgeBend nodrag nopan"
          data-edge={id}
          aria-label={`Bend ${index + 1} of ${shown.length} of ${name}, at ${point.x}, ${point.y}`}
          data-tooltip="Drag or arrow keys move it, a double click or Delete takes it out, B adds another"
          style={{ transform: `translate(-50%, -50%) translate(${point.x}px, ${point.y}px)` }}
          onPointerDown={(event) => {
            event.stopPropagation();
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            dragged.current = index;
          }}
          onPointerMove={(event) => {
            if (dragged.current !== index) return;
            show(withPoint(index, screenToFlowPosition({ x: event.clientX, y: event.clientY })));
          }}
          onPointerUp={settle}
          onPointerCancel={() => {
            dragged.current = null;
            show(null);
          }}
          onKeyDown={(event) => press(event, index)}
          onKeyUp={(event) => ARROWS[event.key] !== undefined && held.current !== null && settle()}
          onBlur={() => held.current !== null && settle()}
          onDoubleClick={(event) => {
            event.stopPropagation();
            takeOut(index);
          }}
        />
      ))}
    </EdgeLabelRenderer>
  );
};
