import { describe, expect, it } from "vitest";
import type { Box } from "../../../renderer/canvas/geometry.ts";
import { guidesFor } from "../../../renderer/canvas/guides.ts";

const box = (left: number, top: number, width = 240, height = 102): Box => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});

describe("guides", () => {
  it("snap to middles of the same column, within reach only", () => {
    const others = [box(0, 0)];
    expect(guidesFor(box(5, 400), others, 6).shift).toEqual({ x: -5, y: 0 });
    expect(guidesFor(box(7, 400), others, 6)).toEqual({ shift: { x: 0, y: 0 }, guides: [] });
  });

  it("draw one line through all that line up", () => {
    const { guides } = guidesFor(box(3, 400), [box(0, 0), box(0, 800)], 6);
    expect(guides).toContainEqual({ kind: "line", from: { x: 120, y: 0 }, to: { x: 120, y: 902 } });
    expect(guides.filter(({ kind }) => kind === "line")).toHaveLength(1);
  });

  it("snap left edges of boxes of different widths", () => {
    const { shift, guides } = guidesFor(box(4, 400, 500), [box(0, 0)], 6);
    expect(shift.x).toBe(-4);
    expect(guides).toContainEqual({ kind: "line", from: { x: 0, y: 0 }, to: { x: 0, y: 502 } });
  });

  it("snap to the gap of the column, and to one that other nodes keep", () => {
    // 16 px below the other: 102 + 16.
    expect(guidesFor(box(0, 121), [box(0, 0)], 6).shift.y).toBe(-3);
    // The first two keep 40 px.
    const others = [box(0, 0), box(0, 142)];
    const { shift, guides } = guidesFor(box(0, 280), others, 6);
    expect(shift.y).toBe(4);
    expect(guides.filter(({ kind }) => kind === "gap")).toEqual([
      { kind: "gap", from: { x: 120, y: 244 }, to: { x: 120, y: 284 } },
      { kind: "gap", from: { x: 120, y: 102 }, to: { x: 120, y: 142 } },
    ]);
  });

  it("snap halfway between two", () => {
    const { shift, guides } = guidesFor(box(0, 203), [box(0, 0), box(0, 400)], 6);
    // 298 px between them, 102 taken: 98 on both sides.
    expect(shift.y).toBe(-3);
    expect(guides.filter(({ kind }) => kind === "gap")).toHaveLength(2);
  });

  it("do not see nodes of other columns in the gaps", () => {
    expect(guidesFor(box(0, 121), [box(600, 40)], 6).guides).toEqual([]);
  });
});
