import { useCallback, useRef } from "react";
import { shownStepOf } from "../run/liveRun.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { runStore } from "../run/runStore.ts";
import { chartColors } from "./colors.ts";
import { binAt } from "./drawHistogram.ts";
import { formatCount, formatRange } from "./format.ts";
import { describeBin } from "./HistogramPlot.tsx";
import { HeatPainter } from "./heatPainter.ts";
import type { Surface } from "./surface.ts";
import { columnOf, lastStepOf } from "./timeAxis.ts";
import { useChartSurface } from "./useChartSurface.ts";
import "./Chart.css";

/** Columns that are kept of a run; between half of them and all are filled. */
const NUM_COLUMNS = 256;
const AXIS_HEIGHT = 16;

/**
 * The histograms of a node over the whole run, with the accent line at the step shown. Drawn past React while the run streams.
 * `height` is that of the plot; the line of steps is 16 px more. `onRange` tells the value axis when it changes: `−5 … 4`.
 */
export const HeatMap = ({
  label,
  history,
  nodeId,
  width,
  height,
  onRange,
}: {
  readonly label: string;
  readonly history: RunHistory;
  readonly nodeId: string;
  readonly width: number;
  readonly height: number;
  readonly onRange?: (range: string) => void;
}) => {
  const painter = useRef<HeatPainter | null>(null);
  const cursor = useRef<HTMLDivElement>(null);
  const axis = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLDivElement>(null);
  const summary = useRef<HTMLParagraphElement>(null);
  const pointer = useRef<{ readonly x: number; readonly y: number } | null>(null);

  const showReadout = useCallback(() => {
    const element = readout.current;
    const columns = painter.current?.columns ?? null;
    if (element === null) return;
    const at = pointer.current;
    element.hidden = at === null || columns === null || columns.end === 0 || at.y > height;
    if (element.hidden || at === null || columns === null) return;
    const step = Math.max(1, Math.round((at.x / width) * columns.end * columns.steps));
    const frame = history.frameAt(step);
    const statistics = history.statisticsAt(nodeId, step);
    const value = columns.high - (at.y / height) * (columns.high - columns.low);
    if (frame === null || statistics === null) element.hidden = true;
    else {
      const { histogram } = statistics;
      const share = (value - histogram.low) / (histogram.high - histogram.low);
      const inside = share >= 0 && share <= 1;
      element.textContent = inside
        ? `step ${formatCount(frame.step)}, ${describeBin(histogram, binAt(histogram, share))}`
        : `step ${formatCount(frame.step)}, no values here`;
    }
    element.style.left = `${at.x}px`;
    element.classList.toggle("is-left", at.x > width / 2);
  }, [history, nodeId, width, height]);

  const create = useCallback(
    (surface: Surface) => {
      const heat = new HeatPainter({ surface, history, nodeId, numColumns: NUM_COLUMNS, leastSteps: 1, large: true });
      painter.current = heat;
      let range = "";
      return () => {
        heat.update(chartColors());
        const { columns, domain } = heat;
        if (columns === null || domain === null) return;
        const numSteps = columns.end * columns.steps;
        const shown = shownStepOf(runStore.getState());
        if (cursor.current !== null) {
          const column = columnOf(Math.max(1, shown), columns.steps);
          const x = Math.min(1, (column + 1) / columns.end) * width;
          cursor.current.style.transform = `translateX(${(x - 1).toFixed(2)}px)`;
          cursor.current.hidden = shown === 0;
        }
        // The last column may have room for steps that were not trained.
        const lastStep = Math.min(numSteps, lastStepOf(history));
        ["step 1", formatCount(Math.round(numSteps / 2)), formatCount(lastStep)].forEach((text, index) => {
          const element = axis.current?.children[index];
          if (element && element.textContent !== text) element.textContent = text;
        });
        const nextRange = formatRange(domain[0], domain[1]);
        if (nextRange !== range) {
          range = nextRange;
          onRange?.(range);
        }
        const text = `${label}: steps 1 to ${formatCount(lastStep)}, values ${range}, ${formatCount(history.frames.length)} measurements`;
        if (summary.current !== null && summary.current.textContent !== text) summary.current.textContent = text;
        showReadout();
      };
    },
    [history, nodeId, label, onRange, showReadout, width],
  );
  const canvas = useChartSurface(width, height, create);

  return (
    <figure
      className="Chart"
      style={{ width, height: height + AXIS_HEIGHT }}
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        pointer.current = { x: event.clientX - box.left, y: event.clientY - box.top };
        showReadout();
      }}
      onPointerLeave={() => {
        pointer.current = null;
        showReadout();
      }}
    >
      <canvas ref={canvas} className="Chart-canvas Chart-heat" style={{ height }} />
      <div ref={cursor} className="Chart-cursor" style={{ height }} hidden />
      <div ref={axis} className="Chart-axis" aria-hidden="true">
        <span />
        <span />
        <span />
      </div>
      <div ref={readout} className="Chart-readout" hidden />
      <p ref={summary} className="visually-hidden" />
    </figure>
  );
};
