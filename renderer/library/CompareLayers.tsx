/** The layers that the runs share, each at the same place of its run: signal, histogram, gradient. */
import { useCallback, useMemo, useState } from "react";
import { counted } from "../../engine/index.ts";
import { ChartTools } from "../charts/ChartTools.tsx";
import type { ChartColors } from "../charts/colors.ts";
import { formatCount, formatReadout, NONE } from "../charts/format.ts";
import { NumberTable } from "../charts/NumberTable.tsx";
import type { PagePen } from "../charts/pen.ts";
import { useElementWidth } from "../inspector/useElementWidth.ts";
import type { Quantity } from "../statistics/quantities.ts";
import { Segments } from "../statistics/Segments.tsx";
import type { StatisticsRow } from "../statistics/statisticsRows.ts";
import { type AxisId, positionsOf, runAxis } from "./comparedAxis.ts";
import { LAYER_QUANTITIES, layerAt, sharedLayers } from "./comparedLayers.ts";
import type { ComparedRun } from "./comparedRun.ts";
import { drawGradients, drawHistograms, drawMeans, LAYER_HEIGHT, layerScale } from "./drawLayers.ts";
import {
  endOf,
  histogramsOf,
  type LayersCall,
  layersSections,
  NAME_WIDTH,
  type RowWidths,
  seriesOf,
  shownTable,
  widthsOf,
} from "./exportLayers.ts";
import { PenCanvas } from "./PenCanvas.tsx";
import { RunSwatch } from "./RunSwatch.tsx";

/** More rows at once than anyone looks at. */
const FIRST_ROWS = 40;

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
  const [box, width] = useElementWidth();
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
  return (
    <section ref={box} className="Compare-layers" aria-label="Layers">
      <div className="Compare-layers-head">
        <h2>{counted(all.length, "shared layer")}</h2>
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
        <ChartTools
          of="the layers"
          table={{ isShown: asTable, show: setAsTable }}
          sections={() => layersSections(call, all, rows)}
        />
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
