/** What a command is; the table of all of them is `commandTable.ts`. */
import { isOfDocument, viewStore } from "../app/viewStore.ts";
import type { CommandId } from "../shell/shell.ts";
import type { Shortcut } from "./shortcut.ts";

export type CommandGroup = "File" | "Edit" | "View" | "Run" | "Help";

export interface Command {
  readonly id: CommandId;
  /** As menus and the palette show it now: `Undo move conv1`. */
  readonly title: () => string;
  /** As a list of all commands shows it, where the title changes with what it acts on: `Undo`. */
  readonly name?: string;
  /** Other words that the palette finds it by: `settings options`. */
  readonly keywords?: string;
  readonly group: CommandGroup;
  /** The first is shown. */
  readonly shortcuts: readonly Shortcut[];
  /** Why it cannot run now, one sentence, or null when it can. */
  readonly disabledBecause: () => string | null;
  /** The title of a notice that says why it cannot run now when its keys are pressed, where nobody would look for a reason otherwise. */
  readonly refusal?: string;
  /** Text fields have their own meaning for the shortcut and keep it. */
  readonly yieldsToText?: true;
  /** So does text that is selected on the page. */
  readonly yieldsToSelection?: true;
  /** Needs an argument that only a menu gives; not in the palette. */
  readonly hidden?: true;
  readonly run: (argument: string | null) => void | Promise<void>;
}

/** Why a command that edits or shows a document cannot run, or null. */
export const onlyInEditor = (): string | null =>
  viewStore.getState().view === "editor" ? null : "Open a document first.";

/** Whether the keyboard writes text there, so that Ctrl Z and Delete belong to the field. */
export const isTextField = (target: EventTarget | null): boolean => {
  if (target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "range"].includes(target.type);
  return target instanceof HTMLElement && target.isContentEditable;
};

/** Why a command that edits the document cannot run, or null: what is out of sight is not edited. */
export const onlyWithDocumentInView = (): string | null => {
  const isInView = isOfDocument(viewStore.getState().editorView);
  return onlyInEditor() ?? (isInView ? null : "Show the canvas first.");
};

/** The same for a command that means the text field with the focus, where one has it. */
export const onlyWithDocumentOrText = (): string | null =>
  isTextField(document.activeElement) ? onlyInEditor() : onlyWithDocumentInView();
