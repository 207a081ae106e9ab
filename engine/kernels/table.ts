/**
 * The kernels: one row each. `fields` are the words of a kernel's arguments in the order of its class in `assembly/`; the number of a
 * kernel is the module's own global `id_<name>`. The tests iterate over this table, so that no kernel goes without its reference.
 */

/** `pointer` is an address or a distance in bytes. */
export type FieldType = "pointer" | "i32" | "f32";

const gather = {
  y: "pointer",
  yN: "pointer",
  yH: "pointer",
  yW: "pointer",
  yC: "pointer",
  height: "i32",
  width: "i32",
  channels: "i32",
  floats: "i32",
} as const;

const contraction = {
  x: "pointer",
  xN: "pointer",
  y: "pointer",
  yN: "pointer",
  w: "pointer",
  bias: "pointer",
  k: "pointer",
  kEnd: "pointer",
  pixels: "pointer",
  numPixels: "i32",
  group: "i32",
  panels: "pointer",
  numPanels: "i32",
  accumulate: "i32",
} as const;

const weightGradient = {
  x: "pointer",
  xN: "pointer",
  dy: "pointer",
  dyN: "pointer",
  dw: "pointer",
  slotStride: "pointer",
  chunk: "i32",
  k: "pointer",
  kEnd: "pointer",
  pixels: "pointer",
  numPixels: "i32",
  group: "i32",
  panels: "pointer",
  numPanels: "i32",
} as const;

const product = {
  x: "pointer",
  xN: "pointer",
  y: "pointer",
  yN: "pointer",
  w: "pointer",
  bias: "pointer",
  runs: "pointer",
  numRuns: "i32",
  panels: "pointer",
  numPanels: "i32",
  accumulate: "i32",
} as const;

const productGradient = {
  x: "pointer",
  xN: "pointer",
  dy: "pointer",
  dyN: "pointer",
  dw: "pointer",
  runs: "pointer",
  numRuns: "i32",
  panels: "pointer",
  numPanels: "i32",
} as const;

const transposeWeights = {
  w: "pointer",
  wt: "pointer",
  inputs: "i32",
  k: "i32",
  outputs: "i32",
  taps: "pointer",
  numTaps: "i32",
} as const;

const channelSums = {
  x: "pointer",
  xN: "pointer",
  xH: "pointer",
  xW: "pointer",
  height: "i32",
  width: "i32",
  quads: "i32",
  sums: "pointer",
  slotStride: "pointer",
  chunk: "i32",
} as const;

const moments = {
  x: "pointer",
  xN: "pointer",
  xH: "pointer",
  xW: "pointer",
  height: "i32",
  width: "i32",
  quads: "i32",
  moments: "pointer",
  slotStride: "pointer",
  chunk: "i32",
} as const;

const batchStatistics = {
  moments: "pointer",
  slotStride: "pointer",
  chunk: "i32",
  area: "i32",
  quads: "i32",
  epsilon: "f32",
  gamma: "pointer",
  mean: "pointer",
  variance: "pointer",
  inverseStd: "pointer",
  scale: "pointer",
} as const;

const runningStatistics = {
  mean: "pointer",
  variance: "pointer",
  bias: "pointer",
  runningMean: "pointer",
  runningVariance: "pointer",
  momentum: "f32",
  quads: "i32",
} as const;

const evaluationStatistics = {
  runningMean: "pointer",
  runningVariance: "pointer",
  bias: "pointer",
  gamma: "pointer",
  epsilon: "f32",
  quads: "i32",
  mean: "pointer",
  scale: "pointer",
  inverseStd: "pointer",
} as const;

const batchNormGradient = {
  sums: "pointer",
  slotStride: "pointer",
  chunk: "i32",
  area: "i32",
  quads: "i32",
  inverseStd: "pointer",
  scale: "pointer",
  gammaGradient: "pointer",
  betaGradient: "pointer",
  slope: "pointer",
  shift: "pointer",
} as const;

const block = {
  x: "pointer",
  xN: "pointer",
  xH: "pointer",
  xW: "pointer",
  y: "pointer",
  yN: "pointer",
  yH: "pointer",
  yW: "pointer",
  dx: "pointer",
  dxN: "pointer",
  dxH: "pointer",
  dxW: "pointer",
  height: "i32",
  width: "i32",
  quads: "i32",
  outHeight: "i32",
  outWidth: "i32",
  pool: "i32",
  poolHeight: "i32",
  poolWidth: "i32",
  mean: "pointer",
  scale: "pointer",
  beta: "pointer",
  relu: "i32",
  sums: "pointer",
  slotStride: "pointer",
  chunk: "i32",
  slope: "pointer",
  shift: "pointer",
  accumulate: "i32",
} as const;

