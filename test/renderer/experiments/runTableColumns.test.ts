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
const titles = (shown: readonly RunColumn[]): readonly string[] => shown.map(({ title }) => title);
const byTest: SortKey = { by: "metric", id: "bestHeld" };

it("a table of runs shows all columns where there is room, and none it has no room for", () => {
  const all = leastWidth(columns);
  expect(fittingColumns(columns, all, byTest)).toBe(columns);
  for (const less of [1, 40, 100]) {
    const fitting = fittingColumns(columns, all - less, byTest);
    expect(leastWidth(fitting)).toBeLessThanOrEqual(all - less);
    // What was varied, what it came to, and how it ended.
    expect(titles(fitting)).toEqual(
      expect.arrayContaining(["Pinned", "Initial std", "Normalization", "Test", "State"]),
    );
  }
  expect(titles(fittingColumns(columns, all - 1, byTest))).toEqual(titles(columns));
  expect(titles(fittingColumns(columns, all - 40, byTest))).not.toContain("Final loss");
});

it("what a narrow table is sorted by stays", () => {
  const narrow = fittingColumns(columns, 1, { by: "metric", id: "finalLoss" });
  expect(titles(narrow)).toContain("Final loss");
  expect(titles(narrow)).not.toContain("Train");
});
