/** Arguments of the kernels that measure. Words in the order of their classes in `assembly/`. */
import { x, y } from "./tensors.ts";

export const view = {
  ...x,
  height: "i32",
  width: "i32",
  quads: "i32",
  pixelQuads: "i32",
  channels: "i32",
  mean: "pointer",
  scale: "pointer",
  beta: "pointer",
  relu: "i32",
  shift: "pointer",
  bias: "pointer",
  shiftRelu: "i32",
  records: "pointer",
  slotStride: "pointer",
  chunk: "i32",
  lanesOut: "pointer",
  channelsOut: "pointer",
  period: "i32",
  twin: "pointer",
  twinPeriod: "i32",
  node: "pointer",
  ranged: "i32",
  counts: "pointer",
  countsStride: "pointer",
  fine: "i32",
  low: "f32",
  high: "f32",
} as const;

export const weightView = {
  w: "pointer",
  vectors: "i32",
  lanes: "pointer",
  record: "pointer",
} as const;

export const gradientMoments = {
  ...x,
  height: "i32",
  width: "i32",
  quads: "i32",
  channels: "i32",
  ...y,
  records: "pointer",
  chunk: "i32",
} as const;

export const normVectors = {
  mean: "pointer",
  variance: "pointer",
  bias: "pointer",
  runningMean: "pointer",
  runningVariance: "pointer",
  gamma: "pointer",
  beta: "pointer",
  quads: "i32",
  record: "pointer",
} as const;

export const normalized = {
  ...x,
  height: "i32",
  width: "i32",
  quads: "i32",
  pixelQuads: "i32",
  channels: "i32",
  mean: "pointer",
  scale: "pointer",
  beta: "pointer",
  variance: "pointer",
  bias: "pointer",
  records: "pointer",
  slotStride: "pointer",
  outputStride: "pointer",
  chunk: "i32",
  node: "pointer",
  normNode: "pointer",
  reluNode: "pointer",
  counts: "pointer",
  countsStride: "pointer",
  fineCounts: "pointer",
  fineCountsStride: "pointer",
} as const;
