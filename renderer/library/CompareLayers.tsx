/** The layers that the runs share, each at the same place of its run: signal, histogram, gradient. */
import { useCallback, useMemo, useRef, useState } from "react";
import { ChartTools } from "../charts/ChartTools.tsx";
import type { Cell, ChartTable } from "../charts/chartTable.ts";
import { type ChartColors, chartColors } from "../charts/colors.ts";
import { csvItem, pictureItems } from "../charts/exportChart.ts";
import { formatCount, formatReadout, formatShort, NONE } from "../charts/format.ts";
import { NumberTable } from "../charts/NumberTable.tsx";
import type { PagePen } from "../charts/pen.ts";
import { useElementWidth } from "../inspector/useElementWidth.ts";
import type { Quantity } from "../statistics/quantities.ts";
import { Segments } from "../statistics/Segments.tsx";
import type { StatisticsRow } from "../statistics/statisticsRows.ts";
import { AXIS_TITLES, type AxisId, positionsOf, runAxis } from "./comparedAxis.ts";
import { LAYER_QUANTITIES, layerAt, layerLine, sharedLayers } from "./comparedLayers.ts";
import type { ComparedRun } from "./comparedRun.ts";
import { drawGradients, drawHistograms, drawMeans, LAYER_HEIGHT, layerScale } from "./drawLayers.ts";
import { PenCanvas } from "./PenCanvas.tsx";
import { RunSwatch } from "./RunSwatch.tsx";
import { colorOf } from "./runStyle.ts";

const NAME_WIDTH = 176;
/** More rows at once than anyone looks at. */
const FIRST_ROWS = 40;

interface LayersCall {
  readonly runs: readonly ComparedRun[];
  readonly axis: AxisId;
  readonly x: number;
  readonly quantity: Quantity;
  readonly sideBySide: boolean;
}

interface RowWidths {
  readonly mean: number;
  readonly histogram: number;
  readonly gradient: number;
}

const widthsOf = (width: number): RowWidths => {
  const rest = Math.max(0, width - NAME_WIDTH);
  const histogram = Math.floor(rest * 0.34);
  const gradient = Math.floor(rest * 0.3);
  return { mean: rest - histogram - gradient, histogram, gradient };
};

const endOf = (runs: readonly ComparedRun[], axis: AxisId): number =>
  Math.max(0, ...runs.map((run) => runAxis(run, axis).end));

const seriesOf = ({ runs, axis, quantity }: LayersCall, nodeId: string) =>
  runs.map((run) => ({ style: run.style, line: layerLine(run, nodeId, axis, quantity) }));

const histogramsOf = ({ runs, axis, x, quantity }: LayersCall, nodeId: string) =>
  runs.map((run) => {
    const found = layerAt(run, nodeId, axis, x);
    return { style: run.style, histogram: found === null ? null : quantity.histogram(found.node) };
  });

/** Mean and std of each run, beside the name. */
const readouts = ({ runs, axis, x, quantity }: LayersCall, nodeId: string): readonly string[] =>
  runs.map((run) => {
    const found = layerAt(run, nodeId, axis, x);
    const moments = found === null ? null : quantity.moments(found.node);
    return moments === null ? NONE : `${formatReadout(moments.mean, moments.std)} ± ${formatReadout(moments.std)}`;
  });

const LayerRow = ({
  row,
  call,
  widths,
}: {
  readonly row: StatisticsRow;
  readonly call: LayersCall;
  readonly widths: RowWidths;
}) => {
  const { runs, axis, x, quantity, sideBySide } = call;
  const { nodeId } = row;
  // The cursor moves over lines that stay.
  const series = useMemo(
    () => seriesOf({ runs, axis, x: 0, quantity, sideBySide: false }, nodeId),
    [runs, axis, quantity, nodeId],
  );
  const end = useMemo(() => endOf(runs, axis), [runs, axis]);
  const means = useCallback(
    (pen: PagePen, colors: ChartColors) => drawMeans(pen, { series, end, width: widths.mean }, colors),
    [series, end, widths.mean],
  );
  const gradients = useCallback(
    (pen: PagePen, colors: ChartColors) => drawGradients(pen, { series, end, width: widths.gradient }, colors),
    [series, end, widths.gradient],
  );
  const histograms = useCallback(
    (pen: PagePen, colors: ChartColors) =>
      drawHistograms(
        pen,
        {
          series: histogramsOf({ runs, axis, x, quantity, sideBySide }, nodeId),
          width: widths.histogram,
          sideBySide,
        },
        colors,
      ),
    [runs, axis, x, quantity, sideBySide, nodeId, widths.histogram],
  );
  const cursor = (width: number) => (
    <span className="Compare-cursor" style={{ left: Math.round(layerScale(end, width).toPixel(Math.min(end, x))) }} />
  );
  return (
    <li className="Compare-layer" aria-label={row.name}>
      <div className="Compare-layer-name" style={{ width: NAME_WIDTH }}>
        <strong title={row.name}>{row.name}</strong>
        <span>{row.title}</span>
        {readouts(call, nodeId).map((text, index) => (
          <span key={runs[index]?.key} className="Compare-layer-number">
            <RunSwatch style={runs[index]?.style ?? 0} />
            {text}
          </span>
        ))}
      </div>
      <div className="Compare-cell" style={{ width: widths.mean }}>
        <PenCanvas width={widths.mean} height={LAYER_HEIGHT} draw={means} />
        {cursor(widths.mean)}
      </div>
      <div className="Compare-cell" style={{ width: widths.histogram }}>
        <PenCanvas width={widths.histogram} height={LAYER_HEIGHT} draw={histograms} />
      </div>
      <div className="Compare-cell" style={{ width: widths.gradient }}>
        <PenCanvas width={widths.gradient} height={LAYER_HEIGHT} draw={gradients} />
        {cursor(widths.gradient)}
      </div>
    </li>
  );
};

