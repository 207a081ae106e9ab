/** The shared layers of several runs as numbers and as a picture: what the rows on screen are made of, too. */
import type { MenuSection } from "../app/Menu.tsx";
import type { Cell, ChartTable } from "../charts/chartTable.ts";
import { type ChartColors, chartColors } from "../charts/colors.ts";
import { csvItem, pictureItems } from "../charts/exportChart.ts";
import { formatCount, formatReadout, formatShort } from "../charts/format.ts";
import type { PagePen } from "../charts/pen.ts";
import type { Quantity } from "../statistics/quantities.ts";
import type { StatisticsRow } from "../statistics/statisticsRows.ts";
import { AXIS_TITLES, type AxisId, runAxis } from "./comparedAxis.ts";
import { layerAt, layerLine } from "./comparedLayers.ts";
import type { ComparedRun } from "./comparedRun.ts";
import { drawGradients, drawHistograms, drawMeans, LAYER_HEIGHT } from "./drawLayers.ts";
import { colorOf } from "./runStyle.ts";

export const NAME_WIDTH = 176;

export interface LayersCall {
  readonly runs: readonly ComparedRun[];
  readonly axis: AxisId;
  readonly x: number;
  readonly quantity: Quantity;
  readonly sideBySide: boolean;
}

export interface RowWidths {
  readonly mean: number;
  readonly histogram: number;
  readonly gradient: number;
}

export const widthsOf = (width: number): RowWidths => {
  const rest = Math.max(0, width - NAME_WIDTH);
  const histogram = Math.floor(rest * 0.34);
  const gradient = Math.floor(rest * 0.3);
  return { mean: rest - histogram - gradient, histogram, gradient };
};

export const endOf = (runs: readonly ComparedRun[], axis: AxisId): number =>
  Math.max(0, ...runs.map((run) => runAxis(run, axis).end));

export const seriesOf = ({ runs, axis, quantity }: LayersCall, nodeId: string) =>
  runs.map((run) => ({ style: run.style, line: layerLine(run, nodeId, axis, quantity) }));

export const histogramsOf = ({ runs, axis, x, quantity }: LayersCall, nodeId: string) =>
  runs.map((run) => {
    const found = layerAt(run, nodeId, axis, x);
    return { style: run.style, histogram: found === null ? null : quantity.histogram(found.node) };
  });

/** A row for each layer, at the place shown. */
export const shownTable = (call: LayersCall, rows: readonly StatisticsRow[]): ChartTable => ({
  columns: [
    { id: "layer", title: "Layer" },
    ...call.runs.flatMap((run) => [
      { id: `${run.name}_step`, title: "Step", group: run.name, format: formatCount },
      { id: `${run.name}_mean`, title: "Mean", group: run.name, format: (value: number) => formatReadout(value) },
      { id: `${run.name}_std`, title: "Std", group: run.name, format: (value: number) => formatReadout(value) },
      {
        id: `${run.name}_gradient_std`,
        title: "Gradient std",
        group: run.name,
        format: (value: number) => formatReadout(value),
      },
    ]),
  ],
  rows: rows.map(({ nodeId, name }) => [
    name,
    ...call.runs.flatMap((run): Cell[] => {
      const found = layerAt(run, nodeId, call.axis, call.x);
      const moments = found === null ? null : call.quantity.moments(found.node);
      const gradient = found?.node.gradient ?? found?.node.weights[0]?.gradient ?? null;
      return [found?.step ?? null, moments?.mean ?? null, moments?.std ?? null, gradient?.std ?? null];
    }),
  ]),
});

/** A row for each measured step of each run and layer. */
const stepsTable = ({ runs, quantity }: LayersCall, rows: readonly StatisticsRow[]): ChartTable => ({
  columns: ["run", "step", "layer", "mean", "std", "gradient_std"].map((id) => ({ id, title: null })),
  rows: runs.flatMap((run) =>
    run.history.frames.flatMap((frame) =>
      rows.flatMap(({ nodeId, name }): Cell[][] => {
        const node = frame.nodes.find((candidate) => candidate.nodeId === nodeId);
        if (node === undefined) return [];
        const moments = quantity.moments(node);
        const gradient = node.gradient ?? node.weights[0]?.gradient ?? null;
        return [[run.name, frame.step, name, moments?.mean ?? null, moments?.std ?? null, gradient?.std ?? null]];
      }),
    ),
  ),
});

const PICTURE_WIDTH = 1200;
const PICTURE_HEAD = 52;

const drawPicture = (pen: PagePen, call: LayersCall, rows: readonly StatisticsRow[], colors: ChartColors): void => {
  const widths = widthsOf(PICTURE_WIDTH - 32);
  const end = endOf(call.runs, call.axis);
  const strong = { color: colors.text, size: 12, weight: 600 };
  let left = 16;
  for (const run of call.runs) {
    pen.label(left, 18, `— ${run.name}`, { ...strong, color: colorOf(colors, run.style) });
    left += 260;
  }
  const columns = [16 + NAME_WIDTH, 16 + NAME_WIDTH + widths.mean, 16 + NAME_WIDTH + widths.mean + widths.histogram];
  const titles = [
    call.quantity.meanTitle,
    `${call.quantity.histogramTitle}, ${AXIS_TITLES[call.axis]} ${formatShort(call.x, 4)}`,
    "Gradient std",
  ];
  titles.forEach((title, index) => {
    pen.label((columns[index] ?? 0) + 12, 40, title, strong);
  });
  rows.forEach(({ nodeId, name, title }, index) => {
    const top = PICTURE_HEAD + index * LAYER_HEIGHT;
    pen.moveTo(16, top);
    pen.rect(0, 0, PICTURE_WIDTH - 32, 1, colors.line);
    pen.label(0, 22, name, strong);
    pen.label(0, 38, title, { color: colors.text2, size: 10, weight: 400 });
    const series = seriesOf(call, nodeId);
    pen.moveTo(columns[0] ?? 0, top);
    drawMeans(pen, { series, end, width: widths.mean }, colors);
    pen.moveTo(columns[1] ?? 0, top);
    drawHistograms(
      pen,
      { series: histogramsOf(call, nodeId), width: widths.histogram, sideBySide: call.sideBySide },
      colors,
    );
    pen.moveTo(columns[2] ?? 0, top);
    drawGradients(pen, { series, end, width: widths.gradient }, colors);
  });
  pen.moveTo(0, 0);
};

export const layersSections = (
  call: LayersCall,
  all: readonly StatisticsRow[],
  rows: readonly StatisticsRow[],
): readonly MenuSection[] => [
  {
    items: [
      csvItem("Numbers of every step", "compare-layers", () => stepsTable(call, all)),
      csvItem("Numbers at the step shown", "compare-layers-shown", () => shownTable(call, all)),
      ...pictureItems("Charts", "compare-layers", () => ({
        width: PICTURE_WIDTH,
        height: PICTURE_HEAD + rows.length * LAYER_HEIGHT + 8,
        draw: (pen) => drawPicture(pen, call, rows, chartColors()),
      })),
    ],
  },
];
