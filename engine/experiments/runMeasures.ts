/** What a table tells of a run: its last and its best epoch. */

/** An epoch as it is reported or kept; a number that was not finite is null in files. */
export interface MeasuredEpoch {
  readonly loss: number | null;
  readonly trainAccuracy: number | null;
  /** Absent: nothing was measured on the test set. */
  readonly testLoss?: number | null | undefined;
  readonly testAccuracy?: number | null | undefined;
  /** Absent: no samples are set apart for validation. */
  readonly validationLoss?: number | null | undefined;
  readonly validationAccuracy?: number | null | undefined;
}

/** null: not measured, or not finite. Accuracies from 0 to 1. */
export interface RunMeasures {
  readonly finalLoss: number | null;
  readonly finalTrainAccuracy: number | null;
  readonly bestTrainAccuracy: number | null;
  readonly finalValidationLoss: number | null;
  readonly finalValidationAccuracy: number | null;
  readonly bestValidationAccuracy: number | null;
  readonly finalTestLoss: number | null;
  readonly finalTestAccuracy: number | null;
  readonly bestTestAccuracy: number | null;
}

export type MetricName = keyof RunMeasures;

/** Words on screen, and what is better. */
export const metrics: {
  readonly [Name in MetricName]: { readonly title: string; readonly better: "higher" | "lower" };
} = {
  finalLoss: { title: "Final loss", better: "lower" },
  finalTrainAccuracy: { title: "Final train accuracy", better: "higher" },
  bestTrainAccuracy: { title: "Best train accuracy", better: "higher" },
  finalValidationLoss: { title: "Final validation loss", better: "lower" },
  finalValidationAccuracy: { title: "Final validation accuracy", better: "higher" },
  bestValidationAccuracy: { title: "Best validation accuracy", better: "higher" },
  finalTestLoss: { title: "Final test loss", better: "lower" },
  finalTestAccuracy: { title: "Final test accuracy", better: "higher" },
  bestTestAccuracy: { title: "Best test accuracy", better: "higher" },
};

const isMetricName = (name: string): name is MetricName => Object.hasOwn(metrics, name);

export const metricNames: readonly MetricName[] = Object.keys(metrics).filter(isMetricName);

/** One thing for each metric. */
export const mapMetrics = <T>(of: (name: MetricName) => T): Readonly<Record<MetricName, T>> => ({
  finalLoss: of("finalLoss"),
  finalTrainAccuracy: of("finalTrainAccuracy"),
  bestTrainAccuracy: of("bestTrainAccuracy"),
  finalValidationLoss: of("finalValidationLoss"),
  finalValidationAccuracy: of("finalValidationAccuracy"),
  bestValidationAccuracy: of("bestValidationAccuracy"),
  finalTestLoss: of("finalTestLoss"),
  finalTestAccuracy: of("finalTestAccuracy"),
  bestTestAccuracy: of("bestTestAccuracy"),
});

const finite = (value: number | null | undefined): number | null =>
  value === null || value === undefined || !Number.isFinite(value) ? null : value;

const highest = (values: readonly (number | null | undefined)[]): number | null =>
  values
    .map(finite)
    .reduce((found, value) => (value !== null && (found === null || value > found) ? value : found), null);

/** Of a run that diverged the final losses are null: they are not finite. */
export const measuresOf = (epochs: readonly MeasuredEpoch[], diverged: boolean): RunMeasures => {
  const last = epochs.at(-1);
  const lossOf = (loss: number | null | undefined): number | null => (diverged ? null : finite(loss));
  return {
    finalLoss: lossOf(last?.loss),
    finalTrainAccuracy: finite(last?.trainAccuracy),
    bestTrainAccuracy: highest(epochs.map(({ trainAccuracy }) => trainAccuracy)),
    finalValidationLoss: lossOf(last?.validationLoss),
    finalValidationAccuracy: finite(last?.validationAccuracy),
    bestValidationAccuracy: highest(epochs.map(({ validationAccuracy }) => validationAccuracy)),
    finalTestLoss: lossOf(last?.testLoss),
    finalTestAccuracy: finite(last?.testAccuracy),
    bestTestAccuracy: highest(epochs.map(({ testAccuracy }) => testAccuracy)),
  };
};
