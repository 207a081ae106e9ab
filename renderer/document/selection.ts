import { edgeId } from "../../engine/index.ts";
import { documentStore } from "./documentStore.ts";

/** Deletes the selected nodes and edges as one undo step. */
export const deleteSelection = (): void => {
  const { document, selectedNodeIds, selectedEdgeIds, apply } = documentStore.getState();
  const ids = new Set(selectedNodeIds);
  const nodes = document.nodes.filter(({ id }) => ids.has(id));
  // The edges of a deleted node go with it.
  const edges = document.edges.filter(
    (edge) => selectedEdgeIds.includes(edgeId(edge)) && !ids.has(edge.from.node) && !ids.has(edge.to.node),
  );
  const numItems = nodes.length + edges.length;
  if (numItems === 0) return;
  const [first] = nodes;
  const label = numItems === 1 ? (first ? `delete ${first.name}` : "delete a connection") : `delete ${numItems} items`;
  apply(
    [
      ...(edges.length > 0 ? [{ type: "deleteEdges", edges } as const] : []),
      ...(nodes.length > 0 ? [{ type: "deleteNodes", nodeIds: nodes.map(({ id }) => id) } as const] : []),
    ],
    label,
  );
};
