/** Arguments of the kernels that pass over values: samples, activations, pooling, order. Words in the order of their classes in `assembly/`. */
import { dx, x, y } from "./tensors.ts";

export const gather = {
  ...y,
  yC: "pointer",
  height: "i32",
  width: "i32",
  channels: "i32",
  floats: "i32",
} as const;

export const block = {
  ...x,
  ...y,
  ...dx,
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

export const pool = {
  ...x,
  ...y,
  ...dx,
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

export const dropout = {
  ...x,
  ...y,
  height: "i32",
  width: "i32",
  channels: "i32",
  quads: "i32",
  key: "i32",
  rate: "f32",
  accumulate: "i32",
} as const;

export const activation = {
  ...x,
  ...y,
  ...dx,
  height: "i32",
  width: "i32",
  quads: "i32",
  tail: "i32",
  curve: "i32",
  parameter: "f32",
  accumulate: "i32",
} as const;

export const softmax = {
  ...x,
  ...y,
  dy: "pointer",
  dyN: "pointer",
  dyH: "pointer",
  dyW: "pointer",
  ...dx,
  height: "i32",
  width: "i32",
  quads: "i32",
  tail: "i32",
  whole: "i32",
  accumulate: "i32",
} as const;

export const noise = {
  ...x,
  ...y,
  height: "i32",
  width: "i32",
  channels: "i32",
  quads: "i32",
  key: "i32",
  std: "f32",
} as const;

export const permute = {
  x: "pointer",
  xN: "pointer",
  y: "pointer",
  yN: "pointer",
  from: "pointer",
  to: "pointer",
  count: "i32",
  clear: "pointer",
  accumulate: "i32",
} as const;

export const sum = {
  a: "pointer",
  aN: "pointer",
  aH: "pointer",
  b: "pointer",
  bN: "pointer",
  bH: "pointer",
  y: "pointer",
  yN: "pointer",
  yH: "pointer",
  height: "i32",
  rowBytes: "pointer",
} as const;

export const copyChannels = {
  ...x,
  ...y,
  height: "i32",
  width: "i32",
  channels: "i32",
  zeros: "i32",
  accumulate: "i32",
  parts: "i32",
  xPart: "pointer",
  yPart: "pointer",
} as const;

export const order = {
  x: "pointer",
  xN: "pointer",
  y: "pointer",
  yN: "pointer",
  from: "pointer",
  to: "pointer",
  count: "i32",
  clear: "i32",
  accumulate: "i32",
} as const;
