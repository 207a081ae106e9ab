/** Flatten: an image as one vector. */
import { z } from "zod";
import { defineLayer, elementsOf, formatShape } from "../layer.ts";
import { ok } from "../result.ts";
import { onnxOperator } from "./onnxNodes.ts";
import { onlyInput } from "./tensor.ts";

const params = z.strictObject({});

type Params = z.infer<typeof params>;

export const flatten = defineLayer<Params>({
  kind: "flatten",
  title: "Flatten",
  subtitle: "Image to vector",
  family: "shape",
  formula: "C·H·W",
  aliases: ["reshape", "view", "vector"],
  doc: "Lays the values of a sample out as one vector, channel by channel and row by row: `C×H×W` becomes `C·H·W`. No value changes.",
  namePrefix: "flatten",
  rarelyRepeated: true,
  compact: true,
  params,
  inputs: ["in"],
  outputs: ["out"],
  inferShape: (_params, inputs) => ok([elementsOf(inputs[0] ?? [])]),
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: (_params, [input = null], output) =>
    input === null || output === null ? "" : `${formatShape(input)} → ${formatShape(output)}, same values`,
  reference: {
    forward: ({ inputs }) => {
      const x = onlyInput(inputs);
      const [numSamples = 0, ...rest] = x.shape;
      return { output: { shape: [numSamples, elementsOf(rest)], data: x.data.slice() } };
    },
    // The gradient keeps its values and takes the input's shape back. Fresh tensor.
    backward: ({ inputs, outputGradient }) => ({
      inputs: [{ shape: onlyInput(inputs).shape, data: outputGradient.data.slice() }],
      weights: {},
    }),
  },
  torch: () => ({ call: ([x = ""]) => `${x}.flatten(1)` }),
  onnx: () => onnxOperator("Flatten", { axis: { int: 1 } }),
  lower: () => ({ op: "flatten" }),
});
