import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linearScale, linearTicks, logScale, logTicks, roundDomain } from "../../../renderer/charts/scale.ts";

describe("scales", () => {
  it("map both ends and back", () => {
    const scale = linearScale(-5, 4, 28, 0);
    expect(scale.toPixel(-5)).toBe(28);
    expect(scale.toPixel(4)).toBe(0);
    expect(scale.toValue(scale.toPixel(1.25))).toBeCloseTo(1.25, 12);
    const log = logScale(0.01, 100, 0, 80);
    expect(log.toPixel(1)).toBeCloseTo(40, 9);
    expect(log.toPixel(0)).toBeLessThan(-1000);
    expect(log.toValue(60)).toBeCloseTo(10, 9);
  });

  it("put an empty domain in the middle", () => {
    expect(linearScale(3, 3, 0, 10).toPixel(3)).toBe(5);
  });
});

describe("ticks", () => {
  it("are round and 2 to 5", () => {
    expect(linearTicks(-5, 4)).toEqual([-4, -2, 0, 2, 4]);
    expect(linearTicks(0, 1312, 3)).toEqual([0, 500, 1000]);
    expect(linearTicks(0, 0.3)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(logTicks(0.005, 2)).toEqual([0.01, 0.1, 1]);
    expect(logTicks(0.3, 3)).toEqual([0.5, 1, 2]);
    expect(logTicks(1e-9, 10)).toEqual([1e-9, 1e-6, 1e-3, 1]);
  });

  it("stay within any domain, ascending, 2 to 5 of them", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (low, span) => {
          const high = low + span;
          const ticks = linearTicks(low, high);
          expect(ticks.length).toBeGreaterThanOrEqual(2);
          expect(ticks.length).toBeLessThanOrEqual(5);
          for (let index = 0; index < ticks.length; index += 1) {
            const tick = ticks[index] ?? Number.NaN;
            expect(tick).toBeGreaterThanOrEqual(low - span * 1e-6);
            expect(tick).toBeLessThanOrEqual(high + span * 1e-6);
            if (index > 0) expect(tick).toBeGreaterThan(ticks[index - 1] ?? Number.NaN);
          }
        },
      ),
    );
  });

  it("survive domains that are empty or not finite", () => {
    expect(linearTicks(2, 2)).toEqual([2]);
    expect(linearTicks(Number.NaN, 1)).toEqual([]);
    expect(logTicks(0, 1)).toEqual([]);
  });

  it("widen a domain to round ends", () => {
    expect(roundDomain(-4.7, 3.6, 12)).toEqual([-5, 4]);
    expect(roundDomain(0, 3.31, 12)).toEqual([0, 3.5]);
    expect(roundDomain(0, 0)).toEqual([-1, 1]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e5, max: 1e5, noNaN: true }),
        fc.double({ min: 1e-2, max: 1e5, noNaN: true }),
        (low, span) => {
          const [from, to] = roundDomain(low, low + span, 12);
          expect(from).toBeLessThanOrEqual(low + span * 1e-6);
          expect(to).toBeGreaterThanOrEqual(low + span - span * 1e-6);
          expect(to - from).toBeLessThan(2 * span);
        },
      ),
    );
  });
});
