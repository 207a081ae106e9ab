/** The initializers as documents name them. `engine/train/initializers.ts` draws, from the same variances. */
import { type Initializer, initializerSchema } from "../layer.ts";

export type InitializerName = Initializer["name"];

export interface InitializerFacts {
  readonly title: string;
  /** The distribution, and its source. */
  readonly formula: string;
  readonly doc: string;
  /** What it is when it is chosen. */
  readonly start: Initializer;
}

const HE = "He et al., *Delving deep into rectifiers* (2015). Keeps the size of signals through ReLU layers.";
const GLOROT =
  "Glorot & Bengio, *Understanding the difficulty of training deep feedforward neural networks* (2010). Keeps signals and gradients in size through layers that are nearly linear, as tanh is near 0.";
const LECUN = "LeCun et al., *Efficient BackProp* (1998). Keeps the size of signals through linear layers.";

export const initializers: { readonly [Name in InitializerName]: InitializerFacts } = {
  heNormal: { title: "He normal", formula: "N(0, 2 / fanIn)", doc: HE, start: { name: "heNormal" } },
  heUniform: { title: "He uniform", formula: "U(±√(6 / fanIn))", doc: HE, start: { name: "heUniform" } },
  xavierNormal: {
    title: "Xavier normal",
    formula: "N(0, 2 / (fanIn + fanOut))",
    doc: GLOROT,
    start: { name: "xavierNormal" },
  },
  xavierUniform: {
    title: "Xavier uniform",
    formula: "U(±√(6 / (fanIn + fanOut)))",
    doc: GLOROT,
    start: { name: "xavierUniform" },
  },
  lecunNormal: { title: "LeCun normal", formula: "N(0, 1 / fanIn)", doc: LECUN, start: { name: "lecunNormal" } },
  lecunUniform: { title: "LeCun uniform", formula: "U(±√(3 / fanIn))", doc: LECUN, start: { name: "lecunUniform" } },
  normal: {
    title: "Normal",
    formula: "N(0, std²)",
    doc: "One standard deviation for every layer, whatever its size: what the tutorials on BatchNorm sweep.",
    start: { name: "normal", std: 0.01 },
  },
  uniform: {
    title: "Uniform",
    formula: "U(±limit)",
    doc: "Equally likely between −limit and limit in every layer.",
    start: { name: "uniform", limit: 0.05 },
  },
  zeros: {
    title: "Zeros",
    formula: "0",
    doc: "All units of a layer stay alike: for weights that should begin without effect, and to see that nothing learns from it.",
    start: { name: "zeros" },
  },
};

/** In the order in which they are offered. */
export const initializerNames = initializerSchema.options.flatMap((option) => {
  const { name } = option.shape;
  return "options" in name ? name.options : [name.value];
});
