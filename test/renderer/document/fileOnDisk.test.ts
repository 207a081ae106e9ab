import { beforeEach, describe, expect, it } from "vitest";
import { newDocument, serialize } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openFile, save } from "../../../renderer/document/fileActions.ts";
import { followFileOnDisk, reloadFile } from "../../../renderer/document/fileOnDisk.ts";
import { followWindowState } from "../../../renderer/document/windowState.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import type { FileOutcome, OpenedFile } from "../../../renderer/shell/shell.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

const file = { handle: "h", fileName: "net.layerscope", folder: "/nets", version: "v1" };
const textWith = (notes: string): string => serialize({ ...newDocument(), notes });

let shell: FakeShell;

beforeEach(() => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  viewStore.setState({ view: "editor", notices: [], question: null });
  documentStore.getState().open({ ...newDocument(), notes: "opened" }, file);
  followFileOnDisk();
});

const edit = (notes: string) => documentStore.getState().apply([{ type: "setNotes", notes }], "edit notes");
const notes = (): string => documentStore.getState().document.notes;
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};
/** Another program writes the file. */
const write = async (text: string, version: string): Promise<void> => {
  shell.nextFile = { status: "done", value: { ...file, version, text } };
  shell.touchFile("h");
  await settle();
};
const titles = (): readonly string[] => viewStore.getState().notices.map(({ title }) => title);
const act = (label: string): void => {
  const action = viewStore.getState().notices.flatMap(({ actions }) => actions ?? []);
  action.find((candidate) => candidate.label === label)?.run();
};
const answer = async (id: string | null): Promise<string> => {
  await settle();
  const { question } = viewStore.getState();
  if (!question) throw new Error("Nothing was asked.");
  question.resolve(id);
  await settle();
  return question.title;
};

describe("a file that another program writes", () => {
  it("is loaded anew where nothing is unsaved, as a state that undo goes back from", async () => {
    await write(textWith("theirs"), "v2");
    expect(notes()).toBe("theirs");
    expect(documentStore.getState().edited).toBe(false);
    expect(titles()).toEqual(["net.layerscope was reloaded"]);
    documentStore.getState().undo();
    expect(notes()).toBe("opened");
    expect(documentStore.getState().edited).toBe(true);
  });

  it("is a question where something is: reload keeps one's own in the history", async () => {
    edit("mine");
    await write(textWith("theirs"), "v2");
    expect(notes()).toBe("mine");
    expect(titles()).toEqual(["net.layerscope was changed by another program"]);
    act("Reload");
    await settle();
    expect(notes()).toBe("theirs");
    expect(documentStore.getState().edited).toBe(false);
    documentStore.getState().undo();
    expect(notes()).toBe("mine");
  });

  it("is replaced without another question by who keeps their own", async () => {
    edit("mine");
    await write(textWith("theirs"), "v2");
    act("Keep mine");
    expect(notes()).toBe("mine");
    expect(documentStore.getState()).toMatchObject({ edited: true, file: { ...file, version: "v2" } });
    expect(titles()).toEqual([]);
  });

  it("is noticed where unsaved changes were restored, too: it may have been written while the app was not running", async () => {
    documentStore.getState().open({ ...newDocument(), notes: "mine" }, file, true);
    shell.nextFile = { status: "done", value: { ...file, version: "v2", text: textWith("theirs") } };
    followFileOnDisk();
    await settle();
    expect(titles()).toEqual(["net.layerscope was changed by another program"]);
    expect(notes()).toBe("mine");
  });

  it("means nothing when it is what the page has just saved, or holds the same", async () => {
    edit("mine");
    await write(textWith("opened"), "v1");
    expect(titles()).toEqual([]);
    await write(textWith("mine"), "v2");
    expect(titles()).toEqual([]);
    expect(documentStore.getState()).toMatchObject({ edited: false, file: { version: "v2" } });
  });

  it("is told of once, as it is now, until the document has another file", async () => {
    edit("mine");
    await write(textWith("theirs"), "v2");
    expect(titles()).toEqual(["net.layerscope was changed by another program"]);
    shell.nextFile = { status: "failed", problem: { message: "there is no such file", missing: true } };
    shell.touchFile("h");
    await settle();
    expect(titles()).toEqual(["net.layerscope is gone"]);
    // What is edited meanwhile takes nothing of it back.
    edit("mine again");
    expect(titles()).toHaveLength(1);
    documentStore.getState().open({ ...newDocument(), notes: "other" }, { ...file, handle: "o" });
    expect(titles()).toEqual([]);
  });

  it("means nothing to a window that shows another file", async () => {
    shell.nextFile = { status: "done", value: { ...file, version: "v2", text: textWith("theirs") } };
    shell.touchFile("another");
    await settle();
    expect(notes()).toBe("opened");
    expect(titles()).toEqual([]);
  });

  it("leaves the document alone when it is none any more", async () => {
    await write("{", "v2");
    expect(notes()).toBe("opened");
    expect(documentStore.getState()).toMatchObject({ edited: true, file: { version: "v1" } });
    expect(titles()).toEqual(["net.layerscope was changed by another program"]);
  });

  it("marks the document as unsaved when it is gone, until it is back", async () => {
    shell.nextFile = { status: "failed", problem: { message: "there is no such file", missing: true } };
    shell.touchFile("h");
    await settle();
    expect(documentStore.getState().edited).toBe(true);
    expect(titles()).toEqual(["net.layerscope is gone"]);
    await write(textWith("opened"), "v1");
    expect(documentStore.getState().edited).toBe(false);
  });
});

