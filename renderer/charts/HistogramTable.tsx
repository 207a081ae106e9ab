import { useState } from "react";
import type { Histogram } from "../../engine/index.ts";
import { useLive } from "../run/liveRun.ts";
import { type RunStoreState, runStore } from "../run/runStore.ts";
import { histogramTable } from "./histogramTable.ts";
import { NumberTable } from "./NumberTable.tsx";

/** The bins of a histogram at the step shown. `read` must be memoized. */
export const HistogramTable = ({
  label,
  read,
}: {
  readonly label: string;
  readonly read: (run: RunStoreState) => Histogram | null;
}) => {
  const [histogram, setHistogram] = useState(() => read(runStore.getState()));
  useLive(() => {
    const next = read(runStore.getState());
    if (next !== histogram) setHistogram(next);
  });
  if (histogram === null) return <p className="inspector-empty">Nothing was measured yet.</p>;
  return <NumberTable label={label} caption={null} table={histogramTable(histogram)} />;
};
