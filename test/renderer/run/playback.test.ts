import { describe, expect, it } from "vitest";
import { measuredStep } from "../../../renderer/run/playback.ts";

const history = { frames: [1, 4, 9, 16].map((step) => ({ step, nodes: [], samples: null })) };

describe("going through the measurements", () => {
  it("moves from one to the next and stays at the ends", () => {
    expect(measuredStep(history, 4, 1)).toBe(9);
    expect(measuredStep(history, 4, -1)).toBe(1);
    expect(measuredStep(history, 16, 1)).toBe(16);
    expect(measuredStep(history, 1, -1)).toBe(1);
    expect(measuredStep(history, 1, 2)).toBe(9);
  });

  it("goes back to the measurement that is shown from a step between two", () => {
    expect(measuredStep(history, 12, -1)).toBe(9);
    expect(measuredStep(history, 12, 1)).toBe(16);
  });

  it("has nowhere to go without measurements", () => {
    expect(measuredStep({ frames: [] }, 7, 1)).toBe(7);
  });
});
