/**
 * Reference cases on the kernels, as nets that train.
 *
 * A network shows losses and weights only, so what a layer gives is read off weights. Sample n is the n-th unit vector; a dense layer
 * whose column n is x[n] then makes the sample x[n], and its weight gradient is the gradient of x, sample by sample. A second dense
 * layer of zeros, added to the layer's output y, has dL/dy as its weight gradient. With squared error over M values against the targets
 * t, dL/dy = 2·(y − t)/M: targets y − r·M/2 bring the gradient r to the layer, and y = t + M/2 · dL/dy.
 */
import { compile } from "../../compile/compile.ts";
import type { Labels } from "../../data/labels.ts";
import { type OptimizerSettings, optimizerSchema } from "../../document/optimizers.ts";
import { elementsOf, type NamedTensor, type ParamValue, type Tensor } from "../../layer.ts";
import { err, ok, type Result } from "../../result.ts";
import { createNetwork, type NetworkOptions } from "../createNetwork.ts";
import type { Network } from "../network.ts";
import { type Errors, relativeError } from "./agreement.ts";
import { documentOf, type NodeSketch } from "./chainDocument.ts";
import { idleWeights, parseNet } from "./netText.ts";
import type {
  BatchNormCase,
  EntropyCase,
  LayerPass,
  OptimizerCase,
  ReferenceCase,
  SquaresCase,
  TrainingCase,
} from "./referenceFile.ts";

type Host = NetworkOptions["host"];

const named = (name: string, shape: readonly number[], data: ArrayLike<number>): NamedTensor => ({
  name,
  shape,
  data: Float32Array.from(data),
});

/** `[N, F]` to `[F, N]`: samples as columns of dense weights. */
const columns = (data: ArrayLike<number>, numSamples: number): Float64Array => {
  const width = data.length / numSamples;
  return Float64Array.from(
    { length: data.length },
    (_, at) => data[(at % numSamples) * width + Math.floor(at / numSamples)] as number,
  );
};

/** `[F, N]` back to `[N, F]`. */
const rows = (data: ArrayLike<number>, numSamples: number): Float64Array => {
  const width = data.length / numSamples;
  return Float64Array.from(
    { length: data.length },
    (_, at) => data[(at % width) * numSamples + Math.floor(at / width)] as number,
  );
};

const unitVectors = (count: number): Float32Array =>
  Float32Array.from({ length: count * count }, (_, at) => (at % (count + 1) === 0 ? 1 : 0));

interface Net {
  readonly sketches: readonly NodeSketch[];
  readonly sampleShape: readonly number[];
  readonly samples: Float32Array;
  readonly labels: Labels;
  readonly count: number;
  readonly batchSize: number;
  readonly optimizer?: OptimizerSettings;
  readonly weightDecay?: number;
}

const open = async (net: Net, host: Host): Promise<Result<Network, string>> => {
  const { program, diagnostics } = compile(documentOf(net.sketches), { dataset: null });
  if (program === null) return err(diagnostics.map(({ message }) => message).join(" "));
  const split = { count: net.count, images: net.samples, labels: net.labels };
  const network = await createNetwork({
    program: { ...program, batchSize: net.batchSize },
    data: { sampleShape: net.sampleShape, scale: 1, offset: 0, train: split, test: split },
    optimizer: net.optimizer ?? { name: "sgd" },
    weightDecay: net.weightDecay ?? 0,
    seed: 1,
    threads: 1,
    host,
  });
  return network.ok ? ok(network.value) : err(network.error.message);
};

const byName = (network: Network): ReadonlyMap<string, Float32Array> =>
  new Map(network.tensors().map(({ name, data }) => [name, data]));

/**
 * A power of two, so that multiplying by it rounds nothing, and so large that a gradient outweighs the weight it is read off: at rate 1
 * what is left of a gradient of 1e-5 beside a weight of 100 is rounding.
 */
const PROBE_RATE = 2 ** 40;

