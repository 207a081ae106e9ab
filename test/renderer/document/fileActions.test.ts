import { beforeEach, describe, expect, it } from "vitest";
import { type DatasetReference, newDocument, serialize } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import {
  exportModel,
  mayClose,
  openExample,
  openFile,
  replacePrepared,
  save,
  saveAs,
  startNew,
} from "../../../renderer/document/fileActions.ts";
import { experimentsStore } from "../../../renderer/experiments/experimentsStore.ts";
import { refreshFinishedRuns } from "../../../renderer/run/finishedRuns.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { sameTraining } from "../../../renderer/run/sameTraining.ts";
import { exampleNamed, examples } from "../../../renderer/start/examples.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { finishedRun } from "../library/finishedRun.ts";
import { hashes, startedEvent } from "../run/events.ts";

import { answer, deliver, edit } from "./leavingSteps.ts";

let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  viewStore.setState({ view: "start", notices: [], question: null });
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await startNew();
});

describe("opening", () => {
  it.each(examples.map(({ fileName }) => fileName))("opens example %s without errors", async (fileName) => {
    await openExample(fileName);
    const { compiled, file, edited } = documentStore.getState();
    expect(compiled.program).not.toBeNull();
    expect(file).toEqual({ handle: null, fileName, folder: "" });
    expect(edited).toBe(false);
    expect(viewStore.getState().view).toBe("editor");
  });

  it("opens the same bytes that are saved", async () => {
    await openExample("lenet-bn-avg");
    await save();
    expect(shell.saved.get("lenet-bn-avg.layerscope")).toBe(exampleNamed("lenet-bn-avg")?.text);
  });

  it("says what is wrong with a file and leaves the document alone", async () => {
    await openExample("mlp-bn");
    const before = documentStore.getState().document;
    shell.nextFile = {
      status: "done",
      value: {
        handle: "h",
        fileName: "broken.layerscope",
        folder: "/nets",
        version: "v1",
        text: '{ "format": "layerscope", "version": 99 }',
      },
    };
    await openFile();
    expect(documentStore.getState().document).toBe(before);
    const [notice] = viewStore.getState().notices;
    expect(notice?.title).toBe("broken.layerscope was not opened");
    expect(notice?.text).toContain("version 99");
    expect(shell.remembered).toEqual([]);
  });

  it("remembers a file that is a document", async () => {
    const text = serialize(documentStore.getState().document);
    shell.nextFile = {
      status: "done",
      value: { handle: "h", fileName: "net.layerscope", folder: "/nets", version: "v1", text },
    };
    await openFile();
    expect(documentStore.getState().file.fileName).toBe("net.layerscope");
    expect(shell.remembered).toEqual(["h"]);
  });

  it("ends the run of the document before, after asking", async () => {
    await openExample("mlp-bn");
    runStore.getState().train();
    shell.trainers[0]?.listener.onEvent(startedEvent([]));
    const refused = openExample("mlp-plain");
    expect(await answer(null)).toBe("Stop the run?");
    await refused;
    expect(runStore.getState().state.phase).toBe("running");
    const opened = openExample("mlp-plain");
    await answer("stop");
    await opened;
    expect(shell.trainers[0]?.killed).toBe(true);
    expect(runStore.getState().state.phase).toBe("idle");
    expect(documentStore.getState().file.fileName).toBe("mlp-plain.layerscope");
  });
});

describe("a study that names another file", () => {
  const study = {
    ...{ format: "layerscope-study", version: 1, title: "Rates", document: "../nets/mine.layerscope" },
    ...{ search: { by: "grid" }, axes: [{ vary: "learningRate", values: [0.1, 0.2] }] },
  };
  const net = () => JSON.parse(exampleNamed("mlp-plain")?.text ?? "");
  const openStudy = (): Promise<void> => {
    const file = { handle: "s", fileName: "rates.study.json", folder: "/studies", version: "v1" };
    shell.nextFile = { status: "done", value: { ...file, text: JSON.stringify(study) } };
    return openFile();
  };
  const draft = () => experimentsStore.getState().draft;
  beforeEach(() => experimentsStore.setState({ draft: null }));

  it("opens with that document, and says what it is called", async () => {
    const document = { handle: "d", fileName: "mine.layerscope" };
    shell.studyFile = { status: "done", value: { text: JSON.stringify({ ...study, document: net() }), document } };
    await openStudy();
    expect(viewStore.getState().notices).toEqual([]);
    expect(draft()).toMatchObject({ documentName: "mine", plan: { title: "Rates" } });
    expect(draft()?.document.nodes).toHaveLength(net().nodes.length);
    expect(shell.remembered).toEqual(["s"]);
  });

  it("trains the document as it is on screen where it is open", async () => {
    shell.nextFile = {
      status: "done",
      value: { handle: "d", fileName: "mine.layerscope", folder: "/nets", version: "v1", text: JSON.stringify(net()) },
    };
    await openFile();
    edit();
    const document = { handle: "d", fileName: "mine.layerscope" };
    shell.studyFile = { status: "done", value: { text: JSON.stringify({ ...study, document: net() }), document } };
    await openStudy();
    expect(draft()?.document.notes).toBe("changed");
    documentStore.getState().undo();
  });

  it("says which file is missing and where it was looked for", async () => {
    const message = '"mine.layerscope" in /nets can\'t be opened: there is no such file.';
    shell.studyFile = { status: "failed", problem: { message, missing: true } };
    await openStudy();
    expect(draft()).toBeNull();
    expect(viewStore.getState().notices).toMatchObject([
      {
        title: "rates.study.json was not opened",
        text: `The study trains ../nets/mine.layerscope. ${message} Open that document first, then the study.`,
      },
    ]);
    expect(shell.remembered).toEqual([]);
  });

  it("takes an example of that name in its place, and no other file", async () => {
    shell.studyFile = { status: "failed", problem: { message: "It is gone.", missing: true } };
    shell.nextFile = {
      status: "done",
      value: {
        ...{ handle: "s", fileName: "rates.study.json", folder: "/studies", version: "v1" },
        text: JSON.stringify({ ...study, document: "../mlp-bn.layerscope" }),
      },
    };
    await openFile();
    expect(draft()?.documentName).toBe("mlp-bn");
  });
});

