/** View state of the canvas that no file keeps: what is dragged, hovered, searched. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { Position } from "../../engine/index.ts";

export interface LayerSearchState {
  /** Where the popover stands, in px of the window. */
  readonly left: number;
  readonly top: number;
  /** Where the node goes when nothing is selected, in canvas px. */
  readonly place: Position;
}

export interface CanvasViewState {
  /** The kind that is being dragged from the palette; a drag's own data can't be read before the drop. */
  readonly draggedKind: string | null;
  /** The edge that a drop would splice into. */
  readonly dropEdgeId: string | null;
  readonly hoveredNodeId: string | null;
  readonly search: LayerSearchState | null;
  /** The node whose connections are being chosen by keyboard. */
  readonly connectingNodeId: string | null;
  /** The node whose health findings are open. */
  readonly healthNodeId: string | null;
}

export const canvasView = createStore<CanvasViewState>(() => ({
  draggedKind: null,
  dropEdgeId: null,
  hoveredNodeId: null,
  search: null,
  connectingNodeId: null,
  healthNodeId: null,
}));

export const useCanvasView = <T>(selector: (state: CanvasViewState) => T): T => useStore(canvasView, selector);
