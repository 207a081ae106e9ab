/** Arguments of the kernels that multiply and add: convolutions, dense layers, and what prepares them. Words in the order of their classes in `assembly/`. */
import { x, y } from "./tensors.ts";

export const contraction = {
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
  parts: "i32",
  xPart: "pointer",
  yPart: "pointer",
  wPart: "pointer",
  biasPart: "pointer",
} as const;

export const weightGradient = {
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
  walk: "i32",
  panels: "pointer",
  numPanels: "i32",
  parts: "i32",
  xPart: "pointer",
  dyPart: "pointer",
  dwPart: "pointer",
} as const;

export const product = {
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
  tasks: "pointer",
  chunk: "i32",
} as const;

export const narrowGradient = {
  x: "pointer",
  xN: "pointer",
  dy: "pointer",
  dyN: "pointer",
  dw: "pointer",
  runs: "pointer",
  numRuns: "i32",
  panels: "pointer",
  numPanels: "i32",
  walk: "i32",
} as const;

export const productGradient = {
  ...narrowGradient,
  packs: "i32",
  tasks: "pointer",
  chunk: "i32",
  terms: "i32",
} as const;

export const sparse = {
  x: "pointer",
  xN: "pointer",
  y: "pointer",
  yN: "pointer",
  w: "pointer",
  background: "pointer",
  empty: "pointer",
  bias: "pointer",
  terms: "i32",
  panels: "pointer",
  numPanels: "i32",
  tasks: "pointer",
  chunk: "i32",
  channels: "i32",
  area: "i32",
  termC: "i32",
  termI: "i32",
  dy: "pointer",
  dyN: "pointer",
  dw: "pointer",
  lists: "pointer",
  listBytes: "pointer",
  ends: "pointer",
} as const;

export const transposeWeights = {
  w: "pointer",
  wt: "pointer",
  inputs: "i32",
  k: "i32",
  outputs: "i32",
  taps: "pointer",
  numTaps: "i32",
  parts: "i32",
  wPart: "pointer",
  wtPart: "pointer",
} as const;

export const depthwise = {
  ...x,
  ...y,
  height: "i32",
  width: "i32",
  quads: "i32",
  w: "pointer",
  wC: "pointer",
  bias: "pointer",
  passes: "pointer",
  numPasses: "i32",
  accumulate: "i32",
  slotStride: "pointer",
  chunk: "i32",
} as const;

export const channelSums = {
  ...x,
  height: "i32",
  width: "i32",
  quads: "i32",
  sums: "pointer",
  slotStride: "pointer",
  chunk: "i32",
} as const;
