import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { encodeFrame } from "../../../engine/telemetry/frameLayout.ts";
import type { NodeStatistics } from "../../../engine/telemetry/statistics.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { Canvas } from "../../../renderer/canvas/Canvas.tsx";
import { canvasView } from "../../../renderer/canvas/canvasView.ts";
import { NO_BREAK_SPACE } from "../../../renderer/charts/format.ts";
import { DiagnosticsPanel } from "../../../renderer/diagnostics/DiagnosticsPanel.tsx";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { HealthMark } from "../../../renderer/health/HealthMark.tsx";
import { FailureActions } from "../../../renderer/run/FailureActions.tsx";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { frameEvent, startedEvent, statisticsAt } from "../run/events.ts";

let shell: FakeShell;
const NODES = ["input", "fc1", "relu1", "fc2", "relu2"];

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  canvasView.setState({ healthNodeId: null });
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-plain");
});
afterEach(cleanup);

const begin = (): void =>
  act(() => {
    runStore.getState().train();
    shell.trainers.at(-1)?.listener.onEvent(startedEvent(NODES));
  });

const measure = (step: number, about: Readonly<Record<string, Partial<NodeStatistics>>>): void =>
  act(() => {
    const nodes = NODES.map((nodeId) => ({ ...statisticsAt(nodeId, step), ...about[nodeId] }));
    shell.trainers.at(-1)?.listener.onEvent({
      ...frameEvent(step, []),
      frame: encodeFrame({ step, nodes, samples: null }),
    });
  });

const badge = (name: string) => screen.queryByRole("button", { name: new RegExp(`^${name}: `) });
/** What the badge of a layer says; the stage draws its text. */
const said = (name: string) => /: (.*)\. Show why/.exec(badge(name)?.getAttribute("aria-label") ?? "")?.[1];
const show = (step: number | null): void => act(() => runStore.getState().showStep(step));

it("names the layer whose numbers stand for all of a rule", async () => {
  render(<DiagnosticsPanel />);
  begin();
  const dead = { relu1: { deadChannels: 3 }, relu2: { deadChannels: 4 } };
  measure(10, dead);
  measure(20, { ...dead, fc2: { std: 0.005 } });
  await waitFor(() => {
    // The panel closes where nothing was found yet.
    act(() => viewStore.setState({ diagnosticsOpen: true }));
    expect(screen.getByText("Dead channels").parentElement?.textContent).toMatch(
      /^Dead channels at 2 layers\. relu1: 3 of 8 channels are zero on the whole batch since step.10\.$/,
    );
  });
  // A sentence that names it does so once.
  expect(screen.getByText("Vanishing").parentElement?.textContent).toMatch(
    /^Vanishing at 1 layer\. Std falls .* at fc2, /,
  );
  act(() => viewStore.setState({ diagnosticsOpen: false }));
});

it("badges are of the step shown, and say since when", async () => {
  render(<Canvas />);
  begin();
  measure(1, {});
  measure(10, { fc2: { std: 0.006 }, relu2: { deadChannels: 3 } });
  measure(20, { fc2: { std: 0.005 }, relu2: { deadChannels: 4 } });
  await waitFor(() => expect(said("fc2")).toBe("vanishing"));
  expect(said("relu2")).toBe("4 of 8 dead");
  show(10);
  // Dead channels must be there at two measured steps in a row.
  await waitFor(() => expect(badge("relu2")).toBeNull());
  expect(badge("fc2")).not.toBeNull();
  show(1);
  await waitFor(() => expect(badge("fc2")).toBeNull());
  show(null);
  await waitFor(() => expect(badge("fc2")).not.toBeNull());
  fireEvent.click(badge("fc2") ?? document.body);
  const dialog = screen.getByRole("dialog", { name: "Health of fc2" });
  expect(dialog.textContent).toContain("Std falls from 1.5 to 0.005 at fc2, below half of its neighbour.");
  expect(dialog.textContent).toContain("Limitbelow 0.05");
  expect(dialog.textContent).toContain("Since step10");
});

it("the border says what the badge says, and a badge that has gone can be reached by nothing", async () => {
  render(<Canvas />);
  begin();
  const marked = () =>
    [...document.querySelectorAll("[data-health]")].map((layer) => layer.getAttribute("data-health"));
  measure(1, {});
  measure(10, { fc2: { std: 0.006 } });
  await waitFor(() => expect(badge("fc2")).not.toBeNull());
  await waitFor(() => expect(marked()).toEqual(["warning"]));
  const button = badge("fc2");
  show(1);
  await waitFor(() => expect(badge("fc2")).toBeNull());
  expect(marked()).toEqual([]);
  // It stays where it is: a button that comes or goes has the browser arrange the page.
  expect([button?.isConnected, button?.hasAttribute("inert")]).toEqual([true, true]);
  show(null);
  await waitFor(() => expect(badge("fc2")).toBe(button));
  expect([button?.hasAttribute("inert"), marked()]).toEqual([false, ["warning"]]);
});

it("a run that goes back to a checkpoint forgets what it found after it", async () => {
  render(<Canvas />);
  begin();
  measure(1, {});
  measure(10, { fc2: { std: 0.006 } });
  await waitFor(() => expect(badge("fc2")).not.toBeNull());
  act(() => {
    const { history } = runStore.getState();
    // What the recorder does when the trainer says from where it goes on.
    if (history !== null && "rewindTo" in history && typeof history.rewindTo === "function") history.rewindTo(5);
  });
  await waitFor(() => expect(badge("fc2")).toBeNull());
  measure(12, { fc2: { std: 0.006 } });
  await waitFor(() => expect(badge("fc2")).not.toBeNull());
  fireEvent.click(badge("fc2") ?? document.body);
  expect(screen.getByRole("dialog", { name: "Health of fc2" }).textContent).toContain("Since step12");
});

