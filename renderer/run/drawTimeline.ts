/** Draws the timeline's ruler, lanes and step cursor. */
import type { ChartColors } from "../charts/colors.ts";
import { formatCount, formatFixed, formatShort, NO_BREAK_SPACE } from "../charts/format.ts";
import { type PagePen, widthOfText } from "../charts/pen.ts";
import type { RunHistory } from "./runHistory.ts";
import {
  accuracyScale,
  columns,
  type EpochMark,
  epochMarks,
  type Lane,
  lossDomain,
  lossScale,
  lossTicks,
  type StepAxis,
  smooth,
  smoothingWindow,
  spacedMarks,
  type Tick,
  xOfStep,
} from "./timelineScale.ts";

export const RULER_HEIGHT = 20;
export const TICKS_WIDTH = 56;

export interface TimelineColors extends ChartColors {
  readonly panel: string;
  readonly canvas: string;
  readonly onAccent: string;
}

/** Something that happened after a step: words beside a dotted line. */
export interface TimelineNote {
  readonly step: number;
  readonly text: string;
  /** Where its words stand if there is room. */
  readonly side: "left" | "right";
}

export interface TimelineModel {
  readonly width: number;
  readonly height: number;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly history: RunHistory | null;
  readonly notes: readonly TimelineNote[];
  /** 0 when nothing was measured. */
  readonly shownStep: number;
  readonly colors: TimelineColors;
}

const PILL = { size: 11, weight: 550 };

interface Mark {
  readonly step: number;
  readonly value: number;
}

interface Curve {
  readonly axis: StepAxis;
  readonly lane: Lane;
  readonly numSteps: number;
  readonly values: Float32Array;
  readonly smoothed: Float64Array;
  readonly toPixel: (value: number) => number;
  readonly tests: readonly Mark[];
  readonly validations: readonly Mark[];
}

/** What would leave the lane stays at its edge. */
const inLane = ({ lane, toPixel }: Curve, value: number): number =>
  Math.min(lane.bottom + 6, Math.max(lane.top - 6, toPixel(value)));

const rawLine = (curve: Curve): number[] => {
  const points: number[] = [];
  let previous = Number.NaN;
  for (const { x, low, high } of columns(curve.axis, curve.values, curve.numSteps)) {
    // Enter each column at the end that is nearer to where the last one was left.
    const [first, second] = Math.abs(low - previous) <= Math.abs(high - previous) ? [low, high] : [high, low];
    points.push(x, inLane(curve, first), x, inLane(curve, second));
    previous = second;
  }
  return points;
};

const smoothedLine = (curve: Curve): number[] => {
  const points: number[] = [];
  let lastX = Number.NEGATIVE_INFINITY;
  for (let step = 1; step <= curve.numSteps; step += 1) {
    const x = xOfStep(curve.axis, step);
    const value = curve.smoothed[step - 1] ?? Number.NaN;
    if (!Number.isFinite(value) || (x - lastX < 0.5 && step < curve.numSteps)) continue;
    points.push(x, inLane(curve, value));
    lastX = x;
  }
  return points;
};

const DIAMOND = 4;
/** Width of a curve in px up to which its newest value has a dot. */
const DOT_BELOW = 8;

