/** Reads what the statistics kernels left in the memory. Where no value is finite, moments over the finite ones are NaN: 0 would be a number. */
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
  /** The whole memory: making a view of each record would cost more than reading it. */
  readonly #f64: Float64Array;
  readonly #f32: Float32Array;
  readonly #u32: Uint32Array;
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
    this.#f64 = new Float64Array(call.memory);
    this.#f32 = new Float32Array(call.memory);
    this.#u32 = new Uint32Array(call.memory);
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

  #doubleAt(address: number): number {
    return this.#f64[address / 8] ?? Number.NaN;
  }

  #floatAt(address: number): number {
    return this.#f32[address / 4] ?? Number.NaN;
  }

  #wordAt(address: number): number {
    return this.#u32[address / 4] ?? 0;
  }

  /** A copy: the memory changes with the next step. */
  #words(address: number, length: number): Uint32Array {
    return this.#u32.slice(address / 4, address / 4 + length);
  }

  #readNode(measurement: Measurement, step: MeasuredStep): NodeStatistics {
    const { nodeId } = measurement.view;
    const address = this.#addressOf(measurement.node);
    const at = (word: number): number => this.#doubleAt(address + word * 8);
    const [count, finite] = [at(0), at(3)];
    const ofFinite = (value: number): number => (finite === 0 ? Number.NaN : value);
    // Ranges of channel histograms cover every channel.
    const channels = (low: number, offset: number): Histogram => ({
      ...{ low: at(low), high: at(low + 1), counts: this.#words(address + offset, CHANNEL_BINS) },
      ...{ underflow: 0, overflow: 0 },
    });
    const weights = this.#weights.get(nodeId) ?? [];
    const gradient = this.#gradients.get(nodeId);
    const norm = this.#norms.get(nodeId);
    return {
      nodeId,
      count,
      mean: ofFinite(at(1)),
      std: Math.sqrt(at(2) / finite),
      min: ofFinite(at(4)),
      max: ofFinite(at(5)),
      zeros: count === 0 ? 0 : at(6) / count,
      nonFinite: at(7),
      histogram: this.#readHistogram(at(8), at(9), address + NODE_COUNTS),
      channelMeans: channels(10, NODE_CHANNELS),
      channelStds: channels(12, NODE_CHANNELS + CHANNEL_BINS * 4),
      deadChannels: at(14),
      numChannels: measurement.numChannels,
      saturated: measurement.saturated === null ? null : this.#readSaturated(measurement.saturated, count, step),
      gradient: gradient === undefined || !step.isFinite ? null : this.#readGradient(gradient, step),
      weights: weights.map((each) => this.#readWeights(each, step)),
      batchNorm: norm === undefined ? null : this.#readNorm(norm),
    };
  }

  /** The counts below, in the bins, and above. */
  #readHistogram(low: number, high: number, address: number): Histogram {
    return {
      ...{ low, high, counts: this.#words(address + 4, VALUE_BINS) },
      ...{ underflow: this.#wordAt(address), overflow: this.#wordAt(address + (VALUE_BINS + 1) * 4) },
    };
  }

  #numTasks({ rows }: MeasuredStep): number {
    return Math.ceil(rows / this.#lowered.lowering.chunk);
  }

  #readSaturated(records: Buffer, count: number, step: MeasuredStep): number {
    let saturated = 0;
    const address = this.#addressOf(records);
    for (let task = 0; task < this.#numTasks(step); task++) saturated += this.#doubleAt(address + task * 8);
    return count === 0 ? 0 : saturated / count;
  }

  #readGradient({ records, elements, sharedBy }: GradientMeasurement, step: MeasuredStep): GradientMoments {
    const address = this.#addressOf(records);
    let [sum, squares, nonFinite] = [0, 0, 0];
    for (let task = 0; task < this.#numTasks(step); task++) {
      const at = address + task * GRADIENT_RECORD_BYTES;
      sum += this.#doubleAt(at);
      squares += this.#doubleAt(at + 8);
      nonFinite += this.#doubleAt(at + 24);
    }
    // What pooling leaves out has no gradient: it counts as 0.
    const count = step.rows * elements - nonFinite;
    const mean = sum / count;
    const variance = squares / sharedBy / count - mean * mean;
    return { mean, std: Math.sqrt(Math.max(0, variance)), nonFinite };
  }

  #readWeights(measurement: WeightMeasurement, step: MeasuredStep): WeightStatistics {
    const address = this.#addressOf(measurement.record);
    const at = (word: number): number => this.#doubleAt(address + word * 8);
    const finite = at(3);
    const ofFinite = (value: number): number => (finite === 0 ? Number.NaN : value);
    const { moments } = measurement;
    const trained =
      moments === null || !step.isFinite
        ? { gradient: null, update: null }
        : this.#readUpdate(this.#addressOf(moments.buffer), moments.numTasks, address + GRADIENT_COUNTS);
    return {
      name: measurement.name,
      count: at(0),
      mean: ofFinite(at(1)),
      std: Math.sqrt(at(2) / finite),
      min: ofFinite(at(4)),
      max: ofFinite(at(5)),
      meanMagnitude: at(6) / finite,
      nonFinite: at(7),
      histogram: this.#readHistogram(at(8), at(9), address + NODE_COUNTS),
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
      const finite = this.#wordAt(at + 12);
      gradient.add(finite, this.#floatAt(at), this.#doubleAt(at + 32), this.#doubleAt(at + 40));
      update.add(this.#wordAt(at + 16), this.#floatAt(at + 4), this.#doubleAt(at + 48), this.#doubleAt(at + 56));
      count += this.#wordAt(at + 8);
      zeros += this.#wordAt(at + 20);
      sizes += this.#doubleAt(at + 64);
    }
    return {
      gradient: {
        mean: gradient.mean,
        std: gradient.std,
        zeros: count === 0 ? 0 : zeros / count,
        nonFinite: count - gradient.count,
        magnitudes: this.#readHistogram(LOWEST_EXPONENT, LOWEST_EXPONENT + VALUE_BINS, counts),
      },
      update: { mean: update.mean, std: update.std, meanMagnitude: update.count === 0 ? 0 : sizes / update.count },
    };
  }

  #readNorm({ batch, record, numChannels, lanes, floatAt }: NormMeasurement): BatchNormStatistics {
    const address = this.#addressOf(record);
    const length = Math.min(numChannels, MAX_NORM_CHANNELS);
    const vector = (number: number): Float32Array => {
      const values = new Float32Array(length);
      for (let channel = 0; channel < length; channel++) {
        values[channel] = this.#floatAt(address + (number * lanes + floatAt(channel)) * 4);
      }
      return values;
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
