import { expect, test } from "vitest";
import { frameIntervalMs, isOneOfFew } from "../../../engine/train/framePacing.ts";

const measured = (totalSteps: number): number[] =>
  Array.from({ length: totalSteps }, (_, index) => index + 1).filter((step) => isOneOfFew(step, totalSteps));

test("few steps are the first, the last, and at most 20 evenly between, one in 30 of a short run", () => {
  expect(measured(1)).toEqual([1]);
  expect(measured(20)).toEqual([1, 20]);
  expect(measured(31)).toEqual([1, 31]);
  expect(measured(61)).toEqual([1, 31, 61]);
  expect(measured(200)).toEqual([1, 34, 67, 101, 134, 167, 200]);
  const long = measured(10_000);
  expect(long.length).toBe(22);
  const gaps = long.slice(1).map((step, index) => step - long[index]!);
  expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
});

test("frames come as often as asked for, and never take more than 3 % of the time", () => {
  expect(frameIntervalMs(10, 0, 0)).toBe(100);
  expect(frameIntervalMs(10, 2, 20)).toBe(100);
  expect(frameIntervalMs(0.5, 2, 20)).toBe(2000);
  expect(frameIntervalMs(0, 2, 20)).toBe(Number.POSITIVE_INFINITY);
  for (const costMs of [4, 40, 400]) {
    expect(costMs / frameIntervalMs(10, costMs, 20)).toBeLessThanOrEqual(0.03);
    // Nor less often than that takes.
    expect(costMs / frameIntervalMs(10, costMs, 20)).toBeGreaterThan(0.025);
  }
});

test("frames take the share of the time that they may, or come whatever they take", () => {
  expect(40 / frameIntervalMs(10, 40, 20, 0.1)).toBeGreaterThan(0.085);
  expect(40 / frameIntervalMs(10, 40, 20, 0.1)).toBeLessThanOrEqual(0.1);
  expect(frameIntervalMs(10, 40, 20, null)).toBe(100);
  expect(frameIntervalMs(2, 400, 20, null)).toBe(500);
});

test("a dear first frame, as code that is not compiled yet makes it, leaves no gap at the beginning", () => {
  expect([1, 2, 3].map((numFrames) => frameIntervalMs(10, 25, numFrames))).toEqual([200, 400, 600]);
  expect(frameIntervalMs(10, 25, 4)).toBeGreaterThan(800);
  expect(frameIntervalMs(10, 2, 1)).toBe(100);
  expect(frameIntervalMs(2, 25, 1)).toBe(500);
});
