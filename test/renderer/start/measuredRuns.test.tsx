import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parse } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { describeReached, exampleNamed, examples } from "../../../renderer/start/examples.ts";
import {
  bytesOf,
  restoreMeasuredRuns,
  STRIP_COLUMNS,
  STRIP_ROWS,
  watchMeasuredRuns,
} from "../../../renderer/start/measuredRuns.ts";
import { StartPage } from "../../../renderer/start/StartPage.tsx";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { frameEvent, hashes, startedEvent } from "../run/events.ts";

let shell: FakeShell;
let stopWatching: () => void;

beforeEach(() => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  stopWatching = watchMeasuredRuns();
});
afterEach(() => {
  stopWatching();
  cleanup();
});

const runExample = async (edit: () => void, stopped: boolean) => {
  // The net of the run before is in no file: opening another document would ask.
  runStore.getState().reset();
  // What the last one learnt may go without a question.
  runStore.getState().reset();
  await openExample("mlp-bn");
  edit();
  const nodeIds = documentStore.getState().document.nodes.map(({ id }) => id);
  runStore.getState().train();
  const listener = shell.trainers.at(-1)?.listener;
  listener?.onEvent(startedEvent(nodeIds));
  for (const step of [1, 2, 3]) listener?.onEvent(frameEvent(step, nodeIds));
  listener?.onEvent({
    type: "epoch",
    epoch: 1,
    step: 3,
    loss: 0.1,
    trainAccuracy: 0.97,
    testLoss: 0.09,
    testAccuracy: 0.9743,
    elapsedMs: 61_000,
    samplesPerSecond: 6000,
  });
  listener?.onEvent({ type: "finished", ...hashes, step: 3, stopped, elapsedMs: 61_000 });
};

const cardOf = (title: string) => within(screen.getByRole("button", { name: new RegExp(title) }));

it("shows on a card only what a whole run of that example has measured here", async () => {
  render(<StartPage />);
  const title = exampleNamed("mlp-bn")?.title ?? "";
  expect(cardOf(title).queryByText("1:01")).toBeNull();

  await runExample(() => undefined, true);
  expect(shell.settings.size).toBe(0);
  await runExample(() => {
    documentStore.getState().apply([{ type: "setTraining", training: { seed: 99 } }], "set seed");
  }, false);
  expect(shell.settings.size).toBe(0);

  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await runExample(() => {
    const [node] = documentStore.getState().document.nodes;
    if (node) documentStore.getState().apply([{ type: "moveNodes", positions: { [node.id]: { x: 5, y: 5 } } }], "move");
  }, false);
  expect([...shell.settings.keys()]).toEqual(["measuredRun.mlp-bn"]);
  cleanup();
  render(<StartPage />);
  expect(cardOf(title).getByText("1:01")).toBeTruthy();
  expect(cardOf(title).getByText(/97\.4\s%\stest/)).toBeTruthy();
});

it("keeps the record small enough for a setting, with strips of the size that cards draw", async () => {
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await runExample(() => undefined, false);
  const text = shell.settings.get("measuredRun.mlp-bn") ?? "";
  expect(text.length).toBeLessThan(64 * 1024);
  const { strips } = JSON.parse(text);
  expect(strips).toHaveLength(6);
  expect(bytesOf(strips[0].heat)).toHaveLength(STRIP_COLUMNS * STRIP_ROWS);
  expect(Math.max(...bytesOf(strips[0].heat))).toBeGreaterThan(0);
});

it("survives a damaged record", async () => {
  shell.settings.set("measuredRun.mlp-plain", "{");
  shell.settings.set("measuredRun.lenet-bn-max", '{"elapsedMs":-1}');
  await restoreMeasuredRuns();
  render(<StartPage />);
  expect(cardOf(exampleNamed("mlp-plain")?.title ?? "").getByText(/Not trained|test after/)).toBeTruthy();
});

it("says what an example reached when it was made", () => {
  const plain = (text: string) => text.replaceAll("\u00a0", " ");
  expect(plain(describeReached({ dataset: "mnist", epochs: 1, testAccuracy: 0.9843 }))).toBe(
    "98.4 % test after 1 epoch",
  );
  expect(plain(describeReached({ dataset: "Fashion-MNIST", epochs: 5, testAccuracy: 0.8996 }))).toBe(
    "90.0 % test on Fashion-MNIST after 5 epochs",
  );
});

it("leads back to the document that is open", async () => {
  await openExample("mlp-plain");
  documentStore.getState().apply([{ type: "setNotes", notes: "mine" }], "edit notes");
  viewStore.setState({ view: "start" });
  render(<StartPage />);
  fireEvent.click(screen.getByRole("button", { name: /^Back to mlp-plain\s*unsaved$/ }));
  expect(viewStore.getState().view).toBe("editor");
  expect(documentStore.getState().document.notes).toBe("mine");
});

it("lists every example under its group, and each one opens", () => {
  render(<StartPage />);
  for (const { title, text } of examples) {
    expect(screen.getByRole("button", { name: new RegExp(title) })).toBeTruthy();
    expect(parse(text).ok).toBe(true);
  }
});
