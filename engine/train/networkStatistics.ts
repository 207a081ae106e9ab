/** Reads what the statistics kernels left in the memory. */
import type { Lowered } from "../compile/lower.ts";
import type { NormMeasurement, WeightMeasurement } from "../compile/lowering.ts";
import type { Measurement } from "../compile/lowerStatistics.ts";
import type { GradientMeasurement } from "../compile/lowerTensorStatistics.ts";
import type { Buffer } from "../compile/step.ts";
import {
  GRADIENT_COUNTS,
  GRADIENT_RECORD_BYTES,
  NODE_CHANNELS,
  NODE_COUNTS,
  UPDATE_MOMENTS_BYTES,
} from "../kernels/header.ts";
import {
  type BatchNormStatistics,
  CHANNEL_BINS,
  type GradientMoments,
  type Histogram,
  LOWEST_EXPONENT,
  MAX_NORM_CHANNELS,
  type NodeStatistics,
  VALUE_BINS,
  type WeightGradient,
  type WeightStatistics,
  type WeightUpdate,
} from "../telemetry/statistics.ts";

/** What the measured step was. */
interface MeasuredStep {
  readonly rows: number;
  /** Whether the backward pass ran: the loss was finite. */
  readonly isFinite: boolean;
}

export class StatisticsReader {
  readonly #memory: ArrayBufferLike;
  readonly #addressOf: (buffer: Buffer) => number;
  readonly #lowered: Lowered;
  readonly #weights: ReadonlyMap<string, readonly WeightMeasurement[]>;
  readonly #gradients: ReadonlyMap<string, GradientMeasurement>;
  readonly #norms: ReadonlyMap<string, NormMeasurement>;

  constructor(call: {
    readonly memory: ArrayBufferLike;
    readonly addressOf: (buffer: Buffer) => number;
    readonly lowered: Lowered;
  }) {
    this.#memory = call.memory;
    this.#addressOf = call.addressOf;
    this.#lowered = call.lowered;
    const weights = new Map<string, WeightMeasurement[]>();
    for (const measurement of call.lowered.weightMeasurements) {
      const { nodeId } = measurement;
      weights.set(nodeId, [...(weights.get(nodeId) ?? []), measurement]);
    }
    this.#weights = weights;
    this.#gradients = new Map(call.lowered.gradientMeasurements.map((each) => [each.nodeId, each]));
    this.#norms = new Map(call.lowered.lowering.norms.map((each) => [each.nodeId, each]));
  }

  /** Of the measured step, by node id. */
  read(step: MeasuredStep): Map<string, NodeStatistics> {
    return new Map(this.#lowered.measurements.map((each) => [each.view.nodeId, this.#readNode(each, step)]));
  }

  #doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.#memory, address, length);
  }

