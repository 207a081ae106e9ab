/** Applies commands to a document: pure, all or nothing. */
import { z } from "zod";
import type { AnyLayer } from "../layer.ts";
import { layerOf } from "../registry.ts";
import { err, ok } from "../result.ts";
import { check, firstMissing, type Outcome } from "./commandChecks.ts";
import type { Command, CommandError } from "./commands.ts";
import { defaultParams } from "./defaults.ts";
import {
  addCanvasNote,
  addGroup,
  changeCanvasNote,
  changeGroup,
  deleteCanvasNotes,
  deleteGroup,
  groupOf,
  groupsWithout,
} from "./groupCommands.ts";
import {
  type DocumentEdge,
  type DocumentNode,
  datasetReferenceSchema,
  edgeId,
  edgeSchema,
  type LayerscopeDocument,
  nodeSchema,
  type PortReference,
  type Position,
  trainingSchema,
} from "./schema.ts";

type CommandOf<T extends Command["type"]> = Extract<Command, { readonly type: T }>;

/** Node boxes on the canvas at zoom 1, in px. */
export const NODE_WIDTH = 240;
export const NODE_HEIGHT = 102;
export const COMPACT_NODE_HEIGHT = 48;

/** A node that is folded or bypassed, or whose kind has little to show, is its header only. */
export const isCompact = ({ kind, folded, bypassed }: Pick<DocumentNode, "kind" | "folded" | "bypassed">): boolean =>
  folded === true || bypassed === true || layerOf(kind)?.compact === true;

export const nodeHeight = (node: Pick<DocumentNode, "kind" | "folded" | "bypassed">): number =>
  isCompact(node) ? COMPACT_NODE_HEIGHT : NODE_HEIGHT;

const nodeOf = (document: LayerscopeDocument, nodeId: string): DocumentNode | undefined =>
  document.nodes.find((node) => node.id === nodeId);

/** Replaces one node; the others stay the same objects. */
const withNode = (
  document: LayerscopeDocument,
  nodeId: string,
  change: (node: DocumentNode) => DocumentNode,
): LayerscopeDocument => ({
  ...document,
  nodes: document.nodes.map((node) => (node.id === nodeId ? change(node) : node)),
});

/** `conv1`, `conv2` …; a kind that a net rarely has twice starts without a number. */
export const nextFreeName = (layer: AnyLayer, taken: ReadonlySet<string>): string => {
  if (layer.rarelyRepeated && !taken.has(layer.namePrefix)) return layer.namePrefix;
  let number = layer.rarelyRepeated ? 2 : 1;
  while (taken.has(`${layer.namePrefix}${number}`)) number++;
  return `${layer.namePrefix}${number}`;
};

/** Ids and names that begin so: with hundreds of nodes a list of all takes as long as the rest of adding one. */
const namesLike = (document: Pick<LayerscopeDocument, "nodes">, prefix: string): ReadonlySet<string> => {
  const names = new Set<string>();
  for (const { id, name } of document.nodes) {
    if (id.startsWith(prefix)) names.add(id);
    if (name.startsWith(prefix)) names.add(name);
  }
  return names;
};

/** The id that a new node of the kind gets; null for an unknown kind. */
export const freeNodeId = (document: Pick<LayerscopeDocument, "nodes">, kind: string): string | null => {
  const layer = layerOf(kind);
  return layer === undefined ? null : nextFreeName(layer, namesLike(document, layer.namePrefix));
};

const addNode = (document: LayerscopeDocument, command: CommandOf<"addNode">): Outcome => {
  const layer = layerOf(command.kind);
  if (layer === undefined) return err({ type: "unknownKind", kind: command.kind });
  if (command.id !== undefined && nodeOf(document, command.id)) return err({ type: "duplicateId", nodeId: command.id });
  // A name free as id and as name, so that both are the same as long as the user renames nothing.
  const free = (): string => nextFreeName(layer, namesLike(document, layer.namePrefix));
  const id = command.id ?? free();
  const node = check(nodeSchema, {
    id,
    kind: command.kind,
    name: command.name ?? (command.id === undefined ? id : free()),
    params: { ...defaultParams(command.kind), ...command.params },
    position: command.position,
  });
  return node.ok ? ok({ ...document, nodes: [...document.nodes, node.value] }) : node;
};

