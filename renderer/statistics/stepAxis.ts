/** The axis of steps that all charts of the statistics view share: linear or logarithmic, whole or a part of the run. */
import type { Frame } from "../../engine/index.ts";
import { linearTicks } from "../charts/scale.ts";

export interface StepAxis {
  /** First and last step shown, from 1. */
  readonly from: number;
  readonly to: number;
  readonly log: boolean;
}

/** Whether there is no more than one step to show. */
export const isOneStep = ({ from, to }: StepAxis): boolean => to <= from;

/** Where a step stands, 0 at the left end and 1 at the right; the only one in the middle. */
export const shareOfStep = (axis: StepAxis, step: number): number => {
  const { from, to, log } = axis;
  if (isOneStep(axis)) return 0.5;
  return log ? Math.log(step / from) / Math.log(to / from) : (step - from) / (to - from);
};

export const stepAtShare = ({ from, to, log }: StepAxis, share: number): number =>
  log ? from * (to / from) ** share : from + share * (to - from);

/** At most `most` round steps, the first and last included where nothing rounder is near. */
export const stepTicks = (axis: StepAxis, most: number): readonly number[] => {
  if (isOneStep(axis)) return [axis.from];
  if (!axis.log) return linearTicks(axis.from, axis.to, most).filter(Number.isInteger);
  const ticks: number[] = [];
  for (let decade = 1; decade <= axis.to; decade *= 10) if (decade >= axis.from) ticks.push(decade);
  return ticks.length >= 2 ? ticks : linearTicks(axis.from, axis.to, most).filter(Number.isInteger);
};

/** The same steps closer or farther away; what is under the pointer stays there. Never closer than ten steps. */
export const zoomed = (axis: StepAxis, share: number, factor: number, last: number): StepAxis => {
  const least = Math.min(10, last - 1);
  const anchor = stepAtShare(axis, share);
  const span = Math.min(last - 1, Math.max(least, (axis.to - axis.from) * factor));
  const from = Math.min(
    last - span,
    Math.max(1, anchor - (anchor - axis.from) * (span / Math.max(1e-9, axis.to - axis.from))),
  );
  return { ...axis, from: Math.round(from), to: Math.round(from + span) };
};

export const panned = (axis: StepAxis, share: number, last: number): StepAxis => {
  const span = axis.to - axis.from;
  const from = Math.round(Math.min(last - span, Math.max(1, axis.from + share * span)));
  return { ...axis, from, to: from + span };
};

/** Which frames each pixel column shows: those of its steps, else the last one before. The only step has all of them. */
export interface FrameColumns {
  readonly width: number;
  /** Column x: frames `first[x]` up to and without `end[x]`; none where both are 0. */
  readonly first: Int32Array;
  readonly end: Int32Array;
}

export const frameColumns = (frames: readonly Frame[], axis: StepAxis, width: number): FrameColumns => {
  const first = new Int32Array(width);
  const end = new Int32Array(width);
  if (isOneStep(axis)) {
    const index = frames.findIndex(({ step }) => step >= axis.from);
    if (frames[index]?.step === axis.from) {
      first.fill(index);
      end.fill(index + 1);
    }
    return { width, first, end };
  }
  let at = 0;
  const advance = (step: number): number => {
    while (at < frames.length && (frames[at]?.step ?? 0) < step) at += 1;
    return at;
  };
  const newest = frames.at(-1)?.step ?? 0;
  for (let x = 0; x < width; x += 1) {
    const from = advance(stepAtShare(axis, x / width));
    const to = advance(x === width - 1 ? axis.to + 1 : stepAtShare(axis, (x + 1) / width));
    const isPast = stepAtShare(axis, x / width) > newest;
    if (to > from) [first[x], end[x]] = [from, to];
    else if (from > 0 && !isPast) [first[x], end[x]] = [from - 1, from];
  }
  return { width, first, end };
};
