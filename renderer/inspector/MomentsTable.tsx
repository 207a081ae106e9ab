/** The numbers of a node at the steps that were measured, the newest first. */
import { useState } from "react";
import type { ChartTable } from "../charts/chartTable.ts";
import { formatCount, formatPercent } from "../charts/format.ts";
import { MAX_ROWS, NumberTable } from "../charts/NumberTable.tsx";
import { useLive } from "../run/liveRun.ts";
import type { RunHistory } from "../run/runHistory.ts";

const COLUMNS = [
  { id: "step", title: "Step", format: formatCount },
  { id: "mean", title: "Mean" },
  { id: "std", title: "Std" },
  { id: "min", title: "Min" },
  { id: "max", title: "Max" },
  { id: "zeros", title: "Zeros", format: (share: number) => formatPercent(share) },
];

export const MomentsTable = ({
  label,
  history,
  nodeId,
}: {
  readonly label: string;
  readonly history: RunHistory;
  readonly nodeId: string;
}) => {
  const [revision, setRevision] = useState(history.revision);
  useLive(() => {
    if (history.revision !== revision) setRevision(history.revision);
  });
  const { frames } = history;
  const rows: ChartTable["rows"] = frames
    .slice(-MAX_ROWS)
    .reverse()
    .map(({ step }) => {
      const node = history.statisticsAt(nodeId, step);
      return node === null
        ? [step, null, null, null, null, null]
        : [step, node.mean, node.std, node.min, node.max, node.zeros];
    });
  return (
    <NumberTable
      label={label}
      caption={null}
      table={{ columns: COLUMNS, rows }}
      rest="measurements, the newest first"
      total={frames.length}
    />
  );
};
