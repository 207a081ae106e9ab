/** Input: where the samples of the dataset enter the net. */
import { z } from "zod";
import { defineLayer, elementsOf, formatShape, type Shape } from "../layer.ts";
import { ok } from "../result.ts";
import { onnxIdentity, onnxOperator } from "./onnxNodes.ts";
import { onlyInput } from "./tensor.ts";

const extent = z.int().min(1).max(65_536);

const params = z.strictObject({
  shape: z
    .union([z.tuple([extent, extent, extent]), z.tuple([z.int().min(1).max(16_777_216)])])
    .default([1, 28, 28])
    .meta({
      title: "Shape",
      description: "Shape of one sample: channels, height, width, or a single number of features.",
      control: "shape",
    }),
  scaling: z
    .enum(["standardize", "unit", "none"])
    .default("standardize")
    .meta({
      title: "Scaling",
      description: "How the stored bytes become numbers. Mean and standard deviation are those of the training set.",
      control: "select",
      labels: { standardize: "Mean 0, std 1", unit: "0 to 1", none: "As stored" },
    }),
});

type Params = z.infer<typeof params>;

export const input = defineLayer<Params>({
  kind: "input",
  title: "Input",
  subtitle: "Samples of the dataset",
  family: "io",
  formula: "x",
  aliases: ["data", "dataset", "source", "image"],
  doc: [
    "Where the samples of the dataset enter the net, one batch at a time.",
    "A shape of one number takes the samples flattened, row by row: 784 for images of 1×28×28.",
    "`standardize` computes `(x − mean) / std` with the mean and the standard deviation over all values of the training set,",
    "`unit` divides bytes by 255, `none` takes them as they are.",
  ].join("\n"),
  namePrefix: "input",
  rarelyRepeated: true,
  params,
  inputs: [],
  outputs: ["out"],
  inferShape: (settings) => ok(settings.shape),
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: ({ scaling }) =>
    ({ standardize: "mean 0, std 1 of the training set", unit: "values 0 to 1", none: "values as stored" })[scaling],
  scaling: ({ scaling }) => scaling,
  checkDataset: (settings, _inputs, dataset) => {
    const shape: Shape = settings.shape;
    const { sampleShape } = dataset;
    const numFeatures = elementsOf(sampleShape);
    if (shape.length === 1 ? shape[0] === numFeatures : formatShape(shape) === formatShape(sampleShape)) return null;
    const fitting = shape.length === 1 ? [numFeatures] : [...sampleShape];
    return {
      code: "LS204",
      param: "shape",
      text: `Shape ${formatShape(shape)} differs from the dataset's samples, ${formatShape(sampleShape)}. Use ${formatShape(fitting)}.`,
      badge: `dataset is ${formatShape(sampleShape)}`,
      fix: { type: "setParam", param: "shape", value: fitting, label: `Use ${formatShape(fitting)}` },
    };
  },
  reference: {
    // The samples themselves are handed to the layer as its only tensor.
    forward: ({ inputs }) => ({ output: onlyInput(inputs) }),
    backward: ({ outputGradient }) => ({
      inputs: [{ shape: outputGradient.shape, data: outputGradient.data.slice() }],
      weights: {},
    }),
  },
  torch: ({ shape }) => ({ call: ([x = ""]) => (shape.length === 1 ? `${x}.flatten(1)` : x) }),
  onnx: ({ shape }, [sample = []]) =>
    shape.length === 1 && sample.length > 1 ? onnxOperator("Flatten", { axis: { int: 1 } }) : onnxIdentity,
  lower: () => ({ op: "input" }),
});
