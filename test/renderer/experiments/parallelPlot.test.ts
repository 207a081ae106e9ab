import { expect, it } from "vitest";
import { widthOfText } from "../../../renderer/charts/pen.ts";
import { parallelPlot } from "../../../renderer/experiments/drawPoints.ts";
import { dimensionsOf } from "../../../renderer/experiments/runPoints.ts";
import { studyOf } from "./studyOf.ts";

it("names left of the first of many axes are whole, and the axes end where they did", () => {
  const { detail, model } = studyOf({
    axes: [
      {
        vary: "optimizer",
        values: [{ name: "sgd" }, { name: "momentum", momentum: 0.9 }],
        names: ["SGD", "Momentum, 0.9"],
      },
    ],
  });
  const [optimizer] = dimensionsOf(model, detail.runs).filter(({ id }) => id.startsWith("param:"));
  if (optimizer === undefined) throw new Error("Nothing is varied.");
  const { axes } = parallelPlot({ width: 600, height: 180 }, new Array(7).fill(optimizer));
  expect(axes).toHaveLength(7);
  expect(axes[0]).toBeGreaterThan(widthOfText("Momentum, 0.9") + 5);
  expect(axes[6]).toBeCloseTo(600 - 600 / 14);
});
