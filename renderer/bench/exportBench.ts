/** Pictures of what the test bench shows, and its menus of exports. */
import { counted } from "../../engine/index.ts";
import type { InspectedSample, TestEvaluation } from "../../engine/protocol.ts";
import type { MenuSection } from "../app/Menu.tsx";
import { chartColors } from "../charts/colors.ts";
import { type ChartPicture, csvItem, pictureItems } from "../charts/exportChart.ts";
import { formatCount, formatPercent, formatR2, formatReadout } from "../charts/format.ts";
import type { PagePen } from "../charts/pen.ts";
import {
  classesTable,
  confusionTable,
  mistakesTable,
  nameOfClass,
  predictionTable,
  valuesTable,
} from "./benchTables.ts";
import { shadeOf } from "./confusionShades.ts";
import { areaOf, type LayerOutput, largestMagnitude, outputOf } from "./layerOutputs.ts";
import { paintValues } from "./paintMaps.ts";
import { drawTargets, pairsTable, pointsOf } from "./targetChart.ts";

const MARGIN = 16;
const HEAD = 38;

const writeTitle = (pen: PagePen, title: string): void =>
  pen.label(MARGIN, 20, title, { color: chartColors().text, size: 13, weight: 600 });

const BAR_ROW = 22;
const NAME_WIDTH = 120;
const BAR_WIDTH = 300;

const probabilitiesPicture = (sample: InspectedSample, classNames: readonly string[]): ChartPicture => {
  const shown = sample.training ?? sample.evaluation;
  return {
    width: 2 * MARGIN + NAME_WIDTH + BAR_WIDTH + 64,
    height: HEAD + shown.length * BAR_ROW + MARGIN,
    draw: (pen) => {
      const colors = chartColors();
      const label = { color: colors.text, size: 12, weight: 400 };
      writeTitle(pen, `Probabilities at step ${formatCount(sample.step)}, ${sample.mode} mode`);
      shown.forEach((share, at) => {
        const y = HEAD + (at + 0.5) * BAR_ROW;
        const left = MARGIN + NAME_WIDTH;
        pen.label(left - 12, y, nameOfClass(classNames, at), { ...label, align: "right" });
        pen.rect(left, y - 6, BAR_WIDTH, 12, colors.sunken);
        if (Number.isFinite(share)) pen.rect(left, y - 6, share * BAR_WIDTH, 12, colors.trace);
        pen.label(left + BAR_WIDTH + 60, y, formatPercent(share), { ...label, align: "right" });
      });
    },
  };
};

export const predictionSections = (sample: InspectedSample, classNames: readonly string[]): readonly MenuSection[] => {
  const name = `sample-step-${sample.step}`;
  const isClasses = classNames.length > 0;
  return [
    {
      items: [
        csvItem(isClasses ? "Probabilities" : "Predictions", name, () => predictionTable(sample, classNames)),
        ...(isClasses ? pictureItems("Chart", name, () => probabilitiesPicture(sample, classNames)) : []),
      ],
    },
  ];
};

const TILE = 88;
const TILE_GAP = 8;
const CAPTION = 18;
const PAGE_WIDTH = 840;

const mapsPicture = (sample: InspectedSample, layer: LayerOutput, title: string, shared: boolean): ChartPicture => {
  const [, height = 1, width = 1] = layer.shape;
  const columns = Math.min(layer.channels, Math.floor((PAGE_WIDTH - 2 * MARGIN + TILE_GAP) / (TILE + TILE_GAP)));
  const rows = Math.ceil(layer.channels / columns);
  const scale = TILE / Math.max(width, height);
  return {
    width: PAGE_WIDTH,
    height: HEAD + rows * (TILE + CAPTION + TILE_GAP) + MARGIN,
    draw: (pen) => {
      writeTitle(pen, title);
      const values = outputOf(sample, layer);
      const area = areaOf(layer);
      const all = Math.max(Math.abs(layer.min), Math.abs(layer.max));
      for (let channel = 0; channel < layer.channels; channel += 1) {
        const map = values.subarray(channel * area, (channel + 1) * area);
        const own = largestMagnitude(map);
        const [x, y] = [
          MARGIN + (channel % columns) * (TILE + TILE_GAP),
          HEAD + Math.floor(channel / columns) * (TILE + CAPTION + TILE_GAP),
        ];
        const picture = document.createElement("canvas");
        [picture.width, picture.height] = [width, height];
        const context = picture.getContext("2d");
        if (context === null) continue;
        const image = context.createImageData(width, height);
        paintValues(map, shared ? all : own, image.data);
        context.putImageData(image, 0, 0);
        pen.image(picture, x, y, width * scale, height * scale);
        const caption = shared ? String(channel) : `${channel}: ±${formatReadout(own)}`;
        pen.text(x, y + TILE + CAPTION / 2, caption, { color: chartColors().text2, align: "left" });
      }
    },
  };
};