const stepOn = (network: Network, numSamples: number) =>
  network.trainStep({
    indices: Uint32Array.from({ length: numSamples }, (_, row) => row),
    step: 1,
    learningRate: PROBE_RATE,
    measure: false,
  });

/** The weights' gradients: one step of SGD takes them off, times the rate. */
const gradientOf = (
  before: ReadonlyMap<string, Float32Array>,
  after: ReadonlyMap<string, Float32Array>,
  name: string,
) =>
  Float64Array.from(
    before.get(name) ?? [],
    (value, at) => (value - (after.get(name)?.[at] ?? Number.NaN)) / PROBE_RATE,
  );

interface LayerRun {
  readonly kind: string;
  readonly params: unknown;
  readonly values: LayerPass;
  readonly state: readonly NamedTensor[];
}

const layerErrors = async (
  run: LayerRun,
  host: Host,
): Promise<Result<{ errors: Errors; state: ReadonlyMap<string, Float32Array> }, string>> => {
  const { values } = run;
  const { x } = values.inputs;
  const [numSamples = 0, ...shape] = x.shape;
  const outputShape = values.output.shape.slice(1);
  const width = elementsOf(outputShape);
  const total = numSamples * width;
  const sketches: NodeSketch[] = [
    { kind: "input", id: "input", params: { shape: [numSamples], scaling: "none" } },
    { kind: "dense", id: "x", params: { units: elementsOf(shape), bias: false } },
    ...(shape.length > 1 ? [{ kind: "reshape", id: "image", params: { shape } }] : []),
    { kind: run.kind, id: "layer", params: run.params as Record<string, ParamValue> },
    ...(outputShape.length > 1 ? [{ kind: "flatten", id: "flat" }] : []),
    { kind: "dense", id: "probe", params: { units: width, bias: false }, from: ["input"] },
    { kind: "add", id: "sum", from: [outputShape.length > 1 ? "flat" : "layer", "probe"] },
    { kind: "output", id: "output", params: { loss: "meanSquaredError" } },
  ];
  const tensors: NamedTensor[] = [
    named("x.weight", [elementsOf(shape), numSamples], columns(x.data, numSamples)),
    named("probe.weight", [width, numSamples], new Float32Array(total)),
    ...Object.entries(values.params).map(([name, tensor]) => named(`layer.${name}`, tensor.shape, tensor.data)),
    ...run.state,
  ];
  const step = async (targets: Float64Array) => {
    const network = await open(
      {
        sketches,
        sampleShape: [numSamples],
        samples: unitVectors(numSamples),
        labels: { targets: Float32Array.from(targets), width },
        count: numSamples,
        batchSize: numSamples,
      },
      host,
    );
    if (!network.ok) return network;
    try {
      network.value.setTensors(tensors);
      const before = byName(network.value);
      stepOn(network.value, numSamples);
      return ok({ before, after: byName(network.value) });
    } finally {
      network.value.dispose();
    }
  };
  // Against the expected output: what is left is how far the layer's is from it.
  const near = await step(values.output.data);
  if (!near.ok) return near;
  const rest = rows(gradientOf(near.value.before, near.value.after, "probe.weight"), numSamples);
  const output = Float32Array.from(values.output.data).map(
    (value, at) => value + ((rest[at] ?? Number.NaN) * total) / 2,
  );
  const far = await step(
    Float64Array.from(output, (value, at) => value - ((values.outputGradient.data[at] ?? 0) * total) / 2),
  );
  if (!far.ok) return far;
  const { before, after } = far.value;
  const errors: Record<string, number> = {
    output: relativeError(output, values.output.data),
    "input gradient": relativeError(
      rows(gradientOf(before, after, "x.weight"), numSamples),
      values.inputGradients.x.data,
    ),
  };
  for (const [name, expected] of Object.entries(values.paramGradients)) {
    errors[`gradient of ${name}`] = relativeError(gradientOf(before, after, `layer.${name}`), expected.data);
  }
  return ok({ errors, state: after });
};

