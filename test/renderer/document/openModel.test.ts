/** A trained net that is opened: its document, its weights on the test bench, and runs that start from it. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type LayerscopeDocument, serialize } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { commandOf, runCommand } from "../../../renderer/commands/commandTable.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import {
  exportModel,
  openExample,
  openFile,
  restoreWindow,
  save,
  startNew,
} from "../../../renderer/document/fileActions.ts";
import { chooseStartingNet } from "../../../renderer/document/startActions.ts";
import { followWindowState } from "../../../renderer/document/windowState.ts";
import { netFacts } from "../../../renderer/run/netText.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { forgetStartingNet, startFromNet, startingFit, startingNetStore } from "../../../renderer/run/startingNet.ts";
import type { RestoredDocument } from "../../../renderer/shell/shell.ts";
import { exampleDocument, modelText } from "../../support/modelText.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { hashes, startedEvent } from "../run/events.ts";

const TEXT = modelText();
let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  viewStore.setState({ view: "start", notices: [], question: null });
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await startNew();
});

const fileOf = (text: string, fileName = "digits.model.json", version = "v1") =>
  ({ status: "done", value: { handle: fileName, fileName, folder: "/nets", version, text } }) as const;

const open = async (text: string, fileName?: string): Promise<void> => {
  shell.nextFile = fileOf(text, fileName);
  await openFile();
};

const edit = () => documentStore.getState().apply([{ type: "setNotes", notes: "changed" }], "edit notes");
const notice = () => viewStore.getState().notices.at(-1);
const startOf = (trainer: number) => shell.trainers[trainer]?.requests.find(({ type }) => type === "start");
const [dense] = exampleDocument("mlp-bn")
  .nodes.filter(({ kind }) => kind === "dense")
  .slice(-1);

describe("a trained net", () => {
  it("opens as its document, by the name of its file and in no file yet, and is among the recent ones", async () => {
    await open(TEXT);
    const { document, file, edited } = documentStore.getState();
    expect(serialize(document)).toBe(serialize(exampleDocument("mlp-bn")));
    expect(file).toEqual({ handle: null, fileName: "digits.layerscope", folder: "" });
    expect(edited).toBe(false);
    expect(viewStore.getState()).toMatchObject({ view: "editor", notices: [] });
    expect(shell.remembered).toEqual(["digits.model.json"]);
    await save();
    expect(shell.saved.get("digits.layerscope")).toBe(serialize(document));
  });

  it("is drawn in rows where it says of no node where it stands", async () => {
    const plain = exampleDocument("mlp-bn");
    const nodes = plain.nodes.map((node) => ({ ...node, position: { x: 0, y: 0 } }));
    await open(modelText({ ...plain, nodes }));
    const places = documentStore.getState().document.nodes.map(({ position: { x, y } }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(nodes.length);
    expect(documentStore.getState().edited).toBe(false);
  });

  it.each([
    ["damaged", TEXT.slice(0, 5000), /line \d+/],
    ["of a newer version", TEXT.replace('"version": 2', '"version": 9'), /version 9; .* up to 2/],
    [
      "with a tensor of another shape",
      TEXT.replace(/"shape": \[\s*100,\s*784/, '"shape": [100,783'),
      /100×783; .* 100×784/,
    ],
    [
      "with half of its values",
      TEXT.replace(/"data": "[^"]{400}/, '"data": "'),
      /holds 78,\d+ values; 100×784 takes 78,400/,
    ],
  ])("that is %s is refused with the reason, and the document stays", async (_case, text, reason) => {
    await openExample("lenet-bn-avg");
    const before = documentStore.getState().document;
    await open(text);
    expect(documentStore.getState().document).toBe(before);
    expect(notice()).toMatchObject({ tone: "error", title: "digits.model.json was not opened" });
    expect(notice()?.text).toMatch(reason);
    expect(startingNetStore.getState().net).toBeNull();
    expect(shell.remembered).toEqual([]);
  });

  it("replaces unsaved changes only when the user says so, and goes with its document", async () => {
    await openExample("lenet-bn-avg");
    edit();
    const before = documentStore.getState().document;
    shell.nextFile = fileOf(TEXT);
    const opening = openFile();
    await expect.poll(() => viewStore.getState().question?.title).toBe("Save the changes to lenet-bn-avg?");
    viewStore.getState().question?.resolve(null);
    await opening;
    expect(documentStore.getState().document).toBe(before);
    expect(startingNetStore.getState().net).toBeNull();
    await save();
    await open(TEXT);
    expect(startingNetStore.getState().net?.name).toBe("digits.model.json");
    await openExample("lenet-bn-avg");
    expect(startingNetStore.getState()).toEqual({ net: null, isUsed: false });
  });

  it("that is open already is shown as it is, with its edits; a window that has it is told by it", async () => {
    const stop = followWindowState();
    await open(TEXT);
    expect(shell.windowState?.handle).toBe("digits.model.json");
    edit();
    await open(TEXT);
    expect(documentStore.getState().document.notes).toBe("changed");
    expect(viewStore.getState().question).toBeNull();
    await save();
    expect(shell.windowState?.handle).toBe("digits.layerscope");
    stop();
    await startNew();
    shell.place = "elsewhere";
    await open(TEXT);
    expect(startingNetStore.getState().net).toBeNull();
  });

  it("comes with the window that was made for it", async () => {
    shell.restored = {
      status: "done",
      value: { ...fileOf(TEXT).value, edited: false, net: null, startsFrom: null },
    };
    await restoreWindow();
    expect(documentStore.getState().file.fileName).toBe("digits.layerscope");
    expect(startingNetStore.getState()).toMatchObject({ isUsed: true, net: { name: "digits.model.json" } });
  });

  it("comes back with edits that were in no file when the app ended", async () => {
    const notes = "changed";
    const text = serialize({ ...exampleDocument("mlp-bn"), notes });
    const unsaved = {
      handle: null,
      fileName: "digits.layerscope",
      folder: "",
      version: null,
      text,
      edited: true,
      startsFrom: null,
    };
    shell.restored = { status: "done", value: { ...unsaved, net: fileOf(TEXT).value } };
    await restoreWindow();
    expect(documentStore.getState()).toMatchObject({ edited: true, document: { notes } });
    expect(startingNetStore.getState()).toMatchObject({ isUsed: true, net: { name: "digits.model.json" } });
  });

  describe("that comes in pieces", () => {
    /** Reads as the page's worker does. */
    class NetReader {
      onmessage: ((event: { data: unknown }) => void) | null = null;
      readonly #pieces: string[] = [];
      postMessage(piece: string | null): void {
        if (piece !== null) this.#pieces.push(piece);
        else queueMicrotask(() => this.onmessage?.({ data: netFacts(this.#pieces.join("")) }));
      }
      terminate(): void {
        this.onmessage = null;
      }
    }
    const half = Math.floor(TEXT.length / 2);
    /** The second half comes when it is told to. */
    const longFile = () => {
      let tell: (error: Error | null) => void = () => undefined;
      const told = new Promise<Error | null>((resolve) => {
        tell = resolve;
      });
      const pieces = async function* () {
        const error = await told;
        if (error !== null) throw error;
        yield TEXT.slice(half, -5);
        yield TEXT.slice(-5);
      };
      const value = { ...fileOf(TEXT).value, text: TEXT.slice(0, half), rest: { bytes: 129_000_000, pieces } };
      return { value, tell };
    };
    const netOnScreen = () => startingNetStore.getState().net;

    beforeEach(() => vi.stubGlobal("Worker", NetReader));
    afterEach(() => vi.unstubAllGlobals());

    it("does not keep its window from being shown, says what is read, and opens when it was", async () => {
      const { value, tell } = longFile();
      shell.restored = { status: "done", value: { ...value, edited: false, net: null, startsFrom: null } };
      viewStore.setState({ view: "start" });
      await restoreWindow();
      expect(viewStore.getState().view).toBe("start");
      expect(notice()).toMatchObject({
        title: "Reading digits.model.json",
        text: expect.stringMatching(/^129\sMB are read and checked\.$/),
      });
      tell(null);
      await expect.poll(() => viewStore.getState().view).toBe("editor");
      expect(documentStore.getState().file.fileName).toBe("digits.layerscope");
      expect(netOnScreen()).toMatchObject({ name: "digits.model.json", text: TEXT });
      expect(viewStore.getState().notices).toEqual([]);
      expect(shell.remembered).toEqual(["digits.model.json"]);
    });

    it("asks before it takes the place of what was edited while it was read", async () => {
      const { value, tell } = longFile();
      shell.restored = { status: "done", value: { ...value, edited: false, net: null, startsFrom: null } };
      await restoreWindow();
      await openExample("lenet-bn-avg");
      edit();
      tell(null);
      await expect.poll(() => viewStore.getState().question).not.toBeNull();
      viewStore.getState().question?.resolve(null);
      await expect.poll(() => viewStore.getState().question).toBeNull();
      expect(documentStore.getState().document.notes).toBe("changed");
      expect(netOnScreen()).toBeNull();
    });

    it("comes back after the edits that it belongs to, unless another document was opened", async () => {
      const text = serialize({ ...exampleDocument("mlp-bn"), notes: "changed" });
      const unsaved = { handle: null, fileName: "digits.layerscope", folder: "", version: null, text, edited: true };
      for (const opensAnother of [false, true]) {
        const { value, tell } = longFile();
        shell.restored = { status: "done", value: { ...unsaved, net: value, startsFrom: null } };
        await restoreWindow();
        expect(documentStore.getState()).toMatchObject({ edited: true, document: { notes: "changed" } });
        expect(netOnScreen()).toBeNull();
        documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
        if (opensAnother) await openExample("lenet-bn-avg");
        tell(null);
        await expect.poll(() => viewStore.getState().notices.some(({ title }) => /^Reading/.test(title))).toBe(false);
        await new Promise((resolve) => setTimeout(resolve, 0));
        expect(netOnScreen()?.name).toBe(opensAnother ? undefined : "digits.model.json");
        await startNew();
      }
    });

    it("is refused with the reason where the file can't be read on", async () => {
      const { value, tell } = longFile();
      shell.nextFile = { status: "done", value };
      tell(new Error('"digits.model.json" was changed while it was read. Open it again.'));
      await openFile();
      expect(viewStore.getState().notices).toMatchObject([
        {
          title: "digits.model.json was not opened",
          text: '"digits.model.json" was changed while it was read. Open it again.',
        },
      ]);
      expect(netOnScreen()).toBeNull();
    });
  });

  it("answers on the test bench before anything was trained, and is exported as it is", async () => {
    await open(TEXT);
    const asked = runStore.getState().askBench({ type: "evaluateTest", worst: 3 });
    await expect.poll(() => shell.trainers[0]?.requests.length).toBe(2);
    expect(shell.trainers[0]?.requests[0]).toMatchObject({ type: "openNet", text: TEXT });
    const [, question] = shell.trainers[0]?.requests ?? [];
    const requestId = question !== undefined && "requestId" in question ? question.requestId : 0;
    shell.trainers[0]?.listener.onEvent({ type: "testEvaluated", requestId, evaluation: null, problem: "no data" });
    expect(await asked).toMatchObject({ problem: "no data" });
    await exportModel();
    expect(shell.exports).toEqual([{ suggestedName: "digits.model.json", content: TEXT }]);
    // A run takes its place.
    runStore.getState().train();
    expect(shell.trainers[0]?.killed).toBe(true);
    expect(await runStore.getState().askBench({ type: "evaluateTest", worst: 3 })).toMatchObject({
      problem: expect.stringContaining("Train first"),
    });
  });
});

