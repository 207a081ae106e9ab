import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { canvasView } from "../../../renderer/canvas/canvasView.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { Inspector } from "../../../renderer/inspector/Inspector.tsx";
import { createFakeShell } from "../fakeShell.ts";

beforeEach(async () => {
  setShell(createFakeShell());
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(() => {
  canvasView.setState({ isDragging: false });
  cleanup();
});

const shown = () => screen.queryByRole("heading", { level: 2, name: /^Layer / })?.textContent ?? null;
const select = (...nodeIds: string[]) => act(() => documentStore.getState().select(nodeIds, [], []));
const drag = (isDragging: boolean) => act(() => canvasView.setState({ isDragging }));

it("shows the node that is selected at once, and one that a hand takes up when it lets go", () => {
  render(<Inspector />);
  expect(shown()).toBeNull();
  select("fc1");
  expect(shown()).toBe("Layer fc1");
  drag(true);
  select("fc2");
  expect(shown()).toBe("Layer fc1");
  drag(false);
  expect(shown()).toBe("Layer fc2");
  select("fc1", "fc2");
  expect(shown()).toBeNull();
});

it("stays where it was scrolled from one layer to the next of its kind, and begins another kind at its top", () => {
  render(<Inspector />);
  const panel = screen.getByRole("complementary", { name: "Inspector" });
  const scrollTo = (top: number) => {
    panel.scrollTop = top;
    fireEvent.scroll(panel);
  };
  scrollTo(40);
  select("fc1");
  expect(panel.scrollTop).toBe(0);
  scrollTo(200);
  select("fc2");
  expect(panel.scrollTop).toBe(200);
  select("bn1");
  expect(panel.scrollTop).toBe(0);
  select("fc1");
  expect(panel.scrollTop).toBe(200);
  select();
  expect(panel.scrollTop).toBe(40);
});

it("says of a bypassed layer why it has no numbers, and takes it in again", () => {
  documentStore.getState().apply([{ type: "setBypassed", nodeIds: ["bn1"], bypassed: true }], "bypass bn1");
  render(<Inspector />);
  select("bn1");
  expect(screen.getByText(/^Bypassed: training leaves it out/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Take it in again" }));
  expect(documentStore.getState().document.nodes.find(({ id }) => id === "bn1")?.bypassed).toBeUndefined();
  expect(screen.queryByText(/^Bypassed/)).toBeNull();
});

it("says how many of several are bypassed, and takes those in again", () => {
  const bypassed = () =>
    documentStore.getState().document.nodes.flatMap((node) => (node.bypassed === true ? [node.id] : []));
  documentStore.getState().apply([{ type: "setBypassed", nodeIds: ["bn1", "bn2"], bypassed: true }], "bypass both");
  render(<Inspector />);
  select("bn1", "bn2", "relu1");
  expect(screen.getByText(/^2 of 3 are bypassed: training leaves them out/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Take the 2 in again" }));
  expect(bypassed()).toEqual([]);
  expect(screen.queryByText(/bypassed/)).toBeNull();
  act(() => documentStore.getState().undo());
  expect(bypassed()).toEqual(["bn1", "bn2"]);
  select("bn1", "bn2");
  expect(screen.getByText(/^Bypassed: training leaves them out/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Take them in again" }));
  expect(bypassed()).toEqual([]);
});

it("says which value holds while a field has one that is refused", () => {
  render(<Inspector />);
  const field = screen.getByRole("textbox", { name: "Batch size" });
  const before = (field as HTMLInputElement).value;
  fireEvent.change(field, { target: { value: "-3" } });
  fireEvent.keyDown(field, { key: "Enter" });
  expect(screen.getByRole("alert").textContent).toBe(`Batch size is −3, expected 1 or more. It stays ${before}.`);
  expect(documentStore.getState().document.training.batchSize).toBe(Number(before));
});
