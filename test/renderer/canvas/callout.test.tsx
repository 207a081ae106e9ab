import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { Canvas } from "../../../renderer/canvas/Canvas.tsx";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { startedEvent } from "../run/events.ts";

let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(cleanup);

const callout = () => document.querySelector(".DiagnosticCallout");

it("shows which layers are selected, through edits of them and after them", () => {
  render(<Canvas />);
  const { select, apply } = documentStore.getState();
  const shown = () =>
    [...document.querySelectorAll<HTMLElement>(".react-flow__node.selected")].map(({ dataset, style }) => {
      expect(style.zIndex).toBe("1000");
      return dataset.id;
    });
  act(() => select(["fc1", "bn1"]));
  expect(shown()).toEqual(["fc1", "bn1"]);
  act(() => void apply([{ type: "renameNode", nodeId: "fc1", name: "hidden" }], "rename"));
  expect(shown()).toEqual(["fc1", "bn1"]);
  act(() => select(["fc1"]));
  act(() => void apply([{ type: "renameNode", nodeId: "bn1", name: "norm" }], "rename"));
  expect(shown()).toEqual(["fc1"]);
  act(() => select([]));
  expect(shown()).toEqual([]);
  act(() => void apply([{ type: "renameNode", nodeId: "fc1", name: "fc1" }], "rename"));
  expect(shown()).toEqual([]);
  expect(document.querySelector<HTMLElement>('[data-id="fc1"]')?.style.zIndex).toBe("0");
});

it("gives way to the list of findings while that is open", () => {
  render(<Canvas />);
  act(() => {
    documentStore.getState().apply([{ type: "setParams", nodeId: "fc1", params: { units: 0 } }], "set units");
    documentStore.getState().select(["fc1"]);
  });
  expect(callout()).not.toBeNull();
  expect(screen.getAllByRole("heading", { level: 2 }).some((heading) => callout()?.contains(heading))).toBe(true);
  act(() => viewStore.setState({ diagnosticsOpen: true }));
  expect(callout()).toBeNull();
  act(() => viewStore.setState({ diagnosticsOpen: false }));
  expect(callout()).not.toBeNull();
});

it("says on selection why a run diverged", () => {
  const message = "Loss is not finite since step 12. First bad node: fc1.";
  render(<Canvas />);
  act(() => {
    runStore.getState().train();
    const listener = shell.trainers.at(-1)?.listener;
    listener?.onEvent(startedEvent(["fc1"]));
    listener?.onEvent({ type: "failed", failure: { reason: "diverged", message, step: 12, nodeId: "fc1" } });
  });
  expect(callout()).toBeNull();
  act(() => documentStore.getState().select(["fc1"]));
  expect(callout()?.textContent).toContain(message);
});

it("has a legend that says since when faded strips are of another graph", () => {
  render(<Canvas />);
  act(() => {
    runStore.getState().train();
    shell.trainers.at(-1)?.listener.onEvent(startedEvent(["fc1"]));
  });
  const note = () => document.querySelector(".CanvasLegend-note")?.textContent?.replaceAll("\u00a0", " ");
  expect(note()).not.toContain("Faded");
  act(() => documentStore.getState().apply([{ type: "setParams", nodeId: "fc1", params: { units: 7 } }], "set units"));
  expect(note()).toMatch(/^Faded: edited since run \d+ began$/);
});