  #readNode(measurement: Measurement, step: MeasuredStep): NodeStatistics {
    const { nodeId } = measurement.view;
    const address = this.#addressOf(measurement.node);
    const words = Array.from(this.#doubles(address, NODE_COUNTS / 8));
    const [count = 0, mean = 0, squares = 0, finite = 0, min = 0, max = 0, zeros = 0, nonFinite = 0] = words;
    const [low = 0, high = 0, meansLow = 0, meansHigh = 0, stdsLow = 0, stdsHigh = 0, deadChannels = 0] =
      words.slice(8);
    // Ranges of channel histograms cover every channel.
    const channels = (offset: number): Omit<Histogram, "low" | "high"> => ({
      counts: new Uint32Array(this.#memory, address + offset, CHANNEL_BINS).slice(),
      underflow: 0,
      overflow: 0,
    });
    const weights = this.#weights.get(nodeId) ?? [];
    const gradient = this.#gradients.get(nodeId);
    const norm = this.#norms.get(nodeId);
    return {
      nodeId,
      count,
      mean,
      std: finite === 0 ? 0 : Math.sqrt(squares / finite),
      min,
      max,
      zeros: count === 0 ? 0 : zeros / count,
      nonFinite,
      histogram: { low, high, ...this.#readCounts(address + NODE_COUNTS) },
      channelMeans: { low: meansLow, high: meansHigh, ...channels(NODE_CHANNELS) },
      channelStds: { low: stdsLow, high: stdsHigh, ...channels(NODE_CHANNELS + CHANNEL_BINS * 4) },
      deadChannels,
      numChannels: measurement.numChannels,
      saturated: measurement.saturated === null ? null : this.#readSaturated(measurement.saturated, count, step),
      gradient: gradient === undefined || !step.isFinite ? null : this.#readGradient(gradient, step),
      weights: weights.map((each) => this.#readWeights(each, step)),
      batchNorm: norm === undefined ? null : this.#readNorm(norm),
    };
  }

  /** Below, 64 bins, above: copies, for the memory changes with the next step. */
  #readCounts(address: number): Pick<Histogram, "counts" | "underflow" | "overflow"> {
    const words = new Uint32Array(this.#memory, address, VALUE_BINS + 2);
    const [underflow = 0] = words;
    return { counts: words.slice(1, VALUE_BINS + 1), underflow, overflow: words[VALUE_BINS + 1] ?? 0 };
  }

  #numTasks({ rows }: MeasuredStep): number {
    return Math.ceil(rows / this.#lowered.lowering.chunk);
  }

  #readSaturated(records: Buffer, count: number, step: MeasuredStep): number {
    let saturated = 0;
    for (const ofTask of this.#doubles(this.#addressOf(records), this.#numTasks(step))) saturated += ofTask;
    return count === 0 ? 0 : saturated / count;
  }

  #readGradient({ records, elements, sharedBy }: GradientMeasurement, step: MeasuredStep): GradientMoments {
    const numTasks = this.#numTasks(step);
    const values = this.#doubles(this.#addressOf(records), (numTasks * GRADIENT_RECORD_BYTES) / 8);
    let [sum, squares, nonFinite] = [0, 0, 0];
    for (let at = 0; at < values.length; at += GRADIENT_RECORD_BYTES / 8) {
      sum += values[at] ?? 0;
      squares += values[at + 1] ?? 0;
      nonFinite += values[at + 3] ?? 0;
    }
    // What pooling leaves out has no gradient: it counts as 0.
    const count = step.rows * elements - nonFinite;
    const mean = count === 0 ? 0 : sum / count;
    const variance = count === 0 ? 0 : squares / sharedBy / count - mean * mean;
    return { mean, std: Math.sqrt(Math.max(0, variance)), nonFinite };
  }

  #readWeights(measurement: WeightMeasurement, step: MeasuredStep): WeightStatistics {
    const address = this.#addressOf(measurement.record);
    const words = Array.from(this.#doubles(address, 10));
    const [count = 0, mean = 0, squares = 0, finite = 0, min = 0, max = 0, sizes = 0, nonFinite = 0] = words;
    const [low = 0, high = 0] = words.slice(8);
    const { moments } = measurement;
    const trained =
      moments === null || !step.isFinite
        ? { gradient: null, update: null }
        : this.#readUpdate(this.#addressOf(moments.buffer), moments.numTasks, address + GRADIENT_COUNTS);
    return {
      name: measurement.name,
      count,
      mean,
      std: finite === 0 ? 0 : Math.sqrt(squares / finite),
      min,
      max,
      meanMagnitude: finite === 0 ? 0 : sizes / finite,
      nonFinite,
      histogram: { low, high, ...this.#readCounts(address + NODE_COUNTS) },
      ...trained,
    };
  }

  /** Joins the tasks' moments. */
  #readUpdate(
    address: number,
    numTasks: number,
    counts: number,
  ): { readonly gradient: WeightGradient; readonly update: WeightUpdate } {
    const gradient = new JointMoments();
    const update = new JointMoments();
    let [count, zeros, sizes] = [0, 0, 0];
    for (let task = 0; task < numTasks; task++) {
      const at = address + task * UPDATE_MOMENTS_BYTES;
      const [shift = 0, changeShift = 0] = new Float32Array(this.#memory, at, 2);
      const [values = 0, finite = 0, changes = 0, zerosOfTask = 0] = new Int32Array(this.#memory, at + 8, 4);
      const [sum = 0, squares = 0, changeSum = 0, changeSquares = 0, sizesOfTask = 0] = this.#doubles(at + 32, 5);
      gradient.add(finite, shift, sum, squares);
      update.add(changes, changeShift, changeSum, changeSquares);
      count += values;
      zeros += zerosOfTask;
      sizes += sizesOfTask;
    }
    const range = { low: LOWEST_EXPONENT, high: LOWEST_EXPONENT + VALUE_BINS };
    return {
      gradient: {
        mean: gradient.mean,
        std: gradient.std,
        zeros: count === 0 ? 0 : zeros / count,
        nonFinite: count - gradient.count,
        magnitudes: { ...range, ...this.#readCounts(counts) },
      },
      update: { mean: update.mean, std: update.std, meanMagnitude: update.count === 0 ? 0 : sizes / update.count },
    };
  }

  #readNorm({ batch, record, numChannels, lanes, floatAt }: NormMeasurement): BatchNormStatistics {
    const address = this.#addressOf(record);
    const length = Math.min(numChannels, MAX_NORM_CHANNELS);
    const vector = (number: number): Float32Array => {
      const floats = new Float32Array(this.#memory, address + number * lanes * 4, lanes);
      return Float32Array.from({ length }, (_, channel) => floats[floatAt(channel)] ?? Number.NaN);
    };
    return {
      batchMean: batch === null ? null : vector(4),
      batchVariance: batch === null ? null : vector(5),
      runningMean: vector(0),
      runningVariance: vector(1),
      gamma: vector(2),
      beta: vector(3),
    };
  }
}

/** Mean and squared deviations of parts, joined (Chan, Golub & LeVeque 1979). */
class JointMoments {
  count = 0;
  mean = 0;
  #squares = 0;

  /** Of so many values v: Σ(v − shift) and Σ(v − shift)². */
  add(count: number, shift: number, sum: number, squares: number): void {
    if (count === 0) return;
    const mean = shift + sum / count;
    const delta = mean - this.mean;
    const total = this.count + count;
    this.#squares += Math.max(0, squares - (sum * sum) / count) + (delta * delta * this.count * count) / total;
    this.mean += (delta * count) / total;
    this.count = total;
  }

  get std(): number {
    return this.count === 0 ? 0 : Math.sqrt(this.#squares / this.count);
  }
}
