/** Commands that change groups and notes on the canvas: pure, as in `applyCommands.ts`. */
import { err, ok } from "../result.ts";
import { check, firstMissing, nextFreeId, type Outcome } from "./commandChecks.ts";
import type { Command } from "./commands.ts";
import { canvasNoteSchema, type Group, groupSchema, type LayerscopeDocument } from "./schema.ts";

type CommandOf<T extends Command["type"]> = Extract<Command, { readonly type: T }>;

/** Groups without these nodes; a group that has none left goes. */
export const groupsWithout = (groups: readonly Group[], nodeIds: ReadonlySet<string>): Group[] =>
  groups.flatMap((group) => {
    if (!group.nodeIds.some((nodeId) => nodeIds.has(nodeId))) return [group];
    const left = group.nodeIds.filter((nodeId) => !nodeIds.has(nodeId));
    return left.length === 0 ? [] : [{ ...group, nodeIds: left }];
  });

/** The group that a node is in: of several the first counts. */
export const groupOf = (document: LayerscopeDocument, nodeId: string): Group | undefined =>
  document.groups.find((group) => group.nodeIds.includes(nodeId));

export const addGroup = (document: LayerscopeDocument, { group }: CommandOf<"addGroup">): Outcome => {
  const { id = nextFreeId("group", new Set(document.groups.map((other) => other.id))) } = group;
  if (document.groups.some((other) => other.id === id)) return err({ type: "duplicateGroup", groupId: id });
  const missing = firstMissing(document, group.nodeIds);
  if (missing !== undefined) return err({ type: "unknownNode", nodeId: missing });
  const checked = check(groupSchema, { ...group, id });
  if (!checked.ok) return checked;
  // A node is in one group: those that join this one leave theirs.
  return ok({ ...document, groups: [...groupsWithout(document.groups, new Set(group.nodeIds)), checked.value] });
};

export const changeGroup = (document: LayerscopeDocument, command: CommandOf<"changeGroup">): Outcome => {
  const { groupId, change } = command;
  const old = document.groups.find((group) => group.id === groupId);
  if (old === undefined) return err({ type: "unknownGroup", groupId });
  const missing = firstMissing(document, change.nodeIds ?? []);
  if (missing !== undefined) return err({ type: "unknownNode", nodeId: missing });
  const { collapsed, repeat, ...rest } = { ...old, ...change };
  const checked = check(groupSchema, {
    ...rest,
    ...(collapsed === true ? { collapsed } : {}),
    // Once is what a group is without saying so.
    ...(repeat === undefined || repeat === 1 ? {} : { repeat }),
  });
  if (!checked.ok) return checked;
  const joined = new Set(checked.value.nodeIds);
  return ok({
    ...document,
    groups: document.groups.flatMap((group) =>
      group.id === groupId ? [checked.value] : groupsWithout([group], joined),
    ),
  });
};

export const deleteGroup = (document: LayerscopeDocument, { groupId }: CommandOf<"deleteGroup">): Outcome => {
  if (!document.groups.some((group) => group.id === groupId)) return err({ type: "unknownGroup", groupId });
  return ok({ ...document, groups: document.groups.filter((group) => group.id !== groupId) });
};

export const addCanvasNote = (document: LayerscopeDocument, { note }: CommandOf<"addCanvasNote">): Outcome => {
  const { id = nextFreeId("note", new Set(document.canvasNotes.map((other) => other.id))) } = note;
  if (document.canvasNotes.some((other) => other.id === id)) return err({ type: "duplicateNote", noteId: id });
  const checked = check(canvasNoteSchema, { ...note, id });
  return checked.ok ? ok({ ...document, canvasNotes: [...document.canvasNotes, checked.value] }) : checked;
};

export const changeCanvasNote = (
  document: LayerscopeDocument,
  { noteId, change }: CommandOf<"changeCanvasNote">,
): Outcome => {
  const old = document.canvasNotes.find((note) => note.id === noteId);
  if (old === undefined) return err({ type: "unknownNote", noteId });
  const checked = check(canvasNoteSchema, { ...old, ...change });
  if (!checked.ok) return checked;
  return ok({
    ...document,
    canvasNotes: document.canvasNotes.map((note) => (note.id === noteId ? checked.value : note)),
  });
};

export const deleteCanvasNotes = (
  document: LayerscopeDocument,
  { noteIds }: CommandOf<"deleteCanvasNotes">,
): Outcome => {
  const missing = noteIds.find((noteId) => !document.canvasNotes.some((note) => note.id === noteId));
  if (missing !== undefined) return err({ type: "unknownNote", noteId: missing });
  return ok({ ...document, canvasNotes: document.canvasNotes.filter((note) => !noteIds.includes(note.id)) });
};
