/** Gaussian noise: adds a random number to each value in training. */
import { z } from "zod";
import { defineLayer, type RandomStream } from "../layer.ts";
import { ok } from "../result.ts";
import { onnxIdentity } from "./onnxNodes.ts";
import { mapTensor, onlyInput } from "./tensor.ts";

const params = z.strictObject({
  std: z.number().min(0).max(100).default(0.1).meta({
    title: "Std",
    description: "Standard deviation of the noise that is added at each step.",
    control: "number",
  }),
});

type Params = z.infer<typeof params>;

/** One standard normal number of two uniform ones: √(−2·ln(1 − u₁))·cos(2π·u₂) (Box & Muller 1958). 1 − u₁ is never 0. */
const normalOf = (random: RandomStream): number => {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
};

export const gaussianNoise = defineLayer<Params>({
  kind: "gaussianNoise",
  title: "Gaussian noise",
  subtitle: "Noise in training",
  family: "regularization",
  formula: "x + σ·n",
  aliases: ["noise", "regularization", "jitter", "denoising"],
  doc: [
    "In training adds to each value a random number from a normal distribution with mean 0: `y = x + std·n`. Evaluation passes the values through",
    "unchanged; so does the gradient. The numbers depend on seed, node, step and place alone. Bishop, *Training with noise is equivalent to Tikhonov",
    "regularization* (1995).",
  ].join("\n"),
  namePrefix: "noise",
  params,
  inputs: ["in"],
  outputs: ["out"],
  inferShape: (_params, inputs) => ok(inputs[0] ?? []),
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: ({ std }) => `std ${std}`,
  reference: {
    forward: ({ params: { std }, inputs, mode, random }) => {
      const x = onlyInput(inputs);
      if (mode === "evaluation") return { output: { shape: x.shape, data: x.data.slice() } };
      return { output: mapTensor(x, (value) => value + std * normalOf(random)) };
    },
    // dx = g: the noise does not depend on x. Fresh tensor.
    backward: ({ outputGradient }) => ({ inputs: [mapTensor(outputGradient, (gradient) => gradient)], weights: {} }),
  },
  torch: ({ std }) => ({ call: ([x = ""]) => `${x} + ${std} * torch.randn_like(${x}) if self.training else ${x}` }),
  onnx: () => onnxIdentity,
  lower: ({ std }) => ({ op: "gaussianNoise", std }),
});
