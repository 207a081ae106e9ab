/** The list of kinds: one import and one entry each. Palette order within a family is the order here. */
import type { AnyLayer } from "./layer.ts";
import { batchNorm } from "./layers/batchNorm.ts";
import { conv2d } from "./layers/conv2d.ts";
import { dense } from "./layers/dense.ts";
import { dropout } from "./layers/dropout.ts";
import { flatten } from "./layers/flatten.ts";
import { groupNorm } from "./layers/groupNorm.ts";
import { input } from "./layers/input.ts";
import { layerNorm } from "./layers/layerNorm.ts";
import { output } from "./layers/output.ts";
import { pool2d } from "./layers/pool2d.ts";
import { relu } from "./layers/relu.ts";

export const layers: readonly AnyLayer[] = [
  input,
  output,
  conv2d,
  dense,
  batchNorm,
  layerNorm,
  groupNorm,
  relu,
  pool2d,
  flatten,
  dropout,
];

const byKind: ReadonlyMap<string, AnyLayer> = new Map(layers.map((layer) => [layer.kind, layer]));

/** The definition of a kind, or undefined when this version does not know it. */
export const layerOf = (kind: string): AnyLayer | undefined => byKind.get(kind);
