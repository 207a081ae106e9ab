import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it } from "vitest";
import { newDocument } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { CommandPalette } from "../../../renderer/commands/CommandPalette.tsx";
import { shortcutOf } from "../../../renderer/commands/commandTable.ts";
import { customShortcuts, restoreShortcuts } from "../../../renderer/commands/customShortcuts.ts";
import { listenToKeyboard } from "../../../renderer/commands/keyboard.ts";
import { restoreRecentCommands } from "../../../renderer/commands/recentCommands.ts";
import { ShortcutsDialog } from "../../../renderer/commands/ShortcutsDialog.tsx";
import { documentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

let shell: FakeShell;
let stop: () => void;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  customShortcuts.setState({ byCommand: {} });
  await restoreRecentCommands();
  documentStore.getState().open(newDocument(), UNTITLED);
  viewStore.setState({ view: "editor", editorView: "canvas", shortcutsOpen: true, commandsOpen: false });
  stop = listenToKeyboard();
});
afterEach(() => {
  stop();
  cleanup();
});

const change = (title: string) => userEvent.click(screen.getByRole("button", { name: new RegExp(`^${title}: `) }));
const press = (key: string, modifiers: KeyboardEventInit = {}) =>
  fireEvent.keyDown(screen.getByRole("button", { name: /^Press new keys for/ }), { key, ...modifiers });
const note = (notes: string) => documentStore.getState().apply([{ type: "setNotes", notes }], "edit notes");

it("takes new keys, which work at once, are kept, and hold in the next session", async () => {
  render(<ShortcutsDialog />);
  await change("Undo");
  press("u", { ctrlKey: true });
  expect(screen.getByRole("button", { name: "Undo: Ctrl U. Change" })).toBe(document.activeElement);
  viewStore.setState({ shortcutsOpen: false });
  act(() => void note("a"));
  fireEvent.keyDown(document.body, { key: "z", ctrlKey: true });
  expect(documentStore.getState().document.notes).toBe("a");
  fireEvent.keyDown(document.body, { key: "u", ctrlKey: true });
  expect(documentStore.getState().document.notes).toBe("");
  customShortcuts.setState({ byCommand: {} });
  await restoreShortcuts();
  expect(shortcutOf("edit.undo")).toBe("Mod+U");
});

it("names who has a key, and gives it over only when asked", async () => {
  render(<ShortcutsDialog />);
  await change("Redo");
  press("d", { ctrlKey: true });
  expect(screen.getByRole("status").textContent).toBe("Ctrl D is “Duplicate the selection”.");
  expect(shortcutOf("edit.redo")).toBe("Mod+Shift+Z");
  await userEvent.click(screen.getByRole("button", { name: "Use it here" }));
  expect([shortcutOf("edit.redo"), shortcutOf("edit.duplicate")]).toEqual(["Mod+D", null]);
});

it("refuses keys that are typed or belong to the canvas or the system, and Escape leaves all as it was", async () => {
  render(<ShortcutsDialog />);
  await change("Redo");
  press("g");
  expect(screen.getByRole("status").textContent).toBe("G is typed into fields. Add Ctrl or Alt.");
  press("c");
  expect(screen.getByRole("status").textContent).toBe("C has a meaning on the canvas.");
  press("w", { ctrlKey: true });
  expect(screen.getByRole("status").textContent).toBe("Ctrl W closes the window.");
  press("Escape");
  expect(screen.queryByRole("status")).toBeNull();
  expect(shell.settings.has("shortcuts")).toBe(false);
});

it("removes one, resets one, resets all", async () => {
  render(<ShortcutsDialog />);
  await change("Zoom in");
  await userEvent.click(screen.getByRole("button", { name: "Remove" }));
  expect(shortcutOf("view.zoomIn")).toBeNull();
  await change("Zoom out");
  press("F9");
  await userEvent.click(screen.getByRole("button", { name: "Reset the shortcut of Zoom in" }));
  expect([shortcutOf("view.zoomIn"), shortcutOf("view.zoomOut")]).toEqual(["Mod++", "F9"]);
  await userEvent.click(screen.getByRole("button", { name: "Reset all" }));
  expect(shortcutOf("view.zoomOut")).toBe("Mod+-");
  expect(shell.settings.get("shortcuts")).toBe("{}");
});

it("keeps one key for train and pause, which hand over to each other", async () => {
  render(<ShortcutsDialog />);
  await change("Train, pause, resume");
  press("F9");
  expect([shortcutOf("run.train"), shortcutOf("run.pause")]).toEqual(["F9", "F9"]);
});

it("shows every command with its key in the palette, the last used first", async () => {
  render(<CommandPalette />);
  const open = () => act(() => viewStore.setState({ commandsOpen: true }));
  const titles = () => screen.getAllByRole("option").map((option) => option.textContent ?? "");
  open();
  expect(within(screen.getByRole("option", { name: /^Select all nodes/ })).getByText("Ctrl A")).toBeDefined();
  expect(titles()[0]).not.toContain("Select all nodes");
  await userEvent.click(screen.getByRole("option", { name: /^Select all nodes/ }));
  open();
  expect(titles()[0]).toContain("Select all nodes");
  await userEvent.click(screen.getByRole("option", { name: /^Zoom to fit/ }));
  await restoreRecentCommands();
  open();
  expect(titles().slice(0, 2).join()).toMatch(/Zoom to fit.*Select all nodes/);
});
