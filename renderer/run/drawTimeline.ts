/** Draws the timeline's ruler, lanes and step cursor on a 2D context whose unit is a CSS pixel. */
import type { ChartColors } from "../charts/colors.ts";
import { formatCount, formatFixed, formatShort, NO_BREAK_SPACE } from "../charts/format.ts";
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

const FONT = '10px "Inter Variable", system-ui, sans-serif';
const PILL_FONT = '550 11px "Inter Variable", system-ui, sans-serif';

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

const crisp = (value: number): number => Math.round(value) + 0.5;

const drawRaw = (context: CanvasRenderingContext2D, curve: Curve): void => {
  context.beginPath();
  let previous = Number.NaN;
  for (const { x, low, high } of columns(curve.axis, curve.values, curve.numSteps)) {
    // Enter each column at the end that is nearer to where the last one was left.
    const [first, second] = Math.abs(low - previous) <= Math.abs(high - previous) ? [low, high] : [high, low];
    context.lineTo(x, curve.toPixel(first));
    context.lineTo(x, curve.toPixel(second));
    previous = second;
  }
  context.stroke();
};

const drawSmoothed = (context: CanvasRenderingContext2D, curve: Curve): void => {
  context.beginPath();
  let lastX = Number.NEGATIVE_INFINITY;
  for (let step = 1; step <= curve.numSteps; step += 1) {
    const x = xOfStep(curve.axis, step);
    const value = curve.smoothed[step - 1] ?? Number.NaN;
    if (!Number.isFinite(value) || (x - lastX < 0.5 && step < curve.numSteps)) continue;
    context.lineTo(x, curve.toPixel(value));
    lastX = x;
  }
  context.stroke();
};

const DIAMOND = 4;

/** Filled, so that shape and fill tell it from the ring of a test that stands at the same step. */
const drawDiamond = (context: CanvasRenderingContext2D, x: number, y: number): void => {
  context.beginPath();
  context.moveTo(x, y - DIAMOND);
  context.lineTo(x + DIAMOND, y);
  context.lineTo(x, y + DIAMOND);
  context.lineTo(x - DIAMOND, y);
  context.closePath();
  context.fill();
};

const drawCurve = (context: CanvasRenderingContext2D, curve: Curve, colors: TimelineColors): void => {
  const { lane, axis } = curve;
  context.save();
  context.beginPath();
  context.rect(0, lane.top - 6, axis.width + 4, lane.bottom - lane.top + 12);
  context.clip();
  context.lineJoin = "round";
  context.strokeStyle = colors.traceRaw;
  context.lineWidth = 0.75;
  drawRaw(context, curve);
  context.strokeStyle = colors.trace;
  context.lineWidth = 1.25;
  drawSmoothed(context, curve);
  context.fillStyle = colors.panel;
  context.lineWidth = 1.5;
  for (const { step, value } of curve.tests) {
    context.beginPath();
    context.arc(xOfStep(axis, step), curve.toPixel(value), 3.25, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
  context.fillStyle = colors.trace;
  for (const { step, value } of curve.validations) drawDiamond(context, xOfStep(axis, step), curve.toPixel(value));
  context.restore();
};

/** Where the number of the step shown stands, in the ruler. */
const pillOf = (context: CanvasRenderingContext2D, model: TimelineModel, axis: StepAxis) => {
  const text = formatCount(model.shownStep);
  context.font = PILL_FONT;
  const width = Math.ceil(context.measureText(text).width) + 12;
  const left = Math.max(1, Math.min(xOfStep(axis, model.shownStep) - width / 2, axis.width - width));
  return { text, left, width };
};

const drawRuler = (
  context: CanvasRenderingContext2D,
  model: TimelineModel,
  marks: readonly EpochMark[],
  axis: StepAxis,
): void => {
  const pill = model.shownStep > 0 ? pillOf(context, model, axis) : null;
  const { colors, height } = model;
  context.font = FONT;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.strokeStyle = colors.line;
  context.lineWidth = 1;
  context.beginPath();
  for (const { x } of marks) {
    context.moveTo(crisp(x), 0);
    context.lineTo(crisp(x), height);
  }
  context.moveTo(crisp(axis.width), 0);
  context.lineTo(crisp(axis.width), height);
  context.moveTo(0, RULER_HEIGHT - 0.5);
  context.lineTo(model.width, RULER_HEIGHT - 0.5);
  context.stroke();
  context.fillStyle = colors.text2;
  for (const { x, epoch, labelled } of marks) {
    if (!labelled) continue;
    const text = `Epoch${NO_BREAK_SPACE}${formatCount(epoch)}`;
    const end = x + 6 + context.measureText(text).width;
    // Half a label behind the pill would read as another word.
    if (pill && pill.left < end && x + 6 < pill.left + pill.width) continue;
    context.fillText(text, x + 6, RULER_HEIGHT / 2 + 0.5);
  }
};

const drawTicks = (
  context: CanvasRenderingContext2D,
  ticks: readonly Tick[],
  label: (value: number) => string,
  axis: StepAxis,
  colors: TimelineColors,
): void => {
  context.font = FONT;
  context.textBaseline = "middle";
  context.textAlign = "left";
  for (const { value, y } of ticks) {
    context.strokeStyle = colors.lineFaint;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(0, crisp(y));
    context.lineTo(axis.width, crisp(y));
    context.stroke();
    context.fillStyle = colors.text3;
    context.fillText(label(value), axis.width + 8, y);
  }
};

/** Where the settings changed and to what, or the run ended early: a dotted line between two steps, its words above the curves. */
const drawNotes = (context: CanvasRenderingContext2D, model: TimelineModel, axis: StepAxis): void => {
  const { colors, notes, height } = model;
  context.save();
  context.font = FONT;
  context.textBaseline = "middle";
  /** Where the words of each line end so far; what would cover them goes one line down. */
  const ends: number[] = [];
  for (const { step, text, side } of notes) {
    const x = crisp(xOfStep(axis, step));
    context.strokeStyle = colors.text3;
    context.lineWidth = 1;
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(x, RULER_HEIGHT);
    context.lineTo(x, height);
    context.stroke();
    const width = context.measureText(text).width;
    const isLeft = x + 5 + width > axis.width || (side === "left" && x - 7 - width >= 0);
    const left = isLeft ? x - 5 - width : x + 5;
    let line = ends.findIndex((end) => end < left - 4);
    if (line < 0) line = ends.length;
    ends[line] = left + width;
    const top = RULER_HEIGHT + 2 + 13 * line;
    context.fillStyle = colors.panel;
    context.fillRect(left - 2, top, width + 4, 13);
    context.fillStyle = colors.text2;
    context.textAlign = "left";
    context.fillText(text, left, top + 7);
  }
  context.restore();
};

const drawCursor = (context: CanvasRenderingContext2D, model: TimelineModel, axis: StepAxis): void => {
  const x = xOfStep(axis, model.shownStep);
  context.strokeStyle = model.colors.accent;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x, RULER_HEIGHT - 2);
  context.lineTo(x, model.height);
  context.stroke();
  const { text, left, width } = pillOf(context, model, axis);
  context.fillStyle = model.colors.accent;
  context.beginPath();
  context.roundRect(left, 2, width, RULER_HEIGHT - 4, 4);
  context.fill();
  context.fillStyle = model.colors.onAccent;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, left + width / 2, RULER_HEIGHT / 2 + 0.5);
};

