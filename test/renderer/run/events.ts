/** Messages of a trainer for tests, laid out by the real encoder. */
import type { TrainEvent } from "../../../engine/protocol.ts";
import { encodeFrame } from "../../../engine/telemetry/frameLayout.ts";
import type { NodeStatistics } from "../../../engine/telemetry/statistics.ts";
import type { StartedRun } from "../../../renderer/run/runState.ts";

export const startedEvent = (nodeIds: readonly string[]): StartedRun => ({
  type: "started",
  protocol: 1,
  totalSteps: 2345,
  stepsPerEpoch: 469,
  epochs: 5,
  batchSize: 128,
  trainCount: 60_000,
  testCount: 10_000,
  threads: 1,
  build: "simd",
  memoryBytes: 1_000_000,
  datasetName: "MNIST",
  classNames: ["0", "1"],
  nodeIds: [...nodeIds],
});

const histogramOf = (bins: number) => ({
  low: -2,
  high: 2,
  counts: Uint32Array.from({ length: bins }, (_, bin) => bin),
  underflow: 3,
  overflow: 1,
});

/** Statistics whose mean tells the step they belong to. */
export const statisticsAt = (nodeId: string, step: number): NodeStatistics => ({
  nodeId,
  count: 2020,
  mean: step,
  std: 1.5,
  min: -2.5,
  max: 3,
  zeros: 0.25,
  nonFinite: 0,
  histogram: histogramOf(64),
  channelMeans: histogramOf(32),
  channelStds: histogramOf(32),
  deadChannels: 0,
  numChannels: 8,
  saturated: null,
  gradient: null,
  weights: [],
  batchNorm: null,
});

export const frameEvent = (
  step: number,
  nodeIds: readonly string[],
  steps: readonly number[] = [step],
): Extract<TrainEvent, { type: "frame" }> => ({
  type: "frame",
  sequence: step,
  step,
  epoch: 1,
  samplesPerSecond: 6840,
  secondsLeft: 19,
  statisticsShare: 0.018,
  dropped: 0,
  steps: Float64Array.from(steps.flatMap((each) => [each, 1 / each, 0.5])).buffer,
  frame: encodeFrame({ step, nodes: nodeIds.map((nodeId) => statisticsAt(nodeId, step)), samples: null }),
});

/** Of a finished run. */
export const hashes = { lossesHash: "0".repeat(64), weightsHash: "1".repeat(64) };
