/** The charts of a study as pictures of a page's width, with titles and legends. Nothing here or below needs a page: the command line draws them as well. */
import type { RateRange } from "../../engine/index.ts";
import type { StudyRunStatus } from "../../engine/protocol.ts";
import type { ChartColors } from "../charts/colors.ts";
import { type PagePen, widthOfText } from "../charts/pen.ts";
import { colorOf, lineStyle } from "../library/runStyle.ts";
import { curveCells, numEpochsOf } from "./curveCells.ts";
import { curveLayout } from "./curveLayout.ts";
import { drawCurves } from "./drawCurves.ts";
import { drawRates, type RateLine } from "./drawRates.ts";
import { drawSwept } from "./drawSwept.ts";
import { type CurveId, curveTitle, heldTitle, scoreTitle } from "./runMetrics.ts";
import { runWords, type StudyModel, variantOf } from "./studyModel.ts";
import { type SweptQuantity, sweptAxis, sweptView } from "./sweptLines.ts";

export interface StudyPicture {
  readonly width: number;
  readonly height: number;
  readonly draw: (pen: PagePen, colors: ChartColors, top?: number) => void;
}

export interface PictureCall {
  readonly title: string;
  readonly model: StudyModel;
  readonly runs: readonly StudyRunStatus[];
}

const WIDTH = 960;
const LEFT = 16;
const HEAD = 40;
const FOOT = 12;
const CURVES_HEIGHT = 656;
const SWEPT_HEIGHT = 360;
const RATES_HEIGHT = 420;
const NAME = { size: 11, weight: 450 } as const;
/** More lines than that have no styles of their own. */
const MOST_NAMES = 6;

export const curvesTitle = (model: StudyModel, curve: CurveId): string =>
  `${curveTitle(curve, model)} against epoch${curve === "loss" || model.hasTargets ? "" : ", %"}`;

export const sweptTitle = (model: StudyModel, quantity: SweptQuantity): string => {
  const axis = sweptAxis(model)?.title.toLowerCase() ?? "";
  if (quantity === "loss") return `Final loss against ${axis}`;
  return model.hasTargets ? `Best R² against ${axis}` : `Best ${scoreTitle(model).toLowerCase()} against ${axis}, %`;
};

export const RATES_TITLE = "Loss against learning rate";

/** The chart below shows the end of what the curves show. */
export const quantityOf = (curve: CurveId): SweptQuantity => (curve === "loss" ? "loss" : "score");

const TITLE = { size: 13, weight: 600 } as const;
/** What a legend may take of the title's line. */
const LEGEND_WIDTH = 400;

/** The study's title, cut where it leaves no room for what is drawn of it and for a legend; tells where that may begin. */
const drawHead = (pen: PagePen, title: string, chart: string, colors: ChartColors, top: number): number => {
  const room = WIDTH - 2 * LEFT - LEGEND_WIDTH;
  let name = title;
  const text = (): string => `${name}${name === title ? "" : "…"}: ${chart.toLowerCase()}`;
  while (name.length > 8 && widthOfText(text(), TITLE) > room) name = name.slice(0, -1).trimEnd();
  pen.moveTo(0, top);
  pen.label(LEFT, 20, text(), { ...TITLE, color: colors.text });
  return LEFT + widthOfText(text(), TITLE) + 28;
};

/** Each variant with a piece of its line; tells where the next thing may stand. */
const drawVariants = (pen: PagePen, { variants }: StudyModel, colors: ChartColors, from: number): number => {
  if (variants.length < 2 || variants.length > MOST_NAMES) return from;
  let x = from;
  for (const { title, style } of variants) {
    pen.line([x, 20, x + 18, 20], lineStyle(colors, style, 2));
    pen.label(x + 24, 20, title, { ...NAME, color: colors.text2 });
    x += 24 + widthOfText(title, NAME) + 20;
  }
  return x;
};

/** What is filled and what is hollow. */
const drawParts = (pen: PagePen, model: StudyModel, colors: ChartColors, from: number): void => {
  const held = heldTitle(model).toLowerCase();
  pen.dot(from, 20, 3, { fill: colors.text2, stroke: colors.text2 });
  pen.label(from + 9, 20, "train", { ...NAME, color: colors.text2 });
  const x = from + 9 + widthOfText("train", NAME) + 20;
  pen.dot(x, 20, 2.75, { fill: colors.raised, stroke: colors.text2, width: 1.25 });
  pen.label(x + 9, 20, held, { ...NAME, color: colors.text2 });
};

/** Small multiples of all runs. */
export const curvesPicture = ({ title, model, runs }: PictureCall, curve: CurveId): StudyPicture => {
  const cells = curveCells(model, runs, curve);
  const layout = curveLayout(cells.length, WIDTH - 2 * LEFT, CURVES_HEIGHT);
  return {
    width: WIDTH,
    height: layout.height + HEAD + FOOT,
    draw(pen, colors, top = 0) {
      const end = drawHead(pen, title, curvesTitle(model, curve), colors, top);
      // The lines of a single cell have their names at their ends.
      if (cells.length > 1) drawVariants(pen, model, colors, end);
      const call = { model, cells, curve, numEpochs: numEpochsOf(model, runs), layout, colors };
      drawCurves(pen, call, [LEFT, top + HEAD]);
    },
  };
};

/** A metric against the swept value; null: nothing is swept. */
export const sweptPicture = ({ title, model, runs }: PictureCall, quantity: SweptQuantity): StudyPicture | null => {
  const view = sweptAxis(model) === null ? null : sweptView(model, runs, quantity);
  if (view === null) return null;
  return {
    width: WIDTH,
    height: SWEPT_HEIGHT + HEAD + FOOT,
    draw(pen, colors, top = 0) {
      const end = drawHead(pen, title, sweptTitle(model, quantity), colors, top);
      const numLines = new Set(view.lines.map(({ variant }) => variant)).size;
      drawParts(pen, model, colors, numLines > 1 ? drawVariants(pen, model, colors, end) : end);
      const size = { width: WIDTH - 2 * LEFT, height: SWEPT_HEIGHT };
      drawSwept(pen, { model, view, quantity, marked: [], ...size, colors }, [LEFT, top + HEAD]);
    },
  };
};

/** The line of a run of a range test. */
export const rateLine = (model: StudyModel, run: StudyRunStatus, range: RateRange): RateLine => ({
  title: model.axes.some(({ values }) => values.length > 1) ? runWords(model, run) : "",
  style: variantOf(model, run)?.style ?? 0,
  range,
});

/** The losses of runs whose rate rises. */
export const ratesPicture = (title: string, lines: readonly RateLine[]): StudyPicture => ({
  width: WIDTH,
  height: RATES_HEIGHT + HEAD + FOOT,
  draw(pen, colors, top = 0) {
    let x = drawHead(pen, title, RATES_TITLE, colors, top);
    for (const line of lines.length > 1 && lines.length <= MOST_NAMES ? lines : []) {
      pen.line([x, 20, x + 18, 20], lineStyle(colors, line.style, 2));
      pen.label(x + 24, 20, line.title, { ...NAME, color: colorOf(colors, line.style) });
      x += 24 + widthOfText(line.title, NAME) + 20;
    }
    drawRates(pen, { lines, width: WIDTH - 2 * LEFT, height: RATES_HEIGHT, colors }, [LEFT, top + HEAD]);
  },
});
