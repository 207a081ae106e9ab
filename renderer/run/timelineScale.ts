/** How the timeline maps steps to pixels, losses and accuracies to heights, and many steps to one column. Pure. */
import { logScale, logTicks, type Scale } from "../charts/scale.ts";

export interface StepAxis {
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly width: number;
}

/** Step s ends at s/N of the width, so that an epoch's last step stands on the line where the next begins. */
export const xOfStep = (axis: StepAxis, step: number): number => (step / axis.totalSteps) * axis.width;

/** The measured step nearest to a pixel, or null while there is none. */
export const stepAtX = (axis: StepAxis, x: number, numSteps: number): number | null => {
  if (numSteps < 1 || axis.width <= 0) return null;
  return Math.min(numSteps, Math.max(1, Math.round((x / axis.width) * axis.totalSteps)));
};

/** Rings that stand closer than this run into a black band. */
const LEAST_BETWEEN = 9;

/**
 * Which of the measured values get a ring or a diamond: from the left, each far enough from the one before, so that none that was drawn goes; and
 * the newest. `isCrowded`: not all of them, so that a line should show the others.
 */
export const spacedMarks = <T extends { readonly step: number }>(
  axis: StepAxis,
  marks: readonly T[],
): { readonly drawn: readonly T[]; readonly isCrowded: boolean } => {
  let last = Number.NEGATIVE_INFINITY;
  const drawn = marks.filter(({ step }, index) => {
    const x = xOfStep(axis, step);
    if (x - last < LEAST_BETWEEN && index < marks.length - 1) return false;
    last = x;
    return true;
  });
  return { drawn, isCrowded: drawn.length < marks.length };
};

export interface EpochMark {
  /** From 1. */
  readonly epoch: number;
  /** Where it begins. */
  readonly x: number;
  readonly labelled: boolean;
}

const MIN_LABEL_WIDTH = 64;
const MIN_MARK_WIDTH = 6;

/** Lines and labels of the epochs; so many that they would touch are thinned to every 2nd, 5th, 10th … */
export const epochMarks = (axis: StepAxis, epochs: number): readonly EpochMark[] => {
  const epochWidth = axis.width / Math.max(1, epochs);
  const every = (pixels: number): number => {
    let stride = 1;
    for (const factor of [2, 2.5, 2]) if (stride * epochWidth < pixels) stride *= factor;
    while (stride * epochWidth < pixels) stride *= 10;
    return stride;
  };
  const [markStride, labelStride] = [every(MIN_MARK_WIDTH), every(MIN_LABEL_WIDTH)];
  const marks: EpochMark[] = [];
  for (let index = 0; index < epochs; index += markStride) {
    marks.push({ epoch: index + 1, x: index * epochWidth, labelled: index % labelStride === 0 });
  }
  return marks;
};

/**
 * Exponential moving average of the finite values with the bias of its start removed:
 * sum ← r·sum + v, weight ← r·weight + 1, smoothed = sum ÷ weight, r = exp(−1 ÷ w), w = min(window, 1 + step ÷ 5).
 * The window grows with the first steps, in which a loss falls fastest and an even one would lag behind.
 * NaN until the first finite value.
 */
export const smooth = (values: Float32Array, numSteps: number, window: number): Float64Array => {
  const smoothed = new Float64Array(numSteps);
  let sum = 0;
  let weight = 0;
  for (let index = 0; index < numSteps; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (Number.isFinite(value)) {
      const keep = Math.exp(-1 / Math.min(window, 1 + (index + 1) / 5));
      sum = keep * sum + value;
      weight = keep * weight + 1;
    }
    smoothed[index] = weight > 0 ? sum / weight : Number.NaN;
  }
  return smoothed;
};

export const smoothingWindow = (totalSteps: number): number => Math.max(4, totalSteps / 120);

export interface Column {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

/** Smallest and largest finite value of the steps that share a pixel; one column a step where there is room. */
export const columns = (axis: StepAxis, values: Float32Array, numSteps: number): readonly Column[] => {
  const result: Column[] = [];
  let pixel = -1;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let x = 0;
  const flush = () => {
    if (low <= high) result.push({ x, low, high });
  };
  for (let step = 1; step <= numSteps; step += 1) {
    const value = values[step - 1] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const at = xOfStep(axis, step);
    if (Math.floor(at) !== pixel) {
      flush();
      pixel = Math.floor(at);
      low = Number.POSITIVE_INFINITY;
      high = Number.NEGATIVE_INFINITY;
    }
    x = at;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  flush();
  return result;
};

/** Half decades around the values, at least one decade, so that the axis rarely moves while a loss falls. */
export const lossDomain = (values: Iterable<number>): readonly [number, number] => {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const value of values) {
    if (!Number.isFinite(value) || value <= 0) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high === 0) return [0.1, 10];
  const top = 10 ** (Math.ceil(2 * Math.log10(high)) / 2);
  const bottom = 10 ** (Math.floor(2 * Math.log10(low)) / 2);
  return [Math.min(bottom, top / 10), top];
};

export interface Lane {
  readonly top: number;
  readonly bottom: number;
}

export interface Tick {
  readonly value: number;
  readonly y: number;
}

const MIN_TICK_GAP = 13;

const spread = (ticks: readonly Tick[]): readonly Tick[] => {
  const kept: Tick[] = [];
  for (const tick of ticks) {
    const last = kept.at(-1);
    if (!last || Math.abs(last.y - tick.y) >= MIN_TICK_GAP) kept.push(tick);
  }
  return kept;
};

export const lossScale = (domain: readonly [number, number], lane: Lane): Scale =>
  logScale(domain[0], domain[1], lane.bottom, lane.top);

export const lossTicks = (scale: Scale): readonly Tick[] =>
  spread(logTicks(scale.low, scale.high, 4).map((value) => ({ value, y: scale.toPixel(value) })));

/** Errors from 1 down to less than a batch can tell, so that 90 and 99 % stand equally far apart. */
export const accuracyScale = (batchSize: number, lane: Lane) => {
  const lowest = Math.min(0.4 / batchSize, 0.004);
  const scale = logScale(lowest, 1, lane.top, lane.bottom);
  return {
    /** All correct has no logarithm: it stands at the top. An R² below 0 stands at the bottom. */
    toPixel: (score: number): number => scale.toPixel(Math.min(1, Math.max(lowest, 1 - score))),
    ticks: spread(
      [0.9, 0.99, 0.999].map((value) => ({ value, y: scale.toPixel(1 - value) })).filter(({ y }) => y >= lane.top + 4),
    ),
  };
};
