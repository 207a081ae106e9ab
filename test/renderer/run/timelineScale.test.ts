import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accuracyScale,
  columns,
  epochMarks,
  lossDomain,
  lossScale,
  smooth,
  spacedMarks,
  stepAtX,
  xOfStep,
} from "../../../renderer/run/timelineScale.ts";

const axis = { totalSteps: 2345, stepsPerEpoch: 469, width: 1000 };

describe("step axis", () => {
  it("puts the end of an epoch where the next one begins, and the last step at the right edge", () => {
    const marks = epochMarks(axis, 5);
    expect(marks.map(({ x }) => x)).toEqual([0, 200, 400, 600, 800]);
    expect(xOfStep(axis, 469)).toBeCloseTo(200, 9);
    expect(xOfStep(axis, 2345)).toBe(1000);
  });

  it("finds the step under a pixel, within what was measured", () => {
    expect(stepAtX(axis, 500, 0)).toBeNull();
    expect(stepAtX(axis, -20, 1312)).toBe(1);
    expect(stepAtX(axis, 900, 1312)).toBe(1312);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2345 }),
        (step) => stepAtX({ ...axis, width: 5000 }, xOfStep({ ...axis, width: 5000 }, step), 2345) === step,
      ),
    );
  });

  it("thins the labels of many epochs until they fit", () => {
    const marks = epochMarks(axis, 200);
    const labelled = marks.filter((mark) => mark.labelled).map(({ x }) => x);
    for (let index = 1; index < labelled.length; index += 1) {
      expect((labelled[index] ?? 0) - (labelled[index - 1] ?? 0)).toBeGreaterThanOrEqual(60);
    }
    expect(marks[0]).toMatchObject({ epoch: 1, labelled: true });
  });
});

describe("curves", () => {
  it("keeps the smallest and largest value of steps that share a pixel", () => {
    const values = Float32Array.from([4, 1, 3, 9, 2, 8]);
    const found = columns({ totalSteps: 6, stepsPerEpoch: 6, width: 2 }, values, 6);
    const lows = Math.min(...found.map(({ low }) => low));
    const highs = Math.max(...found.map(({ high }) => high));
    expect([lows, highs]).toEqual([1, 9]);
    expect(found.length).toBeLessThanOrEqual(3);
  });

  it("leaves out steps that were not reported and values that are not finite", () => {
    const values = Float32Array.from([1, Number.NaN, Number.POSITIVE_INFINITY, 2]);
    const found = columns({ totalSteps: 4, stepsPerEpoch: 4, width: 400 }, values, 4);
    expect(found.map(({ low }) => low)).toEqual([1, 2]);
    expect([...smooth(values, 4, 2)].every(Number.isFinite)).toBe(true);
  });

  it("smooths a constant to itself from the first step on", () => {
    const smoothed = smooth(
      Float32Array.from({ length: 50 }, () => 0.25),
      50,
      8,
    );
    for (const value of smoothed) expect(value).toBeCloseTo(0.25, 12);
  });
});

describe("lanes", () => {
  const lane = { top: 20, bottom: 70 };

  it("shows every loss between round half decades, at least one decade", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 1e-4, max: 1e3, noNaN: true }), { minLength: 1 }), (losses) => {
        const [low, high] = lossDomain(losses);
        expect(high / low).toBeGreaterThanOrEqual(9.99);
        for (const loss of losses) {
          const y = lossScale([low, high], lane).toPixel(loss);
          expect(y).toBeGreaterThanOrEqual(lane.top - 0.01);
          expect(y).toBeLessThanOrEqual(lane.bottom + 0.01);
        }
      }),
    );
  });

  it("puts 90 and 99 % equally far apart and everything right at the top", () => {
    const { toPixel } = accuracyScale(128, lane);
    expect(toPixel(0) - toPixel(0.9)).toBeCloseTo(toPixel(0.9) - toPixel(0.99), 9);
    expect(toPixel(1)).toBeCloseTo(lane.top, 9);
    expect(toPixel(0)).toBeCloseTo(lane.bottom, 9);
  });
});

describe("rings of epochs", () => {
  const axis = { totalSteps: 30_000, stepsPerEpoch: 10, width: 1000 };
  const every = (steps: number, until: number) =>
    Array.from({ length: Math.floor(until / steps) }, (_, at) => ({ step: (at + 1) * steps }));

  it("are all drawn where there is room", () => {
    expect(spacedMarks(axis, every(300, 30_000))).toEqual({ drawn: every(300, 30_000), isCrowded: false });
  });

  it("are thinned where they would run into one another; none goes while others come, and the newest is there", () => {
    const [early, late] = [spacedMarks(axis, every(10, 9000)), spacedMarks(axis, every(10, 20_000))];
    expect(early.isCrowded).toBe(true);
    expect(early.drawn.at(-1)?.step).toBe(9000);
    expect(late.drawn.at(-1)?.step).toBe(20_000);
    const kept = early.drawn.slice(0, -1).map(({ step }) => step);
    expect(late.drawn.map(({ step }) => step).slice(0, kept.length)).toEqual(kept);
    kept.forEach((step, at) => {
      expect((step - (kept[at - 1] ?? Number.NEGATIVE_INFINITY)) / 30).toBeGreaterThanOrEqual(9);
    });
  });
});
