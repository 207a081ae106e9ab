/** A note on the canvas: text, moved and sized like a node, written with a double click or Enter. */
import { type Node, type NodeProps, useStore } from "@xyflow/react";
import { memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { CanvasNote } from "../../engine/index.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { applyGesture } from "./applyGesture.ts";
import { canvasView, useCanvasView } from "./canvasView.ts";
import { SNAP, snap } from "./placement.ts";
import "./NoteNode.css";

export type NoteFlowNode = Node<{ readonly note: CanvasNote } & Record<string, unknown>, "note">;

const PREFIX = "note:";

/** The id of a note among the items of the canvas. */
export const noteItemId = (noteId: string): string => PREFIX + noteId;
export const noteIdOf = (itemId: string): string | null =>
  itemId.startsWith(PREFIX) ? itemId.slice(PREFIX.length) : null;

const SMALLEST = { width: 80, height: 40 };
const LARGEST = 2000;

const change = (noteId: string, part: Partial<Omit<CanvasNote, "id">>, label: string): void =>
  void applyGesture({
    commands: [{ type: "changeCanvasNote", noteId, change: part }],
    label,
    select: null,
  });

const Editor = ({ note }: { readonly note: CanvasNote }) => {
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(note.text);
  const close = (commit: boolean): void => {
    if (canvasView.getState().editingNoteId !== note.id) return;
    canvasView.setState({ editingNoteId: null });
    if (commit && text !== note.text) {
      const { width, height } = note.size;
      const needed = Math.min(LARGEST, Math.ceil((field.current?.scrollHeight ?? 0) / SNAP) * SNAP);
      // What was written can be read: the note grows with it, in the same undo step.
      change(note.id, needed > height ? { text, size: { width, height: needed } } : { text }, "write a note");
    }
  };
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  // A new one is on the page, with its size, with the next frame.
  useEffect(() => {
    const frame = requestAnimationFrame(() => canvasViewport()?.revealNode(noteItemId(note.id)));
    return () => cancelAnimationFrame(frame);
  }, [note.id]);
  useLayoutEffect(() => {
    if (field.current !== null && text !== "") field.current.style.minHeight = `${field.current.scrollHeight}px`;
  }, [text]);
  return (
    <textarea
      ref={field}
      className="NoteNode-field nodrag nopan nowheel"
      aria-label="Text of the note"
      maxLength={10_000}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => close(true)}
      onKeyDown={(event) => {
        if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) {
          const item = event.currentTarget.closest<HTMLElement>(".react-flow__node");
          close(true);
          item?.focus();
          event.preventDefault();
        }
        event.stopPropagation();
      }}
    />
  );
};

/** Drags the lower right corner; the size is one undo step when it is let go. */
const useResize = (note: CanvasNote) => {
  const zoom = useStore((state) => state.transform[2]);
  const [size, setSize] = useState<CanvasNote["size"] | null>(null);
  const start = useRef<{ x: number; y: number } | null>(null);
  const sizeAt = (event: React.PointerEvent): CanvasNote["size"] => {
    const from = start.current ?? { x: event.clientX, y: event.clientY };
    const { x, y } = snap({
      x: note.size.width + (event.clientX - from.x) / zoom,
      y: note.size.height + (event.clientY - from.y) / zoom,
    });
    return {
      width: Math.min(LARGEST, Math.max(SMALLEST.width, x)),
      height: Math.min(LARGEST, Math.max(SMALLEST.height, y)),
    };
  };
  const handlers = {
    onPointerDown: (event: React.PointerEvent<HTMLElement>) => {
      event.stopPropagation();
      event.currentTarget.setPointerCapture(event.pointerId);
      start.current = { x: event.clientX, y: event.clientY };
    },
    onPointerMove: (event: React.PointerEvent) => {
      if (start.current !== null) setSize(sizeAt(event));
    },
    onPointerUp: (event: React.PointerEvent) => {
      if (start.current === null) return;
      const next = sizeAt(event);
      start.current = null;
      setSize(null);
      change(note.id, { size: next }, "resize a note");
    },
  };
  return { size: size ?? note.size, handlers };
};

export const NoteNode = memo(({ data: { note }, selected }: NodeProps<NoteFlowNode>) => {
  const isEdited = useCanvasView((state) => state.editingNoteId === note.id);
  const { size, handlers } = useResize(note);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the node around it has the keyboard: Enter writes
    <div
      className={`NoteNode NoteNode-${note.color}${selected ? " is-selected" : ""}`}
      style={size}
      onDoubleClick={(event) => {
        event.stopPropagation();
        canvasView.setState({ editingNoteId: note.id });
      }}
    >
      {isEdited ? (
        <Editor note={note} />
      ) : (
        <p className={`NoteNode-text${note.text === "" ? " is-empty" : ""}`}>
          {note.text === "" ? "Double-click to write" : note.text}
        </p>
      )}
      <span className="NoteNode-corner nodrag" aria-hidden="true" {...handlers} />
    </div>
  );
});
NoteNode.displayName = "NoteNode";
