/** The curves of a study: one cell for each value of the axis that has cells, one line for each variant, mean ± std over seeds. */
import type { AxisValue } from "../../engine/index.ts";
import type { StudyRunStatus } from "../../engine/protocol.ts";
import { valueWords } from "./axisWords.ts";
import { meanAndStd } from "./meanAndStd.ts";
import { type CurveId, curveValue } from "./runMetrics.ts";
import { keyOf, type StudyModel, type Variant, variantOf } from "./studyModel.ts";

export interface CurvePoint {
  readonly epoch: number;
  readonly mean: number;
  /** Over the runs of the line; 0 for a single one. */
  readonly std: number;
  readonly count: number;
}

export interface CurveLine {
  readonly variant: Variant;
  readonly runs: readonly StudyRunStatus[];
  readonly points: readonly CurvePoint[];
  /** Where runs of it stopped being finite, in epochs; the value is the last one known. */
  readonly divergences: readonly { readonly epoch: number; readonly value: number | null }[];
}

export interface CurveCell {
  readonly key: string;
  /** The value that the cell is of; empty where one cell shows all. */
  readonly title: string;
  readonly value: AxisValue | null;
  readonly lines: readonly CurveLine[];
}

/** Mean and std of each epoch over the runs that have reached it. */
const pointsOf = (runs: readonly StudyRunStatus[], curve: CurveId): readonly CurvePoint[] => {
  const byEpoch = new Map<number, number[]>();
  for (const { epochs } of runs) {
    for (const record of epochs) {
      const value = curveValue(curve, record);
      if (value === null) continue;
      const values = byEpoch.get(record.epoch);
      if (values === undefined) byEpoch.set(record.epoch, [value]);
      else values.push(value);
    }
  }
  return [...byEpoch]
    .sort(([a], [b]) => a - b)
    .map(([epoch, values]) => ({ epoch, count: values.length, ...meanAndStd(values) }));
};

/** A run that diverged has trained `step` steps of the epoch after its last. */
const divergenceOf = (run: StudyRunStatus, curve: CurveId, numEpochs: number) => {
  const end = run.epochs.at(-1);
  const perEpoch = run.totalSteps === null || run.totalSteps === 0 ? null : run.totalSteps / numEpochs;
  return {
    epoch: perEpoch === null ? (end?.epoch ?? 0) : Math.min(numEpochs, run.step / perEpoch),
    value: end === undefined ? null : curveValue(curve, end),
  };
};

const lineOf = (variant: Variant, runs: readonly StudyRunStatus[], curve: CurveId, numEpochs: number): CurveLine => ({
  variant,
  runs,
  points: pointsOf(runs, curve),
  divergences: runs.filter(({ state }) => state === "diverged").map((run) => divergenceOf(run, curve, numEpochs)),
});

/** How many epochs the longest run has. */
export const numEpochsOf = ({ study, document, axes }: StudyModel, runs: readonly StudyRunStatus[]): number => {
  const axis = axes.find((view) => view.axis.vary === "epochs");
  const planned = axis?.values.filter((value) => typeof value === "number") ?? [
    study.training?.epochs ?? document.training.epochs,
  ];
  const reached = runs.map(({ epochs }) => epochs.at(-1)?.epoch ?? 0);
  return Math.max(1, ...planned, ...reached);
};

export const curveCells = (
  model: StudyModel,
  runs: readonly StudyRunStatus[],
  curve: CurveId,
): readonly CurveCell[] => {
  const { cellAxis, variants } = model;
  const numEpochs = numEpochsOf(model, runs);
  const values = cellAxis?.values ?? [null];
  const byCell = new Map<string, Map<string, StudyRunStatus[]>>();
  for (const run of runs) {
    const cell = cellAxis === null ? "" : keyOf(run.params[cellAxis.id]);
    const lines = byCell.get(cell) ?? new Map<string, StudyRunStatus[]>();
    byCell.set(cell, lines);
    const variant = variantOf(model, run)?.key ?? "";
    const members = lines.get(variant);
    if (members === undefined) lines.set(variant, [run]);
    else members.push(run);
  }
  return values.map((value) => {
    const key = cellAxis === null ? "" : keyOf(value);
    const lines = byCell.get(key);
    return {
      key,
      value,
      title: cellAxis === null ? "" : valueWords(cellAxis.axis, value),
      lines: variants.flatMap((variant) => {
        const members = lines?.get(variant.key);
        return members === undefined ? [] : [lineOf(variant, members, curve, numEpochs)];
      }),
    };
  });
};

/** Smallest and largest value of all lines with their bands; null where nothing was measured yet. */
export const curveRange = (cells: readonly CurveCell[]): readonly [number, number] | null => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { lines } of cells) {
    for (const { points } of lines) {
      for (const { mean, std } of points) {
        low = Math.min(low, mean - std);
        high = Math.max(high, mean + std);
      }
    }
  }
  return low <= high ? [low, high] : null;
};
