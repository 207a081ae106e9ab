import { expect, it } from "vitest";
import { MOST_READ, nearestLines } from "../../../renderer/experiments/nearestLines.ts";

it("reads all of few lines, and of many those nearest to the pointer in their own order", () => {
  const few = [3, 1, 2];
  expect(nearestLines(few, (line) => line)).toEqual({ shown: few, nearest: null, numMore: 0 });
  const many = Array.from({ length: 24 }, (_, index) => (index * 7) % 24);
  const near = nearestLines(many, (line) => (line === 11 ? null : Math.abs(line - 10)));
  expect(near.nearest).toBe(10);
  expect(near.shown).toHaveLength(MOST_READ);
  expect(near.numMore).toBe(24 - MOST_READ);
  expect(near.shown).not.toContain(11);
  expect([...near.shown].sort((a, b) => many.indexOf(a) - many.indexOf(b))).toEqual(near.shown);
  expect(Math.max(...near.shown.map((line) => Math.abs(line - 10)))).toBeLessThanOrEqual(5);
});
