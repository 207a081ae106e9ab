/** What is read off a run: one number each, from the epochs that it has reported. */
import type { EpochRecord, StudyRunStatus } from "../../engine/protocol.ts";
import {
  formatDuration,
  formatExponent,
  formatFixed,
  formatLoss,
  formatR2,
  formatShort,
  NONE,
  NOT_FINITE,
} from "../charts/format.ts";
import type { StudyModel } from "./studyModel.ts";

export type MetricId =
  | "bestTrain"
  | "bestHeld"
  | "finalTrain"
  | "finalHeld"
  | "finalLoss"
  | "finalHeldLoss"
  | "steepestRate"
  | "lowestRate"
  | "divergedRate"
  | "worstError"
  | "seconds";

/** `held`: validation samples where some are set apart, else the test set. */
export type CurveId = "train" | "held" | "loss";

type Kind = Pick<StudyModel, "hasValidation" | "hasTargets">;

/** Of the layers' gradients; a gradient that is no number is as wrong as can be. */
const worstError = ({ findings }: StudyRunStatus): number | null => {
  const errors = findings?.gradients?.map(({ relativeError }) => relativeError ?? Number.POSITIVE_INFINITY) ?? [];
  return errors.length === 0 ? null : Math.max(...errors);
};

const finite = (value: number | null | undefined): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

/** Accuracy 0 to 1, or R². */
const trainScore = (epoch: EpochRecord): number | null => finite(epoch.trainAccuracy ?? epoch.trainR2);

const heldScore = (epoch: EpochRecord): number | null =>
  epoch.validationLoss === undefined
    ? finite(epoch.testAccuracy ?? epoch.testR2)
    : finite(epoch.validationAccuracy ?? epoch.validationR2);

const heldLoss = (epoch: EpochRecord): number | null => finite(epoch.validationLoss ?? epoch.testLoss);

const CURVES: Readonly<Record<CurveId, (epoch: EpochRecord) => number | null>> = {
  train: trainScore,
  held: heldScore,
  loss: ({ loss }) => finite(loss),
};

export const curveValue = (curve: CurveId, epoch: EpochRecord): number | null => CURVES[curve](epoch);

const best = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
};

const lastOf = (run: StudyRunStatus, value: (epoch: EpochRecord) => number | null): number | null => {
  const end = run.epochs.at(-1);
  return end === undefined ? null : value(end);
};

const METRICS: Readonly<Record<MetricId, (run: StudyRunStatus) => number | null>> = {
  bestTrain: ({ epochs }) => best(epochs.map(trainScore)),
  bestHeld: ({ epochs }) => best(epochs.map(heldScore)),
  finalTrain: (run) => lastOf(run, trainScore),
  finalHeld: (run) => lastOf(run, heldScore),
  // A net that diverged has none: its loss is not finite.
  finalLoss: (run) => (run.state === "diverged" ? null : lastOf(run, ({ loss }) => finite(loss))),
  finalHeldLoss: (run) => (run.state === "diverged" ? null : lastOf(run, heldLoss)),
  steepestRate: ({ findings }) => findings?.learningRateRange?.steepestRate ?? null,
  lowestRate: ({ findings }) => findings?.learningRateRange?.lowestRate ?? null,
  divergedRate: ({ findings }) => findings?.learningRateRange?.divergedRate ?? null,
  worstError,
  seconds: ({ elapsedMs }) => (elapsedMs === null ? null : elapsedMs / 1000),
};

const MEASURED: Readonly<Record<StudyModel["measure"], readonly MetricId[]>> = {
  epochs: ["bestTrain", "bestHeld", "finalTrain", "finalHeld", "finalLoss", "finalHeldLoss", "seconds"],
  learningRateRange: ["steepestRate", "lowestRate", "divergedRate", "seconds"],
  gradients: ["worstError", "seconds"],
};

/** What the runs of a study are measured by. */
export const metricIdsOf = ({ measure }: Pick<StudyModel, "measure">): readonly MetricId[] => MEASURED[measure];

const known = new WeakMap<StudyRunStatus, Map<MetricId, number | null>>();

/** null: not measured yet, or never finite. */
export const metricOf = (run: StudyRunStatus, metric: MetricId): number | null => {
  const values = known.get(run) ?? new Map<MetricId, number | null>();
  known.set(run, values);
  const found = values.get(metric);
  if (found !== undefined) return found;
  const value = METRICS[metric](run);
  values.set(metric, value);
  return value;
};

export const heldTitle = ({ hasValidation }: Kind): string => (hasValidation ? "Validation" : "Test");

export const scoreTitle = ({ hasTargets }: Kind): string => (hasTargets ? "R²" : "Accuracy");

/** Whether it is a share that is written in percent. */
export const isShare = (metric: MetricId | CurveId, { hasTargets }: Kind): boolean =>
  !hasTargets && ["bestTrain", "bestHeld", "finalTrain", "finalHeld", "train", "held"].includes(metric);

/** `Best train accuracy, %`. */
export const metricTitle = (metric: MetricId, kind: Kind): string => {
  const score = scoreTitle(kind);
  const word = kind.hasTargets ? score : score.toLowerCase();
  const unit = kind.hasTargets ? "" : ", %";
  const held = heldTitle(kind).toLowerCase();
  const titles: Readonly<Record<MetricId, string>> = {
    bestTrain: `Best train ${word}${unit}`,
    bestHeld: `Best ${held} ${word}${unit}`,
    finalTrain: `Final train ${word}${unit}`,
    finalHeld: `Final ${held} ${word}${unit}`,
    finalLoss: "Final loss",
    finalHeldLoss: `Final ${held} loss`,
    steepestRate: "Rate of the steepest fall",
    lowestRate: "Rate of the lowest loss",
    divergedRate: "Rate of divergence",
    worstError: "Worst relative error",
    seconds: "Time",
  };
  return titles[metric];
};

export const curveTitle = (curve: CurveId, kind: Kind): string =>
  curve === "loss" ? "Loss" : kind.hasTargets ? "R²" : "Accuracy";

/** `86.8`: of a share the percents without their sign, whose unit the title names. */
export const formatScore = (value: number | null, kind: Kind): string => {
  if (value === null) return NONE;
  return kind.hasTargets ? formatR2(value) : formatFixed(value * 100, 1);
};

export const formatMetric = (metric: MetricId, value: number | null, kind: Kind): string => {
  if (value === null) return NONE;
  if (metric === "seconds") return formatDuration(value);
  if (metric === "worstError") return Number.isFinite(value) ? formatExponent(value) : NOT_FINITE;
  if (metric === "steepestRate" || metric === "lowestRate" || metric === "divergedRate") return formatShort(value, 2);
  return metric === "finalLoss" || metric === "finalHeldLoss" ? formatLoss(value, 3) : formatScore(value, kind);
};

/** An end of a line: `99.1`, `0.210`. */
export const formatCurve = (curve: CurveId, value: number, kind: Kind): string =>
  curve === "loss" ? formatLoss(value, 3) : formatScore(value, kind);
