import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { TrainEvent } from "../../../engine/protocol.ts";
import { encodeFrame } from "../../../engine/telemetry/frameLayout.ts";
import type { BatchNormStatistics } from "../../../engine/telemetry/statistics.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { tableCsv } from "../../../renderer/charts/chartTable.ts";
import { commandOf } from "../../../renderer/commands/commandTable.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { Inspector } from "../../../renderer/inspector/Inspector.tsx";
import { channelsTable } from "../../../renderer/norm/exportChannels.ts";
import { InputOutput } from "../../../renderer/norm/InputOutput.tsx";
import { normViewOf } from "../../../renderer/norm/normView.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { frameEvent, startedEvent, statisticsAt } from "../run/events.ts";

const EPSILON = 1e-5;

/** Three channels; the means of channel 1 are furthest apart, the more the later the step. */
const norm = (step: number): BatchNormStatistics => ({
  batchMean: Float32Array.from([0, 2 + step, 1]),
  batchVariance: Float32Array.from([1, 4, 1]),
  runningMean: Float32Array.from([0.25, 0, 1]),
  runningVariance: Float32Array.from([1, 16, 1]),
  gamma: Float32Array.from([1, 0.5, 2]),
  beta: Float32Array.from([-0.25, 0, 0.5]),
});

const frame = (step: number): TrainEvent => {
  const ids = ["input", "fc1", "bn1"];
  const nodes = ids.map((id) => ({ ...statisticsAt(id, step), batchNorm: id === "bn1" ? norm(step) : null }));
  return { ...frameEvent(step, ids), frame: encodeFrame({ step, nodes, samples: null }, ids) };
};

const result = (accuracy: number, loss: number) => ({ accuracy, loss, r2: null });

let shell: FakeShell;
const send = (event: TrainEvent): void => shell.trainers[0]?.listener.onEvent(event);
const nextFrame = () => act(() => new Promise<void>((resolve) => requestAnimationFrame(() => resolve())));

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
  documentStore.getState().select(["bn1"]);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const startRun = async (): Promise<void> => {
  runStore.getState().train();
  send(startedEvent(["input", "fc1", "bn1"]));
  for (const step of [2, 6]) send(frame(step));
  render(<Inspector />);
  await nextFrame();
};

it("says what brings numbers before the first run", () => {
  render(<Inspector />);
  expect(screen.getByText("Train to see the batch statistics of bn1 beside its running ones.")).toBeTruthy();
  expect(commandOf("run.recomputeStatistics")?.disabledBecause()).toBe("No run has weights to recompute them with");
});

it("draws input and output of a layer that was selected before its run began", async () => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(300);
  render(<InputOutput nodeId="bn1" />);
  await act(async () => {
    runStore.getState().train();
    send(startedEvent(["input", "fc1", "bn1"]));
    send(frame(2));
  });
  await nextFrame();
  const plots = [...document.querySelectorAll<HTMLElement>(".norm-sides figure")];
  expect(plots.map(({ style }) => style.width)).toEqual(["144px", "144px"]);
});

it("reads batch and running values of the feature that is furthest apart, and of any other by keyboard", async () => {
  await startRun();
  expect(screen.getByText("feature 1: 8.00 and 0.00")).toBeTruthy();
  expect(screen.getByText("feature 1: 4.00 and 16.0".replace("16.0", "16.00"))).toBeTruthy();
  expect(screen.getByText("largest 2.00 in feature 1")).toBeTruthy();
  const slider = screen.getByRole("slider", { name: "Features of bn1" });
  fireEvent.keyDown(slider, { key: "Home" });
  await nextFrame();
  expect(screen.getByText("feature 0: 0.00 and 0.25")).toBeTruthy();
  expect(slider.getAttribute("aria-valuenow")).toBe("0");
  expect(slider.getAttribute("aria-valuetext")).toContain("feature 0: 0.00 and 0.25");
  fireEvent.keyDown(slider, { key: "Escape" });
  await nextFrame();
  expect(screen.getByText("feature 1: 8.00 and 0.00")).toBeTruthy();
});

it("follows the step shown", async () => {
  await startRun();
  act(() => runStore.getState().showStep(3));
  await nextFrame();
  expect(screen.getByText("feature 1: 4.00 and 0.00")).toBeTruthy();
  expect(screen.getAllByText("step 2")).toHaveLength(2);
});

it("states how far outputs differ by the formula", async () => {
  await startRun();
  // By hand: differences and variances of the outputs, summed over the features.
  const running = [1, 16, 1].map((variance) => 1 / Math.sqrt(variance + EPSILON));
  const batch = [1, 4, 1].map((variance) => 1 / Math.sqrt(variance + EPSILON));
  const [gamma, means, variances] = [
    [1, 0.5, 2],
    [-0.25, 8, 0],
    [1, 4, 1],
  ];
  let [differences, spread] = [0, 0];
  gamma.forEach((g, c) => {
    const [r = 0, b = 0, mean = 0, variance = 0] = [running[c], batch[c], means[c], variances[c]];
    differences += (g * mean * r) ** 2 + g * g * variance * (r - b) ** 2;
    spread += g * g * variance * b * b;
  });
  const stds = Math.sqrt(differences / spread).toFixed(2);
  expect(screen.getByText(`Outputs differ by ${stds} std on average between evaluation and training.`)).toBeTruthy();
});

