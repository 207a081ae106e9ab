/** Concat: the channels, or features, of several inputs one after the other. */
import { z } from "zod";
import { counted, defineLayer, elementsOf, formatShape, type Shape, type Tensor } from "../layer.ts";
import { err, ok } from "../result.ts";
import { onnxNode } from "./onnxNodes.ts";
import { at, imageOf, zeros } from "./tensor.ts";

const params = z.strictObject({});

type Params = z.infer<typeof params>;

/** Elements of a sample before each input's, and of the whole sample. */
const offsetsOf = (inputs: readonly Shape[]): { readonly offsets: readonly number[]; readonly size: number } => {
  let size = 0;
  const offsets = inputs.map((shape) => {
    const offset = size;
    size += elementsOf(shape);
    return offset;
  });
  return { offsets, size };
};

const sampleShape = ({ shape }: Tensor): Shape => shape.slice(1);

export const concat = defineLayer<Params>({
  kind: "concat",
  title: "Concat",
  subtitle: "Channels one after the other",
  family: "merge",
  formula: "[x₁; x₂; …]",
  aliases: ["concatenate", "join", "stack", "densenet", "inception", "unet", "merge"],
  doc: [
    "Puts the channels of two or more images of one size one after the other, in the order in which the inputs were connected; flat inputs",
    "give their features one after the other. `y[c] = x₁[c]`, then `y[C₁ + c] = x₂[c]`, and so on; the gradient is cut into the same parts.",
    "Later layers see all parts at once, without a sum that mixes them.",
    "Szegedy et al., *Going deeper with convolutions* (2015); Huang et al., *Densely connected convolutional networks* (2017).",
  ].join("\n"),
  namePrefix: "concat",
  params,
  inputs: ["in"],
  outputs: ["out"],
  leastEdges: 2,
  inferShape: (_params, inputs) => {
    const [first = []] = inputs;
    const total = inputs.reduce((sum, [channels = 0]) => sum + channels, 0);
    if (inputs.every((shape) => shape.length === 1)) return ok([total]);
    const image = inputs.find((shape) => imageOf(shape) !== null) ?? first;
    const flat = inputs.findIndex((shape) => imageOf(shape) === null);
    if (flat >= 0) {
      // Mended by making all flat: of the images the first one is named.
      const input = inputs.indexOf(image);
      return err({
        code: "LS201",
        text: `joins either images or flat inputs but receives ${formatShape(image)} and ${formatShape(inputs[flat] ?? [])}.`,
        badge: `${formatShape(image)} and ${formatShape(inputs[flat] ?? [])}`,
        input,
        fix: { type: "insertBefore", kind: "flatten" },
      });
    }
    const input = inputs.findIndex(([, height, width]) => height !== first[1] || width !== first[2]);
    if (input < 0) return ok([total, at(first, 1), at(first, 2)]);
    const other = inputs[input] ?? [];
    return err({
      code: "LS201",
      text: `joins images of one height and width but receives ${formatShape(first)} and ${formatShape(other)}. Pool the larger one, or pad with "same".`,
      badge: `${formatShape(first)} and ${formatShape(other)}`,
      input,
    });
  },
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: (_params, inputs) => counted(inputs.length, "input"),
  reference: {
    // Channels first and row-major: a sample of the output is the samples of the inputs one after the other.
    forward: ({ inputs }) => {
      const [first] = inputs;
      const [numSamples = 0] = first?.shape ?? [];
      const shapes = inputs.map(sampleShape);
      const { offsets, size } = offsetsOf(shapes);
      const channels = shapes.reduce((sum, [count = 0]) => sum + count, 0);
      const output = zeros([numSamples, channels, ...(shapes[0] ?? []).slice(1)]);
      for (const [index, { data }] of inputs.entries()) {
        const part = elementsOf(shapes[index] ?? []);
        for (let n = 0; n < numSamples; n++) {
          output.data.set(data.subarray(n * part, (n + 1) * part), n * size + at(offsets, index));
        }
      }
      return { output };
    },
    // dx is its part of g. Fresh tensors; accumulates into nothing.
    backward: ({ inputs, outputGradient }) => {
      const { offsets, size } = offsetsOf(inputs.map(sampleShape));
      return {
        inputs: inputs.map(({ shape }, index): Tensor => {
          const [numSamples = 0] = shape;
          const gradient = zeros(shape);
          const part = elementsOf(shape.slice(1));
          for (let n = 0; n < numSamples; n++) {
            const start = n * size + at(offsets, index);
            gradient.data.set(outputGradient.data.subarray(start, start + part), n * part);
          }
          return gradient;
        }),
        weights: {},
      };
    },
  },
  torch: () => ({ call: (inputs) => `torch.cat((${inputs.join(", ")}), 1)` }),
  onnx: (_params, inputs) => ({
    nodes: [
      onnxNode(
        "Concat",
        inputs.map((_, index) => `in${index}`),
        { attributes: { axis: { int: 1 } } },
      ),
    ],
  }),
  lower: () => ({ op: "concat" }),
});
