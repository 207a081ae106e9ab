/** What the inspector of a batch norm shows at a step: what was measured there, or what was recomputed since. */
import {
  type BatchNormStatistics,
  defaultParams,
  type LayerscopeDocument,
  type ModeGap,
  modeGap,
} from "../../engine/index.ts";
import { type FoundStatistics, statisticsInForce } from "../run/recomputation.ts";
import type { RunStoreState } from "../run/runStore.ts";
import { layerOfNet, shownNet } from "../run/shownNet.ts";

export interface NormView {
  /** At which this was measured. */
  readonly step: number;
  readonly statistics: BatchNormStatistics;
  /** null: training normalizes by the running values, too. */
  readonly gap: ModeGap | null;
  /** The gap before the running values were recomputed; null: they were not. */
  readonly gapBefore: ModeGap | null;
  /** The channel whose means are furthest apart; null: there is no batch to compare with. */
  readonly largest: number | null;
}

const epsilonOf = (document: LayerscopeDocument | null, nodeId: string): number => {
  const node = document?.nodes.find(({ id }) => id === nodeId);
  const epsilon = node === undefined ? undefined : (node.params.epsilon ?? defaultParams(node.kind).epsilon);
  return typeof epsilon === "number" ? epsilon : Number.NaN;
};

const furthest = (means: Float64Array | undefined): number | null => {
  if (means === undefined) return null;
  let best = 0;
  for (let c = 1; c < means.length; c++) if (Math.abs(means[c] ?? 0) > Math.abs(means[best] ?? 0)) best = c;
  return best;
};

interface Known {
  readonly found: FoundStatistics | null;
  readonly epsilon: number;
  readonly view: NormView;
}

/** Readouts and charts ask for the same view many times a frame. */
const known = new WeakMap<BatchNormStatistics, Known>();

const replaced = (
  measured: BatchNormStatistics,
  found: FoundStatistics | null,
  nodeId: string,
): BatchNormStatistics | null => {
  const norm = found?.norms.find((each) => each.nodeId === nodeId);
  if (norm === undefined) return null;
  const length = measured.runningMean.length;
  return {
    ...measured,
    runningMean: new Float32Array(norm.mean, 0, length),
    runningVariance: new Float32Array(norm.variance, 0, length),
  };
};

/** Of the trained net that was opened: there is no batch to compare with. */
const ofNet = new WeakMap<BatchNormStatistics, NormView>();

const netView = (nodeId: string, run: RunStoreState): NormView | null => {
  const net = shownNet(run);
  const statistics = layerOfNet(net, nodeId)?.batchNorm ?? null;
  if (net === null || statistics === null) return null;
  const ready = ofNet.get(statistics);
  if (ready !== undefined) return ready;
  const view: NormView = { step: net.training.steps, statistics, gap: null, gapBefore: null, largest: null };
  ofNet.set(statistics, view);
  return view;
};

/** null before the node was measured, where no net was opened that has it. */
export const normViewOf = (nodeId: string, run: RunStoreState): NormView | null => {
  if (run.history === null) return netView(nodeId, run);
  const frame = run.history?.frameAt(run.shownStep) ?? null;
  const measured = run.history?.statisticsAt(nodeId, run.shownStep)?.batchNorm ?? null;
  if (frame === null || measured === null) return null;
  const found = statisticsInForce(run.recomputation, frame.step);
  const epsilon = epsilonOf(run.runDocument, nodeId);
  const ready = known.get(measured);
  if (ready !== undefined && ready.found === found && ready.epsilon === epsilon) return ready.view;
  const recomputed = replaced(measured, found, nodeId);
  const statistics = recomputed ?? measured;
  const gap = modeGap(statistics, epsilon);
  const view: NormView = {
    step: frame.step,
    statistics,
    gap,
    gapBefore: recomputed === null ? null : modeGap(measured, epsilon),
    largest: furthest(gap?.means),
  };
  known.set(measured, { found, epsilon, view });
  return view;
};
