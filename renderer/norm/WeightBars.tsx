import { useCallback, useMemo, useState } from "react";
import { ChartTools } from "../charts/ChartTools.tsx";
import { NONE } from "../charts/format.ts";
import { Section } from "../inspector/fields.tsx";
import { useElementWidth } from "../inspector/useElementWidth.ts";
import { LiveText } from "../run/LiveText.tsx";
import type { RunStoreState } from "../run/runStore.ts";
import { ChannelCanvas } from "./ChannelsSection.tsx";
import { ChannelTable } from "./ChannelTable.tsx";
import { channelColumns } from "./channelColumns.ts";
import { type ChannelDrawing, drawBars, GUTTER } from "./drawChannels.ts";
import { channelSections, weightsTable } from "./exportChannels.ts";
import { normViewOf } from "./normView.ts";
import { rangeWords } from "./normWords.ts";

const drawing = (part: "gamma" | "beta", title: string, base: number): ChannelDrawing => ({
  ...{ title, height: 34, below: 0 },
  draw: (pen, plot, { statistics }) =>
    drawBars(pen, { ...plot, marked: null }, { values: statistics[part], base, ticks: false }),
});

const drawings = { gamma: drawing("gamma", "Scale γ, from 1", 1), beta: drawing("beta", "Shift β, from 0", 0) };

const WeightPlot = ({
  nodeId,
  part,
  numChannels,
}: {
  readonly nodeId: string;
  readonly part: "gamma" | "beta";
  readonly numChannels: number;
}) => {
  const [box, width] = useElementWidth();
  // Bars begin at the left edge: there are no ticks.
  const columns = useMemo(() => channelColumns(numChannels, Math.max(1, width)), [numChannels, width]);
  const readRange = useCallback(
    (run: RunStoreState) => {
      const view = normViewOf(nodeId, run);
      return view === null ? NONE : rangeWords(view.statistics[part]);
    },
    [nodeId, part],
  );
  return (
    <div ref={box} className="norm-weight">
      <div className="output-head">
        <h4 className="output-title">{drawings[part].title}</h4>
        <LiveText className="output-fact" read={readRange} />
      </div>
      <div className="norm-weight-plot" style={{ marginLeft: -GUTTER }}>
        <ChannelCanvas
          nodeId={nodeId}
          columns={columns}
          width={width + GUTTER}
          marked={null}
          drawing={drawings[part]}
        />
      </div>
    </div>
  );
};

interface WeightBarsProps {
  readonly nodeId: string;
  readonly name: string;
  readonly unit: "channel" | "feature";
  readonly numChannels: number;
}

/** What is learnt of each channel: γ as it lies around 1, β around 0. */
export const WeightBars = (props: WeightBarsProps) => {
  const [asTable, setAsTable] = useState(false);
  const { nodeId, numChannels } = props;
  const call = { ...props, part: "weights", drawings: Object.values(drawings), table: weightsTable } as const;
  const tools = (
    <ChartTools
      of="scale and shift"
      table={{ isShown: asTable, show: setAsTable }}
      sections={() => channelSections(call)}
    />
  );
  return (
    <Section title="Scale and shift" tools={tools}>
      {asTable ? (
        <ChannelTable {...props} table={weightsTable} />
      ) : (
        <div className="norm-weights">
          <WeightPlot nodeId={nodeId} part="gamma" numChannels={numChannels} />
          <WeightPlot nodeId={nodeId} part="beta" numChannels={numChannels} />
        </div>
      )}
    </Section>
  );
};
