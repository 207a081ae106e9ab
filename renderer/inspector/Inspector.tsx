import { Activity, useLayoutEffect, useRef, useState } from "react";
import { layerOf } from "../../engine/index.ts";
import { useCanvasView } from "../canvas/canvasView.ts";
import { useDocument } from "../document/documentStore.ts";
import { NodeInspector } from "./NodeInspector.tsx";
import { NoteInspector } from "./NoteInspector.tsx";
import { SelectionInspector } from "./SelectionInspector.tsx";
import { SettingsInspector } from "./SettingsInspector.tsx";
import "./inspector.css";

/** What is selected. A press on a node that moves on selects and drags it: then the panel, which takes 20 to 40 ms, comes when the hand lets go. */
const useSelection = () => {
  const nodeIds = useDocument((state) => state.selectedNodeIds);
  const noteIds = useDocument((state) => state.selectedNoteIds);
  const isDragging = useCanvasView((state) => state.isDragging);
  const [shown, setShown] = useState({ nodeIds, noteIds });
  if (isDragging || (shown.nodeIds === nodeIds && shown.noteIds === noteIds)) return shown;
  setShown({ nodeIds, noteIds });
  return { nodeIds, noteIds };
};

/** Each kind of panel stays scrolled to where it was: from one layer to the next of its kind the same numbers stay in view, another kind begins at its top. */
const useScrollPlaces = (panel: string) => {
  const element = useRef<HTMLElement>(null);
  const places = useRef(new Map<string, number>());
  const at = useRef(0);
  useLayoutEffect(() => {
    const place = places.current.get(panel) ?? 0;
    // The browser lays the page out to scroll it.
    if (element.current && (place !== 0 || at.current !== 0)) element.current.scrollTop = place;
  }, [panel]);
  const onScroll = (): void => {
    at.current = element.current?.scrollTop ?? 0;
    places.current.set(panel, at.current);
  };
  return { element, onScroll };
};

/** What is selected: one node, several, or nothing, which is the document itself. */
export const Inspector = () => {
  const { nodeIds: selected, noteIds: notes } = useSelection();
  const [only, ...others] = selected;
  const node = useDocument((state) =>
    others.length === 0 ? state.document.nodes.find(({ id }) => id === only) : undefined,
  );
  const isNorm = node !== undefined && layerOf(node.kind)?.family === "norm";
  const openedCount = useDocument((state) => state.openedCount);
  const panel = node?.kind ?? (selected.length > 1 ? "nodes" : notes.length > 0 ? "notes" : `document ${openedCount}`);
  const { element, onScroll } = useScrollPlaces(panel);
  const hasSelection = node !== undefined || selected.length > 1 || notes.length > 0;
  return (
    <aside
      ref={element}
      onScroll={onScroll}
      className={isNorm ? "inspector is-wide" : "inspector"}
      aria-label="Inspector"
      data-region="inspector"
      tabIndex={-1}
    >
      {node ? (
        <NodeInspector key={node.id} node={node} />
      ) : selected.length > 1 ? (
        <SelectionInspector nodeIds={selected} />
      ) : (
        notes.length > 0 && <NoteInspector noteIds={notes} />
      )}
      {/* Kept while something is selected, out of reach and without being rendered: a hundred elements that would be made anew each time that nothing is. */}
      <Activity mode={hasSelection ? "hidden" : "visible"}>
        <SettingsInspector key={openedCount} />
      </Activity>
    </aside>
  );
};
