import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "../../../engine/index.ts";
import type { StudyRunStatus, StudyUpdate } from "../../../engine/protocol.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewActs } from "../../../renderer/app/viewActs.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { commandOf, runCommand } from "../../../renderer/commands/commandTable.ts";
import { listenToKeyboard } from "../../../renderer/commands/keyboard.ts";
import { documentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { NO_FILTER } from "../../../renderer/library/libraryEntries.ts";
import { libraryStore } from "../../../renderer/library/libraryStore.ts";
import { RunsView } from "../../../renderer/library/RunsView.tsx";
import { followFinishedRuns } from "../../../renderer/run/finishedRuns.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { startingNetStore } from "../../../renderer/run/startingNet.ts";
import { noStudies } from "../../../renderer/shell/studyHost.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";
import { exampleDocument, modelText } from "../../support/modelText.ts";
import { studyOf } from "../experiments/studyOf.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { hashes, startedEvent } from "../run/events.ts";
import { runNumbered } from "./finishedRun.ts";

const TRAINS = { kinds: ["dense"], optimizer: "sgd", dataset: "Spiral" };

let shell: FakeShell;
let stopKeys = (): void => undefined;

beforeEach(() => {
  shell = createFakeShell();
  setShell(shell);
  shell.finished = [3, 2, 1].map((digit) =>
    runNumbered(digit, { title: `net ${digit}`, trains: { ...TRAINS, seed: 7 } }),
  );
  for (const { runId } of shell.finished) shell.runDocuments.set(runId, exampleNamed("mlp-bn")?.text ?? "");
  libraryStore.setState({ filter: NO_FILTER, selected: [], at: null, renaming: null, comparing: null, studies: [] });
  viewStore.setState({ view: "editor", editorView: "runs", notices: [], question: null });
  viewActs.setState({ acts: [] });
  stopKeys = listenToKeyboard();
});
afterEach(() => {
  stopKeys();
  cleanup();
});

const rows = () => [...screen.getByRole("grid", { name: "Runs" }).querySelectorAll<HTMLElement>("[data-run]")];
const names = () => rows().map((row) => row.querySelector("strong")?.textContent);
const selected = () =>
  rows().flatMap((row) =>
    row.getAttribute("aria-selected") === "true" ? [row.querySelector("strong")?.textContent] : [],
  );
const open = async (): Promise<void> => {
  render(<RunsView />);
  await screen.findByRole("grid", { name: "Runs" });
};
const press = (key: string, own: Partial<KeyboardEventInit> = {}): void => {
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ...own });
};

