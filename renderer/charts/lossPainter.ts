/** Draws loss and accuracy of every step into two strips: the raw values as the range of each column, the smoothed line over them. */
import type { RunHistory } from "../run/runHistory.ts";
import { smooth, smoothingWindow } from "../run/timelineScale.ts";
import type { ChartColors } from "./colors.ts";
import { linearScale } from "./scale.ts";
import type { Surface } from "./surface.ts";
import { columnOf, columnsPerStep, stepsPerColumn } from "./timeAxis.ts";

/** Accuracy is drawn on a log axis of the error: 90 and 99 % are equally far apart. Errors below this share are drawn at it. */
const SMALLEST_ERROR = 0.002;

/** Where a loss stands on its log axis. */
export const lossHeight = (loss: number): number => Math.log10(Math.max(loss, 1e-7));

/** Where an accuracy (0 to 1) stands on its log axis of the error; higher is better. */
export const accuracyHeight = (accuracy: number): number => -Math.log10(Math.max(1 - accuracy, SMALLEST_ERROR));

/** Lowest, highest and smoothed value by column; heights of an axis, not the values themselves. */
interface CurveColumns {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly smoothed: Float64Array;
  readonly end: number;
  /** Columns that a step takes. */
  readonly span: number;
}

export const curveColumns = (
  values: Float32Array,
  numSteps: number,
  numColumns: number,
  window: number,
  heightOf: (value: number) => number,
  leastSteps = 1,
): CurveColumns => {
  const low = new Float64Array(numColumns).fill(Number.NaN);
  const high = new Float64Array(numColumns).fill(Number.NaN);
  const smoothed = new Float64Array(numColumns).fill(Number.NaN);
  const steps = stepsPerColumn(numSteps, numColumns, leastSteps);
  const smoothValues = smooth(values, numSteps, window);
  let end = 0;
  for (let index = 0; index < numSteps; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const column = columnOf(index + 1, steps);
    const height = heightOf(value);
    if (!((low[column] ?? Number.NaN) <= height)) low[column] = height;
    if (!((high[column] ?? Number.NaN) >= height)) high[column] = height;
    smoothed[column] = heightOf(smoothValues[index] ?? Number.NaN);
    end = column + 1;
  }
  return { low, high, smoothed, end, span: columnsPerStep(steps) };
};

export class LossPainter {
  readonly surface: Surface;
  readonly #history: RunHistory;
  readonly #numColumns: number;
  readonly #leastSteps: number;
  /** Height in CSS pixels of the loss, of the gap, and of the accuracy. */
  readonly #heights: readonly [number, number, number];
  #revision = -1;
  #colors = -1;

  constructor(call: {
    readonly surface: Surface;
    readonly history: RunHistory;
    readonly numColumns: number;
    readonly leastSteps: number;
    readonly heights: readonly [number, number, number];
  }) {
    this.surface = call.surface;
    this.#history = call.history;
    this.#numColumns = call.numColumns;
    this.#leastSteps = call.leastSteps;
    this.#heights = call.heights;
  }

  /** `totalSteps` of the run decides how far the smoothing reaches, as in the timeline. */
  update(colors: ChartColors, totalSteps: number): void {
    const { loss, score, numSteps, revision } = this.#history;
    if (revision === this.#revision && colors.revision === this.#colors) return;
    this.#revision = revision;
    this.#colors = colors.revision;
    const { context, width, height, scale } = this.surface;
    context.clearRect(0, 0, width, height);
    const [lossHeightPx, gap, accuracyHeightPx] = this.#heights;
    const window = smoothingWindow(totalSteps);
    const curveOf = (values: Float32Array, heightOf: (value: number) => number): CurveColumns =>
      curveColumns(values, numSteps, this.#numColumns, window, heightOf, this.#leastSteps);
    this.#draw(curveOf(loss, lossHeight), 0, lossHeightPx * scale, colors);
    if (accuracyHeightPx === 0) return;
    const top = (lossHeightPx + gap) * scale;
    this.#draw(curveOf(score, accuracyHeight), top, top + accuracyHeightPx * scale, colors);
  }

  #draw(columns: CurveColumns, top: number, bottom: number, colors: ChartColors): void {
    const { context, width, scale } = this.surface;
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    for (let column = 0; column < columns.end; column += 1) {
      const [low, high] = [columns.low[column] ?? Number.NaN, columns.high[column] ?? Number.NaN];
      if (low < lowest) lowest = low;
      if (high > highest) highest = high;
    }
    if (!(lowest <= highest)) return;
    const inset = 1.5 * scale;
    const value = linearScale(lowest, highest, bottom - inset, top + inset);
    const columnWidth = width / this.#numColumns;
    const { span, end } = columns;
    /** A line has the whole width of its first and last step: of a single one, too. */
    const lineTo = (column: number, y: number): void => {
      if (column === 0) context.lineTo(0, y);
      context.lineTo((column + span / 2) * columnWidth, y);
      if (column === end - 1) context.lineTo((column + span) * columnWidth, y);
    };
    context.strokeStyle = colors.traceRaw;
    context.lineWidth = 0.75 * scale;
    context.lineJoin = "round";
    context.beginPath();
    for (let column = 0; column < end; column += 1) {
      const [low, high] = [columns.low[column] ?? Number.NaN, columns.high[column] ?? Number.NaN];
      if (Number.isNaN(low)) continue;
      lineTo(column, value.toPixel(low));
      if (high > low) lineTo(column, value.toPixel(high));
    }
    context.stroke();
    context.strokeStyle = colors.trace;
    context.lineWidth = 1.25 * scale;
    context.beginPath();
    for (let column = 0; column < end; column += 1) {
      const smoothed = columns.smoothed[column] ?? Number.NaN;
      if (!Number.isNaN(smoothed)) lineTo(column, value.toPixel(smoothed));
    }
    context.stroke();
  }
}
