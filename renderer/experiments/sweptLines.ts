/** A metric against the swept value: a line for each variant and each part of the data. */
import type { AxisValue } from "../../engine/index.ts";
import type { StudyRunStatus } from "../../engine/protocol.ts";
import { meanAndStd } from "./meanAndStd.ts";
import { type MetricId, metricOf } from "./runMetrics.ts";
import { type AxisView, keyOf, type StudyModel, type Variant, variantOf } from "./studyModel.ts";

export type SweptQuantity = "score" | "loss";

export interface SweptPoint {
  /** Which of the axis's values. */
  readonly index: number;
  readonly value: AxisValue;
  readonly mean: number;
  readonly std: number;
  readonly runs: readonly StudyRunStatus[];
}

export interface SweptLine {
  readonly variant: Variant;
  readonly metric: MetricId;
  /** Train is drawn strong and filled, what is held back thin and hollow. */
  readonly isHeld: boolean;
  readonly points: readonly SweptPoint[];
}

export interface SweptView {
  readonly axis: AxisView;
  readonly lines: readonly SweptLine[];
  /** Values at which a run of a variant diverged. */
  readonly divergences: readonly { readonly variant: Variant; readonly index: number }[];
}

const METRICS: Readonly<Record<SweptQuantity, readonly { readonly metric: MetricId; readonly isHeld: boolean }[]>> = {
  score: [
    { metric: "bestTrain", isHeld: false },
    { metric: "bestHeld", isHeld: true },
  ],
  loss: [
    { metric: "finalLoss", isHeld: false },
    { metric: "finalHeldLoss", isHeld: true },
  ],
};

/** What the chart has along its axis: the values of the cells, or of the only axis; null: nothing is varied. */
export const sweptAxis = ({ cellAxis, variantAxes }: StudyModel): AxisView | null => cellAxis ?? variantAxes[0] ?? null;

/** Along the values of the only axis nothing tells lines apart. */
const ONE_LINE: Variant = { key: "", title: "", style: 0 };

export const sweptView = (
  model: StudyModel,
  runs: readonly StudyRunStatus[],
  quantity: SweptQuantity,
): SweptView | null => {
  const axis = sweptAxis(model);
  if (axis === null) return null;
  const single = model.cellAxis === null && model.variantAxes.length === 1;
  const variants = single ? [ONE_LINE] : model.variants;
  const placed = runs.map((run) => ({
    run,
    variant: single ? ONE_LINE : variantOf(model, run),
    index: axis.values.findIndex((value) => keyOf(value) === keyOf(run.params[axis.id])),
  }));
  const lines = variants.flatMap((variant) =>
    METRICS[quantity].map(({ metric, isHeld }): SweptLine => {
      const points = axis.values.flatMap((value, index): readonly SweptPoint[] => {
        const members = placed.filter((place) => place.variant?.key === variant.key && place.index === index);
        const own = members.map(({ run }) => run);
        const values = own.flatMap((run) => metricOf(run, metric) ?? []);
        return values.length === 0 ? [] : [{ index, value, runs: own, ...meanAndStd(values) }];
      });
      return { variant, metric, isHeld, points };
    }),
  );
  const divergences = placed.flatMap(({ run, variant, index }) =>
    run.state === "diverged" && variant !== undefined && index >= 0 ? [{ variant, index }] : [],
  );
  return { axis, lines, divergences };
};
