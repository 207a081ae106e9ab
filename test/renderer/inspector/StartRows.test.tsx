import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample, openFile } from "../../../renderer/document/fileActions.ts";
import { StartRows } from "../../../renderer/inspector/StartRows.tsx";
import { runStore } from "../../../renderer/run/runStore.ts";
import { startingNetStore } from "../../../renderer/run/startingNet.ts";
import { modelText } from "../../support/modelText.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

let shell: FakeShell;
beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(cleanup);

it("offers a trained net where there is none", () => {
  render(<StartRows prefix="a" />);
  expect(screen.getByRole("button", { name: "Start from a trained net…" })).toBeDefined();
  expect(screen.queryByRole("combobox")).toBeNull();
});

it("says how many layers take their weights from it, and of each other why not, as the graph changes", async () => {
  const value = { handle: "h", fileName: "digits.model.json", folder: "", version: "v", text: modelText() };
  shell.nextFile = { status: "done", value };
  await openFile();
  const { container } = render(<StartRows prefix="a" />);
  expect(container.textContent).toContain("All 11 layers take their weights from it. The optimizer starts anew.");
  expect(screen.queryByRole("list")).toBeNull();
  const [wide] = documentStore
    .getState()
    .document.nodes.filter(({ kind }) => kind === "dense")
    .slice(-2);
  const nodeId = wide?.id ?? "";
  act(() => void documentStore.getState().apply([{ type: "setParams", nodeId, params: { units: 50 } }], "edit"));
  expect(container.textContent).toContain("8 of 11 layers take their weights from it.");
  const lines = within(screen.getByRole("list", { name: "Layers that start anew" })).getAllByRole("listitem");
  expect(lines.map(({ textContent }) => textContent)).toEqual([
    "fc5 starts anew: its weight is 100×100 in the net, 50×100 here",
    "bn5 starts anew: its gamma is 100 in the net, 50 here",
    "fc6 starts anew: its weight is 10×100 in the net, 10×50 here",
  ]);
  act(() => documentStore.getState().undo());
  expect(screen.queryByRole("list")).toBeNull();
});

it("turns it off and on", async () => {
  const value = { handle: "h", fileName: "digits.model.json", folder: "", version: "v", text: modelText() };
  shell.nextFile = { status: "done", value };
  await openFile();
  const { container } = render(<StartRows prefix="a" />);
  fireEvent.change(screen.getByRole("combobox", { name: "Start from" }), { target: { value: "initializers" } });
  expect(startingNetStore.getState().isUsed).toBe(false);
  expect(container.textContent).not.toContain("take their weights");
  fireEvent.change(screen.getByRole("combobox", { name: "Start from" }), { target: { value: "net" } });
  expect(startingNetStore.getState().isUsed).toBe(true);
});
