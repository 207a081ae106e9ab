/** Numbers of a batch norm by channel at the step shown. */
import { useState } from "react";
import type { ChartTable } from "../charts/chartTable.ts";
import { formatCount } from "../charts/format.ts";
import { NumberTable } from "../charts/NumberTable.tsx";
import { useLive } from "../run/liveRun.ts";
import { runStore } from "../run/runStore.ts";
import { type NormView, normViewOf } from "./normView.ts";

export const ChannelTable = ({
  nodeId,
  name,
  unit,
  table,
}: {
  readonly nodeId: string;
  readonly name: string;
  readonly unit: "channel" | "feature";
  readonly table: (view: NormView) => ChartTable;
}) => {
  const [view, setView] = useState(() => normViewOf(nodeId, runStore.getState()));
  useLive(() => {
    const next = normViewOf(nodeId, runStore.getState());
    if (next !== view) setView(next);
  });
  if (view === null) return <p className="inspector-empty">Nothing was measured yet.</p>;
  return (
    <NumberTable
      label={`Numbers of ${name}`}
      caption={`At step ${formatCount(view.step)}`}
      table={table(view)}
      rest={`${unit}s`}
    />
  );
};