const deleteNodes = (document: LayerscopeDocument, { nodeIds }: CommandOf<"deleteNodes">): Outcome => {
  const missing = firstMissing(document, nodeIds);
  if (missing !== undefined) return err({ type: "unknownNode", nodeId: missing });
  const deleted = new Set(nodeIds);
  return ok({
    ...document,
    nodes: document.nodes.filter((node) => !deleted.has(node.id)),
    edges: document.edges.filter((edge) => !deleted.has(edge.from.node) && !deleted.has(edge.to.node)),
    groups: groupsWithout(document.groups, deleted),
  });
};

const deleteEdges = (document: LayerscopeDocument, { edges }: CommandOf<"deleteEdges">): Outcome => {
  const existing = new Set(document.edges.map(edgeId));
  const missing = edges.find((edge) => !existing.has(edgeId(edge)));
  if (missing !== undefined) return err({ type: "unknownEdge", edge: missing });
  // An edge that stands in the document twice loses one copy for each time it is named.
  const counts = new Map<string, number>();
  for (const edge of edges) counts.set(edgeId(edge), (counts.get(edgeId(edge)) ?? 0) + 1);
  const keepsEdge = (edge: DocumentEdge): boolean => {
    const left = counts.get(edgeId(edge)) ?? 0;
    if (left > 0) counts.set(edgeId(edge), left - 1);
    return left === 0;
  };
  // From the end, so that the first copy stays.
  return ok({ ...document, edges: [...document.edges].reverse().filter(keepsEdge).reverse() });
};

const moveNodes = (document: LayerscopeDocument, { positions }: CommandOf<"moveNodes">): Outcome => {
  const missing = firstMissing(document, Object.keys(positions));
  if (missing !== undefined) return err({ type: "unknownNode", nodeId: missing });
  const checked = check(z.record(z.string(), nodeSchema.shape.position), positions);
  if (!checked.ok) return checked;
  return ok({
    ...document,
    nodes: document.nodes.map((node) => {
      const position = Object.hasOwn(positions, node.id) ? positions[node.id] : undefined;
      return position === undefined ? node : { ...node, position };
    }),
  });
};

/** Why a port cannot be an end of an edge, or null. */
const portProblem = (
  document: LayerscopeDocument,
  { node, port }: PortReference,
  side: "inputs" | "outputs",
): CommandError | null => {
  const found = nodeOf(document, node);
  if (found === undefined) return { type: "unknownNode", nodeId: node };
  return layerOf(found.kind)?.[side].includes(port) ? null : { type: "unknownPort", nodeId: node, port };
};

const connectPorts = (document: LayerscopeDocument, { from, to }: CommandOf<"connectPorts">): Outcome => {
  const problem = portProblem(document, from, "outputs") ?? portProblem(document, to, "inputs");
  if (problem !== null) return err(problem);
  if (from.node === to.node) return err({ type: "connectsToItself", nodeId: to.node });
  const edge: DocumentEdge = { from: { node: from.node, port: from.port }, to: { node: to.node, port: to.port } };
  const takesSeveral = layerOf(nodeOf(document, to.node)?.kind ?? "")?.leastEdges !== undefined;
  const isReplaced = (other: DocumentEdge): boolean =>
    takesSeveral ? edgeId(other) === edgeId(edge) : other.to.node === to.node && other.to.port === to.port;
  const others = document.edges.filter((other) => !isReplaced(other));
  return ok({ ...document, edges: [...others, edge] });
};

const renameNode = (document: LayerscopeDocument, { nodeId, name }: CommandOf<"renameNode">): Outcome => {
  if (nodeOf(document, nodeId) === undefined) return err({ type: "unknownNode", nodeId });
  const checked = check(nodeSchema.shape.name, name);
  return checked.ok ? ok(withNode(document, nodeId, (node) => ({ ...node, name }))) : checked;
};

