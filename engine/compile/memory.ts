/**
 * The memory that training takes: that of the very plan the trainer allocates, worked out when somebody asks and kept until the net changes.
 * Beside it bounds that cost nothing, for nets that are unfinished, or so large that planning them would itself take long.
 */
import { numChannelsOf } from "../data/augmentation.ts";
import { labelBytes } from "../data/labels.ts";
import { optimizers } from "../document/optimizers.ts";
import type { TrainingSettings } from "../document/schema.ts";
import { type DatasetFacts, elementsOf, formatCount } from "../layer.ts";
import type { Program, ProgramLayer } from "./compiled.ts";
import { UnsupportedProgram } from "./lower.ts";
import { type ImageOptions, layOutProgram } from "./programImage.ts";

/** What WebAssembly can address with 32-bit pointers. */
export const MEMORY_LIMIT_BYTES = 4 * 1024 ** 3;

const BYTES_PER_VALUE = 4;

/** A plan of more layers, or with tables of more entries, would take longer than a few tenths of a second. */
const MOST_LAYERS = 1000;
const MOST_TABLE_ENTRIES = 3_000_000;
/** Plans that are kept: those between which undo, redo and a changed batch size go back and forth. */
const MOST_PLANS = 32;

type Sized = Pick<ProgramLayer, "outputShape" | "weights" | "state" | "operation">;

const elements = (tensors: readonly { readonly shape: readonly number[] }[]): number =>
  tensors.reduce((sum, { shape }) => sum + elementsOf(shape), 0);

/** Bytes of one value of a sample. */
const storedBytes = (dataset: DatasetFacts | null): number => (dataset?.stores === "numbers" ? BYTES_PER_VALUE : 1);

/** Bytes of the samples, labels included. */
const dataBytes = (dataset: DatasetFacts | null): number =>
  dataset === null
    ? 0
    : (dataset.trainCount + (dataset.testCount ?? 0)) *
      (elementsOf(dataset.sampleShape) * storedBytes(dataset) + labelBytes(dataset.targetWidth));

/** What the memory depends on, apart from the layers. */
export interface MemoryCall {
  readonly layers: readonly Sized[];
  /** null while the document has errors. */
  readonly program: Program | null;
  readonly training: Pick<TrainingSettings, "optimizer" | "clipNorm">;
  /** null: nothing is known. */
  readonly dataset: DatasetFacts | null;
  readonly numCores: number;
  /** false: a plan that is not known yet is not made. */
  readonly plan?: boolean;
}

/**
 * About what training holds: outputs (batch norm and flatten share a neighbour's) and the two largest gradients, weights, their gradients
 * and the optimizer's values, running statistics, samples.
 */
const estimate = ({ layers, training, dataset }: MemoryCall, batchSize: number): number => {
  const slots = optimizers[training.optimizer.name].slots.length;
  let values = 0;
  let largest = 0;
  for (const { outputShape, weights, state, operation } of layers) {
    const output = batchSize * elementsOf(outputShape);
    const shares = operation?.op === "batchNorm" || operation?.op === "flatten";
    values += elements(weights) * (2 + slots) + elements(state) + (shares ? 0 : output);
    largest = Math.max(largest, output);
  }
  return (values + 2 * largest) * BYTES_PER_VALUE + dataBytes(dataset);
};

/** Entries of the tables that tell the kernels of convolutions and dense layers where pixels and terms lie: what planning spends its time on. */
const tableEntries = (layers: readonly ProgramLayer[], batchSize: number): number =>
  layers.reduce((sum, { operation, inputShapes, outputShape, weights }) => {
    if (operation?.op !== "conv2d" && operation?.op !== "dense") return sum;
    const pixels = (shape: readonly number[]): number => Math.max((shape[1] ?? 1) * (shape[2] ?? 1), 64);
    const terms = elements(weights) / Math.max(1, outputShape[0] ?? 1);
    const samples = operation.op === "dense" ? 2 * batchSize : 0;
    return sum + 4 * (pixels(outputShape) + pixels(inputShapes[0] ?? []) + terms + samples);
  }, 0);

