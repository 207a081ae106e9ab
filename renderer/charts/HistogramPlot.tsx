import { useCallback, useRef } from "react";
import type { Histogram } from "../../engine/index.ts";
import { counted } from "../../engine/index.ts";
import { type RunStoreState, runStore } from "../run/runStore.ts";
import { chartColors } from "./colors.ts";
import { binAt, drawHistogram, TICKS_HEIGHT, type TickStyle } from "./drawHistogram.ts";
import { formatCount, formatPercent, formatReadout } from "./format.ts";
import { canvasPen } from "./pen.ts";
import type { Surface } from "./surface.ts";
import { useChartSurface } from "./useChartSurface.ts";
import "./Chart.css";

const totalOf = ({ counts, underflow, overflow }: Histogram): number => {
  let total = underflow + overflow;
  for (const count of counts) total += count;
  return total;
};

/** `−0.22 to −0.08: 20,114 of 518,400, 3.88 %`. */
export const describeBin = (histogram: Histogram, bin: number): string => {
  const { low, high, counts } = histogram;
  const binWidth = (high - low) / counts.length;
  const edge = (index: number): string => formatReadout(low + index * binWidth, 4 * binWidth);
  const count = counts[bin] ?? 0;
  const total = totalOf(histogram);
  const share = total === 0 ? 0 : count / total;
  return `${edge(bin)} to ${edge(bin + 1)}: ${formatCount(count)} of ${formatCount(total)}, ${formatPercent(share, 2)}`;
};

/** What the picture says, in a sentence: range, fullest bin, what lies outside. */
export const describeHistogram = (label: string, histogram: Histogram | null): string => {
  if (histogram === null) return `${label}: not measured yet`;
  const fullest = histogram.counts.reduce(
    (best, count, bin) => (count > (histogram.counts[best] ?? 0) ? bin : best),
    0,
  );
  const outside = histogram.underflow + histogram.overflow;
  const { low, high, counts } = histogram;
  return `${label}: ${counts.length} bins from ${formatReadout(low, high)} to ${formatReadout(high, low)}, ${counted(outside, "value")} outside. Fullest bin ${describeBin(histogram, fullest)}`;
};

/**
 * A histogram at the step shown. `read` must be memoized; it is called on animation frames while a run streams, past React.
 * `height` is that of the plot; the line of ticks is 16 px more.
 */
export const HistogramPlot = ({
  label,
  read,
  width,
  height,
  ticks = "round",
}: {
  readonly label: string;
  readonly read: (run: RunStoreState) => Histogram | null;
  readonly width: number;
  readonly height: number;
  readonly ticks?: TickStyle;
}) => {
  const summary = useRef<HTMLParagraphElement>(null);
  const readout = useRef<HTMLDivElement>(null);
  const pointer = useRef<number | null>(null);

  const showReadout = useCallback(() => {
    const element = readout.current;
    if (element === null) return;
    const histogram = pointer.current === null ? null : read(runStore.getState());
    element.hidden = histogram === null;
    if (histogram === null || pointer.current === null) return;
    const bin = binAt(histogram, pointer.current / width);
    element.textContent = describeBin(histogram, bin);
    element.style.left = `${((bin + 0.5) * width) / histogram.counts.length}px`;
    element.classList.toggle("is-left", bin > histogram.counts.length / 2);
  }, [read, width]);

  const create = useCallback(
    (surface: Surface) => {
      let drawn: Histogram | null | undefined;
      let colorsDrawn = -1;
      return () => {
        const histogram = read(runStore.getState());
        const colors = chartColors();
        if (histogram === drawn && colors.revision === colorsDrawn) return;
        [drawn, colorsDrawn] = [histogram, colors.revision];
        const pen = canvasPen(surface);
        if (histogram !== null) drawHistogram(pen, { left: 0, top: 0, width, height }, histogram, ticks, colors);
        if (summary.current !== null) summary.current.textContent = describeHistogram(label, histogram);
        showReadout();
      };
    },
    [read, ticks, label, width, height, showReadout],
  );
  const canvas = useChartSurface(width, height + TICKS_HEIGHT, create);

  return (
    <figure
      className="Chart"
      style={{ width, height: height + TICKS_HEIGHT }}
      onPointerMove={(event) => {
        pointer.current = event.clientX - event.currentTarget.getBoundingClientRect().left;
        showReadout();
      }}
      onPointerLeave={() => {
        pointer.current = null;
        showReadout();
      }}
    >
      <canvas ref={canvas} className="Chart-canvas" />
      <div ref={readout} className="Chart-readout" hidden />
      <p ref={summary} className="visually-hidden">
        {describeHistogram(label, null)}
      </p>
    </figure>
  );
};
