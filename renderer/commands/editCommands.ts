import { type ActPlace, lastActLabel, undoLastAct } from "../app/viewActs.ts";
import { isOfDocument, viewStore } from "../app/viewStore.ts";
import { applyGesture } from "../canvas/applyGesture.ts";
import { affected, isLayer, nodeIdOf } from "../canvas/canvasKeys.ts";
import { duplicate } from "../canvas/gestures.ts";
import { documentStore } from "../document/documentStore.ts";
import { deleteSelection } from "../document/selection.ts";
import { type Command, isTextField, onlyInEditor, onlyWithDocumentInView, onlyWithDocumentOrText } from "./command.ts";

/** A text field has its own undo; a menu that is used while one has the focus means that one. */
const orInTextField = (command: "undo" | "redo" | "selectAll" | "delete", otherwise: () => void): void => {
  if (isTextField(document.activeElement)) document.execCommand(command);
  else otherwise();
};

/** Undo means what was done in the view that is shown, and never an edit of a document out of sight; null: an edit. */
const actPlace = (): ActPlace | null => {
  const { view, editorView } = viewStore.getState();
  return view === "editor" && !isOfDocument(editorView) ? editorView : null;
};

const nothingSelected = (): string | null => {
  const { selectedNodeIds, selectedEdgeIds, selectedNoteIds } = documentStore.getState();
  const nothing = selectedNodeIds.length + selectedEdgeIds.length + selectedNoteIds.length === 0;
  return onlyWithDocumentInView() ?? (nothing ? "Nothing is selected" : null);
};

/** The nodes to duplicate: the selection, or the node that has the keyboard and is not part of it. */
const duplicated = (): readonly string[] => {
  const focused = nodeIdOf(document.activeElement);
  return focused === null ? documentStore.getState().selectedNodeIds : affected(focused).filter(isLayer);
};

const nothingToDuplicate = (): string | null =>
  onlyWithDocumentInView() ?? (duplicated().length === 0 ? "No node is selected" : null);

export const editCommands: readonly Command[] = [
  {
    id: "edit.undo",
    title: () => {
      const place = actPlace();
      const label = place === null ? documentStore.getState().past.at(-1)?.label : lastActLabel(place);
      return label ? `Undo ${label}` : "Undo";
    },
    name: "Undo",
    group: "Edit",
    shortcuts: ["Mod+Z"],
    disabledBecause: () => {
      const place = actPlace();
      if (isTextField(document.activeElement)) return onlyInEditor();
      if (place !== null && lastActLabel(place) !== null) return null;
      return onlyWithDocumentInView() ?? (documentStore.getState().past.length === 0 ? "Nothing to undo" : null);
    },
    yieldsToText: true,
    run: () => {
      const place = actPlace();
      orInTextField("undo", place === null ? documentStore.getState().undo : () => void undoLastAct(place));
    },
  },
  {
    id: "edit.redo",
    title: () => {
      const label = documentStore.getState().future[0]?.label;
      return label ? `Redo ${label}` : "Redo";
    },
    name: "Redo",
    group: "Edit",
    shortcuts: ["Mod+Shift+Z", "Mod+Y"],
    disabledBecause: () =>
      onlyWithDocumentOrText() ??
      (documentStore.getState().future.length === 0 && !isTextField(document.activeElement) ? "Nothing to redo" : null),
    yieldsToText: true,
    run: () => orInTextField("redo", documentStore.getState().redo),
  },
  {
    id: "edit.history",
    title: () => "Show the history of edits",
    group: "Edit",
    shortcuts: ["Mod+Shift+H"],
    disabledBecause: onlyInEditor,
    run: () => {
      const isShown = viewStore.getState().historyOpen && viewStore.getState().editorView === "canvas";
      viewStore.setState({ editorView: "canvas", historyOpen: !isShown });
    },
  },
  {
    id: "edit.delete",
    title: () => "Delete the selection",
    group: "Edit",
    shortcuts: ["Delete", "Backspace"],
    disabledBecause: nothingSelected,
    yieldsToText: true,
    run: () => orInTextField("delete", deleteSelection),
  },
  {
    id: "edit.deleteApart",
    title: () => "Delete the selection and leave the gap",
    group: "Edit",
    shortcuts: ["Shift+Delete", "Shift+Backspace"],
    disabledBecause: nothingSelected,
    yieldsToText: true,
    run: () => deleteSelection(false),
  },
  {
    id: "edit.duplicate",
    title: () => "Duplicate the selection",
    group: "Edit",
    shortcuts: ["Mod+D"],
    disabledBecause: nothingToDuplicate,
    run: () => void applyGesture(duplicate(documentStore.getState().document, duplicated())),
  },
  {
    id: "edit.duplicateConnected",
    title: () => "Duplicate the selection with its connections",
    group: "Edit",
    shortcuts: ["Alt+D"],
    disabledBecause: nothingToDuplicate,
    run: () => void applyGesture(duplicate(documentStore.getState().document, duplicated(), { withOutside: true })),
  },
  {
    id: "edit.selectAll",
    title: () => "Select all nodes",
    group: "Edit",
    shortcuts: ["Mod+A"],
    disabledBecause: onlyWithDocumentOrText,
    yieldsToText: true,
    run: () =>
      orInTextField("selectAll", () => {
        const { document, select } = documentStore.getState();
        const { nodes, canvasNotes } = document;
        select(
          nodes.map(({ id }) => id),
          [],
          canvasNotes.map(({ id }) => id),
        );
      }),
  },
];
