/**
 * The app's windows: one document each. Knows what each shows, which was used last, what waits for a page that still loads, and asks pages
 * before their windows close.
 */
import { randomUUID } from "node:crypto";
import type { BrowserWindow, WebContents } from "electron";
import type { PageMessages } from "./ipcContract.ts";
import { chooseWindow, type OccupiedWindow } from "./windowPlaces.ts";

export interface DocumentWindow extends OccupiedWindow {
  /** Names its backup; a window that is opened again has the one it had. */
  readonly id: string;
  readonly window: BrowserWindow;
  /** The file of the trained net that runs of its document start from, where one was chosen for it. */
  readonly net: string | null;
}

interface Entry extends DocumentWindow {
  file: string | null;
  net: string | null;
  isEmpty: boolean;
  /** Commands for a page that still loads; null once it listens. */
  waitingCommands: PageMessages["command"][] | null;
  /** Whether the page wants to be asked before its window closes. */
  guardsClose: boolean;
  /** The question that the page has not answered yet. */
  closing: { readonly answer: Promise<boolean>; readonly resolve: (mayClose: boolean) => void } | null;
}

/** How often a page whose process has crashed is loaded again, so that a document that crashes it does not do so for ever. */
const MAX_RELOADS = 3;

export interface NewWindow {
  readonly id?: string;
  readonly bounds?: string | null;
  /** What its page opens first. */
  readonly file?: string | null;
  readonly net?: string | null;
  readonly isEmpty?: boolean;
}

export interface DocumentWindows {
  /** The window used last comes first. */
  all(): readonly DocumentWindow[];
  current(): DocumentWindow | null;
  of(page: WebContents): DocumentWindow | null;
  open(window?: NewWindow): DocumentWindow;
  /** Brings a file of the outside to a window that shows it already, to an empty one, or to a new one. */
  openFile(file: string): void;
  /** Whether the page that asks is to show the file; another window shows it otherwise. */
  place(page: WebContents, file: string): "here" | "elsewhere";
  /** What a page says of itself. */
  describe(
    page: WebContents,
    state: { readonly file: string | null; readonly net: string | null; readonly isEmpty: boolean },
  ): void;
  focus(window: DocumentWindow): void;
  /** To the window used last, or a new one; a page that still loads gets it later. */
  sendCommand(id: string, argument: string | null): void;
  listenToCommands(page: WebContents): void;
  guardClose(page: WebContents): void;
  answerClose(page: WebContents, mayClose: boolean): void;
  /** Asks one window after the other whether it may close; stops at the first that may not. */
  mayAllClose(): Promise<boolean>;
}

export const send = <C extends keyof PageMessages>(page: WebContents, channel: C, message: PageMessages[C]): void => {
  if (!page.isDestroyed()) page.send(channel, message);
};

