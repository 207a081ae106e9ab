/** Dropout: sets a random share of the values to zero in training. */
import { z } from "zod";
import { defineLayer } from "../layer.ts";
import { ok } from "../result.ts";
import { onnxIdentity } from "./onnxNodes.ts";
import { at, mapTensor, onlyInput } from "./tensor.ts";

const params = z.strictObject({
  rate: z.number().min(0).max(0.99).default(0.5).meta({
    title: "Rate",
    description: "Share of the values that are set to zero at each step.",
    control: "number",
  }),
});

type Params = z.infer<typeof params>;

export const dropout = defineLayer<Params>({
  kind: "dropout",
  title: "Dropout",
  subtitle: "Random zeros in training",
  family: "regularization",
  formula: "m·x/(1−p)",
  aliases: ["regularization", "noise", "mask"],
  doc: [
    "In training sets each value to zero with probability `rate` and divides the others by `1 − rate`, so that the expected value stays",
    "the same (inverted dropout): `y = m·x / (1 − p)`. Evaluation passes the values through unchanged.",
    "Srivastava et al., *Dropout: a simple way to prevent neural networks from overfitting* (2014).",
  ].join("\n"),
  namePrefix: "dropout",
  params,
  inputs: ["in"],
  outputs: ["out"],
  inferShape: (_params, inputs) => ok(inputs[0] ?? []),
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: ({ rate }) => `rate ${rate}`,
  reference: {
    forward: ({ params: { rate }, inputs, mode, random }) => {
      const x = onlyInput(inputs);
      if (mode === "evaluation") return { output: { shape: x.shape, data: x.data.slice() } };
      const mask = x.data.map(() => (random() < rate ? 0 : 1 / (1 - rate)));
      // A product and not a choice: NaN and Inf at a dropped place stay visible.
      return { output: mapTensor(x, (value, index) => value * at(mask, index)), saved: { mask } };
    },
    // dx = m·g with the mask of the forward pass; evaluation: dx = g. Fresh tensor.
    backward: ({ saved: { mask }, outputGradient }) => ({
      inputs: [
        mapTensor(outputGradient, (gradient, index) => (mask === undefined ? gradient : gradient * at(mask, index))),
      ],
      weights: {},
    }),
  },
  torch: ({ rate }) => ({ module: `nn.Dropout(${rate})` }),
  onnx: () => onnxIdentity,
  lower: ({ rate }) => ({ op: "dropout", rate }),
});
