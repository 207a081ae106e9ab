/**
 * What gestures mean: pure functions from a document and a gesture to the commands of one undo step. Nothing here knows React Flow.
 */
import {
  type Command,
  counted,
  type DocumentEdge,
  type DocumentNode,
  freeNodeId,
  type LayerscopeDocument,
  layerOf,
  type PortReference,
  type Position,
} from "../../engine/index.ts";
import { nameOf, nodeOf, reaches, takesSeveral } from "./documentGraph.ts";
import { boxOf } from "./geometry.ts";
import type { Gesture } from "./gesture.ts";
import { COLUMN_GAP, freePlace, freeShift, nearestFreePlace, pushDown } from "./placement.ts";
import { canSplice, spliceCommands, splicePlace } from "./splice.ts";

const titleOf = (kind: string): string => layerOf(kind)?.title ?? kind;

export type ConnectionCheck =
  | { readonly status: "connects" }
  | { readonly status: "exists" }
  /** The port is taken; connecting disconnects this edge. */
  | { readonly status: "replaces"; readonly edge: DocumentEdge; readonly text: string }
  | { readonly status: "refused"; readonly text: string };

/** What connecting an output to an input would do, before it is done. */
export const checkConnection = (
  document: LayerscopeDocument,
  from: PortReference,
  to: PortReference,
): ConnectionCheck => {
  const [source, target] = [nameOf(document, from.node), nameOf(document, to.node)];
  if (from.node === to.node) return { status: "refused", text: `${source} cannot feed itself.` };
  if (reaches(document, to.node, from.node)) {
    return { status: "refused", text: `A cycle: ${target} already leads to ${source}.` };
  }
  const arriving = document.edges.filter((edge) => edge.to.node === to.node && edge.to.port === to.port);
  if (takesSeveral(document, to.node)) {
    const isThere = arriving.some((edge) => edge.from.node === from.node && edge.from.port === from.port);
    return { status: isThere ? "exists" : "connects" };
  }
  const [occupying] = arriving;
  if (occupying === undefined) return { status: "connects" };
  if (occupying.from.node === from.node && occupying.from.port === from.port) return { status: "exists" };
  return { status: "replaces", edge: occupying, text: `Replaces ${nameOf(document, occupying.from.node)}` };
};

/** null when there is nothing to do or it is refused. */
export const connect = (document: LayerscopeDocument, from: PortReference, to: PortReference): Gesture | null => {
  const { status } = checkConnection(document, from, to);
  if (status === "refused" || status === "exists") return null;
  return {
    commands: [{ type: "connectPorts", from, to }],
    label: `connect ${nameOf(document, from.node)} to ${nameOf(document, to.node)}`,
    select: null,
  };
};

export const disconnect = (document: LayerscopeDocument, edge: DocumentEdge): Gesture => ({
  commands: [{ type: "deleteEdges", edges: [edge] }],
  label: `disconnect ${nameOf(document, edge.from.node)} from ${nameOf(document, edge.to.node)}`,
  select: null,
});

/** Adds a node, moves what is in its way down, and connects it. */
export const addConnected = (
  document: LayerscopeDocument,
  kind: string,
  place: Position,
  connecting: (id: string) => readonly Command[],
): Gesture | null => {
  const id = freeNodeId(document, kind);
  if (id === null) return null;
  const positions = pushDown(document, { kind, position: place });
  const commands: Command[] = [{ type: "addNode", kind, position: place, id }, ...connecting(id)];
  if (Object.keys(positions).length > 0) commands.push({ type: "moveNodes", positions });
  return { commands, label: `add ${titleOf(kind)}`, select: [id] };
};

/** A node on its own, at the place or, when that is taken, the nearest free one. */
export const addAt = (document: LayerscopeDocument, kind: string, place: Position): Gesture | null =>
  addConnected(document, kind, nearestFreePlace(document, { kind, position: place }), () => []);

/** A new node in an edge; what is in its way moves down. */
export const spliceOnEdge = (
  document: LayerscopeDocument,
  kind: string,
  edge: DocumentEdge,
  place: Position,
): Gesture | null => {
  const layer = layerOf(kind);
  const [input, output] = [layer?.inputs[0], layer?.outputs[0]];
  if (input === undefined || output === undefined) return null;
  return addConnected(document, kind, splicePlace(document, edge, { kind, position: place }), (id) =>
    spliceCommands(document, edge, { node: id, port: input }, { node: id, port: output }),
  );
};

/**
 * A node below the given one, fed by it. An only edge of the given node goes on through the new one. Without a given node, or one
 * that feeds nothing, the new node stands free at `elsewhere`.
 */
