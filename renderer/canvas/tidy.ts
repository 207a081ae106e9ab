/** Tidying up: a layered drawing from top to bottom, folded into columns where it is tall. Pure. */
import {
  type Command,
  type DocumentNode,
  type LayerscopeDocument,
  layerOf,
  NODE_WIDTH,
  type Position,
} from "../../engine/index.ts";
import { foldRows, type Row } from "./columns.ts";
import { type Box, boxOf, overlaps, unionOf } from "./geometry.ts";
import type { Gesture } from "./gesture.ts";
import { moveNodes } from "./gestures.ts";
import { boxOfCollapsed, collapsedOwners, groupItemId, membersOf } from "./groupViews.ts";
import { type Arrow, longestPath, middlesOf, rowsOf, withoutCycles } from "./layering.ts";
import { COLUMN_GAP, GROUP_GAP, SNAP } from "./placement.ts";

/** A frame's padding above and below, and the line of its title. */
const FRAME_GAP = 60;
/** Between columns: groups stand 36 px apart, and their frames reach 12 px beyond the nodes. */
const COLUMNS_APART = GROUP_GAP + 2 * 12;
/** Between nodes side by side in one row. */
const BRANCH_GAP = GROUP_GAP;
/** Six rows: what a window shows at full size. */
const TALLEST_COLUMN = 6 * (102 + COLUMN_GAP);

const TALLEST_GROUP = 2 * TALLEST_COLUMN;

/** A collapsed group is laid out as a node of this kind would be; no kind is higher. */
const STAND_IN = "dense";

type Places = ReadonlyMap<string, Position>;

const height = (node: DocumentNode): number => {
  const { top, bottom } = boxOf(node);
  return bottom - top;
};

/** Even, as 102 + 16 is: the middle of two places is a whole number. Adding 0 makes −0 a 0. */
const even = (value: number): number => Math.round(value / 2) * 2 + 0;

/** Nodes that are connected with each other, whatever the direction; in the order of the document. */
const componentsOf = (ids: readonly string[], arrows: readonly Arrow[]): readonly (readonly string[])[] => {
  const root = new Map(ids.map((id) => [id, id]));
  const find = (id: string): string => {
    let at = id;
    while (root.get(at) !== at) at = root.get(at) ?? at;
    return at;
  };
  for (const { from, to } of arrows) root.set(find(to), find(from));
  const groups = new Map<string, string[]>();
  for (const id of ids) {
    const group = groups.get(find(id));
    if (group === undefined) groups.set(find(id), [id]);
    else group.push(id);
  }
  return [...groups.values()];
};

/**
 * The rows below which a column would cut a group: its frame would reach over both columns, and over the frames of other groups there. A group that no
 * window shows at once is cut all the same.
 */
const rowsInGroups = (
  { groups }: LayerscopeDocument,
  rank: ReadonlyMap<string, number>,
  heights: readonly number[],
): ReadonlySet<number> => {
  const found = new Set<number>();
  for (const { nodeIds } of groups) {
    const own = nodeIds.flatMap((id) => rank.get(id) ?? []);
    const [first, last] = [Math.min(...own), Math.max(...own)];
    const tall = heights.slice(first, last + 1).reduce((sum, each) => sum + each + COLUMN_GAP, 0);
    if (tall > TALLEST_GROUP) continue;
    for (let row = first; row < last; row += 1) found.add(row);
  }
  return found;
};

