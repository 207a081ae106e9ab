import { expect, test } from "vitest";
import type { Dataset } from "../../../engine/data/dataset.ts";
import { asNetworkStores, storedSample } from "../../../engine/train/askedSample.ts";
import { blobs } from "./runHarness.ts";

const split = { count: 1, images: Float64Array.of(0, 0), labels: { targets: Float32Array.of(1), width: 1 } };
const table: Dataset = {
  ...{ name: "prices", shape: [2], classNames: [], train: split, test: split },
  preprocessing: { unit: 1, mean: [10, -1], std: [2, 0.5] },
};

test("rows of numbers are scaled as those of the dataset are; bytes stay what they are", () => {
  const values = Float64Array.of(14, -2);
  const stored = storedSample(table, { from: "values", values: values.slice().buffer });
  if (!stored.ok) throw new Error(stored.error);
  expect(stored.value).toEqual({ values, index: null });
  expect([...asNetworkStores(table, stored.value.values)]).toEqual([2, -2]);
  const picture = Uint8Array.from({ length: 64 }, (_, at) => at);
  expect([...asNetworkStores(blobs, picture)]).toEqual([...picture]);
});

test("values of another size are refused with both numbers", () => {
  const stored = storedSample(table, { from: "values", values: new ArrayBuffer(24) });
  expect(!stored.ok && stored.error).toBe("A sample of prices is 2, 16 bytes; 24 came.");
});
