/** The columns of the table of runs. */
import { widthOfText } from "../charts/pen.ts";
import { valueWords } from "./axisWords.ts";
import { heldTitle, type MetricId } from "./runMetrics.ts";
import type { SortKey } from "./runRows.ts";
import type { AxisView, StudyModel } from "./studyModel.ts";

export type RunColumn = {
  readonly id: string;
  readonly title: string;
  /** px; null: what the others leave. */
  readonly width: number | null;
  readonly className: string;
  /** null: it cannot be sorted by. */
  readonly sort: SortKey | null;
} & (
  | { readonly shows: "pin" | "name" | "state" }
  /** `hasSample`: with the line of the run's variant. */
  | { readonly shows: "param"; readonly axis: AxisView; readonly hasSample: boolean }
  | { readonly shows: "metric"; readonly metric: MetricId; readonly hasBar: boolean }
);

const metric = (id: MetricId, title: string, width: number | null, hasBar = false): RunColumn => ({
  ...{ id, title, width, shows: "metric", metric: id, hasBar },
  className: hasBar ? "study-runs-number study-runs-barred" : "study-runs-number",
  sort: { by: "metric", id },
});

/** The numbers that a study is about; the widest has a bar where it is a share. */
const measured = (model: StudyModel): readonly RunColumn[] => {
  if (model.measure === "gradients") return [metric("worstError", "Worst error", null)];
  if (model.measure === "learningRateRange") {
    return [
      metric("steepestRate", "Steepest", 74),
      metric("lowestRate", "Lowest loss", 74),
      metric("divergedRate", "Diverges", null),
    ];
  }
  const [train, held] = ["Train", heldTitle(model)];
  // The title above says what of, and in percent.
  return [
    metric("bestTrain", model.hasTargets ? `${train} R²` : train, 50),
    metric("bestHeld", model.hasTargets ? `${held} R²` : held, null, true),
    metric("finalLoss", "Final loss", 62),
  ];
};

/** px that the longest value needs. */
const longestWords = ({ axis, title, values }: AxisView): number =>
  Math.max(
    Math.min(74, 4 + widthOfText(title, { size: 11, weight: 400 })),
    ...values.map((value) => widthOfText(valueWords(axis, value), { size: 13, weight: 400 })),
  );

export const runColumns = (model: StudyModel, hasNames: boolean): readonly RunColumn[] => {
  const shown = model.axes.filter(({ values }) => values.length > 1);
  const axes = shown.length === 0 ? model.axes : shown;
  // What the cells are of comes first, as it heads them.
  const ordered = [...axes].sort((a, b) => Number(b === model.cellAxis) - Number(a === model.cellAxis));
  const sampled = model.variants.length > 1 ? model.variantAxes[0] : undefined;
  return [
    { id: "pin", title: "Pinned", width: 22, className: "study-runs-pin", sort: null, shows: "pin" },
    ...(hasNames
      ? [{ id: "name", title: "Name", width: 96, className: "study-runs-name", sort: null, shows: "name" } as const]
      : []),
    ...ordered.map((axis): RunColumn => {
      const hasSample = axis === sampled;
      return {
        ...{ id: `param:${axis.id}`, title: axis.title, shows: "param", axis, hasSample },
        width: (hasSample ? 28 : 0) + Math.max(44, Math.min(96, 8 + longestWords(axis))),
        className: "study-runs-param",
        sort: { by: "param", id: axis.id },
      };
    }),
    ...measured(model),
    {
      id: "state",
      title: "State",
      width: 60,
      className: "study-runs-number study-runs-state",
      sort: { by: "state" },
      shows: "state",
    },
  ];
};

/** A number and 24 px of bar: less is a speck. */
const LEAST_BAR = 76;
const WITHOUT_BAR = 50;

/** The table is not narrower than this; in less room it scrolls. */
export const leastWidth = (columns: readonly RunColumn[]): number =>
  columns.reduce((sum, { width }) => sum + (width ?? LEAST_BAR), 0);

/** Below so many px a table is narrow: beside a lesson, or in a small window. A wider one rather scrolls than does without numbers. */
const NARROW = 400;

/** What a narrow table does without, the first before the next: charts and the exported numbers have it. */
const SPARED: readonly MetricId[] = ["finalLoss", "bestTrain"];

/** The columns that fit so many px: bars go first, then numbers that the charts show, but for the one that is sorted by. */
export const fittingColumns = (columns: readonly RunColumn[], width: number, sort: SortKey): readonly RunColumn[] => {
  if (leastWidth(columns) <= width) return columns;
  let fitting = columns.map((column) =>
    column.shows === "metric" && column.hasBar
      ? { ...column, hasBar: false, width: WITHOUT_BAR, className: "study-runs-number" }
      : column,
  );
  if (width >= NARROW) return fitting;
  for (const spared of SPARED) {
    if (leastWidth(fitting) <= width) return fitting;
    const isSpared = (column: RunColumn): boolean => column.shows === "metric" && column.metric === spared;
    fitting = fitting.filter((column) => !isSpared(column) || (sort.by === "metric" && sort.id === spared));
  }
  return fitting;
};
