/** The histograms of two nodes side by side, as numbers and as a picture. */
import type { Histogram } from "../../engine/index.ts";
import type { MenuSection } from "../app/Menu.tsx";
import type { Cell } from "../charts/chartTable.ts";
import { chartColors } from "../charts/colors.ts";
import { drawHistogram } from "../charts/drawHistogram.ts";
import { csvItem, pictureItems } from "../charts/exportChart.ts";
import { formatCount, formatReadout, NO_BREAK_SPACE } from "../charts/format.ts";
import { histogramTable } from "../charts/histogramTable.ts";
import type { PagePen } from "../charts/pen.ts";
import { runStore } from "../run/runStore.ts";

interface Side {
  readonly name: string;
  readonly mean: number;
  readonly std: number;
  readonly histogram: Histogram;
}

const WIDTH = 640;
const HEIGHT = 152;
const MARGIN = 16;
const GAP = 24;

const drawSides = (pen: PagePen, sides: readonly Side[], step: number): void => {
  const colors = chartColors();
  const width = (WIDTH - 2 * MARGIN - GAP) / 2;
  pen.label(MARGIN, 20, `Values at step ${formatCount(step)}`, { color: colors.text, size: 13, weight: 600 });
  sides.forEach(({ name, mean, std, histogram }, index) => {
    const left = MARGIN + index * (width + GAP);
    const moments = `${formatReadout(mean, std)}${NO_BREAK_SPACE}±${NO_BREAK_SPACE}${formatReadout(std)}`;
    pen.label(left, 44, name, { color: colors.text2, size: 11, weight: 400 });
    pen.label(left + width, 44, moments, { color: colors.text, size: 11, weight: 500, align: "right" });
    drawHistogram(pen, { left, top: 54, width, height: 72 }, histogram, "round", colors);
  });
};

/** The menu of exports; nothing before the nodes were measured. */
export const sidesSections = (
  nodes: readonly { readonly id: string; readonly name: string }[],
): readonly MenuSection[] => {
  const { history, shownStep } = runStore.getState();
  const step = history?.frameAt(shownStep)?.step ?? null;
  if (history === null || step === null) return [];
  const sides = nodes.flatMap(({ id, name }): readonly Side[] => {
    const node = history.statisticsAt(id, shownStep);
    if (node === null) return [];
    const { mean, std, histogram } = node;
    return [{ name, mean, std, histogram }];
  });
  const file = `${nodes.map(({ name }) => name).join("-")}-step-${step}`;
  const table = () => {
    const parts = sides.map(({ name, histogram }) => ({ name, ...histogramTable(histogram) }));
    const rows: Cell[][] = parts.flatMap(({ name, rows: bins }) => bins.map((cells) => [name, ...cells]));
    return { columns: [{ id: "layer", title: null }, ...(parts[0]?.columns ?? [])], rows };
  };
  return [
    {
      heading: `At step ${formatCount(step)}`,
      items: [
        csvItem("Histograms", file, table),
        ...pictureItems("Charts", file, () => ({
          width: WIDTH,
          height: HEIGHT,
          draw: (pen) => drawSides(pen, sides, step),
        })),
      ],
    },
  ];
};
