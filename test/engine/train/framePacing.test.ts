import { expect, test } from "vitest";
import { isOneOfFew } from "../../../engine/train/framePacing.ts";

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
