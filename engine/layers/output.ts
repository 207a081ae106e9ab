/** Output: probabilities of the classes, and the loss that training lowers. */
import { z } from "zod";
import { defineLayer, formatCount, type Tensor } from "../layer.ts";
import { ok } from "../result.ts";
import { expectFlat } from "./flat.ts";
import { at, onlyInput, zeros } from "./tensor.ts";

const params = z.strictObject({
  loss: z
    .enum(["softmaxCrossEntropy"])
    .default("softmaxCrossEntropy")
    .meta({
      title: "Loss",
      description: "What training lowers, a mean over the batch.",
      control: "select",
      labels: { softmaxCrossEntropy: "Softmax cross-entropy" },
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

export const output = defineLayer<Params>({
  kind: "output",
  title: "Output",
  subtitle: "Class probabilities and loss",
  family: "io",
  formula: "loss(ŷ, y)",
  aliases: ["loss", "softmax", "cross-entropy", "target", "classifier"],
  doc: [
    "Turns the logits `z`, one a class, into probabilities `p = softmax(z)` and ends the net. Training lowers the cross-entropy",
    "`−log p[label]`, a mean over the batch; its gradient with respect to the logits is `(p − onehot(label)) / N`.",
    "Softmax and logarithm are computed together, as `log Σ exp(z − max z) − (z[label] − max z)`, so that large logits do not overflow.",
    "Bridle, *Probabilistic interpretation of feedforward classification network outputs* (1990).",
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
  summary: () => "softmax cross-entropy",
  checkDataset: (_params, inputs, dataset) => {
    const numClasses = inputs[0]?.[0] ?? 0;
    if (numClasses === dataset.numClasses) return null;
    return {
      code: "LS205",
      text: `receives ${formatCount(numClasses)} ${numClasses === 1 ? "value" : "values"}, but the dataset has ${formatCount(dataset.numClasses)} classes.`,
      badge: `${numClasses} of ${dataset.numClasses} classes`,
      fix: { type: "setWidthBefore", width: dataset.numClasses },
    };
  },
  reference: {
    // The probabilities are what statistics show; the loss is separate and starts from the logits.
    forward: ({ inputs }) => ({ output: softmax(onlyInput(inputs)) }),
    // dz[k] = p[k]·(g[k] − Σ_j g[j]·p[j]): the softmax alone. Fresh tensor.
    backward: ({ output: probabilities, outputGradient }) => {
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
    // L = 1/N Σ_n (log Σ_j exp(z[n,j] − m_n) + m_n − z[n, label_n]);  dz = (p − onehot) / N.
    loss: (_params, logits, labels) => {
      const [numSamples = 0, numClasses = 0] = logits.shape;
      const inputGradient = softmax(logits);
      let sum = 0;
      let correct = 0;
      for (let n = 0; n < numSamples; n++) {
        const label = at(labels, n);
        const row = logits.data.subarray(n * numClasses, (n + 1) * numClasses);
        const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
        sum += Math.log(row.reduce((total, value) => total + Math.exp(value - largest), 0)) + largest - at(row, label);
        if (row.indexOf(largest) === label) correct++;
        for (let k = 0; k < numClasses; k++) {
          const index = n * numClasses + k;
          inputGradient.data[index] = (at(inputGradient.data, index) - (k === label ? 1 : 0)) / numSamples;
        }
      }
      return { value: sum / numSamples, inputGradient, correct };
    },
  },
  lower: () => ({ op: "softmaxCrossEntropy" }),
});
