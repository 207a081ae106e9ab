import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { findDownload } from "../../../renderer/dataset/downloadStore.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample, openFile } from "../../../renderer/document/fileActions.ts";
import { RunBar } from "../../../renderer/run/RunBar.tsx";
import { RunChip } from "../../../renderer/run/RunChip.tsx";
import { runStore } from "../../../renderer/run/runStore.ts";
import { readStartingNet, setStartingNet } from "../../../renderer/run/startingNet.ts";
import { Timeline } from "../../../renderer/run/Timeline.tsx";
import { modelText } from "../../support/modelText.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { frameEvent, hashes, startedEvent } from "./events.ts";

let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(cleanup);

const begin = () => {
  act(() => runStore.getState().train());
  const listener = shell.trainers.at(-1)?.listener;
  if (!listener) throw new Error("No trainer was started.");
  act(() => listener.onEvent(startedEvent(["fc1"])));
  return (event: Parameters<typeof listener.onEvent>[0]) => act(() => listener.onEvent(event));
};
const nextFrame = () => act(() => new Promise<void>((resolve) => requestAnimationFrame(() => resolve())));
const barText = () => document.querySelector(".run-bar-details")?.textContent?.replaceAll("\u00a0", " ");
const button = (name: string) => screen.getByRole("button", { name });

it("says what Train would do, and does it", () => {
  render(<RunBar />);
  expect(barText()).toMatch(/^MNIST, \d+ epochs?, batch \d+, (SGD|Adam) [\d.]+$/);
  fireEvent.click(button("Train"));
  expect(shell.trainers).toHaveLength(1);
  expect(button("Stop").getAttribute("aria-disabled")).toBe("false");
});

it("cannot train a graph with an error, and gives the reason", () => {
  documentStore.getState().apply([{ type: "deleteNodes", nodeIds: ["output"] }], "delete output");
  render(<RunBar />);
  expect(button("Train").getAttribute("aria-disabled")).toBe("true");
  const errors = documentStore.getState().compiled.diagnostics.filter(({ severity }) => severity === "error");
  expect(button("Train").dataset.tooltip).toContain(errors[0]?.message);
  fireEvent.click(button("Train"));
  expect(shell.trainers).toHaveLength(0);
  fireEvent.click(button(`${errors.length} error${errors.length === 1 ? "" : "s"}`));
  expect(viewStore.getState().diagnosticsOpen).toBe(true);
});

it("counts no errors where the document is empty, and says what Train needs", () => {
  const { document } = documentStore.getState();
  const nodeIds = document.nodes.map(({ id }) => id);
  documentStore.getState().apply([{ type: "deleteNodes", nodeIds }], "delete all");
  render(<RunBar />);
  expect(screen.queryByRole("button", { name: /errors?$/ })).toBeNull();
  expect(button("Train").getAttribute("aria-disabled")).toBe("true");
  expect(button("Train").dataset.tooltip).toContain("Input");
});

it("follows a run from training to the end", async () => {
  render(<RunBar />);
  const send = begin();
  send({ ...frameEvent(1312, ["fc1"]), epoch: 3 });
  await nextFrame();
  expect(barText()).toBe("Epoch 3 of 5step 1,312 of 2,3450:19 left");
  expect(screen.getByText(/samples\/s/).textContent).toBe("6,840 samples/s");
  const means = screen.getByText(/1 thread$/);
  expect(means.dataset.tooltip).toBe("1 thread, SIMD, 1.00\u00a0MB");
  fireEvent.click(button("Pause"));
  send({ type: "paused", step: 1312 });
  expect(screen.getByText("Paused")).toBeTruthy();
  fireEvent.click(button("Step"));
  fireEvent.click(button("Resume"));
  expect(shell.trainers[0]?.requests.map(({ type }) => type)).toEqual([
    "start",
    "acknowledgeFrame",
    "pause",
    "stepOnce",
    "resume",
  ]);
  send({ type: "resumed", step: 1313 });
  send({ type: "finished", ...hashes, step: 2345, stopped: false, elapsedMs: 44_000 });
  expect(barText()).toBe("5 epochs, 2,345 steps in 0:44");
  expect(button("Train")).toBeTruthy();
});

