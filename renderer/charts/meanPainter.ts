/** Draws mean ± std of a node over time onto a canvas, new columns only. */
import type { RunHistory } from "../run/runHistory.ts";
import type { ChartColors } from "./colors.ts";
import { MeanColumns } from "./columns.ts";
import { FrameReader } from "./frameReader.ts";
import { linearScale, type Scale } from "./scale.ts";
import type { Surface } from "./surface.ts";
import { lastStepOf } from "./timeAxis.ts";

/** Air above and below the band, as a share of its height. */
const AIR = 0.3;
/** The axis is kept until the air has shrunk to this, so that it does not move at every frame. */
const LEAST_AIR = 0.12;

export class MeanPainter {
  readonly surface: Surface;
  readonly numColumns: number;
  #reader: FrameReader;
  #columns: MeanColumns;
  /** The band with zero. */
  #low = 0;
  #high = 0;
  #domain: readonly [number, number] = [0, 0];
  #painted = 0;
  #revision = -1;
  #colors = -1;

  constructor(call: {
    readonly surface: Surface;
    readonly history: RunHistory;
    readonly nodeId: string;
    readonly numColumns: number;
    readonly leastSteps: number;
  }) {
    this.surface = call.surface;
    this.numColumns = call.numColumns;
    this.#reader = new FrameReader(call.history, call.nodeId);
    this.#columns = new MeanColumns(call.numColumns, call.leastSteps);
  }

  get domain(): readonly [number, number] {
    return this.#domain;
  }

  get columns(): MeanColumns {
    return this.#columns;
  }

  /** Brings the canvas up to date; costs nothing when neither measurements nor colours changed. */
  update(colors: ChartColors): void {
    const { history } = this.#reader;
    if (history.revision === this.#revision && colors.revision === this.#colors) return;
    this.#revision = history.revision;
    const columns = this.#columns;
    let from = colors.revision === this.#colors ? this.#painted : 0;
    this.#colors = colors.revision;
    if (columns.fit(lastStepOf(history))) from = 0;
    this.#reader.forEachNew((step, { mean, std }) => {
      columns.add(step, mean, std);
      if (!Number.isFinite(mean) || !Number.isFinite(std)) return;
      this.#low = Math.min(this.#low, mean - std);
      this.#high = Math.max(this.#high, mean + std);
    });
    if (columns.end === 0) return;
    if (this.#fitDomain()) from = 0;
    this.#paint(from, columns.end, colors);
    this.#painted = columns.end - columns.span;
  }

  /** Widens the value axis where the band needs it; returns whether it changed. */
  #fitDomain(): boolean {
    const span = this.#high - this.#low || 1;
    const [low, high] = this.#domain;
    if (low < high && this.#low - LEAST_AIR * span >= low && this.#high + LEAST_AIR * span <= high) return false;
    this.#domain = [this.#low - AIR * span, this.#high + AIR * span];
    return true;
  }

  #paint(from: number, to: number, colors: ChartColors): void {
    const { context, width, height, scale } = this.surface;
    const value = linearScale(this.#domain[0], this.#domain[1], height, 0);
    const columnWidth = width / this.numColumns;
    // Lines reach the middle of the column before, so that column is drawn again with them.
    let start = Math.max(0, from - 1);
    while (start > 0 && !this.#columns.has(start)) start -= 1;
    const left = start === 0 ? 0 : Math.floor((start + this.#columns.span / 2) * columnWidth);
    context.save();
    context.beginPath();
    context.rect(left, 0, width - left, height);
    context.clip();
    context.clearRect(left, 0, width - left, height);
    context.fillStyle = colors.lineStrong;
    const zero = Math.round(value.toPixel(0) - scale / 2);
    context.fillRect(left, zero, Math.round(to * columnWidth) - left, Math.max(1, Math.round(scale)));
    // The line before `start` begins one measured column earlier, or its join would show.
    let first = start - 1;
    while (first > 0 && !this.#columns.has(first)) first -= 1;
    this.#drawBand(Math.max(0, first), to, value, colors);
    context.restore();
  }

  #drawBand(from: number, to: number, value: Scale, colors: ChartColors): void {
    const { context, width, scale } = this.surface;
    const columnWidth = width / this.numColumns;
    const columns = this.#columns;
    const xs: number[] = [];
    const means: number[] = [];
    const tops: number[] = [];
    const bottoms: number[] = [];
    const push = (x: number, mean: number, std: number): void => {
      xs.push(x);
      means.push(value.toPixel(mean));
      tops.push(value.toPixel(mean + std));
      bottoms.push(value.toPixel(mean - std));
    };
    for (let column = from; column < to; column += 1) {
      if (!columns.has(column)) continue;
      const [mean, std] = [columns.mean(column), columns.std(column)];
      if (column === 0) push(0, mean, std);
      push((column + columns.span / 2) * columnWidth, mean, std);
      if (column + columns.span >= to) push(to * columnWidth, mean, std);
    }
    const trace = (ys: readonly number[]): void => {
      for (let index = 0; index < xs.length; index += 1) context.lineTo(xs[index] ?? 0, ys[index] ?? 0);
    };
    context.lineJoin = "round";
    context.beginPath();
    trace(tops);
    for (let index = xs.length - 1; index >= 0; index -= 1) context.lineTo(xs[index] ?? 0, bottoms[index] ?? 0);
    context.closePath();
    context.fillStyle = colors.traceBand;
    context.fill();
    context.strokeStyle = colors.traceRaw;
    context.lineWidth = 0.75 * scale;
    for (const ys of [tops, bottoms]) {
      context.beginPath();
      trace(ys);
      context.stroke();
    }
    context.strokeStyle = colors.trace;
    context.lineWidth = 1.25 * scale;
    context.beginPath();
    trace(means);
    context.stroke();
  }
}
