/** Conv2D: cross-correlation of an image with learnt kernels. */
import { z } from "zod";
import {
  counted,
  defineLayer,
  initializerSchema,
  type LayerProblem,
  learningParams,
  type Padding2d,
  type Shape,
} from "../layer.ts";
import { err, ok } from "../result.ts";
import { ONNX_INPUT, onnxNode } from "./onnxNodes.ts";
import { addTo, at, batchOfImages, imageOf, onlyInput, tensorNamed, zeros } from "./tensor.ts";
import { torchCall, torchPair } from "./torchText.ts";
import { expectImage, formatPair, pairSchema, slideWindow, windowSpan } from "./window.ts";

const params = z.strictObject({
  filters: z.int().min(1).max(65_536).default(16).meta({
    title: "Filters",
    description: "Number of kernels, which is the number of output channels.",
    control: "number",
  }),
  kernel: pairSchema(1, [3, 3], { title: "Kernel", description: "Height and width of a kernel.", unit: "px" }),
  stride: pairSchema(1, [1, 1], { title: "Stride", description: "Step between neighbouring windows.", unit: "px" }),
  padding: z
    .union([z.enum(["valid", "same"]), z.tuple([z.int().min(0).max(1024), z.int().min(0).max(1024)])])
    .default("valid")
    .meta({
      title: "Padding",
      description:
        "Zeros around the image. Valid adds none; same gives an output of input ÷ stride, rounded up, with the smaller half before.",
      control: "padding",
      labels: { valid: "Valid (0)", same: "Same" },
    }),
  dilation: pairSchema(1, [1, 1], {
    title: "Dilation",
    description: "Distance between the taps of a kernel.",
    unit: "px",
  }),
  groups: z.int().min(1).max(65_536).default(1).meta({
    title: "Groups",
    description:
      "Parts of the channels that are convolved apart: 1 none, as many as the input has channels for depthwise.",
    control: "number",
  }),
  bias: z.boolean().default(true).meta({
    title: "Bias",
    description: "Adds a learnt value to each output channel. A BatchNorm right after the layer cancels it.",
    control: "toggle",
  }),
  initializer: z
    .union([z.strictObject({ name: z.literal("document") }), initializerSchema])
    .default({ name: "document" })
    .meta({
      title: "Initializer",
      description: "How the weights start. Document takes the initializer of the training settings.",
      control: "initializer",
    }),
  ...learningParams,
});

type Params = z.infer<typeof params>;

/**
 * Zeros on each side. `same`: out = ⌈in / stride⌉, total = max(0, (out − 1)·stride + span − in), the smaller half before
 * (TensorFlow's SAME).
 */
const resolvePadding = ({ padding, kernel, stride, dilation }: Params, height: number, width: number): Padding2d => {
  if (padding === "valid") return { top: 0, left: 0, bottom: 0, right: 0 };
  if (padding !== "same") return { top: padding[0], left: padding[1], bottom: padding[0], right: padding[1] };
  const total = (extent: number, axis: 0 | 1): number =>
    Math.max(
      0,
      (Math.ceil(extent / stride[axis]) - 1) * stride[axis] + windowSpan(kernel[axis], dilation[axis]) - extent,
    );
  const rows = total(height, 0);
  const columns = total(width, 1);
  return {
    top: Math.floor(rows / 2),
    left: Math.floor(columns / 2),
    bottom: Math.ceil(rows / 2),
    right: Math.ceil(columns / 2),
  };
};

const channelsOf = (inputs: readonly Shape[]): number => inputs[0]?.[0] ?? 0;

/**
 * Visits the products of the convolution, padding left out: y[n,o,i,j] = b[o] + Σ_{c,kh,kw} w[o,c,kh,kw] · x[n, g·C/G + c,
 * i·sh + kh·dh − top, j·sw + kw·dw − left], where c runs over the C/G channels of a group and g = ⌊o·G / filters⌋ is the group of the
 * output. Calls `visit` for each row of taps, kw = first … first + count − 1, with the flat indices of its output and of the first of its
 * inputs and of its weights; the next weight lies one farther, the next input `dilation[1]`.
 */