/** A row for each layer, at the place shown. */
const shownTable = (call: LayersCall, rows: readonly StatisticsRow[]): ChartTable => ({
  columns: [
    { id: "layer", title: "Layer", group: "" },
    ...call.runs.flatMap((run) => [
      { id: `${run.name}_step`, title: "Step", group: run.name, format: formatCount },
      { id: `${run.name}_mean`, title: "Mean", group: run.name, format: (value: number) => formatReadout(value) },
      { id: `${run.name}_std`, title: "Std", group: run.name, format: (value: number) => formatReadout(value) },
      {
        id: `${run.name}_gradient_std`,
        title: "Gradient std",
        group: run.name,
        format: (value: number) => formatReadout(value),
      },
    ]),
  ],
  rows: rows.map(({ nodeId, name }) => [
    name,
    ...call.runs.flatMap((run): Cell[] => {
      const found = layerAt(run, nodeId, call.axis, call.x);
      const moments = found === null ? null : call.quantity.moments(found.node);
      const gradient = found?.node.gradient ?? found?.node.weights[0]?.gradient ?? null;
      return [found?.step ?? null, moments?.mean ?? null, moments?.std ?? null, gradient?.std ?? null];
    }),
  ]),
});

/** A row for each measured step of each run and layer. */
const stepsTable = ({ runs, quantity }: LayersCall, rows: readonly StatisticsRow[]): ChartTable => ({
  columns: ["run", "step", "layer", "mean", "std", "gradient_std"].map((id) => ({ id, title: null })),
  rows: runs.flatMap((run) =>
    run.history.frames.flatMap((frame) =>
      rows.flatMap(({ nodeId, name }): Cell[][] => {
        const node = frame.nodes.find((candidate) => candidate.nodeId === nodeId);
        if (node === undefined) return [];
        const moments = quantity.moments(node);
        const gradient = node.gradient ?? node.weights[0]?.gradient ?? null;
        return [[run.name, frame.step, name, moments?.mean ?? null, moments?.std ?? null, gradient?.std ?? null]];
      }),
    ),
  ),
});

const PICTURE_WIDTH = 1200;
const PICTURE_HEAD = 52;

const drawPicture = (pen: PagePen, call: LayersCall, rows: readonly StatisticsRow[], colors: ChartColors): void => {
  const widths = widthsOf(PICTURE_WIDTH - 32);
  const end = endOf(call.runs, call.axis);
  const strong = { color: colors.text, size: 12, weight: 600 };
  let left = 16;
  for (const run of call.runs) {
    pen.label(left, 18, `— ${run.name}`, { ...strong, color: colorOf(colors, run.style) });
    left += 260;
  }
  const columns = [16 + NAME_WIDTH, 16 + NAME_WIDTH + widths.mean, 16 + NAME_WIDTH + widths.mean + widths.histogram];
  const titles = [
    call.quantity.meanTitle,
    `${call.quantity.histogramTitle}, ${AXIS_TITLES[call.axis]} ${formatShort(call.x, 4)}`,
    "Gradient std",
  ];
  titles.forEach((title, index) => {
    pen.label((columns[index] ?? 0) + 12, 40, title, strong);
  });
  rows.forEach(({ nodeId, name, title }, index) => {
    const top = PICTURE_HEAD + index * LAYER_HEIGHT;
    pen.moveTo(16, top);
    pen.rect(0, 0, PICTURE_WIDTH - 32, 1, colors.line);
    pen.label(0, 22, name, strong);
    pen.label(0, 38, title, { color: colors.text2, size: 10, weight: 400 });
    const series = seriesOf(call, nodeId);
    pen.moveTo(columns[0] ?? 0, top);
    drawMeans(pen, { series, end, width: widths.mean }, colors);
    pen.moveTo(columns[1] ?? 0, top);
    drawHistograms(
      pen,
      { series: histogramsOf(call, nodeId), width: widths.histogram, sideBySide: call.sideBySide },
      colors,
    );
    pen.moveTo(columns[2] ?? 0, top);
    drawGradients(pen, { series, end, width: widths.gradient }, colors);
  });
  pen.moveTo(0, 0);
};

