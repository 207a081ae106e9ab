// @vitest-environment node
import { expect, it } from "vitest";
import { widthOfText } from "../../../renderer/charts/pen.ts";
import { fitTwoLines } from "../../../renderer/experiments/fitText.ts";

it("breaks a title between its words into two lines, and cuts only what two lines do not hold", () => {
  const title = "Best train accuracy, %";
  const width = (text: string): number => Math.ceil(widthOfText(text));
  expect(fitTwoLines(title, width(title))).toEqual([title]);
  expect(fitTwoLines(title, width("Best train"))).toEqual(["Best train", "accuracy,…"]);
  expect(fitTwoLines(title, width("accuracy, %"))).toEqual(["Best train", "accuracy, %"]);
  expect(fitTwoLines("Normalization", width("Norma…"))).toEqual(["Norma…"]);
});
