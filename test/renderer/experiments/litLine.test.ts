// @vitest-environment node
/** What pointing at a name does to the lines of a chart. */
import { expect, it } from "vitest";
import { paperColors } from "../../../renderer/charts/paperColors.ts";
import { svgPen } from "../../../renderer/charts/pen.ts";
import { curveCells, numEpochsOf } from "../../../renderer/experiments/curveCells.ts";
import { curveLayout } from "../../../renderer/experiments/curveLayout.ts";
import { drawCurves } from "../../../renderer/experiments/drawCurves.ts";
import { drawSwept } from "../../../renderer/experiments/drawSwept.ts";
import { sweptView } from "../../../renderer/experiments/sweptLines.ts";
import { colorOf } from "../../../renderer/library/runStyle.ts";
import { epochOf, studyOf } from "./studyOf.ts";

// LayerNorm waits for its runs.
const { model, detail } = studyOf(
  {
    axes: [
      { vary: "learningRate", values: [1, 0.3, 0.1, 0.03, 0.01] },
      { vary: "normalization", values: ["batch", "none", "layer"] },
    ],
  },
  ({ normalization }) =>
    normalization === "layer"
      ? { state: "waiting", epochs: [] }
      : { epochs: [1, 2, 3].map((epoch) => epochOf(epoch, 0.2 * epoch, 0.2 * epoch, 1)) },
);
const size = { width: 600, height: 300 };
const colors = paperColors;
const [batch, none, layer] = model.variants;

const swept = (lit: string | null): string => {
  const view = sweptView(model, detail.runs, "score");
  if (view === null) throw new Error("Nothing is swept.");
  const pen = svgPen(1);
  drawSwept(pen, { model, view, quantity: "score", marked: [], lit, ...size, colors });
  return pen.finish(size.width, size.height, colors.raised);
};

const curves = (lit: string | null): string => {
  const cells = curveCells(model, detail.runs, "train");
  const layout = curveLayout(cells.length, size.width, size.height);
  const pen = svgPen(1);
  drawCurves(pen, { model, cells, curve: "train", numEpochs: numEpochsOf(model, detail.runs), layout, lit, colors });
  return pen.finish(size.width, size.height, colors.raised);
};

it.each([
  ["the swept chart", swept],
  ["the curves", curves],
])("in %s a name whose line was measured dims the others, one without measurements none", (_, draw) => {
  const atRest = draw(null);
  const ofNone = colorOf(colors, none?.style ?? 0);
  expect(atRest.split(ofNone).length).toBeGreaterThan(1);
  expect(draw(batch?.key ?? "").split(ofNone).length).toBeLessThan(atRest.split(ofNone).length);
  expect(draw(layer?.key ?? "")).toBe(atRest);
});
