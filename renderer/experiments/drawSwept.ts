/** A metric against the swept value, a pair of lines for each variant: train strong and filled, what is held back thin and hollow. */
import type { ChartColors } from "../charts/colors.ts";
import { formatShort } from "../charts/format.ts";
import { type PagePen, widthOfText } from "../charts/pen.ts";
import { linearScale, linearTicks, logScale, logTicks, type Scale } from "../charts/scale.ts";
import { bandOf, colorOf, drawStyled, NUM_COLORS } from "../library/runStyle.ts";
import { numberWords, valueWords } from "./axisWords.ts";
import { GUTTER, type ValueAxis, valueAxis } from "./curveLayout.ts";
import { drawCross } from "./markers.ts";
import type { AxisView, StudyModel } from "./studyModel.ts";
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

export interface SweptPlot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const sweptPlot = ({ width, height }: Pick<SweptCall, "width" | "height">): SweptPlot => ({
  left: GUTTER,
  top: TOP,
  width: width - GUTTER - RIGHT,
  height: height - TOP - TICKS,
});

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

const SPACING = 6;

/** All that lines cover, as points. */
const pathPoints = (
  { view }: SweptCall,
  axis: ValueAxis,
  positions: readonly number[],
): readonly (readonly [number, number])[] =>
  view.lines.flatMap(({ points }) =>
    points.flatMap(({ index, mean }, at) => {
      const [x, y] = [positions[index] ?? 0, axis.scale.toPixel(mean)];
      const before = points[at - 1];
      if (before === undefined) return [[x, y] as const];
      const [fromX, fromY] = [positions[before.index] ?? 0, axis.scale.toPixel(before.mean)];
      const count = Math.max(1, Math.ceil(Math.hypot(x - fromX, y - fromY) / SPACING));
      return Array.from({ length: count }, (_, step) => {
        const share = (step + 1) / count;
        return [fromX + share * (x - fromX), fromY + share * (y - fromY)] as const;
      });
    }),
  );

/** Where a name stands: the middle of its line of text, and half its width. */
interface NamePlace {
  readonly x: number;
  readonly y: number;
  readonly half: number;
}

const NAME_HEIGHT = 14;

/** The name of a line where it is furthest from the others and from their names, above or below it; null: there is no room. */
const drawName = (
  pen: PagePen,
  line: SweptLine,
  call: SweptCall,
  axis: ValueAxis,
  positions: readonly number[],
  others: readonly NamePlace[],
): NamePlace | null => {
  const { colors } = call;
  const plot = sweptPlot(call);
  const half = widthOfText(line.variant.title, { size: 11, weight: 550 }) / 2;
  const covered = pathPoints(call, axis, positions);
  let best: { readonly x: number; readonly y: number; readonly room: number } | null = null;
  for (const point of line.points) {
    const x = positions[point.index] ?? 0;
    if (x - half < 4 || x + half > plot.width - 4) continue;
    for (const side of [-1, 1]) {
      const y = axis.scale.toPixel(point.mean) + side * 14;
      if (y < 4 || y > plot.height - 6) continue;
      let room = Math.min(40, side < 0 ? y + 6 : plot.height - y);
      for (const [px, py] of covered) room = Math.min(room, Math.hypot(Math.max(0, Math.abs(px - x) - half), py - y));
      const isTaken = others.some(
        (other) => Math.abs(other.x - x) < other.half + half + 6 && Math.abs(other.y - y) < NAME_HEIGHT,
      );
      if (!isTaken && (best === null || room > best.room)) best = { x, y, room };
    }
  }
  if (best === null || best.room < 7) return null;
  const color = colorOf(colors, line.variant.style);
  pen.label(best.x, best.y, line.variant.title, { color, size: 11, weight: 550, align: "center" });
  return { x: best.x, y: best.y, half };
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

export const drawSwept = (pen: PagePen, call: SweptCall, origin: readonly [number, number] = [0, 0]): void => {
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
  // Of many lines the legend has the names; the one that is pointed at has it here, too.
  const isNamed = model.variants.length <= NUM_COLORS || (call.lit ?? null) !== null;
  if (view.lines.length > 2 && view.axis.isNumeric && isNamed) {
    const names: NamePlace[] = [];
    for (const line of view.lines) {
      if (line.isHeld || line.variant.title === "" || isOther(call, line)) continue;
      const name = drawName(pen, line, call, axis, positions, names);
      if (name !== null) names.push(name);
    }
  }
};
