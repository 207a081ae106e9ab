/** What is shown of a trained net's weights before a run measures them. */
import { act, cleanup, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadModel } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openFile, startNew } from "../../../renderer/document/fileActions.ts";
import { NodeInspector } from "../../../renderer/inspector/NodeInspector.tsx";
import { normViewOf } from "../../../renderer/norm/normView.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { startingNetStore } from "../../../renderer/run/startingNet.ts";
import { netTable } from "../../../renderer/statistics/NetWeights.tsx";
import { StatisticsView } from "../../../renderer/statistics/StatisticsView.tsx";
import { exampleDocument, modelText } from "../../support/modelText.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { frameEvent, startedEvent } from "../run/events.ts";

const TEXT = modelText();
let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await startNew();
  const fileName = "digits.model.json";
  shell.nextFile = { status: "done", value: { handle: "h", fileName, folder: "", version: "v", text: TEXT } };
  await openFile();
});
afterEach(cleanup);

const nodeOf = (kind: string) => {
  const node = documentStore.getState().document.nodes.find((each) => each.kind === kind);
  if (node === undefined) throw new Error(`There is no ${kind}.`);
  return node;
};

const tensorOf = (name: string): Float32Array => {
  const loaded = loadModel(TEXT);
  const found = loaded.ok ? loaded.value.tensors.find((tensor) => tensor.name === name) : undefined;
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found.data;
};

const stdOf = (values: Float32Array): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

const plain = (element: Element | null): string => element?.textContent?.replaceAll("\u00a0", " ") ?? "";

/** A run that measures takes its place. */
const measure = (): void => {
  act(() => runStore.getState().train());
  const listener = shell.trainers.at(-1)?.listener;
  act(() => listener?.onEvent(startedEvent(["fc1"])));
  act(() => listener?.onEvent(frameEvent(1, ["fc1"])));
};

describe("an opened net before its first step", () => {
  it("has the weights of a layer in the inspector, until a run measures", () => {
    const dense = nodeOf("dense");
    render(<NodeInspector node={dense} />);
    const weights = within(screen.getByRole("region", { name: "Weights" }));
    expect(weights.getByText("Of digits.model.json, 938 steps")).toBeTruthy();
    const std = stdOf(tensorOf(`${dense.id}.weight`));
    expect(plain(weights.getAllByRole("heading", { name: "Weight" })[0]?.parentElement ?? null)).toContain(
      `± ${std.toFixed(3)}`,
    );
    measure();
    expect(weights.queryByText(/Of digits/)).toBeNull();
  });

  it("says of a layer that was edited why it has none", () => {
    const dense = nodeOf("dense");
    documentStore
      .getState()
      .apply([{ type: "setParams", nodeId: dense.id, params: { ...dense.params, units: 50 } }], "set units");
    render(<NodeInspector node={nodeOf("dense")} />);
    expect(
      screen.getByText(`${dense.name} starts anew: its weight is 100×784 in digits.model.json, 50×784 here.`),
    ).toBeTruthy();
    expect(screen.queryByText(/Of digits/)).toBeNull();
  });

  it("has the running statistics, scale and shift of a BatchNorm, by channel and without a batch", () => {
    const norm = nodeOf("batchNorm");
    render(<NodeInspector node={norm} />);
    expect(screen.getByText(/^Of digits\.model\.json, 938 steps\. Train to see/)).toBeTruthy();
    expect(screen.getByRole("heading", { name: "Scale and shift" })).toBeTruthy();
    expect(screen.queryByText("batch", { selector: ".norm-key" })).toBeNull();
    const view = normViewOf(norm.id, runStore.getState());
    expect(view).toMatchObject({ step: 938, gap: null });
    expect(view?.statistics.gamma).toEqual(tensorOf(`${norm.id}.gamma`));
    expect(view?.statistics.runningVariance).toEqual(tensorOf(`${norm.id}.runningVariance`));
    measure();
    expect(normViewOf(norm.id, runStore.getState())).toBeNull();
  });

  it("is a table of all tensors among the statistics, as many as its file has", () => {
    render(<StatisticsView />);
    const table = within(screen.getByRole("region", { name: "Weights of digits.model.json" }));
    const loaded = loadModel(TEXT);
    const numTensors = loaded.ok ? loaded.value.tensors.length : 0;
    expect(table.getAllByRole("row")).toHaveLength(numTensors + 1);
    const [first] = table.getAllByRole("row").slice(1);
    expect(plain(first ?? null)).toMatch(/^fc1Weight100×78478,400/);
    expect(plain(first ?? null)).toContain("from −0.30 to 0.30");
    const { net } = startingNetStore.getState();
    const rows = net === null ? [] : netTable(net).rows;
    expect(rows).toHaveLength(numTensors);
    expect(rows[0]?.slice(0, 5)).toEqual(["fc1", "dense", "weight", "100×784", 78_400]);
    measure();
    expect(screen.queryByRole("region", { name: "Weights of digits.model.json" })).toBeNull();
  });

  it("is no empty table where no net was opened", () => {
    documentStore.getState().open(exampleDocument("mlp-bn"), documentStore.getState().file);
    runStore.getState().reset();
    render(<StatisticsView />);
    expect(screen.getByRole("heading", { name: "Train to measure" })).toBeTruthy();
  });
});