export const drawTimeline = (context: CanvasRenderingContext2D, model: TimelineModel): void => {
  const { width, height, colors, history, batchSize } = model;
  const axis: StepAxis = {
    totalSteps: model.totalSteps,
    stepsPerEpoch: model.stepsPerEpoch,
    width: Math.max(1, width - TICKS_WIDTH),
  };
  context.clearRect(0, 0, width, height);
  const numSteps = history?.numSteps ?? 0;
  const middle = Math.round((RULER_HEIGHT + height) / 2);
  const lossLane: Lane = { top: RULER_HEIGHT + 6, bottom: middle - 5 };
  const accuracyLane: Lane = { top: middle + 6, bottom: height - 5 };

  // What is still to come is the canvas behind, not an empty chart.
  const known = xOfStep(axis, numSteps);
  context.fillStyle = colors.canvas;
  context.fillRect(known, RULER_HEIGHT, axis.width - known, height - RULER_HEIGHT);

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
    drawTicks(context, lossTicks(lossAxis), (value) => formatShort(value), axis, colors);
    drawTicks(context, accuracyAxis.ticks, history?.hasTargets ? r2Label : accuracyLabel, axis, colors);
  }
  drawRuler(context, model, epochMarks(axis, model.epochs), axis);
  if (numSteps === 0) return;
  context.strokeStyle = colors.line;
  context.beginPath();
  context.moveTo(0, middle + 0.5);
  context.lineTo(width, middle + 0.5);
  context.stroke();

  const common = { axis, numSteps };
  drawCurve(
    context,
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
    context,
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
  drawNotes(context, model, axis);
  drawCursor(context, model, axis);
};

const r2Label = (r2: number): string => formatFixed(r2, r2 >= 0.999 ? 3 : r2 >= 0.99 ? 2 : 1);

const accuracyLabel = (accuracy: number): string =>
  `${formatFixed(accuracy * 100, accuracy >= 0.999 ? 1 : 0)}${NO_BREAK_SPACE}%`;

/** The ends of a long curve are found in a few thousand samples as well as in all of it. */
function* smoothedLossSamples(smoothed: Float64Array): Generator<number> {
  const stride = Math.max(1, Math.floor(smoothed.length / 4096));
  for (let index = 0; index < smoothed.length; index += stride) yield smoothed[index] ?? Number.NaN;
}
