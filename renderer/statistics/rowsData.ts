/** What the rows of the statistics view have in common at one drawing. */
import type { Frame } from "../../engine/index.ts";
import { heatDomain } from "../charts/heatPainter.ts";
import type { RunHistory } from "../run/runHistory.ts";
import type { RowStyle, RowsData } from "./rowCall.ts";
import type { RowLayout } from "./rowLayout.ts";
import { meanDomain, rangesOf } from "./rowRanges.ts";
import type { StatisticsRow } from "./statisticsRows.ts";
import { frameColumns } from "./stepAxis.ts";

/** Whole decades around the stds, the guide among them. */
const stdDomainOf = (stds: readonly (number | null)[], hasGuide: boolean): readonly [number, number] => {
  let [low, high] = hasGuide ? [0.1, 10] : [Number.POSITIVE_INFINITY, 0];
  for (const std of stds) {
    if (std === null || !(std > 0) || !Number.isFinite(std)) continue;
    [low, high] = [Math.min(low, std), Math.max(high, std)];
  }
  if (!(low <= high)) return [0.1, 10];
  const [from, to] = [10 ** Math.floor(Math.log10(low) + 1e-9), 10 ** Math.ceil(Math.log10(high) - 1e-9)];
  return from < to ? [from, to] : [from / 10, to * 10];
};

export const createRowsData = (call: {
  readonly history: RunHistory;
  readonly rows: readonly Pick<StatisticsRow, "nodeId">[];
  readonly layout: RowLayout;
  readonly style: RowStyle;
  readonly shared: boolean;
  /** At the step shown. */
  readonly frame: Frame | null;
}): RowsData => {
  const { history, rows, layout, style, shared, frame } = call;
  const { quantity, axis } = style;
  const { frames } = history;
  const timeColumns = frameColumns(frames, axis, layout.mean.plotWidth);
  const ratioColumns = frameColumns(frames, axis, layout.ratio.plotWidth);
  const nodes = new Map(frame?.nodes.map((node) => [node.nodeId, node]) ?? []);
  const levels = rows.map(({ nodeId }) => {
    const node = nodes.get(nodeId);
    return (node === undefined ? null : quantity.level(node)) ?? null;
  });
  let sharedMean: readonly [number, number] | null = null;
  let sharedValues: readonly [number, number] | null = null;
  if (shared) {
    const ranges = rows.map(({ nodeId }) => rangesOf(quantity, nodeId, frames, timeColumns));
    const union = (which: "mean" | "values"): readonly [number, number] => [
      Math.min(...ranges.map((range) => range[which][0])),
      Math.max(...ranges.map((range) => range[which][1])),
    ];
    const [mean, values] = [union("mean"), union("values")];
    sharedMean = mean[0] <= mean[1] ? meanDomain(quantity, mean) : null;
    sharedValues = values[0] <= values[1] ? heatDomain(...values) : null;
  }
  return {
    frames,
    timeColumns,
    ratioColumns,
    levels,
    levelDomain: quantity.levels === "shares" ? [0, 1] : stdDomainOf(levels, quantity.guide !== null),
    sharedMean,
    sharedValues,
  };
};
