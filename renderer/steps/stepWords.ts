/** The operations that normalization is made of, as the page writes them. */
import { counted } from "../../engine/index.ts";
import type { ExplainedNormalization } from "../../engine/protocol.ts";
import { formatCount, formatExponent, formatReadout, NO_BREAK_SPACE } from "../charts/format.ts";

export type ExplainedStep = ExplainedNormalization["steps"][number];
export type StepId = ExplainedStep["id"];

interface StepWords {
  readonly title: string;
  /** In the box of the graph. */
  readonly sign: string;
  readonly symbol: string;
  readonly forward: string;
  readonly backward: string;
}

export const stepWords: Readonly<Record<StepId, StepWords>> = {
  input: { title: "Input", sign: "x", symbol: "x", forward: "x", backward: "∂x = ∂d + ∂μ/m" },
  mean: { title: "Mean", sign: "mean", symbol: "μ", forward: "μ = Σx/m", backward: "∂μ = −Σ∂d" },
  centre: { title: "Centre", sign: "− μ", symbol: "d", forward: "d = x − μ", backward: "∂d = i·∂x̂ + 2d·∂q" },
  square: { title: "Square", sign: "square", symbol: "q", forward: "q = d²", backward: "∂q = ∂v/m" },
  variance: { title: "Variance", sign: "mean", symbol: "v", forward: "v = Σq/m", backward: "∂v = ∂s" },
  epsilon: { title: "Plus epsilon", sign: "+ ε", symbol: "s", forward: "s = v + ε", backward: "∂s = ∂r/2r" },
  root: { title: "Root", sign: "√", symbol: "r", forward: "r = √s", backward: "∂r = −∂i·i²" },
  reciprocal: { title: "Reciprocal", sign: "1/r", symbol: "i", forward: "i = 1/r", backward: "∂i = Σd·∂x̂" },
  normalize: { title: "Normalize", sign: "· i", symbol: "x̂", forward: "x̂ = d·i", backward: "∂x̂ = γ·∂z" },
  scale: { title: "Scale", sign: "· γ", symbol: "z", forward: "z = γ·x̂", backward: "∂z = ∂y" },
  shift: { title: "Shift", sign: "+ β", symbol: "y", forward: "y = z + β", backward: "∂y, from the loss" },
};

/** Equal values have a std of rounding errors, which says nothing. */
export const shownStd = ({ mean, std }: Pick<ExplainedStep["forward"], "mean" | "std">): number =>
  std <= 1e-12 * Math.abs(mean) ? 0 : std;

/** What is centred has a mean of rounding errors, which says no more. */
export const shownMean = ({ mean, std }: Pick<ExplainedStep["forward"], "mean" | "std">): number =>
  Math.abs(mean) <= 1e-12 * std ? 0 : mean;

/** Below this, three decimals would leave one digit of a std, and none of most values. */
const FEW_DIGITS = 0.00995;

/** As any readout, but with two digits of what is small, as the gradients of single values are: `1.2e−4`, where on a node `0.000` stands. */
export const formatStep = (value: number, scale: number = value): string => {
  if (!Number.isFinite(value) || Math.max(Math.abs(value), Math.abs(scale)) >= FEW_DIGITS)
    return formatReadout(value, scale);
  return value === 0 ? "0" : formatExponent(value);
};

/** `0.31` for one value or equal ones, `0.12 ± 1.40` for many. */
export const describeEdge = ({ count, mean, std }: ExplainedStep["forward"]): string =>
  count === 1 || shownStd({ mean, std }) === 0
    ? formatStep(mean)
    : `${formatStep(shownMean({ mean, std }), std)}${NO_BREAK_SPACE}±${NO_BREAK_SPACE}${formatStep(std)}`;

export const setWord = (sets: ExplainedNormalization["sets"]): string =>
  ({ channel: "Channel", sample: "Sample", group: "Group" })[sets];

/** `3,456 values: channel 4 of 20 in 64 of the 256 samples of the batch of step 120`. */
export const describeSet = (explanation: ExplainedNormalization): string => {
  const { sets, set, numSets, setSize, numSamples, batchSize, step } = explanation;
  const few = numSamples < batchSize;
  const of = few ? `first ${formatCount(numSamples)} of ${formatCount(batchSize)}` : formatCount(batchSize);
  const batch = `of the batch of step ${formatCount(step)}, with the weights after it`;
  const values = `${counted(setSize, "value")}: ${sets} ${formatCount(set + 1)} of`;
  // Where each sample is a set of its own, they are told once.
  if (sets === "sample") return `${values} the ${of} ${batch}`;
  return `${values} ${formatCount(numSets)} in the ${of} samples ${batch}`;
};
