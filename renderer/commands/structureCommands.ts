/** Bypass, fold, group and note: what is about the structure of the net and its drawing. */
import { counted, edgeId, insertNormThroughout } from "../../engine/index.ts";
import { notify, viewStore } from "../app/viewStore.ts";
import { applyGesture } from "../canvas/applyGesture.ts";
import { canvasView } from "../canvas/canvasView.ts";
import { makeRoom } from "../canvas/placement.ts";
import {
  addNote,
  groupNodes,
  groupsIn,
  toggleBypass,
  toggleCollapse,
  toggleFold,
  ungroup,
} from "../canvas/structureGestures.ts";
import { documentStore } from "../document/documentStore.ts";
import { saveSelectionAsTemplate } from "../palette/savedTemplates.ts";
import { canvasViewport } from "./canvasViewport.ts";
import { type Command, onlyInEditor, onlyWithDocumentInView } from "./command.ts";

const state = () => documentStore.getState();

const noNode = (): string | null =>
  onlyWithDocumentInView() ?? (state().selectedNodeIds.length === 0 ? "No node is selected" : null);

const noGroup = (): string | null =>
  noNode() ??
  (groupsIn(state().document, state().selectedNodeIds).length === 0 ? "The selection is in no group" : null);

const bentEdges = () => {
  const { document, selectedEdgeIds } = state();
  return document.edges.filter((edge) => edge.points !== undefined && selectedEdgeIds.includes(edgeId(edge)));
};

const isWhole = (mark: "bypassed" | "folded"): boolean => {
  const { document, selectedNodeIds } = state();
  const nodes = document.nodes.filter(({ id }) => selectedNodeIds.includes(id));
  return nodes.length > 0 && nodes.every((node) => node[mark] === true);
};

export const structureCommands: readonly Command[] = [
  {
    id: "edit.bypass",
    title: () => (isWhole("bypassed") ? "Stop bypassing the selection" : "Bypass the selection"),
    name: "Bypass the selection",
    group: "Edit",
    shortcuts: ["Mod+B"],
    disabledBecause: noNode,
    run: () => {
      const { document, compiled, selectedNodeIds } = state();
      const outcome = toggleBypass(document, compiled, selectedNodeIds);
      if ("refused" in outcome) notify({ tone: "error", title: "Not bypassed", text: outcome.refused });
      else applyGesture(outcome.gesture);
    },
  },
  {
    id: "edit.fold",
    title: () => (isWhole("folded") ? "Unfold the selection" : "Fold the selection"),
    name: "Fold the selection",
    group: "Edit",
    shortcuts: ["Mod+Shift+F"],
    disabledBecause: noNode,
    run: () => void applyGesture(toggleFold(state().document, state().selectedNodeIds)),
  },
  {
    id: "edit.group",
    title: () => "Group the selection",
    group: "Edit",
    shortcuts: ["Mod+G"],
    disabledBecause: noNode,
    run: () => void applyGesture(groupNodes(state().document, state().selectedNodeIds)),
  },
  {
    id: "edit.ungroup",
    title: () => "Ungroup",
    group: "Edit",
    shortcuts: ["Mod+Shift+G"],
    disabledBecause: noGroup,
    run: () => void applyGesture(ungroup(state().document, state().selectedNodeIds)),
  },
  {
    id: "edit.collapse",
    title: () => "Collapse or open the group",
    group: "Edit",
    shortcuts: ["Mod+Shift+K"],
    disabledBecause: noGroup,
    run: () => {
      const [first] = state().selectedNodeIds;
      const isOnCanvas = document.activeElement?.closest(".Canvas") !== null;
      // The keyboard goes to the box that took the layer's place, or back to the layer.
      if (applyGesture(toggleCollapse(groupsIn(state().document, state().selectedNodeIds))) && isOnCanvas && first)
        canvasViewport()?.showNode(first);
    },
  },
  {
    id: "edit.rename",
    title: () => "Rename the layer",
    group: "Edit",
    shortcuts: ["F2"],
    disabledBecause: () =>
      onlyWithDocumentInView() ?? (state().selectedNodeIds.length === 1 ? null : "Select one layer"),
    run: () => {
      viewStore.setState({ editorView: "canvas" });
      requestAnimationFrame(() => {
        const field = document.querySelector<HTMLInputElement>(".inspector-name");
        field?.focus();
        field?.select();
      });
    },
  },
  {
    id: "edit.insertNorms",
    title: () => "Insert BatchNorm after every layer with weights",
    group: "Edit",
    shortcuts: [],
    disabledBecause: () =>
      onlyWithDocumentInView() ??
      (insertNormThroughout(state().document, makeRoom) === null
        ? "No layer with weights lacks a normalization"
        : null),
    run: () => {
      const inserted = insertNormThroughout(state().document, makeRoom);
      if (inserted === null) return;
      const { commands, normIds } = inserted;
      applyGesture({ commands, label: `insert BatchNorm after ${counted(normIds.length, "layer")}`, select: normIds });
    },
  },
  {
    id: "edit.straighten",
    title: () => "Straighten the selected connections",
    group: "Edit",
    shortcuts: [],
    disabledBecause: () =>
      onlyWithDocumentInView() ?? (bentEdges().length === 0 ? "No connection with bends is selected" : null),
    run: () =>
      void applyGesture({
        commands: bentEdges().map((edge) => ({ type: "setEdgePoints", edge, points: [] })),
        label: "straighten the connections",
        select: null,
      }),
  },
  {
    id: "edit.saveTemplate",
    title: () => "Save the selection as a template",
    group: "Edit",
    shortcuts: [],
    disabledBecause: noNode,
    run: saveSelectionAsTemplate,
  },
  {
    id: "edit.addNote",
    title: () => "Add a note",
    group: "Edit",
    shortcuts: ["Mod+J"],
    disabledBecause: onlyInEditor,
    run: () => {
      viewStore.setState({ editorView: "canvas" });
      const before = new Set(state().document.canvasNotes.map(({ id }) => id));
      if (!applyGesture(addNote(state().document, canvasViewport()?.pastePlace() ?? { x: 0, y: 0 }))) return;
      const added = state().document.canvasNotes.find(({ id }) => !before.has(id));
      if (added !== undefined) canvasView.setState({ editingNoteId: added.id });
    },
  },
];
