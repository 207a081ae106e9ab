import { applyGesture } from "../canvas/applyGesture.ts";
import { deleteItems } from "../canvas/deleting.ts";
import { documentStore } from "./documentStore.ts";

/** Deletes the selected nodes and edges as one undo step. What fed a deleted node feeds what came after it, where that fits. */
export const deleteSelection = (reconnect = true): void => {
  const { document, compiled, selectedNodeIds, selectedEdgeIds } = documentStore.getState();
  applyGesture(deleteItems(document, selectedNodeIds, selectedEdgeIds, { reconnect, dataset: compiled.dataset }));
};
