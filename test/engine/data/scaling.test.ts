import { expect, it } from "vitest";
import { byteScaling, type Dataset, withScaling } from "../../../engine/data/dataset.ts";

const dataset: Dataset = {
  name: "test",
  shape: [1, 1, 2],
  classNames: ["0", "1"],
  train: { count: 0, images: new Uint8Array(), labels: { classes: new Uint8Array() } },
  test: { count: 0, images: new Uint8Array(), labels: { classes: new Uint8Array() } },
  preprocessing: { mean: 0.25, std: 0.5 },
};

/** The value of a byte under a scaling. */
const scaled = (byte: number, scaling: "standardize" | "unit" | "none"): number => {
  const { scale, offset } = byteScaling(withScaling(dataset, scaling).preprocessing);
  return byte * scale + offset;
};

it("scales bytes as the Input node says", () => {
  expect(scaled(0, "standardize")).toBeCloseTo(-0.5, 12);
  expect(scaled(255, "standardize")).toBeCloseTo(1.5, 12);
  expect([scaled(0, "unit"), scaled(255, "unit")]).toEqual([expect.closeTo(0, 12), expect.closeTo(1, 12)]);
  expect([scaled(0, "none"), scaled(255, "none")]).toEqual([expect.closeTo(0, 12), expect.closeTo(255, 9)]);
});
