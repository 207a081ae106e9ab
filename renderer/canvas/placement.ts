/** Where new nodes go and what makes room for them. */
import type { DocumentNode, LayerscopeDocument, Position } from "../../engine/index.ts";
import { boxesByHeight } from "./boxesByHeight.ts";
import { type Box, boxOf, overlaps, unionOf } from "./geometry.ts";

/** Between the nodes of a column. */
export const COLUMN_GAP = 16;
/** Between columns and groups. */
export const GROUP_GAP = 36;
/** Positions are multiples of this. */
export const SNAP = 4;

/** Adding 0 makes −0 a 0, which is what a file would give back. */
const snapped = (value: number): number => Math.round(value / SNAP) * SNAP + 0;

export const snap = ({ x, y }: Position): Position => ({ x: snapped(x), y: snapped(y) });

/** Nodes whose left edges differ by no more stand in one column. */
const COLUMN_TOLERANCE = 16;

/** Whether the second place is in the same column, farther down. */
export const isBelow = (upper: Position, lower: Position): boolean =>
  Math.abs(upper.x - lower.x) <= COLUMN_TOLERANCE && lower.y > upper.y;

/** A place that is nearly in the column of another, in it. */
export const inColumnOf = (place: Position, other: Position): Position =>
  Math.abs(place.x - other.x) <= COLUMN_TOLERANCE ? { x: other.x, y: place.y } : place;

export type Placed = Pick<DocumentNode, "kind" | "position" | "folded" | "bypassed">;

/** The place itself, or the next one below where the node touches no other. */
export const freePlace = (document: LayerscopeDocument, { kind, position }: Placed): Position => {
  let place = position;
  for (;;) {
    const box = boxOf({ kind, position: place });
    const inTheWay = document.nodes.map(boxOf).filter((other) => overlaps(box, other, COLUMN_GAP - 1));
    if (inTheWay.length === 0) return place;
    // Below the highest obstacle first: the gap between two nodes may be free.
    place = { x: place.x, y: Math.min(...inTheWay.map((other) => other.bottom)) + COLUMN_GAP };
  }
};

/** The free place nearest to the one asked for: itself, or beside what is in the way. */
export const nearestFreePlace = (document: LayerscopeDocument, { kind, position }: Placed): Position => {
  const boxes = document.nodes.map(boxOf);
  const isFree = (place: Position): boolean =>
    !boxes.some((other) => overlaps(boxOf({ kind, position: place }), other, COLUMN_GAP / 2));
  const wanted = snap(position);
  if (isFree(wanted)) return wanted;
  const { left, top, right, bottom } = boxOf({ kind, position: { x: 0, y: 0 } });
  const [width, height] = [right - left, bottom - top];
  const beside = boxes.flatMap((box) => [
    { x: wanted.x, y: box.bottom + COLUMN_GAP },
    { x: wanted.x, y: box.top - COLUMN_GAP - height },
    { x: box.right + COLUMN_GAP, y: wanted.y },
    { x: box.left - COLUMN_GAP - width, y: wanted.y },
  ]);
  const far = ({ x, y }: Position): number => Math.hypot(x - wanted.x, y - wanted.y);
  const [nearest] = beside.filter(isFree).sort((a, b) => far(a) - far(b));
  return nearest ?? freePlace(document, { kind, position: wanted });
};

/** How far to the right boxes must go to stand free, beside themselves. */
export const freeShift = (document: LayerscopeDocument, boxes: readonly Box[]): number => {
  const gap = COLUMN_GAP / 2;
  const taken = boxesByHeight(document.nodes.map((node) => ({ id: node.id, box: boxOf(node) })));
  const { left, right } = unionOf(boxes);
  let shift = right - left + GROUP_GAP;
  // They move to the right: what may come in their way stays the same.
  const beside = boxes.map((box) => taken.beside({ ...box, top: box.top - gap, bottom: box.bottom + gap }));
  for (;;) {
    const inTheWay = boxes.flatMap((box, index) => {
      const moved = { ...box, left: box.left + shift, right: box.right + shift };
      return (beside[index] ?? []).flatMap((other) => (overlaps(moved, other.box, gap) ? other.box : []));
    });
    if (inTheWay.length === 0) return shift;
    // Beyond the obstacle that reaches least far: its right is past the left of what it is in the way of.
    shift += Math.max(SNAP, Math.min(...inTheWay.map((other) => other.right)) + GROUP_GAP - (left + shift));
  }
};

/** New positions of the nodes below that a new node pushes down, each just as far as it must. */
export const pushDown = (document: LayerscopeDocument, placed: Placed): Record<string, Position> =>
  pushDownBox(document, boxOf(placed));

/** The same for a whole part of a net that comes in. */
export const pushDownBox = (document: LayerscopeDocument, box: Box): Record<string, Position> => {
  const below = document.nodes
    .filter((node) => {
      const other = boxOf(node);
      return other.left < box.right && box.left < other.right && (other.top + other.bottom) / 2 >= box.top;
    })
    .sort((a, b) => a.position.y - b.position.y);
  const positions: Record<string, Position> = {};
  let floor = box.bottom + COLUMN_GAP;
  for (const node of below) {
    if (node.position.y >= floor) break;
    positions[node.id] = { x: node.position.x, y: floor };
    floor = boxOf({ ...node, position: { x: node.position.x, y: floor } }).bottom + COLUMN_GAP;
  }
  return positions;
};

/** Moves for the nodes that a change of the document put on top of each other: what was added pushes down what it covers. */
export const makeRoom = (before: LayerscopeDocument, after: LayerscopeDocument): Record<string, Position> => {
  const known = new Set(before.nodes.map((node) => node.id));
  const positions: Record<string, Position> = {};
  let current = after;
  for (const added of after.nodes.filter((node) => !known.has(node.id))) {
    const others = { ...current, nodes: current.nodes.filter((node) => node.id !== added.id) };
    const moved = pushDown(others, added);
    Object.assign(positions, moved);
    current = {
      ...current,
      nodes: current.nodes.map((node) => {
        const position = moved[node.id];
        return position === undefined ? node : { ...node, position };
      }),
    };
  }
  return positions;
};
