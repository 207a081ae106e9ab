import { useMemo } from "react";
import { useExperiments } from "./experimentsStore.ts";
import { type Dimension, isWithin } from "./runPoints.ts";
import { filterRuns } from "./runRows.ts";
import type { ShownStudy } from "./useStudyModel.ts";

/** Runs that the filter or a stretch of an axis leaves out: charts of runs show them faintly, the table not at all. */
export const useFaintRuns = ({ detail, model }: ShownStudy, dimensions: readonly Dimension[]): ReadonlySet<string> => {
  const filter = useExperiments((state) => state.filter);
  const brushes = useExperiments((state) => state.brushes);
  return useMemo(() => {
    const kept = new Set(filterRuns(model, detail.runs, filter).map(({ id }) => id));
    return new Set(
      detail.runs.filter((run) => !kept.has(run.id) || !isWithin(run, dimensions, brushes)).map(({ id }) => id),
    );
  }, [model, detail.runs, filter, brushes, dimensions]);
};
