import { afterEach, describe, expect, it } from "vitest";
import { drawDue, FRAME_BUDGET_MS, keepDrawn } from "../../../renderer/charts/drawQueue.ts";

const stops: (() => void)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Registers drawings that each take some time of the returned clock. */
const drawings = (count: number, costMs: number) => {
  const drawn: number[] = [];
  let clock = 0;
  for (let index = 0; index < count; index += 1) {
    stops.push(
      keepDrawn(() => {
        clock += costMs;
        drawn.push(index);
      }),
    );
  }
  return { drawn, now: () => clock };
};

describe("the draw queue", () => {
  it("draws until the budget of a frame is spent and goes on in the next, each once", () => {
    const { drawn, now } = drawings(5, FRAME_BUDGET_MS / 2);
    expect(drawDue(now)).toBe(true);
    expect(drawn).toEqual([0, 1]);
    expect(drawDue(now)).toBe(true);
    expect(drawDue(now)).toBe(false);
    expect(drawn).toEqual([0, 1, 2, 3, 4]);
    expect(drawDue(now)).toBe(false);
    expect(drawn).toHaveLength(5);
  });

  it("draws at least one, however long it takes", () => {
    const { drawn, now } = drawings(2, 10 * FRAME_BUDGET_MS);
    drawDue(now);
    expect(drawn).toEqual([0]);
  });

  it("forgets what is gone", () => {
    const { drawn, now } = drawings(2, 0);
    stops.splice(0).forEach((stop) => {
      stop();
    });
    expect(drawDue(now)).toBe(false);
    expect(drawn).toEqual([]);
  });
});
