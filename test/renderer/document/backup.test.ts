import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newDocument, parse, serialize } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { keepBackup } from "../../../renderer/document/backup.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { restoreWindow, save } from "../../../renderer/document/fileActions.ts";
import { experimentsStore } from "../../../renderer/experiments/experimentsStore.ts";
import { studyExamples } from "../../../renderer/experiments/studyExamples.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

const file = { handle: "h", fileName: "net.layerscope", folder: "/nets", version: "v1" };

let shell: FakeShell;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  viewStore.setState({ notices: [], question: null });
  documentStore.getState().open(newDocument(), file);
  stop = keepBackup();
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

const edit = (notes: string) => documentStore.getState().apply([{ type: "setNotes", notes }], "edit notes");
const notesIn = (text: string | undefined): string => {
  const parsed = parse(text ?? "");
  if (!parsed.ok) throw new Error("The backup is no document.");
  return parsed.value.notes;
};

describe("the backup of the unsaved document", () => {
  it("is made within a second, also while edits never pause, with what is needed to go on", async () => {
    for (let edits = 1; edits <= 10; edits += 1) {
      edit(`edit ${edits}`);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(shell.backup).toMatchObject({ handle: "h", fileName: "net.layerscope", version: "v1" });
    expect(Number(notesIn(shell.backup?.text).slice(5))).toBeGreaterThanOrEqual(5);
    await vi.advanceTimersByTimeAsync(1000);
    expect(notesIn(shell.backup?.text)).toBe("edit 10");
  });

  it.each(["blur", "pagehide"])("is made at once when the window is left (%s)", async (event) => {
    edit("a");
    window.dispatchEvent(new Event(event));
    expect(notesIn(shell.backup?.text)).toBe("a");
  });

  it("goes with the file: who keeps their own over what another program wrote is not asked again after a crash", async () => {
    edit("a");
    await vi.advanceTimersByTimeAsync(1000);
    expect(shell.backup?.version).toBe("v1");
    documentStore.getState().learnFile({ ...file, version: "v2" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(shell.backup?.version).toBe("v2");
    expect(notesIn(shell.backup?.text)).toBe("a");
  });

  it("is handed over once for each change, and not at all where nothing is unsaved", async () => {
    // What was kept before is given up first.
    window.dispatchEvent(new Event("blur"));
    let calls = 0;
    setShell({
      ...shell,
      backUp: async () => {
        calls += 1;
        return null;
      },
    });
    window.dispatchEvent(new Event("blur"));
    await vi.advanceTimersByTimeAsync(1000);
    expect(calls).toBe(0);
    edit("a");
    window.dispatchEvent(new Event("blur"));
    await vi.advanceTimersByTimeAsync(1000);
    window.dispatchEvent(new Event("blur"));
    expect(calls).toBe(1);
  });

  it("ends when nobody keeps it any more", async () => {
    edit("a");
    stop();
    edit("b");
    window.dispatchEvent(new Event("blur"));
    window.dispatchEvent(new Event("pagehide"));
    await vi.advanceTimersByTimeAsync(1000);
    expect(shell.backup).toBeNull();
  });

  it("is made before the file is written, and gone once it is", async () => {
    const steps: string[] = [];
    setShell({
      ...shell,
      backUp: async (document) => {
        steps.push(document === null ? "backup removed" : `backup of ${notesIn(document.text)}`);
        return null;
      },
      saveFile: (call) => {
        steps.push(`file of ${notesIn(call.text)}`);
        return shell.saveFile(call);
      },
    });
    edit("a");
    await save();
    await vi.advanceTimersByTimeAsync(1000);
    expect(steps).toEqual(["backup of a", "file of a", "backup removed"]);
  });

  it("is gone when undo leads back to what is saved, or the document is given up", async () => {
    edit("a");
    await vi.advanceTimersByTimeAsync(1000);
    documentStore.getState().undo();
    expect(shell.backup).toBeNull();
    edit("b");
    await vi.advanceTimersByTimeAsync(1000);
    expect(shell.backup).not.toBeNull();
    documentStore.getState().open(newDocument(), file);
    expect(shell.backup).toBeNull();
  });

  it("says once that it can't be made", async () => {
    setShell({ ...shell, backUp: async () => "the disk is full" });
    for (const notes of ["a", "b"]) {
      edit(notes);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(viewStore.getState().notices.map(({ title }) => title)).toEqual(["Unsaved changes are not backed up"]);
    // The disk has room again: what is there is kept as soon as the window loses the focus.
    setShell(shell);
    window.dispatchEvent(new Event("blur"));
    await vi.advanceTimersByTimeAsync(0);
    expect(shell.backup?.text).toContain('"b"');
  });
});

describe("a window that comes back", () => {
  const text = serialize({ ...newDocument(), notes: "unsaved" });

  it("shows the unsaved document, marked as such and with its file", async () => {
    shell.restored = { status: "done", value: { ...file, text, edited: true, net: null, startsFrom: null } };
    await restoreWindow();
    const { document, edited, file: shown } = documentStore.getState();
    expect(document.notes).toBe("unsaved");
    expect(edited).toBe(true);
    expect(shown).toEqual(file);
    expect(viewStore.getState().view).toBe("editor");
    expect(viewStore.getState().notices[0]?.title).toBe("Restored unsaved changes");
    // It stays unsaved whatever is edited and undone.
    edit("more");
    documentStore.getState().undo();
    expect(documentStore.getState().edited).toBe(true);
    await save();
    expect(shell.saved.get("h")).toBe(text);
    expect(documentStore.getState().edited).toBe(false);
  });

  it("shows a document that has all in its file as saved, and says nothing", async () => {
    shell.restored = { status: "done", value: { ...file, text, edited: false, net: null, startsFrom: null } };
    await restoreWindow();
    expect(documentStore.getState().edited).toBe(false);
    expect(viewStore.getState().notices).toEqual([]);
    expect(shell.remembered).toEqual(["h"]);
  });

  it("shows the study that the app was started with, as a definition that waits for Start", async () => {
    const study = studyExamples[0]?.text ?? "";
    shell.restored = { status: "done", value: { ...file, text: study, edited: false, net: null, startsFrom: null } };
    shell.studyFile = { status: "done", value: { text: study, document: null } };
    await restoreWindow();
    expect(viewStore.getState().notices).toEqual([]);
    expect(viewStore.getState()).toMatchObject({ view: "editor", editorView: "experiments" });
    expect(experimentsStore.getState().draft).not.toBeNull();
    expect(shell.remembered).toEqual(["h"]);
  });
});
