/** Cut, copy and paste of layers: as plain JSON text, so that it works across windows, documents and programs. */
import { counted, fragmentOf, parseFragment, serializeFragment } from "../../engine/index.ts";
import { notify } from "../app/viewStore.ts";
import { applyGesture } from "../canvas/applyGesture.ts";
import { pasteAt } from "../canvas/fragmentGestures.ts";
import { documentStore } from "../document/documentStore.ts";
import { deleteSelection } from "../document/selection.ts";
import { showSelected } from "../palette/addLayer.ts";
import { canvasViewport } from "./canvasViewport.ts";
import { type Command, isTextField, onlyWithDocumentOrText } from "./command.ts";

const nothingSelected = (): string | null => {
  const { selectedNodeIds, selectedNoteIds } = documentStore.getState();
  const inField = isTextField(document.activeElement);
  return (
    onlyWithDocumentOrText() ??
    (selectedNodeIds.length + selectedNoteIds.length === 0 && !inField ? "Nothing is selected" : null)
  );
};

/** Whether the selection is on the clipboard now. */
const copySelection = async (): Promise<boolean> => {
  const { document: open, selectedNodeIds, selectedNoteIds } = documentStore.getState();
  const text = serializeFragment(fragmentOf(open, selectedNodeIds, selectedNoteIds));
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    notify({ tone: "error", title: "Nothing was copied", text: `The clipboard refused the text: ${String(error)}.` });
    return false;
  }
};

/** Adds the layers of a text to the document; a text that is none says so. */
export const pasteText = (text: string): void => {
  const fragment = parseFragment(text);
  if (!fragment.ok) {
    notify({ tone: "error", title: "Nothing was pasted", text: fragment.error });
    return;
  }
  const { nodes, canvasNotes } = fragment.value;
  const { document: open } = documentStore.getState();
  const what = [
    ...(nodes.length > 0 ? [counted(nodes.length, "layer")] : []),
    ...(canvasNotes.length > 0 ? [counted(canvasNotes.length, "note")] : []),
  ].join(" and ");
  const place = canvasViewport()?.pastePlace() ?? { x: 0, y: 0 };
  const gesture = pasteAt(open, fragment.value, place, `paste ${what}`);
  if (gesture === null)
    notify({
      tone: "info",
      isPassing: true,
      title: "Nothing was pasted",
      text: "The text holds no layers and no notes.",
    });
  else if (applyGesture(gesture)) showSelected();
};

const inField = (command: "cut" | "copy" | "paste"): boolean => {
  if (!isTextField(document.activeElement)) return false;
  document.execCommand(command);
  return true;
};

export const clipboardCommands: readonly Command[] = [
  {
    id: "edit.cut",
    title: () => "Cut the selection",
    group: "Edit",
    shortcuts: ["Mod+X"],
    disabledBecause: nothingSelected,
    yieldsToText: true,
    run: async () => {
      if (!inField("cut") && (await copySelection())) deleteSelection();
    },
  },
  {
    id: "edit.copy",
    title: () => "Copy the selection",
    group: "Edit",
    shortcuts: ["Mod+C"],
    disabledBecause: nothingSelected,
    yieldsToText: true,
    yieldsToSelection: true,
    run: async () => {
      if (!inField("copy")) await copySelection();
    },
  },
  {
    id: "edit.paste",
    title: () => "Paste layers",
    group: "Edit",
    shortcuts: ["Mod+V"],
    disabledBecause: onlyWithDocumentOrText,
    yieldsToText: true,
    run: async () => {
      if (inField("paste")) return;
      try {
        pasteText(await navigator.clipboard.readText());
      } catch (error) {
        notify({ tone: "error", title: "Nothing was pasted", text: `The clipboard cannot be read: ${String(error)}.` });
      }
    },
  },
];