it("offers to apply settings that the run under way can take over, and only those", () => {
  render(<RunBar />);
  const send = begin();
  const { apply } = documentStore.getState();
  const before = documentStore.getState().document.training;
  const start = { ...before, optimizer: { name: "sgd" } as const, learningRate: 0.05 };
  act(() => void apply([{ type: "setTraining", training: { learningRate: before.learningRate / 5 } }], "set rate"));
  const rate = documentStore.getState().document.training.learningRate;
  fireEvent.click(button(`Apply learning rate ${rate}`));
  expect(shell.trainers[0]?.requests.at(-1)).toEqual({ type: "changeTraining", training: { learningRate: rate } });
  expect(barText()).not.toContain("before the last edit");
  send({
    ...{ type: "trainingChanged", step: 40, training: { learningRate: rate } },
    ...{ settings: { ...before, learningRate: rate }, totalSteps: 2345 },
  });
  expect(screen.queryByRole("button", { name: /^Apply/ })).toBeNull();
  expect(runStore.getState().history?.changes).toEqual([{ step: 40, training: { learningRate: rate } }]);

  act(() => void apply([{ type: "setTraining", training: { ...start, batchSize: 7 } }], "set batch"));
  expect(screen.queryByRole("button", { name: /^Apply/ })).toBeNull();
  expect(barText()).toContain("trains the graph before the last edit");
});

it("follows a run whose number of epochs was changed, and tells which epoch was the best", () => {
  render(<RunBar />);
  const send = begin();
  const settings = { ...documentStore.getState().document.training, epochs: 8 };
  send({ type: "trainingChanged", step: 40, training: { epochs: 8 }, settings, totalSteps: 3752 });
  expect(barText()).toContain("of 8");
  expect(barText()).toContain("of 3,752");
  const earlyStop = { metric: "testLoss", bestEpoch: 3, restored: true } as const;
  send({ type: "finished", ...hashes, step: 2814, stopped: false, elapsedMs: 44_000, earlyStop });
  expect(barText()).toContain(
    "2,814 steps of 3,752 in 0:44, stopped early: best test loss in epoch 3, whose weights are restored",
  );
});

it("says that a failed run left the document alone, and trains again", () => {
  render(<RunBar />);
  begin();
  act(() => shell.trainers[0]?.listener.onExit({ reason: "crashed", message: "out of memory" }));
  expect(barText()).toBe("The trainer stopped: out of memory. Your document is untouched.");
  fireEvent.click(button("Train again"));
  expect(shell.trainers).toHaveLength(2);
});

it("offers to lower the learning rate of a diverged run, and shows the node that went bad first", () => {
  render(<RunBar />);
  const send = begin();
  const before = documentStore.getState().document.training.learningRate;
  const message = "Loss is not finite since step 12. First bad node: fc1.";
  send({ type: "failed", failure: { reason: "diverged", message, step: 12, nodeId: "fc1" } });
  expect(barText()).toBe(message);
  fireEvent.click(button("Show fc1"));
  expect(documentStore.getState().selectedNodeIds).toEqual(["fc1"]);
  const lower = screen.getByRole("button", { name: /^Lower the learning rate to / });
  expect(Number(lower.textContent?.split(" ").at(-1))).toBeCloseTo(before / 10, 12);
  fireEvent.click(lower);
  expect(documentStore.getState().document.training.learningRate).toBeCloseTo(before / 10, 12);
  expect(screen.queryByRole("button", { name: /^Lower the learning rate/ })).toBeNull();
  act(() => documentStore.getState().undo());
  expect(documentStore.getState().document.training.learningRate).toBe(before);
});

it("offers a rate that trains in one press, however large the one that diverged", () => {
  documentStore.getState().apply([{ type: "setTraining", training: { learningRate: 1000 } }], "set rate");
  render(<RunBar />);
  const send = begin();
  send({ type: "failed", failure: { reason: "diverged", message: "Loss is not finite.", step: 7, nodeId: "fc1" } });
  fireEvent.click(button("Lower the learning rate to 0.1"));
  expect(documentStore.getState().document.training.learningRate).toBe(0.1);
});

