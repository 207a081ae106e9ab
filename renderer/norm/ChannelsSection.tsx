import { type KeyboardEvent, type PointerEvent, useCallback, useMemo, useState } from "react";
import { ChartTools } from "../charts/ChartTools.tsx";
import { chartColors } from "../charts/colors.ts";
import { formatCount } from "../charts/format.ts";
import { canvasPen } from "../charts/pen.ts";
import { useChartSurface } from "../charts/useChartSurface.ts";
import { useElementWidth } from "../inspector/useElementWidth.ts";
import { LiveText } from "../run/LiveText.tsx";
import { type RunStoreState, runStore } from "../run/runStore.ts";
import { ChannelTable } from "./ChannelTable.tsx";
import { type ChannelColumns, channelColumns, columnAt, loudestIn } from "./channelColumns.ts";
import {
  CHANNEL_TICKS_HEIGHT,
  type ChannelDrawing,
  drawBars,
  drawChannelTicks,
  drawScatter,
  GUTTER,
} from "./drawChannels.ts";
import { channelSections, channelsTable } from "./exportChannels.ts";
import { type NormView, normViewOf } from "./normView.ts";
import { gapWords, pairWords } from "./normWords.ts";

const means: ChannelDrawing = {
  ...{ title: "Mean", height: 66, below: 0 },
  draw: (pen, plot, { statistics }) =>
    drawScatter(pen, plot, { batch: statistics.batchMean, running: statistics.runningMean, isLog: false }),
};

const variances: ChannelDrawing = {
  ...{ title: "Variance, log", height: 56, below: 0 },
  draw: (pen, plot, { statistics }) =>
    drawScatter(pen, plot, { batch: statistics.batchVariance, running: statistics.runningVariance, isLog: true }),
};

const gaps: ChannelDrawing = {
  ...{ title: "Mean gap, in running std", height: 40, below: CHANNEL_TICKS_HEIGHT },
  draw: (pen, plot, { gap }) => {
    if (gap !== null) drawBars(pen, plot, { values: gap.means, base: 0, ticks: true });
    drawChannelTicks(pen, plot, plot.height);
  },
};

/** A canvas over all channels; drawn again when the view, the marked channel or the theme changes. */
export const ChannelCanvas = ({
  nodeId,
  columns,
  width,
  marked,
  drawing: { height, below, draw },
}: {
  readonly nodeId: string;
  readonly columns: ChannelColumns;
  readonly width: number;
  /** null: the channel whose means are furthest apart. */
  readonly marked: number | null;
  readonly drawing: ChannelDrawing;
}) => {
  const create = useCallback(
    (surface: Parameters<typeof canvasPen>[0]) => {
      let drawn: NormView | null | undefined;
      let colorsDrawn = -1;
      return () => {
        const view = normViewOf(nodeId, runStore.getState());
        const colors = chartColors();
        if (view === drawn && colors.revision === colorsDrawn) return;
        [drawn, colorsDrawn] = [view, colors.revision];
        const pen = canvasPen(surface);
        if (view !== null) draw(pen, { columns, width, height, marked: marked ?? view.largest, colors }, view);
      };
    },
    [nodeId, columns, width, height, marked, draw],
  );
  const canvas = useChartSurface(width, height + below, create);
  return <canvas ref={canvas} className="norm-canvas" style={{ width, height: height + below }} />;
};

const DRAWINGS = [means, variances, gaps];

/** Without a batch: the channels are numbered below the last chart. */
const ranges: ChannelDrawing = {
  ...variances,
  below: CHANNEL_TICKS_HEIGHT,
  draw: (pen, plot, view) => {
    variances.draw(pen, plot, view);
    drawChannelTicks(pen, plot, plot.height);
  },
};
const RUNNING = [means, ranges];

const keyMoves: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
};

