import { type PointerEvent, useCallback, useMemo, useRef, useState } from "react";
import type { ChartColors } from "../charts/colors.ts";
import type { PagePen } from "../charts/pen.ts";
import { RunSwatch } from "../library/RunSwatch.tsx";
import { valueWords } from "./axisWords.ts";
import { drawSwept, sweptPlot, sweptPositions, sweptValueAxis } from "./drawSwept.ts";
import { selectRuns, setExperiments, useExperiments } from "./experimentsStore.ts";
import { nearestLines } from "./nearestLines.ts";
import { formatMetric } from "./runMetrics.ts";
import { StudyCanvas } from "./StudyCanvas.tsx";
import type { StudyModel } from "./studyModel.ts";
import type { SweptQuantity, SweptView } from "./sweptLines.ts";
import { useBox } from "./useBox.ts";

const nearest = (positions: readonly number[], x: number): number =>
  positions.reduce(
    (best, position, index) =>
      Math.abs(position - x) < Math.abs((positions[best] ?? Number.POSITIVE_INFINITY) - x) ? index : best,
    0,
  );

export const SweptChart = ({
  model,
  view,
  quantity,
}: {
  readonly model: StudyModel;
  readonly view: SweptView;
  readonly quantity: SweptQuantity;
}) => {
  const selected = useExperiments((state) => state.selected);
  const box = useRef<HTMLDivElement>(null);
  const size = useBox(box);
  const lit = useExperiments((state) => state.lit);
  const [pointed, setPointed] = useState<number | null>(null);
  const [y, setY] = useState(0);
  const marked = useMemo(() => {
    const found = view.lines.flatMap(({ points }) =>
      points.flatMap(({ index, runs }) => (runs.some(({ id }) => selected.includes(id)) ? [index] : [])),
    );
    return [...new Set(found)];
  }, [view, selected]);
  const draw = useCallback(
    (pen: PagePen, colors: ChartColors) => drawSwept(pen, { model, view, quantity, marked, lit, ...size, colors }),
    [model, view, quantity, marked, lit, size],
  );
  const plot = sweptPlot({ view, ...size });
  const positions = sweptPositions(view.axis, plot.width);
  const axis = sweptValueAxis({ model, view, quantity }, plot);
  const near = (at: number | null, below: number) => {
    const lines = view.lines.flatMap(({ variant, metric, isHeld, points }) => {
      const found = points.find(({ index }) => index === at);
      return found === undefined ? [] : [{ variant, metric, isHeld, found }];
    });
    return nearestLines(lines, ({ found }) => Math.abs(axis.scale.toPixel(found.mean) - below));
  };
  const point = (event: PointerEvent<HTMLElement>): void => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const index = nearest(positions, event.clientX - bounds.left - plot.left);
    const at = event.clientY - bounds.top - plot.top;
    setPointed(index);
    setY(at);
    const line = near(index, at).nearest;
    if (line !== null) setExperiments({ lit: line.variant.key });
  };
  const leave = (): void => {
    setPointed(null);
    setExperiments({ lit: null });
  };
  const at = pointed === null ? null : (positions[pointed] ?? null);
  const shown = near(pointed, y);
  const idsAt = (index: number): readonly string[] => [
    ...new Set(
      view.lines.flatMap(({ points }) =>
        points.flatMap((each) => (each.index === index ? each.runs.map(({ id }) => id) : [])),
      ),
    ),
  ];
  const isLeft = at !== null && at > size.width - 240;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table of runs selects by keyboard
    // biome-ignore lint/a11y/noStaticElementInteractions: as above
    <div
      ref={box}
      className="study-chart"
      onPointerMove={point}
      onPointerLeave={leave}
      onClick={(event) => pointed !== null && selectRuns(idsAt(pointed), event.ctrlKey || event.metaKey)}
    >
      {size.width > 0 && <StudyCanvas {...size} draw={draw} />}
      {at !== null && pointed !== null && (
        <>
          <span className="study-cursor" style={{ left: plot.left + at, top: plot.top, height: plot.height }} />
          <div
            className="study-readout"
            style={{ left: plot.left + at + (isLeft ? -12 : 12), top: 12, translate: isLeft ? "-100% 0" : "0 0" }}
          >
            <strong>{`${view.axis.title} ${valueWords(view.axis.axis, view.axis.values[pointed])}`}</strong>
            {shown.shown.map(({ variant, metric, isHeld, found }) => (
              <span key={`${variant.key} ${metric}`} data-lit={variant === shown.nearest?.variant}>
                <RunSwatch style={variant.style} />
                <span>
                  {`${variant.title} ${isHeld ? (model.hasValidation ? "validation" : "test") : "train"}`.trim()}
                </span>
                <b>
                  {formatMetric(metric, found.mean, model)}
                  {found.runs.length > 1 && ` ± ${formatMetric(metric, found.std, model)}`}
                </b>
              </span>
            ))}
            {shown.numMore > 0 && <em>{`${shown.numMore} more`}</em>}
            {shown.shown.length === 0 && <span>nothing measured</span>}
          </div>
        </>
      )}
    </div>
  );
};
