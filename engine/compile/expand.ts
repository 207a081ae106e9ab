/**
 * The net that a document means: groups that repeat written out, bypassed nodes left out. All else of compiling sees only this.
 *
 * The i-th copy (i ≥ 2) of node `conv1` has the id `conv1×i`; the first is the node itself, so that its weights start as they would
 * without the repetition.
 */
import { groupsWithout } from "../document/groupCommands.ts";
import {
  type DocumentEdge,
  type DocumentNode,
  edgeId,
  type Group,
  type LayerscopeDocument,
} from "../document/schema.ts";
import { formatCount } from "../layer.ts";
import { layerOf } from "../registry.ts";
import type { Diagnostic } from "./compiled.ts";
import { diagnose } from "./diagnostics.ts";
import { describeNode } from "./findings.ts";

/** Beyond this a document is a slip of the keyboard, not a net. */
const MAX_NODES = 10_000;

export interface Expansion {
  /** The very document where nothing repeats or is bypassed. */
  readonly document: LayerscopeDocument;
  /** Of the copies of repeated nodes: the node in the document that they are copies of. */
  readonly origins: ReadonlyMap<string, string>;
  readonly diagnostics: readonly Diagnostic[];
}

const nameOf = (document: LayerscopeDocument, nodeId: string): string => {
  const node = document.nodes.find(({ id }) => id === nodeId);
  return node === undefined ? `"${nodeId}"` : describeNode(node);
};

const titleOf = (group: Group): string => (group.title === "" ? "A group" : `Group "${group.title}"`);

