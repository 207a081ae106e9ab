/** A kind dragged from the palette: onto the canvas, or onto an edge, which it is spliced into. */
import { useReactFlow } from "@xyflow/react";
import { useCallback } from "react";
import { NODE_WIDTH, nodeHeight, type Position } from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { showSelected } from "../palette/addLayer.ts";
import { KIND_TYPE } from "../palette/dragType.ts";
import { applyGesture } from "./applyGesture.ts";
import { canvasView } from "./canvasView.ts";
import { boxOf, distanceToRoute, routeEdge } from "./geometry.ts";
import { addAt, canSplice, spliceOnEdge } from "./gestures.ts";
import type { EdgeView } from "./nodeViews.ts";
import type { SignalFlowEdge } from "./SignalEdge.tsx";

/** How near to an edge a drop must be, in canvas px. */
const REACH = 24;

const distanceTo = (view: EdgeView, point: Position): number => {
  const { document } = documentStore.getState();
  const from = document.nodes.find((node) => node.id === view.edge.from.node);
  const to = document.nodes.find((node) => node.id === view.edge.to.node);
  if (from === undefined || to === undefined) return Number.POSITIVE_INFINITY;
  const start = [from.position.x + NODE_WIDTH / 2, boxOf(from).bottom] as const;
  return distanceToRoute(routeEdge(start, [to.position.x + NODE_WIDTH / 2, to.position.y], view.obstructed), point);
};

const nearestEdge = (edges: readonly SignalFlowEdge[], kind: string, point: Position): EdgeView | null => {
  if (!canSplice(kind)) return null;
  let nearest: EdgeView | null = null;
  let least = REACH;
  for (const { data } of edges) {
    if (data === undefined) continue;
    const distance = distanceTo(data.view, point);
    if (distance < least) {
      least = distance;
      nearest = data.view;
    }
  }
  return nearest;
};

export const usePaletteDrop = (edges: readonly SignalFlowEdge[]) => {
  const { screenToFlowPosition } = useReactFlow();

  const onDragOver = useCallback(
    (event: React.DragEvent) => {
      if (!event.dataTransfer.types.includes(KIND_TYPE)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      const { draggedKind, dropEdgeId } = canvasView.getState();
      const point = screenToFlowPosition({ x: event.clientX, y: event.clientY });
      const id = draggedKind === null ? null : (nearestEdge(edges, draggedKind, point)?.id ?? null);
      if (id !== dropEdgeId) canvasView.setState({ dropEdgeId: id });
    },
    [edges, screenToFlowPosition],
  );

  const onDragLeave = useCallback(() => canvasView.setState({ dropEdgeId: null }), []);

  const onDrop = useCallback(
    (event: React.DragEvent) => {
      const kind = event.dataTransfer.getData(KIND_TYPE);
      if (kind === "") return;
      event.preventDefault();
      canvasView.setState({ draggedKind: null, dropEdgeId: null });
      const point = screenToFlowPosition({ x: event.clientX, y: event.clientY });
      const place = { x: point.x - NODE_WIDTH / 2, y: point.y - nodeHeight({ kind }) / 2 };
      const { document } = documentStore.getState();
      const edge = nearestEdge(edges, kind, point);
      const gesture = edge === null ? addAt(document, kind, place) : spliceOnEdge(document, kind, edge.edge, place);
      if (applyGesture(gesture)) showSelected();
    },
    [edges, screenToFlowPosition],
  );

  return { onDragOver, onDragLeave, onDrop };
};