const visitTapRows = (
  settings: Params,
  inputShape: Shape,
  outputShape: Shape,
  visit: (output: number, input: number, weight: number, count: number) => void,
): void => {
  const [numSamples = 0, channels = 0, height = 0, width = 0] = inputShape;
  const [, filters = 0, outHeight = 0, outWidth = 0] = outputShape;
  const { kernel, stride, dilation, groups } = settings;
  const perGroup = channels / groups;
  const padding = resolvePadding(settings, height, width);
  for (let n = 0; n < numSamples; n++) {
    for (let o = 0; o < filters; o++) {
      const firstChannel = Math.floor((o * groups) / filters) * perGroup;
      for (let i = 0; i < outHeight; i++) {
        for (let j = 0; j < outWidth; j++) {
          const output = ((n * filters + o) * outHeight + i) * outWidth + j;
          const left = j * stride[1] - padding.left;
          const first = Math.max(0, Math.ceil(-left / dilation[1]));
          const count = Math.min(kernel[1], Math.ceil((width - left) / dilation[1])) - first;
          if (count <= 0) continue;
          for (let c = 0; c < perGroup; c++) {
            for (let kh = 0; kh < kernel[0]; kh++) {
              const h = i * stride[0] + kh * dilation[0] - padding.top;
              if (h < 0 || h >= height) continue;
              const row = ((n * channels + firstChannel + c) * height + h) * width;
              const taps = ((o * perGroup + c) * kernel[0] + kh) * kernel[1];
              visit(output, row + left + first * dilation[1], taps + first, count);
            }
          }
        }
      }
    }
  }
};

/** Calls `visit` for each output element with its channel. */
const visitOutputs = (outputShape: Shape, visit: (output: number, channel: number) => void): void => {
  const [numSamples = 0, filters = 0, height = 0, width = 0] = outputShape;
  const area = height * width;
  for (let output = 0; output < numSamples * filters * area; output++)
    visit(output, Math.floor(output / area) % filters);
};

/** The divisor of both that is nearest to the groups asked for. */
const nearestGroups = (groups: number, channels: number, filters: number): number => {
  let nearest = 1;
  for (let divisor = 1; divisor <= Math.min(channels, filters); divisor++) {
    const divides = channels % divisor === 0 && filters % divisor === 0;
    if (divides && Math.abs(divisor - groups) < Math.abs(nearest - groups)) nearest = divisor;
  }
  return nearest;
};

const checkGroups = ({ groups, filters }: Params, channels: number): LayerProblem | null => {
  if (channels % groups === 0 && filters % groups === 0) return null;
  const nearest = nearestGroups(groups, channels, filters);
  return {
    code: "LS203",
    param: "groups",
    text: `${counted(groups, "group")} do not divide ${counted(channels, "input channel")} and ${counted(filters, "filter")} evenly.`,
    badge: `${counted(groups, "group")} of ${channels}`,
    fix: { type: "setParam", param: "groups", value: nearest, label: `Set groups to ${nearest}` },
  };
};

