/** Dense: every output is a weighted sum of all inputs. */
import { z } from "zod";
import { counted, defineLayer, initializerSchema, learningParams, type Shape } from "../layer.ts";
import { ok } from "../result.ts";
import { expectFlat } from "./flat.ts";
import { ONNX_INPUT, onnxNode } from "./onnxNodes.ts";
import { addTo, at, onlyInput, tensorNamed, zeros } from "./tensor.ts";
import { torchCall } from "./torchText.ts";

const params = z.strictObject({
  units: z.int().min(1).max(1_048_576).default(128).meta({
    title: "Units",
    description: "Number of outputs.",
    control: "number",
  }),
  bias: z.boolean().default(true).meta({
    title: "Bias",
    description: "Adds a learnt value to each output. A BatchNorm right after the layer cancels it.",
    control: "toggle",
  }),
  initializer: z
    .union([z.strictObject({ name: z.literal("document") }), initializerSchema])
    .default({ name: "document" })
    .meta({
      title: "Initializer",
      description: "How the weights start. Document takes the initializer of the training settings.",
      control: "initializer",
    }),
  ...learningParams,
});

type Params = z.infer<typeof params>;

const featuresOf = (inputs: readonly Shape[]): number => inputs[0]?.[0] ?? 0;

export const dense = defineLayer<Params>({
  kind: "dense",
  title: "Dense",
  subtitle: "Fully connected",
  family: "linear",
  formula: "Wx + b",
  aliases: ["linear", "fully connected", "fc", "affine", "perceptron"],
  doc: [
    "Every output is a weighted sum of all inputs: `y = W·x + b`. Weights are stored as outputs × inputs, as PyTorch's `Linear` does.",
    "It expects a flat input; put a Flatten between an image and it.",
  ].join("\n"),
  namePrefix: "fc",
  params,
  inputs: ["in"],
  outputs: ["out"],
  widthParam: "units",
  inferShape: ({ units }, inputs) => {
    const flat = expectFlat(inputs);
    return flat.ok ? ok([units]) : flat;
  },
  weights: ({ units, bias, initializer }, inputs) => {
    const fanIn = featuresOf(inputs);
    return [
      { name: "weight", shape: [units, fanIn], initializer, fanIn, fanOut: units, decays: true },
      ...(bias
        ? [
            {
              name: "bias",
              shape: [units],
              initializer: { name: "constant", value: 0 },
              fanIn,
              fanOut: units,
              decays: false,
            } as const,
          ]
        : []),
    ];
  },
  state: () => [],
  multiplyAdds: ({ units }, inputs) => units * featuresOf(inputs),
  summary: ({ units }) => counted(units, "unit"),
  reference: {
    // y[n,o] = b[o] + Σ_i w[o,i]·x[n,i]
    forward: ({ params: { units, bias }, inputs, weights }) => {
      const x = onlyInput(inputs);
      const weight = tensorNamed(weights, "weight").data;
      const values = x.data;
      const [numSamples = 0, features = 0] = x.shape;
      const y = zeros([numSamples, units]);
      for (let n = 0; n < numSamples; n++) {
        for (let o = 0; o < units; o++) {
          let sum = bias ? at(tensorNamed(weights, "bias").data, o) : 0;
          // Arrays are read in place where a reference spends its time.
          for (let i = 0; i < features; i++) {
            sum += (weight[o * features + i] ?? Number.NaN) * (values[n * features + i] ?? Number.NaN);
          }
          y.data[n * units + o] = sum;
        }
      }
      return { output: y };
    },
    // dx[n,i] = Σ_o g[n,o]·w[o,i];  dw[o,i] = Σ_n g[n,o]·x[n,i];  db[o] = Σ_n g[n,o]. Accumulates into fresh zeroed tensors.
    backward: ({ params: { units, bias }, inputs, weights, outputGradient }) => {
      const x = onlyInput(inputs);
      const { shape: weightShape, data: weight } = tensorNamed(weights, "weight");
      const [numSamples = 0, features = 0] = x.shape;
      const values = x.data;
      const inputGradient = zeros(x.shape);
      const weightGradient = zeros(weightShape);
      const [toInput, toWeight] = [inputGradient.data, weightGradient.data];
      const biasGradient = zeros([units]);
      for (let n = 0; n < numSamples; n++) {
        for (let o = 0; o < units; o++) {
          const gradient = at(outputGradient.data, n * units + o);
          addTo(biasGradient.data, o, gradient);
          for (let i = 0; i < features; i++) {
            const input = n * features + i;
            const tap = o * features + i;
            toInput[input] = (toInput[input] ?? Number.NaN) + gradient * (weight[tap] ?? Number.NaN);
            toWeight[tap] = (toWeight[tap] ?? Number.NaN) + gradient * (values[input] ?? Number.NaN);
          }
        }
      }
      return {
        inputs: [inputGradient],
        weights: bias ? { weight: weightGradient, bias: biasGradient } : { weight: weightGradient },
      };
    },
  },
  torch: ({ units, bias }, [input = []]) => ({
    module: torchCall("nn.Linear", [input[0] ?? 0, units], { bias: bias ? null : "False" }),
    tensors: { weight: "weight", ...(bias && { bias: "bias" }) },
  }),
  onnx: ({ bias }) => ({
    nodes: [
      onnxNode("Gemm", [ONNX_INPUT, "weight", ...(bias ? ["bias"] : [])], { attributes: { transB: { int: 1 } } }),
    ],
  }),
  lower: ({ units, bias }) => ({ op: "dense", units, bias }),
});
