/** The axis that all charts of a comparison share: steps, epochs, or seconds of training. Pure. */
import { lastStepOf } from "../charts/timeAxis.ts";
import type { ComparedRun } from "./comparedRun.ts";

export type AxisId = "step" | "epoch" | "time";

export const AXIS_TITLES: Readonly<Record<AxisId, string>> = { step: "step", epoch: "epoch", time: "s" };

/** Step and seconds at the ends of epochs, between which training went evenly; from 0 on. */
const clockOf = ({ epochs, ended }: ComparedRun): readonly (readonly [step: number, seconds: number])[] => {
  const knots: [number, number][] = [[0, 0]];
  for (const { step, elapsedMs } of epochs) knots.push([step, elapsedMs / 1000]);
  const last = knots.at(-1)?.[0] ?? 0;
  if (ended.type === "finished" && ended.step > last) knots.push([ended.step, ended.elapsedMs / 1000]);
  return knots;
};

/** Straight between two knots, and on beyond the last as before it. */
const between = (knots: readonly (readonly [number, number])[], from: 0 | 1, value: number): number => {
  const to = from === 0 ? 1 : 0;
  let at = 1;
  while (at < knots.length - 1 && (knots[at]?.[from] ?? 0) < value) at += 1;
  const [a, b] = [knots[at - 1] ?? [0, 0], knots[at] ?? [0, 0]];
  const span = b[from] - a[from];
  return span === 0 ? a[to] : a[to] + ((value - a[from]) / span) * (b[to] - a[to]);
};

/** Whether the run's time is known: a run that diverged in its first epoch has told none. */
export const hasTime = (run: ComparedRun): boolean => clockOf(run).length > 1;

export interface RunAxis {
  xOf(step: number): number;
  /** The last step at or before, from 1. */
  stepAt(x: number): number;
  readonly end: number;
}

export const runAxis = (run: ComparedRun, axis: AxisId): RunAxis => {
  const clock = axis === "time" ? clockOf(run) : [];
  const { stepsPerEpoch } = run.started;
  const xOf = (step: number): number => {
    if (axis === "step") return step;
    return axis === "epoch" ? step / stepsPerEpoch : between(clock, 0, step);
  };
  const stepOf = (x: number): number => {
    if (axis === "step") return x;
    return axis === "epoch" ? x * stepsPerEpoch : between(clock, 1, x);
  };
  const last = lastStepOf(run.history);
  return {
    xOf,
    // The last bits of a division must not take the step before.
    stepAt: (x) => Math.min(last, Math.max(1, Math.floor(stepOf(x) + 1e-6))),
    end: xOf(last),
  };
};

const stepsOf = ({ history }: ComparedRun): readonly number[] => history.frames.map(({ step }) => step);

/** Steps that all runs have measured, ascending. */
export const sharedSteps = (runs: readonly ComparedRun[]): readonly number[] => {
  const [first, ...rest] = runs;
  if (first === undefined) return [];
  const others = rest.map((run) => new Set(stepsOf(run)));
  return stepsOf(first).filter((step) => others.every((steps) => steps.has(step)));
};

/** Where one can look at layers: by steps where all were measured, if there are some; else wherever any was. */
export const positionsOf = (runs: readonly ComparedRun[], axis: AxisId): readonly number[] => {
  const shared = axis === "step" ? sharedSteps(runs) : [];
  if (shared.length > 2) return shared;
  const all = runs.flatMap((run) => stepsOf(run).map(runAxis(run, axis).xOf));
  return [...new Set(all)].sort((a, b) => a - b);
};
