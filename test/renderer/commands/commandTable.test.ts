import { beforeEach, describe, expect, it, vi } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { notifyDone } from "../../../renderer/app/viewActs.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { commandOf, commands, runCommand } from "../../../renderer/commands/commandTable.ts";
import { listenToKeyboard } from "../../../renderer/commands/keyboard.ts";
import { searchItems } from "../../../renderer/commands/searchItems.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { startedEvent } from "../run/events.ts";

let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});

const press = (key: string, options: KeyboardEventInit = {}, target: EventTarget = document.body) => {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...options });
  target.dispatchEvent(event);
  return event;
};

describe("command table", () => {
  it("has every id that the native menu sends", () => {
    const ids = [
      ...["file.new", "file.open", "file.openRecent", "file.openExample", "file.openPath", "file.save", "file.saveAs"],
      ...[
        "file.exportModel",
        "file.exportOnnx",
        "file.exportTorch",
        "edit.undo",
        "edit.redo",
        "edit.delete",
        "edit.selectAll",
        "view.zoomIn",
        "view.zoomOut",
      ],
      ...["view.fit", "view.theme", "run.train", "run.pause", "run.step", "run.stop", "run.checkGradients"],
      ...["file.newWindow", "file.reload", "file.preferences", "help.shortcuts"],
    ];
    expect(ids.filter((id) => !commandOf(id))).toEqual([]);
    expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length);
  });

  it("tells unknown ids", () => {
    expect(runCommand("file.launchRockets")).toBe(false);
  });

  it("names what undo and redo would do", () => {
    documentStore.getState().apply([{ type: "setNotes", notes: "a" }], "edit notes");
    expect(commandOf("edit.undo")?.title()).toBe("Undo edit notes");
    runCommand("edit.undo");
    expect(documentStore.getState().document.notes).not.toBe("a");
    expect(commandOf("edit.redo")?.title()).toBe("Redo edit notes");
    expect(commandOf("edit.undo")?.disabledBecause()).toBe("Nothing to undo");
  });

  it("does not train a graph with an error, and says which", () => {
    documentStore.getState().apply([{ type: "deleteNodes", nodeIds: ["bn1"] }], "delete bn1");
    const reason = commandOf("run.train")?.disabledBecause();
    expect(reason).toBe(documentStore.getState().compiled.diagnostics[0]?.message);
    runCommand("run.train");
    expect(shell.trainers).toHaveLength(0);
  });

  it("asks for the folder of a dataset, and trains on what is there", async () => {
    const { document } = documentStore.getState();
    viewStore.setState({ editorView: "experiments" });
    expect(commandOf("edit.datasetFolder")?.disabledBecause()).toBe("Show the canvas first.");
    viewStore.setState({ editorView: "canvas" });
    shell.chooseDatasetFolder = async () => ({ status: "done", value: { directory: "/data/fashion" } });
    runCommand("edit.datasetFolder");
    await vi.waitFor(() => expect(shell.trainers.at(-1)?.requests).toHaveLength(1));
    const dataset = { source: "idx", directory: "/data/fashion" } as const;
    const [request] = shell.trainers.at(-1)?.requests ?? [];
    if (request?.type !== "recognizeDataset") throw new Error("The folder was not looked at.");
    expect(request.path).toBe("/data/fashion");
    const { requestId } = request;
    shell.trainers.at(-1)?.listener.onEvent({ type: "datasetRecognized", requestId, dataset, problem: null });
    await vi.waitFor(() => expect(documentStore.getState().document.dataset).toEqual(dataset));
    runCommand("edit.undo");
    expect(documentStore.getState().document).toBe(document);
  });

  it("evaluates the net of a run on the test bench", () => {
    expect(commandOf("run.evaluate")?.disabledBecause()).toBe("There is no trained net to ask. Train first.");
    runCommand("run.train");
    shell.trainers[0]?.listener.onEvent(startedEvent(["fc1"]));
    expect(commandOf("run.evaluate")?.disabledBecause()).toBeNull();
    runCommand("run.evaluate");
    expect(viewStore.getState().editorView).toBe("bench");
    expect(shell.trainers[0]?.requests.at(-1)).toMatchObject({ type: "evaluateTest" });
  });

  it("duplicates what is selected, as one undo step", () => {
    expect(commandOf("edit.duplicate")?.disabledBecause()).toBe("No node is selected");
    const before = documentStore.getState().document;
    documentStore.getState().select(["fc1", "bn1"]);
    runCommand("edit.duplicate");
    const { document, past, selectedNodeIds } = documentStore.getState();
    expect(document.nodes).toHaveLength(before.nodes.length + 2);
    expect(document.edges).toHaveLength(before.edges.length + 1);
    expect(past).toHaveLength(1);
    expect(selectedNodeIds).toHaveLength(2);
    runCommand("edit.undo");
    expect(documentStore.getState().document).toBe(before);
  });

  it("duplicates the node that has the keyboard, selected or not", () => {
    const before = documentStore.getState().document;
    const node = document.createElement("div");
    node.className = "react-flow__node";
    node.dataset.id = "fc1";
    node.tabIndex = 0;
    document.body.append(node);
    node.focus();
    expect(commandOf("edit.duplicate")?.disabledBecause()).toBeNull();
    runCommand("edit.duplicate");
    const copy = documentStore.getState().document.nodes.at(-1);
    expect(documentStore.getState().document.nodes).toHaveLength(before.nodes.length + 1);
    expect(copy?.kind).toBe("dense");
    node.remove();
  });

  it("duplicates by Ctrl D, and by no key like it, and never lets the browser have the key", () => {
    const stop = listenToKeyboard();
    const before = documentStore.getState().document.nodes.length;
    const numNodes = () => documentStore.getState().document.nodes.length - before;
    expect(press("d", { ctrlKey: true }).defaultPrevented).toBe(true);
    expect(numNodes()).toBe(0);
    documentStore.getState().select(["fc1"]);
    press("d", { ctrlKey: true });
    expect(numNodes()).toBe(1);
    press("d", { ctrlKey: true, shiftKey: true });
    press("d");
    expect(numNodes()).toBe(1);
    stop();
  });

  it("edits nothing while the document is out of sight", () => {
    documentStore.getState().apply([{ type: "setNotes", notes: "a" }], "edit notes");
    documentStore.getState().select(["fc1"]);
    const { document } = documentStore.getState();
    for (const editorView of ["experiments", "runs"] as const) {
      viewStore.setState({ editorView });
      for (const id of ["edit.undo", "edit.delete", "edit.cut", "edit.duplicate", "edit.bypass", "edit.tidyUp"]) {
        expect(commandOf(id)?.disabledBecause()).toBe("Show the canvas first.");
        runCommand(id);
      }
      expect(documentStore.getState().document).toBe(document);
    }
    viewStore.setState({ editorView: "canvas" });
    runCommand("edit.undo");
    expect(documentStore.getState().document.notes).not.toBe("a");
  });

  it("takes back what was done with runs where that was done, and no edit", async () => {
    documentStore.getState().apply([{ type: "setNotes", notes: "a" }], "edit notes");
    const taken: string[] = [];
    const done = (label: string): void =>
      notifyDone({
        ...{ title: label, text: "", label: `delete ${label}`, place: "runs" },
        undo: async () => void taken.push(label),
      });
    const noticed = (): readonly string[] => viewStore.getState().notices.map(({ title }) => title);
    for (const label of ["first", "second"]) done(label);
    viewStore.setState({ editorView: "experiments" });
    expect(commandOf("edit.undo")?.disabledBecause()).toBe("Show the canvas first.");
    viewStore.setState({ editorView: "runs" });
    expect(commandOf("edit.undo")?.title()).toBe("Undo delete second");
    runCommand("edit.undo");
    await Promise.resolve();
    done("third");
    done("fourth");
    runCommand("edit.undo");
    expect(noticed()).toEqual(["third"]);
    // By the button of its notice.
    viewStore.getState().notices[0]?.actions?.[0]?.run();
    expect(noticed()).toEqual([]);
    runCommand("edit.undo");
    await Promise.resolve();
    expect(taken).toEqual(["second", "fourth", "third", "first"]);
    expect(commandOf("edit.undo")?.disabledBecause()).toBe("Show the canvas first.");
    expect(documentStore.getState().document.notes).toBe("a");
    viewStore.setState({ editorView: "canvas", notices: [] });
  });

  it("applies the first fix", () => {
    documentStore.getState().apply([{ type: "setParams", nodeId: "fc1", params: { units: 0 } }], "set units");
    expect(documentStore.getState().compiled.program).toBeNull();
    runCommand("edit.fix");
    expect(documentStore.getState().compiled.program).not.toBeNull();
    expect(documentStore.getState().past).toHaveLength(2);
  });

  it("trains, pauses and resumes with one key", () => {
    const stop = listenToKeyboard();
    press("Enter", { ctrlKey: true });
    const trainer = shell.trainers[0];
    trainer?.listener.onEvent(startedEvent([]));
    press("Enter", { ctrlKey: true });
    trainer?.listener.onEvent({ type: "paused", step: 3 });
    press("Enter", { ctrlKey: true });
    expect(trainer?.requests.map(({ type }) => type)).toEqual(["start", "pause", "resume"]);
    stop();
  });

  it("leaves undo, Delete and select all to a text field that has the focus", () => {
    const stop = listenToKeyboard();
    documentStore.getState().select(["fc1"]);
    const field = document.createElement("input");
    document.body.append(field);
    expect(press("Delete", {}, field).defaultPrevented).toBe(false);
    expect(press("z", { ctrlKey: true }, field).defaultPrevented).toBe(false);
    expect(documentStore.getState().document.nodes.some(({ id }) => id === "fc1")).toBe(true);
    press("Delete");
    expect(documentStore.getState().document.nodes.some(({ id }) => id === "fc1")).toBe(false);
    field.remove();
    stop();
  });

  it("keeps Ctrl S from the browser even where it does nothing", () => {
    const stop = listenToKeyboard();
    viewStore.setState({ view: "start" });
    expect(press("s", { ctrlKey: true }).defaultPrevented).toBe(true);
    expect(shell.saved.size).toBe(0);
    stop();
  });
});