const inMode = (mode: string, errors: Errors): Errors =>
  Object.fromEntries(Object.entries(errors).map(([name, error]) => [`${mode}: ${name}`, error]));

const batchNormErrors = async (params: unknown, values: BatchNormCase, host: Host): Promise<Result<Errors, string>> => {
  const { mean, variance } = values.runningBefore;
  const state = [
    named("layer.runningMean", mean.shape, mean.data),
    named("layer.runningVariance", variance.shape, variance.data),
  ];
  const train = await layerErrors({ kind: "batchNorm", params, values: values.train, state }, host);
  if (!train.ok) return train;
  const running = { ...(params as object), statistics: "running" };
  const evaluation = await layerErrors({ kind: "batchNorm", params: running, values: values.eval, state }, host);
  if (!evaluation.ok) return evaluation;
  return ok({
    ...inMode("training", train.value.errors),
    ...inMode("evaluation", evaluation.value.errors),
    "running mean": relativeError(train.value.state.get("layer.runningMean") ?? [], values.runningAfter.mean.data),
    "running variance": relativeError(
      train.value.state.get("layer.runningVariance") ?? [],
      values.runningAfter.variance.data,
    ),
  });
};

/** Logits or outputs as columns of dense weights, whose gradient is the loss's. */
const lossErrors = async (
  outputs: Tensor,
  labels: Labels,
  params: Record<string, ParamValue>,
  expected: { readonly value: number; readonly gradient: Tensor },
  host: Host,
): Promise<Result<Errors, string>> => {
  const [numSamples = 0, width = 0] = outputs.shape;
  const network = await open(
    {
      sketches: [
        { kind: "input", id: "input", params: { shape: [numSamples], scaling: "none" } },
        { kind: "dense", id: "x", params: { units: width, bias: false } },
        { kind: "output", id: "output", params },
      ],
      sampleShape: [numSamples],
      samples: unitVectors(numSamples),
      labels,
      count: numSamples,
      batchSize: numSamples,
    },
    host,
  );
  if (!network.ok) return network;
  try {
    network.value.setTensors([named("x.weight", [width, numSamples], columns(outputs.data, numSamples))]);
    const before = byName(network.value);
    const { loss } = stepOn(network.value, numSamples);
    const gradient = rows(gradientOf(before, byName(network.value), "x.weight"), numSamples);
    return ok({
      value: relativeError([loss], [expected.value]),
      gradient: relativeError(gradient, expected.gradient.data),
    });
  } finally {
    network.value.dispose();
  }
};

const entropyErrors = (values: EntropyCase, host: Host) =>
  lossErrors(
    values.logits,
    { classes: Uint8Array.from(values.labels) },
    { loss: "softmaxCrossEntropy", labelSmoothing: values.labelSmoothing ?? 0 },
    { value: values.value, gradient: values.logitsGradient },
    host,
  );

const squaresErrors = (values: SquaresCase, host: Host) =>
  lossErrors(
    values.outputs,
    { targets: Float32Array.from(values.targets.data), width: values.targets.shape[1] ?? 1 },
    { loss: "meanSquaredError" },
    { value: values.value, gradient: values.outputsGradient },
    host,
  );

/**
 * Dense weights of a net whose one input is s: squared error of P outputs s·w against s·w − g·P/(2·s) gives the weights the gradient g.
 * A small s, so that weights that float32 has moved a little off the expected ones leave the gradient as it is.
 */
const PROBE_INPUT = 2 ** -20;

