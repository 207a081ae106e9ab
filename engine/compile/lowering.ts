/** What lowering collects: buffers, tables, operations, tensors of the door, and where each value of the graph lies. */
import type { TrainingSettings } from "../document/schema.ts";
import { WEIGHT_RECORD_BYTES } from "../kernels/header.ts";
import { elementsOf, type Shape } from "../layer.ts";
import type { Layout } from "./layout.ts";
import { rowsPerTask } from "./schedule.ts";
import type { Buffer, Domain, Operation } from "./step.ts";

export interface LoweringOptions {
  readonly optimizer: TrainingSettings["optimizer"]["name"];
  /** Whether gradients are clipped. */
  readonly clips: boolean;
  readonly seed: number;
  /** Of the samples as they are stored: a net may take them flattened. */
  readonly sampleShape: Shape;
  /** Whether the dataset stores f32 values; else bytes. */
  readonly floats: boolean;
}

/** The output of a node, or the gradient of it, in memory. */
export interface Value {
  readonly layout: Layout;
  readonly buffer: Buffer;
  /** How the operations around it split: flat values under batch norm by channels, all others by samples. */
  readonly domain: "rows" | "channels";
  readonly gradient: Gradient | null;
}

export interface Gradient {
  readonly layout: Layout;
  readonly buffer: Buffer;
  /** The first consumer to deliver overwrites, the others add. */
  written: boolean;
}

/**
 * What a group with one input needs to pass its gradient on; null: nobody wants it, or none arrives. From here on the gradient of the
 * input counts as written. `accumulate`: 1 where another consumer has delivered before, 0 where this one overwrites.
 */
export const takeGradientPath = (
  input: Value,
  output: Value,
): { readonly gradient: Gradient; readonly target: Gradient; readonly accumulate: 0 | 1 } | null => {
  const [gradient, target] = [output.gradient, input.gradient];
  if (gradient === null || target === null || !gradient.written) return null;
  const accumulate = target.written ? 1 : 0;
  target.written = true;
  return { gradient, target, accumulate };
};

/** A tensor of the door: `floatAt` maps an element (channels first) to its float in the buffer. */
export interface DoorTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly buffer: Buffer;
  readonly floatAt: (element: number) => number;
}

/** f32 vectors of (x − mean)·scale + beta, where mean and variance are those of the batch, or any; or of x + bias. */
export type Affine =
  | {
      readonly type: "normalized";
      readonly mean: Buffer;
      readonly variance: Buffer;
      readonly scale: Buffer;
      readonly beta: Buffer;
    }
  | { readonly type: "scaled"; readonly mean: Buffer; readonly scale: Buffer; readonly beta: Buffer }
  | { readonly type: "biased"; readonly bias: Buffer };

/** Where the output of a node can be measured, and how it follows from what lies there. */
export interface OutputView {
  readonly nodeId: string;
  readonly layout: Layout;
  readonly buffer: Buffer;
  readonly affine: Affine | null;
  /** How it follows in evaluation; absent: as in training. */
  readonly evaluationAffine?: Affine;
  readonly relu: boolean;
  /** Whether its channels are the features of a flat output. */
  readonly flat: boolean;
}

/** Where the statistics of a tensor of weights are gathered. */
export interface WeightMeasurement {
  readonly nodeId: string;
  readonly name: string;
  readonly weights: Buffer;
  /** See `kernels/assembly/statisticsWeights.ts`. */
  readonly record: Buffer;
  /** u8 real lanes of each quad; null: all are. */
  readonly lanes: Buffer | null;
  /** What its update tells, a record for each task; null: there is none. */
  moments: { readonly buffer: Buffer; readonly numTasks: number } | null;
}

/** What a batch norm holds by channel. */
export interface NormMeasurement {
  readonly nodeId: string;
  /** null: the statistics of the batch have no part in it. */
  readonly batch: { readonly mean: Buffer; readonly variance: Buffer; readonly bias: Buffer | null } | null;
  readonly runningMean: Buffer;
  readonly runningVariance: Buffer;
  readonly gamma: Buffer;
  readonly beta: Buffer;
  readonly numChannels: number;
  /** Floats of a vector, and where in it a channel lies. */
  readonly lanes: number;
  readonly floatAt: (channel: number) => number;
  readonly record: Buffer;
}

/** The norm of all gradients, from which each update takes its scale. */
interface Clipping {
  /** f32 that multiplies every gradient. */
  readonly scale: Buffer;
  /** Squares of every tensor, and the operations that sum them. */
  readonly squares: Buffer[];
  readonly operations: Operation[];
  /** Of the tensor before: each knows the next one to add up. */
  previous: Buffer | null;
}

/** FNV-1a, a word at a time. */
const hashOf = (words: Uint32Array): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ (words[i] as number), 0x01000193);
  return hash;
};

