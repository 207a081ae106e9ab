/** BatchNorm: normalizes each channel (or feature) over the batch. */
import { z } from "zod";
import { defineLayer, learningParams, type ReferenceForward, type Shape, type Tensor } from "../layer.ts";
import { ok } from "../result.ts";
import { addTo, at, channelLayout, onlyInput, tensorNamed, zeros } from "./tensor.ts";

const params = z.strictObject({
  epsilon: z.number().positive().max(1).default(1e-5).meta({
    title: "Epsilon",
    description: "Added to the variance inside the root, so that a constant channel does not divide by zero.",
    control: "number",
  }),
  momentum: z.number().min(0).lt(1).default(0.9).meta({
    title: "Momentum",
    description: "Share of the old running value that each step keeps. PyTorch's momentum is 1 minus this one.",
    control: "number",
  }),
  ...learningParams,
});

type Params = z.infer<typeof params>;

const channelsOf = (inputs: readonly Shape[]): number => inputs[0]?.[0] ?? 0;

/** Mean and biased variance of each channel over batch and space, in two passes. */
const batchMoments = (x: Tensor): { mean: Float64Array; variance: Float64Array; count: number } => {
  const { numSamples, channels, inner } = channelLayout(x.shape);
  const count = numSamples * inner;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  x.data.forEach((value, index) => {
    addTo(mean, Math.floor(index / inner) % channels, value / count);
  });
  x.data.forEach((value, index) => {
    const c = Math.floor(index / inner) % channels;
    addTo(variance, c, (value - at(mean, c)) ** 2 / count);
  });
  return { mean, variance, count };
};

/** The moments that normalize: the batch's in training, the running ones in evaluation. */
const momentsOf = (call: ReferenceForward<Params>): { mean: Float64Array; variance: Float64Array } =>
  call.mode === "training"
    ? batchMoments(onlyInput(call.inputs))
    : { mean: tensorNamed(call.state, "runningMean").data, variance: tensorNamed(call.state, "runningVariance").data };

export const batchNorm = defineLayer<Params>({
  kind: "batchNorm",
  title: "BatchNorm",
  subtitle: "Batch normalization",
  family: "norm",
  formula: "over batch",
  aliases: ["batch normalization", "bn", "normalization", "normalisation"],
  doc: [
    "Normalizes each channel (of an image) or feature over the batch and space, then scales and shifts it:",
    "`x̂ = (x − mean) / √(variance + ε)`, `y = γ·x̂ + β`, with the biased variance. γ starts at 1, β at 0; both are learnt.",
    "In training mean and variance are those of the batch, and `running = momentum·running + (1 − momentum)·batch` is updated;",
    "evaluation uses the running values. PyTorch's momentum is the complement of this one and its running variance is unbiased.",
    "Ioffe & Szegedy, *Batch normalization* (2015), algorithms 1 and 2.",
  ].join("\n"),
  namePrefix: "bn",
  params,
  inputs: ["in"],
  outputs: ["out"],
  inferShape: (_params, inputs) => ok(inputs[0] ?? []),
  weights: (_params, inputs) => {
    const channels = channelsOf(inputs);
    const common = { shape: [channels], fanIn: channels, fanOut: channels, decays: false } as const;
    return [
      { ...common, name: "gamma", initializer: { name: "constant", value: 1 } },
      { ...common, name: "beta", initializer: { name: "constant", value: 0 } },
    ];
  },
  state: (_params, inputs) => [
    { name: "runningMean", shape: [channelsOf(inputs)], initial: 0 },
    { name: "runningVariance", shape: [channelsOf(inputs)], initial: 1 },
  ],
  multiplyAdds: () => 0,
  summary: ({ momentum }) => `momentum ${momentum}`,
  reference: {
    forward: (call) => {
      const { params: settings, inputs, weights, state, mode } = call;
      const x = onlyInput(inputs);
      const { channels, inner } = channelLayout(x.shape);
      const gamma = tensorNamed(weights, "gamma").data;
      const beta = tensorNamed(weights, "beta").data;
      const { mean, variance } = momentsOf(call);
      const output: Tensor = {
        shape: x.shape,
        data: x.data.map((value, index) => {
          const c = Math.floor(index / inner) % channels;
          return (at(gamma, c) * (value - at(mean, c))) / Math.sqrt(at(variance, c) + settings.epsilon) + at(beta, c);
        }),
      };
      if (mode === "evaluation") return { output };
      const blend = (running: Tensor, batch: Float64Array): Tensor => ({
        shape: running.shape,
        data: running.data.map((value, c) => settings.momentum * value + (1 - settings.momentum) * at(batch, c)),
      });
      return {
        output,
        state: {
          runningMean: blend(tensorNamed(state, "runningMean"), mean),
          runningVariance: blend(tensorNamed(state, "runningVariance"), variance),
        },
      };
    },
    // With x̂ = (x − μ)·s, s = 1/√(σ² + ε), g = dL/dy and sums over the m elements of a channel:
    //   dβ = Σ g,  dγ = Σ g·x̂,
    //   training (μ and σ² depend on x):  dx = γ·s·(g − dβ/m − x̂·dγ/m)
    //   evaluation (they are constants):  dx = γ·s·g
    // All gradients are fresh: overwrites and accumulates into nothing of the caller's. The running statistics carry no gradient.
    backward: (call) => {
      const { params: settings, inputs, weights, mode, outputGradient } = call;
      const x = onlyInput(inputs);
      const { numSamples, channels, inner } = channelLayout(x.shape);
      const count = numSamples * inner;
      const gamma = tensorNamed(weights, "gamma").data;
      const { mean, variance } = momentsOf(call);
      const scale = variance.map((value) => 1 / Math.sqrt(value + settings.epsilon));
      const gammaGradient = zeros([channels]);
      const betaGradient = zeros([channels]);
      outputGradient.data.forEach((gradient, index) => {
        const c = Math.floor(index / inner) % channels;
        addTo(gammaGradient.data, c, gradient * (at(x.data, index) - at(mean, c)) * at(scale, c));
        addTo(betaGradient.data, c, gradient);
      });
      const inputGradient: Tensor = {
        shape: x.shape,
        data: outputGradient.data.map((gradient, index) => {
          const c = Math.floor(index / inner) % channels;
          if (mode === "evaluation") return at(gamma, c) * at(scale, c) * gradient;
          const normalized = (at(x.data, index) - at(mean, c)) * at(scale, c);
          const centred =
            gradient - at(betaGradient.data, c) / count - (normalized * at(gammaGradient.data, c)) / count;
          return at(gamma, c) * at(scale, c) * centred;
        }),
      };
      return { inputs: [inputGradient], weights: { gamma: gammaGradient, beta: betaGradient } };
    },
  },
  lower: ({ epsilon, momentum }) => ({ op: "batchNorm", epsilon, momentum }),
});
