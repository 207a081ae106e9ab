/**
 * Layers and edges handed over to React Flow's store. React Flow tells all that listen to it of new nodes, and then again of new edges: some 4,000
 * listeners with 500 layers. Here they are told of both at once.
 */
import { type ReactFlowState, useStoreApi } from "@xyflow/react";
import { useLayoutEffect } from "react";
import type { CanvasFlowNode } from "./canvasItems.ts";
import type { SignalFlowEdge } from "./SignalEdge.tsx";

type FlowStore = Pick<ReturnType<typeof useStoreApi<CanvasFlowNode, SignalFlowEdge>>, "getState" | "setState">;
type Lookups = Pick<ReactFlowState<CanvasFlowNode, SignalFlowEdge>, "edgeLookup" | "connectionLookup">;

const connectsTheSame = (a: SignalFlowEdge, b: SignalFlowEdge | undefined): boolean =>
  a === b ||
  (b !== undefined &&
    a.id === b.id &&
    a.source === b.source &&
    a.target === b.target &&
    a.sourceHandle === b.sourceHandle &&
    a.targetHandle === b.targetHandle);

/** Which edges there are, and which nodes and ports they connect, as React Flow notes it. */
const noteEdges = ({ edgeLookup, connectionLookup }: Lookups, edges: readonly SignalFlowEdge[]): void => {
  edgeLookup.clear();
  connectionLookup.clear();
  for (const edge of edges) {
    const { id: edgeId, source, target, sourceHandle = null, targetHandle = null } = edge;
    edgeLookup.set(edgeId, edge);
    const connection = { edgeId, source, target, sourceHandle, targetHandle };
    const [out, into] = [`${source}-${sourceHandle}`, `${target}-${targetHandle}`];
    const note = (key: string, other: string): void => {
      const known = connectionLookup.get(key);
      if (known === undefined) connectionLookup.set(key, new Map([[other, connection]]));
      else known.set(other, connection);
    };
    for (const [node, side, port, other] of [
      [source, "source", sourceHandle, `${into}--${out}`],
      [target, "target", targetHandle, `${out}--${into}`],
    ] as const) {
      note(node, other);
      note(`${node}-${side}`, other);
      if (port) note(`${node}-${side}-${port}`, other);
    }
  }
};

const showInFlow = ({ getState, setState }: FlowStore, nodes: CanvasFlowNode[], edges: SignalFlowEdge[]): void => {
  const state = getState();
  const { edges: before, edgeLookup } = state;
  const hasNewNodes = state.nodes !== nodes;
  if (edges !== before) {
    // What an edit changes of edges is mostly what they show, not what they connect.
    if (edges.length !== before.length || !edges.every((edge, index) => connectsTheSame(edge, before[index])))
      noteEdges(state, edges);
    else for (const [index, edge] of edges.entries()) if (edge !== before[index]) edgeLookup.set(edge.id, edge);
    if (hasNewNodes) state.edges = edges;
    else setState({ edges });
  }
  if (hasNewNodes) state.setNodes(nodes);
};

/** In place of the props `nodes` and `edges` of React Flow. */
export const useShownInFlow = (nodes: CanvasFlowNode[], edges: SignalFlowEdge[]): void => {
  const store = useStoreApi<CanvasFlowNode, SignalFlowEdge>();
  useLayoutEffect(() => showInFlow(store, nodes, edges), [store, nodes, edges]);
};
