import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { TestEvaluation } from "../../../engine/protocol.ts";
import { setBench } from "../../../renderer/bench/benchStore.ts";
import { mapLayout } from "../../../renderer/bench/ConfusionMap.tsx";
import { TestSet } from "../../../renderer/bench/TestSet.tsx";

const mistake = (index: number) => ({ index, actual: [0], predicted: [1], probability: 0.9, loss: 2.3 });

const evaluation: TestEvaluation = {
  ...{ step: 7, count: 40, loss: 0.5, accuracy: 0.9, r2: null, notFinite: 0, confusion: [20, 3, 1, 16] },
  ...{ worst: [4, 8, 15, 16].map(mistake), worstSamples: new ArrayBuffer(0), pairs: null },
};

afterEach(cleanup);

const rowsOf = (table: HTMLElement, part = "tbody") =>
  [...table.querySelectorAll(`${part} tr`)].map((row) =>
    [...row.children].map((cell) => cell.textContent?.replaceAll("\u00a0", " ")),
  );

it("shows more classes than numbers can be read of as shades, with the cell that is meant in words, and each class in a table", () => {
  const classNames = Array.from({ length: 30 }, (_, at) => `class ${at}`);
  const confusion = classNames.flatMap((_, row) =>
    classNames.map((__, column) => (row === column ? 9 : column === 3 ? 1 : 0)),
  );
  setBench({ evaluation: { ...evaluation, confusion }, progress: null, evaluationProblem: null });
  render(<TestSet classNames={classNames} sampleShape={[2]} stores="numbers" />);
  expect(screen.queryByRole("grid")).toBeNull();
  const map = screen.getByRole("application", { name: /Confusion matrix of 30 classes/ });
  const press = (key: string) => fireEvent.keyDown(map, { key });
  press("ArrowDown");
  expect(screen.getByRole("status").textContent).toBe("class 0: 9 of 10 right");
  for (let moves = 0; moves < 3; moves++) press("ArrowRight");
  press("ArrowDown");
  expect(screen.getByRole("status").textContent).toBe("class 1 taken for class 3: 1 of 10");
  fireEvent.click(screen.getByRole("button", { name: "Show the test set as a table" }));
  const table = screen.getByRole("grid", { name: "Precision, recall and F1 of each class" });
  expect(table.querySelectorAll("tbody tr")).toHaveLength(30);
  // The worst first: 9 of 38 that were taken for class 3 are.
  expect(rowsOf(table)[0]).toEqual(["class 3", "23.7 %", "100.0 %", "38.3 %", "9", "–"]);
  expect(rowsOf(table)[1]).toEqual(["class 0", "100.0 %", "90.0 %", "94.7 %", "10", "class 3, 1"]);
});

it("puts mapped cells into the room that there is, and names where they are high enough", () => {
  expect(mapLayout(100, { width: 760, height: 480 })).toEqual({ cell: 4, names: 0 });
  expect(mapLayout(30, { width: 760, height: 480 })).toEqual({ cell: 16, names: 128 });
  expect(mapLayout(25, { width: 2000, height: 2000 })).toEqual({ cell: 24, names: 128 });
});

it("has one stop of Tab for all mistakes, and arrow keys between them", () => {
  setBench({ evaluation, progress: null, evaluationProblem: null });
  render(<TestSet classNames={["no", "yes"]} sampleShape={[2]} stores="numbers" />);
  const buttons = screen.getAllByRole("button", { name: /taken for/ });
  const stops = () => buttons.map(({ tabIndex }) => tabIndex);
  expect(stops()).toEqual([0, -1, -1, -1]);
  buttons[0]?.focus();
  const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key });
  press("ArrowRight");
  expect(document.activeElement).toBe(buttons[1]);
  press("End");
  expect(document.activeElement).toBe(buttons[3]);
  // There is nothing beyond.
  press("ArrowRight");
  expect(document.activeElement).toBe(buttons[3]);
  expect(stops()).toEqual([-1, -1, -1, 0]);
  press("Home");
  expect(document.activeElement).toBe(buttons[0]);
});

it("has precision, recall, F1 and support of each class beside the matrix, sorted and walked by keys, each marked in the matrix", () => {
  setBench({ evaluation, progress: null, evaluationProblem: null });
  render(<TestSet classNames={["no", "yes"]} sampleShape={[2]} stores="numbers" />);
  fireEvent.click(screen.getByRole("radio", { name: "Classes" }));
  expect(screen.queryByRole("button", { name: /taken for/ })).toBeNull();
  const table = screen.getByRole("grid", { name: "Precision, recall and F1 of each class" });
  const yes = ["yes", "84.2 %", "94.1 %", "88.9 %", "17"];
  const no = ["no", "95.2 %", "87.0 %", "90.9 %", "23"];
  expect(rowsOf(table)).toEqual([yes, no]);
  expect(rowsOf(table, "tfoot")).toEqual([
    ["Mean", "89.7 %", "90.5 %", "89.9 %", "40"],
    ["Weighted", "90.6 %", "90.0 %", "90.1 %", "40"],
  ]);
  const sorted = () => table.querySelector("[aria-sort]");
  expect([sorted()?.textContent, sorted()?.getAttribute("aria-sort")]).toEqual(["F1", "ascending"]);
  fireEvent.click(screen.getByRole("button", { name: "F1" }));
  expect(rowsOf(table)).toEqual([no, yes]);
  expect(sorted()?.getAttribute("aria-sort")).toBe("descending");
  fireEvent.click(screen.getByRole("button", { name: "Precision" }));
  expect(rowsOf(table)).toEqual([yes, no]);

  const rows = [...table.querySelectorAll<HTMLElement>("tbody tr")];
  expect(rows.map(({ tabIndex }) => tabIndex)).toEqual([0, -1]);
  act(() => rows[0]?.focus());
  fireEvent.keyDown(rows[0] as HTMLElement, { key: "ArrowDown" });
  expect(document.activeElement).toBe(rows[1]);
  expect(rows.map(({ tabIndex }) => tabIndex)).toEqual([-1, 0]);
  const marked = () =>
    [...screen.getByRole("grid", { name: "Confusion matrix" }).querySelectorAll('td[data-marked="true"]')].map((cell) =>
      cell.getAttribute("data-cell"),
    );
  expect(marked()).toEqual(["0 0", "0 1", "1 0"]);
  act(() => rows[1]?.blur());
  expect(marked()).toEqual([]);
});
