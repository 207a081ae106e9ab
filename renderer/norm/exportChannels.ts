/** The numbers of a batch norm at the step shown, and its pictures. */
import type { MenuSection } from "../app/Menu.tsx";
import type { Cell, ChartColumn, ChartTable } from "../charts/chartTable.ts";
import { chartColors } from "../charts/colors.ts";
import { csvItem, pictureItems } from "../charts/exportChart.ts";
import { formatCount } from "../charts/format.ts";
import type { PagePen } from "../charts/pen.ts";
import { runStore } from "../run/runStore.ts";
import { channelColumns } from "./channelColumns.ts";
import { type ChannelDrawing, GUTTER } from "./drawChannels.ts";
import { type NormView, normViewOf } from "./normView.ts";

const count = (title: string | null, id: string): ChartColumn => ({ id, title, format: formatCount });

const COLUMNS: readonly ChartColumn[] = [
  count(null, "step"),
  count("", "channel"),
  { id: "batch_mean", title: "batch", group: "Mean" },
  { id: "running_mean", title: "running", group: "Mean" },
  { id: "batch_variance", title: "batch", group: "Variance" },
  { id: "running_variance", title: "running", group: "Variance" },
  { id: "mean_gap_in_running_std", title: "Gap" },
  { id: "gamma", title: "γ" },
  { id: "beta", title: "β" },
  { id: "output_rms_difference", title: null },
];

const tableOf = (columns: readonly ChartColumn[], step: number, vectors: readonly Vector[]): ChartTable => {
  const length = Math.max(0, ...vectors.map((values) => values?.length ?? 0));
  const cell = (values: Vector, c: number): Cell => values?.[c] ?? null;
  return { columns, rows: Array.from({ length }, (_, c) => [step, c, ...vectors.map((values) => cell(values, c))]) };
};

type Vector = ArrayLike<number> | null | undefined;

/** A row for each channel; no number where the batch has no part in training. */
export const channelsTable = ({ step, statistics, gap }: NormView): ChartTable => {
  const { batchMean, batchVariance, runningMean, runningVariance, gamma, beta } = statistics;
  const vectors = [batchMean, runningMean, batchVariance, runningVariance, gap?.means, gamma, beta, gap?.rms];
  return tableOf(COLUMNS, step, vectors);
};

const isWeight = ({ id }: ChartColumn): boolean => ["step", "channel", "gamma", "beta"].includes(id);

/** γ and β of each channel. */
export const weightsTable = ({ step, statistics }: NormView): ChartTable =>
  tableOf(COLUMNS.filter(isWeight), step, [statistics.gamma, statistics.beta]);

const WIDTH = 560;
const MARGIN = 16;
const TITLE = 22;
const HEAD = 38;

/** Charts of all channels one below the other, 560 px wide. */
const drawPage = (pen: PagePen, title: string, view: NormView, drawings: readonly ChannelDrawing[]): void => {
  const colors = chartColors();
  const width = WIDTH - 2 * MARGIN;
  const columns = channelColumns(view.statistics.gamma.length, width - GUTTER);
  pen.label(MARGIN, 20, title, { color: colors.text, size: 13, weight: 600 });
  let top = HEAD;
  for (const { title: name, height, below, draw } of drawings) {
    pen.moveTo(MARGIN, top);
    pen.label(GUTTER, 8, name, { color: colors.text2, size: 11, weight: 400 });
    pen.moveTo(MARGIN, top + TITLE);
    draw(pen, { columns, width, height, marked: null, colors }, view);
    top += TITLE + height + below + 8;
  }
};

/** A menu of exports for charts of channels; nothing before the node was measured. */
export const channelSections = (call: {
  readonly nodeId: string;
  /** Of the node. */
  readonly name: string;
  readonly unit: "channel" | "feature";
  /** What the charts are of. */
  readonly part: "channels" | "weights";
  readonly drawings: readonly ChannelDrawing[];
  readonly table: (view: NormView) => ChartTable;
}): readonly MenuSection[] => {
  const { nodeId, name, unit, part, drawings, table } = call;
  const view = normViewOf(nodeId, runStore.getState());
  if (view === null) return [];
  const file = `${name}-${part}-step-${view.step}`;
  const title = `${name}, ${part} at step ${formatCount(view.step)}`;
  const height = drawings.reduce((sum, drawing) => sum + TITLE + drawing.height + drawing.below + 8, HEAD + 8);
  return [
    {
      heading: `At step ${formatCount(view.step)}`,
      items: [
        csvItem(`Numbers of every ${unit}`, file, () => table(view)),
        ...pictureItems("Charts", file, () => ({
          width: WIDTH,
          height,
          draw: (pen) => drawPage(pen, title, view, drawings),
        })),
      ],
    },
  ];
};
