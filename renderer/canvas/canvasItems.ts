/** What stands on the canvas besides layers: frames and boxes of groups, and notes, as items of React Flow. */
import { Position as Side } from "@xyflow/react";
import { useMemo } from "react";
import { type Compiled, counted, type LayerscopeDocument, NODE_WIDTH, type Position } from "../../engine/index.ts";
import type { FrameFlowNode } from "./GroupFrame.tsx";
import type { GroupFlowNode } from "./GroupNode.tsx";
import {
  boxOfCollapsed,
  frameItemId,
  frameOf,
  GROUP_NODE_HEIGHT,
  type GroupView,
  groupIdOf,
  groupItemId,
  groupReadoutsId,
  groupViews,
  membersOf,
} from "./groupViews.ts";
import type { LayerFlowNode } from "./LayerNode.tsx";
import { type NoteFlowNode, noteIdOf, noteItemId } from "./NoteNode.tsx";
import type { NodeView } from "./nodeViews.ts";

export type CanvasFlowNode = LayerFlowNode | FrameFlowNode | GroupFlowNode | NoteFlowNode;

type Positions = Readonly<Record<string, Position>>;

const PORT_HIT = 24;

const groupHandles: NonNullable<GroupFlowNode["handles"]> = (["target", "source"] as const).map((type) => ({
  id: type === "target" ? "in" : "out",
  type,
  position: type === "target" ? Side.Top : Side.Bottom,
  x: (NODE_WIDTH - PORT_HIT) / 2,
  y: (type === "target" ? 0 : GROUP_NODE_HEIGHT) - PORT_HIT / 2,
  width: PORT_HIT,
  height: PORT_HIT,
}));

/** Frames lie behind everything, notes too. */
const BEHIND = -1;
const THROUGH = { pointerEvents: "none" } as const;

/** What a screen reader says of a collapsed group: what is wrong inside, and what is selected there, too. */
const describeCollapsed = (view: GroupView, inside: readonly NodeView[], chosen: readonly string[]): string =>
  [
    `Group ${view.title}, collapsed, ${counted(view.numLayers, "layer")}, ${view.totals}`,
    ...inside.flatMap(({ name, divergence, diagnostics }) =>
      [...(divergence === null ? [] : [divergence]), ...diagnostics].map(({ message }) => `${name}: ${message}`),
    ),
    ...(chosen.length === 0 ? [] : [`selected inside: ${chosen.join(", ")}`]),
  ].join(", ");

export const useCanvasItems = (
  document: LayerscopeDocument,
  compiled: Compiled,
  preview: Positions,
  selectedNodeIds: readonly string[],
  selectedNoteIds: readonly string[],
  views: readonly NodeView[],
): readonly (FrameFlowNode | GroupFlowNode | NoteFlowNode)[] => {
  const groups = useMemo(() => groupViews(document, compiled), [document, compiled]);
  const members = useMemo(() => membersOf(document), [document]);
  return useMemo(() => {
    const selected = new Set(selectedNodeIds);
    const isAnyCollapsed = groups.some(({ group }) => group.collapsed);
    const viewOf = new Map(isAnyCollapsed ? views.map((view) => [view.nodeId, view]) : []);
    const framed = groups.map((view): FrameFlowNode | GroupFlowNode => {
      const nodes = members.get(view.group.id) ?? [];
      if (view.group.collapsed) {
        const inside = nodes.flatMap((node) => viewOf.get(node.id) ?? []);
        const isSelected = nodes.every((node) => selected.has(node.id));
        const chosen = isSelected ? [] : nodes.filter((node) => selected.has(node.id)).map(({ name }) => name);
        const { left: x, top: y } = boxOfCollapsed(nodes, preview);
        return {
          id: groupItemId(view.group.id),
          type: "layerGroup",
          position: { x, y },
          width: NODE_WIDTH,
          height: GROUP_NODE_HEIGHT,
          measured: { width: NODE_WIDTH, height: GROUP_NODE_HEIGHT },
          handles: groupHandles,
          // Also with a part of it, or a click elsewhere would leave that part selected, out of sight.
          selected: isSelected || chosen.length > 0,
          ariaLabel: describeCollapsed(view, inside, chosen),
          domAttributes: { "aria-describedby": groupReadoutsId(view.group.id) },
          data: { group: view, inside, chosen },
        };
      }
      const { left, top, right, bottom } = frameOf(nodes, preview);
      return {
        id: frameItemId(view.group.id),
        type: "frame",
        position: { x: left, y: top },
        width: right - left,
        height: bottom - top,
        measured: { width: right - left, height: bottom - top },
        zIndex: BEHIND,
        selectable: false,
        focusable: false,
        dragHandle: ".GroupFrame-label",
        // The canvas is reached through a frame: only its label takes the pointer.
        style: THROUGH,
        data: { group: view },
      };
    });
    const notes = document.canvasNotes.map((note): NoteFlowNode => {
      const id = noteItemId(note.id);
      return {
        id,
        type: "note",
        position: preview[id] ?? note.position,
        ...note.size,
        measured: note.size,
        selected: selectedNoteIds.includes(note.id),
        ariaLabel: `Note, ${note.text === "" ? "empty" : note.text}`,
        data: { note },
      };
    });
    return [...framed, ...notes];
  }, [document, groups, members, preview, selectedNodeIds, selectedNoteIds, views]);
};

/** The layers and notes that a move of canvas items moves, with their new positions: a group takes its layers along. */
export const movedBy = (document: LayerscopeDocument, items: Positions): Positions => {
  const positions: Record<string, Position> = {};
  const members = membersOf(document);
  for (const [itemId, position] of Object.entries(items)) {
    const groupId = groupIdOf(itemId);
    if (groupId === null) {
      positions[itemId] = position;
      continue;
    }
    const nodes = members.get(groupId) ?? [];
    const collapsed = document.groups.some(({ id, collapsed: isCollapsed }) => id === groupId && isCollapsed);
    const from = collapsed ? boxOfCollapsed(nodes, {}) : frameOf(nodes, {});
    for (const node of nodes) {
      positions[node.id] = {
        x: node.position.x + position.x - from.left,
        y: node.position.y + position.y - from.top,
      };
    }
  }
  return positions;
};

/** What a selected, dragged or focused canvas item stands for. */
export const itemsMeant = (
  document: LayerscopeDocument,
  itemId: string,
): { readonly nodeIds: readonly string[]; readonly noteIds: readonly string[] } => {
  const groupId = groupIdOf(itemId);
  if (groupId !== null) return { nodeIds: (membersOf(document).get(groupId) ?? []).map(({ id }) => id), noteIds: [] };
  const noteId = noteIdOf(itemId);
  return noteId === null ? { nodeIds: [itemId], noteIds: [] } : { nodeIds: [], noteIds: [noteId] };
};