it("offers another dataset when the folder is not there", () => {
  const folder = { source: "idx", directory: "/gone/fashion" } as const;
  documentStore.getState().apply([{ type: "setDataset", dataset: folder }], "set dataset");
  render(<RunBar />);
  act(() => runStore.getState().train());
  const message = "The dataset folder /gone/fashion does not exist.";
  const failed = { type: "failed", failure: { reason: "datasetUnavailable", message } } as const;
  act(() => shell.trainers[0]?.listener.onEvent(failed));
  expect(barText()).toBe(message);
  expect(screen.getByText("Needs its dataset")).toBeTruthy();
  expect(screen.queryByText("Failed")).toBeNull();
  expect(screen.getByRole("status").textContent).toBe(`The run needs its dataset. ${message}`);
  expect(button("Train")).toBeTruthy();
  for (const name of ["Choose a folder…", "Choose a file…"]) expect(screen.getByRole("button", { name })).toBeTruthy();
  // There is no step to go to.
  expect(screen.queryByRole("group", { name: "Step shown" })).toBeNull();
  fireEvent.click(button("Use MNIST"));
  expect(documentStore.getState().document.dataset).toEqual({ source: "mnist" });
  expect(screen.getByText("Not trained")).toBeTruthy();
  expect(barText()).toBe("MNIST, 5 epochs, batch 100, SGD 0.1");
  expect(screen.queryByRole("button", { name: "Use MNIST" })).toBeNull();
});

it("names a published dataset that is not here, and says when it has come", async () => {
  await openExample("residual-cifar10");
  render(<RunBar />);
  act(() => runStore.getState().train());
  const message = 'The dataset folder /data/cifar-10 does not exist. Download it with "layerscope download cifar-10".';
  act(() =>
    shell.trainers[0]?.listener.onEvent({ type: "failed", failure: { reason: "datasetUnavailable", message } }),
  );
  /** What the process that looks for the files answers. */
  const found = async (status: "incomplete" | "complete") => {
    const asked = shell.trainers.findLast(({ requests }) => requests.at(-1)?.type === "findDownload");
    const request = asked?.requests.at(-1);
    if (request?.type !== "findDownload") throw new Error("Nobody looked for the files.");
    await act(async () =>
      asked?.listener.onEvent({
        type: "downloadFound",
        requestId: request.requestId,
        status,
        receivedBytes: 0,
        folder: null,
        missing: [],
      }),
    );
  };
  await found("incomplete");
  expect(barText()).toBe("CIFAR-10 is not on this computer yet.");
  expect(button("Download CIFAR-10…")).toBeTruthy();
  // Fetched in the meantime, by the dialog or by hand.
  const looking = findDownload("cifar10");
  await found("complete");
  await act(() => looking);
  expect(barText()).toBe("CIFAR-10 is on this computer now.");
  expect(screen.queryByRole("button", { name: /^Download/ })).toBeNull();
});

it("says that a batch can't be larger than the training set", () => {
  render(<RunBar />);
  act(() => runStore.getState().train());
  act(() => shell.trainers[0]?.listener.onEvent({ ...startedEvent(["fc1"]), batchSize: 65_536 }));
  expect(barText()).toContain("Batch size 65,536 is larger than the training set, 60,000: each step takes all of it.");
});

it("notes an edit that changes what would be trained, not one that only moves a node", () => {
  render(<RunBar />);
  begin();
  const { apply, document } = documentStore.getState();
  const [node] = document.nodes;
  act(() => void apply([{ type: "moveNodes", positions: { [node?.id ?? ""]: { x: 900, y: 9 } } }], "move"));
  expect(screen.queryByText(/before the last edit/)).toBeNull();
  act(() => void apply([{ type: "setTraining", training: { seed: 5 } }], "set seed"));
  expect(screen.getByText(/^Run \d+ trains the graph before the last edit\.$/)).toBeTruthy();
  act(() => documentStore.getState().undo());
  expect(screen.queryByText(/before the last edit/)).toBeNull();
});

it("scrubs with the keyboard: steps, epochs, the ends", async () => {
  render(
    <>
      <RunBar />
      <Timeline />
    </>,
  );
  const send = begin();
  send(frameEvent(1000, ["fc1"]));
  await nextFrame();
  const slider = screen.getByRole("slider", { name: "Step shown" });
  const press = (key: string, options = {}) => act(() => void fireEvent.keyDown(slider, { key, ...options }));
  press("ArrowLeft");
  expect(runStore.getState().shownStep).toBe(999);
  press("ArrowLeft", { shiftKey: true });
  expect(runStore.getState().shownStep).toBe(989);
  press("PageDown");
  expect(runStore.getState().shownStep).toBe(520);
  press("Home");
  expect(runStore.getState().shownStep).toBe(1);
  await nextFrame();
  expect(slider.getAttribute("aria-valuenow")).toBe("1");
  expect(slider.getAttribute("aria-valuemax")).toBe("1000");
  fireEvent.click(button("To the end"));
  expect(runStore.getState().shownStep).toBeNull();
  press("ArrowLeft");
  press("End");
  expect(runStore.getState().shownStep).toBeNull();
});

