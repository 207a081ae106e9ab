/** Output: where the net ends, and the loss that training lowers. */
import { z } from "zod";
import {
  counted,
  type DatasetFacts,
  defineLayer,
  formatCount,
  type LayerProblem,
  type ReferenceLoss,
  type Tensor,
} from "../layer.ts";
import { ok } from "../result.ts";
import { expectFlat } from "./flat.ts";
import { ONNX_INPUT, onnxNode } from "./onnxNodes.ts";
import { at, mapTensor, onlyInput, zeros } from "./tensor.ts";
import { torchCall } from "./torchText.ts";

const lossNames = { softmaxCrossEntropy: "Softmax cross-entropy", meanSquaredError: "Mean squared error" } as const;

const params = z.strictObject({
  loss: z.enum(["softmaxCrossEntropy", "meanSquaredError"]).default("softmaxCrossEntropy").meta({
    title: "Loss",
    description: "What training lowers, a mean over the batch: cross-entropy for classes, squared error for numbers.",
    control: "select",
    labels: lossNames,
  }),
  labelSmoothing: z.number().min(0).lt(1).default(0).meta({
    title: "Label smoothing",
    description: "Share of a label that is spread evenly over all classes. Only of cross-entropy.",
    control: "number",
  }),
});

type Params = z.infer<typeof params>;

