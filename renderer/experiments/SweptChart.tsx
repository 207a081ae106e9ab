import { type PointerEvent, useCallback, useMemo, useRef, useState } from "react";
import type { ChartColors } from "../charts/colors.ts";
import type { PagePen } from "../charts/pen.ts";
import { RunSwatch } from "../library/RunSwatch.tsx";
import { valueWords } from "./axisWords.ts";
import { drawSwept, sweptPlot, sweptPositions } from "./drawSwept.ts";
import { selectRuns, useExperiments } from "./experimentsStore.ts";
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
  const [pointed, setPointed] = useState<number | null>(null);
  const marked = useMemo(() => {
    const found = view.lines.flatMap(({ points }) =>
      points.flatMap(({ index, runs }) => (runs.some(({ id }) => selected.includes(id)) ? [index] : [])),
    );
    return [...new Set(found)];
  }, [view, selected]);
  const draw = useCallback(
    (pen: PagePen, colors: ChartColors) => drawSwept(pen, { model, view, quantity, marked, ...size, colors }),
    [model, view, quantity, marked, size],
  );
  const plot = sweptPlot(size);
  const positions = sweptPositions(view.axis, plot.width);
  const point = (event: PointerEvent<HTMLElement>): void => {
    const bounds = event.currentTarget.getBoundingClientRect();
    setPointed(nearest(positions, event.clientX - bounds.left - plot.left));
  };
  const at = pointed === null ? null : (positions[pointed] ?? null);
  const lines = view.lines.flatMap(({ variant, metric, isHeld, points }) => {
    const found = points.find(({ index }) => index === pointed);
    return found === undefined ? [] : [{ variant, metric, isHeld, found }];
  });
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
      onPointerLeave={() => setPointed(null)}
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
            {lines.map(({ variant, metric, isHeld, found }) => (
              <span key={`${variant.key} ${metric}`}>
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
            {lines.length === 0 && <span>nothing measured</span>}
          </div>
        </>
      )}
    </div>
  );
};
