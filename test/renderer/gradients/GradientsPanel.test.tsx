import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { GradientResult } from "../../../engine/protocol.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { type CanvasViewport, setCanvasViewport } from "../../../renderer/commands/canvasViewport.ts";
import { commandOf, runCommand } from "../../../renderer/commands/commandTable.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { GradientsPanel } from "../../../renderer/gradients/GradientsPanel.tsx";
import { closeGradients, gradientStore } from "../../../renderer/gradients/gradientStore.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

let shell: FakeShell;
beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
  runCommand("run.checkGradients");
});
afterEach(() => {
  cleanup();
  closeGradients();
});

const result = (nodeId: string, tensor: string, changes: Partial<GradientResult> = {}): GradientResult => ({
  ...{ nodeId, tensor, elements: 1568, checked: 60, kinks: 0, relativeError: 2.4e-10, verdict: "agrees" },
  worst: { index: [1, 0], analytic: 1, numeric: 1 },
  ...changes,
});

const send = (results: GradientResult[], done = false): void =>
  act(() => shell.trainers.at(-1)?.listener.onEvent({ type: "gradientsChecked", tolerance: 1e-7, results, done }));

const wrong = result("fc1", "weight", {
  ...{ elements: 78_400, relativeError: 0.01, verdict: "differs" },
  worst: { index: [3, 12], analytic: -1.01, numeric: -1 },
});

it("has a trainer of its own check the document, and lists what comes", () => {
  const { document } = documentStore.getState();
  expect(shell.trainers.at(-1)?.requests).toEqual([{ type: "checkGradients", protocol: 1, document }]);
  render(<GradientsPanel />);
  const panel = within(screen.getByRole("complementary", { name: "Gradients" }));
  send([result("input", "input"), wrong]);
  expect(panel.getByText("Checking: 2 of 18 layers.")).toBeTruthy();
  const cells = within(panel.getAllByRole("row")[2] as HTMLElement).getAllByRole("cell");
  expect(cells.map(({ textContent }) => textContent)).toEqual(["Weight", "78,400", "60", "1e−2", "does not agree"]);
  expect(panel.getByText("Element [3, 12]: backward pass −1.01000000, difference quotient −1.00000000.")).toBeTruthy();
  send([result("fc1", "bias"), result("output", "input", { relativeError: 0 })], true);
  expect(
    panel.getAllByText(
      "1 gradient of 4 does not agree with difference quotients: 240 elements, worst relative error 1e−2, limit 1e−7.",
    ),
  ).toHaveLength(2);
  expect(shell.trainers.at(-1)?.killed).toBe(true);
});

it("says that all agree, and what is not proven", () => {
  render(<GradientsPanel />);
  send([result("fc1", "weight"), result("fc1", "bias", { checked: 0, kinks: 60, worst: null, verdict: "unproven" })]);
  expect(screen.getByText("All 60 elements tried lie at a kink: nothing is proven.")).toBeTruthy();
  runCommand("run.checkGradients");
  send([result("fc1", "weight"), result("output", "input")], true);
  const words =
    "All 2 gradients agree with difference quotients: 120 elements, worst relative error 2.4e−10, limit 1e−7.";
  expect(screen.getAllByText(words)).toHaveLength(2);
});

it("selects the layer of a row and brings it into view; arrows move between rows", () => {
  const shown: string[] = [];
  const nothing = () => undefined;
  const viewport: CanvasViewport = {
    ...{
      zoomIn: nothing,
      zoomOut: nothing,
      fit: nothing,
      fitIfEmpty: nothing,
      showNode: nothing,
      pastePlace: () => ({ x: 0, y: 0 }),
    },
    pastePlace: () => ({ x: 0, y: 0 }),
    revealNode: (nodeId) => shown.push(nodeId),
  };
  const leave = setCanvasViewport(viewport);
  render(<GradientsPanel />);
  send([result("input", "input"), wrong, result("fc1", "bias")], true);
  const rows = screen.getAllByRole("button", { name: /^(input|fc1)$/ });
  expect(rows.map(({ tabIndex }) => tabIndex)).toEqual([0, -1, -1]);
  rows[0]?.focus();
  fireEvent.keyDown(rows[0] as HTMLElement, { key: "ArrowDown" });
  expect(document.activeElement).toBe(rows[1]);
  fireEvent.click(rows[1] as HTMLElement);
  expect(documentStore.getState().selectedNodeIds).toEqual(["fc1"]);
  expect(shown).toEqual(["fc1"]);
  fireEvent.keyDown(rows[1] as HTMLElement, { key: "End" });
  expect(document.activeElement).toBe(rows[2]);
  documentStore.getState().select([]);
  fireEvent.click(screen.getByRole("button", { name: "Show the first, weight of fc1" }));
  expect(document.activeElement).toBe(rows[1]);
  expect(documentStore.getState().selectedNodeIds).toEqual(["fc1"]);
  leave();
});

it("stops, and ends the trainer with the panel", () => {
  render(<GradientsPanel />);
  send([result("input", "input")]);
  fireEvent.click(screen.getByRole("button", { name: "Stop" }));
  expect(shell.trainers.at(-1)?.killed).toBe(true);
  expect(screen.getAllByText(/ Stopped after 1 of 18 layers\.$/)).toHaveLength(2);
  fireEvent.click(screen.getByRole("button", { name: "Check again" }));
  expect(shell.trainers.at(-1)?.killed).toBe(false);
  fireEvent.keyDown(screen.getByRole("complementary"), { key: "Escape" });
  expect(shell.trainers.at(-1)?.killed).toBe(true);
  expect(screen.queryByRole("complementary")).toBeNull();
});

it("tells when the trainer fails, when the graph has changed, and goes with its document", async () => {
  render(<GradientsPanel />);
  act(() => documentStore.getState().apply([{ type: "deleteNodes", nodeIds: ["bn1"] }], "delete bn1"));
  expect(screen.getByText("The graph has changed since.")).toBeTruthy();
  expect(commandOf("run.checkGradients")?.disabledBecause()).not.toBeNull();
  act(() => shell.trainers.at(-1)?.listener.onExit({ reason: "crashed", message: "out of memory." }));
  expect(screen.getAllByText("The trainer stopped: out of memory.")).toHaveLength(2);
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await act(() => openExample("mlp-plain"));
  expect(gradientStore.getState().check).toBeNull();
});
