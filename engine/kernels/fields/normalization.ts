/** Arguments of the kernels of batch, layer and group norm. Words in the order of their classes in `assembly/`. */
import { dx, x, y } from "./tensors.ts";

export const moments = {
  ...x,
  height: "i32",
  width: "i32",
  quads: "i32",
  moments: "pointer",
  slotStride: "pointer",
  chunk: "i32",
} as const;

export const batchStatistics = {
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

export const runningStatistics = {
  mean: "pointer",
  variance: "pointer",
  bias: "pointer",
  runningMean: "pointer",
  runningVariance: "pointer",
  momentum: "f32",
  quads: "i32",
} as const;

export const evaluationStatistics = {
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

export const batchNormGradient = {
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

export const groupNorm = {
  ...x,
  ...y,
  ...dx,
  height: "i32",
  width: "i32",
  quads: "i32",
  quadBytes: "pointer",
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