export const createDocumentWindows = (call: {
  readonly createWindow: (call: {
    readonly bounds: string | null;
    readonly beside: BrowserWindow | null;
    readonly id: string;
  }) => BrowserWindow;
  /** The handle that a page knows a file by. */
  readonly handleOf: (file: string) => string;
  /** The page of a window is gone, or is loaded anew: nobody listens any more to what it had started. */
  readonly onPageGone: (page: WebContents) => void;
  readonly onFocused: () => void;
  readonly onFileChanged: (window: DocumentWindow) => void;
  readonly onNetChanged: (window: DocumentWindow) => void;
  /** The page may have been asked; it can be no longer. */
  readonly onClosed: (window: DocumentWindow) => void;
}): DocumentWindows => {
  /** The window used last comes first. */
  let entries: readonly Entry[] = [];

  const of = (page: WebContents): Entry | null => entries.find(({ window }) => window.webContents === page) ?? null;
  const current = (): Entry | null => entries[0] ?? null;

  const post = (entry: Entry, command: PageMessages["command"]): void => {
    if (entry.waitingCommands === null) send(entry.window.webContents, "command", command);
    else entry.waitingCommands.push(command);
  };
  const focus = ({ window }: DocumentWindow): void => {
    if (window.isMinimized()) window.restore();
    window.focus();
  };
  const setFile = (entry: Entry, file: string | null): void => {
    if (entry.file === file) return;
    entry.file = file;
    call.onFileChanged(entry);
  };

  const endQuestion = (entry: Entry, mayClose: boolean): void => {
    entry.closing?.resolve(mayClose);
    entry.closing = null;
  };
  const mayClose = (entry: Entry): Promise<boolean> => {
    if (!entry.guardsClose) return Promise.resolve(true);
    if (entry.closing === null) {
      let resolve: (mayClose: boolean) => void = () => undefined;
      const answer = new Promise<boolean>((settle) => {
        resolve = settle;
      });
      entry.closing = { answer, resolve };
      send(entry.window.webContents, "closeRequested", null);
    }
    return entry.closing.answer;
  };

  const pageGone = (entry: Entry): void => {
    entry.waitingCommands ??= [];
    entry.guardsClose = false;
    endQuestion(entry, true);
    call.onPageGone(entry.window.webContents);
  };

  const watch = (entry: Entry): void => {
    const { window } = entry;
    const page = window.webContents;
    let reloads = 0;
    page.on("did-start-navigation", ({ isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument) pageGone(entry);
    });
    page.on("render-process-gone", (_event, { reason, exitCode }) => {
      console.error(`The page's process ended: ${reason} (code ${exitCode}).`);
      pageGone(entry);
      if (reason === "clean-exit" || reloads === MAX_RELOADS) return;
      reloads += 1;
      // Its document comes back from the backup.
      page.reload();
    });
    window.on("focus", () => {
      entries = [entry, ...entries.filter((other) => other !== entry)];
      call.onFocused();
    });
    window.on("close", (event) => {
      if (!entry.guardsClose) return;
      event.preventDefault();
      // A window that may close is not asked again.
      void mayClose(entry).then((may) => {
        if (may && !window.isDestroyed()) window.destroy();
      });
    });
    window.on("closed", () => {
      entries = entries.filter((other) => other !== entry);
      endQuestion(entry, true);
      call.onPageGone(page);
      call.onClosed(entry);
    });
  };

  const open = ({ id = randomUUID(), bounds = null, file = null, net = null, isEmpty }: NewWindow = {}): Entry => {
    const window = call.createWindow({ id, bounds, beside: current()?.window ?? null });
    const entry: Entry = {
      id,
      window,
      file,
      net,
      isEmpty: isEmpty ?? file === null,
      waitingCommands: [],
      guardsClose: false,
      closing: null,
    };
    entries = [entry, ...entries];
    watch(entry);
    call.onFileChanged(entry);
    return entry;
  };

  return {
    all: () => entries,
    current,
    of,
    open,
    focus,

    openFile(file) {
      const choice = chooseWindow(entries, file, current());
      if (choice.type === "new") {
        focus(open({ file }));
        return;
      }
      focus(choice.window);
      if (choice.type === "empty") post(choice.window, { id: "file.openPath", argument: call.handleOf(file) });
    },

    place(page, file) {
      const asking = of(page);
      const choice = chooseWindow(entries, file, asking);
      if (asking === null || (choice.type !== "new" && choice.window === asking)) {
        if (asking !== null) {
          asking.isEmpty = false;
          setFile(asking, file);
        }
        return "here";
      }
      focus(choice.type === "new" ? open({ file }) : choice.window);
      return "elsewhere";
    },

    describe(page, { file, net, isEmpty }) {
      const entry = of(page);
      if (entry === null) return;
      entry.isEmpty = isEmpty;
      setFile(entry, file);
      if (entry.net === net) return;
      entry.net = net;
      call.onNetChanged(entry);
    },

    sendCommand(id, argument) {
      post(current() ?? open(), { id, argument });
    },

    listenToCommands(page) {
      const entry = of(page);
      if (entry === null) return;
      const waiting = entry.waitingCommands ?? [];
      entry.waitingCommands = null;
      for (const command of waiting) send(page, "command", command);
    },

    guardClose(page) {
      const entry = of(page);
      if (entry !== null) entry.guardsClose = true;
    },

    answerClose(page, may) {
      const entry = of(page);
      if (entry !== null) endQuestion(entry, may);
    },

    async mayAllClose() {
      for (const entry of [...entries]) {
        if (!entries.includes(entry)) continue;
        if (entry.guardsClose) focus(entry);
        if (!(await mayClose(entry))) return false;
      }
      for (const entry of entries) entry.guardsClose = false;
      return true;
    },
  };
};
