import { describe, expect, it } from "vitest";
import { paperColors } from "../../../renderer/charts/paperColors.ts";
import { lineStyle, NUM_STYLES, STROKE_REACH, strokesAcross, strokesOf } from "../../../renderer/library/runStyle.ts";
import { studyOf } from "../experiments/studyOf.ts";

const look = (style: number): string => JSON.stringify([lineStyle(paperColors, style, 1), strokesOf(style)]);

describe("the looks of lines", () => {
  it("are as many as there are styles; the first 36 do without strokes across the line", () => {
    const looks = Array.from({ length: NUM_STYLES }, (_, style) => look(style));
    expect(new Set(looks).size).toBe(NUM_STYLES);
    expect(NUM_STYLES).toBeGreaterThanOrEqual(144);
    expect(looks.findIndex((_, style) => strokesOf(style) > 0)).toBe(36);
  });

  it("tell each line of a study of 40 from all others", () => {
    const { model } = studyOf({
      axes: [
        { vary: "learningRate", values: [0.01, 0.03, 0.1, 0.3] },
        { vary: "batchSize", values: [20, 30, 40, 50, 60, 80, 100, 120] },
        { vary: "activation", values: ["relu", "leakyRelu", "elu", "gelu", "silu", "sigmoid", "tanh"] },
        { vary: "clipNorm", values: [1, 10] },
      ],
    });
    expect(model.variants.length).toBeGreaterThan(36);
    expect(new Set(model.variants.map(({ style }) => look(style))).size).toBe(model.variants.length);
  });
});

describe("strokes across a line", () => {
  const middles = (strokes: readonly (readonly number[])[]) =>
    strokes.map(([x = 0, y = 0, toX = 0, toY = 0]) => [(x + toX) / 2, (y + toY) / 2]);

  it("stand upright on it, evenly along it, around its corners", () => {
    expect(strokesAcross([0, 10, 100, 10], 1)).toEqual(
      [18, 54, 90].map((x) => [x, 10 - STROKE_REACH, x, 10 + STROKE_REACH]),
    );
    expect(middles(strokesAcross([0, 0, 40, 0, 40, 40], 1))).toEqual([
      [18, 0],
      [40, 14],
    ]);
    expect(middles(strokesAcross([0, 0, 40, 0, 40, 40], 2))).toEqual([
      [16.5, 0],
      [19.5, 0],
      [40, 12.5],
      [40, 15.5],
    ]);
  });

  it("stand in the middle of a short line, and nowhere on a point", () => {
    expect(middles(strokesAcross([0, 4, 18, 4], 3))).toEqual([
      [6, 4],
      [9, 4],
      [12, 4],
    ]);
    expect(strokesAcross([5, 5, 5, 5], 2)).toEqual([]);
    expect(strokesAcross([5, 5], 2)).toEqual([]);
  });
});
