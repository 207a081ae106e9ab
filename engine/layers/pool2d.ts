/** Pool2D: the largest or the mean value of each window. */
import { z } from "zod";
import { defineLayer, type Shape } from "../layer.ts";
import { err, ok } from "../result.ts";
import { onnxOperator } from "./onnxNodes.ts";
import { addTo, at, batchOfImages, onlyInput, zeros } from "./tensor.ts";
import { torchCall, torchPair } from "./torchText.ts";
import { expectImage, formatPair, pairSchema, slideWindow } from "./window.ts";

const params = z.strictObject({
  pool: z
    .enum(["max", "avg"])
    .default("max")
    .meta({
      title: "Pool",
      description: "Max takes the largest value of a window, average the mean.",
      control: "select",
      labels: { max: "Max", avg: "Average" },
    }),
  size: pairSchema(1, [2, 2], { title: "Size", description: "Height and width of a window.", unit: "px" }),
  stride: pairSchema(1, [2, 2], { title: "Stride", description: "Step between neighbouring windows.", unit: "px" }),
  padding: pairSchema(0, [0, 0], {
    title: "Padding",
    description:
      "Rows and columns around the image, at most half a window. Average counts them as zeros, max ignores them.",
    unit: "px",
  }),
});

type Params = z.infer<typeof params>;

const paddingOf = ({ padding: [rows, columns] }: Params) => ({
  top: rows,
  left: columns,
  bottom: rows,
  right: columns,
});

/** Calls `visit` for each window with its flat output index and the flat indices of its elements, row by row, padding left out. */
const visitWindows = (
  { size, stride, padding }: Params,
  inputShape: Shape,
  outputShape: Shape,
  visit: (output: number, window: readonly number[]) => void,
): void => {
  const [numSamples = 0, channels = 0, height = 0, width = 0] = inputShape;
  const [, , outHeight = 0, outWidth = 0] = outputShape;
  for (let plane = 0; plane < numSamples * channels; plane++) {
    for (let i = 0; i < outHeight; i++) {
      for (let j = 0; j < outWidth; j++) {
        const window: number[] = [];
        for (let kh = 0; kh < size[0]; kh++) {
          const h = i * stride[0] + kh - padding[0];
          if (h < 0 || h >= height) continue;
          for (let kw = 0; kw < size[1]; kw++) {
            const w = j * stride[1] + kw - padding[1];
            if (w >= 0 && w < width) window.push((plane * height + h) * width + w);
          }
        }
        visit((plane * outHeight + i) * outWidth + j, window);
      }
    }
  }
};

/** Index of the largest value; the first one wins ties, and the first NaN wins over every number. */
const indexOfMax = (data: Float64Array, window: readonly number[]): number => {
  let best = window[0] ?? -1;
  for (const index of window) {
    const value = at(data, index);
    const largest = at(data, best);
    if (value > largest || (Number.isNaN(value) && !Number.isNaN(largest))) best = index;
  }
  return best;
};

export const pool2d = defineLayer<Params>({
  kind: "pool2d",
  title: "Pool2D",
  subtitle: "2D pooling",
  family: "shape",
  formula: "max, average",
  aliases: ["pooling", "max pooling", "average pooling", "subsampling", "downsampling"],
  doc: [
    "Takes the largest (`max`) or the mean (`avg`) value of each window of a channel. A window that does not fit entirely is left out.",
    "Padding counts as zeros in the mean and is ignored by the maximum. The gradient of a maximum goes to the first largest value in",
    "row order, that of a mean to all its elements alike. LeCun et al., *Gradient-based learning applied to document recognition* (1998).",
  ].join("\n"),
  namePrefix: "pool",
  params,
  inputs: ["in"],
  outputs: ["out"],
  inferShape: (settings, inputs) => {
    const image = expectImage(inputs);
    if (!image.ok) return image;
    const { size, stride, padding } = settings;
    const most = [Math.floor(size[0] / 2), Math.floor(size[1] / 2)] as const;
    if (padding[0] > most[0] || padding[1] > most[1]) {
      const fitting = [Math.min(padding[0], most[0]), Math.min(padding[1], most[1])] as const;
      return err({
        code: "LS203",
        param: "padding",
        text: `Padding ${formatPair(padding)} is more than half of the window, ${formatPair(size)}. Use ${formatPair(fitting)} or less.`,
        badge: `padding > half of ${formatPair(size)}`,
        fix: { type: "setParam", param: "padding", value: [...fitting], label: `Use padding ${formatPair(fitting)}` },
      });
    }
    const extent = slideWindow({
      image: image.value,
      kernel: size,
      stride,
      dilation: [1, 1],
      padding: paddingOf(settings),
      param: "size",
      noun: "Pool",
    });
    return extent.ok ? ok([image.value.channels, ...extent.value]) : extent;
  },
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: ({ pool, size }) => `${pool} ${formatPair(size)}`,
  reference: {
    forward: ({ params: settings, inputs }) => {
      const x = onlyInput(inputs);
      const { numSamples, channels, height, width } = batchOfImages(x);
      const inferred = pool2d.inferShape(settings, [[channels, height, width]]);
      if (!inferred.ok) throw new RangeError(inferred.error.text);
      const y = zeros([numSamples, ...inferred.value]);
      const windowArea = settings.size[0] * settings.size[1];
      visitWindows(settings, x.shape, y.shape, (output, window) => {
        y.data[output] =
          settings.pool === "max"
            ? at(x.data, indexOfMax(x.data, window))
            : window.reduce((sum, index) => sum + at(x.data, index), 0) / windowArea;
      });
      return { output: y };
    },
    // max: dx[argmax] += g (windows may overlap);  avg: dx += g / area for each element. Accumulates into a fresh zeroed tensor.
    backward: ({ params: settings, inputs, outputGradient }) => {
      const x = onlyInput(inputs);
      const inputGradient = zeros(x.shape);
      const windowArea = settings.size[0] * settings.size[1];
      visitWindows(settings, x.shape, outputGradient.shape, (output, window) => {
        const gradient = at(outputGradient.data, output);
        if (settings.pool === "max") addTo(inputGradient.data, indexOfMax(x.data, window), gradient);
        else for (const index of window) addTo(inputGradient.data, index, gradient / windowArea);
      });
      return { inputs: [inputGradient], weights: {} };
    },
  },
  torch: ({ pool, size, stride, padding }) => ({
    module: torchCall(pool === "max" ? "nn.MaxPool2d" : "nn.AvgPool2d", [torchPair(size)], {
      stride: torchPair(stride) === torchPair(size) ? null : torchPair(stride),
      padding: torchPair(padding) === "0" ? null : torchPair(padding),
    }),
  }),
  onnx: (settings) => {
    const { pool, size, stride } = settings;
    const { top, left, bottom, right } = paddingOf(settings);
    return onnxOperator(pool === "max" ? "MaxPool" : "AveragePool", {
      kernel_shape: { ints: size },
      strides: { ints: stride },
      pads: { ints: [top, left, bottom, right] },
      ...(pool === "avg" && { count_include_pad: { int: 1 } }),
    });
  },
  lower: (settings) => ({
    op: "pool2d",
    pool: settings.pool,
    size: settings.size,
    stride: settings.stride,
    padding: paddingOf(settings),
  }),
});
