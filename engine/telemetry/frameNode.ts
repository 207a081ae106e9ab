/** The bytes of a node in a frame, as `frameLayout.ts` states them: read as a whole, or left where they are until they are asked for. */
import { FrameError, FrameParser } from "./frameBytes.ts";
import type {
  BatchNormStatistics,
  GradientMoments,
  Histogram,
  NodeStatistics,
  WeightGradient,
  WeightStatistics,
  WeightUpdate,
} from "./statistics.ts";

/** Bits of the first byte of a node. */
export const flag = { measured: 1, saturated: 2, gradient: 4, batchNorm: 8, batch: 16 } as const;

const readGradient = (reader: FrameParser, what: string): GradientMoments => {
  const mean = reader.f64(what);
  const std = reader.f64(what);
  return { mean, std, nonFinite: reader.u32(what) };
};

const readBatchNorm = (reader: FrameParser, hasBatch: boolean, what: string): BatchNormStatistics => {
  const numChannels = reader.u16(what);
  const vector = (): Float32Array => reader.floats(numChannels, what);
  const [runningMean, runningVariance, gamma, beta] = [vector(), vector(), vector(), vector()];
  const [batchMean, batchVariance] = hasBatch ? [vector(), vector()] : [null, null];
  return { batchMean, batchVariance, runningMean, runningVariance, gamma, beta };
};

const readWeightGradient = (reader: FrameParser, what: string): WeightGradient => {
  const mean = reader.f64(what);
  const std = reader.f64(what);
  const zeros = reader.f64(what);
  const nonFinite = reader.u32(what);
  return { mean, std, zeros, nonFinite, magnitudes: reader.histogram(what) };
};

const readUpdate = (reader: FrameParser, what: string): WeightUpdate => {
  const mean = reader.f64(what);
  const std = reader.f64(what);
  return { mean, std, meanMagnitude: reader.f64(what) };
};

const readWeights = (reader: FrameParser, nodeId: string): WeightStatistics => {
  const what = `the weights of ${nodeId}`;
  const name = reader.text(what);
  const trained = reader.u8(what);
  if (trained > 1) throw new FrameError("invalid", `The flags of ${what} are ${trained}; 0 or 1 are allowed.`);
  const count = reader.u32(what);
  const nonFinite = reader.u32(what);
  const mean = reader.f64(what);
  const std = reader.f64(what);
  const min = reader.f64(what);
  const max = reader.f64(what);
  const meanMagnitude = reader.f64(what);
  const histogram = reader.histogram(what);
  const gradient = trained === 1 ? readWeightGradient(reader, what) : null;
  const update = trained === 1 ? readUpdate(reader, what) : null;
  return { name, count, mean, std, min, max, meanMagnitude, nonFinite, histogram, gradient, update };
};

/** What was measured of a node; null: nothing. */
export const readNode = (reader: FrameParser, nodeId: string): NodeStatistics | null => {
  const what = `the statistics of ${nodeId}`;
  const flags = reader.u8(what);
  const has = (name: keyof typeof flag): boolean => (flags & flag[name]) !== 0;
  if (flags > 31 || (flags !== 0 && !has("measured")) || (has("batch") && !has("batchNorm"))) {
    throw new FrameError("invalid", `The flags of ${what} are ${flags}, which says nothing.`);
  }
  if (flags === 0) return null;
  const mean = reader.f64(what);
  const std = reader.f64(what);
  const min = reader.f64(what);
  const max = reader.f64(what);
  const zeros = reader.f64(what);
  const count = reader.u32(what);
  const nonFinite = reader.u32(what);
  const deadChannels = reader.u32(what);
  const numChannels = reader.u32(what);
  const histogram = reader.histogram(what);
  const channelMeans = reader.histogram(what);
  const channelStds = reader.histogram(what);
  const saturated = has("saturated") ? reader.f64(what) : null;
  const gradient = has("gradient") ? readGradient(reader, what) : null;
  const batchNorm = has("batchNorm") ? readBatchNorm(reader, has("batch"), what) : null;
  const weights = Array.from({ length: reader.u8(what) }, () => readWeights(reader, nodeId));
  return {
    ...{ nodeId, count, mean, std, min, max, zeros, nonFinite },
    ...{ histogram, channelMeans, channelStds, deadChannels, numChannels },
    ...{ saturated, gradient, weights, batchNorm },
  };
};

/** Bytes of a histogram before its counts. */
const HISTOGRAM_HEAD = 28;

const afterHistogram = (view: DataView, at: number): number =>
  at + HISTOGRAM_HEAD + view.getUint16(at + 24, true) * view.getUint16(at + 26, true);

/** Bytes that were read as a whole before: nothing of them is missing. */
const parserAt = (view: DataView, at: number): FrameParser => new FrameParser(view.buffer as ArrayBuffer, at, false);

const histogramAt = (view: DataView, at: number): Histogram => parserAt(view, at).histogram("a histogram");

/**
 * A tensor of weights that stays in the bytes of its frame, from `at` on: u8 length, name, u8 trained, then what follows. What was asked for once is
 * the same object each time.
 */
class WeightRecord implements WeightStatistics {
  readonly #view: DataView;
  readonly #at: number;
  #histogram: Histogram | null = null;
  #gradient: WeightGradient | null = null;

  constructor(view: DataView, at: number) {
    [this.#view, this.#at] = [view, at];
  }

  /** Of what follows the byte that says whether the tensor was trained. */
  get #numbers(): number {
    return this.#at + 2 + this.#view.getUint8(this.#at);
  }

