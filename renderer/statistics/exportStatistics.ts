/** Takes the statistics out of the window: every measured number as CSV, the charts as SVG or PNG. */
import { updateRatio } from "../../engine/index.ts";
import type { MenuSection } from "../app/Menu.tsx";
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { chartColors } from "../charts/colors.ts";
import { openSurface } from "../charts/surface.ts";
import { documentStore } from "../document/documentStore.ts";
import { documentTitle } from "../document/fileActions.ts";
import { shownStepOf } from "../run/liveRun.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { runStore } from "../run/runStore.ts";
import { drawHead } from "./drawHead.ts";
import { drawRow } from "./drawRow.ts";
import { canvasPen, type PagePen, svgPen } from "./pen.ts";
import { quantities } from "./quantities.ts";
import { LAYER_WIDTH, ROW_HEIGHT, rowLayout } from "./rowLayout.ts";
import { createRowsData } from "./rowsData.ts";
import { shownAxis } from "./shownAxis.ts";
import { filterRows, type StatisticsRow, statisticsRows } from "./statisticsRows.ts";
import { statisticsStore } from "./statisticsStore.ts";
import { shareOfStep } from "./stepAxis.ts";

const CSV_COLUMNS = [
  "step",
  "layer",
  "kind",
  "count",
  "mean",
  "std",
  "min",
  "max",
  "zeros",
  "saturated",
  "not_finite",
  "dead_channels",
  "channels",
  "gradient_mean",
  "gradient_std",
  "tensor",
  "weight_mean",
  "weight_std",
  "weight_gradient_std",
  "update_std",
  "update_mean_magnitude",
  "log10_update_to_weight_std",
  "log10_update_to_weight_mean_magnitude",
] as const;

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A line for each measured step, layer and tensor of weights; empty cells where there is no such number. Shares are 0 to 1. */
export const statisticsCsv = (history: Pick<RunHistory, "frames">, rows: readonly StatisticsRow[]): string => {
  const lines = [CSV_COLUMNS.join(",")];
  const known = new Map(rows.map((row) => [row.nodeId, row]));
  for (const { step, nodes } of history.frames) {
    for (const node of nodes) {
      const row = known.get(node.nodeId);
      if (row === undefined) continue;
      const own = [
        ...[step, quoted(row.name), row.kind, node.count, node.mean, node.std, node.min, node.max, node.zeros],
        ...[
          node.saturated,
          node.nonFinite,
          node.deadChannels,
          node.numChannels,
          node.gradient?.mean,
          node.gradient?.std,
        ],
      ];
      for (const tensor of node.weights.length === 0 ? [null] : node.weights) {
        const more =
          tensor === null
            ? new Array<undefined>(8).fill(undefined)
            : [
                ...[tensor.name, tensor.mean, tensor.std, tensor.gradient?.std, tensor.update?.std],
                ...[tensor.update?.meanMagnitude, updateRatio(tensor, "std"), updateRatio(tensor, "meanMagnitude")],
              ];
        lines.push([...own, ...more].map((cell) => cell ?? "").join(","));
      }
    }
  }
  return `${lines.join("\n")}\n`;
};

/**
 * A line for each step that was trained: loss and score of its batch (accuracy from 0 to 1, or R²), and what was measured at the end of an
 * epoch. Empty cells where there is no such number.
 */
export const lossCsv = (history: Pick<RunHistory, "loss" | "score" | "numSteps" | "epochs">): string => {
  const lines = ["step,loss,score,epoch,test_loss,test_score,validation_loss,validation_score"];
  const ends = new Map(history.epochs.map((epoch) => [epoch.step, epoch]));
  const cell = (value: number | undefined): string => (value === undefined || Number.isNaN(value) ? "" : String(value));
  for (let step = 1; step <= history.numSteps; step += 1) {
    const end = ends.get(step);
    lines.push(
      [
        ...[step, cell(history.loss[step - 1]), cell(history.score[step - 1]), end?.epoch ?? ""],
        ...[cell(end?.testLoss), cell(end?.testScore)],
        ...[cell(end?.validation?.loss), cell(end?.validation?.score)],
      ].join(","),
    );
  }
  return `${lines.join("\n")}\n`;
};

const shownRows = (): readonly StatisticsRow[] => {
  const { runDocument } = runStore.getState();
  if (runDocument === null) return [];
  const { rows } = statisticsRows(runDocument, documentStore.getState().compiled.dataset);
  return filterRows(rows, statisticsStore.getState().filter);
};

