/**
 * The kernels: one row each. `fields` are the words of a kernel's arguments in the order of its class in `assembly/`; the number of a
 * kernel is the module's own global `id_<name>`. The tests iterate over this table, so that no kernel goes without its reference.
 */

import {
  batchNormGradient,
  batchStatistics,
  evaluationStatistics,
  groupNorm,
  moments,
  runningStatistics,
} from "./fields/normalization.ts";
import {
  channelSums,
  contraction,
  depthwise,
  narrowGradient,
  product,
  productGradient,
  sparse,
  transposeWeights,
  weightGradient,
} from "./fields/products.ts";
import { gradientMoments, normalized, normVectors, view, weightView } from "./fields/statistics.ts";
import { gradientClip, gradientSquares, lossTotal, softmaxLoss, squaredLoss, update } from "./fields/training.ts";
import {
  activation,
  block,
  copyChannels,
  dropout,
  gather,
  noise,
  order,
  permute,
  pool,
  softmax,
  sum,
} from "./fields/values.ts";
import { winograd } from "./fields/winograd.ts";

/** `pointer` is an address or a distance in bytes. */
export type FieldType = "pointer" | "i32" | "f32";

export const kernelTable = {
  gather: { fields: gather, computes: "images[indices[n]] · scale[c] + offset[c], NCHW to NHWC, augmented" },
  contraction: {
    fields: contraction,
    computes: "y = bias + x ∗ w: convolution, and its input gradient",
  },
  weightGradient: {
    fields: weightGradient,
    computes: "dw = Σ x · dy over samples and pixels, per chunk of rows or in all",
  },
  depthwise: { fields: depthwise, computes: "y = bias + x ∗ w channel by channel, and its input gradient" },
  depthwiseGradient: {
    fields: depthwise,
    computes: "w = Σ x · y over samples and pixels, channel by channel, per chunk of rows or in all",
  },
  product: { fields: product, computes: "y = bias + x · w: dense, and its input gradient" },
  productGradient: { fields: productGradient, computes: "dw = Σ x · dy over samples: dense" },
  narrowGradient: {
    fields: narrowGradient,
    computes: "dw = Σ x · dy over samples, by inputs: dense, nine to twelve outputs",
  },
  // x' = x − b is 0 where the dataset holds 0. A value of w or dy that is not finite reaches all samples or terms, as NaN or ±Inf.
  background: { fields: sparse, computes: "b[k] = what a stored 0 becomes" },
  emptySample: { fields: sparse, computes: "e = bias + Σ b[k] · w[k]" },
  sparseProduct: { fields: sparse, computes: "y = e + x' · w over values that are not 0, where they are few" },
  listStrips: { fields: sparse, computes: "for every six terms, the samples with a value of x' that is not 0" },
  sparseGradient: { fields: sparse, computes: "dw[k] = b[k] · Σ dy + Σ x' · dy over the listed samples" },
  transposeWeights: {
    fields: transposeWeights,
    computes: "wt = w with inputs and outputs swapped, for the input gradient",
  },
  channelSums: { fields: channelSums, computes: "Σ x per channel: a bias gradient" },
  channelMoments: { fields: moments, computes: "mean and Σ(x − mean)² per channel, per chunk of rows" },
  batchStatistics: { fields: batchStatistics, computes: "batch mean, variance, 1/√(σ² + ε) and γ/√(σ² + ε)" },
  runningStatistics: { fields: runningStatistics, computes: "running ← momentum · running + (1 − momentum) · batch" },
  evaluationStatistics: {
    fields: evaluationStatistics,
    computes: "mean and scale of evaluation from the running statistics",
  },
  batchNormGradient: { fields: batchNormGradient, computes: "dγ, dβ and the coefficients of dx" },
  blockForward: { fields: block, computes: "y = pool(relu(normalize(x))), each step optional" },
  blockGradientSums: { fields: block, computes: "Σ g and Σ g·(x − mean) per channel, g = dL/d(normalized)" },
  blockGradient: { fields: block, computes: "dx = scale·g + slope·(x − mean) + shift" },
  groupNormForward: { fields: groupNorm, computes: "y = γ·(x − mean)·s + β over groups within each sample" },
  groupNormGradient: { fields: groupNorm, computes: "dx, and dγ and dβ per chunk of rows" },
  poolForward: { fields: pool, computes: "max or average over any windows" },
  poolGradient: { fields: pool, computes: "dx of max or average over any windows" },
  dropout: { fields: dropout, computes: "y = x · mask(key, step, element)" },
  activationForward: { fields: activation, computes: "y = f(x): leaky ReLU, ELU, GELU, SiLU, sigmoid, tanh" },
  activationGradient: { fields: activation, computes: "dx = dy · f′" },
  softmaxForward: { fields: softmax, computes: "softmax over the channels of each pixel, or over all of a sample" },
  softmaxGradient: { fields: softmax, computes: "dx = y · (dy − Σ dy · y)" },
  noise: { fields: noise, computes: "y = x + std · normal(key, step, element)" },
  permute: { fields: permute, computes: "y[to[i]] = x[from[i]], or added to it" },
  softmaxLoss: { fields: softmaxLoss, computes: "probabilities, cross-entropy and its gradient" },
  squaredLoss: { fields: squaredLoss, computes: "predictions, squared error and its gradient" },
  sum: { fields: sum, computes: "y = a + b" },
  copyChannels: {
    fields: copyChannels,
    computes: "parts of the channels of x as parts of those of y, or added to them",
  },
  order: { fields: order, computes: "values of x in another order, or added to y in it" },
  lossTotal: { fields: lossTotal, computes: "loss and correct predictions of the batch" },
  sgd: { fields: update, computes: "w ← w − η·(g + λ·w)" },
  momentum: { fields: update, computes: "m ← μ·m + g, w ← w − η·m, with L2 in the gradient" },
  nesterov: { fields: update, computes: "m ← μ·m + g, w ← w − η·(g + μ·m), with L2 in the gradient" },
  adagrad: { fields: update, computes: "m ← m + g², w ← w − η·g / (√m + ε), with L2 in the gradient" },
  rmsprop: { fields: update, computes: "m ← ρ·m + (1 − ρ)·g², w ← w − η·g / (√m + ε), with L2 in the gradient" },
  adam: { fields: update, computes: "Kingma & Ba with L2 in the gradient" },
  adamw: { fields: update, computes: "Loshchilov & Hutter: Adam, and w ← w − η·λ·w beside it" },
  gradientSquares: { fields: gradientSquares, computes: "Σ g² over each quad of channels" },
  gradientClip: { fields: gradientClip, computes: "min(1, c / ‖g‖) over the gradients of all tensors" },
  viewShift: { fields: view, computes: "a value near the mean of each lane" },
  viewMoments: {
    fields: view,
    computes: "Σd and Σd², extremes, zeros and non-finite values per lane, per chunk of rows",
  },
  viewTotals: { fields: view, computes: "moments of lanes, channels and node, and ranges of their histograms" },
  viewHistogram: { fields: view, computes: "counts over 64 bins, per chunk of rows" },
  viewCounts: { fields: view, computes: "counts over 64 bins, of the batch" },
  viewNonFinite: { fields: view, computes: "number of values that are NaN or Inf, per chunk of rows" },
  viewOutside: { fields: view, computes: "number of finite values ≤ low or ≥ high, per chunk of rows" },
  weightView: { fields: weightView, computes: "moments of a tensor of weights, and counts over 64 bins" },
  gradientMoments: { fields: gradientMoments, computes: "Σg and Σg² of a node's output gradient, per chunk of rows" },
  normVectors: { fields: normVectors, computes: "a copy of what a batch norm holds by channel" },
  normalizedRanges: { fields: normalized, computes: "ranges of the histograms of x, batch norm and ReLU" },
  normalizedView: { fields: normalized, computes: "the sums and counts of all three, per chunk of rows" },
  // A value that is not finite reaches all outputs of the tiles it lies in, as NaN or ±Inf; never is one finite that isn't in `contraction`.
  winogradForward: { fields: winograd, computes: "y = bias + x ∗ w by Winograd's algorithm, tiles of 6 × 6" },
  winogradGradient: {
    fields: winograd,
    computes: "its input gradient, and Σ (Bᵀ x B) ⊙ (A dy Aᵀ) per chunk of rows",
  },
  winogradWeights: { fields: winograd, computes: "G w Gᵀ, and the same with inputs and outputs swapped" },
  winogradWeightGradient: { fields: winograd, computes: "dw = Gᵀ (Σ over the chunks) G" },
} as const satisfies Readonly<
  Record<string, { readonly fields: Readonly<Record<string, FieldType>>; readonly computes: string }>
>;

export type KernelName = keyof typeof kernelTable;

/** The names of a kernel's arguments. */
export type FieldOf<K extends KernelName> = keyof (typeof kernelTable)[K]["fields"] & string;
