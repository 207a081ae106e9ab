import fc from "fast-check";
import { expect, it } from "vitest";
import { errorTicks } from "../../../renderer/library/drawCurves.ts";

it("has round accuracies at an axis, and finer ones where runs end close together", () => {
  expect(errorTicks(0.02, 1)).toEqual([0.9, 0.5, 0.2, 0.1, 0.05, 0.02]);
  // 96.2 and 96.8 %: beside 95 % there are 96 and 97 %.
  expect(errorTicks(0.024, 0.07)).toEqual([0.05, 0.03, 0.04, 0.06, 0.07]);
});

it("has two numbers or more wherever the axis spans a factor of 2", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.002, max: 0.4, noNaN: true }), (low) => errorTicks(low, 2.2 * low).length >= 2),
  );
});
