/**
 * Normalization taken apart: the primitive operations that BatchNorm, LayerNorm and GroupNorm are made of, forward and backward, over
 * the m values of one set (a channel over the batch, a sample, a group of its channels), in float64.
 *
 *   μ = Σx/m   d = x − μ   q = d²   v = Σq/m   s = v + ε   r = √s   i = 1/r   x̂ = d·i   z = γ·x̂   y = z + β
 *
 * The gradient of each is what flows back into it: the chain rule, one operation at a time. The formula that layers compute in one go,
 *
 *   dx = i·(g − Σg/m − x̂·Σ(g·x̂)/m),  g = γ·dy,
 *
 * follows by putting them together (Ioffe & Szegedy 2015, section 3; the graph is that of Kratzert 2016).
 */

export interface NormalizedSet {
  readonly x: Float64Array;
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  readonly epsilon: number;
  /** dL/dy. */
  readonly outputGradient: Float64Array;
}

export const stepIds = [
  "input",
  "mean",
  "centre",
  "square",
  "variance",
  "epsilon",
  "root",
  "reciprocal",
  "normalize",
  "scale",
  "shift",
] as const;

export type StepId = (typeof stepIds)[number];

/** Values on the edge that leaves a step; one value where it is the same for the whole set. */
export interface StepValues {
  readonly id: StepId;
  readonly forward: Float64Array;
  /** dL/d(forward): of all ways that lead on. */
  readonly gradient: Float64Array;
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/** What follows from the values on one edge, the others being made anew; the edges before it stay as they are. */
const forwardFrom = (set: NormalizedSet, from: StepId, moved: Float64Array): Record<StepId, Float64Array> => {
  const { x, gamma, beta, epsilon } = set;
  const m = x.length;
  const start = stepIds.indexOf(from);
  const values: Partial<Record<StepId, Float64Array>> = {};
  const make = (id: StepId, compute: () => Float64Array): Float64Array => {
    const found = stepIds.indexOf(id) === start ? moved : compute();
    values[id] = found;
    return found;
  };
  const one = (value: number): Float64Array => Float64Array.of(value);
  const input = make("input", () => x);
  const [mean = 0] = make("mean", () => one(sumOf(input) / m));
  const centred = make("centre", () => input.map((value) => value - mean));
  const squares = make("square", () => centred.map((value) => value * value));
  const [variance = 0] = make("variance", () => one(sumOf(squares) / m));
  const [widened = 0] = make("epsilon", () => one(variance + epsilon));
  const [root = 0] = make("root", () => one(Math.sqrt(widened)));
  const [reciprocal = 0] = make("reciprocal", () => one(1 / root));
  const normalized = make("normalize", () => centred.map((value) => value * reciprocal));
  const scaled = make("scale", () => normalized.map((value, at) => value * (gamma[at] ?? 0)));
  make("shift", () => scaled.map((value, at) => value + (beta[at] ?? 0)));
  return values as Record<StepId, Float64Array>;
};

/** All steps, in the order of the forward pass. */
export const normalizationSteps = (set: NormalizedSet): StepValues[] => {
  const { x, gamma, outputGradient } = set;
  const m = x.length;
  const forward = forwardFrom(set, "input", x);
  const [root = 0] = forward.root;
  const [reciprocal = 0] = forward.reciprocal;
  const dShift = outputGradient;
  // + β passes it on.
  const dScale = dShift;
  const dNormalize = dScale.map((value, at) => value * (gamma[at] ?? 0));
  // · i: to the reciprocal, one sum over the set, and to the centred values.
  const dReciprocal = dNormalize.reduce((sum, value, at) => sum + value * (forward.centre[at] ?? 0), 0);
  const dRoot = -dReciprocal * reciprocal * reciprocal;
  const dEpsilon = dRoot / (2 * root);
  const dVariance = dEpsilon;
  const dSquare = new Float64Array(m).fill(dVariance / m);
  const dCentre = dNormalize.map(
    (value, at) => value * reciprocal + (dSquare[at] ?? 0) * 2 * (forward.centre[at] ?? 0),
  );
  const dMean = -sumOf(dCentre);
  const dInput = dCentre.map((value) => value + dMean / m);
  const gradients: Record<StepId, Float64Array> = {
    input: dInput,
    mean: Float64Array.of(dMean),
    centre: dCentre,
    square: dSquare,
    variance: Float64Array.of(dVariance),
    epsilon: Float64Array.of(dEpsilon),
    root: Float64Array.of(dRoot),
    reciprocal: Float64Array.of(dReciprocal),
    normalize: dNormalize,
    scale: dScale,
    shift: dShift,
  };
  return stepIds.map((id) => ({ id, forward: forward[id], gradient: gradients[id] }));
};

/** dL/dx by the formula in one go. */
export const fusedInputGradient = (set: NormalizedSet): Float64Array => {
  const { x, gamma, outputGradient } = set;
  const m = x.length;
  const { normalize, reciprocal } = forwardFrom(set, "input", x);
  const g = outputGradient.map((value, at) => value * (gamma[at] ?? 0));
  const mean = sumOf(g) / m;
  const along = g.reduce((sum, value, at) => sum + value * (normalize[at] ?? 0), 0) / m;
  return g.map((value, at) => (reciprocal[0] ?? 0) * (value - mean - (normalize[at] ?? 0) * along));
};

export interface StepCheck {
  readonly checked: number;
  /** |analytic − numeric| / max(|analytic|, |numeric|, a thousandth of the largest gradient of the edge). */
  readonly relativeError: number;
}

const MOST_CHECKED = 8;

/** Compares the gradient on an edge with difference quotients (Richardson) of L = Σ dy·y, moving what that edge carries. */
export const checkStep = (set: NormalizedSet, step: StepValues): StepCheck => {
  const { outputGradient } = set;
  const lossOf = (moved: Float64Array): Float64Array => forwardFrom(set, step.id, moved).shift;
  const size = Math.sqrt(step.forward.reduce((sum, value) => sum + value * value, 0) / step.forward.length) || 1;
  const h = 1e-3 * size;
  const floor = 1e-3 * step.gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const count = Math.min(MOST_CHECKED, step.forward.length);
  let relativeError = 0;
  for (let number = 0; number < count; number++) {
    const element = Math.floor((number * step.forward.length) / count);
    const quotient = (by: number): number => {
      const at = (offset: number): Float64Array =>
        lossOf(step.forward.map((value, index) => (index === element ? value + offset : value)));
      const [up, down] = [at(by), at(-by)];
      return (
        outputGradient.reduce((sum, value, index) => sum + value * ((up[index] ?? 0) - (down[index] ?? 0)), 0) /
        (2 * by)
      );
    };
    const numeric = (4 * quotient(h / 2) - quotient(h)) / 3;
    const analytic = step.gradient[element] ?? Number.NaN;
    const distance = Math.abs(analytic - numeric);
    const error = distance === 0 ? 0 : distance / Math.max(Math.abs(analytic), Math.abs(numeric), floor);
    relativeError = Math.max(relativeError, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }
  return { checked: count, relativeError };
};
