/** The start of every weight and state. Normals are not truncated (PyTorch's convention; Keras truncates at two deviations). */
import type { Program, ProgramLayer } from "../compile/compiled.ts";
import { elementsOf, type Initializer, type RandomStream, type WeightSpec } from "../layer.ts";
import type { NamedTensor } from "./network.ts";
import { createNormal, createStream } from "./rng.ts";

/**
 * How an initializer draws: a normal of this standard deviation, or uniform in ±limit.
 *
 *   He (2015):      Var = 2 / fanIn                 Glorot & Bengio (2010): Var = 2 / (fanIn + fanOut)
 *   LeCun (1998):   Var = 1 / fanIn                 uniform in ±limit:      Var = limit² / 3
 */
type Distribution =
  | { readonly shape: "normal"; readonly std: number }
  | { readonly shape: "uniform"; readonly limit: number }
  | { readonly shape: "constant"; readonly value: number };

const distributionOf = (
  initializer: Initializer | { readonly name: "constant"; readonly value: number },
  fanIn: number,
  fanOut: number,
): Distribution => {
  switch (initializer.name) {
    case "heNormal":
      return { shape: "normal", std: Math.sqrt(2 / fanIn) };
    case "heUniform":
      return { shape: "uniform", limit: Math.sqrt(6 / fanIn) };
    case "xavierNormal":
      return { shape: "normal", std: Math.sqrt(2 / (fanIn + fanOut)) };
    case "xavierUniform":
      return { shape: "uniform", limit: Math.sqrt(6 / (fanIn + fanOut)) };
    case "lecunNormal":
      return { shape: "normal", std: Math.sqrt(1 / fanIn) };
    case "lecunUniform":
      return { shape: "uniform", limit: Math.sqrt(3 / fanIn) };
    case "normal":
      return { shape: "normal", std: initializer.std };
    case "uniform":
      return { shape: "uniform", limit: initializer.limit };
    case "zeros":
      return { shape: "constant", value: 0 };
    case "constant":
      return { shape: "constant", value: initializer.value };
  }
};

/** Draws a weight tensor in float64 and rounds to float32. */
export const initialWeights = (
  spec: WeightSpec,
  documentInitializer: Initializer,
  uniform: RandomStream,
): Float32Array => {
  const initializer = spec.initializer.name === "document" ? documentInitializer : spec.initializer;
  const distribution = distributionOf(initializer, spec.fanIn, spec.fanOut);
  const data = new Float32Array(elementsOf(spec.shape));
  if (distribution.shape === "constant") return data.fill(distribution.value);
  if (distribution.shape === "uniform") {
    for (let i = 0; i < data.length; i++) data[i] = (2 * uniform() - 1) * distribution.limit;
    return data;
  }
  const normal = createNormal(uniform);
  for (let i = 0; i < data.length; i++) data[i] = normal() * distribution.std;
  return data;
};

const layerTensors = (layer: ProgramLayer, documentInitializer: Initializer, seed: number): NamedTensor[] => [
  ...layer.weights.map((spec) => {
    const name = `${layer.nodeId}.${spec.name}`;
    return {
      name,
      shape: spec.shape,
      data: initialWeights(spec, documentInitializer, createStream(seed, `weights:${name}`)),
    };
  }),
  ...layer.state.map((spec) => ({
    name: `${layer.nodeId}.${spec.name}`,
    shape: spec.shape,
    data: new Float32Array(elementsOf(spec.shape)).fill(spec.initial),
  })),
];

/** Every weight and state of a program before its first step. Each tensor has a stream of its own. */
export const initialTensors = (program: Program, documentInitializer: Initializer, seed: number): NamedTensor[] =>
  program.layers.flatMap((layer) => layerTensors(layer, documentInitializer, seed));
