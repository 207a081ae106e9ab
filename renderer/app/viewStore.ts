/** What is open on the page besides the document: view state, never saved. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";

export interface Notice {
  readonly id: number;
  readonly tone: "error" | "info";
  /** What happened, in a few words: `lenet.layerscope was not opened`. */
  readonly title: string;
  /** The full sentence: what is wrong, where, and what to do. */
  readonly text: string;
  /** Of what somebody did just now where they are: it ends, too, when they go to another view. */
  readonly isPassing?: boolean;
  /** Stays until it is dismissed, as errors do: what it tells must be read, or waits for a choice. Others go by themselves. */
  readonly stays?: boolean;
  /** What can be done about it; each ends the notice. */
  readonly actions?: readonly { readonly label: string; readonly run: () => void }[];
}

/** A question that must be answered before something goes on. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** The first is the primary button. */
  readonly answers: readonly { readonly id: string; readonly label: string }[];
  readonly resolve: (answer: string | null) => void;
}

type DocumentView = "canvas" | "statistics" | "bench";
export type EditorView = DocumentView | "experiments" | "runs";

/** Whether a view is of the document and its run, with the run bar below; the others are of studies and runs, whatever net they trained. */
export const isOfDocument = (view: EditorView): view is DocumentView => view !== "experiments" && view !== "runs";

export interface ViewState {
  readonly view: "start" | "editor";
  /** What of the document the window shows. */
  readonly editorView: EditorView;
  readonly commandsOpen: boolean;
  readonly diagnosticsOpen: boolean;
  readonly shortcutsOpen: boolean;
  readonly preferencesOpen: boolean;
  /** The list of edits that undo and redo go through. */
  readonly historyOpen: boolean;
  /** The samples of the dataset. */
  readonly datasetOpen: boolean;
  readonly notices: readonly Notice[];
  readonly question: Question | null;
}

export const viewStore = createStore<ViewState>(() => ({
  view: "start",
  editorView: "canvas",
  commandsOpen: false,
  diagnosticsOpen: false,
  shortcutsOpen: false,
  preferencesOpen: false,
  historyOpen: false,
  datasetOpen: false,
  notices: [],
  question: null,
}));

export const useView = <T>(selector: (state: ViewState) => T): T => useStore(viewStore, selector);

viewStore.subscribe(({ view, editorView, notices }, before) => {
  if (view === before.view && editorView === before.editorView) return;
  if (notices.some(({ isPassing }) => isPassing)) {
    viewStore.setState({ notices: notices.filter(({ isPassing }) => !isPassing) });
  }
});

let lastNoticeId = 0;

/** Time to see a notice, and to read it at leisure: 15 characters a second. */
const [SEEN_MS, READ_MS] = [5000, 66];

/** How long a notice stays by itself; null: until it is dismissed. */
export const noticeMs = ({ tone, stays = false, title, text, actions = [] }: Notice): number | null =>
  tone === "error" || stays
    ? null
    : SEEN_MS + READ_MS * [title, text, ...actions.map(({ label }) => label)].join(" ").length;

/** Shows a sentence; the same title replaces its forerunner. */
export const notify = (notice: Omit<Notice, "id">): void => {
  lastNoticeId += 1;
  const notices = viewStore.getState().notices.filter(({ title }) => title !== notice.title);
  viewStore.setState({ notices: [...notices, { ...notice, id: lastNoticeId }] });
};

export const dismissNotice = (id: number): void => {
  viewStore.setState({ notices: viewStore.getState().notices.filter((notice) => notice.id !== id) });
};

/** Resolves with the id of the answer, or null when the question was dismissed. A second question dismisses the first. */
export const ask = (question: Omit<Question, "resolve">): Promise<string | null> => {
  viewStore.getState().question?.resolve(null);
  return new Promise((resolve) => {
    viewStore.setState({
      question: {
        ...question,
        resolve: (answer) => {
          viewStore.setState({ question: null });
          resolve(answer);
        },
      },
    });
  });
};
