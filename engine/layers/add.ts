/** Add: the sum of several tensors of one shape, the join of a residual connection. */
import { z } from "zod";
import { counted, defineLayer, formatShape, type LayerProblem, type Shape, type Tensor } from "../layer.ts";
import { err, ok } from "../result.ts";
import { onnxNode } from "./onnxNodes.ts";
import { at, imageOf } from "./tensor.ts";

const params = z.strictObject({});

type Params = z.infer<typeof params>;

/** The stride that takes `from` pixels to `to` under a 1×1 window, or null. */
const strideBetween = (from: number, to: number): number | null => {
  const stride = Math.ceil(from / to);
  return Math.ceil(from / stride) === to ? stride : null;
};

/** A 1×1 convolution that brings images of shape `from` to shape `to`, as residual nets do on their shortcuts, or null. */
const projection = (from: Shape, to: Shape): LayerProblem["fix"] | null => {
  const [source, target] = [imageOf(from), imageOf(to)];
  if (source === null || target === null) return null;
  const stride = [strideBetween(source.height, target.height), strideBetween(source.width, target.width)];
  if (stride.includes(null)) return null;
  const strided = stride.some((step) => step !== 1) ? `, stride ${stride.join("×")}` : "";
  return {
    type: "insertBefore",
    kind: "conv2d",
    params: { filters: target.channels, kernel: [1, 1], stride },
    label: `Insert 1×1 Conv2D${strided}`,
  };
};

/** How the input at `input` can be brought to the shape of the first, or the first to its shape. */
const mend = (inputs: readonly Shape[], input: number): Pick<LayerProblem, "input" | "fix"> => {
  const [first = []] = inputs;
  const other = inputs[input] ?? [];
  if (first.length === 1 && other.length === 1) return { input, fix: { type: "setWidthBefore", width: at(first, 0) } };
  // The shortcut is the one with fewer channels or the larger image; only with two inputs can the first be the odd one.
  const firstIsShortcut = inputs.length === 2 && at(first, 0) < at(other, 0);
  for (const [which, from, to] of [
    [firstIsShortcut ? 0 : input, firstIsShortcut ? first : other, firstIsShortcut ? other : first],
    [input, other, first],
    ...(inputs.length === 2 ? ([[0, first, other]] as const) : []),
  ] as const) {
    const fix = projection(from, to);
    if (fix) return { input: which, fix };
  }
  return { input };
};

export const add = defineLayer<Params>({
  kind: "add",
  title: "Add",
  subtitle: "Sum of several inputs",
  family: "merge",
  formula: "x₁ + x₂ + …",
  aliases: ["residual", "skip connection", "shortcut", "sum", "resnet", "merge"],
  doc: [
    "Adds two or more tensors of one shape, element by element: `y = x₁ + x₂ + …`. The gradient of each input is that of the output.",
    "With a shortcut around a few layers, `y = x + F(x)`, these learn a change to `x`, and gradients reach early layers undiminished.",
    "Where the shapes differ, a 1×1 convolution on the shortcut brings them together.",
    "He et al., *Deep residual learning for image recognition* (2016).",
  ].join("\n"),
  namePrefix: "add",
  params,
  inputs: ["in"],
  outputs: ["out"],
  leastEdges: 2,
  inferShape: (_params, inputs) => {
    const [first = []] = inputs;
    const input = inputs.findIndex((shape) => formatShape(shape) !== formatShape(first));
    if (input < 0) return ok(first);
    const other = inputs[input] ?? [];
    const isCropped = imageOf(first) !== null && imageOf(other) !== null && first[0] === other[0];
    const mended = mend(inputs, input);
    const hint = isCropped && mended.fix === undefined ? ' Convolutions with padding "same" keep the size.' : "";
    return err({
      code: "LS201",
      text: `adds inputs of one shape but receives ${formatShape(first)} and ${formatShape(other)}.${hint}`,
      badge: `${formatShape(first)} ≠ ${formatShape(other)}`,
      ...mended,
    });
  },
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: (_params, inputs) => counted(inputs.length, "input"),
  reference: {
    // y = Σ x, in the order of the edges.
    forward: ({ inputs }) => {
      const [first, ...rest] = inputs;
      if (first === undefined) throw new RangeError("Add was called without inputs.");
      const data = first.data.map((value, index) => rest.reduce((sum, tensor) => sum + at(tensor.data, index), value));
      return { output: { shape: first.shape, data } };
    },
    // dx = g for each input. Fresh tensors; accumulates into nothing.
    backward: ({ inputs, outputGradient }) => ({
      inputs: inputs.map((): Tensor => ({ shape: outputGradient.shape, data: outputGradient.data.slice() })),
      weights: {},
    }),
  },
  torch: () => ({ call: (inputs) => inputs.join(" + ") }),
  onnx: (_params, inputs) => ({
    nodes: [
      onnxNode(
        "Sum",
        inputs.map((_, index) => `in${index}`),
      ),
    ],
  }),
  lower: () => ({ op: "add" }),
});
