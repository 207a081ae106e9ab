/**
 * Which layers are selected, shown past React. Selecting 500 layers would have React Flow tell some 4,000 listeners, and React render 500 nodes: for one
 * class of each. What React Flow renders of a node it reads from where this is noted, so both always write the same.
 */
import { type InternalNode, useStoreApi } from "@xyflow/react";
import { useLayoutEffect } from "react";
import type { CanvasFlowNode } from "./canvasItems.ts";
import type { LayerFlowNode } from "./LayerNode.tsx";
import { nodeElements } from "./nodeElements.ts";
import type { StripStage } from "./stripStage.ts";

type FlowStore = Pick<ReturnType<typeof useStoreApi<CanvasFlowNode>>, "getState" | "setState">;

/** As React Flow raises what is selected above the rest. */
const RAISED = 1000;

const note = (node: LayerFlowNode, known: InternalNode<CanvasFlowNode> | undefined, isSelected: boolean): void => {
  node.selected = isSelected;
  if (known === undefined) return;
  known.selected = isSelected;
  known.internals.z = isSelected ? RAISED : 0;
};

const show = (element: HTMLElement, isSelected: boolean): void => {
  element.classList.toggle("selected", isSelected);
  element.style.zIndex = String(isSelected ? RAISED : 0);
};

const showSelected = (store: FlowStore, selectedIds: readonly string[]): boolean => {
  const { nodes, nodeLookup, domNode, nodesSelectionActive } = store.getState();
  const selected = new Set(selectedIds);
  const changed: string[] = [];
  for (const node of nodes) {
    if (node.type !== "layer" || node.selected === selected.has(node.id)) continue;
    note(node, nodeLookup.get(node.id), !node.selected);
    changed.push(node.id);
  }
  for (const [id, element] of nodeElements(domNode, changed)) show(element, selected.has(id));
  // The frame around what was selected with a frame is React Flow's.
  if (nodesSelectionActive && changed.length > 0) store.setState({ nodesSelectionActive: selected.size > 0 });
  return changed.length > 0;
};

/** `nodes` as they were handed to React Flow. */
export const useShownSelection = (
  nodes: readonly CanvasFlowNode[],
  selectedIds: readonly string[],
  stage: StripStage | null,
): void => {
  const store = useStoreApi<CanvasFlowNode>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: nodes that were made anew may be others than those that were noted
  useLayoutEffect(() => {
    if (showSelected(store, selectedIds)) stage?.nodesChanged();
  }, [store, nodes, selectedIds, stage]);
};