const groupNorm = {
  x: "pointer",
  xN: "pointer",
  xH: "pointer",
  xW: "pointer",
  y: "pointer",
  yN: "pointer",
  yH: "pointer",
  yW: "pointer",
  dx: "pointer",
  dxN: "pointer",
  dxH: "pointer",
  dxW: "pointer",
  height: "i32",
  width: "i32",
  quads: "i32",
  tailOffset: "pointer",
  tailWidth: "i32",
  tailLanes: "i32",
  groups: "i32",
  lanes: "i32",
  count: "i32",
  epsilon: "f32",
  gamma: "pointer",
  beta: "pointer",
  gammaH: "pointer",
  gammaW: "pointer",
  statistics: "pointer",
  gammaGradient: "pointer",
  betaGradient: "pointer",
  slotStride: "pointer",
  chunk: "i32",
  accumulate: "i32",
} as const;

const pool = {
  x: "pointer",
  xN: "pointer",
  xH: "pointer",
  xW: "pointer",
  y: "pointer",
  yN: "pointer",
  yH: "pointer",
  yW: "pointer",
  dx: "pointer",
  dxN: "pointer",
  dxH: "pointer",
  dxW: "pointer",
  height: "i32",
  width: "i32",
  quads: "i32",
  outHeight: "i32",
  outWidth: "i32",
  pool: "i32",
  poolHeight: "i32",
  poolWidth: "i32",
  strideHeight: "i32",
  strideWidth: "i32",
  padTop: "i32",
  padLeft: "i32",
  accumulate: "i32",
} as const;

const dropout = {
  x: "pointer",
  xN: "pointer",
  xH: "pointer",
  xW: "pointer",
  y: "pointer",
  yN: "pointer",
  yH: "pointer",
  yW: "pointer",
  height: "i32",
  width: "i32",
  channels: "i32",
  quads: "i32",
  key: "i32",
  rate: "f32",
  accumulate: "i32",
} as const;

const softmaxLoss = {
  logits: "pointer",
  logitsN: "pointer",
  probabilities: "pointer",
  probabilitiesN: "pointer",
  gradient: "pointer",
  gradientN: "pointer",
  classes: "i32",
  rowLoss: "pointer",
  rowCorrect: "pointer",
} as const;

const lossTotal = {
  rowLoss: "pointer",
  rowCorrect: "pointer",
} as const;

const update = {
  w: "pointer",
  gradient: "pointer",
  slotStride: "pointer",
  chunk: "i32",
  k: "i32",
  quads: "i32",
  decays: "i32",
  rateFactor: "f32",
  scale: "pointer",
  m: "pointer",
  v: "pointer",
} as const;

const gradientSquares = {
  gradient: "pointer",
  slotStride: "pointer",
  chunk: "i32",
  k: "i32",
  quads: "i32",
  squares: "pointer",
  next: "pointer",
} as const;

const gradientClip = { first: "pointer", scale: "pointer" } as const;

const view = {
  x: "pointer",
  xN: "pointer",
  xH: "pointer",
  xW: "pointer",
  height: "i32",
  width: "i32",
  quads: "i32",
  pixelQuads: "i32",
  channels: "i32",
  mean: "pointer",
  scale: "pointer",
  beta: "pointer",
  relu: "i32",
  records: "pointer",
  slotStride: "pointer",
  chunk: "i32",
  lanesOut: "pointer",
  node: "pointer",
  counts: "pointer",
  countsStride: "pointer",
} as const;

const winograd = {
  x: "pointer",
  xN: "pointer",
  xH: "pointer",
  xW: "pointer",
  height: "i32",
  width: "i32",
  inputs: "i32",
  inQuads: "i32",
  borderTop: "i32",
  borderLeft: "i32",
  borderBottom: "i32",
  borderRight: "i32",
  y: "pointer",
  yN: "pointer",
  yH: "pointer",
  yW: "pointer",
  outHeight: "i32",
  outWidth: "i32",
  outputs: "i32",
  outQuads: "i32",
  dx: "pointer",
  dxN: "pointer",
  dxH: "pointer",
  dxW: "pointer",
  accumulate: "i32",
  padTop: "i32",
  padLeft: "i32",
  kernelHeight: "i32",
  kernelWidth: "i32",
  tilesHigh: "i32",
  tilesWide: "i32",
  tiles: "i32",
  w: "pointer",
  u: "pointer",
  uPoint: "pointer",
  ut: "pointer",
  utPoint: "pointer",
  bias: "pointer",
  du: "pointer",
  slotStride: "pointer",
  chunk: "i32",
  dw: "pointer",
} as const;

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
  product: { fields: product, computes: "y = bias + x · w: dense, and its input gradient" },
  productGradient: { fields: productGradient, computes: "dw = Σ x · dy over samples: dense" },
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
  softmaxLoss: { fields: softmaxLoss, computes: "probabilities, cross-entropy and its gradient" },
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
  viewMoments: { fields: view, computes: "moments, extremes, zeros and non-finite values per lane, per chunk of rows" },
  viewTotals: { fields: view, computes: "the same for the node, and the range of its histogram" },
  viewHistogram: { fields: view, computes: "counts over 64 bins, per chunk of rows" },
  viewNonFinite: { fields: view, computes: "number of values that are NaN or Inf, per chunk of rows" },
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