export const addAfter = (
  document: LayerscopeDocument,
  kind: string,
  afterId: string | null,
  elsewhere: Position,
): Gesture | null => {
  const layer = layerOf(kind);
  const after = afterId === null ? undefined : nodeOf(document, afterId);
  const output = after === undefined ? undefined : layerOf(after.kind)?.outputs[0];
  const input = layer?.inputs[0];
  if (after === undefined || output === undefined || input === undefined) {
    const beside = after === undefined ? elsewhere : { x: after.position.x, y: boxOf(after).bottom + COLUMN_GAP };
    return addAt(document, kind, beside);
  }
  const outgoing = document.edges.filter((edge) => edge.from.node === after.id && edge.from.port === output);
  const [only] = outgoing;
  if (only !== undefined && outgoing.length === 1 && canSplice(kind)) {
    return spliceOnEdge(document, kind, only, { x: after.position.x, y: boxOf(after).bottom + COLUMN_GAP });
  }
  const below = { x: after.position.x, y: boxOf(after).bottom + COLUMN_GAP };
  return addConnected(document, kind, freePlace(document, { kind, position: below }), (id) => [
    { type: "connectPorts", from: { node: after.id, port: output }, to: { node: id, port: input } },
  ]);
};

/** Nodes to new positions; null when none of them moved. */
export const moveNodes = (
  document: LayerscopeDocument,
  positions: Readonly<Record<string, Position>>,
): Gesture | null => {
  const moved = Object.entries(positions).filter(([nodeId, { x, y }]) => {
    const node = nodeOf(document, nodeId);
    return node !== undefined && (node.position.x !== x || node.position.y !== y);
  });
  const [first] = moved;
  if (first === undefined) return null;
  const what = moved.length === 1 ? nameOf(document, first[0]) : counted(moved.length, "node");
  return {
    commands: [{ type: "moveNodes", positions: Object.fromEntries(moved) }],
    label: `move ${what}`,
    select: null,
  };
};

/** Copies of nodes where `placeOf` says, with the edges that run between them; `withOutside`: also those from and to other nodes. */
const copyNodes = (
  document: LayerscopeDocument,
  nodeIds: readonly string[],
  placeOf: (node: DocumentNode) => Position,
  withOutside: boolean,
): Gesture | null => {
  const originals = document.nodes.filter((node) => nodeIds.includes(node.id));
  const [first] = originals;
  if (first === undefined) return null;
  const commands: Command[] = [];
  const copies = new Map<string, string>();
  const nodes = [...document.nodes];
  for (const node of originals) {
    const { kind, params } = node;
    const id = freeNodeId({ nodes }, kind);
    if (id === null) continue;
    // Its name is its id, too.
    nodes.push({ ...node, id, name: id });
    copies.set(node.id, id);
    commands.push({ type: "addNode", kind, id, params, position: placeOf(node) });
  }
  for (const { from, to } of document.edges) {
    const [source, target] = [copies.get(from.node), copies.get(to.node)];
    if (source === undefined && target === undefined) continue;
    if (source === undefined || target === undefined) {
      // A port of another node that takes one edge keeps the one that it has.
      if (!withOutside || (target === undefined && !takesSeveral(document, to.node))) continue;
    }
    commands.push({
      type: "connectPorts",
      from: { node: source ?? from.node, port: from.port },
      to: { node: target ?? to.node, port: to.port },
    });
  }
  const what = originals.length === 1 ? first.name : counted(originals.length, "node");
  return commands.length === 0 ? null : { commands, label: `duplicate ${what}`, select: [...copies.values()] };
};

/** Copies of the nodes, to the right of them and of whatever stands there, with the edges that run between them. */
export const duplicate = (
  document: LayerscopeDocument,
  nodeIds: readonly string[],
  { withOutside = false }: { readonly withOutside?: boolean } = {},
): Gesture | null => {
  const originals = document.nodes.filter((node) => nodeIds.includes(node.id));
  if (originals.length === 0) return null;
  const shift = freeShift(document, originals.map(boxOf));
  const placeOf = ({ position }: DocumentNode): Position => ({ x: position.x + shift, y: position.y });
  return copyNodes(document, nodeIds, placeOf, withOutside);
};

/** Copies of the nodes at the given positions. */
export const duplicateAt = (
  document: LayerscopeDocument,
  positions: Readonly<Record<string, Position>>,
): Gesture | null =>
  copyNodes(document, Object.keys(positions), ({ id, position }) => positions[id] ?? position, false);
