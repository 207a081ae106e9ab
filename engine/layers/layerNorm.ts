/** LayerNorm: normalizes each sample over all of its values. */
import { z } from "zod";
import { defineLayer, elementsOf, learningParams, type Shape } from "../layer.ts";
import { err, ok } from "../result.ts";
import { affineWeights, epsilonParam, oneValue, scaleParam, shiftParam } from "./affine.ts";
import { type Groups, groupGradients, normalizeGroups } from "./groupMoments.ts";
import { ONNX_INPUT, onnxAffine, onnxNode } from "./onnxNodes.ts";
import { torchAffine, torchCall, torchEpsilon } from "./torchText.ts";

const params = z.strictObject({ epsilon: epsilonParam, scale: scaleParam, shift: shiftParam, ...learningParams });

type Params = z.infer<typeof params>;

const groupsOf = (sample: Shape): Groups => ({ numGroups: 1, affineShape: sample });

export const layerNorm = defineLayer<Params>({
  kind: "layerNorm",
  title: "LayerNorm",
  subtitle: "Layer normalization",
  family: "norm",
  formula: "over sample",
  aliases: ["layer normalization", "ln", "normalization", "normalisation"],
  doc: [
    "Normalizes each sample over all of its values, whatever else is in the batch, then scales and shifts every value by its own γ and β:",
    "`x̂ = (x − mean) / √(variance + ε)`, `y = γ·x̂ + β`, with the biased variance. γ starts at 1, β at 0; both are learnt.",
    "Training and evaluation compute the same; there are no running values. Of an image all channels and places are one set of values,",
    "and γ and β have its shape, as PyTorch's `LayerNorm([C, H, W])`; for one γ and β a channel use GroupNorm with one group.",
    "Ba, Kiros & Hinton, *Layer normalization* (2016), section 3.",
  ].join("\n"),
  namePrefix: "ln",
  params,
  inputs: ["in"],
  outputs: ["out"],
  inferShape: (_params, inputs) => {
    const shape = inputs[0] ?? [];
    return elementsOf(shape) === 1 ? err(oneValue(shape)) : ok(shape);
  },
  weights: (settings, inputs) => affineWeights(settings, inputs[0] ?? []),
  state: () => [],
  multiplyAdds: () => 0,
  summary: () => "over sample",
  reference: {
    forward: (call) => normalizeGroups(call, groupsOf(call.inputs[0]?.shape.slice(1) ?? [])),
    // The formula and its derivation are with groupGradients. Fresh tensors; accumulates into nothing.
    backward: (call) => groupGradients(call, groupsOf(call.inputs[0]?.shape.slice(1) ?? [])),
  },
  torch: (settings, [input = []]) => {
    const { option, ...tensors } = torchAffine(settings, "elementwise_affine");
    const shape = `(${input.join(", ")}${input.length === 1 ? "," : ""})`;
    return {
      module: torchCall("nn.LayerNorm", [shape], { eps: torchEpsilon(settings.epsilon), ...option }),
      ...tensors,
    };
  },
  onnx: (settings, [input = []]) => {
    const { gamma, beta, constants } = onnxAffine(settings, input);
    const attributes = { axis: { int: 1 }, epsilon: { float: settings.epsilon } };
    return { nodes: [onnxNode("LayerNormalization", [ONNX_INPUT, gamma, beta], { attributes })], constants };
  },
  lower: ({ epsilon, scale, shift }) => ({ op: "groupNorm", groups: 1, epsilon, scale, shift, perPlace: true }),
});
