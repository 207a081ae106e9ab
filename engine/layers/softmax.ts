/** Softmax: the channels of each pixel, or the features of a vector, as shares that add up to 1. */
import { z } from "zod";
import { counted, defineLayer } from "../layer.ts";
import { ok } from "../result.ts";
import { onnxOperator } from "./onnxNodes.ts";
import { at, channelLayout, onlyInput, zeros } from "./tensor.ts";

const params = z.strictObject({});

type Params = z.infer<typeof params>;

/** Calls `visit` with the indices of the values that make up one distribution: all channels of a sample at one place. */
const visitDistributions = (shape: readonly number[], visit: (indices: readonly number[]) => void): void => {
  const { numSamples, channels, inner } = channelLayout(shape);
  for (let n = 0; n < numSamples; n++) {
    for (let place = 0; place < inner; place++)
      visit(Array.from({ length: channels }, (_, c) => (n * channels + c) * inner + place));
  }
};

export const softmax = defineLayer<Params>({
  kind: "softmax",
  title: "Softmax",
  subtitle: "Shares that add up to 1",
  family: "activation",
  formula: "eˣ/Σeˣ",
  aliases: ["probabilities", "normalized exponential", "activation", "attention"],
  doc: [
    "Turns the channels of each pixel, or the features of a vector, into positive shares that add up to 1: `y[c] = e^(x[c] − m) / Σ_k e^(x[k] − m)`",
    "with `m = max x`, which keeps the exponentials from overflowing. The gradient is `dx[c] = y[c]·(g[c] − Σ_k g[k]·y[k])`. Output has its own softmax:",
    "it takes logits, so put none before it. Bridle, *Probabilistic interpretation of feedforward classification network outputs* (1990).",
  ].join("\n"),
  namePrefix: "softmax",
  params,
  inputs: ["in"],
  outputs: ["out"],
  inferShape: (_params, inputs) => ok(inputs[0] ?? []),
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: (_params, [input = null]) =>
    input === null ? "" : `over ${counted(input[0] ?? 0, input.length === 3 ? "channel" : "feature")}`,
  reference: {
    forward: ({ inputs }) => {
      const x = onlyInput(inputs);
      const y = zeros(x.shape);
      visitDistributions(x.shape, (indices) => {
        // Math.max gives NaN if one value is: NaN reaches all shares.
        const largest = indices.reduce((most, index) => Math.max(most, at(x.data, index)), Number.NEGATIVE_INFINITY);
        const sum = indices.reduce((total, index) => total + Math.exp(at(x.data, index) - largest), 0);
        for (const index of indices) y.data[index] = Math.exp(at(x.data, index) - largest) / sum;
      });
      return { output: y };
    },
    // dx[c] = Σ_k g[k]·∂y[k]/∂x[c] = Σ_k g[k]·y[k]·([k = c] − y[c]) = y[c]·(g[c] − Σ_k g[k]·y[k]). Fresh tensor.
    backward: ({ output: y, outputGradient: g }) => {
      const inputGradient = zeros(y.shape);
      visitDistributions(y.shape, (indices) => {
        const dot = indices.reduce((sum, index) => sum + at(g.data, index) * at(y.data, index), 0);
        for (const index of indices) inputGradient.data[index] = at(y.data, index) * (at(g.data, index) - dot);
      });
      return { inputs: [inputGradient], weights: {} };
    },
  },
  torch: () => ({ call: ([x = ""]) => `${x}.softmax(1)` }),
  onnx: () => onnxOperator("Softmax", { axis: { int: 1 } }),
  lower: () => ({ op: "softmax" }),
});
