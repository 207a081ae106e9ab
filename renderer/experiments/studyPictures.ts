/** The charts of a study as pictures of a page's width, with titles and legends. Nothing here or below needs a page: the command line draws them as well. */
import type { RateRange } from "../../engine/index.ts";
import type { StudyRunStatus } from "../../engine/protocol.ts";
import type { ChartColors } from "../charts/colors.ts";
import type { PagePen } from "../charts/pen.ts";
import { colorOf, drawStyled } from "../library/runStyle.ts";
import { curveCells, numEpochsOf } from "./curveCells.ts";
import { curveLayout } from "./curveLayout.ts";
import { drawCurves } from "./drawCurves.ts";
import { drawRates, type RateLine } from "./drawRates.ts";
import { drawSwept } from "./drawSwept.ts";
import { type LegendEntry, pictureHead } from "./pictureHead.ts";
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
const PAGE = { left: LEFT, width: WIDTH } as const;
const FOOT = 12;
const CURVES_HEIGHT = 656;
const SWEPT_HEIGHT = 360;
const RATES_HEIGHT = 420;

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

/** `Scales: accuracy against epoch, %`; of R² the capital stays. */
const named = (title: string, chart: string): string =>
  `${title}: ${/^[A-Z][a-z]/.test(chart) ? chart.charAt(0).toLowerCase() + chart.slice(1) : chart}`;

const muted = ({ text2 }: ChartColors): string => text2;

const lineEntry = (name: string, style: number, color: LegendEntry["color"]): LegendEntry => ({
  ...{ name, color, markWidth: 24 },
  mark: (pen, colors, x, y) => drawStyled(pen, [x, y, x + 18, y], colors, { style, width: 2 }),
});

/** Each variant with a piece of its line. */
const variantEntries = ({ variants }: StudyModel): readonly LegendEntry[] =>
  variants.length < 2 ? [] : variants.map(({ title, style }) => lineEntry(title, style, muted));

/** What is filled and what is hollow. */
const partEntries = (model: StudyModel): readonly LegendEntry[] => [
  {
    ...{ name: "train", color: muted, markWidth: 12 },
    mark: (pen, { text2 }, x, y) => pen.dot(x + 3, y, 3, { fill: text2, stroke: text2 }),
  },
  {
    ...{ name: heldTitle(model).toLowerCase(), color: muted, markWidth: 12 },
    mark: (pen, { raised, text2 }, x, y) => pen.dot(x + 3, y, 2.75, { fill: raised, stroke: text2, width: 1.25 }),
  },
];

/** Small multiples of all runs. */
export const curvesPicture = ({ title, model, runs }: PictureCall, curve: CurveId): StudyPicture => {
  const cells = curveCells(model, runs, curve);
  const layout = curveLayout(cells.length, WIDTH - 2 * LEFT, CURVES_HEIGHT);
  // The lines of a single cell have their names at their ends.
  const head = pictureHead(
    named(title, curvesTitle(model, curve)),
    cells.length > 1 ? variantEntries(model) : [],
    PAGE,
  );
  return {
    width: WIDTH,
    height: layout.height + head.height + FOOT,
    draw(pen, colors, top = 0) {
      pen.moveTo(0, top);
      head.draw(pen, colors);
      const call = { model, cells, curve, numEpochs: numEpochsOf(model, runs), layout, colors };
      drawCurves(pen, call, [LEFT, top + head.height]);
    },
  };
};

/** A metric against the swept value; null: nothing is swept. */
export const sweptPicture = ({ title, model, runs }: PictureCall, quantity: SweptQuantity): StudyPicture | null => {
  const view = sweptAxis(model) === null ? null : sweptView(model, runs, quantity);
  if (view === null) return null;
  const numLines = new Set(view.lines.map(({ variant }) => variant)).size;
  const legend = [...(numLines > 1 ? variantEntries(model) : []), ...partEntries(model)];
  const head = pictureHead(named(title, sweptTitle(model, quantity)), legend, PAGE);
  return {
    width: WIDTH,
    height: SWEPT_HEIGHT + head.height + FOOT,
    draw(pen, colors, top = 0) {
      pen.moveTo(0, top);
      head.draw(pen, colors);
      const size = { width: WIDTH - 2 * LEFT, height: SWEPT_HEIGHT };
      drawSwept(pen, { model, view, quantity, marked: [], ...size, colors }, [LEFT, top + head.height]);
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
export const ratesPicture = (title: string, lines: readonly RateLine[]): StudyPicture => {
  const legend = (lines.length > 1 ? lines : []).map((line) =>
    lineEntry(line.title, line.style, (colors) => colorOf(colors, line.style)),
  );
  const head = pictureHead(named(title, RATES_TITLE), legend, PAGE);
  return {
    width: WIDTH,
    height: RATES_HEIGHT + head.height + FOOT,
    draw(pen, colors, top = 0) {
      pen.moveTo(0, top);
      head.draw(pen, colors);
      drawRates(pen, { lines, width: WIDTH - 2 * LEFT, height: RATES_HEIGHT, colors }, [LEFT, top + head.height]);
    },
  };
};
