/** The points that a connection goes through, to drag while it is selected. A double click takes one out. */
import { EdgeLabelRenderer, useReactFlow } from "@xyflow/react";
import { useRef, useState } from "react";
import type { DocumentEdge, Position } from "../../engine/index.ts";
import { applyGesture } from "./applyGesture.ts";
import { distanceToRoute } from "./geometry.ts";
import { snap } from "./placement.ts";

const NO_POINTS: readonly Position[] = [];

const bend = (edge: DocumentEdge, points: readonly Position[], label: string): void =>
  void applyGesture({ commands: [{ type: "setEdgePoints", edge, points }], label, select: null });

/** A new point on the way of an edge, between the two that it lies between. */
export const addBend = (edge: DocumentEdge, route: readonly (readonly [number, number])[], at: Position): void => {
  const { points = NO_POINTS } = edge;
  // Before the first point of the edge whose way there passes the new one.
  const nearest = route
    .slice(1)
    .map((end, index) => ({ index, distance: distanceToRoute([route[index] ?? end, end], at) }))
    .sort((a, b) => a.distance - b.distance)[0]?.index;
  // A route with points is: port, lead, points …, lead, port.
  const place = points.length === 0 ? 0 : Math.min(points.length, Math.max(0, (nearest ?? 1) - 1));
  bend(edge, [...points.slice(0, place), snap(at), ...points.slice(place)], "bend a connection");
};

export const EdgeBends = ({
  edge,
  preview,
}: {
  readonly edge: DocumentEdge;
  readonly preview: (points: readonly Position[] | null) => void;
}) => {
  const { points = NO_POINTS } = edge;
  const { screenToFlowPosition } = useReactFlow();
  const dragged = useRef<number | null>(null);
  const [moved, setMoved] = useState<readonly Position[] | null>(null);
  const shown = moved ?? points;
  const withPoint = (index: number, event: React.PointerEvent): readonly Position[] =>
    shown.map((point, each) =>
      each === index ? snap(screenToFlowPosition({ x: event.clientX, y: event.clientY })) : point,
    );
  return (
    <EdgeLabelRenderer>
      {shown.map((point, index) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: bends are looks; the command that straightens has the keyboard
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: a point is nothing but its place in the row
          key={index}
          className="EdgeBend nodrag nopan"
          data-tooltip="Drag to move, double-click to take out"
          style={{ transform: `translate(-50%, -50%) translate(${point.x}px, ${point.y}px)` }}
          onPointerDown={(event) => {
            event.stopPropagation();
            event.currentTarget.setPointerCapture(event.pointerId);
            dragged.current = index;
          }}
          onPointerMove={(event) => {
            if (dragged.current !== index) return;
            const next = withPoint(index, event);
            setMoved(next);
            preview(next);
          }}
          onPointerUp={() => {
            dragged.current = null;
            if (moved !== null) bend(edge, moved, "bend a connection");
            setMoved(null);
            preview(null);
          }}
          onDoubleClick={(event) => {
            event.stopPropagation();
            bend(
              edge,
              points.filter((_, each) => each !== index),
              "straighten a connection",
            );
          }}
        />
      ))}
    </EdgeLabelRenderer>
  );
};
