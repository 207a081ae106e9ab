/** SiLU: a value times its sigmoid. */
import { z } from "zod";
import { defineLayer } from "../layer.ts";
import { ONNX_INPUT, onnxNode } from "./onnxNodes.ts";
import { pointwise } from "./pointwise.ts";
import { torchFunction } from "./torchText.ts";

const params = z.strictObject({});

type Params = z.infer<typeof params>;

const sigmoidOf = (x: number): number => 1 / (1 + Math.exp(-x));

export const silu = defineLayer<Params>({
  kind: "silu",
  title: "SiLU",
  subtitle: "Sigmoid linear unit",
  family: "activation",
  formula: "x·σ(x)",
  aliases: ["swish", "sigmoid linear", "activation", "nonlinearity"],
  doc: [
    "Multiplies each value by its sigmoid: `y = x·σ(x)` with `σ(x) = 1 / (1 + e⁻ˣ)`; also known as Swish. Smooth, a little below 0 for",
    "negative values. The gradient is `σ(x)·(1 + x·(1 − σ(x)))`. Elfwing, Uchibe & Doya, *Sigmoid-weighted linear units for neural network",
    "function approximation in reinforcement learning* (2017); Ramachandran, Zoph & Le, *Searching for activation functions* (2017).",
  ].join("\n"),
  namePrefix: "silu",
  params,
  summary: () => "",
  // dy/dx = σ + x·σ·(1 − σ) = σ·(1 + x·(1 − σ)).
  ...pointwise<Params>(
    (x) => x * sigmoidOf(x),
    (x) => sigmoidOf(x) * (1 + x * (1 - sigmoidOf(x))),
  ),
  torch: () => ({ call: torchFunction("F.silu") }),
  onnx: () => ({
    nodes: [onnxNode("Sigmoid", [ONNX_INPUT], { value: "gate" }), onnxNode("Mul", [ONNX_INPUT, "gate"])],
  }),
  lower: () => ({ op: "activation", curve: "silu", parameter: 0 }),
});
