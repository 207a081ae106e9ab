import { expect, it } from "vitest";
import { describeEdge, formatStep } from "../../../renderer/steps/stepWords.ts";

const plain = (text: string): string => text.replaceAll("\u00a0", " ");

it("tells mean and std of many values, and one number of one value or of equal ones", () => {
  const edge = { count: 50, mean: -0.46, std: 0.42, examples: [-0.12, -0.06, -0.2] };
  expect(plain(describeEdge(edge))).toBe("−0.46 ± 0.42");
  expect(plain(describeEdge({ ...edge, count: 1 }))).toBe("−0.46");
  // ∂q = ∂v/m is the same for all: its std is the rounding of its mean.
  expect(plain(describeEdge({ ...edge, mean: -0.5, std: 4e-17 }))).toBe("−0.50");
  expect(plain(describeEdge({ ...edge, mean: 0, std: 4e-17 }))).toContain("±");
  // A gradient that batch norm has centred: its mean is the rounding of its values.
  expect(plain(describeEdge({ ...edge, mean: 4.2e-21, std: 6.8e-5 }))).toBe("0 ± 6.8e−5");
  // Two digits of what is small: gradients of single values are.
  expect(plain(describeEdge({ ...edge, mean: -3.14e-5, std: 0.00123 }))).toBe("−3.1e−5 ± 1.2e−3");
  expect(plain(describeEdge({ ...edge, mean: 0.0001, std: 0.0123 }))).toBe("0.000 ± 0.012");
  expect([0.00041, -0.0012, 0].map((value) => formatStep(value, 0.0013))).toEqual(["4.1e−4", "−1.2e−3", "0"]);
});