/** By all that a plan goes by. */
const plans = new Map<string, number | null>();

/** What one thread has planned for another: bytes, or null where a net cannot be laid out. */
export type MemoryPlans = readonly (readonly [string, number | null])[];

/** Hands over what was planned, and forgets it. */
export const takeMemoryPlans = (): MemoryPlans => {
  const taken = [...plans];
  plans.clear();
  return taken;
};

/** Takes over what another thread has planned. */
export const learnMemoryPlans = (known: MemoryPlans): void => {
  for (const [key, bytes] of known) keepPlan(key, bytes);
};

const keepPlan = (key: string, bytes: number | null): void => {
  const [oldest] = plans.keys();
  if (!plans.has(key) && plans.size >= MOST_PLANS && oldest !== undefined) plans.delete(oldest);
  plans.set(key, bytes);
};

/** Of all layers of a program, which is asked for its memory several times. */
const programKeys = new WeakMap<Program["layers"], { readonly settings: string; readonly key: string }>();

const programKey = (layers: Program["layers"], settings: string): string => {
  const known = programKeys.get(layers);
  if (known?.settings === settings) return known.key;
  const key = [...layers.map(layerKey), settings].join("\n");
  programKeys.set(layers, { settings, key });
  return key;
};

/** Layers that an edit leaves alone are the very objects that they were. */
const layerKeys = new WeakMap<ProgramLayer, string>();

/** What the plan takes from a layer: names and places on the canvas don't count. A kind without kernels takes what its weights and state take. */
const layerKey = (layer: ProgramLayer): string => {
  const known = layerKeys.get(layer);
  if (known !== undefined) return known;
  const { nodeId, inputs, operation, outputShape, weights, rateFactor, state } = layer;
  const tensors = [...weights, ...state].map(({ name, shape }) => [name, shape]);
  const key = JSON.stringify([nodeId, inputs, operation, outputShape, tensors, rateFactor === null]);
  layerKeys.set(layer, key);
  return key;
};

/** Bytes of the plan; null where it would take too long, or may not be made. */
const planned = (call: MemoryCall, program: Program): number | null => {
  const { training, dataset, numCores } = call;
  if (program.layers.length > MOST_LAYERS) return null;
  const options: ImageOptions = {
    // The seed changes numbers in the plan, not their places.
    lowering: {
      optimizer: training.optimizer.name,
      clips: training.clipNorm !== null,
      seed: 0,
      sampleShape: dataset?.sampleShape ?? program.inputShape,
      floats: dataset?.stores === "numbers",
    },
    data: {
      sampleBytes: elementsOf(dataset?.sampleShape ?? program.inputShape) * storedBytes(dataset),
      numChannels: numChannelsOf(dataset?.sampleShape ?? program.inputShape),
      labelBytes: labelBytes(dataset?.targetWidth),
      trainCount: dataset?.trainCount ?? 0,
      testCount: dataset?.testCount ?? 0,
    },
    threads: null,
    numCores,
  };
  const key = programKey(program.layers, JSON.stringify([program.batchSize, options]));
  const known = plans.get(key);
  if (known !== undefined) return known;
  if (call.plan === false || tableEntries(program.layers, program.batchSize) > MOST_TABLE_ENTRIES) return null;
  const bytes = plan(program, options);
  keepPlan(key, bytes);
  return bytes;
};

const plan = (program: Program, options: ImageOptions): number | null => {
  try {
    return layOutProgram(program, options).memoryBytes;
  } catch (error) {
    if (error instanceof UnsupportedProgram) return null;
    throw error;
  }
};

/** Bytes of the memory in which a net trains, its samples included: planned, or estimated where there is no program or no end to planning. */
export const memoryBytes = (call: MemoryCall, batchSize: number): number =>
  plannedBytes(call, batchSize) ?? estimate(call, batchSize);

