/** Draws the histograms of a node over time onto a canvas, new columns only. */
import type { RunHistory } from "../run/runHistory.ts";
import { type ChartColors, heatOf, RAMP_STEPS } from "./colors.ts";
import { HeatColumns, visibleRange } from "./columns.ts";
import { FrameReader } from "./frameReader.ts";
import { linearScale, roundDomain } from "./scale.ts";
import type { Surface } from "./surface.ts";
import { lastStepOf } from "./timeAxis.ts";

/** heatOf by whole and tenth values per 1,000 would be a logarithm a pixel; this table is fine enough for 256 colours. */
const HEAT_TABLE_STEPS = 2048;
const HEAT_TABLE = Uint8Array.from({ length: HEAT_TABLE_STEPS + 1 }, (_, index) =>
  // The square root spaces the table densely where the logarithm is steep.
  Math.round(heatOf(500 * (index / HEAT_TABLE_STEPS) ** 2) * (RAMP_STEPS - 1)),
);

/** Index into the ramp for values per 1,000 in a bin. */
export const rampIndexOf = (perThousand: number): number =>
  perThousand >= 500 ? RAMP_STEPS - 1 : (HEAT_TABLE[Math.round(Math.sqrt(perThousand / 500) * HEAT_TABLE_STEPS)] ?? 0);

/** A value axis for histograms between these ends: round, a little wider, 0 where it is close. */
export const heatDomain = (low: number, high: number): readonly [number, number] => roundDomain(low, high, 12);

export class HeatPainter {
  readonly surface: Surface;
  readonly numColumns: number;
  readonly large: boolean;
  readonly #leastSteps: number;
  #reader: FrameReader;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;
  #columns: HeatColumns | null = null;
  #painted = 0;
  #revision = -1;
  #colors = -1;

  constructor(call: {
    readonly surface: Surface;
    readonly history: RunHistory;
    readonly nodeId: string;
    readonly numColumns: number;
    readonly leastSteps: number;
    /** A large plot has zero as a line of its own, and what was measured fills its whole width. */
    readonly large: boolean;
  }) {
    this.surface = call.surface;
    this.numColumns = call.numColumns;
    this.#leastSteps = call.leastSteps;
    this.large = call.large;
    this.#reader = new FrameReader(call.history, call.nodeId);
  }

  /** The value axis in use, or null before the first frame. */
  get domain(): readonly [number, number] | null {
    return this.#columns === null ? null : [this.#columns.low, this.#columns.high];
  }

  get columns(): HeatColumns | null {
    return this.#columns;
  }

  /** Brings the canvas up to date; costs nothing when neither measurements nor colours changed. */
  update(colors: ChartColors): void {
    const { history } = this.#reader;
    if (history.revision === this.#revision && colors.revision === this.#colors) return;
    this.#revision = history.revision;
    let from = colors.revision === this.#colors ? this.#painted : 0;
    this.#colors = colors.revision;
    from = Math.min(from, this.#read());
    if (this.large) from = 0;
    const columns = this.#columns;
    if (columns === null || columns.end === 0) return;
    this.#paint(columns, from, columns.end, colors);
    // The last column may still gain frames.
    this.#painted = columns.end - columns.span;
  }

  /** Reads new frames; returns the first column that changed. */
  #read(): number {
    const lastStep = lastStepOf(this.#reader.history);
    let first = Number.POSITIVE_INFINITY;
    if (this.#columns?.fit(lastStep)) first = 0;
    let outgrown = this.#columns === null;
    this.#reader.forEachNew((step, { histogram }) => {
      const [low, high] = visibleRange(histogram);
      this.#low = Math.min(this.#low, low);
      this.#high = Math.max(this.#high, high);
      const columns = this.#columns;
      if (columns === null || low < columns.low || high > columns.high) outgrown = true;
      else if (!outgrown) {
        first = Math.min(first, columns.end);
        columns.add(step, histogram);
      }
    });
    return outgrown ? this.#rebuild(lastStep) : first;
  }

  #rebuild(lastStep: number): number {
    if (!(this.#low <= this.#high)) return Number.POSITIVE_INFINITY;
    const [low, high] = heatDomain(this.#low, this.#high);
    const columns = new HeatColumns(this.numColumns, this.surface.height, low, high, this.#leastSteps);
    columns.fit(lastStep);
    this.#reader.rewind();
    this.#reader.forEachNew((step, { histogram }) => columns.add(step, histogram));
    this.#columns = columns;
    const { context, width, height } = this.surface;
    context.clearRect(0, 0, width, height);
    return 0;
  }

  #paint(columns: HeatColumns, from: number, to: number, colors: ChartColors): void {
    const { context, width, height } = this.surface;
    const numShown = this.large ? columns.end : this.numColumns;
    const pixelOf = (column: number): number => Math.round((column * width) / numShown);
    // A column without a frame of its own goes on with the measurement before it.
    let source = from;
    while (source > 0 && !columns.has(source)) source -= 1;
    const [left, right] = [pixelOf(from), pixelOf(to)];
    if (right <= left) return;
    if (from === 0) context.clearRect(0, 0, width, height);
    const image = context.createImageData(right - left, height);
    const pixels = new Uint32Array(image.data.buffer);
    const stride = right - left;
    for (let column = from; column < to; column += 1) {
      if (columns.has(column)) source = column;
      if (!columns.has(source)) continue;
      const [x0, x1] = [pixelOf(column) - left, pixelOf(column + 1) - left];
      for (let row = 0; row < height; row += 1) {
        const pixel = colors.ramp[rampIndexOf(columns.perThousand(source, row))] ?? 0;
        for (let x = x0; x < x1; x += 1) pixels[row * stride + x] = pixel;
      }
    }
    context.putImageData(image, left, 0);
    if (this.large && columns.low < 0 && columns.high > 0) {
      const y = Math.floor(linearScale(columns.low, columns.high, height, 0).toPixel(0));
      context.globalAlpha = 0.5;
      context.fillStyle = colors.raised;
      context.fillRect(left, y, right - left, Math.max(1, Math.round(this.surface.scale)));
      context.globalAlpha = 1;
    }
  }
}
