import type { Position } from "../../engine/index.ts";

/** What commands, diagnostics and the command palette ask of the canvas that is on screen. The canvas sets it while it is mounted. */
export interface CanvasViewport {
  zoomIn(): void;
  zoomOut(): void;
  /** Shows the whole graph. */
  fit(): void;
  /** Shows the whole graph where no part of it is in view: a view that shows some of it is left alone. */
  fitIfEmpty(): void;
  /** Brings a node into view and gives it the keyboard focus. */
  showNode(nodeId: string): void;
  /** Brings a node into view beside what covers the canvas; the keyboard focus stays. */
  revealNode(nodeId: string): void;
  /** Where what is pasted or noted goes, in px of the graph: at the pointer, or in the middle of the view. */
  pastePlace(): Position;
}

let present: CanvasViewport | null = null;

export const canvasViewport = (): CanvasViewport | null => present;

/** Returns how to take it back. */
export const setCanvasViewport = (viewport: CanvasViewport): (() => void) => {
  present = viewport;
  return () => {
    if (present === viewport) present = null;
  };
};
