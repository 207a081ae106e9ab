/**
 * Layers and edges handed over to React Flow's store. React Flow tells all that listen to it of new nodes, and then again of new edges: some 4,000
 * listeners with 500 layers. What an edit changes of edges is mostly what they show, not what they connect: then all are told of both at once.
 */
import { useStoreApi } from "@xyflow/react";
import { useLayoutEffect } from "react";
import type { CanvasFlowNode } from "./canvasItems.ts";
import type { SignalFlowEdge } from "./SignalEdge.tsx";

type FlowStore = Pick<ReturnType<typeof useStoreApi<CanvasFlowNode, SignalFlowEdge>>, "getState" | "setState">;

const connectsTheSame = (a: SignalFlowEdge, b: SignalFlowEdge | undefined): boolean =>
  a === b ||
  (b !== undefined &&
    a.id === b.id &&
    a.source === b.source &&
    a.target === b.target &&
    a.sourceHandle === b.sourceHandle &&
    a.targetHandle === b.targetHandle);

const showInFlow = ({ getState, setState }: FlowStore, nodes: CanvasFlowNode[], edges: SignalFlowEdge[]): void => {
  const state = getState();
  const { edges: before, edgeLookup } = state;
  const hasNewNodes = state.nodes !== nodes;
  const isSameWiring = edges.length === before.length && edges.every((edge, at) => connectsTheSame(edge, before[at]));
  if (edges !== before && isSameWiring) {
    edges.forEach((edge, index) => {
      if (edge !== before[index]) edgeLookup.set(edge.id, edge);
    });
    if (hasNewNodes) state.edges = edges;
    else setState({ edges });
  }
  if (hasNewNodes) state.setNodes(nodes);
  if (edges !== before && !isSameWiring) state.setEdges(edges);
};

/** In place of the props `nodes` and `edges` of React Flow. */
export const useShownInFlow = (nodes: CanvasFlowNode[], edges: SignalFlowEdge[]): void => {
  const store = useStoreApi<CanvasFlowNode, SignalFlowEdge>();
  useLayoutEffect(() => showInFlow(store, nodes, edges), [store, nodes, edges]);
};
