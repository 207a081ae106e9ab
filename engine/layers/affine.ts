/** What the normalizing kinds share: epsilon, and the scale γ and shift β that follow, each of which may be left out. */
import { z } from "zod";
import { elementsOf, formatShape, type LayerProblem, type Shape, type Tensor, type WeightSpec } from "../layer.ts";

export const epsilonParam = z.number().positive().max(1).default(1e-5).meta({
  title: "Epsilon",
  description: "Added to the variance inside the root, so that constant values do not divide by zero.",
  control: "number",
});

export const scaleParam = z.boolean().default(true).meta({
  title: "Scale γ",
  description: "Learn a factor γ after normalizing.",
  control: "toggle",
});

export const shiftParam = z.boolean().default(true).meta({
  title: "Shift β",
  description: "Learn a summand β after normalizing.",
  control: "toggle",
});

export interface AffineParams {
  readonly scale: boolean;
  readonly shift: boolean;
}

/** γ and β of one shape, those that there are. γ starts at `initialGamma`, β at 0; weight decay leaves them alone. */
export const affineWeights = (params: AffineParams, shape: Shape, initialGamma = 1): readonly WeightSpec[] => {
  const size = elementsOf(shape);
  const common = { shape, fanIn: size, fanOut: size, decays: false } as const;
  return [
    ...(params.scale
      ? [{ ...common, name: "gamma", initializer: { name: "constant", value: initialGamma } } as const]
      : []),
    ...(params.shift ? [{ ...common, name: "beta", initializer: { name: "constant", value: 0 } } as const] : []),
  ];
};

/** γ and β, 1 and 0 where they are left out. */
export const affineOf = (
  weights: Readonly<Record<string, Tensor>>,
  size: number,
): { readonly gamma: Float64Array; readonly beta: Float64Array } => ({
  gamma: weights.gamma?.data ?? new Float64Array(size).fill(1),
  beta: weights.beta?.data ?? new Float64Array(size),
});

/** The gradients of those weights that there are. */
export const affineGradients = (
  params: AffineParams,
  gamma: Tensor,
  beta: Tensor,
): Readonly<Record<string, Tensor>> => ({ ...(params.scale ? { gamma } : {}), ...(params.shift ? { beta } : {}) });

/** A sample of one value: normalized within itself it is 0 whatever comes in. */
export const oneValue = (shape: Shape): LayerProblem => ({
  code: "LS201",
  text: `expects several values a sample to normalize but receives ${formatShape(shape)}.`,
  badge: "one value a sample",
});
