import { applyGesture } from "../canvas/applyGesture.ts";
import { deleteItems } from "../canvas/deleting.ts";
import { documentStore } from "./documentStore.ts";

/** Before it is deleted: a browser takes the focus from what is removed by laying out the page, of which much is due then. */
const leaveDeleted = (nodeIds: readonly string[]): void => {
  const item = document.activeElement?.closest<HTMLElement>(".react-flow__node");
  if (item && nodeIds.includes(item.dataset.id ?? "")) {
    item.closest<HTMLElement>("[data-region]")?.focus({ preventScroll: true });
  }
};

/** Deletes the selected nodes and edges as one undo step. What fed a deleted node feeds what came after it, where that fits. */
export const deleteSelection = (reconnect = true): void => {
  const { document: drawn, compiled, selectedNodeIds, selectedEdgeIds, selectedNoteIds } = documentStore.getState();
  const dataset = compiled.dataset;
  leaveDeleted(selectedNodeIds);
  const items = deleteItems(drawn, selectedNodeIds, selectedEdgeIds, { reconnect, dataset });
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
