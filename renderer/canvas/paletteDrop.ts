/** A kind dragged from the palette: onto the canvas, or onto an edge, which it is spliced into. */
import { useReactFlow } from "@xyflow/react";
import { useCallback } from "react";
import { NODE_WIDTH, nodeHeight, type Position, type Template } from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { showSelected } from "../palette/addLayer.ts";
import { siteAfter } from "../palette/addTemplate.ts";
import { templateOf } from "../palette/allTemplates.ts";
import { KIND_TYPE, TEMPLATE_TYPE } from "../palette/dragType.ts";
import { applyGesture } from "./applyGesture.ts";
import { canvasView } from "./canvasView.ts";
import { edgeNear } from "./dropEdge.ts";
import { insertAfter } from "./fragmentGestures.ts";
import { addAt, spliceOnEdge } from "./gestures.ts";
import type { SignalFlowEdge } from "./SignalEdge.tsx";

export const usePaletteDrop = (edges: readonly SignalFlowEdge[]) => {
  const { screenToFlowPosition } = useReactFlow();

  const onDragOver = useCallback(
    (event: React.DragEvent) => {
      const { types } = event.dataTransfer;
      if (!types.includes(KIND_TYPE) && !types.includes(TEMPLATE_TYPE)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      const { draggedKind, dropEdgeId } = canvasView.getState();
      const point = screenToFlowPosition({ x: event.clientX, y: event.clientY });
      const id =
        draggedKind === null
          ? null
          : (edgeNear(documentStore.getState().document, edges, draggedKind, point)?.id ?? null);
      if (id !== dropEdgeId) canvasView.setState({ dropEdgeId: id });
    },
    [edges, screenToFlowPosition],
  );

  const onDragLeave = useCallback(() => canvasView.setState({ dropEdgeId: null }), []);

  /** On an edge that is the only one out of its layer a template goes between, elsewhere it stands on its own. */
  const dropTemplate = useCallback(
    (template: Template, point: Position): void => {
      const { document, compiled } = documentStore.getState();
      const from = edgeNear(document, edges, "relu", point)?.edge.from.node ?? null;
      const isOnly = from !== null && document.edges.filter((edge) => edge.from.node === from).length === 1;
      const after = isOnly ? from : null;
      const fragment = template.build(siteAfter(compiled, after));
      applyGesture(insertAfter(document, fragment, after, point, `add ${template.title}`));
    },
    [edges],
  );

  const onDrop = useCallback(
    (event: React.DragEvent) => {
      const template = templateOf(event.dataTransfer.getData(TEMPLATE_TYPE));
      if (template !== undefined) {
        event.preventDefault();
        dropTemplate(template, screenToFlowPosition({ x: event.clientX, y: event.clientY }));
        return;
      }
      const kind = event.dataTransfer.getData(KIND_TYPE);
      if (kind === "") return;
      event.preventDefault();
      canvasView.setState({ draggedKind: null, dropEdgeId: null });
      const point = screenToFlowPosition({ x: event.clientX, y: event.clientY });
      const place = { x: point.x - NODE_WIDTH / 2, y: point.y - nodeHeight({ kind }) / 2 };
      const { document } = documentStore.getState();
      const edge = edgeNear(document, edges, kind, point);
      const gesture = edge === null ? addAt(document, kind, place) : spliceOnEdge(document, kind, edge.edge, place);
      if (applyGesture(gesture)) showSelected();
    },
    [edges, dropTemplate, screenToFlowPosition],
  );

  return { onDragOver, onDragLeave, onDrop };
};
