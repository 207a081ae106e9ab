/** Loss and score of several runs in one chart each, with one cursor in all of them. */
import { useCallback, useMemo, useState } from "react";
import { ChartTools } from "../charts/ChartTools.tsx";
import type { Cell, ChartTable } from "../charts/chartTable.ts";
import { type ChartColors, chartColors } from "../charts/colors.ts";
import { csvItem, pictureItems } from "../charts/exportChart.ts";
import { formatShort } from "../charts/format.ts";
import { NumberTable } from "../charts/NumberTable.tsx";
import type { PagePen } from "../charts/pen.ts";
import { useElementWidth } from "../inspector/useElementWidth.ts";
import { AXIS_TITLES, type AxisId, runAxis } from "./comparedAxis.ts";
import {
  CURVE_IDS,
  type CurveId,
  curveOf,
  curveTitle,
  formatCurve,
  hasScores,
  isLoss,
  valueAt,
} from "./comparedCurves.ts";
import type { ComparedRun } from "./comparedRun.ts";
import { drawCurves, stepScale } from "./drawCurves.ts";
import { PenCanvas } from "./PenCanvas.tsx";
import { RunSwatch } from "./RunSwatch.tsx";
import { colorOf } from "./runStyle.ts";

const HEIGHT = 176;
const PICTURE_WIDTH = 720;

/** A row for each step at which a value is known, with a column for each run. */
const curvesTable = (runs: readonly ComparedRun[], id: CurveId): ChartTable => {
  const curves = runs.map((run) => curveOf(run, id));
  const steps = [...new Set(curves.flatMap((curve) => curve.steps))].sort((a, b) => a - b);
  const byStep = curves.map((curve) => new Map(curve.steps.map((step, at) => [step, curve.values[at] ?? null])));
  const rows: Cell[][] = steps.map((step) => [step, ...byStep.map((values) => values.get(step) ?? null)]);
  return {
    columns: [
      { id: "step", title: "Step", format: String },
      ...runs.map((run) => ({ id: run.name, title: run.name, format: (value: number) => formatCurve(id, run, value) })),
    ],
    rows,
  };
};

/** A chart with its title and what its lines are, as a picture of its own. */
const drawPicture = (
  pen: PagePen,
  call: { readonly runs: readonly ComparedRun[]; readonly id: CurveId; readonly axis: AxisId; readonly log: boolean },
  colors: ChartColors,
): void => {
  const { runs, id } = call;
  pen.label(16, 18, curveTitle(id, runs), { color: colors.text, size: 13, weight: 600 });
  runs.forEach((run, index) => {
    pen.label(16, 38 + 16 * index, `${"—"} ${run.name}`, { color: colorOf(colors, run.style), size: 11, weight: 500 });
  });
  pen.moveTo(8, 40 + 16 * runs.length);
  const curves = runs.map((run) => curveOf(run, id));
  drawCurves(pen, { ...call, curves, width: PICTURE_WIDTH - 16, height: 260 }, colors);
  pen.moveTo(0, 0);
};

export interface ChartsCall {
  readonly runs: readonly ComparedRun[];
  readonly axis: AxisId;
  readonly log: boolean;
  /** Where the cursor stands, in units of the axis. */
  readonly x: number;
  readonly onPick: (x: number) => void;
}

const CurveChart = ({
  id,
  call,
  hovered,
  onHover,
}: {
  readonly id: CurveId;
  readonly call: ChartsCall;
  readonly hovered: number | null;
  readonly onHover: (x: number | null) => void;
}) => {
  const { runs, axis, log, x, onPick } = call;
  const [asTable, setAsTable] = useState(false);
  const [box, width] = useElementWidth();
  const curves = useMemo(() => runs.map((run) => curveOf(run, id)), [runs, id]);
  const draw = useCallback(
    (pen: PagePen, colors: ChartColors) =>
      drawCurves(pen, { runs, curves, id, axis, log, width, height: HEIGHT }, colors),
    [runs, curves, id, axis, log, width],
  );
  const scale = useMemo(() => stepScale({ runs, axis, width }), [runs, axis, width]);
  const title = curveTitle(id, runs);
  const shown = hovered ?? x;
  const xAt = (event: React.PointerEvent<HTMLElement>): number =>
    Math.min(scale.high, Math.max(0, scale.toValue(event.clientX - event.currentTarget.getBoundingClientRect().left)));
  const numbers = runs.map((run, index) => {
    const curve = curves[index];
    return formatCurve(id, run, curve ? valueAt(curve, runAxis(run, axis).stepAt(shown)) : null);
  });
  const sections = () => [
    {
      items: [
        csvItem("Numbers", `compare-${id}`, () => curvesTable(runs, id)),
        ...pictureItems("Chart", `compare-${id}`, () => ({
          width: PICTURE_WIDTH,
          height: 310 + 16 * runs.length,
          draw: (pen) => drawPicture(pen, { runs, id, axis, log }, chartColors()),
        })),
      ],
    },
  ];
  return (
    <section ref={box} className="Compare-chart" aria-label={title}>
      <div className="Compare-chart-head">
        <h3>{title}</h3>
        <span className="Compare-numbers">
          {runs.map((run, index) => (
            <span key={run.key} title={run.name}>
              <RunSwatch style={run.style} />
              <span className="Compare-number">{numbers[index]}</span>
            </span>
          ))}
        </span>
        <ChartTools of={title.toLowerCase()} table={{ isShown: asTable, show: setAsTable }} sections={sections} />
      </div>
      {asTable ? (
        <NumberTable label={title} caption={null} table={curvesTable(runs, id)} rest="steps" />
      ) : (
        <figure
          className="Compare-plot"
          style={{ height: HEIGHT }}
          onPointerMove={(event) => onHover(xAt(event))}
          onPointerLeave={() => onHover(null)}
          onPointerDown={(event) => onPick(xAt(event))}
        >
          <PenCanvas width={width} height={HEIGHT} draw={draw} />
          <span className="Compare-cursor" style={{ left: Math.round(scale.toPixel(Math.min(scale.high, x))) }} />
          {hovered !== null && (
            <span className="Compare-cursor is-hovered" style={{ left: Math.round(scale.toPixel(hovered)) }} />
          )}
          <figcaption className="visually-hidden">
            {`At ${AXIS_TITLES[axis]} ${formatShort(shown, 4)}: ${runs.map((run, index) => `${run.name} ${numbers[index]}`).join(", ")}`}
          </figcaption>
        </figure>
      )}
    </section>
  );
};

export const CompareCharts = (call: ChartsCall) => {
  const [hovered, setHovered] = useState<number | null>(null);
  const ids = CURVE_IDS.filter((id) => isLoss(id) || hasScores(call.runs));
  return (
    <div className="Compare-charts">
      {ids.map((id) => (
        <CurveChart key={id} id={id} call={call} hovered={hovered} onHover={setHovered} />
      ))}
    </div>
  );
};
