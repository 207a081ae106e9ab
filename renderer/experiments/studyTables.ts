/** The numbers of a study as tables: on screen in place of the charts, and as CSV. */
import type { StudyRunStatus } from "../../engine/protocol.ts";
import type { Cell, ChartColumn, ChartTable } from "../charts/chartTable.ts";
import { formatCount, formatLoss } from "../charts/format.ts";
import { numberWords, valueWords } from "./axisWords.ts";
import type { CurveCell } from "./curveCells.ts";
import {
  type CurveId,
  curveTitle,
  formatCurve,
  formatMetric,
  type MetricId,
  metricIdsOf,
  metricOf,
  metricTitle,
} from "./runMetrics.ts";
import type { StudyModel } from "./studyModel.ts";
import type { SweptView } from "./sweptLines.ts";

/** `Best train accuracy, %` → `best_train_accuracy`. */
const idOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(", %", "")
    .replaceAll(/[^a-z0-9²]+/g, "_");

const metricColumn = (metric: MetricId, model: StudyModel): ChartColumn => {
  const title = metricTitle(metric, model);
  return { id: idOf(title), title, format: (value) => formatMetric(metric, value, model) };
};

/** A row for each run: what it was, and every metric; shares are 0 to 1. */
export const runsTable = (model: StudyModel, runs: readonly StudyRunStatus[]): ChartTable => ({
  columns: [
    { id: "run", title: "Run" },
    { id: "name", title: null },
    ...model.axes.map(({ id, title }): ChartColumn => ({ id, title, format: numberWords })),
    { id: "state", title: "State" },
    { id: "epochs", title: "Epochs", format: formatCount },
    ...metricIdsOf(model).map((metric) => metricColumn(metric, model)),
    { id: "failure", title: null },
    { id: "tags", title: null },
    { id: "notes", title: null },
  ],
  rows: runs.map((run): readonly Cell[] => [
    run.id,
    run.name,
    ...model.axes.map(({ id, axis }): Cell => {
      const value = run.params[id];
      return typeof value === "number" ? value : valueWords(axis, value);
    }),
    run.state,
    run.epochs.length,
    ...metricIdsOf(model).map((metric) => metricOf(run, metric)),
    run.failure,
    run.tags.length === 0 ? null : run.tags.join(", "),
    run.notes === "" ? null : run.notes,
  ]),
});

/** A row for each epoch of each line: mean and std over its runs. */
export const curvesTable = (model: StudyModel, cells: readonly CurveCell[], curve: CurveId): ChartTable => {
  const title = curveTitle(curve, model);
  const format = (value: number): string => formatCurve(curve, value, model);
  const unit = curve === "loss" || model.hasTargets ? "" : ", %";
  return {
    columns: [
      { id: model.cellAxis?.id ?? "cell", title: model.cellAxis?.title ?? null, format: numberWords },
      { id: "variant", title: model.variantAxes.length === 0 ? null : "Line" },
      { id: "epoch", title: "Epoch", format: formatCount },
      { id: idOf(title), title: `${title}${unit}`, format },
      { id: "std", title: model.seedAxis === null ? null : "std", format },
      { id: "runs", title: model.seedAxis === null ? null : "Runs", format: formatCount },
    ],
    rows: cells.flatMap(({ title: cell, value, lines }) =>
      lines.flatMap(({ variant, points }) =>
        points.map(({ epoch, mean, std, count }): readonly Cell[] => [
          typeof value === "number" ? value : cell,
          variant.title,
          epoch,
          mean,
          std,
          count,
        ]),
      ),
    ),
  };
};

/** A row for each swept value and variant. */
export const sweptTable = (model: StudyModel, { axis, lines }: SweptView): ChartTable => {
  const metrics = [...new Set(lines.map(({ metric }) => metric))];
  const variants = [...new Set(lines.map(({ variant }) => variant))];
  return {
    columns: [
      { id: axis.id, title: axis.title, format: numberWords },
      { id: "variant", title: variants.length > 1 ? "Line" : null },
      ...metrics.flatMap((metric): readonly ChartColumn[] => {
        const column = metricColumn(metric, model);
        const isLoss = metric === "finalLoss" || metric === "finalHeldLoss";
        return [
          column,
          {
            id: `${column.id}_std`,
            title: model.seedAxis === null ? null : "std",
            ...(isLoss ? { format: formatLoss } : { format: (value: number) => formatMetric(metric, value, model) }),
          },
        ];
      }),
    ],
    rows: variants.flatMap((variant) =>
      axis.values.map((value, index): readonly Cell[] => [
        typeof value === "number" ? value : valueWords(axis.axis, value),
        variant.title,
        ...metrics.flatMap((metric): readonly Cell[] => {
          const line = lines.find((other) => other.variant === variant && other.metric === metric);
          const point = line?.points.find((other) => other.index === index);
          return [point?.mean ?? null, point?.std ?? null];
        }),
      ]),
    ),
  };
};
