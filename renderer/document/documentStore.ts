/** The open document, its history and its compilation. React Flow's nodes and edges are derived from it. */
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import {
  applyCommands,
  type Command,
  type Compiled,
  type CompileOptions,
  compile,
  type DatasetFacts,
  type DatasetReference,
  describeCommandError,
  edgeId,
  type LayerscopeDocument,
  learnMemoryPlans,
  type MemoryPlans,
  newDocument,
} from "../../engine/index.ts";
import { movedDocument } from "./datasetPlace.ts";
import { sameContent } from "./sameContent.ts";

/** Undo goes back this many gestures. Documents share their unchanged parts, so a step costs little. */
export const MAX_HISTORY = 1000;

export interface OpenFileState {
  readonly handle: string | null;
  readonly fileName: string;
  readonly folder: string;
  /** What the file held when the document was last read from it or saved to it; absent: it is in no file. */
  readonly version?: string;
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
  /** What was saved or opened last, and what the history began with. */
  readonly saved: LayerscopeDocument;
  readonly opened: LayerscopeDocument;
  /** Oldest first; each entry is the document before the change its label names. */
  readonly past: readonly HistoryEntry[];
  /** Next first; each entry is the document after the change its label names. */
  readonly future: readonly HistoryEntry[];
  /** View state, not part of history. */
  readonly selectedNodeIds: readonly string[];
  readonly selectedEdgeIds: readonly string[];
  readonly selectedNoteIds: readonly string[];
  /** Grows whenever another document is opened: a key for what must start afresh (fit to view, say). */
  readonly openedCount: number;
}

/** A document whose memory is to be planned, and all else that this goes by. */
export interface MemoryRequest {
  readonly document: LayerscopeDocument;
  readonly options: CompileOptions;
}

export interface DocumentActions {
  /** Applies commands as one undo step. A refused command changes nothing and returns its reason, one sentence. */
  apply(commands: readonly Command[], label: string): { readonly refused: string | null };
  /** What `apply` is called with in here continues the last gesture if it has the same label: a key that is held is one undo step. */
  continueGesture<T>(gesture: () => T): T;
  undo(): void;
  redo(): void;
  /** To any state of the history: 0 is the oldest, `past.length` is where the document stands. */
  goTo(index: number): void;
  select(nodeIds: readonly string[], edgeIds?: readonly string[], noteIds?: readonly string[]): void;
  /** Replaces the document and forgets the history. It is what its file holds, unless it is `edited`. */
  open(document: LayerscopeDocument, file: OpenFileState, edited?: boolean): void;
  /** Takes over what another program has written to the file, as one undo step. */
  reload(document: LayerscopeDocument, file: OpenFileState): void;
  /** What was found when a dataset in files was read; null: it can no longer be read. The document is compiled anew if it is its dataset. */
  learnDataset(dataset: DatasetReference, facts: DatasetFacts | null): void;
  /** What the memory is to be planned for that `compiled` only estimates: an edit does not wait for that. null: nothing. */
  memoryRequest(): MemoryRequest | null;
  /** What was planned since. */
  learnMemory(plans: MemoryPlans): void;
  /**
   * The given document is now what the file holds. Later edits stay unsaved. In another folder than before, every state of the history
   * finds its dataset where it was; the file holds it written that way.
   */
  markSaved(document: LayerscopeDocument, file: OpenFileState): void;
  /** No file holds any state of the document. */
  markUnsaved(): void;
  /** The document's file as it is now, whatever it holds. */
  learnFile(file: OpenFileState): void;
}

export type DocumentStore = StoreApi<DocumentState & DocumentActions>;

export const UNTITLED: OpenFileState = { handle: null, fileName: "Untitled", folder: "" };

const sameItems = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

const datasetKey = (dataset: DatasetReference): string => JSON.stringify(dataset);

