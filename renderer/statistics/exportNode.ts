/** What one node measured: its charts on a page of their own, its numbers at every step. */
import type { Histogram } from "../../engine/index.ts";
import type { MenuSection } from "../app/Menu.tsx";
import type { Cell, ChartTable } from "../charts/chartTable.ts";
import { chartColors } from "../charts/colors.ts";
import { drawHistogram } from "../charts/drawHistogram.ts";
import { csvItem, pictureItems } from "../charts/exportChart.ts";
import { formatCount, formatReadout, NO_BREAK_SPACE } from "../charts/format.ts";
import type { PagePen } from "../charts/pen.ts";
import { lastStepOf } from "../charts/timeAxis.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { runStore } from "../run/runStore.ts";
import { drawTimeColumns } from "./drawRow.ts";
import { statisticsTable } from "./exportStatistics.ts";
import { quantities } from "./quantities.ts";
import { rowLayout } from "./rowLayout.ts";
import { createRowsData } from "./rowsData.ts";
import type { StatisticsRow } from "./statisticsRows.ts";
import { isOneStep, shareOfStep, stepTicks } from "./stepAxis.ts";

type Row = Pick<StatisticsRow, "nodeId" | "name" | "kind">;

const NUM_BINS = 64;

/** A row for each measured step and histogram: its range, what lies outside, and the counts of its bins. */
export const histogramsTable = (history: Pick<RunHistory, "frames">, { nodeId }: Row): ChartTable => {
  const ids = [
    "step",
    "of",
    "low",
    "high",
    "below",
    "above",
    ...Array.from({ length: NUM_BINS }, (_, bin) => `bin_${bin}`),
  ];
  const rows: Cell[][] = [];
  for (const { step, nodes } of history.frames) {
    const node = nodes.find((each) => each.nodeId === nodeId);
    if (node === undefined) continue;
    const add = (of: string, { low, high, underflow, overflow, counts }: Histogram): void => {
      const bins = Array.from({ length: NUM_BINS }, (_, bin) => counts[bin] ?? null);
      rows.push([step, of, low, high, underflow, overflow, ...bins]);
    };
    add("values", node.histogram);
    if (node.numChannels <= 1) continue;
    add("channel_means", node.channelMeans);
    add("channel_stds", node.channelStds);
  }
  return { columns: ids.map((id) => ({ id, title: null })), rows };
};

const WIDTH = 900;
const MARGIN = 16;
const STRIPS = 52;
const NOW = 138;
const HEIGHT = 240;

/** Mean ± std and histograms over the steps; below them the histograms at the step shown. */
const drawPage = (pen: PagePen, history: RunHistory, row: Row, shownStep: number | null): void => {
  const colors = chartColors();
  const frame = history.frameAt(shownStep);
  const shown = history.statisticsAt(row.nodeId, shownStep);
  const axis = { from: 1, to: Math.max(1, lastStepOf(history)), log: false };
  const style = { quantity: quantities.activations, axis, histogramStyle: "heat", ratioBy: "std" } as const;
  const layout = rowLayout(2 * WIDTH);
  const rows = createRowsData({ history, rows: [row], layout, style, shared: false, frame });
  const title = { color: colors.text, size: 13, weight: 600 };
  const heading = { color: colors.text2, size: 11, weight: 400 };
  const moments =
    shown === null
      ? ""
      : `, ${formatReadout(shown.mean, shown.std)}${NO_BREAK_SPACE}±${NO_BREAK_SPACE}${formatReadout(shown.std)}`;
  pen.label(MARGIN, 20, `${row.name} at step ${formatCount(frame?.step ?? 0)}${moments}`, title);
  const [first, second] = [layout.mean, layout.histogram];
  const left = MARGIN - first.left;
  pen.label(left + first.plotLeft, STRIPS - 8, "Mean ± std", heading);
  pen.label(left + second.plotLeft, STRIPS - 8, "Values over time", heading);
  pen.moveTo(left, STRIPS);
  drawTimeColumns(pen, { nodeId: row.nodeId, row: 0, layout, rows, style, shown, colors });
  for (const column of [first, second]) {
    for (const step of stepTicks(axis, 5)) {
      const x = column.plotLeft + shareOfStep(axis, step) * column.plotWidth;
      const isEnd = !isOneStep(axis) && (step === axis.from || step === axis.to);
      const align = !isEnd ? "center" : step === axis.from ? "left" : "right";
      pen.text(x, layout.bottom + 9, formatCount(step), { color: colors.text3, align });
    }
    const at = column.plotLeft + shareOfStep(axis, frame?.step ?? 1) * (column.plotWidth - 1);
    if (frame !== null) pen.rect(at, 0, 1, layout.bottom, colors.accent);
  }
  pen.moveTo(0, 0);
  if (shown === null) return;
  const box = { left: left + first.plotLeft, top: NOW, width: first.plotWidth, height: 72 };
  pen.label(box.left, NOW - 10, `Values at step ${formatCount(frame?.step ?? 0)}`, heading);
  drawHistogram(pen, box, shown.histogram, "round", colors);
  if (shown.numChannels <= 1) return;
  const width = Math.floor((second.plotWidth - 24) / 2);
  const channels = [
    ["Channel means", shown.channelMeans],
    ["Channel stds", shown.channelStds],
  ] as const;
  channels.forEach(([name, histogram], index) => {
    const place = { ...box, left: left + second.plotLeft + index * (width + 24), width };
    pen.label(place.left, NOW - 10, name, heading);
    drawHistogram(pen, place, histogram, "ends", colors);
  });
};

/** The menu of exports of one node. */
export const nodeSections = (row: Row): readonly MenuSection[] => {
  const { history, shownStep } = runStore.getState();
  if (history === null) return [];
  const step = history.frameAt(shownStep)?.step ?? 0;
  return [
    {
      heading: "Every measured step",
      items: [
        csvItem("Numbers", `${row.name}-statistics`, () => statisticsTable(history, [row])),
        csvItem("Histograms", `${row.name}-histograms`, () => histogramsTable(history, row)),
      ],
    },
    {
      heading: `Step ${formatCount(step)}`,
      items: pictureItems("Charts", `${row.name}-step-${step}`, () => ({
        width: WIDTH,
        height: HEIGHT,
        draw: (pen) => drawPage(pen, history, row, shownStep),
      })),
    },
  ];
};