const setParams = (document: LayerscopeDocument, { nodeId, params }: CommandOf<"setParams">): Outcome => {
  if (nodeOf(document, nodeId) === undefined) return err({ type: "unknownNode", nodeId });
  const checked = check(nodeSchema.shape.params, params);
  if (!checked.ok) return checked;
  return ok(withNode(document, nodeId, (node) => ({ ...node, params: { ...node.params, ...checked.value } })));
};

const resetParams = (document: LayerscopeDocument, { nodeId, names }: CommandOf<"resetParams">): Outcome => {
  const node = nodeOf(document, nodeId);
  if (node === undefined) return err({ type: "unknownNode", nodeId });
  const defaults = defaultParams(node.kind);
  const kept = Object.entries(node.params).filter(([name]) => !names.includes(name));
  const reset = Object.entries(defaults).filter(([name]) => names.includes(name));
  return ok(withNode(document, nodeId, (old) => ({ ...old, params: Object.fromEntries([...kept, ...reset]) })));
};

/** Halfway between the lower border of one node and the upper border of the next, on even px. */
const positionBetween = (from: DocumentNode, to: DocumentNode, kind: string): Position => {
  const even = (value: number): number => Math.round(value / 2) * 2;
  const middle = (from.position.y + nodeHeight(from) + to.position.y) / 2;
  return { x: even((from.position.x + to.position.x) / 2), y: even(middle - nodeHeight({ kind }) / 2) };
};

const insertNodeOnEdge = (
  document: LayerscopeDocument,
  { edge, kind, params }: CommandOf<"insertNodeOnEdge">,
): Outcome => {
  const layer = layerOf(kind);
  if (layer === undefined) return err({ type: "unknownKind", kind });
  const index = document.edges.findIndex((other) => edgeId(other) === edgeId(edge));
  const old = document.edges[index];
  const from = nodeOf(document, edge.from.node);
  const to = nodeOf(document, edge.to.node);
  if (old === undefined || from === undefined || to === undefined) return err({ type: "unknownEdge", edge });
  const position = positionBetween(from, to, kind);
  const added = addNode(document, { type: "addNode", kind, position, ...(params === undefined ? {} : { params }) });
  const node = added.ok ? added.value.nodes.at(-1) : undefined;
  if (!added.ok || node === undefined) return added;
  const [inputPort] = layer.inputs;
  const [outputPort] = layer.outputs;
  if (inputPort === undefined) return err({ type: "unknownPort", nodeId: node.id, port: "in" });
  if (outputPort === undefined) return err({ type: "unknownPort", nodeId: node.id, port: "out" });
  const spliced: DocumentEdge[] = [
    { from: old.from, to: { node: node.id, port: inputPort } },
    { from: { node: node.id, port: outputPort }, to: old.to },
  ];
  // Between two nodes of a group it is one of the group's.
  const group = groupOf(document, from.id);
  const joins = group !== undefined && group === groupOf(document, to.id);
  return ok({
    ...added.value,
    edges: document.edges.flatMap((other, i) => (i === index ? spliced : [other])),
    groups: joins
      ? document.groups.map((other) => (other === group ? { ...group, nodeIds: [...group.nodeIds, node.id] } : other))
      : document.groups,
  });
};

/** Sets or removes a mark of nodes that have it only when it is true. */
const markNodes = (
  document: LayerscopeDocument,
  nodeIds: readonly string[],
  mark: "bypassed" | "folded",
  value: boolean,
): Outcome => {
  const missing = firstMissing(document, nodeIds);
  if (missing !== undefined) return err({ type: "unknownNode", nodeId: missing });
  const marked = new Set(nodeIds);
  const change = (node: DocumentNode): DocumentNode => {
    const { [mark]: _, ...rest } = node;
    return value ? { ...rest, [mark]: true } : rest;
  };
  return ok({ ...document, nodes: document.nodes.map((node) => (marked.has(node.id) ? change(node) : node)) });
};

