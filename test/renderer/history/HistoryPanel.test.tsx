import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it } from "vitest";
import { newDocument } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { runCommand } from "../../../renderer/commands/commandTable.ts";
import { documentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { HistoryPanel } from "../../../renderer/history/HistoryPanel.tsx";
import { SettingsInspector } from "../../../renderer/inspector/SettingsInspector.tsx";
import { createFakeShell } from "../fakeShell.ts";

const file = { handle: "1", fileName: "net.layerscope", folder: "/nets" };
const store = () => documentStore.getState();
const note = (notes: string) => store().apply([{ type: "setNotes", notes }], `write ${notes}`);
const rows = () => screen.getAllByRole("option").map((row) => row.textContent);
const current = () => screen.getByRole("option", { selected: true }).textContent;

beforeEach(() => {
  setShell(createFakeShell());
  viewStore.setState({ view: "editor", editorView: "canvas", historyOpen: false });
  store().open(newDocument(), file);
  for (const text of ["a", "b", "c"]) note(text);
});
afterEach(cleanup);

it("lists what was done, newest first, and marks where the document stands and what is on disk", () => {
  store().undo();
  store().markSaved(store().document, file);
  runCommand("edit.history");
  render(<HistoryPanel />);
  expect(rows()).toEqual(["Write cundone", "Write bsaved", "Write a", "Opened"]);
  expect(current()).toBe("Write bsaved");
  expect(document.activeElement?.textContent).toBe("Write bsaved");
});

it("goes to any state, past and future, and forgets none on the way", async () => {
  viewStore.setState({ historyOpen: true });
  render(<HistoryPanel />);
  await userEvent.click(screen.getByRole("option", { name: /^Opened/ }));
  expect(store().document.notes).toBe("");
  expect(store().edited).toBe(false);
  await userEvent.click(screen.getByRole("option", { name: /^Write b/ }));
  expect(store().document.notes).toBe("b");
  expect(rows()).toHaveLength(4);
  expect(store().past.map(({ label }) => label)).toEqual(["write a", "write b"]);
  expect(store().future.map(({ document }) => document.notes)).toEqual(["c"]);
  act(() => store().undo());
  expect(current()).toBe("Write a");
});

it("walks by the arrow keys with the focus on the state", async () => {
  viewStore.setState({ historyOpen: true });
  render(<HistoryPanel />);
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");
  expect(store().document.notes).toBe("a");
  expect(document.activeElement).toBe(screen.getByRole("option", { selected: true }));
  await userEvent.keyboard("{End}{ArrowDown}{ArrowUp}");
  expect(current()).toBe("Write a");
  await userEvent.keyboard("{Home}");
  expect(store().document.notes).toBe("c");
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("option")).toBeNull();
});

it("says where the oldest steps are gone", () => {
  for (let count = 0; count < 1000; count += 1) note(`${count}`);
  viewStore.setState({ historyOpen: true });
  render(<HistoryPanel />);
  expect(rows().at(-1)).toBe("Before that");
});

it("makes one entry of an arrow key that is held in a field", () => {
  store().open(newDocument(), UNTITLED);
  const before = store().document;
  render(<SettingsInspector />);
  const field = screen.getByRole("textbox", { name: "Epochs" });
  for (const repeat of [false, true, true, true]) fireEvent.keyDown(field, { key: "ArrowUp", repeat });
  expect(store().document.training.epochs).toBe(before.training.epochs + 4);
  expect(store().past.map(({ label }) => label)).toEqual(["set epochs"]);
  fireEvent.keyDown(field, { key: "ArrowUp" });
  expect(store().past).toHaveLength(2);
  store().goTo(0);
  expect(store().document).toBe(before);
  expect(store().edited).toBe(false);
});
