import { expect, test } from "vitest";
import { counted, layerOf, pluralOf } from "../../../engine/index.ts";

test("one of a thing is singular, all other numbers plural", () => {
  expect([0, 1, 2, 1312].map((count) => counted(count, "step"))).toEqual([
    "0 steps",
    "1 step",
    "2 steps",
    "1,312 steps",
  ]);
  expect([1, 2].map((count) => counted(count, "validation sample"))).toEqual([
    "1 validation sample",
    "2 validation samples",
  ]);
});

test("nouns have the plural that English has", () => {
  const nouns = ["run", "class", "study", "batch", "stretch", "epoch", "day", "box"];
  expect(nouns.map(pluralOf)).toEqual([
    ...["runs", "classes", "studies", "batches", "stretches", "epochs", "days", "boxes"],
  ]);
});

test("nodes tell one filter, one unit, one input", () => {
  const summaryOf = (kind: string, params: object, inputs: readonly number[][]): string | undefined => {
    const layer = layerOf(kind);
    return layer?.summary(layer.params.parse({ ...layer.params.parse({}), ...params }) as never, inputs, null);
  };
  expect(summaryOf("conv2d", { filters: 1 }, [[3, 8, 8]])).toMatch(/^1 filter \d/);
  expect(summaryOf("conv2d", { filters: 2 }, [[3, 8, 8]])).toMatch(/^2 filters \d/);
  expect(summaryOf("dense", { units: 1 }, [[8]])).toBe("1 unit");
  expect(summaryOf("add", {}, [[8]])).toBe("1 input");
  expect(summaryOf("softmax", {}, [[1]])).toBe("over 1 feature");
});
