/** GELU: a value times the share of a normal distribution that lies below it. */
import { z } from "zod";
import { defineLayer } from "../layer.ts";
import { ONNX_INPUT, onnxNode } from "./onnxNodes.ts";
import { pointwise } from "./pointwise.ts";
import { torchFunction } from "./torchText.ts";

const params = z.strictObject({
  approximation: z
    .enum(["none", "tanh"])
    .default("none")
    .meta({
      title: "Approximation",
      description: "The exact function or the formula with tanh that BERT and GPT-2 use.",
      control: "select",
      labels: { none: "Exact (erf)", tanh: "Tanh" },
    }),
});

type Params = z.infer<typeof params>;

/** Below it a sum of positive terms, above it a continued fraction: both then converge to the last bits. */
const SERIES_LIMIT = 3;
const CONTINUED_FRACTION_DEPTH = 120;

/**
 * 1 − erf(z) for z ≥ 0, to about 1e-16 absolutely.
 *   z < 3:  erf z = 2/√π · e^(−z²) · Σ_n 2ⁿ z^(2n+1) / (1·3···(2n+1))        (Abramowitz & Stegun 7.1.6)
 *   z ≥ 3:  erfc z = e^(−z²)/√π · 1/(z + (1/2)/(z + 1/(z + (3/2)/(z + …))))   (Abramowitz & Stegun 7.1.14)
 */
const erfcOfPositive = (z: number): number => {
  if (z < SERIES_LIMIT) {
    let term = z;
    let sum = z;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
  }
  let fraction = z;
  for (let k = CONTINUED_FRACTION_DEPTH; k > 0; k--) fraction = z + k / 2 / fraction;
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / fraction;
};

/** Φ(x) = (1 + erf(x/√2)) / 2: the share of a standard normal distribution below x. */
const normalShareBelow = (x: number): number => {
  const tail = erfcOfPositive(Math.abs(x) * Math.SQRT1_2) / 2;
  return x < 0 ? tail : 1 - tail;
};

/** φ(x) = e^(−x²/2) / √(2π) = Φ′(x). */
const normalDensity = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** tanh of u(x) = √(2/π)·(x + 0.044715·x³), and u′. */
const tanhOfCubic = (x: number): number => Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
const cubicSlope = (x: number): number => Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);

export const gelu = defineLayer<Params>({
  kind: "gelu",
  title: "GELU",
  subtitle: "Gaussian error linear unit",
  family: "activation",
  formula: "x·Φ(x)",
  aliases: ["gaussian error linear", "erf", "transformer", "activation", "nonlinearity"],
  doc: [
    "Multiplies each value by the share of a standard normal distribution below it: `y = x·Φ(x)`, `Φ(x) = (1 + erf(x/√2)) / 2`. The gradient is",
    "`Φ(x) + x·φ(x)` with `φ(x) = e^(−x²/2) / √(2π)`. The tanh option computes `y = x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))`, which differs",
    "by at most 5e-4. Hendrycks & Gimpel, *Gaussian error linear units* (2016).",
  ].join("\n"),
  namePrefix: "gelu",
  params,
  summary: ({ approximation }) => (approximation === "tanh" ? "tanh approximation" : ""),
  // dy/dx = Φ(x) + x·φ(x);  tanh: (1 + t)/2 + x/2·(1 − t²)·u′.
  ...pointwise<Params>(
    (x, { approximation }) => (approximation === "tanh" ? 0.5 * x * (1 + tanhOfCubic(x)) : x * normalShareBelow(x)),
    (x, _y, { approximation }) => {
      if (approximation === "none") return normalShareBelow(x) + x * normalDensity(x);
      const t = tanhOfCubic(x);
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * cubicSlope(x);
    },
  ),
  torch: ({ approximation }) => ({
    call: torchFunction("F.gelu", ...(approximation === "tanh" ? ['approximate="tanh"'] : [])),
  }),
  // The operator of that name is younger than the operator set: x·(½ + ½·erf(x/√2)), or x·(½ + ½·tanh(√(2/π)·x·(1 + 0.044715·x²))).
  onnx: ({ approximation }) => {
    const half = { half: { shape: [], values: [0.5] } };
    const product = [
      onnxNode("Mul", ["curve", "half"], { value: "halved" }),
      onnxNode("Add", ["halved", "half"], { value: "share" }),
      onnxNode("Mul", [ONNX_INPUT, "share"]),
    ];
    if (approximation === "none") {
      return {
        nodes: [
          onnxNode("Mul", [ONNX_INPUT, "rootHalf"], { value: "scaled" }),
          onnxNode("Erf", ["scaled"], { value: "curve" }),
          ...product,
        ],
        constants: { ...half, rootHalf: { shape: [], values: [Math.SQRT1_2] } },
      };
    }
    return {
      nodes: [
        onnxNode("Mul", [ONNX_INPUT, ONNX_INPUT], { value: "square" }),
        onnxNode("Mul", ["square", "cubic"], { value: "bent" }),
        onnxNode("Add", ["bent", "one"], { value: "factor" }),
        onnxNode("Mul", [ONNX_INPUT, "factor"], { value: "sum" }),
        onnxNode("Mul", ["sum", "slope"], { value: "scaled" }),
        onnxNode("Tanh", ["scaled"], { value: "curve" }),
        ...product,
      ],
      constants: {
        ...half,
        one: { shape: [], values: [1] },
        cubic: { shape: [], values: [0.044715] },
        slope: { shape: [], values: [Math.sqrt(2 / Math.PI)] },
      },
    };
  },
  lower: ({ approximation }) => ({
    op: "activation",
    curve: approximation === "tanh" ? "geluTanh" : "gelu",
    parameter: 0,
  }),
});
