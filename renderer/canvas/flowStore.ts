/**
 * Layers and edges handed over to React Flow's store. React Flow tells all that listen to it of new nodes, and then again of new edges: some 3,000
 * listeners with 500 layers. Here they are told of both at once. Where a layer stands is shown past React: React Flow would render its node anew. And
 * while layers glide, which is past React, too, nobody is told: their edges are rendered, too, when they stand.
 */
import { type InternalNode, type ReactFlowState, useStoreApi } from "@xyflow/react";
import type { Handle } from "@xyflow/system";
import { useLayoutEffect, useState } from "react";
import type { Position } from "../../engine/index.ts";
import type { CanvasFlowNode } from "./canvasItems.ts";
import { nodeElements } from "./nodeElements.ts";
import type { SignalFlowEdge } from "./SignalEdge.tsx";

type State = ReactFlowState<CanvasFlowNode, SignalFlowEdge>;
type FlowStore = Pick<ReturnType<typeof useStoreApi<CanvasFlowNode, SignalFlowEdge>>, "getState" | "setState">;
type Lookups = Pick<State, "edgeLookup" | "connectionLookup">;
type Known = InternalNode<CanvasFlowNode>;

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

/** A layer that shows what it showed and only stands elsewhere. */
const onlyMoved = (node: CanvasFlowNode, known: Known | undefined): known is Known =>
  known !== undefined &&
  node.type === "layer" &&
  node.data === known.internals.userNode.data &&
  node !== known.internals.userNode;

/** Ports as they are given: what React Flow measured when the node came is off by its rounding. */
const portsOf = ({ id: nodeId, handles = [] }: CanvasFlowNode, type: Handle["type"]): Handle[] =>
  handles.flatMap(({ width = 0, height = 0, ...port }) =>
    port.type === type ? [{ ...port, id: port.id ?? null, nodeId, width, height }] : [],
  );

/** Notes where a layer stands in the very objects that React Flow has of it: it sees nothing that it would render. */
const notePlace = (node: CanvasFlowNode, known: Known): void => {
  known.position = node.position;
  known.internals.positionAbsolute = node.position;
  known.internals.handleBounds = { source: portsOf(node, "source"), target: portsOf(node, "target") };
  known.internals.userNode = node;
};

/**
 * The nodes in an order in which React moves none of their elements: those that are there as they are, what is new at the end. As they come where that
 * is so anyway.
 */
const inOrderOf = ({ nodeLookup }: State, nodes: CanvasFlowNode[]): CanvasFlowNode[] => {
  const there = new Map([...nodeLookup.keys()].map((id, index) => [id, index]));
  let last = -1;
  const isInOrder = nodes.every(({ id }) => {
    const index = there.get(id) ?? last;
    const follows = index >= last;
    last = index;
    return follows;
  });
  if (isInOrder) return nodes;
  const rank = ({ id }: CanvasFlowNode): number => there.get(id) ?? there.size;
  return [...nodes].sort((a, b) => rank(a) - rank(b));
};

export class FlowHandover {
  readonly #store: FlowStore;
  /** As they were handed over last. */
  #shown: CanvasFlowNode[] | null = null;
  #holds = false;
  /** Handed over, but nobody was told. */
  #untold: CanvasFlowNode[] | null = null;
  /** Where those who listen know layers that stand elsewhere. */
  readonly #toldPlaces = new Map<string, Position>();

  constructor(store: FlowStore & { readonly subscribe: (listener: () => void) => () => void }) {
    this.#store = store;
    // Whoever is told of something looks at everything.
    store.subscribe(() => this.#toldPlaces.clear());
  }

  /** Until `tell` nobody is told of layers that only stand elsewhere: whoever calls this shows them. */
  hold(): void {
    this.#holds = true;
  }

  tell(): void {
    const nodes = this.#untold;
    [this.#holds, this.#untold] = [false, null];
    if (nodes !== null) this.#store.setState({ nodes });
  }

  /** Where the edges of a layer end; null: where the layer stands. */
  toldPlace(nodeId: string): Position | null {
    return this.#toldPlaces.get(nodeId) ?? null;
  }

  /** Nodes by their ids, in the order of the keyboard. */
  order(): readonly string[] {
    return (this.#shown ?? []).map(({ id }) => id);
  }

  /** In place of the props `nodes` and `edges` of React Flow. */
  show(nodes: CanvasFlowNode[], edges: SignalFlowEdge[]): void {
    const state = this.#store.getState();
    const before = this.#shown ?? state.nodes;
    const hasNewNodes = before !== nodes;
    this.#shown = nodes;
    const { moved, others } = hasNewNodes ? this.#notePlaces(state, before, nodes) : { moved: [], others: false };
    if (hasNewNodes && !others && this.#holds && edges === state.edges) {
      for (const { id, position } of moved) if (!this.#toldPlaces.has(id)) this.#toldPlaces.set(id, position);
      this.#untold = inOrderOf(state, nodes);
      // Another list than the one of which is told then.
      state.nodes = [...this.#untold];
      return;
    }
    this.#untold = null;
    if (edges !== state.edges) this.#noteEdges(state, edges, hasNewNodes);
    if (hasNewNodes) state.setNodes(inOrderOf(state, nodes));
    const places = new Map(moved.map(({ id }) => [id, state.nodeLookup.get(id)?.internals.positionAbsolute]));
    for (const [id, { style }] of nodeElements(state.domNode, [...places.keys()])) {
      const { x, y } = places.get(id) ?? { x: 0, y: 0 };
      style.transform = `translate(${x}px,${y}px)`;
    }
  }

  /** The layers that only moved, as they were, and whether there is anything else. */
  #notePlaces({ nodeLookup }: State, before: readonly CanvasFlowNode[], nodes: readonly CanvasFlowNode[]) {
    const moved: { readonly id: string; readonly position: Position }[] = [];
    let others = nodes.length !== before.length;
    for (const [index, node] of nodes.entries()) {
      if (node.id !== before[index]?.id) others = true;
      const known = nodeLookup.get(node.id);
      if (node === known?.internals.userNode) continue;
      if (onlyMoved(node, known)) {
        moved.push({ id: node.id, position: known.position });
        notePlace(node, known);
      } else others = true;
    }
    return { moved, others };
  }

  #noteEdges(state: State, edges: SignalFlowEdge[], hasNewNodes: boolean): void {
    const { edges: before, edgeLookup } = state;
    // What an edit changes of edges is mostly what they show, not what they connect.
    if (edges.length !== before.length || !edges.every((edge, index) => connectsTheSame(edge, before[index])))
      noteEdges(state, edges);
    else for (const [index, edge] of edges.entries()) if (edge !== before[index]) edgeLookup.set(edge.id, edge);
    if (hasNewNodes) state.edges = edges;
    else this.#store.setState({ edges });
  }
}

export const useFlowHandover = (): FlowHandover => {
  const store = useStoreApi<CanvasFlowNode, SignalFlowEdge>();
  const [handover] = useState(() => new FlowHandover(store));
  return handover;
};

/** In place of the props `nodes` and `edges` of React Flow. */
export const useShownInFlow = (handover: FlowHandover, nodes: CanvasFlowNode[], edges: SignalFlowEdge[]): void =>
  useLayoutEffect(() => handover.show(nodes, edges), [handover, nodes, edges]);