/** Places of one component, its left upper corner at 0, 0. */
const drawComponent = (document: LayerscopeDocument, nodes: readonly DocumentNode[], all: readonly Arrow[]): Places => {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const arrows = withoutCycles(
    nodes.map(({ id }) => id),
    all.filter(({ from }) => byId.has(from)),
  );
  const straight = longestPath(
    nodes.map(({ id }) => id),
    arrows,
  );
  // The net itself at the left, branches beside it; where nothing else decides, what is at the left stays at the left.
  const ids = [...nodes]
    .sort((a, b) => Number(straight.has(b.id)) - Number(straight.has(a.id)) || a.position.x - b.position.x)
    .map(({ id }) => id);
  const rows = rowsOf(ids, arrows);
  const middles = middlesOf(rows, arrows, NODE_WIDTH + BRANCH_GAP, straight);
  const rank = new Map(rows.flatMap((row, index) => row.map((id) => [id, index] as const)));
  /** Arrows that lead past the end of each row: one more where one begins, one fewer where it ends. */
  const changes = new Int32Array(rows.length + 1);
  for (const { from, to } of arrows) {
    const [start, end] = [rank.get(from) ?? 0, rank.get(to) ?? 0];
    if (start >= end) continue;
    changes[start] = (changes[start] ?? 0) + 1;
    changes[end] = (changes[end] ?? 0) - 1;
  }
  let leading = 0;
  const owners = new Map(
    [...document.groups].reverse().flatMap((group) => group.nodeIds.map((id) => [id, group.id] as const)),
  );
  const heights = rows.map((row) => Math.max(...row.flatMap((id) => byId.get(id) ?? []).map(height)));
  const cutsGroup = rowsInGroups(document, rank, heights);
  const groupOf = (id: string | undefined): string | null => owners.get(id ?? "") ?? null;
  const familyOf = (id: string | undefined) => layerOf(byId.get(id ?? "")?.kind ?? "")?.family;

  const drawn: readonly Row[] = rows.map((row, index) => {
    const below = rows[index + 1];
    const changesGroup = groupOf(row[0]) !== groupOf(below?.[0]);
    leading += changes[index] ?? 0;
    return {
      height: heights[index] ?? 0,
      gap: changesGroup ? FRAME_GAP : COLUMN_GAP,
      mayEnd: leading === 1 && !cutsGroup.has(index),
      isJoint: changesGroup || (familyOf(row[0]) === "shape" && familyOf(below?.[0]) !== "shape"),
    };
  });
  const lefts = rows.map((row) => Math.min(...row.map((id) => middles.get(id) ?? 0)) - NODE_WIDTH / 2);
  const rights = rows.map((row) => Math.max(...row.map((id) => middles.get(id) ?? 0)) + NODE_WIDTH / 2);
  const starts = foldRows(drawn, Math.max(...rights) - Math.min(...lefts), COLUMNS_APART, TALLEST_COLUMN);

  const places = new Map<string, Position>();
  let columnLeft = 0;
  starts.forEach((start, column) => {
    const end = starts[column + 1] ?? rows.length;
    const left = Math.min(...lefts.slice(start, end));
    let top = 0;
    for (let index = start; index < end; index += 1) {
      for (const id of rows[index] ?? []) {
        places.set(id, { x: even(columnLeft + (middles.get(id) ?? 0) - NODE_WIDTH / 2 - left), y: even(top) });
      }
      top += (drawn[index]?.height ?? 0) + (drawn[index]?.gap ?? 0);
    }
    columnLeft += Math.max(...rights.slice(start, end)) - left + COLUMNS_APART;
  });
  return places;
};

const boxesAt = (nodes: readonly DocumentNode[], places: Places): readonly Box[] =>
  nodes.map((node) => boxOf({ ...node, position: places.get(node.id) ?? node.position }));

/** Components side by side; single nodes share one column at the right. */
const drawAll = (document: LayerscopeDocument, nodes: readonly DocumentNode[]): Places => {
  const inside = new Set(nodes.map(({ id }) => id));
  const arrows = document.edges
    .filter(({ from, to }) => inside.has(from.node) && inside.has(to.node) && from.node !== to.node)
    .map(({ from, to }) => ({ from: from.node, to: to.node }));
  const components = componentsOf(
    nodes.map(({ id }) => id),
    arrows,
  );
  const places = new Map<string, Position>();
  let left = 0;
  for (const ids of components.filter(({ length }) => length > 1)) {
    const own = new Set(ids);
    const members = nodes.filter(({ id }) => own.has(id));
    const drawn = drawComponent(document, members, arrows);
    for (const [id, { x, y }] of drawn) places.set(id, { x: x + left, y });
    left = unionOf(boxesAt(members, places)).right + COLUMNS_APART;
  }
  const single = new Set(components.filter(({ length }) => length === 1).flat());
  let top = 0;
  for (const node of nodes.filter(({ id }) => single.has(id))) {
    places.set(node.id, { x: left, y: top });
    top += height(node) + COLUMN_GAP;
  }
  return places;
};