export const createDocumentStore = (): DocumentStore => {
  const empty = newDocument();
  let continues = false;
  /** Of datasets that were read, by reference: undo and redo come back to them. */
  const knownDatasets = new Map<string, DatasetFacts>();

  /** For the machine that trains: this one. */
  const optionsFor = (document: LayerscopeDocument): CompileOptions => {
    const dataset = knownDatasets.get(datasetKey(document.dataset));
    return { numCores: navigator.hardwareConcurrency, ...(dataset === undefined ? {} : { dataset }) };
  };
  const compileHere = (document: LayerscopeDocument): Compiled =>
    compile(document, { ...optionsFor(document), plan: false });

  const NO_EDGES: readonly string[] = [];
  const edgesKept = (document: LayerscopeDocument, selected: readonly string[]): readonly string[] => {
    if (selected.length === 0) return NO_EDGES;
    const known = new Set(document.edges.map(edgeId));
    return selected.filter((id) => known.has(id));
  };

  return createStore((set, get) => {
    /** Selected nodes and edges that the document no longer has are deselected. */
    const show = (document: LayerscopeDocument) => {
      const known = new Set(document.nodes.map((node) => node.id));
      const { selectedNodeIds } = get();
      const kept = selectedNodeIds.filter((id) => known.has(id));
      return {
        document,
        compiled: compileHere(document),
        // Identity is enough: undo and redo return the very objects of the past.
        edited: document !== get().saved,
        selectedNodeIds: kept.length === selectedNodeIds.length ? selectedNodeIds : kept,
        selectedEdgeIds: edgesKept(document, get().selectedEdgeIds),
        selectedNoteIds: get().selectedNoteIds.filter((id) => document.canvasNotes.some((note) => note.id === id)),
      };
    };

    return {
      document: empty,
      saved: empty,
      opened: empty,
      compiled: compileHere(empty),
      file: UNTITLED,
      edited: false,
      past: [],
      future: [],
      selectedNodeIds: [],
      selectedEdgeIds: [],
      selectedNoteIds: [],
      openedCount: 0,

      apply(commands, label) {
        const { document, past } = get();
        const applied = applyCommands(document, commands);
        if (!applied.ok) return { refused: describeCommandError(applied.error) };
        // A drag that ends where it began, a value set to what it was: nothing to undo.
        if (sameContent(applied.value, document)) return { refused: null };
        const last = past.at(-1);
        const isOne = continues && last?.label === label;
        if (isOne && sameContent(applied.value, last.document)) {
          // Held until it was back where it began.
          set({ ...show(last.document), past: past.slice(0, -1), future: [] });
          return { refused: null };
        }
        const longer = isOne ? past : [...past, { document, label }].slice(-MAX_HISTORY);
        set({ ...show(applied.value), past: longer, future: [] });
        return { refused: null };
      },

      continueGesture(gesture) {
        continues = true;
        try {
          return gesture();
        } finally {
          continues = false;
        }
      },

      undo: () => get().goTo(get().past.length - 1),
      redo: () => get().goTo(get().past.length + 1),

      goTo(index) {
        const { document, past, future } = get();
        const states = [...past.map((entry) => entry.document), document, ...future.map((entry) => entry.document)];
        const wanted = states[index];
        if (wanted === undefined || index === past.length) return;
        const entries = [...past, ...future].map(({ label }, step) => ({
          label,
          document: (step < index ? states[step] : states[step + 1]) ?? wanted,
        }));
        set({ ...show(wanted), past: entries.slice(0, index), future: entries.slice(index) });
      },

      select(nodeIds, edgeIds = [], noteIds = []) {
        const { selectedNodeIds, selectedEdgeIds, selectedNoteIds } = get();
        const isSame = sameItems(nodeIds, selectedNodeIds) && sameItems(edgeIds, selectedEdgeIds);
        if (isSame && sameItems(noteIds, selectedNoteIds)) return;
        set({ selectedNodeIds: [...nodeIds], selectedEdgeIds: [...edgeIds], selectedNoteIds: [...noteIds] });
      },

      open(document, file, edited = false) {
        // A document that no undo leads to stands for what was saved and is not here.
        set({ saved: edited ? newDocument() : document });
        set({
          ...show(document),
          opened: document,
          file,
          past: [],
          future: [],
          selectedNodeIds: [],
          selectedNoteIds: [],
          openedCount: get().openedCount + 1,
        });
      },

      reload(document, file) {
        const { document: before, past } = get();
        set({ saved: document, file });
        const label = `reload of ${file.fileName}`;
        set({ ...show(document), past: [...past, { document: before, label }].slice(-MAX_HISTORY), future: [] });
      },

      learnDataset(dataset, facts) {
        const key = datasetKey(dataset);
        const isKnown = JSON.stringify(knownDatasets.get(key) ?? null) === JSON.stringify(facts);
        if (facts === null) knownDatasets.delete(key);
        else knownDatasets.set(key, facts);
        const { document } = get();
        if (!isKnown && datasetKey(document.dataset) === key) set({ compiled: compileHere(document) });
      },

      memoryRequest() {
        const { document, compiled } = get();
        if (compiled.program === null || compiled.totals.isMemoryPlanned) return null;
        return { document, options: optionsFor(document) };
      },

      learnMemory(plans) {
        const { document, compiled } = get();
        const wasPlanned = compiled.totals.isMemoryPlanned;
        learnMemoryPlans(plans);
        if (!wasPlanned && compiled.totals.isMemoryPlanned) set({ compiled: compileHere(document) });
      },

      markSaved(document, file) {
        const state = get();
        const { folder } = state.file;
        // What was one object stays one: whether the document is edited goes by that.
        const moved = new Map<LayerscopeDocument, LayerscopeDocument>();
        const move = (before: LayerscopeDocument): LayerscopeDocument => {
          const after = moved.get(before) ?? movedDocument(before, folder, file.folder);
          moved.set(before, after);
          const facts = knownDatasets.get(datasetKey(before.dataset));
          if (facts !== undefined) knownDatasets.set(datasetKey(after.dataset), facts);
          return after;
        };
        const moveAll = (entries: readonly HistoryEntry[]): HistoryEntry[] =>
          entries.map((entry) => ({ ...entry, document: move(entry.document) }));
        const now = move(state.document);
        set({
          ...{ file, document: now, saved: move(document), edited: state.document !== document },
          ...(now === state.document ? {} : { compiled: compileHere(now) }),
          ...{ opened: move(state.opened), past: moveAll(state.past), future: moveAll(state.future) },
        });
      },

      markUnsaved: () => set({ saved: newDocument(), edited: true }),
      learnFile: (file) => set({ file }),
    };
  });
};

export const documentStore: DocumentStore = createDocumentStore();

export const useDocument = <T>(selector: (state: DocumentState & DocumentActions) => T): T =>
  useStore(documentStore, selector);
