import { describe, expect, it } from "vitest";
import type { Frame } from "../../../engine/index.ts";
import {
  frameColumns,
  panned,
  type StepAxis,
  shareOfStep,
  stepAtShare,
  stepTicks,
  zoomed,
} from "../../../renderer/statistics/stepAxis.ts";

const linear: StepAxis = { from: 1, to: 1001, log: false };
const log: StepAxis = { from: 1, to: 10_000, log: true };
const framesAt = (...steps: readonly number[]): readonly Frame[] =>
  steps.map((step) => ({ step, nodes: [], samples: null }));

describe("the axis of steps", () => {
  it("maps steps to places and back, linearly and by their logarithm", () => {
    expect(shareOfStep(linear, 501)).toBeCloseTo(0.5, 12);
    expect(shareOfStep(log, 100)).toBeCloseTo(0.5, 12);
    for (const axis of [linear, log]) {
      for (const share of [0, 0.2, 0.77, 1]) expect(shareOfStep(axis, stepAtShare(axis, share))).toBeCloseTo(share, 12);
    }
  });

  it("has round whole steps as ticks, and powers of ten on a log axis", () => {
    expect(stepTicks(linear, 5)).toEqual([200, 400, 600, 800, 1000]);
    expect(stepTicks(log, 5)).toEqual([1, 10, 100, 1000, 10_000]);
    for (const tick of stepTicks({ from: 1, to: 4, log: false }, 8)) expect(Number.isInteger(tick)).toBe(true);
  });

  it("keeps the step under the pointer when it zooms, and never leaves the run", () => {
    const closer = zoomed(linear, 0.25, 0.5, 1001);
    expect(closer.to - closer.from).toBe(500);
    expect(Math.abs(stepAtShare(closer, 0.25) - stepAtShare(linear, 0.25))).toBeLessThanOrEqual(1);
    expect(zoomed(closer, 0.9, 100, 1001)).toMatchObject({ from: 1, to: 1001 });
    expect(panned(closer, 10, 1001)).toMatchObject({ to: 1001 });
    expect(panned(closer, -10, 1001)).toMatchObject({ from: 1 });
  });
});

describe("the frames of a pixel column", () => {
  it("are those of its steps, each frame in one column", () => {
    const { first, end } = frameColumns(framesAt(1, 2, 3, 4, 5, 6, 7, 8, 9), { from: 1, to: 9, log: false }, 4);
    expect([...first]).toEqual([0, 2, 4, 6]);
    expect([...end]).toEqual([2, 4, 6, 9]);
  });

  it("go on with the last measurement where none falls into the column, but not beyond the newest", () => {
    const { first, end } = frameColumns(framesAt(3, 90), { from: 1, to: 101, log: false }, 10);
    expect([...end].map((to, x) => to - (first[x] ?? 0))).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
    expect([...first].slice(0, 9)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it("are all of the only step's", () => {
    const one: StepAxis = { from: 1, to: 1, log: false };
    const { first, end } = frameColumns(framesAt(1), one, 3);
    expect([[...first], [...end]]).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
    expect(stepTicks(one, 5)).toEqual([1]);
    expect(shareOfStep(one, 1)).toBe(0.5);
    // Trained, but not measured.
    expect([...frameColumns([], one, 3).end]).toEqual([0, 0, 0]);
  });

  it("are none before the first measurement", () => {
    const { end } = frameColumns(framesAt(60), { from: 1, to: 101, log: false }, 10);
    expect([...end].slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(end[5]).toBe(1);
  });
});
