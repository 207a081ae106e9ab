/**
 * What a strip shows, by column, apart from any canvas. Frames are averaged into the column of their step. The classes only ever
 * take newer frames, so a strip that is drawn ten times a second costs one column each time.
 */
import type { NodeStatistics } from "../../engine/index.ts";
import { columnOf, columnsPerStep, stepsPerColumn } from "./timeAxis.ts";

/** Sums by column with `width` values each, and how many frames each sum holds. */
abstract class MergingColumns {
  readonly numColumns: number;
  readonly width: number;
  readonly sums: Float64Array | Float32Array;
  readonly numFrames: Uint32Array;
  /** Steps a column holds: 1, 2, 4, 8 …, or less than one. Then the first of a step's columns has its values. */
  steps: number;
  readonly #leastSteps: number;
  /** Columns up to here may hold values. */
  end = 0;

  constructor(numColumns: number, width: number, sums: Float64Array | Float32Array, leastSteps: number) {
    this.#leastSteps = leastSteps;
    this.steps = leastSteps;
    this.numColumns = numColumns;
    this.width = width;
    this.sums = sums;
    this.numFrames = new Uint32Array(numColumns);
  }

  /** Columns that a measurement takes. */
  get span(): number {
    return columnsPerStep(this.steps);
  }

  has(column: number): boolean {
    return (this.numFrames[column] ?? 0) > 0;
  }

  /** Merges pairs until `lastStep` fits. Returns whether anything merged, that is, whether all columns changed. */
  fit(lastStep: number): boolean {
    const wanted = stepsPerColumn(lastStep, this.numColumns, this.#leastSteps);
    if (wanted <= this.steps) return false;
    while (this.steps < wanted) this.#mergePairs();
    return true;
  }

  /** The column of a step, which must fit; counts the frame. */
  protected take(step: number): number {
    const column = Math.min(this.numColumns - 1, columnOf(step, this.steps));
    this.numFrames[column] = (this.numFrames[column] ?? 0) + 1;
    this.end = Math.max(this.end, Math.min(this.numColumns, column + this.span));
    return column;
  }

  #mergePairs(): void {
    const { numColumns, width, sums, numFrames } = this;
    for (let column = 0; column < numColumns; column += 1) {
      const [left, right] = [2 * column, 2 * column + 1];
      numFrames[column] = (numFrames[left] ?? 0) + (numFrames[right] ?? 0);
      for (let at = 0; at < width; at += 1) {
        const sum = left < numColumns ? (sums[left * width + at] ?? 0) : 0;
        sums[column * width + at] = sum + (right < numColumns ? (sums[right * width + at] ?? 0) : 0);
      }
    }
    this.steps *= 2;
    this.end = Math.ceil(this.end / 2);
  }
}

/** Mean and std by column. A column of several frames has the mean and std of all their values together. */
export class MeanColumns extends MergingColumns {
  constructor(numColumns: number, leastSteps = 1) {
    super(numColumns, 2, new Float64Array(2 * numColumns), leastSteps);
  }

  add(step: number, mean: number, std: number): void {
    if (!Number.isFinite(mean) || !Number.isFinite(std)) return;
    const at = 2 * this.take(step);
    // E[x] and E[x²] of the frame; frames of a run have equally many values.
    this.sums[at] = (this.sums[at] ?? 0) + mean;
    this.sums[at + 1] = (this.sums[at + 1] ?? 0) + std * std + mean * mean;
  }

  mean(column: number): number {
    return (this.sums[2 * column] ?? 0) / (this.numFrames[column] ?? 0);
  }

  std(column: number): number {
    const mean = this.mean(column);
    const square = (this.sums[2 * column + 1] ?? 0) / (this.numFrames[column] ?? 0);
    return Math.sqrt(Math.max(0, square - mean * mean));
  }
}

/** A share of values so small that its colour can't be told from none. */
const INVISIBLE_SHARE = 0.0005;

/** The part of a histogram's range that has visible colour; with 0 where the histogram has it. */
export const visibleRange = (histogram: NodeStatistics["histogram"]): readonly [low: number, high: number] => {
  const { low, high, counts, underflow, overflow } = histogram;
  let total = underflow + overflow;
  for (const count of counts) total += count;
  const least = INVISIBLE_SHARE * total;
  let first = 0;
  for (let below = underflow + (counts[0] ?? 0); below <= least && first < counts.length - 1; ) {
    first += 1;
    below += counts[first] ?? 0;
  }
  let last = counts.length - 1;
  for (let above = overflow + (counts[last] ?? 0); above <= least && last > first; ) {
    last -= 1;
    above += counts[last] ?? 0;
  }
  const binWidth = (high - low) / counts.length;
  const [from, to] = [low + first * binWidth, last === counts.length - 1 ? high : low + (last + 1) * binWidth];
  return low <= 0 && high >= 0 ? [Math.min(0, from), Math.max(0, to)] : [from, to];
};

/**
 * The profile of a histogram on `rows` pixel rows of a value axis from `low` (bottom) to `high` (top), in values per 1,000.
 * Where bins share a row the largest wins, so that a dead layer stays a line.
 */
export const writeProfile = (
  histogram: NodeStatistics["histogram"],
  low: number,
  high: number,
  profile: Float32Array,
): void => {
  profile.fill(0);
  const { counts, underflow, overflow } = histogram;
  let total = underflow + overflow;
  for (const count of counts) total += count;
  if (total === 0 || high <= low) return;
  const rows = profile.length;
  const rowsPerValue = rows / (high - low);
  const binWidth = (histogram.high - histogram.low) / counts.length;
  for (let bin = 0; bin < counts.length; bin += 1) {
    const count = counts[bin] ?? 0;
    if (count === 0) continue;
    const perThousand = (1000 * count) / total;
    const bottom = histogram.low + bin * binWidth;
    const first = (high - (bottom + binWidth)) * rowsPerValue;
    const last = (high - bottom) * rowsPerValue;
    if (last <= 0 || first >= rows) continue;
    // A hair's breadth of tolerance keeps a bin that ends exactly between two rows out of the second.
    const from = Math.max(0, Math.floor(first + 1e-4));
    const to = Math.min(rows - 1, Math.max(from, Math.ceil(last - 1e-4) - 1));
    for (let row = from; row <= to; row += 1) {
      if (perThousand > (profile[row] ?? 0)) profile[row] = perThousand;
    }
  }
};

/** Values per 1,000 in a bin, by column and pixel row (row 0 is the top), on one value axis for all columns. */
export class HeatColumns extends MergingColumns {
  readonly low: number;
  readonly high: number;
  readonly #profile: Float32Array;

  constructor(numColumns: number, rows: number, low: number, high: number, leastSteps = 1) {
    super(numColumns, rows, new Float32Array(numColumns * rows), leastSteps);
    this.low = low;
    this.high = high;
    this.#profile = new Float32Array(rows);
  }

  add(step: number, histogram: NodeStatistics["histogram"]): void {
    writeProfile(histogram, this.low, this.high, this.#profile);
    const at = this.take(step) * this.width;
    for (let row = 0; row < this.width; row += 1) {
      this.sums[at + row] = (this.sums[at + row] ?? 0) + (this.#profile[row] ?? 0);
    }
  }

  perThousand(column: number, row: number): number {
    return (this.sums[column * this.width + row] ?? 0) / (this.numFrames[column] ?? 0);
  }
}
