/** Takes the statistics out of the window: every measured number as CSV, the charts as SVG or PNG. */
import { updateRatio } from "../../engine/index.ts";
import type { MenuSection } from "../app/Menu.tsx";
import type { Cell, ChartTable } from "../charts/chartTable.ts";
import { chartColors } from "../charts/colors.ts";
import { csvItem, pictureItems } from "../charts/exportChart.ts";
import type { PagePen } from "../charts/pen.ts";
import { documentStore } from "../document/documentStore.ts";
import { documentTitle } from "../document/fileActions.ts";
import { shownStepOf } from "../run/liveRun.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { runStore } from "../run/runStore.ts";
import { stepsTable } from "../run/stepsTable.ts";
import { drawHead } from "./drawHead.ts";
import { drawRow } from "./drawRow.ts";
import { quantities } from "./quantities.ts";
import { LAYER_WIDTH, ROW_HEIGHT, rowLayout } from "./rowLayout.ts";
import { createRowsData } from "./rowsData.ts";
import { shownAxis } from "./shownAxis.ts";
import { filterRows, type StatisticsRow, statisticsRows } from "./statisticsRows.ts";
import { statisticsStore } from "./statisticsStore.ts";
import { shareOfStep } from "./stepAxis.ts";

const COLUMNS = [
  ...["step", "layer", "kind", "count", "mean", "std", "min", "max", "zeros", "saturated", "not_finite"],
  ...["dead_channels", "channels", "gradient_mean", "gradient_std", "tensor", "weight_mean", "weight_std"],
  ...["weight_gradient_std", "update_std", "update_mean_magnitude"],
  ...["log10_update_to_weight_std", "log10_update_to_weight_mean_magnitude"],
];

const csvColumns = (ids: readonly string[]) => ids.map((id) => ({ id, title: null }));

/** A row for each measured step, layer and tensor of weights. Shares are 0 to 1. */
export const statisticsTable = (
  history: Pick<RunHistory, "frames">,
  rows: readonly Pick<StatisticsRow, "nodeId" | "name" | "kind">[],
): ChartTable => {
  const lines: Cell[][] = [];
  const known = new Map(rows.map((row) => [row.nodeId, row]));
  for (const { step, nodes } of history.frames) {
    for (const node of nodes) {
      const row = known.get(node.nodeId);
      if (row === undefined) continue;
      const { count, mean, std, min, max, zeros, saturated, nonFinite, deadChannels, numChannels, gradient } = node;
      const own = [
        ...[step, row.name, row.kind, count, mean, std, min, max, zeros, saturated, nonFinite],
        ...[deadChannels, numChannels, gradient?.mean ?? null, gradient?.std ?? null],
      ];
      if (node.weights.length === 0) lines.push([...own, ...new Array<null>(8).fill(null)]);
      for (const tensor of node.weights) {
        lines.push([
          ...[...own, tensor.name, tensor.mean, tensor.std, tensor.gradient?.std ?? null],
          ...[tensor.update?.std ?? null, tensor.update?.meanMagnitude ?? null],
          ...[updateRatio(tensor, "std"), updateRatio(tensor, "meanMagnitude")],
        ]);
      }
    }
  }
  return { columns: csvColumns(COLUMNS), rows: lines };
};

const shownRows = (): readonly StatisticsRow[] => {
  const { runDocument } = runStore.getState();
  if (runDocument === null) return [];
  const { rows } = statisticsRows(runDocument, documentStore.getState().compiled.dataset);
  return filterRows(rows, statisticsStore.getState().filter);
};

const PAGE_WIDTH = 1440;
const HEAD = 74;

/** The charts as they are on screen, all rows, 1,440 px wide. */
const drawPage = (pen: PagePen, history: RunHistory, rows: readonly StatisticsRow[], title: string): void => {
  const { quantity: quantityId, shared, histogramStyle, ratioBy } = statisticsStore.getState();
  const quantity = quantities[quantityId];
  const run = runStore.getState();
  const step = shownStepOf(run);
  const frame = history.frameAt(run.shownStep);
  const layout = rowLayout(PAGE_WIDTH - LAYER_WIDTH, ROW_HEIGHT, quantity.isOfOutputs);
  const axis = shownAxis(history);
  const style = { quantity, axis, histogramStyle, ratioBy };
  const data = createRowsData({ history, rows, layout, style, shared, frame });
  const colors = chartColors();
  pen.rect(0, 0, PAGE_WIDTH, pageHeight(rows), colors.raised);
  const strong = { color: colors.text, size: 12, weight: 600 };
  pen.label(16, 20, `${title}, ${quantity.title.toLowerCase()} at step ${step}`, { ...strong, size: 13 });
  const headings = [
    [layout.depth.plotLeft, quantity.stdTitle],
    [layout.mean.left + 6, quantity.meanTitle],
    [layout.histogram.left + 6, quantity.histogramTitle],
    [layout.channelMeans?.plotLeft, "Channel means"],
    [layout.channelStds?.plotLeft, "Channel stds"],
    [layout.ratio.left + 6, "Update to weight, log10"],
  ] as const;
  for (const [x, text] of headings) if (x !== undefined) pen.label(LAYER_WIDTH + x, 42, text, strong);
  pen.moveTo(LAYER_WIDTH, HEAD - 20);
  drawHead(pen, { layout, axis, step, levelDomain: data.levelDomain, levels: quantity.levels, colors });
  rows.forEach((row, index) => {
    const top = HEAD + index * ROW_HEIGHT;
    const shown = frame?.nodes.find(({ nodeId }) => nodeId === row.nodeId) ?? null;
    const numbers = shown === null ? null : quantity.readout(shown);
    pen.moveTo(0, top);
    pen.rect(0, 0, PAGE_WIDTH, 1, colors.line);
    pen.label(16, 18, row.name, strong);
    pen.label(16, 33, row.shape, { color: colors.text2, size: 10, weight: 400 });
    if (numbers !== null) {
      const readout = { color: colors.text, size: 10.5, weight: 500, align: "right" } as const;
      pen.label(LAYER_WIDTH - 12, 18, numbers[0], readout);
      pen.label(LAYER_WIDTH - 12, 33, numbers[1], readout);
    }
    pen.moveTo(LAYER_WIDTH, top);
    drawRow(pen, { nodeId: row.nodeId, row: index, layout, rows: data, style, shown, colors });
  });
  const share = shareOfStep(axis, Math.max(1, step));
  if (step > 0 && share >= 0 && share <= 1) {
    pen.moveTo(LAYER_WIDTH, HEAD);
    for (const column of [layout.mean, layout.histogram, layout.ratio]) {
      pen.rect(column.plotLeft + share * (column.plotWidth - 1), 0, 1, rows.length * ROW_HEIGHT, colors.accent);
    }
  }
};

const pageHeight = (rows: readonly StatisticsRow[]): number => HEAD + rows.length * ROW_HEIGHT + 8;

export const exportSections = (): readonly MenuSection[] => {
  const { history } = runStore.getState();
  if (history === null) return [];
  const rows = shownRows();
  const title = documentTitle(documentStore.getState().file);
  const draw = (pen: PagePen): void => drawPage(pen, history, rows, title);
  return [
    {
      heading: "All layers",
      items: [
        csvItem("Numbers of every step", "statistics", () => statisticsTable(history, rows)),
        ...pictureItems("Charts", "statistics", () => ({ width: PAGE_WIDTH, height: pageHeight(rows), draw })),
      ],
    },
    { heading: "The run", items: [csvItem("Loss and score of every step", "loss", () => stepsTable(history))] },
  ];
};
