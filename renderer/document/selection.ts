import { applyGesture } from "../canvas/applyGesture.ts";
import { deleteItems } from "../canvas/deleting.ts";
import { documentStore } from "./documentStore.ts";

/** Deletes the selected nodes and edges as one undo step. What fed a deleted node feeds what came after it, where that fits. */
export const deleteSelection = (reconnect = true): void => {
  const { document, compiled, selectedNodeIds, selectedEdgeIds, selectedNoteIds } = documentStore.getState();
  const dataset = compiled.dataset;
  const items = deleteItems(document, selectedNodeIds, selectedEdgeIds, { reconnect, dataset });
  const numNotes = selectedNoteIds.length;
  if (numNotes === 0) applyGesture(items);
  else {
    applyGesture({
      commands: [...(items?.commands ?? []), { type: "deleteCanvasNotes", noteIds: selectedNoteIds }],
      label: items?.label ?? (numNotes === 1 ? "delete a note" : `delete ${numNotes} notes`),
      select: [],
    });
  }
};
