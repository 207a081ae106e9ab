import { expect, test } from "vitest";
import { type RateStep, rateRange } from "../../../engine/experiments/rateRange.ts";
import { createNormal, createStream } from "../../../engine/train/rng.ts";

const STEPS = 400;
const rates = Array.from({ length: STEPS }, (_, index) => 1e-5 * 1e6 ** (index / (STEPS - 1)));

/** Flat at 2.3, falling fastest at 0.01, lowest near 0.6, then growing without end. */
const curve = (rate: number): number => 0.5 + 1.8 / (1 + (rate / 0.01) ** 1.5) + (rate / 3) ** 3;

const noisy = (size: number): readonly RateStep[] => {
  const normal = createNormal(createStream(1, "rateRange"));
  return rates.map((rate) => ({ rate, loss: curve(rate) + size * normal() }));
};

test.each([0, 0.1])("finds where the loss falls fastest and where it is lowest, with noise of %d", (size) => {
  const { steepestRate, lowestRate, divergedRate, points } = rateRange(noisy(size));
  // By the formula of the curve: the logistic's steepest place is 0.01, its lowest is where the cube takes over.
  expect(Math.abs(Math.log10((steepestRate ?? 0) / 0.01))).toBeLessThan(0.2);
  const lowest = rates.reduce((best, rate) => (curve(rate) < curve(best) ? rate : best), 1e-5);
  expect(Math.abs(Math.log10((lowestRate ?? 0) / lowest))).toBeLessThan(0.35);
  // Four times 0.5 is not enough: above the 2.3 of the start it must be too.
  expect(curve(divergedRate ?? 0)).toBeGreaterThan(2);
  expect(points.at(-1)?.rate).toBeLessThan(divergedRate ?? 0);
});

test("a net that learns nothing has no suggestion", () => {
  expect(rateRange(rates.map((rate) => ({ rate, loss: 2.3 })))).toMatchObject({
    ...{ steepestRate: null, lowestRate: null, divergedRate: null },
  });
  expect(rateRange([])).toEqual({ points: [], steepestRate: null, lowestRate: null, divergedRate: null });
});

test("a loss that is not finite ends the test where it stands", () => {
  const steps = noisy(0).map((step, index) => (index >= 330 ? { ...step, loss: null } : step));
  const found = rateRange(steps);
  expect(found.divergedRate).toBe(rates[330]);
  expect(found.points.length).toBe(330);
  expect(found.lowestRate).toBeLessThan(rates[330] ?? 0);
});