/** Bytes of the plan; null where there is none. */
export const plannedBytes = (call: MemoryCall, batchSize: number): number | null =>
  call.program === null ? null : planned(call, { ...call.program, batchSize });

/** A net whose estimate is below this share of the limit fits, whatever its plan is. */
const DOUBTFUL_SHARE = 1 / 8;

/** Whether only a plan can tell that the net fits. */
export const mayExceedLimit = (call: MemoryCall, batchSize: number): boolean =>
  estimate(call, batchSize) > MEMORY_LIMIT_BYTES * DOUBTFUL_SHARE;

/**
 * The largest batch below `tooLarge` that stays within the limit, 0 when not even one sample does. Bytes grow nearly in proportion to the
 * batch, so that a few guesses on a straight line come close; every third step halves, in case they don't.
 */
export const largestBatch = (bytesAt: (batchSize: number) => number, limitBytes: number, tooLarge: number): number => {
  let fits = 1;
  let fitsBytes = bytesAt(1);
  if (fitsBytes > limitBytes) return 0;
  let above = tooLarge;
  let aboveBytes = bytesAt(tooLarge);
  for (let step = 1; above - fits > 1; step++) {
    const share = step % 3 === 0 ? 0.5 : (limitBytes - fitsBytes) / Math.max(1, aboveBytes - fitsBytes);
    const middle = Math.min(above - 1, Math.max(fits + 1, Math.floor(fits + share * (above - fits))));
    const bytes = bytesAt(middle);
    if (bytes <= limitBytes) {
      fits = middle;
      fitsBytes = bytes;
    } else {
      above = middle;
      aboveBytes = bytes;
    }
  }
  return fits;
};

const THREE_DIGITS = 2;

/** `1.21 GiB`, rounded so that what is needed never looks smaller, and what there is never larger, than it is. */
const amount = (bytes: number, round: (value: number) => number): string => {
  const [value, unit] =
    bytes < 1024 ** 2
      ? [bytes / 1024, "KiB"]
      : bytes < 1024 ** 3
        ? [bytes / 1024 ** 2, "MiB"]
        : [bytes / 1024 ** 3, "GiB"];
  if (value >= 1e6) return `${value.toExponential(1)} ${unit}`;
  const step = 10 ** (Math.floor(Math.log10(Math.max(value, 1e-6))) - THREE_DIGITS);
  return `${Number((round(value / step) * step).toPrecision(3))} ${unit}`;
};

/** Memory that there is. */
export interface MemoryLimit {
  readonly bytes: number;
  /** `the 4 GiB that WebAssembly can address`. */
  readonly what: string;
}

export const webAssemblyLimit: MemoryLimit = {
  bytes: MEMORY_LIMIT_BYTES,
  what: `the ${amount(MEMORY_LIMIT_BYTES, Math.floor)} that WebAssembly can address`,
};

export const machineLimit = (freeBytes: number): MemoryLimit => ({
  bytes: freeBytes,
  what: `the ${amount(freeBytes, Math.floor)} that this machine has free`,
});

/** What is needed, what there is, and the batch that would fit (0: none). */
export const tooLargeMessage = (call: {
  readonly bytes: number;
  readonly limit: MemoryLimit;
  readonly batchSize: number;
  readonly fitting: number;
}): string => {
  const needs = `Training needs ${amount(call.bytes, Math.ceil)} of memory, more than ${call.limit.what}.`;
  return call.fitting < 1
    ? `${needs} Not even a batch of one fits: use fewer filters, fewer units or smaller images.`
    : `${needs} Use a batch of ${formatCount(call.fitting)} or less instead of ${formatCount(call.batchSize)}.`;
};

/** The refusal of a machine that seemed to have the memory. */
export const notGivenMessage = (bytes: number, freeBytes: number | null): string => {
  const free = freeBytes === null ? "" : `, though it has ${amount(freeBytes, Math.floor)} free`;
  return `Training needs ${amount(bytes, Math.ceil)} of memory, which this machine does not give${free}. Use a smaller batch or fewer values.`;
};
