import { layerOf } from "../../engine/index.ts";
import { useDocument } from "../document/documentStore.ts";
import { NodeInspector } from "./NodeInspector.tsx";
import { NoteInspector } from "./NoteInspector.tsx";
import { SelectionInspector } from "./SelectionInspector.tsx";
import { SettingsInspector } from "./SettingsInspector.tsx";
import "./inspector.css";

/** What is selected: one node, several, or nothing, which is the document itself. */
export const Inspector = () => {
  const selected = useDocument((state) => state.selectedNodeIds);
  const notes = useDocument((state) => state.selectedNoteIds);
  const node = useDocument((state) =>
    state.selectedNodeIds.length === 1
      ? state.document.nodes.find(({ id }) => id === state.selectedNodeIds[0])
      : undefined,
  );
  const isNorm = node !== undefined && layerOf(node.kind)?.family === "norm";
  return (
    <aside
      className={isNorm ? "inspector is-wide" : "inspector"}
      aria-label="Inspector"
      data-region="inspector"
      tabIndex={-1}
    >
      {node ? (
        <NodeInspector key={node.id} node={node} />
      ) : selected.length > 1 ? (
        <SelectionInspector nodeIds={selected} />
      ) : notes.length > 0 ? (
        <NoteInspector noteIds={notes} />
      ) : (
        <SettingsInspector />
      )}
    </aside>
  );
};
