/** The layers that all compared runs have, and what each run measured of them. Pure. */
import { expand, type NodeStatistics } from "../../engine/index.ts";
import { type Quantity, quantities } from "../statistics/quantities.ts";
import { type StatisticsRow, statisticsRows } from "../statistics/statisticsRows.ts";
import { type AxisId, runAxis } from "./comparedAxis.ts";
import type { ComparedRun } from "./comparedRun.ts";

/** Of one kind in every net as it is trained, in the order of the first; what a run bypasses it does not have. */
export const sharedLayers = (runs: readonly ComparedRun[]): readonly StatisticsRow[] => {
  const [first, ...rest] = runs;
  if (!first?.document) return [];
  const kinds = rest.map(
    ({ document }) =>
      new Map(document === null ? [] : expand(document).document.nodes.map(({ id, kind }) => [id, kind])),
  );
  return statisticsRows(first.document, null).rows.filter(({ nodeId, kind }) =>
    kinds.every((known) => known.get(nodeId) === kind),
  );
};

/** What a run measured of a node at the last of its measured steps at or before x. */
export const layerAt = (
  run: ComparedRun,
  nodeId: string,
  axis: AxisId,
  x: number,
): { readonly step: number; readonly node: NodeStatistics } | null => {
  const step = runAxis(run, axis).stepAt(x);
  const frame = run.history.frameAt(step);
  const node = run.history.statisticsAt(nodeId, step);
  return frame === null || node === null ? null : { step: frame.step, node };
};

export interface LayerLine {
  readonly xs: readonly number[];
  readonly means: readonly number[];
  readonly stds: readonly number[];
  readonly gradients: readonly number[];
}

/** One number of each measured step; NaN where there was none. */
export const layerLine = (run: ComparedRun, nodeId: string, axis: AxisId, quantity: Quantity): LayerLine => {
  const { xOf } = runAxis(run, axis);
  const line = { xs: [] as number[], means: [] as number[], stds: [] as number[], gradients: [] as number[] };
  for (const frame of run.history.frames) {
    const node = frame.nodes.find((candidate) => candidate.nodeId === nodeId);
    if (node === undefined) continue;
    const moments = quantity.moments(node);
    line.xs.push(xOf(frame.step));
    line.means.push(moments?.mean ?? Number.NaN);
    line.stds.push(moments?.std ?? Number.NaN);
    line.gradients.push(node.gradient?.std ?? node.weights[0]?.gradient?.std ?? Number.NaN);
  }
  return line;
};

export const LAYER_QUANTITIES = [quantities.activations, quantities.weights, quantities.gradients] as const;
