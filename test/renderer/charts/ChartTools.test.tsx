/** Every chart has a table view and a menu of exports. */
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { Inspector } from "../../../renderer/inspector/Inspector.tsx";
import { runStore } from "../../../renderer/run/runStore.ts";
import { Timeline } from "../../../renderer/run/Timeline.tsx";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { frameEvent, startedEvent } from "../run/events.ts";

let shell: FakeShell;

const nextFrame = () => act(() => new Promise<void>((resolve) => requestAnimationFrame(() => resolve())));

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
  documentStore.getState().select(["fc1"]);
  runStore.getState().train();
  const listener = shell.trainers[0]?.listener;
  listener?.onEvent(startedEvent(["input", "fc1"]));
  for (const step of [1, 2, 4]) listener?.onEvent(frameEvent(step, ["input", "fc1"]));
});
afterEach(cleanup);

const cellsOf = (row: Element): (string | null)[] => [...row.children].map((cell) => cell.textContent);

const exported = async (button: string, item: string): Promise<{ name: string; text: string }> => {
  fireEvent.click(screen.getByRole("button", { name: button }));
  const before = shell.exports.length;
  fireEvent.click(screen.getByRole("menuitem", { name: item }));
  await expect.poll(() => shell.exports.length).toBe(before + 1);
  const { suggestedName, content } = shell.exports[before] ?? { suggestedName: "", content: "" };
  return { name: suggestedName, text: String(content) };
};

it("lists a node's histogram bin by bin, with what lies outside, and its numbers at every measured step", async () => {
  render(<Inspector />);
  fireEvent.click(screen.getByRole("button", { name: "Show the output of fc1 as a table" }));
  await nextFrame();
  const bins = within(screen.getByRole("region", { name: "Values of fc1" })).getAllByRole("row");
  expect(bins).toHaveLength(1 + 1 + 64 + 1);
  expect(cellsOf(bins[1] as Element)).toEqual(["–", "−2.00", "3"]);
  expect(cellsOf(bins[3] as Element)).toEqual(["−1.94", "−1.88", "1"]);
  expect(cellsOf(bins[66] as Element)).toEqual(["2.00", "–", "1"]);
  const steps = within(screen.getByRole("region", { name: "Values of fc1 over time" })).getAllByRole("row");
  expect(steps.slice(1).map((row) => cellsOf(row).slice(0, 3))).toEqual([
    ["4", "4.00", "1.50"],
    ["2", "2.00", "1.50"],
    ["1", "1.00", "1.50"],
  ]);
  fireEvent.click(screen.getByRole("button", { name: "Show the output of fc1 as charts" }));
  expect(screen.queryByRole("region", { name: "Values of fc1" })).toBeNull();
});

it("saves a node's numbers, histograms and charts", async () => {
  render(<Inspector />);
  const numbers = await exported("Export the output of fc1", "Numbers, CSV");
  expect(numbers.name).toBe("mlp-bn-fc1-statistics.csv");
  expect(numbers.text.trimEnd().split("\n")).toHaveLength(4);
  expect(numbers.text).toContain("\n4,fc1,dense,2020,4,1.5,");
  const histograms = await exported("Export the output of fc1", "Histograms, CSV");
  const [head = "", first = ""] = histograms.text.split("\n");
  const cells = Object.fromEntries(head.split(",").map((id, at) => [id, first.split(",")[at]]));
  expect(cells).toMatchObject({ step: "1", of: "values", low: "-2", below: "3", above: "1", bin_0: "0", bin_63: "63" });
  const svg = await exported("Export the output of fc1", "Charts, SVG");
  expect(svg.name).toBe("mlp-bn-fc1-step-4.svg");
  const drawn = new DOMParser().parseFromString(svg.text, "image/svg+xml");
  expect(drawn.querySelector("parsererror")).toBeNull();
  const words = [...drawn.querySelectorAll("text")].map((text) => text.textContent);
  expect(words).toEqual(
    expect.arrayContaining(["Mean ± std", "Values over time", "Values at step 4", "Channel means"]),
  );
});

it("lists and saves the loss of every step", async () => {
  render(<Timeline />);
  fireEvent.click(screen.getByRole("button", { name: "Show loss and accuracy as a table" }));
  await nextFrame();
  const table = screen.getByRole("region", { name: "Loss and accuracy of every step" });
  const rows = within(table).getAllByRole("row").slice(2);
  expect(rows.map((row) => cellsOf(row).slice(0, 3))).toEqual([
    ["4", "0.2500", "50.00\u00a0%"],
    ["3", "–", "–"],
    ["2", "0.5000", "50.00\u00a0%"],
    ["1", "1.0000", "50.00\u00a0%"],
  ]);
  act(() => runStore.getState().showStep(2));
  await nextFrame();
  expect(within(table).getByText("Up to step 2, the latest first")).toBeTruthy();
  const csv = await exported("Export loss and accuracy", "Numbers of every step, CSV");
  expect(csv.text.split("\n").slice(1, 3)).toEqual(["1,1,0.5,,,,,", "2,0.5,0.5,,,,,"]);
  const svg = await exported("Export loss and accuracy", "Chart, SVG");
  expect(svg.text).toContain(">Loss<");
});

it("says in the menu of exports that nothing was measured yet", () => {
  runStore.getState().reset();
  render(<Timeline />);
  fireEvent.click(screen.getByRole("button", { name: "Export loss and accuracy" }));
  const [only, ...others] = screen.getAllByRole("menuitem");
  expect([only?.textContent, only?.getAttribute("aria-disabled")]).toEqual(["Nothing was measured yet", "true"]);
  expect(others).toEqual([]);
});
