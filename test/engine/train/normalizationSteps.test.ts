import { describe, expect, it } from "vitest";
import {
  checkStep,
  fusedInputGradient,
  type NormalizedSet,
  normalizationSteps,
  stepIds,
} from "../../../engine/train/normalizationSteps.ts";
import { createNormal, createStream } from "../../../engine/train/rng.ts";

const setOf = (size: number, seed: number): NormalizedSet => {
  const normal = createNormal(createStream(seed, "steps"));
  const draw = (scale: number, shift: number) => Float64Array.from({ length: size }, () => scale * normal() + shift);
  return { x: draw(3, 2), gamma: draw(0.5, 1), beta: draw(1, 0), epsilon: 1e-5, outputGradient: draw(0.01, 0) };
};

describe("normalization, step by step", () => {
  it("computes what the definition says, each step from the ones before", () => {
    const set = setOf(50, 1);
    const values = Object.fromEntries(normalizationSteps(set).map((step) => [step.id, step.forward]));
    const mean = set.x.reduce((sum, value) => sum + value, 0) / 50;
    const variance = set.x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 50;
    expect(values.mean?.[0]).toBeCloseTo(mean, 12);
    expect(values.variance?.[0]).toBeCloseTo(variance, 12);
    expect(values.reciprocal?.[0]).toBeCloseTo(1 / Math.sqrt(variance + 1e-5), 12);
    set.x.forEach((value, at) => {
      const y = ((value - mean) / Math.sqrt(variance + 1e-5)) * (set.gamma[at] ?? 0) + (set.beta[at] ?? 0);
      expect(values.shift?.[at]).toBeCloseTo(y, 12);
    });
  });

  it("has on each edge the gradient that difference quotients find there", () => {
    for (const seed of [1, 2, 3]) {
      const set = setOf(64, seed);
      const steps = normalizationSteps(set);
      expect(steps.map(({ id }) => id)).toEqual(stepIds);
      for (const step of steps) expect(checkStep(set, step).relativeError, step.id).toBeLessThan(1e-7);
    }
  });

  it("notices a wrong gradient on an edge", () => {
    const set = setOf(64, 4);
    const centre = normalizationSteps(set).find(({ id }) => id === "centre");
    if (centre === undefined) throw new Error("There is no such step.");
    // As if the way over the variance had been forgotten.
    const [reciprocal = 0] = normalizationSteps(set).find(({ id }) => id === "reciprocal")?.forward ?? [];
    const wrong = set.outputGradient.map((value, at) => value * (set.gamma[at] ?? 0) * reciprocal);
    expect(checkStep(set, { ...centre, gradient: wrong }).relativeError).toBeGreaterThan(1e-4);
  });

  it("agrees with the formula in one go", () => {
    const set = setOf(300, 5);
    const steps = normalizationSteps(set)[0]?.gradient ?? [];
    const fused = fusedInputGradient(set);
    const largest = fused.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    fused.forEach((value, at) => {
      expect(Math.abs(value - (steps[at] ?? 0))).toBeLessThan(1e-13 * largest);
    });
  });
});