describe("searching commands", () => {
  const items = ["Zoom in", "Open…", "Open LeNet", "Undo rename open1"].map((title) => ({ title, group: "x" }));

  it("wants every word and puts titles that begin with it first", () => {
    expect(searchItems(items, "open").map(({ title }) => title)).toEqual(["Open…", "Open LeNet", "Undo rename open1"]);
    expect(searchItems(items, "le op").map(({ title }) => title)).toEqual(["Open LeNet"]);
    expect(searchItems(items, "")).toHaveLength(4);
    expect(searchItems(items, "xyz")).toEqual([]);
  });

  it("puts what is called so before what has the word, and what is found by other words last", () => {
    const found = (query: string) =>
      searchItems(
        [
          { title: "Train on a folder…", group: "Edit" },
          { title: "Train", group: "Run" },
          { title: "Train one batch", group: "Run" },
          { title: "Lesson: Batch norm in LeNet", group: "Help" },
          { title: "Add Leaky ReLU", name: "Leaky ReLU", group: "Layer" },
          { title: "Add ReLU", name: "ReLU", group: "Layer" },
          { title: "Add BatchNorm", name: "BatchNorm", group: "Layer" },
          { title: "Preferences…", group: "File", keywords: "settings theme" },
          { title: "Theme: dark", group: "View" },
          { title: "Go to theme", name: "theme", group: "Node" },
        ],
        query,
      ).map(({ title }) => title);
    expect(found("batch")).toEqual(["Add BatchNorm", "Train one batch", "Lesson: Batch norm in LeNet"]);
    expect(found("relu")).toEqual(["Add ReLU", "Add Leaky ReLU"]);
    expect(found("train")[0]).toBe("Train");
    expect(found("theme")).toEqual(["Go to theme", "Theme: dark", "Preferences…"]);
    expect(found("settings")).toEqual(["Preferences…"]);
    expect(found("add batch")).toEqual(["Add BatchNorm"]);
  });
});
