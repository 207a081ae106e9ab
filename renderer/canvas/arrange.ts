/** Aligning and distributing nodes. Pure. */
import type { LayerscopeDocument, Position } from "../../engine/index.ts";
import { type Box, boxOf, unionOf } from "./geometry.ts";
import type { Gesture } from "./gesture.ts";
import { moveNodes } from "./gestures.ts";

export type Alignment = "left" | "centre" | "right" | "top" | "middle" | "bottom";

interface Item {
  readonly id: string;
  readonly box: Box;
}

const itemsOf = (document: LayerscopeDocument, nodeIds: readonly string[]): readonly Item[] =>
  document.nodes.filter(({ id }) => nodeIds.includes(id)).map((node) => ({ id: node.id, box: boxOf(node) }));

/** Where a box's left upper corner goes. */
const aligned = (alignment: Alignment, { left, top, right, bottom }: Box, all: Box): Position => {
  const [width, height] = [right - left, bottom - top];
  switch (alignment) {
    case "left":
      return { x: all.left, y: top };
    case "centre":
      return { x: Math.round((all.left + all.right - width) / 2), y: top };
    case "right":
      return { x: all.right - width, y: top };
    case "top":
      return { x: left, y: all.top };
    case "middle":
      return { x: left, y: Math.round((all.top + all.bottom - height) / 2) };
    case "bottom":
      return { x: left, y: all.bottom - height };
  }
};

/** Brings the same edge or middle of the nodes to one line, that of the box around them. null: there are not two, or they are. */
export const alignNodes = (
  document: LayerscopeDocument,
  nodeIds: readonly string[],
  alignment: Alignment,
): Gesture | null => {
  const items = itemsOf(document, nodeIds);
  if (items.length < 2) return null;
  const all = unionOf(items.map(({ box }) => box));
  const moved = moveNodes(document, Object.fromEntries(items.map(({ id, box }) => [id, aligned(alignment, box, all)])));
  return moved && { ...moved, label: `align ${items.length} nodes` };
};

/** Makes the gaps between the nodes equal; the outer two stay. null: there are not three, or nothing moves. */
export const distributeNodes = (
  document: LayerscopeDocument,
  nodeIds: readonly string[],
  direction: "across" | "down",
): Gesture | null => {
  const [start, end] = direction === "across" ? (["left", "right"] as const) : (["top", "bottom"] as const);
  const items = [...itemsOf(document, nodeIds)].sort((a, b) => a.box[start] - b.box[start]);
  if (items.length < 3) return null;
  const all = unionOf(items.map(({ box }) => box));
  const filled = items.reduce((sum, { box }) => sum + box[end] - box[start], 0);
  const gap = (all[end] - all[start] - filled) / (items.length - 1);
  let at = all[start];
  const positions = items.map(({ id, box }) => {
    const place = Math.round(at);
    at += box[end] - box[start] + gap;
    return [id, direction === "across" ? { x: place, y: box.top } : { x: box.left, y: place }] as const;
  });
  const moved = moveNodes(document, Object.fromEntries(positions));
  return moved && { ...moved, label: `distribute ${items.length} nodes` };
};
