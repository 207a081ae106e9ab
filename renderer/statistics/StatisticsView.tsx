/** All layers at once: one row a layer, every chart at the same step. */
import { useMemo } from "react";
import { useDocument } from "../document/documentStore.ts";
import { useRun } from "../run/runStore.ts";
import { useShownNet } from "../run/shownNet.ts";
import { NetWeights } from "./NetWeights.tsx";
import { StatisticsCharts } from "./StatisticsCharts.tsx";
import { StatisticsTable } from "./StatisticsTable.tsx";
import { StatisticsTools } from "./StatisticsTools.tsx";
import { filterRows, statisticsRows } from "./statisticsRows.ts";
import { useStatistics } from "./statisticsStore.ts";
import "./Statistics.css";

const Empty = () => (
  <div className="statistics-empty">
    <h2>Train to measure</h2>
    <p>
      Each layer gets a row here: the mean and spread of its signal, its histogram, its gradient and how far its weights
      move, from the first step to the last.
    </p>
  </div>
);

export const StatisticsView = () => {
  const history = useRun((run) => run.history);
  const runDocument = useRun((run) => run.runDocument);
  const net = useShownNet();
  const dataset = useDocument((state) => state.compiled.dataset);
  const filter = useStatistics((state) => state.filter);
  const asTable = useStatistics((state) => state.asTable);
  // Settings change during a run, layers do not.
  const [nodes, edges] = [runDocument?.nodes, runDocument?.edges];
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const all = useMemo(
    () => (runDocument === null ? { rows: [], hidden: [] } : statisticsRows(runDocument, dataset)),
    [nodes, edges, dataset],
  );
  const rows = useMemo(() => filterRows(all.rows, filter), [all, filter]);
  return (
    <main className="statistics" aria-label="Statistics" data-region="statistics" tabIndex={-1}>
      {history === null || runDocument === null ? (
        net === null ? (
          <Empty />
        ) : (
          <NetWeights net={net} />
        )
      ) : (
        <>
          <StatisticsTools rows={all.rows} hidden={all.hidden} />
          {asTable ? (
            <StatisticsTable history={history} rows={rows} />
          ) : (
            <StatisticsCharts history={history} rows={rows} />
          )}
        </>
      )}
    </main>
  );
};