/** `a, b and 3 more`. */
const listed = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(" and ") : `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;

const different = (ids: readonly string[]): string[] => [...new Set(ids)];

/** Why a group cannot be repeated, one sentence, or null. */
export const repeatProblem = (document: LayerscopeDocument, group: Group): string | null => {
  const inside = new Set(group.nodeIds);
  const entering = document.edges.filter(({ from, to }) => !inside.has(from.node) && inside.has(to.node));
  const leaving = document.edges.filter(({ from, to }) => inside.has(from.node) && !inside.has(to.node));
  const sources = different(entering.map(({ from }) => from.node));
  const exits = different(leaving.map(({ from }) => from.node));
  const problem = (text: string): string => `${titleOf(group)} cannot repeat: ${text}`;
  if (sources.length === 0) return problem("nothing outside feeds it. Connect a node before it.");
  if (exits.length === 0) return problem("it feeds nothing outside. Connect a node after it.");
  const names = (ids: readonly string[]): string => listed(ids.map((id) => nameOf(document, id)));
  if (sources.length > 1) return problem(`${sources.length} nodes feed it, ${names(sources)}. One may.`);
  const numNodes = document.nodes.length + inside.size * ((group.repeat ?? 1) - 1);
  if (numNodes > MAX_NODES) {
    const most = Math.floor((MAX_NODES - document.nodes.length) / inside.size) + 1;
    return problem(
      `the net would have ${formatCount(numNodes)} layers, more than ${formatCount(MAX_NODES)}. At most ×${most}.`,
    );
  }
  if (exits.length > 1) return problem(`${exits.length} of its nodes lead out of it, ${names(exits)}. One may.`);
  return null;
};

const copiesBefore = new WeakMap<DocumentNode, Map<string, DocumentNode>>();

/** The very copy of before, of a node that is what it was: what was inferred of the copy is kept with it. */
const copyOnce = (node: DocumentNode, id: string, name: string): DocumentNode => {
  const copies = copiesBefore.get(node) ?? new Map<string, DocumentNode>();
  const known = copies.get(id);
  if (known?.name === name) return known;
  const copy = { ...node, id, name };
  copiesBefore.set(node, copies.set(id, copy));
  return copy;
};

/** Writes one group out: copy i is fed by the exit of copy i − 1, and the last one feeds what the group fed. */
const repeatGroup = (
  document: LayerscopeDocument,
  group: Group,
  times: number,
  origins: Map<string, string>,
): LayerscopeDocument => {
  const inside = new Set(group.nodeIds);
  const members = document.nodes.filter(({ id }) => inside.has(id));
  const taken = new Set(document.nodes.map(({ id }) => id));
  const within = document.edges.filter(({ from, to }) => inside.has(from.node) && inside.has(to.node));
  const entering = document.edges.filter(({ from, to }) => !inside.has(from.node) && inside.has(to.node));
  const leaving = document.edges.filter(({ from, to }) => inside.has(from.node) && !inside.has(to.node));
  const [exit] = leaving;
  if (exit === undefined) return document;
  const nodes: DocumentNode[] = [];
  const edges: DocumentEdge[] = [];
  let copies = new Map<string, string>(members.map(({ id }) => [id, id]));
  const copyOf = (id: string): string => copies.get(id) ?? id;
  for (let number = 2; number <= times; number++) {
    const feeding = { node: copyOf(exit.from.node), port: exit.from.port };
    copies = new Map(
      members.map((node) => {
        let id = `${node.id}×${number}`;
        while (taken.has(id)) id += "'";
        taken.add(id);
        nodes.push(copyOnce(node, id, `${node.name} ×${number}`));
        origins.set(id, node.id);
        return [node.id, id];
      }),
    );
    for (const { to } of entering) edges.push({ from: feeding, to: { ...to, node: copyOf(to.node) } });
    for (const { from, to } of within) {
      edges.push({ from: { ...from, node: copyOf(from.node) }, to: { ...to, node: copyOf(to.node) } });
    }
  }
  const last = copyOf(exit.from.node);
  const rewired = document.edges.map((edge) =>
    leaving.includes(edge) ? { from: { ...edge.from, node: last }, to: edge.to } : edge,
  );
  const at = document.nodes.findLastIndex(({ id }) => inside.has(id)) + 1;
  return {
    ...document,
    nodes: [...document.nodes.slice(0, at), ...nodes, ...document.nodes.slice(at)],
    edges: [...rewired, ...edges],
    groups: document.groups.map((other) => {
      if (other.id !== group.id) return other;
      const { repeat: _, ...once } = other;
      return { ...once, nodeIds: [...other.nodeIds, ...nodes.map(({ id }) => id)] };
    }),
  };
};

/** Why a node cannot be bypassed, one sentence, or null. */
export const bypassProblem = (document: LayerscopeDocument, node: DocumentNode): string | null => {
  const layer = layerOf(node.kind);
  if (layer === undefined) return null;
  if (layer.inputs.length === 0 || layer.outputs.length === 0) {
    return `${describeNode(node)} cannot be bypassed: a net needs it. Delete it instead.`;
  }
  const numSources = new Set(document.edges.filter(({ to }) => to.node === node.id).map(({ from }) => from.node)).size;
  if (numSources <= 1) return null;
  return `${describeNode(node)} cannot be bypassed: ${numSources} nodes feed it, and only one could go on. Disconnect the others.`;
};

/** What feeds a bypassed node feeds its consumers. */
const bypass = (document: LayerscopeDocument, nodeId: string): LayerscopeDocument => {
  const source = document.edges.find(({ to }) => to.node === nodeId)?.from;
  return {
    ...document,
    nodes: document.nodes.filter(({ id }) => id !== nodeId),
    groups: groupsWithout(document.groups, new Set([nodeId])),
    edges: document.edges.flatMap((edge) => {
      if (edge.to.node === nodeId) return [];
      if (edge.from.node !== nodeId) return [edge];
      return source === undefined ? [] : [{ from: source, to: edge.to }];
    }),
  };
};

/** Groups that repeat are written out first, then bypassed nodes left out. A document with neither is returned as it is. */
export const expand = (document: LayerscopeDocument): Expansion => {
  const origins = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  let expanded = document;
  const repeated = new Set<string>();
  const known = new Set(document.nodes.map(({ id }) => id));
  for (const group of document.groups) {
    const { repeat = 1 } = group;
    // A node is in one group; of several the first counts.
    const members = group.nodeIds.filter((nodeId) => known.has(nodeId) && !repeated.has(nodeId));
    for (const nodeId of group.nodeIds) repeated.add(nodeId);
    if (repeat === 1 || members.length === 0) continue;
    const meant: Group = { ...group, nodeIds: members };
    const problem = repeatProblem(expanded, meant);
    if (problem === null) expanded = repeatGroup(expanded, meant, repeat, origins);
    else {
      diagnostics.push(
        diagnose("LS114", {
          nodeId: members[0] ?? null,
          message: problem,
          badge: `cannot repeat ×${repeat}`,
          fix: {
            label: "Do not repeat it",
            commands: [{ type: "changeGroup", groupId: group.id, change: { repeat: 1 } }],
          },
        }),
      );
    }
  }
  for (const node of expanded.nodes.filter(({ bypassed }) => bypassed)) {
    const problem = bypassProblem(expanded, node);
    if (problem === null) expanded = bypass(expanded, node.id);
    else if (!origins.has(node.id)) {
      diagnostics.push(
        diagnose("LS115", {
          nodeId: node.id,
          message: problem,
          badge: "cannot be bypassed",
          fix: {
            label: "Do not bypass it",
            commands: [{ type: "setBypassed", nodeIds: [node.id], bypassed: false }],
          },
        }),
      );
    }
  }
  return { document: expanded, origins, diagnostics };
};

/** Where a bypassed node gets what it passes on: the nearest node before it that is not bypassed; null: nothing feeds it. */
export const passedThrough = (document: LayerscopeDocument, nodeId: string): string | null => {
  const bypassed = new Set(document.nodes.flatMap(({ id, bypassed: isBypassed }) => (isBypassed ? [id] : [])));
  const seen = new Set<string>();
  let current = nodeId;
  while (!seen.has(current)) {
    seen.add(current);
    const source = document.edges.find(({ to }) => to.node === current)?.from.node;
    if (source === undefined) return null;
    if (!bypassed.has(source)) return source;
    current = source;
  }
  return null;
};

/** Findings about copies become findings about the nodes that they are copies of; a fix that would not mend the document goes. */
export const attribute = (
  diagnostics: readonly Diagnostic[],
  { origins }: Expansion,
  mends: (diagnostic: Diagnostic) => boolean,
): Diagnostic[] => {
  const seen = new Set<string>();
  return diagnostics.flatMap((diagnostic) => {
    const { nodeId, fix } = diagnostic;
    const origin = nodeId === null ? null : (origins.get(nodeId) ?? nodeId);
    const key = `${diagnostic.code} ${origin} ${diagnostic.param} ${diagnostic.edge === null ? "" : edgeId(diagnostic.edge)}`;
    const isCopy = origin !== nodeId;
    // The node itself has said it already.
    if (isCopy && seen.has(key)) return [];
    seen.add(key);
    return [{ ...diagnostic, nodeId: origin, fix: mends(diagnostic) ? fix : null }];
  });
};