const isSame = (a: Uint32Array, b: Uint32Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

export class Lowering {
  readonly training: Operation[] = [];
  readonly evaluation: Operation[] = [];
  /** After weights were set from outside. */
  readonly prepare: Operation[] = [];
  readonly tensors: DoorTensor[] = [];
  /** What the optimizer keeps: `conv1.weight velocity`. */
  readonly optimizerTensors: DoorTensor[] = [];
  readonly views: OutputView[] = [];
  readonly norms: NormMeasurement[] = [];
  readonly #weights = new Map<string, WeightMeasurement>();
  readonly values = new Map<string, Value>();
  readonly buffers: Buffer[] = [];
  readonly batchSize: number;
  readonly options: LoweringOptions;
  /** Rows of a task, and number of tasks: the number of partial sums. */
  readonly chunk: number;
  readonly numChunks: number;
  /** By the hash of their words: a table may have a hundred thousand. */
  readonly #tables = new Map<number, readonly { readonly words: Uint32Array; readonly buffer: Buffer }[]>();
  readonly #constants = new Map<string, Buffer>();
  readonly #named = new Map<string, Buffer>();
  #workspaceBytes = 0;
  /** Written by lossTotal: what reads it runs after the loss is known. */
  readonly lossKnown: Buffer;
  /** null: gradients are not clipped. */
  readonly clip: Clipping | null;
  readonly #rateFactors: ReadonlyMap<string, number | null>;

  /** `rateFactors`: by node, what multiplies the learning rate; null where the weights are frozen. */
  constructor(batchSize: number, options: LoweringOptions, rateFactors: ReadonlyMap<string, number | null>) {
    this.batchSize = batchSize;
    this.options = options;
    this.chunk = rowsPerTask(batchSize);
    this.numChunks = Math.ceil(batchSize / this.chunk);
    this.lossKnown = this.kept("loss known", 16);
    this.#rateFactors = rateFactors;
    this.clip = options.clips
      ? { scale: this.kept("gradient scale", 16), squares: [], operations: [], previous: null }
      : null;
  }

  /** What multiplies the learning rate of a node's weights; null: they are frozen. */
  rateFactor(nodeId: string): number | null {
    const factor = this.#rateFactors.get(nodeId);
    return factor === undefined ? 1 : factor;
  }

  kept(name: string, bytes: number): Buffer {
    const buffer: Buffer = { name, bytes, lifetime: "kept" };
    this.buffers.push(buffer);
    return buffer;
  }

  step(name: string, bytes: number): Buffer {
    const buffer: Buffer = { name, bytes, lifetime: "step" };
    this.buffers.push(buffer);
    return buffer;
  }

  /** Bytes that a kernel needs for each thread while it runs. */
  needWorkspace(bytes: number): void {
    this.#workspaceBytes = Math.max(this.#workspaceBytes, Math.ceil(bytes / 64) * 64);
  }

  /** Of one thread; all kernels use the same ones. */
  get workspaceBytes(): number {
    return this.#workspaceBytes;
  }

  /** A constant table; equal tables are one. */
  table(content: Uint32Array | Float32Array): Buffer {
    const words = new Uint32Array(content.buffer, content.byteOffset, content.length);
    const key = hashOf(words);
    const alike = this.#tables.get(key) ?? [];
    const known = alike.find((table) => isSame(table.words, words));
    if (known !== undefined) return known.buffer;
    const buffer: Buffer = { name: "table", bytes: Math.max(16, content.byteLength), lifetime: "kept", content };
    this.buffers.push(buffer);
    this.#tables.set(key, [...alike, { words, buffer }]);
    return buffer;
  }

  /** A vector of one constant, as long as `quads` quads. */
  constant(value: number, quads: number): Buffer {
    const key = `${value} ${quads}`;
    const known = this.#constants.get(key) ?? this.table(new Float32Array(quads * 4).fill(value));
    this.#constants.set(key, known);
    return known;
  }

  /** The buffer of a weight, made by the layer that has it. */
  declare(name: string, bytes: number): Buffer {
    const buffer = this.kept(name, bytes);
    this.#named.set(name, buffer);
    return buffer;
  }

  named(name: string): Buffer {
    const buffer = this.#named.get(name);
    if (buffer === undefined) throw new RangeError(`There is no tensor ${name}.`);
    return buffer;
  }

  /** What is measured of a tensor; made when it is first asked for. */
  weightMeasurement(nodeId: string, name: string): WeightMeasurement {
    const key = `${nodeId}.${name}`;
    const known = this.#weights.get(key);
    if (known !== undefined) return known;
    const door = this.tensors.find((tensor) => tensor.name === key);
    if (door === undefined) throw new RangeError(`There is no tensor ${key}.`);
    const { buffer } = door;
    const isPadded = elementsOf(door.shape) * 4 !== buffer.bytes;
    const measurement: WeightMeasurement = {
      ...{ nodeId, name, weights: buffer },
      record: this.kept(`${key} record`, WEIGHT_RECORD_BYTES),
      lanes: isPadded ? this.#realLanes(door) : null,
      moments: null,
    };
    this.#weights.set(key, measurement);
    return measurement;
  }

  /** How many lanes of each quad of a tensor are real: always its first ones. */
  #realLanes(door: DoorTensor): Buffer {
    const numQuads = door.buffer.bytes / 16;
    let lanes: Uint8Array | null = null;
    // A layout may be used again.
    const fill = (): Uint8Array => {
      if (lanes !== null) return lanes;
      lanes = new Uint8Array(numQuads);
      const numElements = elementsOf(door.shape);
      for (let element = 0; element < numElements; element++) {
        const float = door.floatAt(element);
        lanes[float >> 2] = Math.max(lanes[float >> 2] ?? 0, (float & 3) + 1);
      }
      return lanes;
    };
    const buffer: Buffer = { name: `${door.name} lanes`, bytes: numQuads, lifetime: "kept", fill };
    this.buffers.push(buffer);
    return buffer;
  }

  value(nodeId: string | undefined): Value {
    const value = this.values.get(nodeId ?? "");
    if (value === undefined) throw new RangeError(`There is no output of node ${nodeId}.`);
    return value;
  }

  /** Partial sums: one slot per task of rows, or one in all. `chunk` is what the kernels take as such. */
  slots(domain: Domain): { readonly count: number; readonly chunk: number } {
    return domain.type === "rows" ? { count: this.numChunks, chunk: this.chunk } : { count: 1, chunk: 0 };
  }
}
