/** Arguments of the kernels of losses and of updates. Words in the order of their classes in `assembly/`. */

export const softmaxLoss = {
  logits: "pointer",
  logitsN: "pointer",
  probabilities: "pointer",
  probabilitiesN: "pointer",
  gradient: "pointer",
  gradientN: "pointer",
  classes: "i32",
  smoothing: "f32",
  rowLoss: "pointer",
  rowCorrect: "pointer",
} as const;

export const squaredLoss = {
  x: "pointer",
  xN: "pointer",
  y: "pointer",
  yN: "pointer",
  gradient: "pointer",
  gradientN: "pointer",
  width: "i32",
  rowLoss: "pointer",
  rowCorrect: "pointer",
} as const;

export const lossTotal = {
  rowLoss: "pointer",
  rowCorrect: "pointer",
} as const;

export const update = {
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
  moments: "pointer",
  quadsOfTask: "i32",
  record: "pointer",
  lanes: "pointer",
} as const;

export const gradientSquares = {
  gradient: "pointer",
  slotStride: "pointer",
  chunk: "i32",
  k: "i32",
  quads: "i32",
  squares: "pointer",
  next: "pointer",
} as const;

export const gradientClip = { first: "pointer", scale: "pointer" } as const;
