/** Dragging nodes: guides, a loose node dropped on an edge, and copies with Alt. One undo step when it ends. */
import { type Node, type OnNodeDrag, useReactFlow, useStoreApi } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import type { Position } from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { applyGesture } from "./applyGesture.ts";
import { type CanvasFlowNode, itemsMeant } from "./canvasItems.ts";
import { canvasView, guidesInView } from "./canvasView.ts";
import { nodeOf } from "./documentGraph.ts";
import { edgeNear, NODE_REACH } from "./dropEdge.ts";
import type { EdgeView } from "./edgeViews.ts";
import type { FlowElements, Positions } from "./flowElements.ts";
import { boxOf } from "./geometry.ts";
import { duplicateAt } from "./gestures.ts";
import { movesAlone } from "./movesAlone.ts";
import { noteItemId } from "./NoteNode.tsx";
import { nodeElements } from "./nodeElements.ts";
import type { Placed } from "./placement.ts";
import { isLoose, spliceNode } from "./splice.ts";

/** Each node that moves alone is a layer of the page. */
const MOST_ALONE = 4;

const middleOf = (placed: Placed): Position => {
  const { left, right, top, bottom } = boxOf(placed);
  return { x: (left + right) / 2, y: (top + bottom) / 2 };
};

export const useNodeDrag = ({ edges, shown, setPreview, land, commitMove, glide }: FlowElements) => {
  const { screenToFlowPosition } = useReactFlow();
  const flow = useStoreApi();
  // The handlers stay the same at every edit: React Flow tells all that listen to it of each one that does not.
  const latestEdges = useRef(edges);
  useEffect(() => {
    latestEdges.current = edges;
  }, [edges]);

  /** The edge that the one loose node that is dragged would go into. */
  const edgeUnder = useCallback(
    (event: MouseEvent | TouchEvent | React.MouseEvent, positions: Positions): EdgeView | null => {
      const { document } = documentStore.getState();
      const [only, ...others] = Object.entries(positions);
      if (only === undefined || others.length > 0 || !isLoose(document, only[0])) return null;
      const [nodeId, position] = only;
      const node = nodeOf(document, nodeId);
      if (node === undefined) return null;
      const { kind } = node;
      const { clientX, clientY } = "clientX" in event ? event : (event.changedTouches[0] ?? { clientX: 0, clientY: 0 });
      return (
        edgeNear(document, latestEdges.current, kind, screenToFlowPosition({ x: clientX, y: clientY })) ??
        edgeNear(document, latestEdges.current, kind, middleOf({ ...node, position }), NODE_REACH)
      );
    },
    [screenToFlowPosition],
  );

  /** Where the button was pressed. */
  const pressed = useRef<{ readonly target: Element; readonly pointerId: number } | null>(null);
  const press = useCallback(
    ({ target, pointerId }: React.PointerEvent): void => {
      pressed.current = target instanceof Element ? { target, pointerId } : null;
      if (target instanceof Element && target.closest(".react-flow__node") !== null) glide.grab();
    },
    [glide],
  );
  const release = useCallback((): void => {
    pressed.current = null;
    glide.letGo();
  }, [glide]);
  /** The pointer stays with what it took up: the browser looks for nothing else below it, and tells no element that it came or went. */
  const hold = useCallback((): void => {
    const { target, pointerId } = pressed.current ?? {};
    // What was pressed may have been rendered anew since.
    if (pointerId !== undefined && target?.isConnected) target.setPointerCapture(pointerId);
  }, []);

  /** Ends what lets the dragged nodes move without the page being arranged anew. */
  const stopAlone = useRef<readonly (() => void)[]>([]);
  const moveAlone = useCallback(() => {
    const items = Object.keys(shown.current);
    const elements = items.length > MOST_ALONE ? new Map() : nodeElements(flow.getState().domNode, items);
    stopAlone.current = [...elements.values()].map(movesAlone);
  }, [flow, shown]);

  const dragged = useCallback(
    (event: MouseEvent | TouchEvent | React.MouseEvent): void => {
      const copying = event.altKey;
      const dropEdgeId = copying ? null : (edgeUnder(event, shown.current)?.id ?? null);
      const state = canvasView.getState();
      if (!state.isDragging) {
        hold();
        moveAlone();
      }
      // The places that copies leave are drawn by React.
      if (copying && !state.copying) land();
      if (state.isDragging && state.copying === copying && state.dropEdgeId === dropEdgeId) return;
      canvasView.setState({ isDragging: true, copying, dropEdgeId });
    },
    [edgeUnder, hold, moveAlone, land, shown],
  );

  const dropped = useCallback(
    (event: MouseEvent | TouchEvent | React.MouseEvent, nodes: readonly Node[]): void => {
      // What the dragged items stand for, the layers of a group say, where the guides put it.
      const positions: Positions = Object.fromEntries(
        nodes.flatMap(({ id, position }) => {
          const { nodeIds, noteIds } = itemsMeant(documentStore.getState().document, id);
          const meant = [...nodeIds, ...noteIds.map(noteItemId)];
          return meant.flatMap((itemId): [string, Position][] => {
            const place = shown.current[itemId] ?? (itemId === id ? position : undefined);
            return place === undefined ? [] : [[itemId, place]];
          });
        }),
      );
      const { document } = documentStore.getState();
      const edge = event.altKey ? null : edgeUnder(event, positions);
      for (const stop of stopAlone.current) stop();
      stopAlone.current = [];
      guidesInView.setState([], true);
      canvasView.setState({ isDragging: false, copying: false, dropEdgeId: null });
      const [[nodeId, place] = []] = Object.entries(positions);
      if (event.altKey) {
        setPreview({});
        applyGesture(duplicateAt(document, positions));
      } else if (edge !== null && nodeId !== undefined && place !== undefined) {
        if (!applyGesture(spliceNode(document, nodeId, edge.edge, place))) setPreview({});
      } else commitMove(positions);
      // A drag of the box around a selection leaves that box behind, which would hide the nodes from the pointer.
      if (flow.getState().nodesSelectionActive) flow.setState({ nodesSelectionActive: false });
    },
    [edgeUnder, shown, setPreview, commitMove, flow],
  );

  const nodeDropped = useCallback<OnNodeDrag<CanvasFlowNode>>(
    (event, node, nodes) => {
      dropped(event, nodes);
      // As a layer that is dragged: it is what one works on. The frame is no part of the selection, its layers are.
      const { nodeIds } = itemsMeant(documentStore.getState().document, node.id);
      if (node.type === "frame" && !event.altKey) documentStore.getState().select([...nodeIds]);
    },
    [dropped],
  );

  return { press, release, dragged, dropped, nodeDropped };
};
