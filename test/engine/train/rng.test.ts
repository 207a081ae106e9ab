import { describe, expect, test } from "vitest";
import { createNormal, createStream, streamState } from "../../../engine/train/rng.ts";

const draw = (seed: number, name: string, count: number): number[] => {
  const next = createStream(seed, name);
  return Array.from({ length: count }, next);
};

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const moment = (values: readonly number[], power: number): number => meanOf(values.map((value) => value ** power));

describe("named streams", () => {
  test("the same seed and name give the same numbers", () => {
    expect(draw(7, "weights:conv1.weight", 50)).toEqual(draw(7, "weights:conv1.weight", 50));
  });

  test("another seed or another name gives other numbers", () => {
    const numbers = draw(7, "shuffle:1", 50);
    for (const other of [draw(8, "shuffle:1", 50), draw(7, "shuffle:2", 50), draw(7, "shuffle:", 50)]) {
      expect(other.filter((value, index) => value === numbers[index])).toEqual([]);
    }
  });

  test("are pinned, so that seeds mean the same in every version", () => {
    expect(draw(1, "weights:conv1.weight", 3)).toMatchInlineSnapshot(`
      [
        0.9096277040559955,
        0.8667597011367257,
        0.18782526312437642,
      ]
    `);
    expect(streamState(1, "shuffle:1")).toMatchInlineSnapshot(`
      [
        3058670414,
        3532685879,
        1012467253,
        1350892714,
      ]
    `);
  });

  test("10,000 names that differ in one character start at 10,000 different states", () => {
    const states = new Set(Array.from({ length: 10_000 }, (_, index) => streamState(1, `dropout:${index}`).join()));
    expect(states.size).toBe(10_000);
  });

  test("are uniform in [0, 1): moments, and all of 64 bins evenly filled", () => {
    const values = draw(3, "test", 200_000);
    expect(Math.min(...values.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(values.every((value) => value < 1)).toBe(true);
    // Standard errors: 0.29/√n = 0.00065 for the mean, 0.30/√n for the second moment.
    expect(Math.abs(meanOf(values) - 1 / 2)).toBeLessThan(0.003);
    expect(Math.abs(moment(values, 2) - 1 / 3)).toBeLessThan(0.003);
    const bins = new Array<number>(64).fill(0);
    for (const value of values) bins[Math.floor(64 * value)] = (bins[Math.floor(64 * value)] ?? 0) + 1;
    const expected = values.length / 64;
    const chiSquared = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 63 degrees of freedom: above 114 with a probability of 1e-4.
    expect(chiSquared).toBeLessThan(114);
  });

  test("of neighbouring seeds are not correlated", () => {
    const a = draw(100, "x", 50_000);
    const b = draw(101, "x", 50_000);
    const covariance = meanOf(a.map((value, index) => (value - 0.5) * ((b[index] ?? 0) - 0.5)));
    expect(Math.abs(covariance * 12)).toBeLessThan(0.02);
  });

  test("normals have mean 0, variance 1, skewness 0 and kurtosis 3", () => {
    const next = createNormal(createStream(5, "normal"));
    const values = Array.from({ length: 200_000 }, next);
    expect(Math.abs(meanOf(values))).toBeLessThan(0.01);
    expect(Math.abs(moment(values, 2) - 1)).toBeLessThan(0.02);
    expect(Math.abs(moment(values, 3))).toBeLessThan(0.04);
    expect(Math.abs(moment(values, 4) - 3)).toBeLessThan(0.1);
  });
});
