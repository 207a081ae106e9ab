/** Sigmoid: squashes values into 0 to 1. */
import { z } from "zod";
import { defineLayer } from "../layer.ts";
import { onnxOperator } from "./onnxNodes.ts";
import { pointwise } from "./pointwise.ts";
import { torchFunction } from "./torchText.ts";

const params = z.strictObject({});

type Params = z.infer<typeof params>;

export const sigmoid = defineLayer<Params>({
  kind: "sigmoid",
  title: "Sigmoid",
  subtitle: "Logistic function",
  family: "activation",
  formula: "1/(1+e⁻ˣ)",
  aliases: ["logistic", "activation", "nonlinearity", "squash"],
  doc: [
    "Squashes each value into 0 to 1: `y = 1 / (1 + e⁻ˣ)`. The gradient is `y·(1 − y)`, at most 1/4; far from 0 the curve is flat and",
    "gradients vanish. Rumelhart, Hinton & Williams, *Learning representations by back-propagating errors* (1986).",
  ].join("\n"),
  namePrefix: "sigmoid",
  params,
  summary: () => "",
  // dy/dx = y·(1 − y).
  ...pointwise<Params>(
    (x) => 1 / (1 + Math.exp(-x)),
    (_x, y) => y * (1 - y),
  ),
  torch: () => ({ call: torchFunction("torch.sigmoid") }),
  onnx: () => onnxOperator("Sigmoid"),
  lower: () => ({ op: "activation", curve: "sigmoid", parameter: 0 }),
});