const drawCurve = (pen: PagePen, curve: Curve, colors: TimelineColors): void => {
  const { axis } = curve;
  pen.line(rawLine(curve), { color: colors.traceRaw, width: 0.75 });
  const smoothed = smoothedLine(curve);
  pen.line(smoothed, { color: colors.trace, width: 1.25 });
  // The first steps of a long run are shorter than a line can be seen, and lie under the cursor.
  const [x, y] = smoothed.slice(-2);
  if (x !== undefined && y !== undefined && x - (smoothed[0] ?? x) < DOT_BELOW)
    pen.dot(x, y, 3, { fill: colors.trace, stroke: colors.trace });
  // NaN: not measured.
  const tests = curve.tests.filter(({ value }) => !Number.isNaN(value));
  const [rings, diamonds] = [spacedMarks(axis, tests), spacedMarks(axis, curve.validations)];
  for (const [marks, { isCrowded }] of [
    [tests, rings],
    [curve.validations, diamonds],
  ] as const) {
    if (!isCrowded) continue;
    const points = marks.flatMap(({ step, value }) => [xOfStep(axis, step), inLane(curve, value)]);
    pen.line(points, { color: colors.trace, width: 0.75, dash: [2, 2] });
  }
  for (const { step, value } of rings.drawn) {
    const style = { fill: colors.panel, stroke: colors.trace, width: 1.5 };
    pen.dot(xOfStep(axis, step), inLane(curve, value), 3.25, style);
  }
  // Filled, so that shape and fill tell it from the ring of a test that stands at the same step.
  for (const { step, value } of diamonds.drawn) {
    const [x, y] = [xOfStep(axis, step), inLane(curve, value)];
    pen.area([x, y - DIAMOND, x + DIAMOND, y, x, y + DIAMOND, x - DIAMOND, y], colors.trace);
  }
};

/** Where the number of the step shown stands, in the ruler. */
const pillOf = (model: TimelineModel, axis: StepAxis) => {
  const text = formatCount(model.shownStep);
  const width = Math.ceil(widthOfText(text, PILL)) + 12;
  const left = Math.max(1, Math.min(xOfStep(axis, model.shownStep) - width / 2, axis.width - width));
  return { text, left, width };
};

const drawRuler = (pen: PagePen, model: TimelineModel, marks: readonly EpochMark[], axis: StepAxis): void => {
  const pill = model.shownStep > 0 ? pillOf(model, axis) : null;
  const { colors, height } = model;
  // The line of an epoch without a label would run through the label before it.
  for (const { x, labelled } of [...marks, { x: axis.width, labelled: true }]) {
    const top = labelled ? 0 : RULER_HEIGHT;
    pen.rect(Math.round(x), top, 1, height - top, colors.line);
  }
  pen.rect(0, RULER_HEIGHT - 1, model.width, 1, colors.line);
  for (const { x, epoch, labelled } of marks) {
    if (!labelled) continue;
    const text = `Epoch${NO_BREAK_SPACE}${formatCount(epoch)}`;
    const end = x + 6 + widthOfText(text);
    // Half a label behind the pill would read as another word.
    if (pill && pill.left < end && x + 6 < pill.left + pill.width) continue;
    pen.text(x + 6, RULER_HEIGHT / 2 + 0.5, text, { color: colors.text2, align: "left" });
  }
};

const drawTicks = (
  pen: PagePen,
  ticks: readonly Tick[],
  label: (value: number) => string,
  axis: StepAxis,
  colors: TimelineColors,
): void => {
  for (const { value, y } of ticks) {
    pen.rect(0, Math.round(y), axis.width, 1, colors.lineFaint);
    pen.text(axis.width + 8, y, label(value), { color: colors.text3, align: "left" });
  }
};

/** Where the settings changed and to what, or the run ended early: a dotted line between two steps, its words above the curves. */
const drawNotes = (pen: PagePen, model: TimelineModel, axis: StepAxis): void => {
  const { colors, notes, height } = model;
  /** Where the words of each line end so far; what would cover them goes one line down. */
  const ends: number[] = [];
  for (const { step, text, side } of notes) {
    const x = Math.round(xOfStep(axis, step)) + 0.5;
    pen.line([x, RULER_HEIGHT, x, height], { color: colors.text3, width: 1, dash: [2, 3] });
    const width = widthOfText(text);
    const isLeft = x + 5 + width > axis.width || (side === "left" && x - 7 - width >= 0);
    const left = isLeft ? x - 5 - width : x + 5;
    let line = ends.findIndex((end) => end < left - 4);
    if (line < 0) line = ends.length;
    ends[line] = left + width;
    const top = RULER_HEIGHT + 2 + 13 * line;
    pen.rect(left - 2, top, width + 4, 13, colors.panel);
    pen.text(left, top + 7, text, { color: colors.text2, align: "left" });
  }
};

