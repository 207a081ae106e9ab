/** Bypassing, folding, grouping and noting: what the commands of the Edit menu make of the selection. Pure. */
import {
  applyCommands,
  bypassProblem,
  type CanvasColor,
  type Compiled,
  compile,
  counted,
  type Group,
  groupOf,
  type LayerscopeDocument,
  type Position,
} from "../../engine/index.ts";
import { nodeOf } from "./documentGraph.ts";
import { boxOf, boxOfNote, overlaps } from "./geometry.ts";
import type { Gesture } from "./gesture.ts";
import { frameOf, GROUP_PADDING } from "./groupViews.ts";
import { GROUP_GAP, SNAP, snap } from "./placement.ts";

export type GestureOrReason = { readonly gesture: Gesture } | { readonly refused: string };

const namesOf = (document: LayerscopeDocument, nodeIds: readonly string[]): string => {
  const [first] = nodeIds;
  return nodeIds.length === 1 && first !== undefined
    ? (nodeOf(document, first)?.name ?? first)
    : counted(nodeIds.length, "node");
};

/**
 * Bypasses the nodes, or takes them in again when all of them are bypassed. Refused with the reason where a node cannot be bypassed, or
 * where what comes after it would not fit any more.
 */
export const toggleBypass = (
  document: LayerscopeDocument,
  compiled: Compiled,
  nodeIds: readonly string[],
): GestureOrReason => {
  const nodes = nodeIds.flatMap((nodeId) => nodeOf(document, nodeId) ?? []);
  if (nodes.length === 0) return { refused: "No node is selected." };
  const bypassed = nodes.some((node) => !node.bypassed);
  const changed = nodes.filter((node) => (node.bypassed === true) !== bypassed).map(({ id }) => id);
  const gesture: Gesture = {
    commands: [{ type: "setBypassed", nodeIds: changed, bypassed }],
    label: `${bypassed ? "bypass" : "no longer bypass"} ${namesOf(document, changed)}`,
    select: null,
  };
  if (!bypassed) return { gesture };
  for (const node of nodes) {
    const problem = bypassProblem(document, node);
    if (problem !== null) return { refused: problem };
  }
  const after = applyCommands(document, gesture.commands);
  if (!after.ok) return { gesture };
  const known = new Set(compiled.diagnostics.map(({ code, nodeId }) => `${code} ${nodeId}`));
  const found = compile(after.value, { dataset: compiled.dataset, plan: false }).diagnostics.find(
    ({ severity, code, nodeId }) => severity === "error" && !known.has(`${code} ${nodeId}`),
  );
  return found === undefined ? { gesture } : { refused: `Without ${namesOf(document, changed)}: ${found.message}` };
};

/** Folds the nodes, or unfolds them when all of them are folded. */
export const toggleFold = (document: LayerscopeDocument, nodeIds: readonly string[]): Gesture | null => {
  const nodes = nodeIds.flatMap((nodeId) => nodeOf(document, nodeId) ?? []);
  if (nodes.length === 0) return null;
  const folded = nodes.some((node) => !node.folded);
  const changed = nodes.filter((node) => (node.folded === true) !== folded).map(({ id }) => id);
  return {
    commands: [{ type: "setFolded", nodeIds: changed, folded }],
    label: `${folded ? "fold" : "unfold"} ${namesOf(document, changed)}`,
    select: null,
  };
};

/** `Block 1`, `Block 2` …: the first that no group is called. */
const freeTitle = ({ groups }: LayerscopeDocument): string => {
  const taken = new Set(groups.map(({ title }) => title));
  let number = 1;
  while (taken.has(`Block ${number}`)) number += 1;
  return `Block ${number}`;
};

/** Of a group's label, above its frame. */
const LABEL_HEIGHT = 20;
/** Between a new frame's label and what stands above it, and between the frame and what stands below. */
const LABEL_GAP = 8;
const FRAME_GAP = 16;

/**
 * Moves that give a new frame and its label room: what stands above them in the same columns stays, the group and all below move down,
 * and what stands below the frame moves farther.
 */
