/** Reshape: the same values under another shape. */
import { z } from "zod";
import { counted, defineLayer, elementsOf, formatCount, formatShape } from "../layer.ts";
import { err, ok } from "../result.ts";
import { ONNX_INPUT, onnxNode, onnxShape } from "./onnxNodes.ts";
import { onlyInput } from "./tensor.ts";

const extent = z.int().min(1).max(65_536);

const params = z.strictObject({
  shape: z
    .union([z.tuple([extent, extent, extent]), z.tuple([z.int().min(1).max(16_777_216)])])
    .default([1, 28, 28])
    .meta({
      title: "Shape",
      description: "Shape of the output: channels, height, width, or a single number of features.",
      control: "shape",
    }),
});

type Params = z.infer<typeof params>;

export const reshape = defineLayer<Params>({
  kind: "reshape",
  title: "Reshape",
  subtitle: "Another shape, same values",
  family: "shape",
  formula: "F → C×H×W",
  aliases: ["view", "unflatten", "to image"],
  doc: [
    "Gives a sample another shape with as many values: an image of a vector, a vector of an image, or other channels. Values are taken channel by",
    "channel and row by row, as Flatten does and as PyTorch's `view` on `N×C×H×W`: `y.flat[i] = x.flat[i]`. No value changes.",
  ].join("\n"),
  namePrefix: "reshape",
  compact: true,
  params,
  inputs: ["in"],
  outputs: ["out"],
  inferShape: ({ shape }, inputs) => {
    const input = inputs[0] ?? [];
    const [given, wanted] = [elementsOf(input), elementsOf(shape)];
    if (given === wanted) return ok(shape);
    return err({
      code: "LS203",
      param: "shape",
      text: `Shape ${formatShape(shape)} has ${counted(wanted, "value")} but the input, ${formatShape(input)}, has ${formatCount(given)}. Use a shape with ${formatCount(given)}.`,
      badge: `${formatCount(given)} → ${counted(wanted, "value")}`,
      fix: { type: "setParam", param: "shape", value: [given], label: `Use ${formatShape([given])}` },
    });
  },
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: ({ shape }, [input = null]) =>
    input === null ? "" : `${formatShape(input)} → ${formatShape(shape)}, same values`,
  reference: {
    forward: ({ params: { shape }, inputs }) => {
      const x = onlyInput(inputs);
      return { output: { shape: [x.shape[0] ?? 0, ...shape], data: x.data.slice() } };
    },
    // dx.flat[i] = g.flat[i]. Fresh tensor.
    backward: ({ inputs, outputGradient }) => ({
      inputs: [{ shape: onlyInput(inputs).shape, data: outputGradient.data.slice() }],
      weights: {},
    }),
  },
  torch: ({ shape }) => ({ call: ([x = ""]) => `${x}.reshape(-1, ${shape.join(", ")})` }),
  onnx: (_params, _inputs, output) => ({
    nodes: [onnxNode("Reshape", [ONNX_INPUT, "shape"])],
    constants: { shape: onnxShape(output) },
  }),
  // As a vector the values can stay where they lie.
  lower: ({ shape }) => ({ op: shape.length === 1 ? "flatten" : "reshape" }),
});
