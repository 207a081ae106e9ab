/** Putting a node into an edge. Pure. */
import {
  type Command,
  type DocumentEdge,
  edgeId,
  type LayerscopeDocument,
  layerOf,
  type PortReference,
  type Position,
} from "../../engine/index.ts";
import { nameOf, nodeOf, takesSeveral } from "./documentGraph.ts";
import { boxOf, overlaps } from "./geometry.ts";
import type { Gesture } from "./gesture.ts";
import { COLUMN_GAP, isBelow, type Placed, pushDown, snap } from "./placement.ts";

/** Whether a kind has both an input and an output, so that it can stand in the middle of an edge. */
export const canSplice = (kind: string): boolean => {
  const layer = layerOf(kind);
  return layer !== undefined && layer.inputs.length > 0 && layer.outputs.length > 0;
};

export const sameEnd = (a: PortReference, b: PortReference): boolean => a.node === b.node && a.port === b.port;

/**
 * Commands after which `source(edge)` feeds each edge's end that arrives at `to`; null: nothing does. Where a port takes several
 * edges, their order decides (Concat), so all of them are connected again in that order.
 */
export const connectArriving = (
  document: LayerscopeDocument,
  to: PortReference,
  source: (edge: DocumentEdge) => PortReference | null,
): readonly Command[] =>
  document.edges
    .filter((edge) => sameEnd(edge.to, to))
    .flatMap((edge): readonly Command[] => {
      const from = source(edge);
      return from === null ? [] : [{ type: "connectPorts", from, to }];
    });

/** Commands that put a node, which must be there already, into an edge. */
export const spliceCommands = (
  document: LayerscopeDocument,
  edge: DocumentEdge,
  input: PortReference,
  output: PortReference,
): readonly Command[] => [
  { type: "deleteEdges", edges: [edge] },
  { type: "connectPorts", from: edge.from, to: input },
  ...(takesSeveral(document, edge.to.node)
    ? connectArriving(document, edge.to, (other) => (edgeId(other) === edgeId(edge) ? output : other.from))
    : [{ type: "connectPorts", from: output, to: edge.to } as const]),
];

/**
 * Where a node in an edge stands: below the edge's source where the two are in a column, elsewhere at `place`, but never on the
 * source.
 */
export const splicePlace = (document: LayerscopeDocument, edge: DocumentEdge, placed: Placed): Position => {
  const [source, target] = [nodeOf(document, edge.from.node), nodeOf(document, edge.to.node)];
  const place = snap(placed.position);
  if (source === undefined || target === undefined) return place;
  const below = boxOf(source).bottom + COLUMN_GAP;
  if (isBelow(source.position, target.position)) return { x: source.position.x, y: below };
  const covers = overlaps(boxOf({ ...placed, position: place }), boxOf(source), COLUMN_GAP - 1);
  return covers ? { x: place.x, y: below } : place;
};

/** Whether a node stands alone and could be put into an edge. */
export const isLoose = (document: LayerscopeDocument, nodeId: string): boolean =>
  canSplice(nodeOf(document, nodeId)?.kind ?? "") &&
  !document.edges.some(({ from, to }) => from.node === nodeId || to.node === nodeId);

/** Puts an unconnected node into an edge; what is in its way moves down. */
export const spliceNode = (
  document: LayerscopeDocument,
  nodeId: string,
  edge: DocumentEdge,
  place: Position,
): Gesture | null => {
  const node = nodeOf(document, nodeId);
  const layer = layerOf(node?.kind ?? "");
  const [input, output] = [layer?.inputs[0], layer?.outputs[0]];
  if (node === undefined || input === undefined || output === undefined || !isLoose(document, nodeId)) return null;
  const position = splicePlace(document, edge, { ...node, position: place });
  const others = { ...document, nodes: document.nodes.filter(({ id }) => id !== nodeId) };
  const positions = { ...pushDown(others, { ...node, position }), [nodeId]: position };
  return {
    commands: [
      ...spliceCommands(document, edge, { node: nodeId, port: input }, { node: nodeId, port: output }),
      { type: "moveNodes", positions },
    ],
    label: `insert ${node.name} between ${nameOf(document, edge.from.node)} and ${nameOf(document, edge.to.node)}`,
    select: [nodeId],
  };
};
