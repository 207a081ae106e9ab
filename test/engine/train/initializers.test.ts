import { describe, expect, test } from "vitest";
import type { Initializer, WeightSpec } from "../../../engine/layer.ts";
import { initialWeights } from "../../../engine/train/initializers.ts";
import { createStream } from "../../../engine/train/rng.ts";

const spec = (initializer: WeightSpec["initializer"]): WeightSpec => ({
  name: "weight",
  shape: [200, 300],
  initializer,
  fanIn: 300,
  fanOut: 200,
  decays: true,
});

const draw = (initializer: WeightSpec["initializer"], fallback: Initializer = { name: "zeros" }): Float32Array =>
  initialWeights(spec(initializer), fallback, createStream(1, "weights:fc1.weight"));

const stdOf = (values: Float32Array): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

describe("initializers", () => {
  // 60,000 values: the standard error of the std is 0.3 % of it.
  test.each([
    ["heNormal", Math.sqrt(2 / 300)],
    ["xavierNormal", Math.sqrt(2 / 500)],
    ["lecunNormal", Math.sqrt(1 / 300)],
  ] as const)("%s has the standard deviation of its formula", (name, std) => {
    const values = draw({ name });
    expect(Math.abs(stdOf(values) / std - 1)).toBeLessThan(0.015);
    expect(values.some((value) => Math.abs(value) > 3 * std)).toBe(true);
  });

  test.each([
    ["heUniform", Math.sqrt(6 / 300)],
    ["xavierUniform", Math.sqrt(6 / 500)],
    ["lecunUniform", Math.sqrt(3 / 300)],
  ] as const)("%s fills its whole range and nothing else", (name, limit) => {
    const values = draw({ name });
    expect(values.every((value) => Math.abs(value) <= Math.fround(limit))).toBe(true);
    expect(Math.max(...values)).toBeGreaterThan(0.999 * limit);
    expect(Math.min(...values)).toBeLessThan(-0.999 * limit);
    expect(Math.abs(stdOf(values) / (limit / Math.sqrt(3)) - 1)).toBeLessThan(0.015);
  });

  test("normal, uniform, zeros and constant follow their own numbers", () => {
    expect(Math.abs(stdOf(draw({ name: "normal", std: 0.05 })) / 0.05 - 1)).toBeLessThan(0.015);
    expect(Math.max(...draw({ name: "uniform", limit: 0.2 }))).toBeCloseTo(0.2, 3);
    expect(draw({ name: "zeros" }).every((value) => value === 0)).toBe(true);
    expect(draw({ name: "constant", value: 1 }).every((value) => value === 1)).toBe(true);
  });

  test("`document` takes the document's", () => {
    expect(draw({ name: "document" }, { name: "heNormal" })).toEqual(draw({ name: "heNormal" }));
  });
});
