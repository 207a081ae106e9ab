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
