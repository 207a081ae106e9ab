/** What is drawn of a run of which one step was trained: Step was pressed once. */
import { beforeEach, describe, expect, it } from "vitest";
import { paperColors } from "../../../renderer/charts/paperColors.ts";
import { svgPen } from "../../../renderer/charts/pen.ts";
import { drawTimeline } from "../../../renderer/run/drawTimeline.ts";
import { RunRecorder } from "../../../renderer/run/runRecorder.ts";
import { drawHead } from "../../../renderer/statistics/drawHead.ts";
import { drawRow } from "../../../renderer/statistics/drawRow.ts";
import { quantities } from "../../../renderer/statistics/quantities.ts";
import { rowLayout } from "../../../renderer/statistics/rowLayout.ts";
import { createRowsData } from "../../../renderer/statistics/rowsData.ts";
import { shownAxis } from "../../../renderer/statistics/shownAxis.ts";
import { frameEvent } from "./events.ts";

const nodeId = "fc1";
let history: RunRecorder;
beforeEach(() => {
  history = new RunRecorder([nodeId]);
  history.addFrame(frameEvent(1, [nodeId]));
});

const layout = rowLayout(1000);

/** The row of a layer in the statistics, and its head, as SVG. */
const rowDrawn = (): { readonly row: string; readonly head: string } => {
  const rows = [
    { nodeId, name: "fc1", kind: "dense", title: "Dense", family: "linear", shape: "8", hasWeights: true },
  ] as const;
  const frame = history.frameAt(null);
  const axis = shownAxis(history);
  const quantity = quantities.activations;
  const style = { quantity, axis, histogramStyle: "ridges", ratioBy: "std" } as const;
  const data = createRowsData({ history, rows, layout, style, shared: false, frame });
  const [pen, headPen] = [svgPen(1), svgPen(1)];
  const shown = frame?.nodes[0] ?? null;
  drawRow(pen, { nodeId, row: 0, layout, rows: data, style, shown, colors: paperColors });
  drawHead(headPen, { layout, axis, step: 1, levelDomain: data.levelDomain, levels: "stds", colors: paperColors });
  return { row: pen.finish(1000, 60, "#fff"), head: headPen.finish(1000, 20, "#fff") };
};

const dotsBetween = (svg: string, left: number, width: number): readonly number[] =>
  [...svg.matchAll(/<circle cx="([\d.]+)"/g)].map(([, x]) => Number(x)).filter((x) => x >= left && x <= left + width);

describe("a run of one step", () => {
  it("has its mean as a dot in the middle of the statistics' time axis, and no step that was not trained", () => {
    const { mean } = layout;
    const { row, head } = rowDrawn();
    expect(dotsBetween(row, mean.plotLeft, mean.plotWidth)).toEqual([mean.plotLeft + mean.plotWidth / 2]);
    expect(head).toContain(">1</text>");
    expect(head).not.toContain(">2</text>");
  });

  it("has its histogram over the whole width", () => {
    const { plotLeft, plotWidth } = layout.histogram;
    const xs = [...rowDrawn().row.matchAll(/points="([^"]*)"/g)].flatMap(([, points = ""]) =>
      points.split(" ").map((point) => Number(point.split(",")[0])),
    );
    const widest = Math.max(...xs.filter((x) => x >= plotLeft && x <= plotLeft + plotWidth));
    expect(widest).toBeGreaterThan(plotLeft + plotWidth / 4);
  });

  it("has a line again from the second step on", () => {
    history.addFrame(frameEvent(2, [nodeId]));
    const { mean } = layout;
    expect(dotsBetween(rowDrawn().row, mean.plotLeft, mean.plotWidth)).toEqual([]);
  });

  it("has dots for its loss and accuracy in the timeline, until the curves are long enough to be seen", () => {
    const drawn = (): number => {
      const pen = svgPen(1);
      drawTimeline(pen, {
        ...{ width: 1056, height: 128, totalSteps: 938, stepsPerEpoch: 938, epochs: 1, batchSize: 64 },
        ...{ history, notes: [], shownStep: history.numSteps },
        colors: { ...paperColors, panel: "#fff", canvas: "#eee", onAccent: "#fff" },
      });
      return dotsBetween(pen.finish(1056, 128, "#fff"), 0, 1000).length;
    };
    expect(drawn()).toBe(2);
    history.addFrame(
      frameEvent(
        30,
        [nodeId],
        [...Array(29)].map((_, index) => index + 2),
      ),
    );
    expect(drawn()).toBe(0);
  });
});