describe("what a run starts from", () => {
  it("is the net that was opened; from initializers where the user says so, and back", async () => {
    await open(TEXT);
    runStore.getState().train();
    expect(startOf(0)).toMatchObject({ from: { name: "digits.model.json", text: TEXT } });
    runStore.getState().stop();
    runCommand("run.toggleStart");
    runStore.getState().train();
    expect(startOf(1)).not.toHaveProperty("from");
    runStore.getState().stop();
    runCommand("run.toggleStart");
    runStore.getState().train();
    expect(startOf(2)).toHaveProperty("from");
  });

  it("is told layer by layer as the graph is edited; where none fits, it is initializers", async () => {
    await open(TEXT);
    const { net } = startingNetStore.getState();
    if (net === null || dense === undefined) throw new Error("There is no net.");
    const fitNow = () => startingFit(documentStore.getState().compiled.program, net);
    expect(fitNow()?.anew).toEqual([]);
    const deleted = documentStore.getState().document.edges.filter(({ to }) => to.node === "output");
    documentStore.getState().apply([{ type: "deleteEdges", edges: deleted }], "disconnect");
    expect(fitNow()).toBeNull();
    documentStore.getState().undo();
    expect(fitNow()?.taken).toHaveLength(11);
    const dropped = documentStore.getState().document.nodes.filter(({ kind }) => kind === "batchNorm");
    const setAll = dropped.map(({ id }) => ({ type: "setBypassed", nodeIds: [id], bypassed: true }) as const);
    documentStore.getState().apply(setAll, "bypass");
    expect(fitNow()).toMatchObject({ taken: expect.arrayContaining([dense.id]), anew: [] });
    expect(fitNow()?.taken).toHaveLength(6);
  });

  it("can be chosen for a document that is open, when a layer fits", async () => {
    await openExample("mlp-bn");
    edit();
    shell.nextFile = fileOf(TEXT, "other.model.json");
    await chooseStartingNet();
    expect(documentStore.getState().document.notes).toBe("changed");
    expect(notice()).toMatchObject({
      title: "Runs start from other.model.json",
      text: "All 11 layers take their weights from it.",
    });
    runStore.getState().train();
    expect(startOf(0)).toMatchObject({ from: { name: "other.model.json" } });
    runStore.getState().stop();
    notice()?.actions?.[0]?.run();
    expect(startingNetStore.getState().isUsed).toBe(false);
    expect(shell.remembered).toEqual([]);
  });

  it("chosen for a document comes back with its window, unless it was turned off, and it is told when it cannot", async () => {
    await openExample("mlp-bn");
    edit();
    const stop = followWindowState();
    shell.nextFile = fileOf(TEXT, "other.model.json");
    await chooseStartingNet();
    const { handle } = fileOf(TEXT, "other.model.json").value;
    expect(shell.windowState).toMatchObject({ netHandle: handle });
    startFromNet(false);
    expect(shell.windowState).toMatchObject({ netHandle: null });
    stop();

    const text = serialize(exampleDocument("mlp-bn"));
    const unsaved = { handle: null, fileName: "Untitled", folder: "", version: null, text, edited: true, net: null };
    const again = async (startsFrom: RestoredDocument["startsFrom"]) => {
      forgetStartingNet();
      shell.restored = { status: "done", value: { ...unsaved, startsFrom } };
      await restoreWindow();
    };
    await again(fileOf(TEXT, "other.model.json"));
    expect(startingNetStore.getState()).toMatchObject({
      isUsed: true,
      net: { name: "other.model.json", opened: null },
    });
    await again({ status: "failed", problem: { message: "other.model.json can't be opened: there is no such file." } });
    expect(startingNetStore.getState().net).toBeNull();
    expect(viewStore.getState().notices).toContainEqual(
      expect.objectContaining({
        title: "Runs start from initializers again",
        text: expect.stringContaining("there is no such file"),
      }),
    );
  });

  it("is refused with the reason where no layer fits, or the file is no trained net", async () => {
    const document: LayerscopeDocument = exampleDocument("lenet-bn-max");
    await openExample("mlp-bn");
    shell.nextFile = fileOf(modelText(document), "lenet.model.json");
    await chooseStartingNet();
    expect(notice()?.title).toBe("Runs can’t start from lenet.model.json");
    expect(notice()?.text).toMatch(/^No layer of the graph takes its weights\. fc1 starts anew: /);
    shell.nextFile = fileOf(serialize(document), "lenet.layerscope");
    await chooseStartingNet();
    expect(notice()?.text).toMatch(/holds no trained net/);
    expect(startingNetStore.getState().net).toBeNull();
  });

  it("is asked about before another start loses a net that is in no file", async () => {
    await open(TEXT);
    runStore.getState().train();
    const { listener } = shell.trainers[0] ?? {};
    listener?.onEvent({
      ...startedEvent(["fc1"]),
      from: { name: "digits.model.json", weightsHash: hashes.weightsHash, anew: [] },
    });
    listener?.onEvent({ type: "finished", ...hashes, step: 5, stopped: false, elapsedMs: 10 });
    expect(runStore.getState().startedWith).toBe(startingNetStore.getState().net);
    startFromNet(false);
    runCommand("run.train");
    await expect.poll(() => viewStore.getState().question?.title).toBe("Export the trained net?");
    viewStore.getState().question?.resolve(null);
    startFromNet(true);
    // The very same again: nothing is lost.
    runCommand("run.train");
    expect(shell.trainers.filter(({ requests }) => requests.some(({ type }) => type === "start"))).toHaveLength(2);
  });
});