it("recomputes on request, tells how far it is, shows before and after, and takes it back", async () => {
  await startRun();
  send({ type: "paused", step: 6 });
  fireEvent.click(screen.getByRole("button", { name: "Recompute statistics" }));
  const [request] = (shell.trainers[0]?.requests ?? []).filter(({ type }) => type === "recomputeStatistics");
  expect(request).toBeTruthy();
  act(() => send({ type: "recomputeProgressed", done: 120, total: 480 }));
  expect(screen.getByText("Batch 120 of 480")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Recompute statistics" })).toBeNull();
  // The running values are those of the batch now, as far as there are three features.
  const found = {
    step: 6,
    samples: 9984,
    before: result(0.451, 3.8749),
    training: result(0.601, 1.3285),
    after: result(0.627, 1.2844),
    norms: [
      { nodeId: "bn1", mean: Float32Array.from([0, 8, 1]).buffer, variance: Float32Array.from([1, 4, 1]).buffer },
    ],
  };
  act(() => send({ type: "statisticsRecomputed", requestId: 1, found, problem: null }));
  await nextFrame();
  const table = screen.getByRole("table", { name: "Test set before and after" });
  const accuracy = within(table).getByRole("row", { name: /^Accuracy/ });
  expect([...accuracy.querySelectorAll("td")].map((cell) => cell.textContent)).toEqual([
    "45.10\u00a0%",
    "62.70\u00a0%",
    "60.10\u00a0%",
  ]);
  expect(screen.getByText("Pooled over 9,984 training samples at step 6.")).toBeTruthy();
  expect(screen.getByText(/^Outputs differ by 0\.000 std on average .* before\.$/)).toBeTruthy();
  expect(screen.getByText("feature 0: 0.00 and 0.00")).toBeTruthy();

  fireEvent.click(screen.getByRole("button", { name: "Restore" }));
  act(() => send({ type: "statisticsRestored", requestId: 2, problem: null }));
  await nextFrame();
  expect(screen.getByText("largest 2.00 in feature 1")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Restore" })).toBeNull();
});

it("does not offer to restore once training has gone on", async () => {
  await startRun();
  const found = { step: 6, samples: 64, before: result(0.5, 1), training: result(0.5, 1), after: result(0.5, 1) };
  act(() => send({ type: "statisticsRecomputed", requestId: 1, found: { ...found, norms: [] }, problem: null }));
  expect(commandOf("run.restoreStatistics")?.disabledBecause()).toBeNull();
  act(() => send(frame(7)));
  expect(commandOf("run.restoreStatistics")?.disabledBecause()).toBe(
    "Training has gone on since, and has changed them",
  );
});

it("tells of recomputed statistics where no inspector shows them", async () => {
  await startRun();
  act(() => documentStore.getState().select(["fc1"]));
  viewStore.setState({ notices: [] });
  act(() => void commandOf("run.recomputeStatistics")?.run(null));
  const results = { before: result(0.5, 3), training: result(0.9712, 0.1), after: result(0.97, 0.11) };
  const found = { step: 6, samples: 10_000, norms: [], ...results };
  act(() => send({ type: "statisticsRecomputed", requestId: 1, found, problem: null }));
  expect(viewStore.getState().notices.map(({ text }) => text)).toEqual([
    "Test accuracy 97.00\u00a0%, 50.00\u00a0% before; 97.12\u00a0% in training mode.",
  ]);
});

it("tells why nothing was recomputed", async () => {
  await startRun();
  const problem = "Stopped. The running statistics are as they were.";
  act(() => send({ type: "statisticsRecomputed", requestId: 1, found: null, problem }));
  expect(screen.getByText(problem)).toBeTruthy();
});

it("lists every number as a table, and as CSV", async () => {
  await startRun();
  fireEvent.click(screen.getByRole("button", { name: "Show the features as a table" }));
  const table = within(screen.getByRole("region", { name: "Numbers of bn1" }));
  expect([...table.getByRole("row", { name: /^1 / }).children].map((cell) => cell.textContent)).toEqual([
    ...["1", "8.00", "0.00", "4.00", "16.00", "2.00", "0.50", "0.00"],
  ]);
  const view = normViewOf("bn1", runStore.getState());
  const lines = view === null ? [] : tableCsv(channelsTable(view)).split("\n");
  expect(lines).toHaveLength(5);
  expect(lines[1]).toMatch(/^6,0,0,0\.25,1,1,-0\.24999\d*,1,-0\.25,/);
});

it("has the statistics of the output on a tab of its own", async () => {
  await startRun();
  expect(screen.queryByText("Values over time")).toBeNull();
  fireEvent.keyDown(screen.getByRole("tab", { name: "Batch and running" }), { key: "ArrowRight" });
  expect(screen.getByRole("tab", { name: "Statistics" }).getAttribute("aria-selected")).toBe("true");
  expect(screen.getByText("Values over time")).toBeTruthy();
  fireEvent.keyDown(screen.getByRole("tab", { name: "Statistics" }), { key: "ArrowLeft" });
});
