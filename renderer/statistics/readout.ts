/** What lies under the pointer, in words. */
import { type Histogram, updateRatio } from "../../engine/index.ts";
import { formatCount, formatFixed, formatPercent, formatReadout, NO_BREAK_SPACE } from "../charts/format.ts";
import { describeBin } from "../charts/HistogramPlot.tsx";
import { heatDomain } from "../charts/heatPainter.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { runStore } from "../run/runStore.ts";
import { quantities } from "./quantities.ts";
import { type Column, type RowLayout, timeColumns } from "./rowLayout.ts";
import { rangesOf } from "./rowRanges.ts";
import { createRowsData } from "./rowsData.ts";
import type { StatisticsRow } from "./statisticsRows.ts";
import { statisticsStore } from "./statisticsStore.ts";
import { type StepAxis, stepAtShare } from "./stepAxis.ts";

export interface Readout {
  /** The first is the title. */
  readonly lines: readonly string[];
}

const binUnder = ({ low, high, counts }: Histogram, value: number): number | null => {
  const bin = Math.floor(((value - low) / (high - low)) * counts.length);
  return bin >= 0 && bin < counts.length ? bin : null;
};

export const describeAt = (call: {
  readonly history: RunHistory;
  readonly row: StatisticsRow;
  readonly layout: RowLayout;
  readonly axis: StepAxis;
  /** From the right edge of the layer's cell, and from the top of the row. */
  readonly x: number;
  readonly y: number;
}): Readout | null => {
  const { history, row, layout, axis, x, y } = call;
  const { quantity: quantityId, histogramStyle, ratioBy, shared } = statisticsStore.getState();
  const quantity = quantities[quantityId];
  const inside = ({ plotLeft, plotWidth }: Column): number | null => {
    const share = (x - plotLeft) / plotWidth;
    return share >= 0 && share <= 1 ? share : null;
  };
  for (const id of ["channelMeans", "channelStds"] as const) {
    const column = layout[id];
    const share = column === null ? null : inside(column);
    const frame = share === null ? null : history.frameAt(runStore.getState().shownStep);
    const histogram = frame?.nodes.find(({ nodeId }) => nodeId === row.nodeId)?.[id];
    if (share === null || frame === null || histogram === undefined) continue;
    const bin = Math.min(histogram.counts.length - 1, Math.floor(share * histogram.counts.length));
    const what = id === "channelMeans" ? "means" : "stds";
    return {
      lines: [`${row.name}, step ${formatCount(frame.step)}`, `channels by their ${what}`, describeBin(histogram, bin)],
    };
  }
  for (const id of timeColumns) {
    const share = inside(layout[id]);
    if (share === null) continue;
    const frame = history.frameAt(Math.max(1, Math.floor(stepAtShare(axis, share))));
    const node = frame?.nodes.find(({ nodeId }) => nodeId === row.nodeId);
    if (frame === null || node === undefined) return null;
    const title = `${row.name}, step ${formatCount(frame.step)}`;
    if (id === "ratio") {
      const [weights] = node.weights;
      const ratio = weights === undefined ? null : updateRatio(weights, ratioBy);
      if (weights?.update === null || weights === undefined || ratio === null) return null;
      const of = (value: number): string => formatReadout(value);
      return {
        lines: [
          title,
          `log10 update ÷ weight ${Number.isFinite(ratio) ? formatFixed(ratio, 2) : "−∞"}`,
          `${weights.name}: update ${of(weights.update[ratioBy])}, weights ${of(weights[ratioBy])}`,
        ],
      };
    }
    if (id === "mean") {
      const moments = quantity.moments(node);
      if (moments === null) return null;
      if (quantityId === "zeros") return { lines: [title, (quantity.readout(node) ?? []).join(" ")] };
      const { mean, std } = moments;
      if (Number.isNaN(mean)) return { lines: [title, "no finite value"] };
      const lines = [title, `mean ${formatReadout(mean, std)}, std${NO_BREAK_SPACE}${formatReadout(std)}`];
      if (quantityId === "activations") {
        lines.push(
          `${formatReadout(node.min, std)} to ${formatReadout(node.max, std)}, ${formatPercent(node.zeros)} zero`,
        );
        if (node.saturated !== null) lines.push(`${formatPercent(node.saturated)} saturated`);
      }
      return { lines };
    }
    const histogram = quantity.histogram(node);
    if (histogram === null || histogramStyle === "ridges") return histogram === null ? null : { lines: [title] };
    const style = { quantity, axis, histogramStyle, ratioBy };
    const data = createRowsData({ history, rows: [row], layout, style, shared: false, frame });
    const range = rangesOf(quantity, row.nodeId, data.frames, data.timeColumns).values;
    if (shared || !(range[0] <= range[1])) return { lines: [title] };
    const [low, high] = heatDomain(...range);
    const value = high - ((y - layout.top) / (layout.bottom - layout.top)) * (high - low);
    const bin = binUnder(histogram, value);
    return { lines: [title, bin === null ? "no values here" : describeBin(histogram, bin)] };
  }
  return null;
};
