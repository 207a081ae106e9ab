/** A metric against the swept value, a pair of lines for each variant: train strong and filled, what is held back thin and hollow. */
import type { ChartColors } from "../charts/colors.ts";
import { formatShort } from "../charts/format.ts";
import { type PagePen, widthOfText } from "../charts/pen.ts";
import { linearScale, linearTicks, logScale, logTicks, type Scale } from "../charts/scale.ts";
import { bandOf, colorOf, drawStyled } from "../library/runStyle.ts";
import { numberWords, valueWords } from "./axisWords.ts";
import { GUTTER, type ValueAxis, valueAxis } from "./curveLayout.ts";
import { spreadApart } from "./endLabels.ts";
import { fitText } from "./fitText.ts";
import { drawCross } from "./markers.ts";
import { litAmong } from "./nearestLines.ts";
import type { AxisView, StudyModel, Variant } from "./studyModel.ts";
import type { SweptLine, SweptQuantity, SweptView } from "./sweptLines.ts";

export interface SweptCall {
  readonly model: StudyModel;
  readonly view: SweptView;
  readonly quantity: SweptQuantity;
  /** Of the axis's values, those that selected runs have. */
  readonly marked: readonly number[];
  /** The variant that is pointed at: the lines of others are faint. */
  readonly lit?: string | null;
  readonly width: number;
  readonly height: number;
  readonly colors: ChartColors;
}

const TICKS = 20;
const TOP = 8;
const RIGHT = 8;

/** px between names, and from the plot to them. */
const NAME_GAP = 14;
const NAME_LEFT = 12;
const NAME = { size: 11, weight: 550 } as const;
const MOST_NAME_WIDTH = 180;

export interface SweptPlot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Of more lines the legend has the names. */
const MOST_NAMED = 8;

/** The lines that are named at their ends: words along the axis have no lines between them. */
const namedVariants = ({ view }: Pick<SweptCall, "view">): readonly Variant[] => {
  const variants = [...new Set(view.lines.map(({ variant }) => variant))].filter(({ title }) => title !== "");
  return view.axis.isNumeric && variants.length > 1 && variants.length <= MOST_NAMED ? variants : [];
};

/** What is varied decides how wide it is, never what was measured: a study that runs moves nothing. */
export const sweptPlot = (call: Pick<SweptCall, "view" | "width" | "height">): SweptPlot => {
  const { width, height } = call;
  const names = namedVariants(call).map(({ title }) => widthOfText(title, NAME) + NAME_LEFT + 4);
  const right = Math.max(RIGHT, Math.min(Math.max(0, ...names), MOST_NAME_WIDTH, width / 3));
  return { left: GUTTER, top: TOP, width: width - GUTTER - right, height: height - TOP - TICKS };
};

const numbersOf = ({ values }: AxisView): readonly number[] => values.filter((value) => typeof value === "number");

const numericScale = (axis: AxisView, width: number): Scale => {
  const numbers = numbersOf(axis);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  // As it was swept: from 1 to 0.0001 goes that way.
  const isFalling = (numbers[0] ?? 0) > (numbers.at(-1) ?? 0);
  const [from, to] = isFalling ? [width - 6, 6] : [6, width - 6];
  return axis.isLog ? logScale(low, high, from, to) : linearScale(low, high, from, to);
};

/** x of each of the axis's values, from the left edge of the plot. Words stand at equal distances. */
export const sweptPositions = (axis: AxisView, width: number): readonly number[] => {
  if (axis.isNumeric) {
    const scale = numericScale(axis, width);
    return numbersOf(axis).map((value) => scale.toPixel(value));
  }
  return axis.values.map((_, index) => ((index + 0.5) / axis.values.length) * width);
};

