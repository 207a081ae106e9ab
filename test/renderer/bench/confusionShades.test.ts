import { expect, it } from "vitest";
import { shadeOf } from "../../../renderer/bench/confusionShades.ts";

it("tells the mistakes of a good net apart, one from ten from thirty in a thousand, and both from what is right", () => {
  const shades = [0, 0.0005, 0.001, 0.01, 0.03, 0.1, 0.96, 1].map(shadeOf);
  expect(shades).toEqual([0, 1, 1, 4, 6, 7, 10, 10]);
});

it("leaves out the step on which no text can be read in both themes", () => {
  const all = Array.from({ length: 1001 }, (_, at) => shadeOf(at / 1000));
  expect(all).not.toContain(5);
  expect([...all].sort((a, b) => a - b)).toEqual(all);
});