describe("the view", () => {
  it("shows a document that is opened from studies or runs, and stays where it is one of documents", async () => {
    for (const [before, after] of [
      ["runs", "canvas"],
      ["experiments", "canvas"],
      ["statistics", "statistics"],
    ] as const) {
      viewStore.setState({ editorView: before });
      await openExample("mlp-bn");
      expect(viewStore.getState()).toMatchObject({ view: "editor", editorView: after });
    }
  });
});

describe("saving in another folder", () => {
  const table: DatasetReference = {
    ...{ source: "csv", file: "data/train.csv", testFile: null, label: null },
    ...{ task: "classification", header: "detect", testShare: 0.2 },
  };
  const openTable = () =>
    documentStore
      .getState()
      .open({ ...newDocument(), dataset: table }, { handle: "h", fileName: "net.layerscope", folder: "/home/ada" });

  it("writes where the data lies from there, and keeps history and what is unsaved", async () => {
    openTable();
    const { document: opened } = documentStore.getState();
    edit();
    shell.chosenPlace = { status: "done", value: { handle: "c", fileName: "net.layerscope", folder: "/nets" } };
    await saveAs();
    const { document, edited, past, undo, redo } = documentStore.getState();
    expect(document.dataset).toEqual({ ...table, file: "../home/ada/data/train.csv" });
    expect(shell.saved.get("c")).toBe(serialize(document));
    expect(edited).toBe(false);
    expect(past.map(({ label }) => label)).toEqual(["edit notes"]);

    // Back to before the edit: the same net as then, with its data found from the new place.
    undo();
    const before = documentStore.getState();
    expect(before.edited).toBe(true);
    expect(before.document).toEqual({ ...opened, dataset: document.dataset });
    expect(before.document).toBe(before.opened);
    redo();
    expect(documentStore.getState().document).toBe(document);
    expect(documentStore.getState().edited).toBe(false);
  });

  it("leaves what a run trains the same", async () => {
    openTable();
    runStore.setState({ runDocument: documentStore.getState().document });
    shell.chosenPlace = { status: "done", value: { handle: "c", fileName: "net.layerscope", folder: "/nets" } };
    await saveAs();
    const { runDocument } = runStore.getState();
    expect(runDocument !== null && sameTraining(runDocument, documentStore.getState().document)).toBe(true);
  });

  it("changes nothing when no place is chosen, or the file cannot be written", async () => {
    openTable();
    const { document } = documentStore.getState();
    shell.chosenPlace = { status: "cancelled" };
    expect(await saveAs()).toBe(false);
    shell.chosenPlace = { status: "failed", problem: { message: "It is open in another window." } };
    expect(await saveAs()).toBe(false);
    expect(viewStore.getState().notices.at(-1)?.text).toBe("It is open in another window.");
    expect(shell.saved.size).toBe(0);
    shell.chosenPlace = { status: "done", value: { handle: "c", fileName: "net.layerscope", folder: "/nets" } };
    setShell({ ...shell, saveFile: async () => ({ status: "failed", problem: { message: "The disk is full." } }) });
    expect(await saveAs()).toBe(false);
    expect(documentStore.getState().document).toBe(document);
    expect(documentStore.getState().file.folder).toBe("/home/ada");
  });
});