describe("another document that is opened while the file is read again", () => {
  const other = { handle: "o", fileName: "other.layerscope", folder: "/nets", version: "w1" };
  /** Reads wait until the answer is let go. */
  const heldRead = () => {
    let resolve: (outcome: FileOutcome<OpenedFile>) => void = () => undefined;
    shell.openRecent = () =>
      new Promise((answer) => {
        resolve = answer;
      });
    return async (outcome: FileOutcome<OpenedFile>): Promise<void> => {
      resolve(outcome);
      await settle();
    };
  };
  const theirs: FileOutcome<OpenedFile> = {
    status: "done",
    value: { ...file, version: "v2", text: textWith("theirs") },
  };
  const openOther = (): void => documentStore.getState().open({ ...newDocument(), notes: "other" }, other);
  const expectOther = (): void => {
    expect(notes()).toBe("other");
    expect(documentStore.getState()).toMatchObject({ edited: false, file: other });
    expect(titles()).toEqual([]);
  };

  it.each<[string, FileOutcome<OpenedFile>]>([
    ["was changed", theirs],
    ["is gone", { status: "failed", problem: { message: "there is no such file", missing: true } }],
    ["is none any more", { status: "done", value: { ...file, version: "v2", text: "{" } }],
  ])("stays as it is where the file %s", async (_what, outcome) => {
    const read = heldRead();
    shell.touchFile("h");
    await settle();
    openOther();
    await read(outcome);
    expectOther();
  });

  it("is not replaced by a reload that was asked for the one before, nor told of its failure", async () => {
    for (const outcome of [theirs, { status: "failed", problem: { message: "it can't be read" } } as const]) {
      documentStore.getState().open({ ...newDocument(), notes: "opened" }, file);
      const read = heldRead();
      const reloaded = reloadFile();
      await settle();
      openOther();
      await read(outcome);
      await reloaded;
      expectOther();
    }
  });
});

describe("saving over what another program wrote", () => {
  it("asks, and does what was answered", async () => {
    edit("mine");
    shell.isChangedOnDisk = true;
    const refused = save();
    expect(await answer(null)).toBe("net.layerscope was changed by another program");
    expect(await refused).toBe(false);
    expect(shell.saved.size).toBe(0);

    const replaced = save();
    await answer("replace");
    expect(await replaced).toBe(true);
    expect(shell.saved.get("h")).toBe(textWith("mine"));
    expect(documentStore.getState().edited).toBe(false);
  });

  it("takes back what was said of the file", async () => {
    edit("mine");
    await write(textWith("theirs"), "v2");
    expect(titles()).toHaveLength(1);
    shell.isChangedOnDisk = true;
    const replaced = save();
    await answer("replace");
    await replaced;
    expect(titles()).toEqual([]);
  });
});

describe("what the window tells of itself", () => {
  it("is empty only as long as nothing was opened or done, and names the file that it occupies", () => {
    documentStore.getState().open(newDocument(), { handle: null, fileName: "Untitled", folder: "" });
    const stop = followWindowState();
    expect(shell.windowState).toMatchObject({ isEmpty: true, handle: null, edited: false });
    edit("a");
    expect(shell.windowState).toMatchObject({ isEmpty: false, edited: true, title: "Untitled – Layerscope" });
    // What was undone can be done again.
    documentStore.getState().undo();
    expect(shell.windowState).toMatchObject({ isEmpty: false, edited: false });
    documentStore.getState().open(newDocument(), file);
    expect(shell.windowState).toMatchObject({ isEmpty: false, handle: "h", title: "net – Layerscope" });
    stop();
  });

  it("leaves the document alone when a file opens in another window", async () => {
    edit("mine");
    shell.place = "elsewhere";
    shell.nextFile = {
      status: "done",
      value: { handle: "other", fileName: "other.layerscope", folder: "/nets", version: "v1", text: textWith("other") },
    };
    await openFile();
    expect(notes()).toBe("mine");
    expect(viewStore.getState().question).toBeNull();
    expect(shell.remembered).toEqual([]);
  });
});
