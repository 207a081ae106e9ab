import { useCallback, useMemo, useRef, useState } from "react";
import type { StudyRunStatus } from "../../engine/protocol.ts";
import type { ChartColors } from "../charts/colors.ts";
import type { PagePen } from "../charts/pen.ts";
import { SelectField } from "../inspector/fields.tsx";
import { drawScatter, scatterPlace, scatterPlot } from "./drawPoints.ts";
import { type ExperimentsState, selectRuns, setExperiments, useExperiments } from "./experimentsStore.ts";
import { metricTitle } from "./runMetrics.ts";
import { type Dimension, dimensionsOf } from "./runPoints.ts";
import { StudyCanvas } from "./StudyCanvas.tsx";
import { runWords, type StudyModel } from "./studyModel.ts";
import { useBox } from "./useBox.ts";
import { useFaintRuns } from "./useFaintRuns.ts";
import type { ShownStudy } from "./useStudyModel.ts";

/** As chosen, else the first param that varies against the best held-back score. */
export const scatterDimensions = (
  dimensions: readonly Dimension[],
  chosen: ExperimentsState["scatter"],
  _model: StudyModel,
): readonly [Dimension, Dimension] | null => {
  const named = (id: string | undefined) => dimensions.find((dimension) => dimension.id === id);
  const x = named(chosen?.x) ?? named("metric:bestTrain");
  const y = named(chosen?.y) ?? named("metric:bestHeld");
  return x === undefined || y === undefined ? null : [x, y];
};

const AxisChoice = ({
  sign,
  label,
  value,
  dimensions,
  onChange,
}: {
  sign: string;
  label: string;
  value: string;
  dimensions: readonly Dimension[];
  onChange: (id: string) => void;
}) => (
  <span className="study-choice">
    <span aria-hidden="true">{sign}</span>
    <SelectField
      label={label}
      value={value}
      options={dimensions.map(({ id, title }) => ({ value: id, label: title }))}
      onChange={onChange}
    />
  </span>
);

export const ScatterAxes = ({ shown: { detail, model } }: { readonly shown: ShownStudy }) => {
  const chosen = useExperiments((state) => state.scatter);
  const dimensions = dimensionsOf(model, detail.runs);
  const pair = scatterDimensions(dimensions, chosen, model);
  if (pair === null) return null;
  const [x, y] = [pair[0].id, pair[1].id];
  return (
    <div className="study-axes">
      <AxisChoice
        sign="x"
        label="Across"
        value={x}
        dimensions={dimensions}
        onChange={(id) => setExperiments({ scatter: { x: id, y } })}
      />
      <AxisChoice
        sign="y"
        label="Up"
        value={y}
        dimensions={dimensions}
        onChange={(id) => setExperiments({ scatter: { x, y: id } })}
      />
    </div>
  );
};

const REACH = 12;

export const ScatterChart = ({ shown }: { readonly shown: ShownStudy }) => {
  const { detail, model } = shown;
  const selected = useExperiments((state) => state.selected);
  const chosen = useExperiments((state) => state.scatter);
  const box = useRef<HTMLDivElement>(null);
  const size = useBox(box);
  const [pointed, setPointed] = useState<StudyRunStatus | null>(null);
  const dimensions = useMemo(() => dimensionsOf(model, detail.runs), [model, detail.runs]);
  const faint = useFaintRuns(shown, dimensions);
  const pair = useMemo(() => scatterDimensions(dimensions, chosen, model), [dimensions, chosen, model]);
  const draw = useCallback(
    (pen: PagePen, colors: ChartColors) => {
      if (pair === null) return;
      drawScatter(pen, { model, runs: detail.runs, selected: new Set(selected), faint, ...size, colors }, pair);
    },
    [model, detail.runs, selected, faint, size, pair],
  );
  if (pair === null) return null;
  const [x, y] = pair;
  const plot = scatterPlot(size);
  const find = (across: number, down: number): StudyRunStatus | null => {
    let best: { readonly run: StudyRunStatus; readonly distance: number } | null = null;
    for (const run of detail.runs) {
      const place = scatterPlace(run, x, y, plot);
      if (place === null) continue;
      const distance = Math.hypot(place[0] - across, place[1] - down);
      if (distance <= REACH && (best === null || distance < best.distance)) best = { run, distance };
    }
    return best?.run ?? null;
  };
  const place = pointed === null ? null : scatterPlace(pointed, x, y, plot);
  const isLeft = place !== null && place[0] > size.width - 260;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table of runs selects by keyboard
    // biome-ignore lint/a11y/noStaticElementInteractions: as above
    <div
      ref={box}
      className="study-chart"
      onPointerMove={(event) => {
        const bounds = event.currentTarget.getBoundingClientRect();
        setPointed(find(event.clientX - bounds.left - plot.left, event.clientY - bounds.top - plot.top));
      }}
      onPointerLeave={() => setPointed(null)}
      onClick={(event) => selectRuns(pointed === null ? [] : [pointed.id], event.ctrlKey || event.metaKey)}
    >
      {size.width > 0 && <StudyCanvas {...size} draw={draw} />}
      {pointed !== null && place !== null && (
        <div
          className="study-readout"
          style={{
            left: plot.left + place[0] + (isLeft ? -12 : 12),
            top: Math.min(plot.top + place[1], size.height - 60),
            translate: isLeft ? "-100% 0" : "0 0",
          }}
        >
          <strong>{runWords(model, pointed)}</strong>
          {[...new Set([x, y])].map((dimension) => (
            <span key={dimension.id}>
              <span>{dimension.title}</span>
              <b>{dimension.format(dimension.measure(pointed) ?? Number.NaN)}</b>
            </span>
          ))}
        </div>
      )}
      <span className="visually-hidden">{`${metricTitle("bestHeld", model)}: see the table of runs`}</span>
    </div>
  );
};