const optimizerErrors = async (values: OptimizerCase, host: Host): Promise<Result<Errors, string>> => {
  const { learningRate, weightDecay, ...numbers } = values.config;
  const settings = optimizerSchema.safeParse({ name: values.optimizer, ...numbers });
  if (!settings.success) return err(`There is no optimizer "${values.optimizer}" with these numbers.`);
  const numWeights = values.paramsBefore.data.length;
  const numSteps = values.gradients.length;
  const starts = [values.paramsBefore, ...values.paramsAfterEachStep];
  const targets = values.gradients.flatMap(({ data: gradient }, step) =>
    Array.from(
      gradient,
      (g, at) => PROBE_INPUT * (starts[step]?.data[at] ?? Number.NaN) - (g * numWeights) / (2 * PROBE_INPUT),
    ),
  );
  const network = await open(
    {
      sketches: [
        { kind: "input", id: "input", params: { shape: [1], scaling: "none" } },
        { kind: "dense", id: "w", params: { units: numWeights, bias: false } },
        { kind: "output", id: "output", params: { loss: "meanSquaredError" } },
      ],
      sampleShape: [1],
      samples: new Float32Array(numSteps).fill(PROBE_INPUT),
      labels: { targets: Float32Array.from(targets), width: numWeights },
      count: numSteps,
      batchSize: 1,
      optimizer: settings.data,
      weightDecay,
    },
    host,
  );
  if (!network.ok) return network;
  try {
    network.value.setTensors([named("w.weight", [numWeights, 1], values.paramsBefore.data)]);
    const errors: Record<string, number> = {};
    for (let step = 1; step <= numSteps; step++) {
      network.value.trainStep({ indices: Uint32Array.of(step - 1), step, learningRate, measure: false });
      const weights = byName(network.value).get("w.weight") ?? [];
      errors[`step ${step}`] = relativeError(weights, values.paramsAfterEachStep[step - 1]?.data ?? []);
    }
    return ok(errors);
  } finally {
    network.value.dispose();
  }
};

const trainingErrors = async (values: TrainingCase, host: Host): Promise<Result<Errors, string>> => {
  const net = parseNet(values.net);
  if (!net.ok) return net;
  const { name, learningRate, weightDecay, ...numbers } = values.optimizer;
  const settings = optimizerSchema.safeParse({ name, ...numbers });
  if (!settings.success) return err(`There is no optimizer "${name}" with these numbers.`);
  const batchSize = values.batches[0]?.labels.length ?? 0;
  const network = await open(
    {
      sketches: net.value,
      sampleShape: values.batches[0]?.x.shape.slice(1) ?? [],
      samples: Float32Array.from(values.batches.flatMap(({ x }) => Array.from(x.data))),
      labels: { classes: Uint8Array.from(values.batches.flatMap(({ labels }) => labels)) },
      count: batchSize * values.batches.length,
      batchSize,
      optimizer: settings.data,
      weightDecay,
    },
    host,
  );
  if (!network.ok) return network;
  try {
    network.value.setTensors(
      Object.entries(values.paramsBefore).map(([tensor, { shape, data }]) => named(tensor, shape, data)),
    );
    const losses = values.batches.map(
      (_, index) =>
        network.value.trainStep({
          indices: Uint32Array.from({ length: batchSize }, (__, row) => index * batchSize + row),
          step: index + 1,
          learningRate,
          measure: false,
        }).loss,
    );
    const after = byName(network.value);
    const idle = idleWeights(net.value);
    const weights = Object.entries(values.paramsAfter).map(([tensor, expected]) =>
      idle.has(tensor) ? 0 : relativeError(after.get(tensor) ?? [], expected.data),
    );
    return ok({ losses: relativeError(losses, values.lossBeforeEachStep), weights: Math.max(0, ...weights) });
  } finally {
    network.value.dispose();
  }
};

export const runOnKernels = async (reference: ReferenceCase, host: Host): Promise<Result<Errors, string>> => {
  switch (reference.type) {
    case "layer": {
      const { kind, params, values } = reference;
      const run = await layerErrors({ kind, params, values, state: [] }, host);
      return run.ok ? ok(run.value.errors) : run;
    }
    case "batchNorm":
      return batchNormErrors(reference.params, reference.values, host);
    case "entropy":
      return entropyErrors(reference.values, host);
    case "squares":
      return squaresErrors(reference.values, host);
    case "optimizer":
      return optimizerErrors(reference.values, host);
    case "training":
      return trainingErrors(reference.values, host);
  }
};
