import { useCallback, useState } from "react";
import type { DocumentNode, Histogram, NodeFacts, NodeStatistics } from "../../engine/index.ts";
import { ChartTools } from "../charts/ChartTools.tsx";
import { formatCount, NONE } from "../charts/format.ts";
import { HeatMap } from "../charts/HeatMap.tsx";
import { HistogramPlot } from "../charts/HistogramPlot.tsx";
import { HistogramTable } from "../charts/HistogramTable.tsx";
import { useDocument } from "../document/documentStore.ts";
import { LiveText } from "../run/LiveText.tsx";
import type { RunHistory } from "../run/runHistory.ts";
import { isUnderWay, runOf } from "../run/runState.ts";
import { type RunStoreState, useRun } from "../run/runStore.ts";
import { nodeSections } from "../statistics/exportNode.ts";
import { describeShapes } from "./describeShapes.ts";
import { Section } from "./fields.tsx";
import { MomentsTable } from "./MomentsTable.tsx";
import { describeBins, READOUTS, type Readout } from "./outputReadouts.ts";
import { useElementWidth } from "./useElementWidth.ts";
import "./OutputSection.css";

const NOW_HEIGHT = 58;
const HEAT_HEIGHT = 62;
const CHANNEL_HEIGHT = 36;
const CHANNEL_GAP = 12;

/** The node's statistics at the step shown, or null before its first measurement. */
const statisticsOf = (nodeId: string, run: RunStoreState): NodeStatistics | null =>
  run.history?.statisticsAt(nodeId, run.shownStep) ?? null;

const ReadoutCell = ({ nodeId, readout }: { nodeId: string; readout: Readout }) => {
  const read = useCallback(
    (run: RunStoreState) => {
      const statistics = statisticsOf(nodeId, run);
      return statistics ? readout.read(statistics) : NONE;
    },
    [nodeId, readout],
  );
  return (
    <div>
      <dt>{readout.title}</dt>
      <dd>
        <LiveText read={read} />
      </dd>
    </div>
  );
};

/** The step that was measured, which may be a little before the one shown: not every step is. */
const readMeasuredStep = (run: RunStoreState): string => {
  const frame = run.history?.frameAt(run.shownStep);
  // The fact beside it goes on with "865,280 values".
  return frame ? `At step ${formatCount(frame.step)}` : "Values";
};

const ChannelPlot = ({
  nodeId,
  title,
  part,
  width,
  asTable,
}: {
  nodeId: string;
  title: string;
  part: "channelMeans" | "channelStds";
  width: number;
  asTable: boolean;
}) => {
  const read = useCallback(
    (run: RunStoreState): Histogram | null => statisticsOf(nodeId, run)?.[part] ?? null,
    [nodeId, part],
  );
  return (
    <div style={{ width }}>
      <h4 className="output-title">{title}</h4>
      {asTable ? (
        <HistogramTable label={title} read={read} />
      ) : (
        <HistogramPlot label={title} read={read} width={width} height={CHANNEL_HEIGHT} ticks="ends" />
      )}
    </div>
  );
};

interface ChartsProps {
  readonly nodeId: string;
  readonly name: string;
  readonly history: RunHistory;
  /** As tables. */
  readonly asTable: boolean;
}

const Charts = ({ nodeId, name, history, asTable }: ChartsProps) => {
  const [box, width] = useElementWidth();
  const [range, setRange] = useState("");
  const outputShape = useDocument((state) => state.compiled.facts.get(nodeId)?.outputShape ?? null);
  const readHistogram = useCallback((run: RunStoreState) => statisticsOf(nodeId, run)?.histogram ?? null, [nodeId]);
  const readBins = useCallback((run: RunStoreState) => describeBins(statisticsOf(nodeId, run)), [nodeId]);
  const channelWidth = Math.floor((width - CHANNEL_GAP) / 2);
  const unit = outputShape?.length === 1 ? "Feature" : "Channel";
  return (
    <div ref={box} className="output-charts">
      <div className="output-head">
        <h4 className="output-title">
          <LiveText read={readMeasuredStep} />
        </h4>
        <LiveText className="output-fact" read={readBins} />
      </div>
      {asTable ? (
        <HistogramTable label={`Values of ${name}`} read={readHistogram} />
      ) : (
        <HistogramPlot label={`Values of ${name}`} read={readHistogram} width={width} height={NOW_HEIGHT} />
      )}
      <div className="output-head">
        <h4 className="output-title">Values over time</h4>
        {!asTable && <span className="output-fact">{range}</span>}
      </div>
      {asTable ? (
        <MomentsTable label={`Values of ${name} over time`} history={history} nodeId={nodeId} />
      ) : (
        <HeatMap
          label={`Values of ${name} over time`}
          history={history}
          nodeId={nodeId}
          width={width}
          height={HEAT_HEIGHT}
          onRange={setRange}
        />
      )}
      {outputShape?.[0] === 1 ? (
        <p className="output-fact">
          {unit === "Channel" ? "1 channel" : "1 feature"}: its mean and std are those above.
        </p>
      ) : (
        <div className="output-channels">
          <ChannelPlot {...{ nodeId, asTable }} title={`${unit} means`} part="channelMeans" width={channelWidth} />
          <ChannelPlot {...{ nodeId, asTable }} title={`${unit} stds`} part="channelStds" width={channelWidth} />
        </div>
      )}
    </div>
  );
};

/** Why there are no numbers, and what brings them. */
const describeEmpty = (name: string, run: RunStoreState): string => {
  const started = runOf(run.state);
  if (isUnderWay(run.state) && !started) return "The run is starting.";
  if (!started) return `Train to measure the values of ${name}.`;
  return `Run ${started.number} does not have ${name}. Train again to measure it.`;
};

/** `20×13×13 → 50×9×9`; the mono font has no arrow of its own. */
const Shapes = ({ facts }: { facts: NodeFacts | undefined }) => {
  const { incoming, outgoing } = describeShapes(facts);
  return (
    <>
      {incoming !== "" && (
        <>
          <span className="inspector-mono">{incoming}</span> →{" "}
        </>
      )}
      <span className="inspector-mono">{outgoing}</span>
    </>
  );
};

/** What the node puts out at the step shown: numbers, histogram now, histograms over time, channels. */
export const OutputSection = ({ node: { id: nodeId, name, kind } }: { node: DocumentNode }) => {
  const facts = useDocument((state) => state.compiled.facts.get(nodeId));
  const history = useRun((run) => run.history);
  const isMeasured = useRun((run) => runOf(run.state)?.started.nodeIds.includes(nodeId) ?? false);
  const empty = useRun((run) => describeEmpty(name, run));
  const [asTable, setAsTable] = useState(false);
  const tools = (
    <ChartTools
      of={`the output of ${name}`}
      table={{ isShown: asTable, show: setAsTable }}
      sections={() => nodeSections({ nodeId, name, kind })}
    />
  );
  return (
    <Section title="Output" fact={<Shapes facts={facts} />} tools={history && isMeasured && tools}>
      {history && isMeasured ? (
        <>
          <dl className="output-readouts">
            {READOUTS.map((readout) => (
              <ReadoutCell key={readout.title} nodeId={nodeId} readout={readout} />
            ))}
          </dl>
          <Charts key={nodeId} {...{ nodeId, name, history, asTable }} />
        </>
      ) : (
        <p className="inspector-empty">{empty}</p>
      )}
    </Section>
  );
};
