import { expect, test } from "vitest";
import { epochSchema } from "../../../engine/telemetry/epochRecord.ts";
import { metricJson, metricNumber, metricSchema } from "../../../engine/telemetry/metricJson.ts";

const written = (value: number): unknown => JSON.parse(metricJson(value));

test("numbers come back from JSON as they were, those that are not finite too", () => {
  for (const value of [0, -1.5, 1e-300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]) {
    expect(metricNumber(written(value))).toBe(value);
    // A port copies it as a number.
    expect(metricSchema.parse(value)).toBe(value);
  }
  expect(metricJson({ loss: Number.POSITIVE_INFINITY, r2: Number.NaN, name: "Infinity" })).toBe(
    '{"loss":"Infinity","r2":null,"name":"Infinity"}',
  );
});

test("what is no number is none", () => {
  for (const value of [undefined, "12", "infinity", {}, true]) expect(metricNumber(value)).toBeNaN();
  expect(metricSchema.safeParse("12").success).toBe(false);
});

test("an epoch of a net whose outputs have no bounds is read as it was", () => {
  const epoch = {
    ...{
      epoch: 2,
      step: 10,
      loss: Number.NaN,
      trainAccuracy: null,
      testLoss: Number.POSITIVE_INFINITY,
      testAccuracy: null,
    },
    ...{ trainR2: null, testR2: null, elapsedMs: 12, samplesPerSecond: 3 },
  };
  expect(epochSchema.parse(epoch)).toEqual(epoch);
  expect(epochSchema.parse(JSON.parse(metricJson(epoch)))).toEqual(epoch);
});
