/** ELU: an exponential that levels off below 0. */
import { z } from "zod";
import { defineLayer } from "../layer.ts";
import { onnxOperator } from "./onnxNodes.ts";
import { pointwise } from "./pointwise.ts";
import { torchFunction } from "./torchText.ts";

const params = z.strictObject({
  alpha: z.number().min(0).max(10).default(1).meta({
    title: "Alpha",
    description: "Far below 0 the output levels off at −alpha.",
    control: "number",
  }),
});

type Params = z.infer<typeof params>;

export const elu = defineLayer<Params>({
  kind: "elu",
  title: "ELU",
  subtitle: "Exponential linear unit",
  family: "activation",
  formula: "x, α(eˣ−1)",
  aliases: ["exponential linear", "activation", "nonlinearity"],
  doc: [
    "Keeps positive values and lets negative ones level off at `−α`: `y = x` where `x > 0`, else `α·(eˣ − 1)`. Means of the activations move",
    "towards 0. The gradient is 1 where `x > 0`, else `α·eˣ = y + α`.",
    "Clevert, Unterthiner & Hochreiter, *Fast and accurate deep network learning by exponential linear units* (2015).",
  ].join("\n"),
  namePrefix: "elu",
  params,
  summary: ({ alpha }) => `alpha ${alpha}`,
  // dy/dx = 1 where x > 0, else α·eˣ.
  ...pointwise<Params>(
    (x, { alpha }) => (x <= 0 ? alpha * Math.expm1(x) : x),
    (x, _y, { alpha }) => (x <= 0 ? alpha * Math.exp(x) : 1),
  ),
  torch: ({ alpha }) => ({ call: torchFunction("F.elu", `${alpha}`) }),
  onnx: ({ alpha }) => onnxOperator("Elu", { alpha: { float: alpha } }),
  lower: ({ alpha }) => ({ op: "activation", curve: "elu", parameter: alpha }),
});
