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

/** By the ids of items; a group moves when its layers do. */
export const boxesForGuides = (
  { nodes, groups, canvasNotes, ...rest }: LayerscopeDocument,
  moved: Readonly<Record<string, Position>>,
): GuideBoxes => {
  const [moving, others, frames]: [Box[], Box[], Box[]] = [[], [], []];
  const members = membersOf({ ...rest, nodes, groups, canvasNotes });
  const hidden = new Set<string>();
  for (const { id, collapsed } of groups) {
    const own = members.get(id) ?? [];
    if (own.length === 0) continue;
    const moves = own.some((node) => moved[node.id] !== undefined);
    if (collapsed) {
      for (const node of own) hidden.add(node.id);
      (moves ? moving : others).push(boxOfCollapsed(own, moved));
    } else if (!moves) frames.push(frameOf(own, {}));
  }
  for (const node of nodes) {
    if (hidden.has(node.id)) continue;
    const position = moved[node.id];
    if (position === undefined) others.push(boxOf(node));
    else moving.push(boxOf({ ...node, position }));
  }
  for (const note of canvasNotes) {
    const position = moved[noteItemId(note.id)];
    if (position === undefined) others.push(boxOfNote(note));
    else moving.push(boxOfNote({ ...note, position }));
  }
  return { moving, others, frames };
};