/** p[n,k] = exp(z[n,k] − max) / Σ_j exp(z[n,j] − max): subtracting the largest logit keeps exp from overflowing. */
const softmax = (logits: Tensor): Tensor => {
  const [numSamples = 0, numClasses = 0] = logits.shape;
  const probabilities = zeros(logits.shape);
  for (let n = 0; n < numSamples; n++) {
    const row = logits.data.subarray(n * numClasses, (n + 1) * numClasses);
    const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = row.map((value) => Math.exp(value - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    for (let k = 0; k < numClasses; k++) probabilities.data[n * numClasses + k] = at(powers, k) / sum;
  }
  return probabilities;
};

/**
 * q[n,k] = (1 − ε)·[k = label] + ε/K;  L = 1/N Σ_n Σ_k −q[n,k]·log p[n,k] with log p[n,k] = (z[n,k] − m_n) − log Σ_j exp(z[n,j] − m_n);
 * dz = (p − q) / N.
 */
const crossEntropy = (logits: Tensor, labels: ArrayLike<number>, smoothing: number): ReferenceLoss => {
  const [numSamples = 0, numClasses = 0] = logits.shape;
  const inputGradient = softmax(logits);
  let sum = 0;
  let correct = 0;
  for (let n = 0; n < numSamples; n++) {
    const label = at(labels, n);
    const row = logits.data.subarray(n * numClasses, (n + 1) * numClasses);
    const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const logSum = Math.log(row.reduce((total, value) => total + Math.exp(value - largest), 0));
    if (row.indexOf(largest) === label) correct++;
    for (let k = 0; k < numClasses; k++) {
      const index = n * numClasses + k;
      const share = (k === label ? 1 - smoothing : 0) + smoothing / numClasses;
      // A share of 0 leaves out its term, also where the logit is −∞ and 0 · ∞ would be NaN.
      if (share > 0) sum += share * (logSum + largest - at(row, k));
      inputGradient.data[index] = (at(inputGradient.data, index) - share) / numSamples;
    }
  }
  return { value: sum / numSamples, inputGradient, correct };
};

/** L = 1/(N·K) Σ_n Σ_k (y[n,k] − t[n,k])²;  dy = 2·(y − t) / (N·K). `targets` row-major, K a sample. */
const squaredError = (outputs: Tensor, targets: ArrayLike<number>): ReferenceLoss => {
  const differences = outputs.data.map((value, index) => value - at(targets, index));
  const value = differences.reduce((sum, difference) => sum + difference * difference, 0) / differences.length;
  const inputGradient = {
    shape: outputs.shape,
    data: differences.map((difference) => (2 * difference) / differences.length),
  };
  return { value, inputGradient, correct: null };
};

const checkClasses = (width: number, { numClasses, targetWidth }: DatasetFacts): LayerProblem | null => {
  if (targetWidth !== undefined) {
    return {
      code: "LS205",
      param: "loss",
      text: `Cross-entropy needs classes, but the samples have targets of ${counted(targetWidth, "number")}.`,
      badge: "targets, no classes",
      fix: {
        type: "setParam",
        param: "loss",
        value: "meanSquaredError",
        label: `Use ${lossNames.meanSquaredError.toLowerCase()}`,
      },
    };
  }
  if (width === numClasses) return null;
  return {
    code: "LS205",
    text: `receives ${counted(width, "value")}, but the dataset has ${counted(numClasses, "class")}.`,
    badge: `${width} of ${counted(numClasses, "class")}`,
    fix: { type: "setWidthBefore", width: numClasses },
  };
};

const checkTargets = (width: number, { numClasses, targetWidth }: DatasetFacts): LayerProblem | null => {
  if (targetWidth === undefined) {
    return {
      code: "LS205",
      param: "loss",
      text: `Squared error needs targets, but the samples have ${counted(numClasses, "class")}.`,
      badge: "classes, no targets",
      fix: {
        type: "setParam",
        param: "loss",
        value: "softmaxCrossEntropy",
        label: `Use ${lossNames.softmaxCrossEntropy.toLowerCase()}`,
      },
    };
  }
  if (width === targetWidth) return null;
  return {
    code: "LS205",
    text: `receives ${counted(width, "value")}, but the targets have ${formatCount(targetWidth)}.`,
    badge: `${width} of ${counted(targetWidth, "value")}`,
    fix: { type: "setWidthBefore", width: targetWidth },
  };
};

export const output = defineLayer<Params>({
  kind: "output",
  title: "Output",
  subtitle: "Predictions and loss",
  family: "io",
  formula: "loss(ŷ, y)",
  aliases: ["loss", "softmax", "cross-entropy", "target", "classifier", "mse", "mean squared error", "regression"],
  doc: [
    "Ends the net. With **softmax cross-entropy** it turns the logits `z`, one a class, into probabilities `p = softmax(z)`. Training lowers",
    "`−Σ q[k]·log p[k]`, a mean over the batch; its gradient with respect to the logits is `(p − q) / N`. Without smoothing `q` is 1 at the",
    "label and 0 elsewhere; with label smoothing `ε` it is `(1 − ε)·onehot(label) + ε/K`, which keeps logits from growing without end.",
    "Softmax and logarithm are computed together, as `log Σ exp(z − max z) − (z[label] − max z)`, so that large logits do not overflow.",
    "With **mean squared error** its input is the prediction of the target's numbers. Training lowers `Σ (y − t)² / (N·K)`, a mean over",
    "all `K` numbers of the batch, with gradient `2·(y − t) / (N·K)`; shown beside it is `R² = 1 − loss / variance of the targets`.",
    "Bridle, *Probabilistic interpretation of feedforward classification network outputs* (1990); Szegedy et al., *Rethinking the",
    "inception architecture* (2016), for label smoothing.",
  ].join("\n"),
  namePrefix: "output",
  rarelyRepeated: true,
  params,
  inputs: ["in"],
  outputs: [],
  inferShape: (_params, inputs) => {
    const flat = expectFlat(inputs);
    return flat.ok ? ok([flat.value]) : flat;
  },
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: ({ loss, labelSmoothing }) =>
    loss === "meanSquaredError"
      ? "mean squared error"
      : labelSmoothing > 0
        ? `cross-entropy, smoothing ${labelSmoothing}`
        : "softmax cross-entropy",
  checkDataset: ({ loss }, inputs, dataset) =>
    (loss === "meanSquaredError" ? checkTargets : checkClasses)(inputs[0]?.[0] ?? 0, dataset),
  reference: {
    // The probabilities, or the predictions, are what statistics show; the loss is separate and starts from the input.
    forward: ({ params: { loss }, inputs }) => {
      const input = onlyInput(inputs);
      return { output: loss === "meanSquaredError" ? mapTensor(input, (value) => value) : softmax(input) };
    },
    // dz[k] = p[k]·(g[k] − Σ_j g[j]·p[j]), the softmax alone; of a prediction g itself. Fresh tensor.
    backward: ({ params: { loss }, output: probabilities, outputGradient }) => {
      if (loss === "meanSquaredError") return { inputs: [mapTensor(outputGradient, (g) => g)], weights: {} };
      const [numSamples = 0, numClasses = 0] = probabilities.shape;
      const inputGradient = zeros(probabilities.shape);
      for (let n = 0; n < numSamples; n++) {
        let dot = 0;
        for (let k = 0; k < numClasses; k++) {
          dot += at(outputGradient.data, n * numClasses + k) * at(probabilities.data, n * numClasses + k);
        }
        for (let k = 0; k < numClasses; k++) {
          const index = n * numClasses + k;
          inputGradient.data[index] = at(probabilities.data, index) * (at(outputGradient.data, index) - dot);
        }
      }
      return { inputs: [inputGradient], weights: {} };
    },
    loss: ({ loss, labelSmoothing }, input, labels) =>
      loss === "meanSquaredError" ? squaredError(input, labels) : crossEntropy(input, labels, labelSmoothing),
  },
  torch: ({ loss, labelSmoothing }) => ({
    call: ([x = ""]) => x,
    loss:
      loss === "meanSquaredError"
        ? "nn.MSELoss()"
        : torchCall("nn.CrossEntropyLoss", [], { label_smoothing: labelSmoothing === 0 ? null : labelSmoothing }),
  }),
  onnx: ({ loss }) => ({
    nodes:
      loss === "meanSquaredError"
        ? [onnxNode("Identity", [ONNX_INPUT], { value: "predictions" })]
        : [
            onnxNode("Softmax", [ONNX_INPUT], { value: "probabilities", attributes: { axis: { int: 1 } } }),
            onnxNode("Identity", [ONNX_INPUT], { value: "logits" }),
          ],
  }),
  lower: ({ loss, labelSmoothing }) =>
    loss === "meanSquaredError" ? { op: "meanSquaredError" } : { op: "softmaxCrossEntropy", labelSmoothing },
});
