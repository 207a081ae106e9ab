/** ReLU: lets positive values through. */
import { z } from "zod";
import { defineLayer } from "../layer.ts";
import { ok } from "../result.ts";
import { onnxOperator } from "./onnxNodes.ts";
import { at, mapTensor, onlyInput } from "./tensor.ts";
import { torchFunction } from "./torchText.ts";

const params = z.strictObject({});

type Params = z.infer<typeof params>;

export const relu = defineLayer<Params>({
  kind: "relu",
  title: "ReLU",
  subtitle: "Rectified linear unit",
  family: "activation",
  formula: "max(0, x)",
  aliases: ["rectifier", "activation", "nonlinearity"],
  doc: [
    "Keeps positive values and sets the rest to zero: `y = max(0, x)`. The gradient passes where `x > 0` and is 0 elsewhere, also at",
    "`x = 0`. NaN passes through. Nair & Hinton, *Rectified linear units improve restricted Boltzmann machines* (2010).",
  ].join("\n"),
  namePrefix: "relu",
  params,
  inputs: ["in"],
  outputs: ["out"],
  inferShape: (_params, inputs) => ok(inputs[0] ?? []),
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: () => "",
  reference: {
    // `x <= 0 ? 0 : x` and not `x > 0 ? x : 0`: the second would turn NaN into 0 and hide it.
    forward: ({ inputs }) => ({ output: mapTensor(onlyInput(inputs), (x) => (x <= 0 ? 0 : x)) }),
    // dx = g where x > 0, else 0. Fresh tensor; accumulates into nothing.
    backward: ({ inputs, outputGradient }) => {
      const x = onlyInput(inputs);
      return {
        inputs: [mapTensor(outputGradient, (gradient, index) => (at(x.data, index) <= 0 ? 0 : gradient))],
        weights: {},
      };
    },
  },
  torch: () => ({ call: torchFunction("F.relu") }),
  onnx: () => onnxOperator("Relu"),
  lower: () => ({ op: "relu" }),
});
