/** Moving what stands on the canvas, as one undo step. Pure. */
import { type Command, edgeId, type LayerscopeDocument, type Position } from "../../engine/index.ts";
import type { Gesture } from "./gesture.ts";
import { moveNodes } from "./gestures.ts";
import { noteIdOf } from "./NoteNode.tsx";

type Positions = Readonly<Record<string, Position>>;

/** How far a node goes; null: it stays. */
const shiftOf = (document: LayerscopeDocument, nodeId: string, positions: Positions): Position | null => {
  const [from, to] = [document.nodes.find(({ id }) => id === nodeId)?.position, positions[nodeId]];
  return from === undefined || to === undefined ? null : { x: to.x - from.x, y: to.y - from.y };
};

/** Points of an edge go along when both its ends go the same way. */
export const movedPoints = (
  document: LayerscopeDocument,
  edge: LayerscopeDocument["edges"][number],
  positions: Positions,
): readonly Position[] | null => {
  if (edge.points === undefined) return null;
  const [a, b] = [shiftOf(document, edge.from.node, positions), shiftOf(document, edge.to.node, positions)];
  if (a === null || b === null || a.x !== b.x || a.y !== b.y) return null;
  if (a.x === 0 && a.y === 0) return null;
  return edge.points.map(({ x, y }) => ({ x: x + a.x, y: y + a.y }));
};

/** Layers by their ids and notes by `note:` and theirs, to new positions; null when nothing moved. */
export const moveItems = (document: LayerscopeDocument, positions: Positions): Gesture | null => {
  const known = new Set(document.nodes.map(({ id }) => id));
  const layers = moveNodes(
    document,
    Object.fromEntries(Object.entries(positions).filter(([itemId]) => known.has(itemId))),
  );
  const notes = Object.entries(positions).flatMap(([itemId, position]): Command[] => {
    const note = document.canvasNotes.find(({ id }) => id === noteIdOf(itemId));
    if (note === undefined || (note.position.x === position.x && note.position.y === position.y)) return [];
    return [{ type: "changeCanvasNote", noteId: note.id, change: { position } }];
  });
  if (layers === null && notes.length === 0) return null;
  const seen = new Set<string>();
  const points = document.edges.flatMap((edge): Command[] => {
    const moved = movedPoints(document, edge, positions);
    if (moved === null || seen.has(edgeId(edge))) return [];
    seen.add(edgeId(edge));
    return [{ type: "setEdgePoints", edge, points: moved }];
  });
  return {
    commands: [...(layers?.commands ?? []), ...points, ...notes],
    label: layers?.label ?? (notes.length === 1 ? "move a note" : `move ${notes.length} notes`),
    select: null,
  };
};
