/** BatchNorm: normalizes each channel (or feature) over the batch. */
import { z } from "zod";
import { defineLayer, elementsOf, learningParams, type ReferenceForward, type Shape, type Tensor } from "../layer.ts";
import { ok } from "../result.ts";
import { affineGradients, affineOf, affineWeights, epsilonParam, scaleParam, shiftParam } from "./affine.ts";
import { ONNX_INPUT, onnxAffine, onnxNode } from "./onnxNodes.ts";
import { addTo, at, channelLayout, onlyInput, tensorNamed, zeros } from "./tensor.ts";
import { torchAffine, torchCall, torchEpsilon } from "./torchText.ts";

const params = z.strictObject({
  epsilon: epsilonParam,
  momentum: z.number().min(0).lt(1).default(0.9).meta({
    title: "Momentum",
    description: "Share of the old running value that each step keeps. PyTorch's momentum is 1 minus this one.",
    control: "number",
  }),
  scale: scaleParam,
  shift: shiftParam,
  initialGamma: z.number().min(-100).max(100).default(1).meta({
    title: "Initial γ",
    description: "What the scale starts at. 0 lets a residual branch begin as nothing.",
    control: "number",
  }),
  statistics: z
    .enum(["batch", "running"])
    .default("batch")
    .meta({
      title: "Statistics",
      description:
        "What training normalizes by: the batch's mean and variance, or the running values, which then stay as they are.",
      control: "select",
      labels: { batch: "of the batch", running: "running values" },
    }),
  ...learningParams,
  trainable: learningParams.trainable.meta({
    title: "Trainable",
    description: "Off: frozen. γ, β and the running values stay, and training normalizes by the running values.",
    control: "toggle",
  }),
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

/** Whether a step of training normalizes by its batch, and the running values follow it. */
const followsBatch = ({ statistics, trainable }: Params): boolean => statistics === "batch" && trainable;

/** Whether this pass does. */
const usesBatch = ({ params: settings, mode }: ReferenceForward<Params>): boolean =>
  mode === "training" && followsBatch(settings);

/** The moments that normalize. */
const momentsOf = (call: ReferenceForward<Params>): { mean: Float64Array; variance: Float64Array } =>
  usesBatch(call)
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
    "`x̂ = (x − mean) / √(variance + ε)`, `y = γ·x̂ + β`, with the biased variance. γ starts at 1, β at 0; both are learnt, either can be left out.",
    "In training mean and variance are those of the batch, and `running = momentum·running + (1 − momentum)·batch` is updated;",
    "evaluation uses the running values. PyTorch's momentum is the complement of this one and its running variance is unbiased.",
    "With statistics *running* training too normalizes by the running values, which stay as they are (0 and 1 in a new net), and no gradient goes",
    "through them: what PyTorch's `eval()` does to the layer. Not trainable, γ and β stay as well: Keras's `trainable = False`.",
    "Ioffe & Szegedy, *Batch normalization* (2015), algorithms 1 and 2. γ from 0: Goyal et al., *Accurate, large minibatch SGD* (2017), section 5.1.",
  ].join("\n"),
  namePrefix: "bn",
  params,
  inputs: ["in"],
  outputs: ["out"],
  inferShape: (_params, inputs) => ok(inputs[0] ?? []),
  checkBatch: (settings, inputs, batchSize) =>
    followsBatch(settings) && batchSize * elementsOf((inputs[0] ?? []).slice(1)) === 1
      ? {
          code: "LS206",
          text: "has one value of each feature in a batch of 1, so its variance is 0 and its output β. Use a larger batch, or LayerNorm.",
          badge: "one value a feature",
          fix: { type: "setBatchSize", value: 32 },
        }
      : null,
  weights: (settings, inputs) => affineWeights(settings, [channelsOf(inputs)], settings.initialGamma),
  state: (_params, inputs) => [
    { name: "runningMean", shape: [channelsOf(inputs)], initial: 0 },
    { name: "runningVariance", shape: [channelsOf(inputs)], initial: 1 },
  ],
  multiplyAdds: () => 0,
  summary: ({ momentum, statistics, trainable }) => {
    if (!trainable) return "frozen";
    return statistics === "batch" ? `momentum ${momentum}` : "running values";
  },
  reference: {
    forward: (call) => {
      const { params: settings, inputs, weights, state, mode } = call;
      const x = onlyInput(inputs);
      const { channels, inner } = channelLayout(x.shape);
      const { gamma, beta } = affineOf(weights, channels);
      const { mean, variance } = momentsOf(call);
      const output: Tensor = {
        shape: x.shape,
        data: x.data.map((value, index) => {
          const c = Math.floor(index / inner) % channels;
          return (at(gamma, c) * (value - at(mean, c))) / Math.sqrt(at(variance, c) + settings.epsilon) + at(beta, c);
        }),
      };
      if (mode === "evaluation") return { output };
      if (!followsBatch(settings)) return { output, state };
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
    //   statistics of the batch (μ and σ² depend on x):  dx = γ·s·(g − dβ/m − x̂·dγ/m)
    //   running values (they are constants):             dx = γ·s·g
    // All gradients are fresh: overwrites and accumulates into nothing of the caller's. The running statistics carry no gradient.
    backward: (call) => {
      const { params: settings, inputs, weights, outputGradient } = call;
      const x = onlyInput(inputs);
      const { numSamples, channels, inner } = channelLayout(x.shape);
      const count = numSamples * inner;
      const { gamma } = affineOf(weights, channels);
      const { mean, variance } = momentsOf(call);
      const isBatch = usesBatch(call);
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
          if (!isBatch) return at(gamma, c) * at(scale, c) * gradient;
          const normalized = (at(x.data, index) - at(mean, c)) * at(scale, c);
          const centred =
            gradient - at(betaGradient.data, c) / count - (normalized * at(gammaGradient.data, c)) / count;
          return at(gamma, c) * at(scale, c) * centred;
        }),
      };
      return { inputs: [inputGradient], weights: affineGradients(settings, gammaGradient, betaGradient) };
    },
  },
  // PyTorch's momentum is the share of the batch. Running values are taken over as they are: evaluation reads them alike.
  torch: (settings, [input = []]) => {
    const { option, tensors, fixed, starts } = torchAffine(settings, "affine");
    const momentum = Number((1 - settings.momentum).toPrecision(12));
    const options = { eps: torchEpsilon(settings.epsilon), momentum: momentum === 0.1 ? null : momentum, ...option };
    return {
      module: torchCall(input.length === 3 ? "nn.BatchNorm2d" : "nn.BatchNorm1d", [input[0] ?? 0], options),
      tensors: { ...tensors, runningMean: "running_mean", runningVariance: "running_var" },
      fixed,
      starts,
      alwaysEvaluates: !followsBatch(settings),
    };
  },
  onnx: (settings, [input = []]) => {
    const { gamma, beta, constants } = onnxAffine(settings, [input[0] ?? 0]);
    const attributes = { epsilon: { float: settings.epsilon } };
    const inputs = [ONNX_INPUT, gamma, beta, "runningMean", "runningVariance"];
    return { nodes: [onnxNode("BatchNormalization", inputs, { attributes })], constants };
  },
  lower: (settings) => {
    const { epsilon, momentum, scale, shift } = settings;
    return {
      ...{ op: "batchNorm", epsilon, momentum, scale, shift },
      statistics: followsBatch(settings) ? "batch" : "running",
    };
  },
});
