import { applyCommands, type Command } from "../../engine/index.ts";
import { notify } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import type { Gesture } from "./gesture.ts";
import { makeRoom } from "./placement.ts";

/** Applies a gesture as one undo step and selects what it made. A refusal is shown with its reason. */
export const applyGesture = (gesture: Gesture | null): boolean => {
  if (gesture === null) return false;
  const { apply, select } = documentStore.getState();
  const { refused } = apply(gesture.commands, gesture.label);
  if (refused !== null) {
    notify({ tone: "error", title: `Could not ${gesture.label}`, text: refused });
    return false;
  }
  if (gesture.select !== null) select(gesture.select, [], gesture.selectNotes);
  return true;
};

/** Applies the fix of a diagnostic; what it inserts gets room, in the same undo step. */
export const applyFix = (fix: { readonly label: string; readonly commands: readonly Command[] }): void => {
  const { document } = documentStore.getState();
  const fixed = applyCommands(document, fix.commands);
  const positions = fixed.ok ? makeRoom(document, fixed.value) : {};
  const commands: Command[] =
    Object.keys(positions).length > 0 ? [...fix.commands, { type: "moveNodes", positions }] : [...fix.commands];
  // As the undo menu words every other edit: `Undo insert Flatten`.
  const label = fix.label.charAt(0).toLowerCase() + fix.label.slice(1);
  applyGesture({ commands, label, select: null });
};
