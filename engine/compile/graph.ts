/** The document's nodes and edges made ready to walk: duplicates and edges without an end set apart, edges sorted by port. */
import { type DocumentEdge, type DocumentNode, edgeId, type LayerscopeDocument } from "../document/schema.ts";
import type { AnyLayer } from "../layer.ts";
import { layerOf } from "../registry.ts";

export interface GraphNode {
  readonly node: DocumentNode;
  /** undefined: this version does not know the kind. */
  readonly layer: AnyLayer | undefined;
  /**
   * The edge that counts at each input port, in port order; null where nothing is connected. Of a kind whose port takes several edges,
   * those edges in document order, and null for each that it lacks.
   */
  readonly incoming: (DocumentEdge | null)[];
  readonly outgoing: DocumentEdge[];
}

export interface Graph {
  /** By id, in document order. */
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Nodes whose id an earlier node has. */
  readonly duplicates: readonly DocumentNode[];
  /** Edges that name a node or port that does not exist. */
  readonly broken: readonly DocumentEdge[];
  /** Edges into a port that an earlier edge feeds already, or that stand twice where several may. */
  readonly surplus: readonly DocumentEdge[];
}

const emptyPorts = (layer: AnyLayer | undefined): (DocumentEdge | null)[] =>
  layer?.leastEdges === undefined ? (layer?.inputs ?? []).map(() => null) : [];

export const buildGraph = (document: LayerscopeDocument): Graph => {
  const nodes = new Map<string, GraphNode>();
  const duplicates: DocumentNode[] = [];
  for (const node of document.nodes) {
    const layer = layerOf(node.kind);
    if (nodes.has(node.id)) duplicates.push(node);
    else nodes.set(node.id, { node, layer, incoming: emptyPorts(layer), outgoing: [] });
  }
  const broken: DocumentEdge[] = [];
  const surplus: DocumentEdge[] = [];
  for (const edge of document.edges) {
    const from = nodes.get(edge.from.node);
    const to = nodes.get(edge.to.node);
    // The ports of an unknown kind are unknown too: its edges are taken as they are, so that one node gives one diagnostic.
    const knowsOutput = from !== undefined && (from.layer === undefined || from.layer.outputs.includes(edge.from.port));
    const port = to?.layer === undefined ? -1 : to.layer.inputs.indexOf(edge.to.port);
    if (!knowsOutput || to === undefined || (to.layer !== undefined && port < 0)) {
      broken.push(edge);
    } else if (to.layer === undefined) {
      to.incoming.push(edge);
      from.outgoing.push(edge);
    } else if (to.layer.leastEdges !== undefined) {
      const isCopy = to.incoming.some((other) => other !== null && edgeId(other) === edgeId(edge));
      (isCopy ? surplus : to.incoming).push(edge);
      if (!isCopy) from.outgoing.push(edge);
    } else if (to.incoming[port] !== null) {
      surplus.push(edge);
    } else {
      to.incoming[port] = edge;
      from.outgoing.push(edge);
    }
  }
  for (const { layer, incoming } of nodes.values()) {
    while (incoming.length < (layer?.leastEdges ?? 0)) incoming.push(null);
  }
  return { nodes, duplicates, broken, surplus };
};

/** The port that an entry of `incoming` is for. */
export const portAt = ({ layer }: GraphNode, index: number): string | undefined =>
  layer?.inputs[layer.leastEdges === undefined ? index : Math.min(index, 0)];

/** Ids of the nodes that feed a node, in port order, without gaps. */
export const producersOf = (graphNode: GraphNode): string[] =>
  graphNode.incoming.filter((edge) => edge !== null).map((edge) => edge.from.node);

/** Ids of a node and of everything reached from it along `next`. */
export const reachableFrom = (
  starts: readonly string[],
  next: (nodeId: string) => readonly string[],
): ReadonlySet<string> => {
  const reached = new Set(starts);
  // A Set's iterator also visits what is added during the walk.
  for (const nodeId of reached) for (const neighbour of next(nodeId)) reached.add(neighbour);
  return reached;
};

export const isSource = (graphNode: GraphNode): boolean => graphNode.layer?.inputs.length === 0;
export const isSink = (graphNode: GraphNode): boolean => graphNode.layer?.outputs.length === 0;
export const hasOpenPort = (graphNode: GraphNode): boolean => graphNode.incoming.includes(null);
