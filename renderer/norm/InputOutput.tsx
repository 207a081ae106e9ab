import { useCallback, useState } from "react";
import type { NodeStatistics } from "../../engine/index.ts";
import { ChartTools } from "../charts/ChartTools.tsx";
import { formatCount, formatReadout, NO_BREAK_SPACE, NONE } from "../charts/format.ts";
import { HistogramPlot } from "../charts/HistogramPlot.tsx";
import { HistogramTable } from "../charts/HistogramTable.tsx";
import { Section } from "../inspector/fields.tsx";
import { useElementWidth } from "../inspector/useElementWidth.ts";
import { LiveText } from "../run/LiveText.tsx";
import { type RunStoreState, useRun } from "../run/runStore.ts";
import { sidesSections } from "./exportSides.ts";

const HEIGHT = 46;

const statisticsOf = (nodeId: string, run: RunStoreState): NodeStatistics | null =>
  run.history?.statisticsAt(nodeId, run.shownStep) ?? null;

interface SideProps {
  readonly nodeId: string;
  readonly name: string;
  readonly width: number;
  readonly asTable: boolean;
}

const Side = ({ nodeId, name, width, asTable }: SideProps) => {
  const readHistogram = useCallback((run: RunStoreState) => statisticsOf(nodeId, run)?.histogram ?? null, [nodeId]);
  const readMoments = useCallback(
    (run: RunStoreState) => {
      const statistics = statisticsOf(nodeId, run);
      if (statistics === null) return NONE;
      const { mean, std } = statistics;
      return `${formatReadout(mean, std)}${NO_BREAK_SPACE}±${NO_BREAK_SPACE}${formatReadout(std)}`;
    },
    [nodeId],
  );
  return (
    <div className="norm-side" style={{ width }}>
      <div className="output-head">
        <h4 className="output-title" title={name}>
          {name}
        </h4>
        <LiveText className="norm-moments" read={readMoments} />
      </div>
      {asTable ? (
        <HistogramTable label={`Values of ${name}`} read={readHistogram} />
      ) : (
        <HistogramPlot label={`Values of ${name}`} read={readHistogram} width={width} height={HEIGHT} />
      )}
    </div>
  );
};

const readStep = (run: RunStoreState): string => {
  const frame = run.history?.frameAt(run.shownStep);
  return frame ? `step ${formatCount(frame.step)}` : "";
};

/** What goes into the node and what comes out, side by side, each on its own axis. */
export const InputOutput = ({ nodeId }: { readonly nodeId: string }) => {
  const [asTable, setAsTable] = useState(false);
  const [box, width] = useElementWidth();
  const runDocument = useRun((run) => run.runDocument);
  const node = runDocument?.nodes.find(({ id }) => id === nodeId);
  const edge = runDocument?.edges.find(({ to }) => to.node === nodeId);
  const source = runDocument?.nodes.find(({ id }) => id === edge?.from.node);
  const side = Math.floor((width - 12) / 2);
  if (node === undefined || source === undefined) return null;
  const tools = (
    <ChartTools
      of="input and output"
      table={{ isShown: asTable, show: setAsTable }}
      sections={() => sidesSections([source, node])}
    />
  );
  return (
    <Section title="Input and output" fact={<LiveText read={readStep} />} tools={tools}>
      <div ref={box} className="norm-sides">
        {[source, node].map(({ id, name }) => (
          <Side key={id} nodeId={id} name={name} width={side} asTable={asTable} />
        ))}
      </div>
    </Section>
  );
};