  get #isTrained(): boolean {
    return this.#view.getUint8(this.#numbers - 1) === 1;
  }

  /** Of the gradient, where there is one. */
  get #afterHistogram(): number {
    return afterHistogram(this.#view, this.#numbers + 48);
  }

  get #updateAt(): number {
    return afterHistogram(this.#view, this.#afterHistogram + 28);
  }

  get end(): number {
    return this.#isTrained ? this.#updateAt + 24 : this.#afterHistogram;
  }

  #f64(offset: number): number {
    return this.#view.getFloat64(this.#numbers + offset, true);
  }

  get name(): string {
    return parserAt(this.#view, this.#at).text("a name");
  }
  get count(): number {
    return this.#view.getUint32(this.#numbers, true);
  }
  get nonFinite(): number {
    return this.#view.getUint32(this.#numbers + 4, true);
  }
  get mean(): number {
    return this.#f64(8);
  }
  get std(): number {
    return this.#f64(16);
  }
  get min(): number {
    return this.#f64(24);
  }
  get max(): number {
    return this.#f64(32);
  }
  get meanMagnitude(): number {
    return this.#f64(40);
  }
  get histogram(): Histogram {
    this.#histogram ??= histogramAt(this.#view, this.#numbers + 48);
    return this.#histogram;
  }
  get gradient(): WeightGradient | null {
    if (!this.#isTrained) return null;
    this.#gradient ??= readWeightGradient(parserAt(this.#view, this.#afterHistogram), "a gradient");
    return this.#gradient;
  }
  get update(): WeightUpdate | null {
    return this.#isTrained ? readUpdate(parserAt(this.#view, this.#updateAt), "an update") : null;
  }
}

/**
 * A node that stays in the bytes of its frame, from `at` on: u8 flags, five f64, four u32, three histograms, then as flagged. What was asked for once
 * is the same object each time.
 */
export class NodeRecord implements NodeStatistics {
  readonly nodeId: string;
  readonly #view: DataView;
  readonly #at: number;
  #histogram: Histogram | null = null;
  #channelMeans: Histogram | null = null;
  #channelStds: Histogram | null = null;
  #batchNorm: BatchNormStatistics | null = null;
  #weights: readonly WeightStatistics[] | null = null;

  constructor(view: DataView, at: number, nodeId: string) {
    [this.#view, this.#at, this.nodeId] = [view, at, nodeId];
  }

  #has(name: keyof typeof flag): boolean {
    return (this.#view.getUint8(this.#at) & flag[name]) !== 0;
  }

  #f64(offset: number): number {
    return this.#view.getFloat64(this.#at + offset, true);
  }

  #u32(offset: number): number {
    return this.#view.getUint32(this.#at + offset, true);
  }

  get mean(): number {
    return this.#f64(1);
  }
  get std(): number {
    return this.#f64(9);
  }
  get min(): number {
    return this.#f64(17);
  }
  get max(): number {
    return this.#f64(25);
  }
  get zeros(): number {
    return this.#f64(33);
  }
  get count(): number {
    return this.#u32(41);
  }
  get nonFinite(): number {
    return this.#u32(45);
  }
  get deadChannels(): number {
    return this.#u32(49);
  }
  get numChannels(): number {
    return this.#u32(53);
  }

  get #histogramAt(): number {
    return this.#at + 57;
  }
  get #channelMeansAt(): number {
    return afterHistogram(this.#view, this.#histogramAt);
  }
  get #channelStdsAt(): number {
    return afterHistogram(this.#view, this.#channelMeansAt);
  }
  get #saturatedAt(): number {
    return afterHistogram(this.#view, this.#channelStdsAt);
  }
  get #gradientAt(): number {
    return this.#saturatedAt + (this.#has("saturated") ? 8 : 0);
  }
  get #batchNormAt(): number {
    return this.#gradientAt + (this.#has("gradient") ? 20 : 0);
  }
  get #weightsAt(): number {
    const at = this.#batchNormAt;
    return this.#has("batchNorm") ? at + 2 + 4 * (this.#has("batch") ? 6 : 4) * this.#view.getUint16(at, true) : at;
  }

  get histogram(): Histogram {
    this.#histogram ??= histogramAt(this.#view, this.#histogramAt);
    return this.#histogram;
  }
  get channelMeans(): Histogram {
    this.#channelMeans ??= histogramAt(this.#view, this.#channelMeansAt);
    return this.#channelMeans;
  }
  get channelStds(): Histogram {
    this.#channelStds ??= histogramAt(this.#view, this.#channelStdsAt);
    return this.#channelStds;
  }
  get saturated(): number | null {
    return this.#has("saturated") ? this.#view.getFloat64(this.#saturatedAt, true) : null;
  }
  get gradient(): GradientMoments | null {
    return this.#has("gradient") ? readGradient(parserAt(this.#view, this.#gradientAt), "a gradient") : null;
  }
  get batchNorm(): BatchNormStatistics | null {
    if (!this.#has("batchNorm")) return null;
    this.#batchNorm ??= readBatchNorm(parserAt(this.#view, this.#batchNormAt), this.#has("batch"), "a batch norm");
    return this.#batchNorm;
  }
  get weights(): readonly WeightStatistics[] {
    this.#weights ??= this.#readWeights();
    return this.#weights;
  }

  #readWeights(): readonly WeightStatistics[] {
    let at = this.#weightsAt + 1;
    return Array.from({ length: this.#view.getUint8(at - 1) }, () => {
      const record = new WeightRecord(this.#view, at);
      at = record.end;
      return record;
    });
  }
}
