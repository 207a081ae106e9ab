/** Shortcuts, wherever the focus is. The native menu only shows them; the page runs them. */
import { notify, viewStore } from "../app/viewStore.ts";
import { type Command, isTextField } from "./command.ts";
import { commands } from "./commandTable.ts";
import { shortcutsOf } from "./customShortcuts.ts";
import { isMac, matchesShortcut } from "./shortcut.ts";

const isTextSelected = (): boolean => (getSelection()?.toString() ?? "") !== "";

const handle = (event: KeyboardEvent): void => {
  if (event.defaultPrevented || event.isComposing) return;
  // A question must be answered first.
  if (viewStore.getState().question) return;
  const mac = isMac();
  const matching = commands.filter((command) =>
    shortcutsOf(command).some((shortcut) => matchesShortcut(event, shortcut, mac)),
  );
  const usable = matching.filter(
    ({ yieldsToText, yieldsToSelection }) =>
      !(yieldsToText && isTextField(event.target)) && !(yieldsToSelection && isTextSelected()),
  );
  if (usable.length === 0) return;
  const command = usable.find(({ disabledBecause }) => disabledBecause() === null);
  // Even a command that cannot run now keeps its key from the browser: Ctrl S must never save the page.
  const hasModifier = event.ctrlKey || event.metaKey || event.altKey || /^F\d/.test(event.key);
  if (command || hasModifier) event.preventDefault();
  if (command) void command.run(null);
  else if (!event.repeat) sayWhyNot(usable);
};

const sayWhyNot = (pressed: readonly Command[]): void => {
  for (const { refusal, disabledBecause } of pressed) {
    const text = disabledBecause();
    if (refusal !== undefined && text !== null) notify({ tone: "info", isPassing: true, title: refusal, text });
  }
};

/** Returns how to stop. */
export const listenToKeyboard = (): (() => void) => {
  document.addEventListener("keydown", handle);
  return () => document.removeEventListener("keydown", handle);
};