const roomForFrame = (document: LayerscopeDocument, members: ReadonlySet<string>): Record<string, Position> => {
  const nodes = document.nodes.map((node) => ({ node, box: boxOf(node), isMember: members.has(node.id) }));
  const frame = frameOf(
    nodes.filter(({ isMember }) => isMember).map(({ node }) => node),
    {},
  );
  const inColumns = nodes.filter(({ box }) => box.left < frame.right && frame.left < box.right);
  const first = frame.top + GROUP_PADDING.end;
  const above = inColumns.filter(({ isMember, box }) => !isMember && box.top < first);
  const down = Math.max(0, ...above.map(({ box }) => box.bottom + LABEL_GAP - (frame.top - LABEL_HEIGHT)));
  const last = frame.bottom - GROUP_PADDING.end;
  const below = inColumns.filter(({ isMember, box }) => !isMember && box.top >= last);
  const farther = Math.max(0, ...below.map(({ box }) => frame.bottom + FRAME_GAP - box.top));
  // By whole steps of the grid, all by the same: nodes that stood evenly still do, whether or not they are on it.
  const wholeSteps = (distance: number): number => Math.ceil(distance / SNAP) * SNAP;
  const moves = inColumns.flatMap(({ node, box, isMember }): [string, Position][] => {
    if (!isMember && box.top < first) return [];
    const shift = wholeSteps(down) + (!isMember && box.top >= last ? wholeSteps(farther) : 0);
    const { x, y } = node.position;
    return shift === 0 ? [] : [[node.id, { x, y: y + shift }]];
  });
  return Object.fromEntries(moves);
};

export const groupNodes = (document: LayerscopeDocument, nodeIds: readonly string[]): Gesture | null => {
  const members = document.nodes.filter(({ id }) => nodeIds.includes(id)).map(({ id }) => id);
  if (members.length === 0) return null;
  const title = freeTitle(document);
  const positions = roomForFrame(document, new Set(members));
  return {
    commands: [
      { type: "addGroup", group: { title, color: "neutral", nodeIds: members } },
      ...(Object.keys(positions).length > 0 ? [{ type: "moveNodes", positions } as const] : []),
    ],
    label: `group ${namesOf(document, members)}`,
    select: members,
  };
};

/** The groups that have all their nodes in the selection, or else those that have any. */
export const groupsIn = (document: LayerscopeDocument, nodeIds: readonly string[]): readonly Group[] => {
  const selected = new Set(nodeIds);
  const whole = document.groups.filter((group) => group.nodeIds.every((id) => selected.has(id)));
  if (whole.length > 0) return whole;
  return [...new Set(nodeIds.flatMap((nodeId) => groupOf(document, nodeId) ?? []))];
};

const titled = (group: Group): string => (group.title === "" ? "a group" : group.title);

export const ungroup = (document: LayerscopeDocument, nodeIds: readonly string[]): Gesture | null => {
  const groups = groupsIn(document, nodeIds);
  const [first] = groups;
  if (first === undefined) return null;
  return {
    commands: groups.map(({ id }) => ({ type: "deleteGroup", groupId: id })),
    label: `ungroup ${groups.length === 1 ? titled(first) : counted(groups.length, "group")}`,
    select: null,
  };
};

/** Collapses the groups, or opens them when all of them are collapsed. */
export const toggleCollapse = (groups: readonly Group[]): Gesture | null => {
  const [first] = groups;
  if (first === undefined) return null;
  const collapsed = groups.some((group) => !group.collapsed);
  return {
    commands: groups.map(({ id }) => ({ type: "changeGroup", groupId: id, change: { collapsed } })),
    label: `${collapsed ? "collapse" : "open"} ${groups.length === 1 ? titled(first) : counted(groups.length, "group")}`,
    select: null,
  };
};

export const renameGroup = (group: Group, title: string): Gesture => ({
  commands: [{ type: "changeGroup", groupId: group.id, change: { title } }],
  label: `rename ${titled(group)}`,
  select: null,
});

export const recolorGroup = (group: Group, color: CanvasColor): Gesture => ({
  commands: [{ type: "changeGroup", groupId: group.id, change: { color } }],
  label: `colour ${titled(group)}`,
  select: null,
});

export const repeatGroup = (group: Group, repeat: number): Gesture => ({
  commands: [{ type: "changeGroup", groupId: group.id, change: { repeat } }],
  label: `repeat ${titled(group)} ×${repeat}`,
  select: null,
});

/** Of a new note: two lines of prose. */
export const NOTE_SIZE = { width: 208, height: 72 };

/** At the place or, where layers stand there, to the right of them. */
export const addNote = ({ nodes, canvasNotes }: LayerscopeDocument, place: Position): Gesture => {
  const taken = [...nodes.map(boxOf), ...canvasNotes.map(boxOfNote)];
  let position = snap(place);
  for (;;) {
    const inTheWay = taken.filter((box) => overlaps(boxOfNote({ position, size: NOTE_SIZE }), box, SNAP));
    if (inTheWay.length === 0) break;
    position = snap({ x: Math.max(...inTheWay.map(({ right }) => right)) + GROUP_GAP, y: position.y });
  }
  return {
    commands: [{ type: "addCanvasNote", note: { text: "", color: "amber", position, size: NOTE_SIZE } }],
    label: "add a note",
    select: [],
  };
};
