/** What a drag lines up with: layers, collapsed groups and notes, and the frames of open groups. Pure; canvas px at zoom 1. */
import type { LayerscopeDocument, Position } from "../../engine/index.ts";
import { type Box, boxOf, boxOfNote } from "./geometry.ts";
import { boxOfCollapsed, frameOf, membersOf } from "./groupViews.ts";
import { noteItemId } from "./NoteNode.tsx";

export interface GuideBoxes {
  readonly moving: readonly Box[];
  readonly others: readonly Box[];
  readonly frames: readonly Box[];
}

type Standing = Pick<GuideBoxes, "others" | "frames">;

/** What does not move with these items. */
const standingBeside = (document: LayerscopeDocument, movedIds: ReadonlySet<string>): Standing => {
  const { nodes, groups, canvasNotes } = document;
  const [others, frames]: [Box[], Box[]] = [[], []];
  const members = membersOf(document);
  const hidden = new Set<string>();
  for (const { id, collapsed } of groups) {
    const own = members.get(id) ?? [];
    if (own.length === 0) continue;
    const moves = own.some((node) => movedIds.has(node.id));
    if (collapsed) for (const node of own) hidden.add(node.id);
    if (moves) continue;
    if (collapsed) others.push(boxOfCollapsed(own, {}));
    else frames.push(frameOf(own, {}));
  }
  for (const node of nodes) if (!hidden.has(node.id) && !movedIds.has(node.id)) others.push(boxOf(node));
  for (const note of canvasNotes) if (!movedIds.has(noteItemId(note.id))) others.push(boxOfNote(note));
  return { others, frames };
};

/** All that is drawn. */
export const boxesShown = (document: LayerscopeDocument): readonly Box[] => {
  const { others, frames } = standingBeside(document, new Set());
  return [...others, ...frames];
};

/** The last one: it stays the same from one move of a drag to the next, and need not be worked out for each. */
let latest: { readonly document: LayerscopeDocument; readonly ids: string; readonly standing: Standing } | null = null;

/** By the ids of items; a group moves when its layers do. */
export const boxesForGuides = (document: LayerscopeDocument, moved: Readonly<Record<string, Position>>): GuideBoxes => {
  const ids = Object.keys(moved).join(" ");
  if (latest?.document !== document || latest.ids !== ids) {
    latest = { document, ids, standing: standingBeside(document, new Set(Object.keys(moved))) };
  }
  const moving: Box[] = [];
  const hidden = new Set<string>();
  const collapsed = document.groups.filter((group) => group.collapsed);
  const members = collapsed.length === 0 ? null : membersOf(document);
  for (const { id } of collapsed) {
    const own = members?.get(id) ?? [];
    for (const node of own) hidden.add(node.id);
    if (own.some((node) => moved[node.id] !== undefined)) moving.push(boxOfCollapsed(own, moved));
  }
  for (const node of document.nodes) {
    const position = moved[node.id];
    if (position !== undefined && !hidden.has(node.id)) moving.push(boxOf({ ...node, position }));
  }
  for (const note of document.canvasNotes) {
    const position = moved[noteItemId(note.id)];
    if (position !== undefined) moving.push(boxOfNote({ ...note, position }));
  }
  return { moving, ...latest.standing };
};
