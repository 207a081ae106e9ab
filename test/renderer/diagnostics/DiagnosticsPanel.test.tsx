import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { type CanvasViewport, setCanvasViewport } from "../../../renderer/commands/canvasViewport.ts";
import { DiagnosticsPanel } from "../../../renderer/diagnostics/DiagnosticsPanel.tsx";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { createFakeShell } from "../fakeShell.ts";

beforeEach(async () => {
  setShell(createFakeShell());
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("lenet-bn-avg");
  viewStore.setState({ diagnosticsOpen: true });
});
afterEach(cleanup);

const skipFlatten = () =>
  documentStore.getState().apply(
    [
      { type: "deleteNodes", nodeIds: ["flatten"] },
      { type: "connectPorts", from: { node: "pool2", port: "out" }, to: { node: "fc1", port: "in" } },
    ],
    "delete flatten",
  );

it("lists what is wrong with both numbers, and fixes it in one undo step", () => {
  skipFlatten();
  render(<DiagnosticsPanel />);
  expect(screen.getByText('Dense "fc1" expects a flat input but receives 50×4×4.')).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Insert Flatten" }));
  expect(documentStore.getState().compiled.program).not.toBeNull();
  expect(documentStore.getState().past).toHaveLength(2);
  expect(screen.queryByRole("complementary")).toBeNull();
});

it("leads to the node", () => {
  skipFlatten();
  const shown: string[] = [];
  const nothing = () => undefined;
  const viewport: CanvasViewport = {
    ...{
      zoomIn: nothing,
      zoomOut: nothing,
      fit: nothing,
      fitIfEmpty: nothing,
      pastePlace: () => ({ x: 0, y: 0 }),
    },
    showNode: (nodeId) => shown.push(nodeId),
    revealNode: nothing,
  };
  const leave = setCanvasViewport(viewport);
  render(<DiagnosticsPanel />);
  fireEvent.click(screen.getByRole("button", { name: "Show fc1" }));
  expect(documentStore.getState().selectedNodeIds).toEqual(["fc1"]);
  expect(shown).toEqual(["fc1"]);
  leave();
});

it("is not there without findings", () => {
  render(<DiagnosticsPanel />);
  expect(screen.queryByRole("complementary")).toBeNull();
});
