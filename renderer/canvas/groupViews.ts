/** What the canvas shows of groups: a frame around the nodes, or one box in their place. Derived from the document; pure. */
import {
  type Compiled,
  type DocumentNode,
  formatShape,
  type Group,
  type LayerscopeDocument,
  NODE_WIDTH,
  type NodeFacts,
  type Position,
} from "../../engine/index.ts";
import { formatCounted, formatQuantity } from "../charts/format.ts";
import { type Box, boxOf } from "./geometry.ts";

/** Between the nodes of a group and its frame. */
export const GROUP_PADDING = { side: 12, end: 16 };

const BOX = "group:";
const FRAME = "frame:";

/**
 * The ids of a group among the items of the canvas, for its box while it is collapsed, and for its frame. An item that only became of another kind would be
 * measured by React Flow, which lays the page out in the middle of the edit and tells all that listen to it once more.
 */
export const groupItemId = (groupId: string): string => BOX + groupId;
export const frameItemId = (groupId: string): string => FRAME + groupId;
export const groupIdOf = (itemId: string): string | null => {
  const prefix = [BOX, FRAME].find((each) => itemId.startsWith(each));
  return prefix === undefined ? null : itemId.slice(prefix.length);
};

/** Of the element with the numbers of a collapsed group. */
export const groupReadoutsId = (groupId: string): string => `readouts-group-${groupId}`;

export interface GroupView {
  readonly group: Group;
  /** `Block 1`, or what says that it has no title. */
  readonly title: string;
  /** `25,050 weights · 2.03 M MACs`, of all its repetitions. */
  readonly totals: string;
  /** `25,050 weights`. */
  readonly weights: string;
  readonly numLayers: number;
  /** Of what leaves it: `50×4×4`. */
  readonly shape: string;
  /** The node that it leaves from, as the run measures it: of a group that repeats its last copy. */
  readonly leaving: { readonly measuredId: string; readonly nodeId: string; readonly name: string };
}

const sum = (values: readonly (number | null)[]): number | null =>
  values.reduce((total, value) => (total === null || value === null ? null : total + value), 0);

/** The nodes that a group has in the document; each node counts for its first group. */
export const membersOf = (document: LayerscopeDocument): ReadonlyMap<string, readonly DocumentNode[]> => {
  const owner = new Map<string, string>();
  for (const { id, nodeIds } of document.groups)
    for (const nodeId of nodeIds) if (!owner.has(nodeId)) owner.set(nodeId, id);
  const members = new Map<string, DocumentNode[]>(document.groups.map(({ id }) => [id, []]));
  for (const node of document.nodes) members.get(owner.get(node.id) ?? "")?.push(node);
  return members;
};

/** What is known of a node and of its copies, which may differ in size: the first may have other inputs than those that follow it. */
const factsWithCopies = (compiled: Compiled, nodeId: string, repeat: number): readonly (NodeFacts | undefined)[] => [
  compiled.facts.get(nodeId),
  ...Array.from({ length: repeat - 1 }, (_, index) => compiled.writtenFacts.get(`${nodeId}×${index + 2}`)),
];

/** What nodes have and compute together, in all the repetitions of their groups; null: it is not known. */
export const sumsOf = (document: LayerscopeDocument, compiled: Compiled, nodeIds: readonly string[]) => {
  const facts = nodeIds.flatMap((id) => {
    const { repeat = 1 } = document.groups.find((group) => group.nodeIds.includes(id)) ?? {};
    return factsWithCopies(compiled, id, repeat);
  });
  return {
    weights: sum(facts.map((known) => known?.numWeights ?? null)),
    multiplyAdds: sum(facts.map((known) => known?.multiplyAdds ?? null)),
  };
};

export const groupViews = (document: LayerscopeDocument, compiled: Compiled): readonly GroupView[] => {
  if (document.groups.length === 0) return [];
  const members = membersOf(document);
  return document.groups.flatMap((group) => {
    const nodes = members.get(group.id) ?? [];
    if (nodes.length === 0) return [];
    const ids = new Set(nodes.map(({ id }) => id));
    const { repeat = 1 } = group;
    const { weights, multiplyAdds } = sumsOf(document, compiled, [...ids]);
    const counted = formatCounted(weights, "weight");
    const leaving = document.edges.find(({ from, to }) => ids.has(from.node) && !ids.has(to.node))?.from.node;
    const last = leaving ?? nodes.at(-1)?.id ?? "";
    const name = nodes.find(({ id }) => id === last)?.name ?? last;
    const measuredId = repeat === 1 ? last : `${last}×${repeat}`;
    const shape = (compiled.writtenFacts.get(measuredId) ?? compiled.facts.get(last))?.outputShape ?? null;
    return [
      {
        group,
        title: group.title === "" ? "Untitled group" : group.title,
        weights: counted,
        totals: [counted, ...(multiplyAdds === null ? [] : [`${formatQuantity(multiplyAdds)} MACs`])].join(" · "),
        numLayers: nodes.length * repeat,
        shape: shape === null ? "?" : formatShape(shape),
        leaving: { measuredId, nodeId: last, name },
      },
    ];
  });
};

/** The frame around nodes; positions of a drag in progress count. */
export const frameOf = (nodes: readonly DocumentNode[], moved: Readonly<Record<string, Position>>): Box => {
  const boxes = nodes.map((node) => boxOf({ ...node, position: moved[node.id] ?? node.position }));
  const { side, end } = GROUP_PADDING;
  return {
    left: Math.min(...boxes.map(({ left }) => left)) - side,
    top: Math.min(...boxes.map(({ top }) => top)) - end,
    right: Math.max(...boxes.map(({ right }) => right)) + side,
    bottom: Math.max(...boxes.map(({ bottom }) => bottom)) + end,
  };
};

export const GROUP_NODE_HEIGHT = 64;

const ORIGIN: Position = { x: 0, y: 0 };

/**
 * A collapsed group stands where its first layer does: in the corner of its frame, or of layers that are not neighbours nearest to it, for in the
 * corner itself another layer may stand.
 */
export const boxOfCollapsed = (nodes: readonly DocumentNode[], moved: Readonly<Record<string, Position>>): Box => {
  const places = nodes.map(({ id, position }) => moved[id] ?? position);
  const [left, top] = [Math.min(...places.map(({ x }) => x)), Math.min(...places.map(({ y }) => y))];
  const far = ({ x, y }: Position): number => x - left + (y - top);
  const { x, y } = places.reduce((first, place) => (far(place) < far(first) ? place : first), places[0] ?? ORIGIN);
  return { left: x, top: y, right: x + NODE_WIDTH, bottom: y + GROUP_NODE_HEIGHT };
};

/** The item of the canvas that shows a node: the box of its collapsed group, or the node itself. */
export const itemShowing = (document: LayerscopeDocument, nodeId: string): string => {
  const owner = collapsedOwners(document).get(nodeId);
  return owner === undefined ? nodeId : groupItemId(owner);
};

/** By node: the collapsed group that stands for it. */
export const collapsedOwners = (document: LayerscopeDocument): ReadonlyMap<string, string> => {
  const owners = new Map<string, string>();
  const members = membersOf(document);
  for (const { id, collapsed } of document.groups) {
    if (collapsed) for (const node of members.get(id) ?? []) owners.set(node.id, id);
  }
  return owners;
};