it("a cure is one undo step, stands once for two findings, and the run keeps its net", async () => {
  render(<Canvas />);
  act(() => {
    documentStore
      .getState()
      .apply([{ type: "setTraining", training: { initializer: { name: "normal", std: 0.01 } } }], "set initializer");
  });
  begin();
  const weights = (nodeId: string) => {
    const { histogram } = statisticsAt(nodeId, 1);
    const moments = { count: 10, mean: 0, std: 1, min: -1, max: 1, meanMagnitude: 1, nonFinite: 0, histogram };
    const gradient = { mean: 0, std: 0, nonFinite: 0, zeros: 1, magnitudes: histogram };
    return [{ name: "weight", ...moments, gradient, update: { mean: 0, std: 1e-6, meanMagnitude: 1e-6 } }];
  };
  for (const step of [1, 2, 3]) measure(step, { fc2: { std: 0.006, weights: weights("fc2") } });
  await waitFor(() => expect(said("fc2")).toBe("vanishing and 1 more"));
  fireEvent.click(badge("fc2") ?? document.body);
  expect(screen.getAllByRole("button", { name: "Insert BatchNorm" })).toHaveLength(1);
  const before = documentStore.getState().past.length;
  fireEvent.click(screen.getByRole("button", { name: "Insert BatchNorm" }));
  expect(documentStore.getState().past.length).toBe(before + 1);
  const dialog = screen.getByRole("dialog", { name: "Health of fc2" });
  expect(dialog.textContent).toContain("trains the graph before the last edit. Train again to see it.");
  expect(runStore.getState().runDocument?.nodes.some(({ kind }) => kind === "batchNorm")).toBe(false);
  fireEvent.keyDown(dialog, { key: "Escape" });
  expect(screen.queryByRole("dialog")).toBeNull();
});

it("a setting that the run can take over is offered to it", async () => {
  render(<Canvas />);
  begin();
  measure(1, {});
  measure(10, { fc2: { std: 400 } });
  await waitFor(() => expect(said("fc2")).toBe("exploding"));
  fireEvent.click(badge("fc2") ?? document.body);
  fireEvent.click(screen.getByRole("button", { name: "Lower the learning rate" }));
  expect(documentStore.getState().document.training.learningRate).toBeCloseTo(0.01, 12);
  fireEvent.click(screen.getByRole("button", { name: "Apply to the run" }));
  expect(shell.trainers.at(-1)?.requests).toContainEqual({ type: "changeTraining", training: { learningRate: 0.01 } });
});

/** `fc2` and `relu2` twice, and a run of that has begun. */
const beginRepeated = (): readonly string[] => {
  const group = { id: "block", title: "Block", color: "neutral" as const, nodeIds: ["fc2", "relu2"] };
  act(() => {
    documentStore.getState().apply(
      [
        { type: "addGroup", group },
        { type: "changeGroup", groupId: "block", change: { repeat: 2 } },
      ],
      "repeat",
    );
  });
  const nodes = [...NODES, "fc2×2", "relu2×2"];
  act(() => {
    runStore.getState().train();
    shell.trainers.at(-1)?.listener.onEvent(startedEvent(nodes));
  });
  return nodes;
};

it("shows at the drawn node what was found of a copy in a group that repeats, and says of which", async () => {
  render(
    <>
      <Canvas />
      <p>
        marks: <HealthMark nodeId="relu2" />
      </p>
      <p>
        of the copy: <HealthMark nodeId="relu2×2" />
      </p>
    </>,
  );
  const nodes = beginRepeated();
  for (const step of [1, 10, 20]) {
    const measured = nodes.map((nodeId) => ({
      ...statisticsAt(nodeId, step),
      ...(nodeId === "relu2×2" && step > 1 ? { deadChannels: 3 } : {}),
    }));
    act(() =>
      shell.trainers.at(-1)?.listener.onEvent({
        ...frameEvent(step, []),
        frame: encodeFrame({ step, nodes: measured, samples: null }),
      }),
    );
  }
  await waitFor(() => expect(said("relu2")).toBe("3 of 8 dead"));
  fireEvent.click(badge("relu2") ?? document.body);
  await waitFor(() => expect(screen.getByText("at the copy relu2 ×2")).toBeDefined());
  // In Statistics each copy has a row.
  expect(screen.getByText(/^marks:/).textContent).toBe("marks: ");
  expect(screen.getByText(/^of the copy:/).textContent).toBe("of the copy: 3 of 8 dead");
});

it("a copy that diverged is marked at the drawn node and in its own row, and can be shown", async () => {
  const failure = { reason: "diverged", message: "First bad node: fc2 ×2.", step: 7, nodeId: "fc2×2" } as const;
  render(
    <>
      <Canvas />
      <FailureActions failure={failure} />
      <p>
        first: <HealthMark nodeId="fc2" />
      </p>
      <p>
        second: <HealthMark nodeId="fc2×2" />
      </p>
    </>,
  );
  beginRepeated();
  act(() => shell.trainers.at(-1)?.listener.onEvent({ type: "failed", failure }));
  await waitFor(() => expect(said("fc2")).toBe(`diverged, step${NO_BREAK_SPACE}7`));
  expect(screen.getByText(/^first:/).textContent).toBe("first: ");
  expect(screen.getByText(/^second:/).textContent).toBe(`second: diverged, step${NO_BREAK_SPACE}7`);
  fireEvent.click(screen.getByRole("button", { name: "Show fc2" }));
  expect(documentStore.getState().selectedNodeIds).toEqual(["fc2"]);
});