const featuresPicture = (sample: InspectedSample, layer: LayerOutput, title: string): ChartPicture => ({
  width: PAGE_WIDTH,
  height: 260,
  draw: (pen) => {
    writeTitle(pen, title);
    const colors = chartColors();
    const values = outputOf(sample, layer);
    const low = Math.min(0, layer.min);
    const span = Math.max(0, layer.max) - low || 1;
    const [left, top, width, height] = [64, HEAD, PAGE_WIDTH - 64 - MARGIN, 190];
    const toPixel = (value: number): number => top + height * (1 - (value - low) / span);
    for (const tick of new Set([low, 0, low + span])) {
      pen.rect(left, Math.round(toPixel(tick)), width, 1, tick === 0 ? colors.lineStrong : colors.lineFaint);
      pen.text(left - 8, toPixel(tick), formatReadout(tick), { color: colors.text3, align: "right" });
    }
    const step = width / values.length;
    values.forEach((value, feature) => {
      if (!Number.isFinite(value)) return;
      const [from, to] = [toPixel(Math.max(0, value)), toPixel(Math.min(0, value))];
      const barWidth = Math.max(0.5, step - (step > 3 ? 1 : 0));
      pen.rect(left + feature * step, from, barWidth, Math.max(1, to - from), colors.trace);
    });
    pen.text(left, top + height + 12, "0", { color: colors.text3, align: "left" });
    pen.text(left + width, top + height + 12, formatCount(values.length - 1), { color: colors.text3, align: "right" });
  },
});

export const layerSections = (
  sample: InspectedSample,
  layer: LayerOutput,
  name: string,
  shared: boolean,
): readonly MenuSection[] => {
  const file = `${name}-sample-step-${sample.step}`;
  const title = `Output of ${name} for one sample at step ${formatCount(sample.step)}`;
  const isMaps = layer.shape.length === 3;
  return [
    {
      heading: `Output of ${name}`,
      items: [
        csvItem("Values", file, () => valuesTable(sample, layer)),
        ...pictureItems(isMaps ? "Maps" : "Chart", file, () =>
          isMaps ? mapsPicture(sample, layer, title, shared) : featuresPicture(sample, layer, title),
        ),
      ],
    },
  ];
};

const CELL = 40;

const confusionPicture = (evaluation: TestEvaluation, classNames: readonly string[]): ChartPicture => {
  const counts = evaluation.confusion ?? [];
  const size = Math.round(Math.sqrt(counts.length));
  const left = MARGIN + 96;
  return {
    width: left + size * CELL + 72,
    height: HEAD + 28 + size * 28 + 40,
    draw: (pen) => {
      const colors = chartColors();
      const { accuracy, count, step } = evaluation;
      const percent = accuracy === null ? "" : `: ${formatPercent(accuracy, 2)} right`;
      writeTitle(pen, `${counted(count, "test sample")} at step ${formatCount(step)}${percent}`);
      const label = { color: colors.text2, size: 11, weight: 400 };
      const short = (at: number): string => nameOfClass(classNames, at).slice(0, 6);
      pen.label(left + size * CELL + 60, HEAD + 14, "Right", { ...label, align: "right" });
      for (let row = 0; row < size; row += 1) {
        const y = HEAD + 28 + row * 28;
        const cells = counts.slice(row * size, (row + 1) * size);
        const total = cells.reduce((sum, each) => sum + each, 0);
        pen.label(left + (row + 0.5) * CELL, HEAD + 14, short(row), { ...label, align: "center" });
        pen.label(left - 8, y + 14, nameOfClass(classNames, row), { ...label, align: "right" });
        cells.forEach((each, column) => {
          const shade = shadeOf(total === 0 ? 0 : each / total);
          pen.rect(left + column * CELL, y, CELL - 1, 27, colors.sequence[shade] ?? colors.sunken);
          if (each === 0) return;
          const color = shade > 5 ? colors.raised : colors.text;
          const weight = row === column ? 600 : 400;
          pen.label(left + (column + 0.5) * CELL, y + 14, formatCount(each), {
            color,
            size: 11,
            weight,
            align: "center",
          });
        });
        const right = total === 0 ? "" : formatPercent((cells[row] ?? 0) / total);
        pen.label(left + size * CELL + 60, y + 14, right, { ...label, color: colors.text, align: "right" });
      }
      const caption = "Rows: what it is. Columns: what it was taken for. Shade: share of the row, log1p.";
      pen.label(MARGIN, HEAD + 28 + size * 28 + 18, caption, label);
    },
  };
};

const targetsPicture = (evaluation: TestEvaluation, output: number): ChartPicture => ({
  width: 480,
  height: HEAD + 440,
  draw: (pen) => {
    const { count, r2, step } = evaluation;
    const verdict = r2 === null ? "" : `: R² ${formatR2(r2)}`;
    writeTitle(pen, `${counted(count, "test sample")} at step ${formatCount(step)}${verdict}`);
    pen.moveTo(0, HEAD);
    drawTargets(pen, pointsOf(evaluation, output), 480, 440);
    pen.moveTo(0, 0);
  },
});

/** `output`: the number of the targets that is shown. */
export const testSections = (
  evaluation: TestEvaluation,
  classNames: readonly string[],
  output: number,
): readonly MenuSection[] => {
  const { confusion, step } = evaluation;
  const mistakes = csvItem(confusion === null ? "Largest errors" : "Worst mistakes", `mistakes-step-${step}`, () =>
    mistakesTable(evaluation, classNames),
  );
  if (confusion === null) {
    const file = `predictions-step-${step}`;
    return [
      {
        heading: "Target and prediction",
        items: [
          csvItem("Values", file, () => pairsTable(evaluation)),
          ...pictureItems("Chart", file, () => targetsPicture(evaluation, output)),
        ],
      },
      { heading: "Errors", items: [mistakes] },
    ];
  }
  const file = `confusion-step-${step}`;
  return [
    {
      heading: "Confusion matrix",
      items: [
        csvItem("Counts", file, () => confusionTable(confusion, classNames)),
        ...pictureItems("Matrix", file, () => confusionPicture(evaluation, classNames)),
      ],
    },
    {
      heading: "Classes",
      items: [csvItem("Precision, recall, F1", `classes-step-${step}`, () => classesTable(confusion, classNames))],
    },
    { heading: "Mistakes", items: [mistakes] },
  ];
};
