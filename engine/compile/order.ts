/** Execution order, and the cycles that keep nodes out of it. */
import type { DocumentEdge } from "../document/schema.ts";
import type { Graph, GraphNode } from "./graph.ts";
import { SmallestFirst } from "./smallestFirst.ts";

export interface Cycle {
  /** Nodes that can reach each other, in document order. */
  readonly nodeIds: readonly string[];
  /** One way around, for the message: `conv1 → bn1 → conv1` without the repeated end. */
  readonly path: readonly string[];
  /** Edges whose removal leaves no cycle among these nodes. */
  readonly closingEdges: readonly DocumentEdge[];
}

const numProducers = ({ incoming }: GraphNode): number =>
  incoming.reduce((sum, edge) => (edge === null ? sum : sum + 1), 0);

/**
 * Kahn's algorithm; of several nodes that are ready the first of the document goes first, so that the order, and with it every sum
 * over branches, does not depend on where nodes stand on the canvas. Nodes on a cycle or behind one are left out.
 */
export const executionOrder = (graph: Graph): string[] => {
  const ids = [...graph.nodes.keys()];
  const indices = new Map(ids.map((nodeId, index) => [nodeId, index]));
  const waitingFor = new Map([...graph.nodes].map(([nodeId, graphNode]) => [nodeId, numProducers(graphNode)]));
  const ready = new SmallestFirst();
  ids.forEach((nodeId, index) => {
    if (waitingFor.get(nodeId) === 0) ready.push(index);
  });
  const order: string[] = [];
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    const nodeId = ids[index] ?? "";
    order.push(nodeId);
    for (const edge of graph.nodes.get(nodeId)?.outgoing ?? []) {
      const left = (waitingFor.get(edge.to.node) ?? 0) - 1;
      waitingFor.set(edge.to.node, left);
      if (left === 0) ready.push(indices.get(edge.to.node) ?? 0);
    }
  }
  return order;
};

interface Visit {
  readonly nodeId: string;
  nextEdge: number;
}

/**
 * The cycles of a graph, one for each group of nodes that reach each other (Tarjan's strongly connected components, without recursion:
 * a chain of 10,000 nodes is no problem). The edges that point back on the way of this depth-first walk close all cycles of a group.
 */
export const findCycles = (graph: Graph): Cycle[] => {
  const indices = new Map<string, number>();
  const lows = new Map<string, number>();
  const componentStack: string[] = [];
  const onComponentStack = new Set<string>();
  const path: Visit[] = [];
  const onPath = new Set<string>();
  const backEdges: DocumentEdge[] = [];
  const backPaths = new Map<DocumentEdge, readonly string[]>();
  const components: string[][] = [];

  const lower = (nodeId: string, low: number): void => {
    lows.set(nodeId, Math.min(lows.get(nodeId) ?? low, low));
  };
  const enter = (nodeId: string): void => {
    indices.set(nodeId, indices.size);
    lower(nodeId, indices.size - 1);
    componentStack.push(nodeId);
    onComponentStack.add(nodeId);
    path.push({ nodeId, nextEdge: 0 });
    onPath.add(nodeId);
  };
  const leave = ({ nodeId }: Visit): void => {
    path.pop();
    onPath.delete(nodeId);
    const low = lows.get(nodeId) ?? 0;
    const parent = path.at(-1);
    if (parent !== undefined) lower(parent.nodeId, low);
    if (low !== indices.get(nodeId)) return;
    const component = componentStack.splice(componentStack.indexOf(nodeId));
    for (const member of component) onComponentStack.delete(member);
    components.push(component);
  };

  for (const start of graph.nodes.keys()) {
    if (indices.has(start)) continue;
    enter(start);
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const edge = graph.nodes.get(visit.nodeId)?.outgoing[visit.nextEdge++];
      if (edge === undefined) {
        leave(visit);
        continue;
      }
      const target = edge.to.node;
      if (!indices.has(target)) {
        enter(target);
        continue;
      }
      if (onComponentStack.has(target)) lower(visit.nodeId, indices.get(target) ?? 0);
      if (onPath.has(target)) {
        backEdges.push(edge);
        const ids = path.map((step) => step.nodeId);
        backPaths.set(edge, ids.slice(ids.indexOf(target)));
      }
    }
  }

  const documentOrder = new Map([...graph.nodes.keys()].map((nodeId, index) => [nodeId, index]));
  const cycles: Cycle[] = [];
  for (const component of components) {
    const members = new Set(component);
    const closingEdges = backEdges.filter((edge) => members.has(edge.from.node) && members.has(edge.to.node));
    const [first] = closingEdges;
    if (first === undefined) continue;
    const nodeIds = component.sort((a, b) => (documentOrder.get(a) ?? 0) - (documentOrder.get(b) ?? 0));
    cycles.push({ nodeIds, path: backPaths.get(first) ?? nodeIds, closingEdges });
  }
  return cycles.sort(
    (a, b) => (documentOrder.get(a.nodeIds[0] ?? "") ?? 0) - (documentOrder.get(b.nodeIds[0] ?? "") ?? 0),
  );
};
