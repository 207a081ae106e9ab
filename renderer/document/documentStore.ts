/** The open document, its history and its compilation. React Flow's nodes and edges are derived from it. */
import type { Command, Compiled, LayerscopeDocument } from "../../engine/index.ts";

export interface OpenFileState {
  readonly handle: string | null;
  readonly fileName: string;
  readonly folder: string;
}

export interface HistoryEntry {
  readonly document: LayerscopeDocument;
  /** What the user did, as the menu shows it: `Undo move conv1`. */
  readonly label: string;
}

export interface DocumentState {
  readonly document: LayerscopeDocument;
  readonly compiled: Compiled;
  readonly file: OpenFileState;
  /** Differs from what was saved or opened. */
  readonly edited: boolean;
  readonly past: readonly HistoryEntry[];
  readonly future: readonly HistoryEntry[];
  /** View state, not part of history. */
  readonly selectedNodeIds: readonly string[];
  readonly selectedEdgeIds: readonly string[];
}

export interface DocumentActions {
  /** Applies commands as one undo step. A refused command changes nothing and returns its reason, one sentence. */
  apply(commands: readonly Command[], label: string): { readonly refused: string | null };
  undo(): void;
  redo(): void;
  select(nodeIds: readonly string[], edgeIds?: readonly string[]): void;
}
