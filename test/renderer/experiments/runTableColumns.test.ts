import { expect, it } from "vitest";
import type { SortKey } from "../../../renderer/experiments/runRows.ts";
import {
  fittingColumns,
  leastWidth,
  type RunColumn,
  runColumns,
} from "../../../renderer/experiments/runTableColumns.ts";
import { studyOf } from "./studyOf.ts";

const { model } = studyOf({
  axes: [
    { vary: "initializerScale", values: [1, 0.1] },
    { vary: "normalization", values: ["batch", "none"] },
  ],
});
const columns = runColumns(model, false);
const named = runColumns(model, true);
const titles = (shown: readonly RunColumn[]): readonly string[] => shown.map(({ title }) => title);
const byTest: SortKey = { by: "metric", id: "bestHeld" };

it("a table of runs shows all columns where there is room, and in a narrow one none that it has no room for", () => {
  const all = leastWidth(columns);
  expect(fittingColumns(columns, all, byTest)).toBe(columns);
  for (const width of [399, 370, 330]) {
    const fitting = fittingColumns(columns, width, byTest);
    expect(leastWidth(fitting)).toBeLessThanOrEqual(width);
    // What was varied, what it came to, and how it ended.
    expect(titles(fitting)).toEqual(
      expect.arrayContaining(["Pinned", "Initial std", "Normalization", "Test", "State"]),
    );
  }
  expect(titles(fittingColumns(columns, 330, byTest))).not.toContain("Final loss");
});

it("a table that is not narrow keeps all columns, and scrolls where runs have names", () => {
  expect(leastWidth(named)).toBeGreaterThan(450);
  const fitting = fittingColumns(named, 450, byTest);
  expect(titles(fitting)).toEqual(titles(named));
  // A bar of a few px would be a speck.
  expect(fitting.some((column) => column.shows === "metric" && column.hasBar)).toBe(false);
});

it("what a narrow table is sorted by stays", () => {
  const narrow = fittingColumns(columns, 1, { by: "metric", id: "finalLoss" });
  expect(titles(narrow)).toContain("Final loss");
  expect(titles(narrow)).not.toContain("Train");
});
