/** The keyboard on a node: Enter selects, arrows move, A adds a layer after it, C connects, E goes to its edges. */
import { type RefObject, useCallback, useRef } from "react";
import type { LayerscopeDocument, Position } from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { itemsMeant } from "./canvasItems.ts";
import { canvasView } from "./canvasView.ts";
import { nodeOf } from "./documentGraph.ts";
import { enterEdge, pressOnEdge } from "./edgeKeys.ts";
import type { FlowElements, Positions } from "./flowElements.ts";
import { groupIdOf } from "./groupViews.ts";
import { noteIdOf, noteItemId } from "./NoteNode.tsx";
import { SNAP } from "./placement.ts";

/** With Shift an arrow key moves by the distance of the dots, else by the finest step. */
const COARSE_STEP = 16;

const DIRECTIONS: Readonly<Record<string, Position>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** The node that an event happened on, or null. */
export const nodeIdOf = (target: EventTarget | null): string | null =>
  target instanceof Element ? (target.closest<HTMLElement>(".react-flow__node")?.dataset.id ?? null) : null;

export const isLayer = (itemId: string): boolean => noteIdOf(itemId) === null && groupIdOf(itemId) === null;

/** What arrow keys and a command that duplicates are about: the selection when the focused item is part of it, else that item. By item. */
export const affected = (itemId: string): readonly string[] => {
  const { document, selectedNodeIds, selectedNoteIds } = documentStore.getState();
  const { nodeIds, noteIds } = itemsMeant(document, itemId);
  const isSelected =
    nodeIds.every((id) => selectedNodeIds.includes(id)) && noteIds.every((id) => selectedNoteIds.includes(id));
  const [nodes, notes] = isSelected ? [selectedNodeIds, selectedNoteIds] : [nodeIds, noteIds];
  return [...nodes, ...notes.map(noteItemId)];
};

const positionOf = (document: LayerscopeDocument, itemId: string): Position | undefined =>
  nodeOf(document, itemId)?.position ?? document.canvasNotes.find(({ id }) => id === noteIdOf(itemId))?.position;

/** Selects an item, or with Shift adds it to the selection or takes it out. */
const toggleSelected = (itemId: string, adds: boolean): void => {
  const { document, selectedNodeIds, selectedNoteIds, select } = documentStore.getState();
  const { nodeIds, noteIds } = itemsMeant(document, itemId);
  if (!adds) {
    select(nodeIds, [], noteIds);
    return;
  }
  const isSelected =
    nodeIds.every((id) => selectedNodeIds.includes(id)) && noteIds.every((id) => selectedNoteIds.includes(id));
  const toggled = (before: readonly string[], own: readonly string[]): readonly string[] => {
    const others = before.filter((id) => !own.includes(id));
    return isSelected ? others : [...others, ...own];
  };
  select(toggled(selectedNodeIds, nodeIds), [], toggled(selectedNoteIds, noteIds));
};

export const useCanvasKeys = (
  { edges, setPreview, commitMove }: FlowElements,
  openSearch: () => void,
  container: RefObject<HTMLElement | null>,
) => {
  /** Positions while arrow keys are held: one undo step when they are let go. */
  const moving = useRef<Positions | null>(null);

  const move = useCallback(
    (nodeId: string, direction: Position, step: number) => {
      const { document } = documentStore.getState();
      const next: Record<string, Position> = {};
      for (const id of affected(nodeId)) {
        const position = moving.current?.[id] ?? positionOf(document, id);
        if (position) next[id] = { x: position.x + direction.x * step, y: position.y + direction.y * step };
      }
      moving.current = next;
      setPreview(next);
    },
    [setPreview],
  );

  const settle = useCallback(() => {
    if (moving.current === null) return;
    const positions = moving.current;
    moving.current = null;
    commitMove(positions);
  }, [commitMove]);

  const onKeyDown = useCallback(
    (event: React.KeyboardEvent) => {
      const nodeId = nodeIdOf(event.target);
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      const direction = DIRECTIONS[event.key];
      if (nodeId === null) {
        const onPane = event.target === container.current;
        if (pressOnEdge(event, container.current, edges)) {
          // Done.
        } else if (event.key === "Tab" && plain && !event.shiftKey && onPane) openSearch();
        else if (direction !== undefined && onPane) {
          container.current?.querySelector<HTMLElement>(".react-flow__node")?.focus();
        } else if (event.key === "Escape" && onPane) documentStore.getState().select([]);
        else return;
      } else if (direction !== undefined && plain) move(nodeId, direction, event.shiftKey ? COARSE_STEP : SNAP);
      else if ((event.key === "Enter" || event.key === " ") && plain) {
        const noteId = noteIdOf(nodeId);
        if (noteId !== null && event.key === "Enter" && !event.shiftKey) canvasView.setState({ editingNoteId: noteId });
        else toggleSelected(nodeId, event.shiftKey);
      } else if (event.key.toLowerCase() === "e" && plain) enterEdge(container.current, edges, nodeId);
      else if (event.key.toLowerCase() === "a" && plain && isLayer(nodeId)) {
        documentStore.getState().select([nodeId]);
        openSearch();
      } else if (event.key.toLowerCase() === "c" && plain && isLayer(nodeId))
        canvasView.setState({ connectingNodeId: nodeId });
      else if (event.key === "Escape") {
        // First: the browser lays the page out for it, of which nothing is due yet.
        container.current?.focus();
        documentStore.getState().select([]);
      } else return;
      event.preventDefault();
      event.stopPropagation();
    },
    [container, edges, move, openSearch],
  );

  const onKeyUp = useCallback(
    (event: React.KeyboardEvent) => {
      if (DIRECTIONS[event.key] !== undefined) settle();
    },
    [settle],
  );

  return { onKeyDown, onKeyUp, onBlur: settle };
};
