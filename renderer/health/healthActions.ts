/** Opening a finding, and what to try about one, as the document is now. */

import { viewStore } from "../app/viewStore.ts";
import { canvasView } from "../canvas/canvasView.ts";
import { itemShowing } from "../canvas/groupViews.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { documentStore } from "../document/documentStore.ts";
import { divergenceOf } from "../run/divergence.ts";
import { runStore } from "../run/runStore.ts";
import { drawnNodeOf, runHealth } from "./runHealth.ts";

/** Nodes that have something to open, in the order of the net; where the run diverged comes first. */
export const ailingNodes = (): readonly string[] => {
  const divergence = divergenceOf(runStore.getState());
  return [...new Set([...(divergence === null ? [] : [divergence.nodeId]), ...runHealth().byNode.keys()])];
};

export const openHealth = (measuredId: string): void => {
  const nodeId = drawnNodeOf(measuredId);
  viewStore.setState({ editorView: "canvas", diagnosticsOpen: false });
  canvasView.setState({ healthNodeId: nodeId });
  // The canvas may have to come back first.
  requestAnimationFrame(() => canvasViewport()?.revealNode(nodeId));
};

/** Closes it; the keyboard goes back to the node. */
export const closeHealth = (): void => {
  const { healthNodeId } = canvasView.getState();
  canvasView.setState({ healthNodeId: null });
  if (healthNodeId !== null) {
    const itemId = itemShowing(documentStore.getState().document, healthNodeId);
    document
      .querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(itemId)}"]`)
      ?.focus({ preventScroll: true });
  }
};

/** The finding of the next node in the order of the net, from the one that is open or selected on. */
export const openNextHealth = (selected: string | undefined): void => {
  const nodes = ailingNodes();
  const { healthNodeId } = canvasView.getState();
  const at = healthNodeId === null ? -1 : nodes.indexOf(healthNodeId);
  const isSelected = healthNodeId === null && selected !== undefined && nodes.includes(selected);
  const next = isSelected ? selected : nodes[(at + 1) % nodes.length];
  if (next !== undefined) openHealth(next);
};
