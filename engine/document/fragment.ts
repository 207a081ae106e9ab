/** A part of a document as text: what copying puts on the clipboard, and what a template is. */
import { z } from "zod";
import { layerOf } from "../registry.ts";
import { err, ok, type Result } from "../result.ts";
import { nextFreeName } from "./applyCommands.ts";
import { nextFreeId } from "./commandChecks.ts";
import type { Command } from "./commands.ts";
import { describeIssue } from "./describeIssue.ts";
import { describeParseError, parse } from "./parse.ts";
import {
  canvasNoteSchema,
  DOCUMENT_FORMAT,
  DOCUMENT_VERSION,
  type DocumentNode,
  edgeSchema,
  groupSchema,
  type LayerscopeDocument,
  MAX_DOCUMENT_BYTES,
  nodeSchema,
  type Position,
} from "./schema.ts";
import { canvasNoteText, edgeText, groupText, listText, nodeText } from "./serialize.ts";

export const FRAGMENT_FORMAT = "layerscope-fragment";

const fragmentSchema = z.strictObject({
  format: z.literal(FRAGMENT_FORMAT),
  /** That of documents: nodes and edges are written as there. */
  version: z.literal(DOCUMENT_VERSION),
  nodes: z.array(nodeSchema),
  edges: z.array(edgeSchema),
  groups: z.array(groupSchema),
  canvasNotes: z.array(canvasNoteSchema),
});

export type Fragment = z.infer<typeof fragmentSchema>;

/** The nodes and notes with the edges between the nodes, and the groups that are among them with all their nodes. */
export const fragmentOf = (
  document: Pick<LayerscopeDocument, "nodes" | "edges" | "groups" | "canvasNotes">,
  nodeIds: readonly string[],
  noteIds: readonly string[],
): Fragment => {
  const taken = new Set(nodeIds);
  return {
    format: FRAGMENT_FORMAT,
    version: DOCUMENT_VERSION,
    nodes: document.nodes.filter(({ id }) => taken.has(id)),
    edges: document.edges.filter(({ from, to }) => taken.has(from.node) && taken.has(to.node)),
    groups: document.groups.filter((group) => group.nodeIds.every((id) => taken.has(id))),
    canvasNotes: document.canvasNotes.filter(({ id }) => noteIds.includes(id)),
  };
};

/** As documents are written: plain JSON that one can read, send and keep. */
export const serializeFragment = ({ nodes, edges, groups, canvasNotes }: Fragment): string =>
  `${[
    "{",
    `  "format": ${JSON.stringify(FRAGMENT_FORMAT)},`,
    `  "version": ${DOCUMENT_VERSION},`,
    `  "nodes": ${listText(nodes.map((node) => nodeText(node, 2)))},`,
    `  "edges": ${listText(edges.map(edgeText))},`,
    `  "groups": ${listText(groups.map(groupText))},`,
    `  "canvasNotes": ${listText(canvasNotes.map(canvasNoteText))}`,
    "}",
  ].join("\n")}\n`;

const beginningOf = (text: string): string => {
  const bare = text.trim().replaceAll(/\s+/g, " ");
  return bare.length <= 40 ? bare : `${bare.slice(0, 39)}…`;
};

/** Reads a fragment, or a whole document as one. The error is one sentence for the screen. */
export const parseFragment = (text: string): Result<Fragment, string> => {
  if (text.trim() === "") return err("There is no text to paste.");
  if (text.length > MAX_DOCUMENT_BYTES) return err("The text is longer than any document.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err(`The text "${beginningOf(text)}" is no layers of Layerscope: it is not JSON.`);
  }
  const format: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "format") : undefined;
  if (format === DOCUMENT_FORMAT) {
    const document = parse(text);
    if (!document.ok) return err(describeParseError(document.error));
    const { nodes, canvasNotes } = document.value;
    return ok(
      fragmentOf(
        document.value,
        nodes.map(({ id }) => id),
        canvasNotes.map(({ id }) => id),
      ),
    );
  }
  if (format !== FRAGMENT_FORMAT || typeof value !== "object" || value === null) {
    return err(`The text is JSON, but no layers of Layerscope: "format" should be "${FRAGMENT_FORMAT}".`);
  }
  const version: unknown = Reflect.get(value, "version");
  if (typeof version === "number" && version > DOCUMENT_VERSION) {
    return err(`The layers have version ${version}; this Layerscope reads up to ${DOCUMENT_VERSION}.`);
  }
  const checked = fragmentSchema.safeParse(value);
  if (checked.success) return ok(checked.data);
  const [issue] = checked.error.issues;
  if (issue === undefined) return err("The layers cannot be read.");
  const { path, found, expected } = describeIssue(issue, value);
  return err(`The layers cannot be read: ${path === "" ? "it" : path} is ${found}, expected ${expected}.`);
};

export interface PlacedFragment {
  readonly commands: readonly Command[];
  /** Of the new nodes and notes. */
  readonly nodeIds: readonly string[];
  readonly noteIds: readonly string[];
}

/**
 * Commands that add a fragment to a document, moved by `offset`. Ids and names stay where they are free; else the next free ones of the
 * kind are taken. Ids name random streams: a copy starts with weights of its own.
 */
export const placeFragment = (document: LayerscopeDocument, fragment: Fragment, offset: Position): PlacedFragment => {
  const moved = ({ x, y }: Position): Position => ({ x: x + offset.x, y: y + offset.y });
  const taken = new Set(document.nodes.flatMap(({ id, name }) => [id, name]));
  const ids = new Map<string, string>();
  const commands: Command[] = [];
  const place = (node: DocumentNode): void => {
    const layer = layerOf(node.kind);
    const free = taken.has(node.id) && layer !== undefined ? nextFreeName(layer, taken) : node.id;
    const name = node.name === node.id || taken.has(node.name) ? free : node.name;
    taken.add(free).add(name);
    ids.set(node.id, free);
    const { kind, params, position } = node;
    commands.push({ type: "addNode", kind, id: free, name, params, position: moved(position) });
    if (node.bypassed) commands.push({ type: "setBypassed", nodeIds: [free], bypassed: true });
    if (node.folded) commands.push({ type: "setFolded", nodeIds: [free], folded: true });
  };
  for (const node of fragment.nodes) if (!ids.has(node.id)) place(node);
  for (const { from, to, points } of fragment.edges) {
    const [source, target] = [ids.get(from.node), ids.get(to.node)];
    if (source === undefined || target === undefined) continue;
    const edge = { from: { ...from, node: source }, to: { ...to, node: target } };
    commands.push({ type: "connectPorts", ...edge });
    if (points !== undefined) commands.push({ type: "setEdgePoints", edge, points: points.map(moved) });
  }
  const groupIds = new Set(document.groups.map(({ id }) => id));
  for (const group of fragment.groups) {
    const nodeIds = group.nodeIds.flatMap((id) => ids.get(id) ?? []);
    if (nodeIds.length === 0) continue;
    const id = groupIds.has(group.id) ? nextFreeId("group", groupIds) : group.id;
    groupIds.add(id);
    commands.push({ type: "addGroup", group: { ...group, id, nodeIds } });
  }
  const takenNotes = new Set(document.canvasNotes.map(({ id }) => id));
  const noteIds = fragment.canvasNotes.map((note) => {
    const id = takenNotes.has(note.id) ? nextFreeId("note", takenNotes) : note.id;
    takenNotes.add(id);
    commands.push({ type: "addCanvasNote", note: { ...note, id, position: moved(note.position) } });
    return id;
  });
  return { commands, nodeIds: [...ids.values()], noteIds };
};
