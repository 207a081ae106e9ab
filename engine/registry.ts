/** The list of kinds: one import and one entry each. Palette order within a family is the order here. */
import type { AnyLayer } from "./layer.ts";
import { add } from "./layers/add.ts";
import { batchNorm } from "./layers/batchNorm.ts";
import { concat } from "./layers/concat.ts";
import { conv2d } from "./layers/conv2d.ts";
import { dense } from "./layers/dense.ts";
import { dropout } from "./layers/dropout.ts";
import { elu } from "./layers/elu.ts";
import { flatten } from "./layers/flatten.ts";
import { gaussianNoise } from "./layers/gaussianNoise.ts";
import { gelu } from "./layers/gelu.ts";
import { globalAvgPool } from "./layers/globalAvgPool.ts";
import { groupNorm } from "./layers/groupNorm.ts";
import { input } from "./layers/input.ts";
import { layerNorm } from "./layers/layerNorm.ts";
import { leakyRelu } from "./layers/leakyRelu.ts";
import { output } from "./layers/output.ts";
import { pool2d } from "./layers/pool2d.ts";
import { relu } from "./layers/relu.ts";
import { reshape } from "./layers/reshape.ts";
import { sigmoid } from "./layers/sigmoid.ts";
import { silu } from "./layers/silu.ts";
import { softmax } from "./layers/softmax.ts";
import { tanh } from "./layers/tanh.ts";

export const layers: readonly AnyLayer[] = [
  input,
  output,
  conv2d,
  dense,
  batchNorm,
  layerNorm,
  groupNorm,
  relu,
  leakyRelu,
  elu,
  gelu,
  silu,
  sigmoid,
  tanh,
  softmax,
  pool2d,
  globalAvgPool,
  flatten,
  reshape,
  add,
  concat,
  dropout,
  gaussianNoise,
];

const byKind: ReadonlyMap<string, AnyLayer> = new Map(layers.map((layer) => [layer.kind, layer]));

/** The definition of a kind, or undefined when this version does not know it. */
export const layerOf = (kind: string): AnyLayer | undefined => byKind.get(kind);
