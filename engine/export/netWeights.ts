/** What the weights of a trained net are, tensor by tensor, out of its file: the numbers that the first step of a run from it measures. */
import type { NamedTensor, Shape } from "../layer.ts";
import {
  type BatchNormStatistics,
  type Histogram,
  MAX_NORM_CHANNELS,
  VALUE_BINS,
  type WeightStatistics,
} from "../telemetry/statistics.ts";
import type { Model } from "./modelFile.ts";

export interface TensorWeights extends WeightStatistics {
  readonly shape: Shape;
  /** Running statistics and the like: kept, not learnt. */
  readonly isState: boolean;
}

export interface LayerWeights {
  readonly nodeId: string;
  readonly name: string;
  readonly kind: string;
  /** Weights, then state, in the order of the layer. */
  readonly tensors: readonly TensorWeights[];
  /** null unless the layer keeps running statistics. There is no batch to compare with. */
  readonly batchNorm: BatchNormStatistics | null;
}

/** The next of 1, 2, 5 · 10ⁿ that is not below a value. */
const niceStep = (wanted: number): number => {
  let power = 1;
  while (power > wanted) power /= 10;
  while (power * 10 <= wanted) power *= 10;
  return power * ([1, 2, 5].find((factor) => wanted <= factor * power) ?? 10);
};

/** As `histogramRange` of the kernels: snapped outward to a round step of about an eighth of the width. */
const snapped = (low: number, high: number): readonly [number, number] => {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const width = high - low > largest * 1e-6 ? high - low : largest === 0 ? 1 : largest;
  const step = niceStep(width / 8);
  const [from, to] = [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  const [first, last] = to > from ? [from, to] : [from - step, to + step];
  return [Math.fround(first), Math.fround(last)];
};

/** 0 is in the range unless that would more than double it. */
const bulkOf = (min: number, max: number, mean: number, std: number): readonly [number, number] => {
  const low = Math.max(min, mean - 4.5 * std);
  const high = Math.min(max, mean + 4.5 * std);
  return snapped(low > 0 && low <= max - min ? 0 : low, high < 0 && -high <= max - min ? 0 : high);
};

const histogramOf = (values: Float32Array, [low, high]: readonly [number, number]): Histogram => {
  const counts = new Uint32Array(VALUE_BINS);
  let underflow = 0;
  let overflow = 0;
  const scale = VALUE_BINS / (high - low);
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (value - value !== 0) continue;
    const bin = Math.floor((value - low) * scale);
    if (bin < 0) underflow += 1;
    else if (bin >= VALUE_BINS) overflow += 1;
    else counts[bin] = (counts[bin] as number) + 1;
  }
  return { low, high, counts, underflow, overflow };
};

/** Mean, then Σ(w − mean)² / n over the finite values, in float64. */
const statisticsOf = (name: string, values: Float32Array): WeightStatistics => {
  let count = 0;
  let sum = 0;
  let magnitude = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  // By index: there may be millions, and the page waits.
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (value - value !== 0) continue;
    count += 1;
    sum += value;
    magnitude += Math.abs(value);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const nonFinite = values.length - count;
  const none = { gradient: null, update: null };
  if (count === 0) {
    const nothing = { mean: Number.NaN, std: Number.NaN, min: Number.NaN, max: Number.NaN, meanMagnitude: Number.NaN };
    return {
      name,
      count: values.length,
      ...nothing,
      nonFinite,
      histogram: histogramOf(values, snapped(0, 0)),
      ...none,
    };
  }
  const mean = sum / count;
  let squares = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (value - value === 0) squares += (value - mean) * (value - mean);
  }
  const std = Math.sqrt(squares / count);
  const histogram = histogramOf(values, bulkOf(min, max, mean, std));
  return {
    name,
    count: values.length,
    mean,
    std,
    min,
    max,
    meanMagnitude: magnitude / count,
    nonFinite,
    histogram,
    ...none,
  };
};

const batchNormOf = (valuesOf: (name: string) => Float32Array | undefined): BatchNormStatistics | null => {
  const [mean, variance] = [valuesOf("runningMean"), valuesOf("runningVariance")];
  if (mean === undefined || variance === undefined) return null;
  const first = (values: Float32Array): Float32Array => values.slice(0, MAX_NORM_CHANNELS);
  const [runningMean, runningVariance] = [first(mean), first(variance)];
  const all = (value: number): Float32Array => new Float32Array(runningMean.length).fill(value);
  return {
    ...{ batchMean: null, batchVariance: null, runningMean, runningVariance },
    gamma: first(valuesOf("gamma") ?? all(1)),
    beta: first(valuesOf("beta") ?? all(0)),
  };
};

/** Of the layers that have weights or state, in program order. */
export const netWeights = ({ program, tensors }: Pick<Model, "program" | "tensors">): readonly LayerWeights[] => {
  const values = new Map(tensors.map((tensor: NamedTensor) => [tensor.name, tensor.data]));
  return program.layers.flatMap((layer) => {
    const valuesOf = (name: string): Float32Array | undefined => values.get(`${layer.nodeId}.${name}`);
    const describe = (specs: readonly { readonly name: string; readonly shape: Shape }[], isState: boolean) =>
      specs.flatMap(({ name, shape }) => {
        const data = valuesOf(name);
        return data === undefined ? [] : [{ ...statisticsOf(name, data), shape, isState }];
      });
    const own = [...describe(layer.weights, false), ...describe(layer.state, true)];
    if (own.length === 0) return [];
    const { nodeId, name, kind } = layer;
    return [{ nodeId, name: name || nodeId, kind, tensors: own, batchNorm: batchNormOf(valuesOf) }];
  });
};
