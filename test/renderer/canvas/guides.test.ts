import { describe, expect, it } from "vitest";
import type { LayerscopeDocument } from "../../../engine/index.ts";
import { type Box, boxOf } from "../../../renderer/canvas/geometry.ts";
import { boxesForGuides } from "../../../renderer/canvas/guideBoxes.ts";
import { guidesFor } from "../../../renderer/canvas/guides.ts";
import { chain } from "./chain.ts";

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

  it("line up with frames of groups, which stand in no row", () => {
    const frame = box(-12, -16, 264, 134);
    expect(guidesFor(box(-10, 400), [], 6, [frame]).shift.x).toBe(-2);
    // 16 px below the frame is no place of its own.
    expect(guidesFor(box(500, 138), [], 6, [frame]).shift.y).toBe(0);
  });
});

describe("what a drag lines up with", () => {
  const net = chain("input", "dense", "relu");
  const document: LayerscopeDocument = {
    ...net,
    canvasNotes: [
      { id: "n", position: { x: 700, y: 8 }, size: { width: 200, height: 80 }, text: "", color: "neutral" },
    ],
    groups: [{ id: "g", title: "", color: "neutral", nodeIds: ["fc1", "relu1"] }],
  };
  const boxOfNode = (id: string) => boxOf(document.nodes.find((node) => node.id === id) ?? neverNode());
  const neverNode = (): never => {
    throw new Error("no such node");
  };

  it("are layers, notes and the frames of groups that stay", () => {
    const { moving, others, frames } = boxesForGuides(document, { input: { x: 5, y: 7 } });
    expect(moving).toEqual([{ left: 5, top: 7, right: 245, bottom: 109 }]);
    expect(others).toEqual([boxOfNode("fc1"), boxOfNode("relu1"), { left: 700, top: 8, right: 900, bottom: 88 }]);
    expect(frames).toHaveLength(1);
    expect(frames[0]?.left).toBe(boxOfNode("fc1").left - 12);
    expect(boxesForGuides(document, { fc1: { x: 0, y: 0 } }).frames).toEqual([]);
  });

  it("is one box for a collapsed group, and a note that is dragged lines up, too", () => {
    const collapsed = { ...document, groups: document.groups.map((group) => ({ ...group, collapsed: true as const })) };
    const { moving, others } = boxesForGuides(collapsed, { "note:n": { x: 0, y: 600 } });
    expect(moving).toEqual([{ left: 0, top: 600, right: 200, bottom: 680 }]);
    const { left, top } = boxOfNode("fc1");
    expect(others).toEqual([{ left, top, right: left + 240, bottom: top + 64 }, boxOfNode("input")]);
  });
});
