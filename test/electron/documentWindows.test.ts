import { EventEmitter } from "node:events";
import type { BrowserWindow, WebContents } from "electron";
import { beforeEach, describe, expect, it } from "vitest";
import { createDocumentWindows, type DocumentWindow, type DocumentWindows } from "../../electron/documentWindows.ts";

/** A page that records what it is sent. */
class FakePage extends EventEmitter {
  readonly sent: [string, unknown][] = [];
  reloads = 0;
  send(channel: string, message: unknown): void {
    this.sent.push([channel, message]);
  }
  reload(): void {
    this.reloads += 1;
  }
  isDestroyed(): boolean {
    return false;
  }
}

class FakeWindow extends EventEmitter {
  readonly webContents = new FakePage();
  isOpen = true;
  isMinimized(): boolean {
    return false;
  }
  isDestroyed(): boolean {
    return !this.isOpen;
  }
  focus(): void {
    this.emit("focus");
  }
  /** As by its close button. Tells whether it is closed now. */
  close(): boolean {
    let prevented = false;
    this.emit("close", {
      preventDefault: () => {
        prevented = true;
      },
    });
    if (!prevented) this.destroy();
    return !prevented;
  }
  destroy(): void {
    this.isOpen = false;
    this.emit("closed");
  }
}

let made: FakeWindow[];
let closed: string[];
let windows: DocumentWindows;

beforeEach(() => {
  made = [];
  closed = [];
  windows = createDocumentWindows({
    createWindow: () => {
      const window = new FakeWindow();
      made.push(window);
      return window as unknown as BrowserWindow;
    },
    handleOf: (file) => `handle of ${file}`,
    onPageGone: () => undefined,
    onFocused: () => undefined,
    onFileChanged: () => undefined,
    onNetChanged: () => undefined,
    onClosed: ({ id }) => closed.push(id),
  });
});

const fakeOf = ({ window }: DocumentWindow): FakeWindow => window as unknown as FakeWindow;
const pageOf = ({ window }: DocumentWindow): WebContents => window.webContents;
const sentTo = (window: DocumentWindow): readonly unknown[] => fakeOf(window).webContents.sent;

/** A window whose page has loaded and wants to be asked. */
const openLoaded = (file: string | null = null): DocumentWindow => {
  const window = windows.open({ file });
  windows.listenToCommands(pageOf(window));
  windows.guardClose(pageOf(window));
  return window;
};

describe("commands", () => {
  it("go to the window used last, and wait for a page that still loads", () => {
    const first = openLoaded("/a");
    const second = windows.open({ file: "/b" });
    windows.sendCommand("edit.undo", null);
    expect(sentTo(second)).toEqual([]);
    windows.listenToCommands(pageOf(second));
    expect(sentTo(second)).toEqual([["command", { id: "edit.undo", argument: null }]]);

    windows.focus(first);
    windows.sendCommand("file.save", null);
    expect(sentTo(first)).toEqual([["command", { id: "file.save", argument: null }]]);
  });
});

describe("a file", () => {
  it("from outside opens in an empty window, then in a new one, and once only", () => {
    const first = openLoaded();
    windows.openFile("/a");
    expect(sentTo(first)).toEqual([["command", { id: "file.openPath", argument: "handle of /a" }]]);
    expect(windows.place(pageOf(first), "/a")).toBe("here");

    windows.openFile("/b");
    expect(windows.all().map(({ file }) => file)).toEqual(["/b", "/a"]);
    windows.openFile("/a");
    expect(windows.current()).toBe(first);
    expect(made).toHaveLength(2);
  });

  it("of two that reach one empty window together, the second gets a window of its own", () => {
    const first = openLoaded();
    windows.openFile("/a");
    windows.openFile("/b");
    expect(windows.place(pageOf(first), "/a")).toBe("here");
    expect(windows.place(pageOf(first), "/b")).toBe("elsewhere");
    expect(windows.all().map(({ file }) => file)).toEqual(["/b", "/a"]);
  });

  it("chosen in one window and open in another is brought to the front there", () => {
    const first = openLoaded("/a");
    const second = openLoaded("/b");
    expect(windows.place(pageOf(second), "/a")).toBe("elsewhere");
    expect(windows.current()).toBe(first);
    windows.describe(pageOf(first), { file: null, net: null, isEmpty: true });
    expect(windows.place(pageOf(second), "/a")).toBe("elsewhere");
    expect(made).toHaveLength(3);
  });
});

describe("closing", () => {
  it("waits for the page's answer", async () => {
    const window = openLoaded("/a");
    expect(fakeOf(window).close()).toBe(false);
    windows.answerClose(pageOf(window), false);
    await Promise.resolve();
    expect(fakeOf(window).isOpen).toBe(true);
    fakeOf(window).close();
    windows.answerClose(pageOf(window), true);
    await Promise.resolve();
    await Promise.resolve();
    expect(closed).toEqual([window.id]);
    expect(windows.all()).toEqual([]);
  });

  it("of all windows asks one after the other, and stops at the first that may not", async () => {
    const first = openLoaded("/a");
    const second = openLoaded("/b");
    const refused = windows.mayAllClose();
    expect(sentTo(second)).toEqual([["closeRequested", null]]);
    expect(sentTo(first)).toEqual([]);
    windows.answerClose(pageOf(second), false);
    expect(await refused).toBe(false);
    expect(sentTo(first)).toEqual([]);

    const allowed = windows.mayAllClose();
    windows.answerClose(pageOf(second), true);
    await Promise.resolve();
    await Promise.resolve();
    windows.answerClose(pageOf(first), true);
    expect(await allowed).toBe(true);
    // They are not asked again.
    expect(fakeOf(first).close()).toBe(true);
    expect(fakeOf(second).close()).toBe(true);
  });

  it("does not wait for a page whose process has crashed, which is loaded anew three times at most", async () => {
    const window = openLoaded("/a");
    const asking = windows.mayAllClose();
    const page = fakeOf(window).webContents;
    for (let crash = 0; crash < 5; crash += 1) page.emit("render-process-gone", {}, { reason: "crashed", exitCode: 5 });
    expect(await asking).toBe(true);
    expect(page.reloads).toBe(3);
  });
});
