/** Tanh: squashes values into −1 to 1. */
import { z } from "zod";
import { defineLayer } from "../layer.ts";
import { onnxOperator } from "./onnxNodes.ts";
import { pointwise } from "./pointwise.ts";
import { torchFunction } from "./torchText.ts";

const params = z.strictObject({});

type Params = z.infer<typeof params>;

export const tanh = defineLayer<Params>({
  kind: "tanh",
  title: "Tanh",
  subtitle: "Hyperbolic tangent",
  family: "activation",
  formula: "tanh x",
  aliases: ["hyperbolic tangent", "activation", "nonlinearity", "squash"],
  doc: [
    "Squashes each value into −1 to 1: `y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)`. Unlike the sigmoid it keeps 0 at 0. The gradient is `1 − y²`;",
    "far from 0 the curve is flat and gradients vanish. LeCun et al., *Efficient BackProp* (1998).",
  ].join("\n"),
  namePrefix: "tanh",
  params,
  summary: () => "",
  // dy/dx = 1 − y².
  ...pointwise<Params>(
    (x) => Math.tanh(x),
    (_x, y) => 1 - y * y,
  ),
  torch: () => ({ call: torchFunction("torch.tanh") }),
  onnx: () => onnxOperator("Tanh"),
  lower: () => ({ op: "activation", curve: "tanh", parameter: 0 }),
});
