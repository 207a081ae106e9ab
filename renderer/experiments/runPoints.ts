/** Scatter and parallel coordinates: every run as a point over params and metrics. */
import type { StudyRunStatus } from "../../engine/protocol.ts";
import { valueWords } from "./axisWords.ts";
import { formatMetric, type MetricId, metricIdsOf, metricOf, metricTitle } from "./runMetrics.ts";
import { keyOf, type StudyModel } from "./studyModel.ts";

/** A param or metric that runs are placed by. */
export interface Dimension {
  /** `param:learningRate`, `metric:finalLoss`. */
  readonly id: string;
  readonly title: string;
  readonly isLog: boolean;
  /** Values that are words stand side by side at 0, 1, 2 …; null: numbers. */
  readonly words: readonly string[] | null;
  /** Of all runs; null where nothing is known yet. */
  readonly range: readonly [number, number] | null;
  readonly measure: (run: StudyRunStatus) => number | null;
  readonly format: (value: number) => string;
}

const rangeOf = (runs: readonly StudyRunStatus[], measure: Dimension["measure"]): readonly [number, number] | null => {
  const values = runs.flatMap((run) => measure(run) ?? []);
  if (values.length === 0) return null;
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
};

const LOG_METRICS: readonly MetricId[] = [
  "finalLoss",
  "finalHeldLoss",
  "steepestRate",
  "lowestRate",
  "divergedRate",
  "worstError",
];

/** Params that vary, then metrics. */
export const dimensionsOf = (model: StudyModel, runs: readonly StudyRunStatus[]): readonly Dimension[] => [
  ...model.axes
    .filter(({ values }) => values.length > 1)
    .map(({ id, axis, title, values, isNumeric, isLog }): Dimension => {
      const measure = ({ params }: StudyRunStatus): number | null => {
        const value = params[id];
        if (isNumeric) return typeof value === "number" ? value : null;
        const index = values.findIndex((other) => keyOf(other) === keyOf(value));
        return index < 0 ? null : index;
      };
      const words = isNumeric ? null : values.map((value) => valueWords(axis, value));
      return {
        id: `param:${id}`,
        title,
        isLog,
        words,
        measure,
        range: words === null ? rangeOf(runs, measure) : [0, words.length - 1],
        format: (value) => words?.[Math.round(value)] ?? valueWords(axis, value),
      };
    }),
  ...metricIdsOf(model).map((metric): Dimension => {
    const measure = (run: StudyRunStatus): number | null => metricOf(run, metric);
    const range = rangeOf(runs, measure);
    return {
      id: `metric:${metric}`,
      title: metricTitle(metric, model),
      isLog: LOG_METRICS.includes(metric) && range !== null && range[0] > 0 && range[1] > 5 * range[0],
      words: null,
      measure,
      range,
      format: (value) => formatMetric(metric, value, model),
    };
  }),
];

export type Brushes = Readonly<Record<string, readonly [number, number]>>;

/** Whether a run lies within every stretch that is marked on an axis. */
export const isWithin = (run: StudyRunStatus, dimensions: readonly Dimension[], brushes: Brushes): boolean =>
  dimensions.every(({ id, measure }) => {
    const brush = brushes[id];
    if (brush === undefined) return true;
    const value = measure(run);
    return value !== null && value >= brush[0] && value <= brush[1];
  });