describe("start from this run’s net", () => {
  const finish = (): void => {
    runStore.getState().train();
    const { listener } = shell.trainers.at(-1) ?? {};
    listener?.onEvent(startedEvent(["fc1"]));
    listener?.onEvent({ type: "finished", ...hashes, step: 5, stopped: true, elapsedMs: 10 });
  };
  /** The trainer hands the weights of the run over. */
  const exported = async (): Promise<void> => {
    const asked = () => shell.trainers.at(-1)?.requests.find(({ type }) => type === "exportModel");
    await expect.poll(asked).toBeDefined();
    const request = asked();
    if (request === undefined || !("requestId" in request)) throw new Error("No net was asked for.");
    shell.trainers
      .at(-1)
      ?.listener.onEvent({ type: "modelExported", requestId: request.requestId, text: TEXT, problem: null });
  };

  it("has the next run of the edited document go on from the weights of the one on screen", async () => {
    await openExample("mlp-bn");
    finish();
    if (dense === undefined) throw new Error("The net has no dense layer.");
    documentStore.getState().apply([{ type: "setNotes", notes: "changed" }], "edit notes");
    runCommand("run.startFromRun");
    await exported();
    await expect.poll(() => notice()?.title).toBe("Runs start from run mlp-bn");
    expect(notice()?.text).toBe("All 11 layers take their weights from it.");
    expect(documentStore.getState().document.notes).toBe("changed");
    runStore.getState().train();
    const start = shell.trainers.at(-1)?.requests.find(({ type }) => type === "start");
    expect(start).toMatchObject({ from: { name: "run mlp-bn", text: TEXT }, document: { notes: "changed" } });
  });

  it("is not there while a run is under way, without a run, and where the net was not kept", async () => {
    await openExample("mlp-bn");
    const refusal = () => commandOf("run.startFromRun")?.disabledBecause();
    expect(refusal()).toBe("There is no run on screen.");
    runStore.getState().train();
    expect(refusal()).toMatch(/under way/);
    const { listener } = shell.trainers.at(-1) ?? {};
    listener?.onEvent(startedEvent(["fc1"]));
    listener?.onEvent({ type: "finished", ...hashes, step: 5, stopped: true, elapsedMs: 10 });
    expect(refusal()).toBeNull();
    listener?.onExit({ reason: "crashed", message: "out of memory" });
    expect(refusal()).toMatch(/no trained net to start from/);
  });
});
