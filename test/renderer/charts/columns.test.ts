import { describe, expect, it } from "vitest";
import type { Histogram } from "../../../engine/index.ts";
import { HeatColumns, MeanColumns, visibleRange, writeProfile } from "../../../renderer/charts/columns.ts";
import { columnOf, columnsPerStep, stepsPerColumn } from "../../../renderer/charts/timeAxis.ts";

const histogram = (low: number, high: number, counts: readonly number[], underflow = 0, overflow = 0): Histogram => ({
  low,
  high,
  counts: Uint32Array.from(counts),
  underflow,
  overflow,
});

describe("the time axis of strips", () => {
  it("doubles the steps of a column when the strip is full", () => {
    expect(stepsPerColumn(1, 168)).toBe(1);
    expect(stepsPerColumn(168, 168)).toBe(1);
    expect(stepsPerColumn(169, 168)).toBe(2);
    expect(stepsPerColumn(1312, 168)).toBe(8);
    expect(stepsPerColumn(1344, 168)).toBe(8);
    expect(stepsPerColumn(1345, 168)).toBe(16);
  });

  it("puts steps 1 to 8 into the first column of 8", () => {
    expect([1, 8, 9, 1312].map((step) => columnOf(step, 8))).toEqual([0, 0, 1, 163]);
  });
});

describe("the first steps of a run", () => {
  it("are several columns wide, fewer at each doubling, until a column is a step", () => {
    expect([1, 21, 22, 42, 43, 84, 85, 168, 169].map((last) => stepsPerColumn(last, 168, 1 / 8))).toEqual([
      1 / 8,
      1 / 8,
      1 / 4,
      1 / 4,
      1 / 2,
      1 / 2,
      1,
      1,
      2,
    ]);
    expect([1, 2, 21].map((step) => columnOf(step, 1 / 8))).toEqual([0, 8, 160]);
    expect([1 / 8, 1, 4].map(columnsPerStep)).toEqual([8, 1, 1]);
  });

  it("take their whole width, and none of what was measured is lost when they become narrower", () => {
    const columns = new MeanColumns(32, 1 / 8);
    columns.add(1, 1, 0);
    expect([columns.end, columns.has(0), columns.has(1)]).toEqual([8, true, false]);
    for (const step of [2, 3, 4]) columns.add(step, step, 0);
    expect(columns.end).toBe(32);
    expect(columns.fit(5)).toBe(true);
    columns.add(5, 5, 0);
    expect(columns.end).toBe(20);
    expect([0, 4, 8, 12, 16].map((column) => columns.mean(column))).toEqual([1, 2, 3, 4, 5]);
    columns.fit(33);
    expect([columns.steps, columns.mean(0), columns.mean(1), columns.mean(2)]).toEqual([2, 1.5, 3.5, 5]);
  });
});

describe("mean ± std by column", () => {
  it("has the mean and std of all values of a column together", () => {
    const columns = new MeanColumns(4);
    columns.add(1, 1, 2);
    columns.add(2, 5, 4);
    columns.fit(8);
    expect(columns.steps).toBe(2);
    expect(columns.mean(0)).toBe(3);
    // Two equally large groups: variance = mean of (4 + 1², 16 + 5²) − 3².
    expect(columns.std(0)).toBeCloseTo(Math.sqrt((5 + 41) / 2 - 9), 12);
  });

  it("never slides: merging pairs keeps what was measured and empties the right half", () => {
    const columns = new MeanColumns(4);
    for (const step of [1, 2, 3, 4]) columns.add(step, step, 0);
    expect(columns.end).toBe(4);
    expect(columns.fit(5)).toBe(true);
    columns.add(5, 5, 0);
    expect([0, 1, 2].map((column) => columns.mean(column))).toEqual([1.5, 3.5, 5]);
    expect(columns.has(3)).toBe(false);
    expect(columns.fit(8)).toBe(false);
  });

  it("merges an odd number of filled columns and several doublings at once", () => {
    const columns = new MeanColumns(4);
    for (const step of [1, 2, 3]) columns.add(step, step, 0);
    columns.fit(16);
    expect(columns.steps).toBe(4);
    expect(columns.mean(0)).toBe(2);
    expect(columns.end).toBe(1);
    expect([1, 2, 3].some((column) => columns.has(column))).toBe(false);
  });

  it("leaves out what is not finite", () => {
    const columns = new MeanColumns(4);
    columns.add(1, Number.NaN, 1);
    expect(columns.has(0)).toBe(false);
  });
});

describe("histograms on pixel rows", () => {
  const profileOf = (source: Histogram, low: number, high: number, rows: number): number[] => {
    const profile = new Float32Array(rows);
    writeProfile(source, low, high, profile);
    return [...profile];
  };

  it("puts the highest values into the first row, in values per 1,000", () => {
    expect(profileOf(histogram(0, 4, [1, 2, 3, 4]), 0, 4, 4)).toEqual([400, 300, 200, 100]);
  });

  it("lets the largest win where bins share a row, so that a dead layer stays a line", () => {
    expect(profileOf(histogram(0, 4, [900, 50, 25, 25]), 0, 4, 2)).toEqual([25, 900]);
  });

  it("counts values outside the range into the whole", () => {
    expect(profileOf(histogram(0, 2, [1, 1], 1, 1), 0, 2, 2)).toEqual([250, 250]);
  });

  it("places frames of different ranges on one value axis", () => {
    // A narrow histogram around 1 on an axis from −2 to 2 with one row per value: only the row of 1 … 2 is touched.
    expect(profileOf(histogram(1, 2, [5, 5]), -2, 2, 4)).toEqual([500, 0, 0, 0]);
    // A wide one: each bin covers two rows.
    expect(profileOf(histogram(-2, 2, [3, 1]), -2, 2, 4)).toEqual([250, 250, 750, 750]);
  });

  it("leaves out bins beyond the axis", () => {
    expect(profileOf(histogram(-4, 4, [7, 1, 1, 7]), -2, 2, 2)).toEqual([62.5, 62.5]);
  });

  it("has an axis without tails that nobody could see, but with 0", () => {
    expect(visibleRange(histogram(-4, 4, [1, 4000, 5998, 1]))).toEqual([-2, 2]);
    expect(visibleRange(histogram(-4, 4, [10, 4000, 5980, 10]))).toEqual([-4, 4]);
    expect(visibleRange(histogram(-4, 4, [0, 0, 0, 10]))).toEqual([0, 4]);
    expect(visibleRange(histogram(2, 6, [0, 5, 5, 0]))).toEqual([3, 5]);
    // What lies outside counts towards the tails.
    expect(visibleRange(histogram(-4, 4, [1, 4000, 5998, 1], 100, 0))).toEqual([-4, 2]);
    expect(visibleRange(histogram(0, 4, [0, 0, 0, 0]))).toEqual([0, 4]);
  });

  it("averages the frames of a column and keeps them when columns merge", () => {
    const columns = new HeatColumns(4, 2, 0, 2);
    columns.add(1, histogram(0, 2, [10, 0]));
    columns.add(2, histogram(0, 2, [0, 10]));
    columns.fit(8);
    expect(columns.perThousand(0, 0)).toBe(500);
    expect(columns.perThousand(0, 1)).toBe(500);
    columns.add(3, histogram(0, 2, [10, 0]));
    expect(columns.perThousand(1, 1)).toBe(1000);
  });
});
