import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { ReactFlowProvider } from "@xyflow/react";
import { afterEach, expect, it, vi } from "vitest";
import { newDocument } from "../../../engine/index.ts";
import { canvasView } from "../../../renderer/canvas/canvasView.ts";
import { NoteNode, noteItemId } from "../../../renderer/canvas/NoteNode.tsx";
import { setCanvasViewport } from "../../../renderer/commands/canvasViewport.ts";
import { documentStore, UNTITLED, useDocument } from "../../../renderer/document/documentStore.ts";

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const note = {
  id: "n1",
  text: "",
  color: "amber" as const,
  position: { x: 0, y: 0 },
  size: { width: 208, height: 72 },
};

const Shown = () => {
  const [shown] = useDocument(({ document }) => document.canvasNotes);
  if (shown === undefined) return null;
  const item = { id: noteItemId(shown.id), type: "note" as const, data: { note: shown }, selected: false };
  const place = { dragging: false, zIndex: 0, isConnectable: false, positionAbsoluteX: 0, positionAbsoluteY: 0 };
  return <NoteNode {...item} {...place} draggable selectable deletable />;
};

it("comes into view to be written", async () => {
  documentStore.getState().open({ ...newDocument(), canvasNotes: [note] }, UNTITLED);
  const revealed: string[] = [];
  const none = () => undefined;
  const others = {
    zoomIn: none,
    zoomOut: none,
    fit: none,
    fitIfEmpty: none,
    showNode: none,
    pastePlace: () => ({ x: 0, y: 0 }),
  };
  const stop = setCanvasViewport({ ...others, revealNode: (id) => revealed.push(id) });
  render(
    <ReactFlowProvider>
      <Shown />
    </ReactFlowProvider>,
  );
  expect(revealed).toEqual([]);
  act(() => canvasView.setState({ editingNoteId: "n1" }));
  await new Promise((resolve) => requestAnimationFrame(resolve));
  expect(revealed).toEqual([noteItemId("n1")]);
  act(() => canvasView.setState({ editingNoteId: null }));
  stop();
});

it("grows with what is written, as one undo step, and never shrinks by itself", () => {
  documentStore.getState().open({ ...newDocument(), canvasNotes: [note] }, UNTITLED);
  render(
    <ReactFlowProvider>
      <Shown />
    </ReactFlowProvider>,
  );
  const write = (text: string, height: number) => {
    vi.spyOn(HTMLTextAreaElement.prototype, "scrollHeight", "get").mockReturnValue(height);
    act(() => canvasView.setState({ editingNoteId: "n1" }));
    const field = screen.getByRole("textbox", { name: "Text of the note" });
    fireEvent.change(field, { target: { value: text } });
    act(() => field.blur());
    fireEvent.blur(field);
  };
  const shown = () => documentStore.getState().document.canvasNotes[0];
  write("a long text", 149);
  expect(shown()).toMatchObject({ text: "a long text", size: { width: 208, height: 152 } });
  write("short", 40);
  expect(shown()).toMatchObject({ text: "short", size: { width: 208, height: 152 } });
  documentStore.getState().undo();
  documentStore.getState().undo();
  expect(shown()).toEqual(note);
});
