/** Optimizers of a study and the learning rates that they run at: one that suits all of them there is none. */
import {
  type AxisValue,
  type OptimizerSettings,
  optimizers,
  rateInPlaceOf,
  type StudyAxis,
} from "../../engine/index.ts";
import { writeNumber } from "../inspector/fieldText.ts";
import { isRange } from "./DraftNumbers.tsx";
import { type StudyDraft, withAxes } from "./studyDraft.ts";
import { keyOf } from "./studyModel.ts";

type Axes = StudyDraft["plan"]["axes"];
type OptimizerAxis = Extract<StudyAxis, { vary: "optimizer" }>;

const isOptimizers = (axis: StudyAxis | undefined): axis is OptimizerAxis => axis?.vary === "optimizer";

const joined = (names: readonly string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

const usualRate = ({ name }: OptimizerSettings): number => optimizers[name].usualRate;

/** What is to be said of the optimizers of an axis that all run at one rate; null: nothing. */
export const rateWarning = ({ plan, document }: StudyDraft, axis: StudyAxis): string | null => {
  if (!isOptimizers(axis) || plan.axes.some(({ vary }) => vary === "learningRate")) return null;
  const rate = plan.training?.learningRate ?? document.training.learningRate;
  const byUsual = new Map<number, string[]>();
  for (const { name } of axis.values) {
    const usual = rateInPlaceOf(rate, name);
    if (usual !== null) byUsual.set(usual, [...(byUsual.get(usual) ?? []), optimizers[name].title]);
  }
  if (byUsual.size === 0) return null;
  const parts = [...byUsual].map(
    ([usual, names], index) =>
      `${joined(names)} ${index > 0 ? "" : names.length === 1 ? "is usually begun " : "are usually begun "}at ${writeNumber(usual)}`,
  );
  return `All run at rate ${writeNumber(rate)}; ${joined(parts)}.`;
};

/** The draft with each optimizer at the rate that it is usually begun with: two lists, side by side. */
export const withUsualRates = (draft: StudyDraft): StudyDraft => {
  const axis = draft.plan.axes.find(isOptimizers);
  if (axis === undefined) return draft;
  const rates: StudyAxis = { vary: "learningRate", values: axis.values.map(usualRate) };
  const { plan } = withAxes(draft, [axis, rates]);
  return { ...draft, plan: { ...plan, search: { by: "list" } } };
};

/** Other axes, where lists stand side by side: an optimizer that comes brings its usual rate, one that goes takes its rate along. */
export const withRatesBeside = ({ plan }: StudyDraft, axes: Axes): Axes => {
  const [before, after] = [plan.axes.findIndex(isOptimizers), axes.findIndex(isOptimizers)];
  const rateAt = axes.findIndex(({ vary }) => vary === "learningRate");
  const [was, is, rates] = [plan.axes[before], axes[after], axes[rateAt]];
  if (plan.search.by !== "list" || !isOptimizers(was) || !isOptimizers(is) || rates?.vary !== "learningRate")
    return axes;
  const { values } = rates;
  if (isRange(values) || values.length !== was.values.length || is.values === was.values) return axes;
  const keyed = new Map(was.values.map((value, index) => [keyOf(value as AxisValue), values[index]]));
  const beside = is.values.map((value) => keyed.get(keyOf(value as AxisValue)) ?? usualRate(value));
  return axes.with(rateAt, { ...rates, values: beside }) as Axes;
};
