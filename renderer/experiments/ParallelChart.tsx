import { type KeyboardEvent, type PointerEvent, useCallback, useMemo, useRef, useState } from "react";
import type { ChartColors } from "../charts/colors.ts";
import type { PagePen } from "../charts/pen.ts";
import { dimensionScale, drawParallel, parallelPlot } from "./drawPoints.ts";
import { experimentsStore, setExperiments, useExperiments } from "./experimentsStore.ts";
import { type Dimension, dimensionsOf } from "./runPoints.ts";
import { StudyCanvas } from "./StudyCanvas.tsx";
import { useBox } from "./useBox.ts";
import { useFaintRuns } from "./useFaintRuns.ts";
import type { ShownStudy } from "./useStudyModel.ts";

const SHOWN_METRICS = ["metric:bestTrain", "metric:bestHeld", "metric:finalLoss", "metric:seconds"];

/** Params, and the metrics that say most; more axes than that are a thicket. */
export const parallelDimensions = (dimensions: readonly Dimension[]): readonly Dimension[] =>
  dimensions.filter(({ id, range }) => range !== null && (id.startsWith("param:") || SHOWN_METRICS.includes(id)));

const setBrush = (id: string, stretch: readonly [number, number] | null): void => {
  const { [id]: _, ...others } = experimentsStore.getState().brushes;
  setExperiments({ brushes: stretch === null ? others : { ...others, [id]: stretch } });
};

const LEAST_PX = 4;
const KEY_SHARE = 0.05;

/** An axis that can be marked: by dragging along it, or with arrow keys from the top, with Shift from the bottom. */
const Axis = ({ dimension, x, top, bottom }: { dimension: Dimension; x: number; top: number; bottom: number }) => {
  const brush = useExperiments((state) => state.brushes[dimension.id]);
  const [from, setFrom] = useState<number | null>(null);
  const scale = dimensionScale(dimension, bottom - top, 0);
  const pixelOf = (event: PointerEvent<HTMLElement>): number =>
    Math.min(bottom - top, Math.max(0, event.clientY - event.currentTarget.getBoundingClientRect().top));
  const mark = (a: number, b: number): void => {
    const [low, high] = [scale.toValue(Math.max(a, b)), scale.toValue(Math.min(a, b))];
    setBrush(dimension.id, Math.abs(a - b) < LEAST_PX ? null : [low, high]);
  };
  const press = (event: KeyboardEvent): void => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Escape" && brush !== undefined) setBrush(dimension.id, null);
    else if (by !== undefined) {
      const length = bottom - top;
      const move = by * KEY_SHARE * length;
      const ends = brush === undefined ? [length, 0] : [scale.toPixel(brush[0]), scale.toPixel(brush[1])];
      const [low = length, high = 0] = event.shiftKey
        ? [(ends[0] ?? length) + move, ends[1]]
        : [ends[0], (ends[1] ?? 0) + move];
      mark(Math.min(length, low), Math.max(0, high));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const words =
    brush === undefined ? "all" : `${dimension.format(brush[0])} to ${dimension.format(brush[1])}, Escape for all`;
  return (
    <button
      type="button"
      className="study-axis"
      aria-label={`${dimension.title}: ${words}`}
      style={{ left: x - 12, top, height: bottom - top }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setFrom(pixelOf(event));
      }}
      onPointerMove={(event) => from !== null && mark(from, pixelOf(event))}
      onPointerUp={(event) => {
        if (from !== null) mark(from, pixelOf(event));
        setFrom(null);
      }}
      onKeyDown={press}
    />
  );
};

export const ParallelChart = ({ shown }: { readonly shown: ShownStudy }) => {
  const { detail, model } = shown;
  const selected = useExperiments((state) => state.selected);
  const brushes = useExperiments((state) => state.brushes);
  const box = useRef<HTMLDivElement>(null);
  const size = useBox(box);
  const dimensions = useMemo(() => dimensionsOf(model, detail.runs), [model, detail.runs]);
  const axes = useMemo(() => parallelDimensions(dimensions), [dimensions]);
  const faint = useFaintRuns(shown, dimensions);
  const draw = useCallback(
    (pen: PagePen, colors: ChartColors) =>
      drawParallel(
        pen,
        { model, runs: detail.runs, selected: new Set(selected), faint, ...size, colors },
        axes,
        brushes,
      ),
    [model, detail.runs, selected, faint, size, axes, brushes],
  );
  const plot = parallelPlot(size, axes);
  return (
    <div ref={box} className="study-chart">
      {size.width > 0 && <StudyCanvas {...size} draw={draw} />}
      {axes.map((dimension, index) => (
        <Axis key={dimension.id} dimension={dimension} x={plot.axes[index] ?? 0} top={plot.top} bottom={plot.bottom} />
      ))}
    </div>
  );
};
