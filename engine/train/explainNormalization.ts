/** A normalizing node of a trained net, step by step: its values and gradients on the batch that was trained last. */
import type { Program, ProgramLayer } from "../compile/compiled.ts";
import { elementsOf, type NamedTensor, type Tensor } from "../layer.ts";
import { layerOf } from "../registry.ts";
import { err, ok, type Result } from "../result.ts";
import {
  checkStep,
  fusedInputGradient,
  type NormalizedSet,
  normalizationSteps,
  type StepId,
} from "./normalizationSteps.ts";
import { type ReferenceStep, referenceStep } from "./reference.ts";
import { createStream } from "./rng.ts";

/** Multiply-adds of the pass in float64: the batch is cut to what takes about a second. */
const BUDGET = 1e8;
const LEAST_SAMPLES = 2;
const NUM_EXAMPLES = 6;

/** What an edge carries, in few numbers. */
export interface EdgeSummary {
  readonly count: number;
  readonly mean: number;
  /** Population standard deviation; 0 for one value. */
  readonly std: number;
  /** The first values. */
  readonly examples: readonly number[];
}

export interface ExplainedStep {
  readonly id: StepId;
  readonly forward: EdgeSummary;
  readonly gradient: EdgeSummary;
  readonly checked: number;
  readonly relativeError: number;
}

export interface ExplainedNormalization {
  readonly nodeId: string;
  readonly step: number;
  /** What a set of values is: a channel of the batch, a sample, or a group of channels of a sample. */
  readonly sets: "channel" | "sample" | "group";
  readonly set: number;
  readonly numSets: number;
  readonly setSize: number;
  /** Samples of the batch that were taken, and how many it has. */
  readonly numSamples: number;
  readonly batchSize: number;
  readonly epsilon: number;
  readonly steps: readonly ExplainedStep[];
  /** Of the whole set: largest difference from the steps' dx, relative to the largest |dx|. */
  readonly fusedDifference: number;
  /** The same between the steps and what the layer computes. */
  readonly layerDifference: number;
}

const summaryOf = (values: Float64Array): EdgeSummary => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { count: values.length, mean, std: Math.sqrt(variance), examples: [...values.subarray(0, NUM_EXAMPLES)] };
};

const largestDifference = (a: Float64Array, b: Float64Array): number => {
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? Number.NaN))), 0);
  return largest === 0 ? difference : difference / largest;
};

/** Which elements of a tensor [N, C, …] are normalized together, and which γ and β each has. */
interface Sets {
  readonly name: ExplainedNormalization["sets"];
  readonly count: number;
  readonly elements: (set: number) => Int32Array;
  readonly weightOf: (element: number) => number;
}

const setsOf = (layer: ProgramLayer, shape: readonly number[]): Sets | null => {
  const [samples = 1, channels = 1] = shape;
  const inner = elementsOf(shape.slice(2));
  const sampleSize = channels * inner;
  const { operation } = layer;
  if (operation?.op === "batchNorm") {
    return {
      name: "channel",
      count: channels,
      elements: (channel) =>
        Int32Array.from(
          { length: samples * inner },
          (_, at) => Math.floor(at / inner) * sampleSize + channel * inner + (at % inner),
        ),
      weightOf: (element) => Math.floor(element / inner) % channels,
    };
  }
  const run = (count: number, size: number, name: Sets["name"], weightOf: Sets["weightOf"]): Sets => ({
    name,
    count,
    elements: (set) => Int32Array.from({ length: size }, (_, at) => set * size + at),
    weightOf,
  });
  if (operation?.op !== "groupNorm") return null;
  const { groups, perPlace } = operation;
  return run(
    samples * groups,
    sampleSize / groups,
    groups === 1 ? "sample" : "group",
    perPlace ? (element) => element % sampleSize : (element) => Math.floor(element / inner) % channels,
  );
};

const doubles = ({ shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> }): Tensor => ({
  shape: [...shape],
  data: Float64Array.from(data),
});

/** dL/dx by the layer's own backward pass. */
const inputGradientOf = (
  layer: ProgramLayer,
  call: { readonly x: Tensor; readonly dy: Tensor; readonly tensors: ReadonlyMap<string, Tensor> },
): Float64Array => {
  const definition = layerOf(layer.kind);
  const pick = (specs: readonly { readonly name: string }[]): Record<string, Tensor> =>
    Object.fromEntries(
      specs.flatMap(({ name }) => {
        const tensor = call.tensors.get(`${layer.nodeId}.${name}`);
        return tensor === undefined ? [] : [[name, tensor]];
      }),
    );
  const pass = {
    params: layer.params,
    inputs: [call.x],
    weights: pick(layer.weights),
    state: pick(layer.state),
    mode: "training",
    random: () => 0,
  } as const;
  const { output, saved } = definition?.reference.forward(pass) ?? { output: call.x, saved: {} };
  const gradients = definition?.reference.backward({
    ...pass,
    output,
    saved: saved ?? {},
    outputGradient: call.dy,
  });
  return gradients?.inputs[0]?.data ?? new Float64Array(0);
};