export const conv2d = defineLayer<Params>({
  kind: "conv2d",
  title: "Conv2D",
  subtitle: "2D convolution",
  family: "linear",
  formula: "w ∗ x + b",
  aliases: ["convolution", "cnn", "filter", "kernel", "depthwise", "grouped", "separable", "mobilenet", "resnext"],
  doc: [
    "Slides `filters` learnt kernels over the image; each gives one output channel:",
    "`y[o,i,j] = b[o] + Σ w[o,c,kh,kw] · x[c, i·stride + kh·dilation − padding, j·stride + kw·dilation − padding]`.",
    "This is cross-correlation, as in every framework: the kernel is not flipped. Weights are stored as output channel, input channel,",
    "row, column. With `groups` an output channel sees only its own part of the input channels; as many groups as input channels make a",
    "depthwise convolution (Howard et al., *MobileNets*, 2017; Xie et al., *Aggregated residual transformations*, 2017). Shapes and padding as in Dumoulin & Visin, *A guide to convolution arithmetic for deep learning* (2016).",
  ].join("\n"),
  namePrefix: "conv",
  params,
  inputs: ["in"],
  outputs: ["out"],
  widthParam: "filters",
  inferShape: (settings, inputs) => {
    const image = expectImage(inputs);
    if (!image.ok) return image;
    const { height, width } = image.value;
    const misfit = checkGroups(settings, image.value.channels);
    if (misfit !== null) return err(misfit);
    const extent = slideWindow({
      image: image.value,
      kernel: settings.kernel,
      stride: settings.stride,
      dilation: settings.dilation,
      padding: resolvePadding(settings, height, width),
      param: "kernel",
      noun: "Kernel",
    });
    return extent.ok ? ok([settings.filters, ...extent.value]) : extent;
  },
  weights: ({ filters, kernel, groups, bias, initializer }, inputs) => {
    // What a channel takes part in: its own group.
    const perGroup = channelsOf(inputs) / groups;
    const fanIn = perGroup * kernel[0] * kernel[1];
    const fanOut = (filters / groups) * kernel[0] * kernel[1];
    return [
      { name: "weight", shape: [filters, perGroup, ...kernel], initializer, fanIn, fanOut, decays: true },
      ...(bias
        ? [
            {
              name: "bias",
              shape: [filters],
              initializer: { name: "constant", value: 0 },
              fanIn,
              fanOut,
              decays: false,
            } as const,
          ]
        : []),
    ];
  },
  state: () => [],
  multiplyAdds: ({ kernel, groups }, inputs, output) =>
    output.reduce((product, extent) => product * extent, 1) * (channelsOf(inputs) / groups) * kernel[0] * kernel[1],
  summary: ({ filters, kernel }) => `${counted(filters, "filter")} ${formatPair(kernel)}`,
  reference: {
    forward: ({ params: settings, inputs, weights }) => {
      const x = onlyInput(inputs);
      const weight = tensorNamed(weights, "weight");
      const { numSamples, height, width, channels } = batchOfImages(x);
      const inferred = conv2d.inferShape(settings, [[channels, height, width]]);
      if (!inferred.ok) throw new RangeError(inferred.error.text);
      const y = zeros([numSamples, ...inferred.value]);
      const step = settings.dilation[1];
      const [values, filters, sums] = [x.data, weight.data, y.data];
      visitTapRows(settings, x.shape, y.shape, (output, input, tap, count) => {
        // Arrays are read in place where a reference spends its time.
        let sum = sums[output] ?? Number.NaN;
        for (let k = 0; k < count; k++)
          sum += (filters[tap + k] ?? Number.NaN) * (values[input + k * step] ?? Number.NaN);
        sums[output] = sum;
      });
      if (settings.bias) {
        const bias = tensorNamed(weights, "bias");
        visitOutputs(y.shape, (output, channel) => addTo(y.data, output, at(bias.data, channel)));
      }
      return { output: y };
    },
    // y is linear in x, w and b: every product w·x of the forward pass sends g·w to dx and g·x to dw; db sums g over batch and space.
    // Accumulates into fresh zeroed tensors, overwrites nothing.
    backward: ({ params: settings, inputs, weights, outputGradient }) => {
      const x = onlyInput(inputs);
      const weight = tensorNamed(weights, "weight");
      const inputGradient = zeros(x.shape);
      const weightGradient = zeros(weight.shape);
      const step = settings.dilation[1];
      const [values, filters] = [x.data, weight.data];
      const [toInput, toWeight] = [inputGradient.data, weightGradient.data];
      visitTapRows(settings, x.shape, outputGradient.shape, (output, input, tap, count) => {
        const gradient = at(outputGradient.data, output);
        for (let k = 0; k < count; k++) {
          const from = input + k * step;
          toInput[from] = (toInput[from] ?? Number.NaN) + gradient * (filters[tap + k] ?? Number.NaN);
          toWeight[tap + k] = (toWeight[tap + k] ?? Number.NaN) + gradient * (values[from] ?? Number.NaN);
        }
      });
      if (!settings.bias) return { inputs: [inputGradient], weights: { weight: weightGradient } };
      const biasGradient = zeros([settings.filters]);
      visitOutputs(outputGradient.shape, (output, channel) =>
        addTo(biasGradient.data, channel, at(outputGradient.data, output)),
      );
      return { inputs: [inputGradient], weights: { weight: weightGradient, bias: biasGradient } };
    },
  },
  torch: (settings, [input = []]) => {
    const { filters, kernel, stride, dilation, groups, bias } = settings;
    const { top, left, bottom, right } = resolvePadding(settings, input[1] ?? 0, input[2] ?? 0);
    const isEven = top === bottom && left === right;
    return {
      module: torchCall("nn.Conv2d", [input[0] ?? 0, filters, torchPair(kernel)], {
        stride: torchPair(stride) === "1" ? null : torchPair(stride),
        padding: !isEven || (top === 0 && left === 0) ? null : torchPair([top, left]),
        dilation: torchPair(dilation) === "1" ? null : torchPair(dilation),
        groups: groups === 1 ? null : groups,
        bias: bias ? null : "False",
      }),
      // One more row or column after than before is no padding of Conv2d.
      ...(!isEven && { call: ([x = ""], self) => `${self}(F.pad(${x}, (${left}, ${right}, ${top}, ${bottom})))` }),
      tensors: { weight: "weight", ...(bias && { bias: "bias" }) },
    };
  },
  onnx: (settings, [input = []]) => {
    const { kernel, stride, dilation, groups, bias } = settings;
    const { top, left, bottom, right } = resolvePadding(settings, input[1] ?? 0, input[2] ?? 0);
    const attributes = {
      kernel_shape: { ints: kernel },
      strides: { ints: stride },
      pads: { ints: [top, left, bottom, right] },
      dilations: { ints: dilation },
      group: { int: groups },
    };
    return { nodes: [onnxNode("Conv", [ONNX_INPUT, "weight", ...(bias ? ["bias"] : [])], { attributes })] };
  },
  lower: (settings, inputs) => {
    const image = imageOf(inputs[0] ?? []);
    return {
      op: "conv2d",
      filters: settings.filters,
      kernel: settings.kernel,
      stride: settings.stride,
      dilation: settings.dilation,
      padding: resolvePadding(settings, image?.height ?? 0, image?.width ?? 0),
      groups: settings.groups,
      bias: settings.bias,
    };
  },
});
