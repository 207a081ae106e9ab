import { afterEach, describe, expect, it, vi } from "vitest";
import { drawDue, FRAME_BUDGET_MS, keepDrawn } from "../../../renderer/charts/drawQueue.ts";
import { requestDraw } from "../../../renderer/run/liveRun.ts";

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

  it("has many drawings wait for a frame without numbers to write, but not for four frames in a row", async () => {
    // What other tests have asked for.
    await new Promise((resolve) => setTimeout(resolve, 50));
    vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame"] });
    try {
      const { drawn } = drawings(150, 0);
      const frame = (isLive: boolean): number => {
        drawn.length = 0;
        if (isLive) requestDraw();
        vi.advanceTimersToNextFrame();
        return drawn.length;
      };
      frame(false);
      frame(false);
      // The run moves on: the numbers are written.
      expect(frame(true)).toBe(0);
      expect(frame(false)).toBe(150);
      expect([frame(true), frame(true), frame(true), frame(true), frame(true)]).toEqual([0, 0, 0, 0, 150]);
    } finally {
      // What is asked for and does not come would be waited for.
      for (let frame = 0; frame < 4; frame += 1) vi.advanceTimersToNextFrame();
      vi.useRealTimers();
    }
  });

  it("draws many tile by tile, what is left of the last time first", async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame"] });
    try {
      const drawn: number[] = [];
      for (let index = 0; index < 150; index += 1)
        stops.push(keepDrawn(() => drawn.push(index), { place: () => index % 3, tiles: () => [] }));
      const inOrder = Array.from({ length: 150 }, (_, index) => index);
      const byTile = [0, 1, 2].flatMap((tile) => inOrder.filter((index) => index % 3 === tile));
      vi.advanceTimersToNextFrame();
      vi.advanceTimersToNextFrame();
      drawn.length = 0;
      requestDraw();
      vi.advanceTimersToNextFrame();
      let clock = 0;
      // Two of them, of which more would take too long.
      drawDue(() => {
        clock += 1;
        return clock;
      });
      expect(drawn).toEqual(byTile.slice(0, 2));
      requestDraw();
      for (let frame = 0; frame < 200 && drawn.length < 152; frame += 1) vi.advanceTimersToNextFrame();
      expect(drawn.slice(2)).toEqual([...byTile.slice(2), ...byTile.slice(0, 2)]);
    } finally {
      // What is asked for and does not come would be waited for.
      for (let frame = 0; frame < 4; frame += 1) vi.advanceTimersToNextFrame();
      vi.useRealTimers();
    }
  });

  it("changes few tiles a frame where there are many drawings, however fast they are", async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const drawn: number[] = [];
    for (let index = 0; index < 150; index += 1) {
      // Of each three one draws on two tiles, and the others find nothing new.
      const tiles = () => (index % 3 === 0 ? [`${index}`, `${index + 3}`] : []);
      stops.push(keepDrawn(() => drawn.push(index), { place: () => 0, tiles }));
    }
    drawDue(() => 0);
    // Tiles 0 and 3, 3 and 6 … up to the fourth.
    expect(drawn.at(-1)).toBe(6);
    drawDue(() => 0);
    expect(drawn.at(-1)).toBe(15);
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