const drawTicks = (pen: PagePen, { view: { axis }, colors }: SweptCall, plot: SweptPlot): void => {
  const y = plot.height + 12;
  const write = (x: number, text: string): void => {
    const half = widthOfText(text) / 2;
    const align = x - half < -GUTTER + 4 ? "left" : x + half > plot.width + RIGHT ? "right" : "center";
    pen.text(align === "left" ? Math.max(0, x - 4) : Math.min(plot.width + RIGHT, x), y, text, {
      color: colors.text3,
      align,
    });
  };
  const positions = sweptPositions(axis, plot.width);
  if (!axis.isNumeric || axis.values.length <= NUM_OWN_TICKS) {
    for (const [index, x] of positions.entries()) write(x, valueWords(axis.axis, axis.values[index]));
    return;
  }
  const scale = numericScale(axis, plot.width);
  const ticks = axis.isLog ? logTicks(scale.low, scale.high, 6) : linearTicks(scale.low, scale.high, 6);
  for (const tick of ticks) {
    const x = scale.toPixel(tick);
    pen.rect(Math.round(x), 0, 1, plot.height, colors.lineFaint);
    write(x, numberWords(tick));
  }
};

/** So few values are their own ticks. */
const NUM_OWN_TICKS = 6;

/** The line of neighbouring values with its band: numbers have something between them. */
const drawPath = (pen: PagePen, line: SweptLine, call: SweptCall, place: Place): void => {
  const { points, variant, isHeld } = line;
  const isFaint = isOther(call, line);
  if (points.some(({ std }) => std > 0) && !isHeld && !isFaint) {
    const upper = points.flatMap(({ index, mean, std }) => place(index, mean + std));
    const lower = points.toReversed().flatMap(({ index, mean, std }) => place(index, mean - std));
    pen.area([...upper, ...lower], bandOf(call.colors, variant.style));
  }
  // Between two that are no neighbours a value is missing.
  const width = isHeld ? 0.75 : call.lit === variant.key ? 2.5 : 1.5;
  let stretch: number[] = [];
  const finish = (): void => {
    if (stretch.length > 2 && isFaint) pen.line(stretch, { color: call.colors.line, width: 1 });
    else if (stretch.length > 2) drawStyled(pen, stretch, call.colors, { style: variant.style, width });
    stretch = [];
  };
  let before: number | null = null;
  for (const { index, mean } of points) {
    if (before !== null && index !== before + 1) finish();
    stretch.push(...place(index, mean));
    before = index;
  }
  finish();
};

/** Whether another variant is pointed at. */
const isOther = ({ lit = null }: SweptCall, { variant }: SweptLine): boolean => lit !== null && lit !== variant.key;

type Place = (index: number, value: number) => readonly [number, number];

/** px between the variants of one word, where there is room. */
const BESIDE = 14;

const drawLine = (
  pen: PagePen,
  line: SweptLine,
  call: SweptCall,
  axis: ValueAxis,
  positions: readonly number[],
): void => {
  const { colors, view, model } = call;
  const { points, variant, isHeld } = line;
  const variants = [...new Set(view.lines.map((each) => each.variant))];
  const { isNumeric } = view.axis;
  const beside = Math.min(BESIDE, (0.8 * (positions[1] ?? BESIDE) - 0.8 * (positions[0] ?? 0)) / variants.length);
  const aside = isNumeric ? 0 : (variants.indexOf(variant) - (variants.length - 1) / 2) * beside;
  const place: Place = (index, value) => [(positions[index] ?? 0) + aside, Math.max(0, axis.scale.toPixel(value))];
  if (isNumeric) drawPath(pen, line, call, place);
  for (const { index, mean, std } of points) {
    // The only axis gives each of its values the colour that it has in the curves.
    const style = variants.length === 1 && !isNumeric ? (model.variants[index]?.style ?? 0) : variant.style;
    const color = isOther(call, line) ? colors.line : colorOf(colors, style);
    const [x, y] = place(index, mean);
    if (!isNumeric && std > 0)
      pen.line([...place(index, mean + std), ...place(index, mean - std)], { color, width: 1 });
    if (isHeld) pen.dot(x, y, 2.75, { fill: colors.raised, stroke: color, width: 1.25 });
    else pen.dot(x, y, 3, { fill: color, stroke: color });
  }
};

