import { useCallback, useMemo, useRef } from "react";
import { NONE } from "../charts/format.ts";
import { useElementWidth } from "../inspector/useElementWidth.ts";
import { LiveText } from "../run/LiveText.tsx";
import type { RunStoreState } from "../run/runStore.ts";
import type { Pen } from "../statistics/pen.ts";
import { ChannelCanvas } from "./ChannelsSection.tsx";
import { channelColumns } from "./channelColumns.ts";
import { drawBars, GUTTER, type Plot } from "./drawChannels.ts";
import { type NormView, normViewOf } from "./normView.ts";
import { rangeWords } from "./normWords.ts";

const HEIGHT = 34;

const WeightPlot = ({
  nodeId,
  part,
  title,
  base,
  numChannels,
}: {
  readonly nodeId: string;
  readonly part: "gamma" | "beta";
  readonly title: string;
  readonly base: number;
  readonly numChannels: number;
}) => {
  const box = useRef<HTMLDivElement>(null);
  const width = useElementWidth(box);
  // Bars begin at the left edge: there are no ticks.
  const columns = useMemo(() => channelColumns(numChannels, Math.max(1, width)), [numChannels, width]);
  const readRange = useCallback(
    (run: RunStoreState) => {
      const view = normViewOf(nodeId, run);
      return view === null ? NONE : rangeWords(view.statistics[part]);
    },
    [nodeId, part],
  );
  const draw = useCallback(
    (pen: Pen, plot: Plot, { statistics }: NormView) =>
      drawBars(pen, { ...plot, marked: null }, { values: statistics[part], base, ticks: false }),
    [part, base],
  );
  return (
    <div ref={box} className="norm-weight">
      <div className="output-head">
        <h4 className="output-title">{title}</h4>
        <LiveText className="output-fact" read={readRange} />
      </div>
      <div className="norm-weight-plot" style={{ marginLeft: -GUTTER }}>
        <ChannelCanvas
          nodeId={nodeId}
          columns={columns}
          width={width + GUTTER}
          height={HEIGHT}
          marked={null}
          draw={draw}
        />
      </div>
    </div>
  );
};

/** What is learnt of each channel: γ as it lies around 1, β around 0. */
export const WeightBars = ({ nodeId, numChannels }: { readonly nodeId: string; readonly numChannels: number }) => (
  <section className="inspector-section norm-weights" aria-label="Scale and shift">
    <WeightPlot nodeId={nodeId} part="gamma" title="Scale γ, from 1" base={1} numChannels={numChannels} />
    <WeightPlot nodeId={nodeId} part="beta" title="Shift β, from 0" base={0} numChannels={numChannels} />
  </section>
);
