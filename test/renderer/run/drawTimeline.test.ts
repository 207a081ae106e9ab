import { expect, it } from "vitest";
import type { PagePen } from "../../../renderer/charts/pen.ts";
import { drawTimeline, RULER_HEIGHT, TICKS_WIDTH, type TimelineColors } from "../../../renderer/run/drawTimeline.ts";

it("draws no line of an epoch through the label of the one before", () => {
  const words: { readonly x: number; readonly text: string }[] = [];
  const lines: { readonly x: number; readonly top: number }[] = [];
  const pen = new Proxy({} as PagePen, {
    get: (_, name) => {
      if (name === "text") return (x: number, _y: number, text: string) => words.push({ x, text });
      if (name === "rect") return (x: number, top: number, width: number) => width === 1 && lines.push({ x, top });
      return () => undefined;
    },
  });
  drawTimeline(pen, {
    ...{ width: 760 + TICKS_WIDTH, height: 96, totalSteps: 2000, stepsPerEpoch: 100, epochs: 20, batchSize: 100 },
    ...{ history: null, notes: [], shownStep: 0, colors: {} as TimelineColors },
  });
  // 38 px an epoch: every second one is named, and its name is longer than the epoch.
  expect(words.map(({ text }) => text.replace("\u00a0", " "))).toContain("Epoch 3");
  expect(lines.filter(({ top }) => top === RULER_HEIGHT)).toHaveLength(10);
  for (const { x } of words)
    expect(lines.filter((line) => line.top === 0 && line.x > x && line.x < x + 40)).toEqual([]);
});