/** Names at the ends of lines, where each line finds its own: the color says which, and a hairline leads to those that had to move. */
const drawNames = (pen: PagePen, call: SweptCall, axis: ValueAxis, positions: readonly number[]): void => {
  const { colors, view } = call;
  const plot = sweptPlot(call);
  const named = namedVariants(call).flatMap((variant) => {
    const own = view.lines.filter((line) => line.variant === variant && line.points.length > 0);
    const line = own.find(({ isHeld }) => !isHeld) ?? own[0];
    const end = line?.points.at(-1);
    if (line === undefined || end === undefined) return [];
    return [{ line, x: positions[end.index] ?? 0, y: Math.max(0, axis.scale.toPixel(end.mean)) }];
  });
  const places = spreadApart(
    named.map(({ y }) => y),
    4,
    plot.height - 4,
    Math.min(NAME_GAP, (plot.height - 8) / Math.max(1, named.length - 1)),
  );
  for (const [index, { line, x, y }] of named.entries()) {
    const place = places[index] ?? y;
    const isFaint = isOther(call, line);
    const hasLeft = x < plot.width - NAME_LEFT || Math.abs(place - y) > NAME_GAP / 2;
    if (hasLeft && !isFaint) {
      const leader = [x + 5, y, plot.width, y, plot.width + NAME_LEFT - 3, place];
      pen.line(leader, { color: colors.lineStrong, width: 0.75 });
    }
    const text = fitText(line.variant.title, call.width - plot.left - plot.width - NAME_LEFT - 2, NAME);
    const color = isFaint ? colors.text3 : colorOf(colors, line.variant.style);
    pen.label(plot.width + NAME_LEFT, place, text, { ...NAME, color });
  }
};

export const sweptValueAxis = (
  { model, view, quantity }: Pick<SweptCall, "model" | "view" | "quantity">,
  plot: SweptPlot,
): ValueAxis => {
  const means = view.lines.flatMap(({ points }) => points.flatMap(({ mean, std }) => [mean - std, mean + std]));
  const positive = quantity === "loss" ? means.filter((value) => value > 0) : means;
  const range =
    positive.length === 0
      ? null
      : ([positive.reduce((a, b) => Math.min(a, b)), positive.reduce((a, b) => Math.max(a, b))] as const);
  const kind = quantity === "loss" ? "loss" : model.hasTargets ? "r2" : "share";
  return valueAxis(range, kind, plot.height, 0);
};

export const drawSwept = (pen: PagePen, given: SweptCall, origin: readonly [number, number] = [0, 0]): void => {
  const drawnKey = ({ points, variant }: SweptLine) => (points.length === 0 ? null : variant.key);
  const call = { ...given, lit: litAmong(given.view.lines, given.lit, drawnKey) };
  const { model, view, quantity, marked, colors } = call;
  const plot = sweptPlot(call);
  const axis = sweptValueAxis(call, plot);
  const positions = sweptPositions(view.axis, plot.width);
  const isShareAxis = quantity === "score" && !model.hasTargets;
  pen.moveTo(origin[0] + plot.left, origin[1] + plot.top);
  for (const tick of axis.ticks) {
    const y = Math.round(axis.scale.toPixel(tick));
    pen.rect(0, y, plot.width, 1, tick === axis.scale.low ? colors.lineStrong : colors.lineFaint);
    pen.text(-6, y, formatShort(isShareAxis ? tick * 100 : tick), { color: colors.text3, align: "right" });
  }
  drawTicks(pen, call, plot);
  for (const index of marked) pen.rect(Math.round(positions[index] ?? 0), 0, 1, plot.height, colors.accent);
  // Faint ones below, then what is held back, then train.
  const rank = (line: SweptLine): number => (isOther(call, line) ? 0 : 2) + (line.isHeld ? 0 : 1);
  for (const line of [...view.lines].sort((a, b) => rank(a) - rank(b))) drawLine(pen, line, call, axis, positions);
  for (const { index, variant } of view.divergences) {
    const hasPoint = view.lines.some(
      (line) => line.variant === variant && line.points.some((point) => point.index === index),
    );
    if (!hasPoint) drawCross(pen, positions[index] ?? 0, plot.height - 5, colors.error);
  }
  drawNames(pen, call, axis, positions);
};