/** How many samples of a batch an explanation takes. */
export const explainedSamples = (program: Program, batchSize: number): number => {
  const macs = program.layers.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
  return Math.min(batchSize, Math.max(LEAST_SAMPLES, Math.floor(BUDGET / (3 * Math.max(1, macs)))));
};

/** A pass in float64 over the batch that was trained last, with the weights after it. */
export interface ExplainedPass {
  readonly step: number;
  readonly numSamples: number;
  readonly batchSize: number;
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly pass: ReferenceStep;
}

export const explainedPass = (call: {
  readonly program: Program;
  readonly tensors: readonly NamedTensor[];
  /** Of the batch trained last, cut to `explainedSamples`. */
  readonly samples: Tensor;
  readonly labels: ArrayLike<number>;
  readonly batchSize: number;
  readonly step: number;
  readonly seed: number;
}): ExplainedPass => {
  const { program, samples, labels, batchSize, seed, step } = call;
  const tensors = new Map(call.tensors.map((tensor) => [tensor.name, doubles(tensor)]));
  const random = (nodeId: string) => createStream(seed, `explain:${nodeId}`);
  const pass = referenceStep({ program, samples, weights: tensors, state: tensors, mode: "training", random }, labels);
  return { step, numSamples: samples.shape[0] ?? 0, batchSize, tensors, pass };
};

/** `set`: which set of values; beyond the last: the last. The error is a sentence: what cannot be taken apart, and why. */
export const explainNormalization = (
  program: Program,
  { step, numSamples, batchSize, tensors, pass }: ExplainedPass,
  call: { readonly nodeId: string; readonly set: number },
): Result<ExplainedNormalization, string> => {
  const { nodeId } = call;
  const layer = program.layers.find((candidate) => candidate.nodeId === nodeId);
  if (layer === undefined) return err("This node is not part of the net that the run trains.");
  const { operation } = layer;
  if (operation?.op !== "batchNorm" && operation?.op !== "groupNorm")
    return err(`"${layer.name}" is no normalization.`);
  if (operation.op === "batchNorm" && operation.statistics === "running") {
    return err(`"${layer.name}" normalizes by its running values: nothing is computed from the batch.`);
  }
  const inputId = layer.inputs[0] ?? "";
  const x = pass.outputs.get(inputId);
  const dy = pass.outputGradients.get(nodeId);
  if (x === undefined) return err(`Nothing feeds "${layer.name}".`);
  if (dy === undefined) return err(`The loss does not depend on "${layer.name}": no gradient comes back to it.`);
  const sets = setsOf(layer, x.shape);
  if (sets === null) return err(`"${layer.name}" is no normalization.`);
  const set = Math.min(Math.max(0, call.set), sets.count - 1);
  const elements = sets.elements(set);
  const take = (data: Float64Array): Float64Array => Float64Array.from(elements, (element) => data[element] ?? 0);
  const weights = (name: string, otherwise: number): Float64Array => {
    const data = tensors.get(`${nodeId}.${name}`)?.data;
    return Float64Array.from(elements, (element) => data?.[sets.weightOf(element)] ?? otherwise);
  };
  const normalized: NormalizedSet = {
    x: take(x.data),
    gamma: weights("gamma", 1),
    beta: weights("beta", 0),
    epsilon: operation.epsilon,
    outputGradient: take(dy.data),
  };
  const steps = normalizationSteps(normalized);
  const dx = steps[0]?.gradient ?? new Float64Array(0);
  const layerGradient = inputGradientOf(layer, { x, dy, tensors });
  return ok({
    nodeId,
    step,
    sets: sets.name,
    set,
    numSets: sets.count,
    setSize: elements.length,
    numSamples,
    batchSize,
    epsilon: normalized.epsilon,
    steps: steps.map((values) => ({
      id: values.id,
      forward: summaryOf(values.forward),
      gradient: summaryOf(values.gradient),
      ...checkStep(normalized, values),
    })),
    fusedDifference: largestDifference(dx, fusedInputGradient(normalized)),
    layerDifference: largestDifference(dx, take(layerGradient)),
  });
};
