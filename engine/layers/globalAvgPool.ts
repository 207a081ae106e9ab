/** Global average pooling: the mean of each channel. */
import { z } from "zod";
import { defineLayer, formatShape } from "../layer.ts";
import { ok } from "../result.ts";
import { ONNX_INPUT, onnxNode } from "./onnxNodes.ts";
import { at, channelLayout, imageOf, mapTensor, onlyInput, zeros } from "./tensor.ts";
import { expectImage } from "./window.ts";

const params = z.strictObject({});

type Params = z.infer<typeof params>;

export const globalAvgPool = defineLayer<Params>({
  kind: "globalAvgPool",
  title: "Global average pool",
  subtitle: "Mean of each channel",
  family: "shape",
  formula: "mean",
  aliases: ["gap", "global pooling", "adaptive average pooling", "mean"],
  doc: [
    "The mean of each channel over all its pixels: `C×H×W` becomes a vector of `C` features, whatever the size of the image: `y[c] = Σ x[c,h,w] / (H·W)`.",
    "Each pixel receives `g[c] / (H·W)`. Takes the place of Flatten and a large Dense layer at the end of a convolutional net.",
    "Lin, Chen & Yan, *Network in network* (2013).",
  ].join("\n"),
  namePrefix: "globalPool",
  params,
  inputs: ["in"],
  outputs: ["out"],
  inferShape: (_params, inputs) => {
    const image = expectImage(inputs);
    return image.ok ? ok([image.value.channels]) : image;
  },
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: (_params, [input = null]) => (input === null ? "" : `mean of ${formatShape(input.slice(1))}`),
  reference: {
    forward: ({ inputs }) => {
      const x = onlyInput(inputs);
      const { numSamples, channels, inner } = channelLayout(x.shape);
      const y = mapTensor(zeros([numSamples, channels]), (_, plane) => {
        const pixels = x.data.subarray(plane * inner, (plane + 1) * inner);
        return pixels.reduce((sum, value) => sum + value, 0) / inner;
      });
      return { output: y };
    },
    // dx[c,h,w] = g[c] / (H·W). Fresh tensor.
    backward: ({ inputs, outputGradient }) => {
      const x = onlyInput(inputs);
      const { inner } = channelLayout(x.shape);
      return {
        inputs: [mapTensor(x, (_, index) => at(outputGradient.data, Math.floor(index / inner)) / inner)],
        weights: {},
      };
    },
  },
  torch: () => ({ call: ([x = ""]) => `${x}.mean((2, 3))` }),
  onnx: () => ({
    nodes: [
      onnxNode("GlobalAveragePool", [ONNX_INPUT], { value: "means" }),
      onnxNode("Flatten", ["means"], { attributes: { axis: { int: 1 } } }),
    ],
  }),
  // One window as large as the image.
  lower: (_params, inputs) => {
    const image = imageOf(inputs[0] ?? []);
    const size = [image?.height ?? 1, image?.width ?? 1] as const;
    return { op: "pool2d", pool: "avg", size, stride: size, padding: { top: 0, left: 0, bottom: 0, right: 0 } };
  },
});
