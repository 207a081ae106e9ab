/** View state of the canvas that no file keeps: what is dragged, hovered, searched. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { DocumentEdge, Position } from "../../engine/index.ts";
import type { Guide } from "./guides.ts";
import type { LooseEnd } from "./looseEnd.ts";

export interface LayerSearchState {
  /** Where the popover stands, in px of the window. */
  readonly left: number;
  readonly top: number;
  /** Where the node goes when nothing is selected, in canvas px; of a loose end, where it was let go. */
  readonly place: Position;
  /** The link that was let go over empty canvas: the new node goes to its other end. */
  readonly end: LooseEnd | null;
  /** The new node is spliced into it. */
  readonly edge?: DocumentEdge;
}

export interface CanvasViewState {
  /** The kind that is being dragged from the palette; a drag's own data can't be read before the drop. */
  readonly draggedKind: string | null;
  /** The edge that a drop would splice into. */
  readonly dropEdgeId: string | null;
  /** Nodes are being dragged. */
  readonly isDragging: boolean;
  /** Alt is held while nodes are dragged: they stay, and copies are dropped. */
  readonly copying: boolean;
  readonly hoveredNodeId: string | null;
  readonly search: LayerSearchState | null;
  /** The popover that finds nodes is open; what was searched for last stays for F3. */
  readonly finding: boolean;
  readonly findQuery: string;
  /** The node whose connections are being chosen by keyboard. */
  readonly connectingNodeId: string | null;
  /** The note whose text is being written. */
  readonly editingNoteId: string | null;
  /** The node whose health findings are open. */
  readonly healthNodeId: string | null;
}

export const canvasView = createStore<CanvasViewState>(() => ({
  draggedKind: null,
  dropEdgeId: null,
  isDragging: false,
  copying: false,
  hoveredNodeId: null,
  search: null,
  finding: false,
  findQuery: "",
  connectingNodeId: null,
  editingNoteId: null,
  healthNodeId: null,
}));

export const useCanvasView = <T>(selector: (state: CanvasViewState) => T): T => useStore(canvasView, selector);

/** What the dragged nodes line up with: others at nearly every move of a drag, which only their picture goes by. */
export const guidesInView = createStore<readonly Guide[]>(() => []);