describe("unsaved changes", () => {
  it("asks nothing when there are none", async () => {
    expect(await mayClose()).toBe(true);
    expect(viewStore.getState().question).toBeNull();
  });

  it("stays when the question is dismissed", async () => {
    edit();
    const { document } = documentStore.getState();
    const done = startNew();
    expect(await answer(null)).toBe("Save the changes to Untitled?");
    await done;
    expect(documentStore.getState().document).toBe(document);
  });

  it("goes on without saving when told so", async () => {
    edit();
    const done = startNew();
    await answer("discard");
    await done;
    expect(documentStore.getState().document.notes).toBe("");
    expect(shell.saved.size).toBe(0);
  });

  it("saves first when told so, and stays when saving fails", async () => {
    edit();
    const saved = mayClose();
    await answer("save");
    expect(await saved).toBe(true);
    expect(shell.saved.get("Untitled.layerscope")).toBe(serialize(documentStore.getState().document));
    documentStore.getState().apply([{ type: "setNotes", notes: "more" }], "edit notes");
    const failing: FakeShell["saveFile"] = async () => ({
      status: "failed",
      problem: { message: "The disk is full." },
    });
    setShell({ ...shell, saveFile: failing });
    const again = mayClose();
    await answer("save");
    expect(await again).toBe(false);
    const notice = viewStore.getState().notices.at(-1);
    expect(notice?.text).toBe("The disk is full.");
    expect(notice?.actions?.map(({ label }) => label)).toEqual(["Save as…"]);
    expect(documentStore.getState().edited).toBe(true);
  });
});

describe("saving and exporting", () => {
  it("saves to the same file again, and elsewhere with Save as", async () => {
    edit();
    await save();
    expect(documentStore.getState().file).toMatchObject({ handle: "Untitled.layerscope", folder: "/nets" });
    expect(documentStore.getState().edited).toBe(false);
    await saveAs();
    expect(shell.saved.size).toBe(1);
  });

  /** Saves, with a disk that takes its time; returns how it ends. */
  const saveSlowly = () => {
    let write: () => void = () => undefined;
    const written = new Promise<void>((resolve) => {
      write = resolve;
    });
    setShell({ ...shell, saveFile: (request) => written.then(() => shell.saveFile(request)) });
    const saved = save();
    return { write, saved };
  };

  it("waits for a save under way before another document takes its place, and asks nothing then", async () => {
    edit();
    const { write, saved } = saveSlowly();
    const replaced = startNew();
    await new Promise((resolve) => setTimeout(resolve));
    expect(viewStore.getState().question).toBeNull();
    write();
    expect(await saved).toBe(true);
    await replaced;
    expect(shell.saved.get("Untitled.layerscope")).toContain('"changed"');
    expect(documentStore.getState().file).toEqual({ handle: null, fileName: "Untitled", folder: "" });
    expect(documentStore.getState().edited).toBe(false);
  });

  it("gives the file to no document that was opened while it was written", async () => {
    edit();
    const { write, saved } = saveSlowly();
    await new Promise((resolve) => setTimeout(resolve));
    replacePrepared(newDocument(), "prepared");
    write();
    await saved;
    expect(documentStore.getState().file).toEqual({ handle: null, fileName: "prepared", folder: "" });
  });

  it("exports what the trainer sends as a model JSON named after the document", async () => {
    await openExample("mlp-bn");
    runStore.getState().train();
    const trainer = shell.trainers[0];
    trainer?.listener.onEvent(startedEvent([]));
    const exported = exportModel();
    await deliver(shell, '{"format":"layerscope-model"}');
    await exported;
    expect(shell.exports).toEqual([{ suggestedName: "mlp-bn.model.json", content: '{"format":"layerscope-model"}' }]);
  });

  it("exports the net that is kept with a finished run, as long as it is, without asking the trainer for its text", async () => {
    await openExample("mlp-bn");
    runStore.getState().train();
    const trainer = shell.trainers[0];
    trainer?.listener.onEvent({ ...startedEvent([]), runId: "r" });
    const end = { type: "finished", ...hashes, step: 1250, stopped: false, elapsedMs: 9000, isNetKept: true } as const;
    trainer?.listener.onEvent(end);
    shell.finished = [finishedRun({ runId: "r" })];
    shell.runModels.set("r", "kept");
    await refreshFinishedRuns();
    await exportModel();
    expect(shell.exports).toEqual([{ suggestedName: "mlp-bn.model.json", content: "kept" }]);
    expect(trainer?.requests.some(({ type }) => type === "exportModel")).toBe(false);
    // Deleted, or to make room: the trainer still has it.
    shell.finished = [];
    await refreshFinishedRuns();
    const exported = exportModel();
    await deliver(shell, "of the trainer");
    await exported;
    expect(shell.exports.at(-1)?.content).toBe("of the trainer");
  });

  it("says that there is nothing to export before training", async () => {
    await exportModel();
    expect(viewStore.getState().notices.at(-1)?.text).toBe("There is no trained net to export. Train first.");
  });
});