describe("the list of runs", () => {
  it("is walked and selected by keyboard, as files are", async () => {
    await open();
    expect(names()).toEqual(["net 3", "net 2", "net 1"]);
    expect(rows()[0]?.tabIndex).toBe(0);
    rows()[0]?.focus();
    press("ArrowDown");
    expect(selected()).toEqual(["net 2"]);
    press("ArrowDown", { shiftKey: true });
    expect(selected()).toEqual(["net 2", "net 1"]);
    press("Home");
    press("End", { ctrlKey: true });
    expect(selected()).toEqual(["net 3"]);
    press(" ");
    expect(selected()).toEqual(["net 3", "net 1"]);
    press("a", { ctrlKey: true });
    expect(selected()).toHaveLength(3);
    press("Escape");
    expect(selected()).toEqual([]);
    expect(document.activeElement).toBe(rows()[2]);
  });

  it("deletes what is selected, goes on with the next row, and brings it back by Ctrl Z or the notice", async () => {
    await open();
    rows()[0]?.focus();
    press("ArrowDown");
    press("Delete");
    await expect.poll(names).toEqual(["net 3", "net 1"]);
    await expect.poll(() => document.activeElement).toBe(rows()[1]);
    expect(selected()).toEqual(["net 1"]);
    expect(viewStore.getState().notices[0]?.title).toBe("Deleted the run net 2");
    press("z", { ctrlKey: true });
    await expect.poll(names).toEqual(["net 3", "net 2", "net 1"]);
    expect(viewStore.getState().notices).toEqual([]);

    rows()[0]?.focus();
    press("a", { ctrlKey: true });
    press("Delete");
    await screen.findByRole("heading", { name: "Runs are kept here" });
    expect(viewStore.getState().notices[0]).toMatchObject({ title: "Deleted 3 runs" });
    viewStore.getState().notices[0]?.actions?.[0]?.run();
    await screen.findByRole("grid", { name: "Runs" });
    expect(names()).toHaveLength(3);
  });

  it("says why a run was not deleted, and keeps it", async () => {
    shell.runs = {
      ...shell.runs,
      remove: async () => ({ status: "failed", problem: { message: "The disk is read-only." } }),
    };
    await open();
    fireEvent.click(rows()[1] ?? document.body);
    press("Delete");
    await expect.poll(() => viewStore.getState().notices[0]?.text).toBe("The disk is read-only.");
    expect(names()).toHaveLength(3);
  });

  it("renames in its row; Escape leaves the name", async () => {
    await open();
    rows()[1]?.focus();
    press("ArrowUp");
    press("F2");
    const field = await screen.findByRole("textbox", { name: "Name of net 3" });
    fireEvent.change(field, { target: { value: "  baseline " } });
    fireEvent.keyDown(field, { key: "Enter" });
    await expect.poll(names).toEqual(["baseline", "net 2", "net 1"]);
    expect(shell.finished[0]?.label.name).toBe("baseline");
    expect(screen.getByRole("row", { name: /baseline/ }).textContent).toContain("net 3");
    press("F2");
    const again = await screen.findByRole("textbox", { name: "Name of baseline" });
    fireEvent.change(again, { target: { value: "other" } });
    fireEvent.keyDown(again, { key: "Escape" });
    await expect.poll(names).toEqual(["baseline", "net 2", "net 1"]);
    expect(document.activeElement).toBe(rows()[0]);
  });

  it("tags all that is selected, and filters by a tag and by words", async () => {
    await open();
    rows()[2]?.focus();
    press("ArrowUp", { shiftKey: true });
    press("End");
    press("ArrowUp", { shiftKey: true });
    expect(selected()).toEqual(["net 2", "net 1"]);
    const field = screen.getByRole("combobox", { name: "Add a tag" });
    fireEvent.change(field, { target: { value: "thesis, norm" } });
    fireEvent.keyDown(field, { key: "Enter" });
    await expect.poll(() => shell.finished.map(({ label }) => label.tags.length)).toEqual([0, 2, 2]);
    fireEvent.click(await screen.findByRole("button", { name: /^#thesis/ }));
    await expect.poll(names).toEqual(["net 2", "net 1"]);
    fireEvent.change(screen.getByRole("searchbox"), { target: { value: "net 1" } });
    expect(names()).toEqual(["net 1"]);
    fireEvent.click(screen.getByRole("button", { name: "Remove the tag norm" }));
    await expect.poll(() => shell.finished.at(-1)?.label.tags).toEqual(["thesis"]);
    fireEvent.change(screen.getByRole("searchbox"), { target: { value: "nothing like it" } });
    expect(screen.getByText(/None of 3 runs has all of this/)).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Show all" }));
    expect(names()).toHaveLength(3);
  });

  it("shows one run's net, settings and place, and says how much room all take", async () => {
    await open();
    fireEvent.click(rows()[1] ?? document.body);
    const details = within(screen.getByRole("complementary", { name: "Selected runs" }));
    expect(details.getByText("90.00 % after epoch 2")).toBeTruthy();
    expect(details.getByText("Layerscope 0.1.0, 2 threads, SIMD")).toBeTruthy();
    expect(details.getByText("/runs/1")).toBeTruthy();
    await expect.poll(() => document.querySelector(".net-picture")).not.toBeNull();
    expect(screen.getByText("3 runs, 3.00 MB on this computer")).toBeTruthy();
    expect(screen.getByText("1 selected, 1.00 MB")).toBeTruthy();
    const compare = screen.getByRole("button", { name: "Compare" });
    expect(compare.getAttribute("aria-disabled")).toBe("true");
  });
});

describe("start from a run’s net", () => {
  const notice = () => viewStore.getState().notices.at(-1);
  beforeEach(() => {
    shell.runModels.set(runNumbered(3).runId, modelText());
    documentStore.getState().open(exampleDocument("mlp-bn"), UNTITLED);
    viewStore.setState({ view: "editor", editorView: "runs", notices: [], question: null });
  });
  afterEach(() => runStore.getState().reset());

  it("is one key in its row: the canvas shows, says what runs start from, and the document stays", async () => {
    documentStore.getState().apply([{ type: "setNotes", notes: "mine" }], "edit notes");
    await open();
    rows()[0]?.focus();
    press("s");
    await expect.poll(() => startingNetStore.getState().net?.name).toBe("run net 3");
    expect(viewStore.getState().editorView).toBe("canvas");
    expect(notice()).toMatchObject({
      title: "Runs start from run net 3",
      text: "All 11 layers take their weights from it.",
    });
    expect(documentStore.getState().document.notes).toBe("mine");
  });

  it("names the layers of the open document that it does not fit", async () => {
    const { document } = documentStore.getState();
    const last = document.nodes.filter(({ kind }) => kind === "dense").at(-2);
    documentStore.getState().apply([{ type: "setParams", nodeId: last?.id ?? "", params: { units: 50 } }], "set units");
    await open();
    fireEvent.click(rows()[0] ?? globalThis.document.body);
    fireEvent.click(screen.getByRole("button", { name: "Start from net" }));
    await expect.poll(() => notice()?.title).toBe("Runs start from run net 3");
    expect(notice()?.text).toContain(`${last?.name} starts anew: its weight is 100×100 in run net 3, 50×100 here`);
  });

  it("is offered with its document where no layer of the open one fits", async () => {
    documentStore.getState().open(exampleDocument("lenet-bn-max"), { ...UNTITLED, fileName: "lenet.layerscope" });
    await open();
    fireEvent.click(rows()[0] ?? document.body);
    runCommand("run.startFromRun");
    await expect.poll(() => notice()?.title).toBe("Runs can’t start from run net 3");
    expect(viewStore.getState().editorView).toBe("runs");
    expect(startingNetStore.getState().net).toBeNull();
    notice()?.actions?.[0]?.run();
    await expect.poll(() => startingNetStore.getState().net?.name).toBe("run net 3");
    expect(documentStore.getState().file.fileName).toBe("net 3.layerscope");
    expect(documentStore.getState().document.nodes.map(({ id }) => id)).toEqual(
      exampleDocument("mlp-bn").nodes.map(({ id }) => id),
    );
  });

  it("opens the run's document in a window that has none", async () => {
    documentStore.getState().open({ ...exampleDocument("mlp-bn"), nodes: [], edges: [] }, UNTITLED);
    await open();
    rows()[0]?.focus();
    press("s");
    await expect.poll(() => documentStore.getState().file.fileName).toBe("net 3.layerscope");
    expect(startingNetStore.getState().isUsed).toBe(true);
  });

  it("is refused with the reason where its net was not kept", async () => {
    shell.finished = shell.finished.map((run) => ({ ...run, hasModel: false }));
    await open();
    rows()[0]?.focus();
    press("s");
    fireEvent.click(rows()[0] ?? document.body);
    const button = screen.getByRole("button", { name: "Start from net" });
    expect(button.getAttribute("aria-disabled")).toBe("true");
    expect(button.dataset.tooltip).toBe("Its net was not kept.");
    expect(commandOf("run.startFromRun")?.disabledBecause()).toBe("Its net was not kept.");
    expect(startingNetStore.getState().net).toBeNull();
  });
});

describe("runs of a study", () => {
  /** A study of two runs, and what is asked of it. */
  const withStudy = async (): Promise<{ readonly asked: unknown[] }> => {
    const asked: unknown[] = [];
    let { detail } = studyOf({ axes: [{ vary: "learningRate", values: [0.1, 0.2] }] }, (_params, id) => ({
      bytes: 2000,
      endedAt: `2020-01-01T00:00:0${id.at(-1)}Z`,
    }));
    const tellers = new Set<(update: StudyUpdate) => void>();
    const change = (runs: readonly StudyRunStatus[]): void => {
      detail = { ...detail, runs, numDeleted: runs.filter(({ state }) => state === "deleted").length };
      const { text: _text, runs: _runs, ...status } = detail;
      for (const tell of tellers) tell({ status, runs });
    };
    const before = detail.runs;
    shell.studies = {
      ...noStudies,
      list: async () => [detail],
      open: async () => ({ status: "done", value: detail }),
      label: async (...call) => void asked.push(call),
      removeRuns: async (...call) => {
        asked.push(call);
        change(detail.runs.map((run) => (call[1].includes(run.id) ? { ...run, state: "deleted", epochs: [] } : run)));
      },
      restoreRuns: async (...call) => {
        asked.push(call);
        change(before);
        return call[1];
      },
      onChanged: (listener) => {
        tellers.add(listener);
        return () => tellers.delete(listener);
      },
    };
    await open();
    fireEvent.click(await screen.findByRole("button", { name: /A study/, expanded: false }));
    return { asked };
  };

  it("are tagged, noted and sized as others are", async () => {
    const { asked } = await withStudy();
    fireEvent.click(rows()[3] ?? document.body);
    const details = within(screen.getByRole("complementary", { name: "Selected runs" }));
    expect(details.getByText(/its losses and some 20 measurements, 2,000 bytes/)).toBeTruthy();
    expect(details.getByText(/1 Jan 2020/)).toBeTruthy();
    const field = screen.getByRole("combobox", { name: "Add a tag" });
    fireEvent.change(field, { target: { value: "thesis" } });
    fireEvent.keyDown(field, { key: "Enter" });
    await screen.findByRole("button", { name: "Remove the tag thesis" });
    const notes = details.getByRole("textbox", { name: "Notes" });
    fireEvent.change(notes, { target: { value: "Falls fastest." } });
    fireEvent.blur(notes);
    const label = { name: null, tags: ["thesis"], notes: "", isPinned: false };
    await expect
      .poll(() => asked)
      .toEqual([
        ["s1", "run-002", label],
        ["s1", "run-002", { ...label, notes: "Falls fastest." }],
      ]);
  });

  it("are deleted with others and brought back, and the study tells how many it lacks", async () => {
    const { asked } = await withStudy();
    rows()[3]?.focus();
    fireEvent.click(rows()[3] ?? document.body);
    fireEvent.click(rows()[0] ?? document.body, { ctrlKey: true });
    press("Delete");
    await expect.poll(() => rows().length).toBe(3);
    expect(asked).toEqual([["s1", ["run-002"]]]);
    expect(screen.getByText("1 deleted")).toBeTruthy();
    expect(viewStore.getState().notices[0]).toMatchObject({
      title: "Deleted 2 runs",
      text: expect.stringContaining("“A study” shows it as deleted, and trains nothing again by itself."),
    });
    press("z", { ctrlKey: true });
    await expect.poll(() => rows().length).toBe(5);
    expect(asked.at(-1)).toEqual(["s1", ["run-002"]]);
    expect(shell.finished).toHaveLength(3);
  });
});

it("follows what another window does with runs", async () => {
  followFinishedRuns();
  await open();
  shell.finished = shell.finished.slice(1);
  shell.changeRuns();
  await expect.poll(names).toEqual(["net 2", "net 1"]);
});

it("lists a run that comes to its end while the list is shown", async () => {
  runStore.getState().reset();
  const parsed = parse(exampleNamed("mlp-bn")?.text ?? "");
  if (parsed.ok) documentStore.getState().open(parsed.value, UNTITLED);
  render(<RunsView />);
  await screen.findByRole("grid", { name: "Runs" });
  runStore.getState().train();
  const { listener } = shell.trainers.at(-1) ?? { listener: null };
  listener?.onEvent(startedEvent(["fc1"]));
  shell.finished = [runNumbered(4, { title: "net 4" }), ...shell.finished];
  const ended = { type: "finished", step: 9, stopped: true, elapsedMs: 1, ...hashes } as const;
  listener?.onEvent(ended);
  await expect.poll(names).toEqual(["net 4", "net 3", "net 2", "net 1"]);
});

describe("a run that started from a trained net", () => {
  it("says which it was, by its name and its weights, and how many layers started anew", async () => {
    const from = { name: "digits.model.json", weightsHash: `abcdef12${"0".repeat(56)}`, anew: ["fc2"] };
    shell.finished = [runNumbered(1, { from }), runNumbered(2)];
    await open();
    fireEvent.click(rows()[1] ?? document.body);
    expect(document.querySelector(".Library-facts")?.textContent).toContain(
      "Started fromdigits.model.json, weights abcdef12; 1 layer anew",
    );
    fireEvent.click(rows()[0] ?? document.body);
    expect(document.querySelector(".Library-facts")?.textContent).not.toContain("Started from");
  });
});