/** `step 40`, or where each run is. */
const placeWords = ({ runs, axis, x }: Omit<LayersCall, "quantity" | "sideBySide">): string => {
  const steps = runs.map((run) => run.history.frameAt(runAxis(run, axis).stepAt(x))?.step ?? null);
  const [first] = steps;
  if (first !== null && steps.every((step) => step === first)) return `step ${formatCount(first ?? 0)}`;
  return `steps ${steps.map((step) => (step === null ? NONE : formatCount(step))).join(" and ")}`;
};

export const CompareLayers = ({
  runs,
  axis,
  x,
  onPick,
}: {
  readonly runs: readonly ComparedRun[];
  readonly axis: AxisId;
  readonly x: number;
  readonly onPick: (x: number) => void;
}) => {
  const box = useRef<HTMLElement>(null);
  const width = useElementWidth(box);
  const [quantity, setQuantity] = useState<Quantity>(LAYER_QUANTITIES[0]);
  const [sideBySide, setSideBySide] = useState(false);
  const [asTable, setAsTable] = useState(false);
  const [showsAll, setShowsAll] = useState(false);
  const all = useMemo(() => sharedLayers(runs), [runs]);
  const positions = useMemo(() => positionsOf(runs, axis), [runs, axis]);
  const widths = useMemo(() => widthsOf(width), [width]);
  const rows = showsAll ? all : all.slice(0, FIRST_ROWS);
  const call = { runs, axis, x, quantity, sideBySide };
  const next = positions.findIndex((position) => position > x + 1e-9);
  const at = next === -1 ? positions.length - 1 : Math.max(0, next - 1);
  const sections = () => [
    {
      items: [
        csvItem("Numbers of every step", "compare-layers", () => stepsTable(call, all)),
        csvItem("Numbers at the step shown", "compare-layers-shown", () => shownTable(call, all)),
        ...pictureItems("Charts", "compare-layers", () => ({
          width: PICTURE_WIDTH,
          height: PICTURE_HEAD + rows.length * LAYER_HEIGHT + 8,
          draw: (pen) => drawPicture(pen, call, rows, chartColors()),
        })),
      ],
    },
  ];
  return (
    <section ref={box} className="Compare-layers" aria-label="Layers">
      <div className="Compare-layers-head">
        <h2>{`${formatCount(all.length)} shared ${all.length === 1 ? "layer" : "layers"}`}</h2>
        {positions.length > 1 && (
          <label className="Compare-scrub">
            <span className="Compare-place">{placeWords(call)}</span>
            <input
              type="range"
              min={0}
              max={positions.length - 1}
              value={at}
              aria-label="Step shown"
              aria-valuetext={placeWords(call)}
              onChange={(event) => onPick(positions[Number(event.target.value)] ?? x)}
            />
          </label>
        )}
        <span className="Library-space" />
        <Segments
          label="Measured"
          showLabel={false}
          value={quantity.id}
          options={LAYER_QUANTITIES.map(({ id, title }) => ({ id, title }))}
          onChange={(id) => setQuantity(LAYER_QUANTITIES.find((other) => other.id === id) ?? quantity)}
        />
        <Segments
          label="Histograms"
          showLabel={false}
          value={sideBySide ? "side" : "over"}
          options={[
            { id: "over", title: "Overlaid" },
            { id: "side", title: "Side by side" },
          ]}
          onChange={(id) => setSideBySide(id === "side")}
        />
        <ChartTools of="the layers" table={{ isShown: asTable, show: setAsTable }} sections={sections} />
      </div>
      {all.length === 0 && <p className="Library-nothing">The nets of these runs have no layer in common.</p>}
      {all.length > 0 && positions.length === 0 && (
        <p className="Library-nothing">Nothing was measured in these runs: their statistics were off.</p>
      )}
      {all.length > 0 && positions.length > 0 && asTable && (
        <NumberTable label="Layers at the step shown" caption={null} table={shownTable(call, all)} rest="layers" />
      )}
      {all.length > 0 && positions.length > 0 && !asTable && (
        <>
          <div className="Compare-layer-heads" aria-hidden="true">
            <span style={{ width: NAME_WIDTH }}>Layer</span>
            <span style={{ width: widths.mean }}>{quantity.meanTitle}</span>
            <span style={{ width: widths.histogram }}>{`${quantity.histogramTitle}, ${placeWords(call)}`}</span>
            <span style={{ width: widths.gradient }}>Gradient std</span>
          </div>
          <ul>
            {rows.map((row) => (
              <LayerRow key={row.nodeId} row={row} call={call} widths={widths} />
            ))}
          </ul>
          {all.length > rows.length && (
            <button type="button" className="button button-small" onClick={() => setShowsAll(true)}>
              {`Show all ${formatCount(all.length)} layers`}
            </button>
          )}
        </>
      )}
    </section>
  );
};