const drawCursor = (pen: PagePen, model: TimelineModel, axis: StepAxis): void => {
  const x = xOfStep(axis, model.shownStep);
  const { colors, height } = model;
  pen.rect(x - 0.75, RULER_HEIGHT - 2, 1.5, height - RULER_HEIGHT + 2, colors.accent);
  const { text, left, width } = pillOf(model, axis);
  pen.rect(left, 2, width, RULER_HEIGHT - 4, colors.accent, 4);
  pen.label(left + width / 2, RULER_HEIGHT / 2 + 0.5, text, { ...PILL, color: colors.onAccent, align: "center" });
};

export const drawTimeline = (pen: PagePen, model: TimelineModel): void => {
  const { width, height, colors, history, batchSize } = model;
  const axis: StepAxis = {
    totalSteps: model.totalSteps,
    stepsPerEpoch: model.stepsPerEpoch,
    width: Math.max(1, width - TICKS_WIDTH),
  };
  const numSteps = history?.numSteps ?? 0;
  const middle = Math.round((RULER_HEIGHT + height) / 2);
  const lossLane: Lane = { top: RULER_HEIGHT + 6, bottom: middle - 5 };
  const accuracyLane: Lane = { top: middle + 6, bottom: height - 5 };

  // What is still to come is the canvas behind, not an empty chart.
  const known = xOfStep(axis, numSteps);
  pen.rect(known, RULER_HEIGHT, axis.width - known, height - RULER_HEIGHT, colors.canvas);

  const losses = history?.loss ?? new Float32Array();
  const accuracies = history?.score ?? new Float32Array();
  const window = smoothingWindow(axis.totalSteps);
  const smoothedLoss = smooth(losses, numSteps, window);
  const tests = history?.epochs ?? [];
  const lossAxis = lossScale(
    lossDomain([
      ...smoothedLossSamples(smoothedLoss),
      ...tests.flatMap(({ testLoss, validation }) => [testLoss, ...(validation ? [validation.loss] : [])]),
    ]),
    lossLane,
  );
  const accuracyAxis = accuracyScale(batchSize, accuracyLane);

  if (numSteps > 0) {
    drawTicks(pen, lossTicks(lossAxis), (value) => formatShort(value), axis, colors);
    drawTicks(pen, accuracyAxis.ticks, history?.hasTargets ? r2Label : accuracyLabel, axis, colors);
  }
  drawRuler(pen, model, epochMarks(axis, model.epochs), axis);
  if (numSteps === 0) return;
  pen.rect(0, middle, width, 1, colors.line);

  const common = { axis, numSteps };
  drawCurve(
    pen,
    {
      ...common,
      lane: lossLane,
      values: losses,
      smoothed: smoothedLoss,
      toPixel: (loss) => lossAxis.toPixel(Math.max(loss, lossAxis.low * 0.5)),
      tests: tests.map(({ step, testLoss }) => ({ step, value: testLoss })),
      validations: tests.flatMap(({ step, validation }) => (validation ? [{ step, value: validation.loss }] : [])),
    },
    colors,
  );
  drawCurve(
    pen,
    {
      ...common,
      lane: accuracyLane,
      values: accuracies,
      smoothed: smooth(accuracies, numSteps, window),
      toPixel: accuracyAxis.toPixel,
      tests: tests.map(({ step, testScore }) => ({ step, value: testScore })),
      validations: tests.flatMap(({ step, validation }) => (validation ? [{ step, value: validation.score }] : [])),
    },
    colors,
  );
  drawNotes(pen, model, axis);
  drawCursor(pen, model, axis);
};

const r2Label = (r2: number): string => formatFixed(r2, r2 >= 0.999 ? 3 : r2 >= 0.99 ? 2 : 1);

const accuracyLabel = (accuracy: number): string =>
  `${formatFixed(accuracy * 100, accuracy >= 0.999 ? 1 : 0)}${NO_BREAK_SPACE}%`;

/** The ends of a long curve are found in a few thousand samples as well as in all of it. */
function* smoothedLossSamples(smoothed: Float64Array): Generator<number> {
  const stride = Math.max(1, Math.floor(smoothed.length / 4096));
  for (let index = 0; index < smoothed.length; index += stride) yield smoothed[index] ?? Number.NaN;
}
