/** Leaky ReLU: a small slope instead of zero below 0. */
import { z } from "zod";
import { defineLayer } from "../layer.ts";
import { onnxOperator } from "./onnxNodes.ts";
import { pointwise } from "./pointwise.ts";
import { torchFunction } from "./torchText.ts";

const params = z.strictObject({
  slope: z.number().min(0).max(1).default(0.01).meta({
    title: "Slope",
    description: "Slope below 0. PyTorch calls it negative_slope.",
    control: "number",
  }),
});

type Params = z.infer<typeof params>;

export const leakyRelu = defineLayer<Params>({
  kind: "leakyRelu",
  title: "Leaky ReLU",
  subtitle: "ReLU with a slope below zero",
  family: "activation",
  formula: "max(a·x, x)",
  aliases: ["lrelu", "activation", "nonlinearity"],
  doc: [
    "Keeps positive values and multiplies the others by a small slope `a`, so that no channel dies: `y = x` where `x > 0`, else `a·x`.",
    "The gradient is 1 where `x > 0`, else `a`. Maas, Hannun & Ng, *Rectifier nonlinearities improve neural network acoustic models* (2013).",
  ].join("\n"),
  namePrefix: "leakyRelu",
  params,
  summary: ({ slope }) => `slope ${slope}`,
  // dy/dx = 1 where x > 0, else slope.
  ...pointwise<Params>(
    (x, { slope }) => (x <= 0 ? slope * x : x),
    (x, _y, { slope }) => (x <= 0 ? slope : 1),
  ),
  torch: ({ slope }) => ({ call: torchFunction("F.leaky_relu", `${slope}`) }),
  onnx: ({ slope }) => onnxOperator("LeakyRelu", { alpha: { float: slope } }),
  lower: ({ slope }) => ({ op: "activation", curve: "leakyRelu", parameter: slope }),
});