const setEdgePoints = (document: LayerscopeDocument, { edge, points }: CommandOf<"setEdgePoints">): Outcome => {
  const id = edgeId(edge);
  const index = document.edges.findIndex((other) => edgeId(other) === id);
  const old = document.edges[index];
  if (old === undefined) return err({ type: "unknownEdge", edge });
  const { from, to } = old;
  const checked = check(edgeSchema, { from, to, ...(points.length === 0 ? {} : { points }) });
  if (!checked.ok) return checked;
  return ok({ ...document, edges: document.edges.map((other, i) => (i === index ? checked.value : other)) });
};

const setTraining = (document: LayerscopeDocument, { training }: CommandOf<"setTraining">): Outcome => {
  const checked = check(trainingSchema, { ...document.training, ...training });
  return checked.ok ? ok({ ...document, training: checked.value }) : checked;
};

const setDataset = (document: LayerscopeDocument, command: CommandOf<"setDataset">): Outcome => {
  const checked = check(datasetReferenceSchema, command.dataset);
  return checked.ok ? ok({ ...document, dataset: checked.value }) : checked;
};

const setNotes = (document: LayerscopeDocument, { notes }: CommandOf<"setNotes">): Outcome =>
  ok({ ...document, notes });

const applyOne = (document: LayerscopeDocument, command: Command): Outcome => {
  switch (command.type) {
    case "addNode":
      return addNode(document, command);
    case "deleteNodes":
      return deleteNodes(document, command);
    case "deleteEdges":
      return deleteEdges(document, command);
    case "moveNodes":
      return moveNodes(document, command);
    case "connectPorts":
      return connectPorts(document, command);
    case "renameNode":
      return renameNode(document, command);
    case "setParams":
      return setParams(document, command);
    case "resetParams":
      return resetParams(document, command);
    case "insertNodeOnEdge":
      return insertNodeOnEdge(document, command);
    case "setBypassed":
      return markNodes(document, command.nodeIds, "bypassed", command.bypassed);
    case "setFolded":
      return markNodes(document, command.nodeIds, "folded", command.folded);
    case "setEdgePoints":
      return setEdgePoints(document, command);
    case "addGroup":
      return addGroup(document, command);
    case "changeGroup":
      return changeGroup(document, command);
    case "deleteGroup":
      return deleteGroup(document, command);
    case "addCanvasNote":
      return addCanvasNote(document, command);
    case "changeCanvasNote":
      return changeCanvasNote(document, command);
    case "deleteCanvasNotes":
      return deleteCanvasNotes(document, command);
    case "setTraining":
      return setTraining(document, command);
    case "setDataset":
      return setDataset(document, command);
    case "setNotes":
      return setNotes(document, command);
  }
};

/** Applies commands in order. The document given is never changed; with the first refused command nothing is applied. */
export const applyCommands = (document: LayerscopeDocument, commands: readonly Command[]): Outcome =>
  commands.reduce<Outcome>(
    (outcome, command) => (outcome.ok ? applyOne(outcome.value, command) : outcome),
    ok(document),
  );

/** One sentence for the screen. */
export const describeCommandError = (error: CommandError): string => {
  switch (error.type) {
    case "unknownNode":
      return `There is no node "${error.nodeId}".`;
    case "unknownKind":
      return `There is no kind of layer "${error.kind}".`;
    case "unknownPort":
      return `Node "${error.nodeId}" has no port "${error.port}" on that side.`;
    case "unknownEdge":
      return `There is no edge from "${error.edge.from.node}" to "${error.edge.to.node}".`;
    case "duplicateId":
      return `There is already a node "${error.nodeId}".`;
    case "connectsToItself":
      return `Node "${error.nodeId}" cannot feed itself.`;
    case "unknownGroup":
      return `There is no group "${error.groupId}".`;
    case "duplicateGroup":
      return `There is already a group "${error.groupId}".`;
    case "unknownNote":
      return `There is no note "${error.noteId}".`;
    case "duplicateNote":
      return `There is already a note "${error.noteId}".`;
    case "invalidValue":
      return `${error.path === "" ? "The value" : error.path} is ${error.found}, expected ${error.expected}.`;
  }
};