const SVG_WIDTH = 1440;
const HEAD = 74;

/** The charts as they are on screen, all rows, 1,440 px wide. */
const drawPage = (pen: PagePen, history: RunHistory, rows: readonly StatisticsRow[], title: string): void => {
  const { quantity: quantityId, shared, histogramStyle, ratioBy } = statisticsStore.getState();
  const quantity = quantities[quantityId];
  const run = runStore.getState();
  const step = shownStepOf(run);
  const frame = history.frameAt(run.shownStep);
  const layout = rowLayout(SVG_WIDTH - LAYER_WIDTH);
  const axis = shownAxis(history);
  const style = { quantity, axis, histogramStyle, ratioBy };
  const data = createRowsData({ history, rows, layout, style, shared, frame });
  const colors = chartColors();
  pen.rect(0, 0, SVG_WIDTH, pageHeight(rows), colors.raised);
  const strong = { color: colors.text, size: 12, weight: 600 };
  pen.label(16, 20, `${title}, ${quantity.title.toLowerCase()} at step ${step}`, { ...strong, size: 13 });
  const headings = [
    [LAYER_WIDTH + layout.depth.plotLeft, quantity.stdTitle],
    [LAYER_WIDTH + layout.mean.left + 6, quantity.meanTitle],
    [LAYER_WIDTH + layout.histogram.left + 6, quantity.histogramTitle],
    [LAYER_WIDTH + layout.channelMeans.plotLeft, "Channel means"],
    [LAYER_WIDTH + layout.channelStds.plotLeft, "Channel stds"],
    [LAYER_WIDTH + layout.ratio.left + 6, "Update to weight, log10"],
  ] as const;
  for (const [x, text] of headings) pen.label(x, 42, text, strong);
  pen.moveTo(LAYER_WIDTH, HEAD - 20);
  drawHead(pen, { layout, axis, step, levelDomain: data.levelDomain, levels: quantity.levels, colors });
  rows.forEach((row, index) => {
    const top = HEAD + index * ROW_HEIGHT;
    const shown = frame?.nodes.find(({ nodeId }) => nodeId === row.nodeId) ?? null;
    const numbers = shown === null ? null : quantity.readout(shown);
    pen.moveTo(0, top);
    pen.rect(0, 0, SVG_WIDTH, 1, colors.line);
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

const svgOf = (history: RunHistory, rows: readonly StatisticsRow[], title: string): string => {
  const pen = svgPen(2);
  drawPage(pen, history, rows, title);
  return pen.finish(SVG_WIDTH, pageHeight(rows), chartColors().raised);
};

/** At twice the size. */
const pngOf = async (
  history: RunHistory,
  rows: readonly StatisticsRow[],
  title: string,
): Promise<Uint8Array<ArrayBuffer>> => {
  const canvas = document.createElement("canvas");
  const surface = openSurface(canvas, SVG_WIDTH, pageHeight(rows), 2);
  if (surface !== null) drawPage(canvasPen(surface), history, rows, title);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob === null) throw new Error("The browser made no picture of the charts.");
  return new Uint8Array(await blob.arrayBuffer());
};

/** By the end of the file's name. */
const contents = {
  "statistics.csv": (history: RunHistory) => statisticsCsv(history, shownRows()),
  "loss.csv": lossCsv,
  "statistics.svg": (history: RunHistory, title: string) => svgOf(history, shownRows(), title),
  "statistics.png": (history: RunHistory, title: string) => pngOf(history, shownRows(), title),
} as const;

const save = async (what: keyof typeof contents): Promise<void> => {
  const { history } = runStore.getState();
  if (history === null) return;
  const title = documentTitle(documentStore.getState().file);
  const content = await contents[what](history, title);
  const outcome = await getShell().saveExport({ suggestedName: `${title}-${what}`, content });
  if (outcome.status === "failed") {
    notify({ tone: "error", title: "The statistics were not saved", text: outcome.problem.message });
  }
};

export const exportSections = (): readonly MenuSection[] => [
  {
    heading: "All layers",
    items: [
      { id: "csv", title: "Numbers of every step, CSV", onSelect: () => void save("statistics.csv") },
      { id: "svg", title: "Charts, SVG", onSelect: () => void save("statistics.svg") },
      { id: "png", title: "Charts, PNG", onSelect: () => void save("statistics.png") },
    ],
  },
  {
    heading: "The run",
    items: [{ id: "loss", title: "Loss and score of every step, CSV", onSelect: () => void save("loss.csv") }],
  },
];