/** To the right until what was tidied up covers no other node. */
const clearOf = (boxes: readonly Box[], others: readonly Box[]): number => {
  let shift = 0;
  for (;;) {
    const inTheWay = others.filter((other) =>
      boxes.some((box) =>
        overlaps({ ...box, left: box.left + shift, right: box.right + shift }, other, COLUMN_GAP / 2),
      ),
    );
    if (inTheWay.length === 0) return shift;
    const { left } = unionOf(boxes);
    shift = Math.max(shift + SNAP, Math.min(...inTheWay.map(({ right }) => right)) + GROUP_GAP - left);
  }
};

/** The document as it is drawn: one box for each collapsed group, with the connections that reach it. */
interface Drawn {
  readonly document: LayerscopeDocument;
  /** By node of the document: the id of the box that stands for it. */
  readonly boxOfNode: ReadonlyMap<string, string>;
}

const asDrawn = (document: LayerscopeDocument): Drawn => {
  const owners = collapsedOwners(document);
  const boxOfNode = new Map(
    document.nodes.map(({ id }) => [id, owners.has(id) ? groupItemId(owners.get(id) ?? "") : id]),
  );
  if (owners.size === 0) return { document, boxOfNode };
  const members = membersOf(document);
  const stood = new Set<string>();
  const nodes = document.nodes.flatMap((node): DocumentNode[] => {
    const owner = owners.get(node.id);
    if (owner === undefined) return [node];
    if (stood.has(owner)) return [];
    stood.add(owner);
    const { left, top } = boxOfCollapsed(members.get(owner) ?? [], {});
    // It gets the room of a node, which is higher.
    const { folded: _folded, bypassed: _bypassed, ...plain } = node;
    return [{ ...plain, kind: STAND_IN, id: groupItemId(owner), position: { x: left, y: top } }];
  });
  const end = <T extends { readonly node: string }>(port: T): T => ({
    ...port,
    node: boxOfNode.get(port.node) ?? port.node,
  });
  const edges = document.edges.map(({ from, to }) => ({ from: end(from), to: end(to) }));
  const groups = document.groups.filter(({ collapsed }) => collapsed !== true);
  return { document: { ...document, nodes, edges, groups }, boxOfNode };
};

/** Tidies the nodes up, or with fewer than two of them the whole document. Their left upper corner stays where it can. */
export const tidyUp = (document: LayerscopeDocument, nodeIds: readonly string[]): Gesture | null => {
  const drawn = asDrawn(document);
  const all = drawn.document.nodes;
  const meant = new Set(nodeIds.map((id) => drawn.boxOfNode.get(id)));
  const chosen = all.filter(({ id }) => meant.has(id));
  const nodes = chosen.length < 2 ? all : chosen;
  if (nodes.length === 0) return null;
  const places = drawAll(drawn.document, nodes);
  const [before, after] = [unionOf(nodes.map(boxOf)), unionOf(boxesAt(nodes, places))];
  const corner = { x: even(before.left - after.left), y: even(before.top - after.top) };
  const placed = new Map([...places].map(([id, { x, y }]) => [id, { x: x + corner.x, y: y + corner.y }] as const));
  const moving = new Set(nodes.map(({ id }) => id));
  const others = all.filter(({ id }) => !moving.has(id)).map(boxOf);
  const shift = clearOf(boxesAt(nodes, placed), others);
  const standing = new Map(nodes.map(({ id, position }) => [id, position]));
  const positions: Record<string, Position> = {};
  for (const node of document.nodes) {
    const box = drawn.boxOfNode.get(node.id) ?? node.id;
    const [from, to] = [standing.get(box), placed.get(box)];
    // The layers of a collapsed group keep their places within it.
    if (from && to) {
      positions[node.id] = { x: node.position.x + to.x - from.x + shift, y: node.position.y + to.y - from.y };
    }
  }
  const moved = moveNodes(document, positions);
  // Points were put where nodes stood before.
  const straightened = document.edges
    .filter(({ from, to, points }) => points !== undefined && from.node in positions && to.node in positions)
    .map((edge): Command => ({ type: "setEdgePoints", edge, points: [] }));
  const commands = [...(moved?.commands ?? []), ...straightened];
  if (commands.length === 0) return null;
  return { commands, label: chosen.length < 2 ? "tidy up" : `tidy up ${nodes.length} nodes`, select: null };
};