const Charts = ({ nodeId, name, unit, numChannels, hasBatch }: ChannelsProps) => {
  const [box, width] = useElementWidth();
  const [channel, setChannel] = useState<number | null>(null);
  const columns = useMemo(() => channelColumns(numChannels, Math.max(1, width - GUTTER)), [numChannels, width]);
  const readMean = useCallback(
    (run: RunStoreState) => pairWords(normViewOf(nodeId, run), "mean", channel, unit),
    [nodeId, channel, unit],
  );
  const readVariance = useCallback(
    (run: RunStoreState) => pairWords(normViewOf(nodeId, run), "variance", channel, unit),
    [nodeId, channel, unit],
  );
  const readGap = useCallback(
    (run: RunStoreState) => gapWords(normViewOf(nodeId, run), channel, unit),
    [nodeId, channel, unit],
  );
  const point = (event: PointerEvent<HTMLElement>): void => {
    const column = columnAt(columns, event.clientX - event.currentTarget.getBoundingClientRect().left - GUTTER);
    setChannel(loudestIn(columns, column, normViewOf(nodeId, runStore.getState())?.gap?.means ?? null));
  };
  const press = (event: KeyboardEvent): void => {
    const last = numChannels - 1;
    const from = channel ?? normViewOf(nodeId, runStore.getState())?.largest ?? 0;
    const by = keyMoves[event.key];
    if (by !== undefined) setChannel(Math.min(last, Math.max(0, from + by)));
    else if (event.key === "Home") setChannel(0);
    else if (event.key === "End") setChannel(last);
    else if (event.key === "Escape" && channel !== null) setChannel(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const view = normViewOf(nodeId, runStore.getState());
  const spoken = [
    `mean, ${hasBatch ? "batch and running" : "running"}, ${pairWords(view, "mean", channel, unit)}`,
    `variance ${pairWords(view, "variance", channel, unit)}`,
    ...(hasBatch ? [`mean gap ${gapWords(view, channel, unit)}`] : []),
  ].join("; ");
  const common = { nodeId, columns, width, marked: channel };
  return (
    <div
      ref={box}
      className="norm-channels"
      role="slider"
      tabIndex={0}
      aria-label={`${unit === "feature" ? "Features" : "Channels"} of ${name}`}
      aria-valuemin={0}
      aria-valuemax={numChannels - 1}
      aria-valuenow={channel ?? view?.largest ?? 0}
      aria-valuetext={spoken}
      onPointerMove={point}
      onPointerLeave={() => setChannel(null)}
      onKeyDown={press}
      onBlur={() => setChannel(null)}
    >
      <div className="output-head">
        <h4 className="output-title">{means.title}</h4>
        <LiveText className="output-fact" read={readMean} />
      </div>
      <ChannelCanvas {...common} drawing={means} />
      <div className="output-head">
        <h4 className="output-title">{variances.title}</h4>
        <LiveText className="output-fact" read={readVariance} />
      </div>
      <ChannelCanvas {...common} drawing={hasBatch ? variances : ranges} />
      {hasBatch && (
        <>
          <div className="output-head">
            <h4 className="output-title" data-tooltip="(batch mean − running mean) / √(running variance + ε)">
              {gaps.title}
            </h4>
            <LiveText className="output-fact" read={readGap} />
          </div>
          <ChannelCanvas {...common} drawing={gaps} />
        </>
      )}
      {columns.perColumn > 1 && (
        <p className="output-fact">
          {`${formatCount(columns.perColumn)} ${unit}s in a column, from lowest to highest.`}
        </p>
      )}
    </div>
  );
};

interface ChannelsProps {
  readonly nodeId: string;
  readonly name: string;
  readonly unit: "channel" | "feature";
  readonly numChannels: number;
  /** Whether a run has measured them: a net out of its file has running statistics and no batch. */
  readonly hasBatch: boolean;
}

/** Batch against running statistics by channel, at the step shown. */
export const ChannelsSection = (props: ChannelsProps) => {
  const [asTable, setAsTable] = useState(false);
  return (
    <section className="inspector-section" aria-label="Channels">
      <div className="inspector-section-head norm-head">
        <h3>{props.unit === "feature" ? "Features" : "Channels"}</h3>
        <span className="norm-legend">
          {props.hasBatch && (
            <span className="norm-key" data-series="batch">
              batch
            </span>
          )}
          <span className="norm-key" data-series="running">
            running
          </span>
        </span>
        <ChartTools
          of={`the ${props.unit}s`}
          table={{ isShown: asTable, show: setAsTable }}
          sections={() =>
            channelSections({
              ...props,
              part: "channels",
              drawings: props.hasBatch ? DRAWINGS : RUNNING,
              table: channelsTable,
            })
          }
        />
      </div>
      {asTable ? <ChannelTable {...props} table={channelsTable} /> : <Charts {...props} />}
    </section>
  );
};