it("is told of in views that have no run bar, as long as the run is under way", async () => {
  viewStore.setState({ view: "editor", editorView: "experiments" });
  render(<RunChip />);
  expect(document.querySelector(".run-chip")).toBeNull();
  const send = begin();
  send({ ...frameEvent(1312, ["fc1"]), epoch: 3 });
  await nextFrame();
  expect(button("Training, back to the canvas").textContent).toBe("Trainingepoch 3 of 5");
  fireEvent.click(button("Training, back to the canvas"));
  expect(viewStore.getState().editorView).toBe("canvas");
  send({ type: "finished", stopped: false, step: 2345, elapsedMs: 1, ...hashes });
  expect(document.querySelector(".run-chip")).toBeNull();
});

it("says what a run starts from where that is a trained net, and has the other start one press away", async () => {
  shell.nextFile = {
    status: "done",
    value: { handle: "h", fileName: "digits.model.json", folder: "", version: "v", text: modelText() },
  };
  await openFile();
  render(<RunBar />);
  expect(document.querySelector(".run-bar-status")?.textContent).toBe("Trained net");
  expect(barText()).toMatch(/^MNIST, .*Starts from digits\.model\.json$/);
  const last = documentStore.getState().document.nodes.findLast(({ kind }) => kind === "dense");
  const nodeId = last?.id ?? "";
  act(() => void documentStore.getState().apply([{ type: "setParams", nodeId, params: { bias: false } }], "edit"));
  expect(barText()).toMatch(/Starts from digits\.model\.json$/);
  const [before] = documentStore
    .getState()
    .document.nodes.filter(({ kind }) => kind === "dense")
    .slice(-2);
  act(
    () =>
      void documentStore
        .getState()
        .apply([{ type: "setParams", nodeId: before?.id ?? "", params: { units: 50 } }], "edit"),
  );
  // It and the BatchNorm and the Dense that follow it.
  expect(barText()).toMatch(/Starts from digits\.model\.json; 3 layers anew$/);
  const title = document.querySelector<HTMLElement>(".run-bar-note")?.title;
  expect(title).toContain(`${before?.name} starts anew: its weight is 100×100 in digits.model.json, 50×100 here`);
  fireEvent.click(button("Start from initializers"));
  expect(barText()).toMatch(/Starts from initializers, not from digits\.model\.json$/);
  expect(document.querySelector(".run-bar-status")?.textContent).toBe("Not trained");
  fireEvent.click(button("Start from the net"));
  act(() => runStore.getState().train());
  const { listener } = shell.trainers.at(-1) ?? {};
  const from = { name: "digits.model.json", weightsHash: "0".repeat(64), anew: [nodeId] };
  act(() => listener?.onEvent({ ...startedEvent(["fc1"]), from }));
  act(() => listener?.onEvent({ type: "finished", ...hashes, step: 5, stopped: false, elapsedMs: 10 }));
  expect(barText()).toContain(`started from digits.model.json; ${last?.name} anew`);
  expect(screen.queryByRole("button", { name: "Start from initializers" })).toBeNull();
});

it("says what the next run starts from where a net was chosen after the run on screen", async () => {
  render(<RunBar />);
  const send = begin();
  send({ type: "finished", ...hashes, step: 5, stopped: true, elapsedMs: 10 });
  expect(barText()).not.toContain("starts from");
  const read = await readStartingNet({ text: modelText(), fileName: "run mlp-bn", handle: "", version: "" }, false);
  if (!read.ok) throw new Error(read.error);
  act(() => setStartingNet(read.value));
  expect(barText()).toContain("Next starts from run mlp-bn");
  fireEvent.click(button("Start from initializers"));
  expect(barText()).not.toContain("run mlp-bn");
  fireEvent.click(button("Start from the net"));
  expect(barText()).toContain("Next starts from run mlp-bn");
});
