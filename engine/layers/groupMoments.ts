/**
 * Normalization within a sample, in float64: layer norm (all of it is one group), group norm and instance norm (channels in groups).
 * A group is a run of a sample's elements, channels first.
 */
import type { ReferenceBackward, ReferenceForward, ReferenceGradients, ReferenceOutput, Shape } from "../layer.ts";
import { elementsOf } from "../layer.ts";
import { type AffineParams, affineGradients, affineOf } from "./affine.ts";
import { addTo, at, mapTensor, onlyInput, zeros } from "./tensor.ts";

interface GroupParams extends AffineParams {
  readonly epsilon: number;
}

export interface Groups {
  readonly numGroups: number;
  /** Of γ and β: the sample's own, or one value a channel. */
  readonly affineShape: Shape;
}

/** How elements of a batch are counted: which group each is in, and which γ and β it takes. */
const indexing = (shape: Shape, groups: Groups) => {
  const [numSamples = 0, ...sample] = shape;
  const size = elementsOf(sample);
  const count = size / groups.numGroups;
  const numAffine = elementsOf(groups.affineShape);
  const perAffine = size / numAffine;
  return {
    count,
    numGroups: numSamples * groups.numGroups,
    numAffine,
    groupOf: (index: number): number => Math.floor(index / count),
    affineAt: (index: number): number => Math.floor((index % size) / perAffine),
  };
};

/** Mean and 1/√(biased variance + ε) of each group of each sample, in two passes. */
const groupMoments = (call: ReferenceForward<GroupParams>, groups: Groups) => {
  const x = onlyInput(call.inputs);
  const { count, numGroups, groupOf } = indexing(x.shape, groups);
  const mean = new Float64Array(numGroups);
  const variance = new Float64Array(numGroups);
  x.data.forEach((value, index) => {
    addTo(mean, groupOf(index), value / count);
  });
  x.data.forEach((value, index) => {
    addTo(variance, groupOf(index), (value - at(mean, groupOf(index))) ** 2 / count);
  });
  return { mean, inverseStd: variance.map((value) => 1 / Math.sqrt(value + call.params.epsilon)) };
};

/** x̂ = (x − mean) / √(variance + ε),  y = γ·x̂ + β. */
export const normalizeGroups = (call: ReferenceForward<GroupParams>, groups: Groups): ReferenceOutput => {
  const x = onlyInput(call.inputs);
  const { numAffine, groupOf, affineAt } = indexing(x.shape, groups);
  const { gamma, beta } = affineOf(call.weights, numAffine);
  const { mean, inverseStd } = groupMoments(call, groups);
  return {
    output: mapTensor(x, (value, index) => {
      const group = groupOf(index);
      return at(gamma, affineAt(index)) * (value - at(mean, group)) * at(inverseStd, group) + at(beta, affineAt(index));
    }),
  };
};

/**
 * With x̂ = (x − μ)·s, s = 1/√(σ² + ε), g = dL/dy and M elements a group; μ and σ² depend on x in training and evaluation alike:
 *   dβ = Σ g,  dγ = Σ g·x̂  over the elements that share them,
 *   dx = s·(γg − Σγg/M − x̂·Σ(γg·x̂)/M)  with sums over the group.
 * All gradients are fresh: overwrites and accumulates into nothing of the caller's.
 */
export const groupGradients = (call: ReferenceBackward<GroupParams>, groups: Groups): ReferenceGradients => {
  const x = onlyInput(call.inputs);
  const { count, numGroups, numAffine, groupOf, affineAt } = indexing(x.shape, groups);
  const { gamma } = affineOf(call.weights, numAffine);
  const { mean, inverseStd } = groupMoments(call, groups);
  const normalized = x.data.map((value, index) => (value - at(mean, groupOf(index))) * at(inverseStd, groupOf(index)));
  const gammaGradient = zeros(groups.affineShape);
  const betaGradient = zeros(groups.affineShape);
  const sums = new Float64Array(numGroups);
  const products = new Float64Array(numGroups);
  call.outputGradient.data.forEach((gradient, index) => {
    const affine = affineAt(index);
    addTo(betaGradient.data, affine, gradient);
    addTo(gammaGradient.data, affine, gradient * at(normalized, index));
    addTo(sums, groupOf(index), at(gamma, affine) * gradient);
    addTo(products, groupOf(index), at(gamma, affine) * gradient * at(normalized, index));
  });
  const inputGradient = mapTensor(call.outputGradient, (gradient, index) => {
    const group = groupOf(index);
    const centred =
      at(gamma, affineAt(index)) * gradient -
      at(sums, group) / count -
      (at(normalized, index) * at(products, group)) / count;
    return at(inverseStd, group) * centred;
  });
  return { inputs: [inputGradient], weights: affineGradients(call.params, gammaGradient, betaGradient) };
};
