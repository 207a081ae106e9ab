/** The line of a frame in `metrics.jsonl`, as docs/file-formats.md states it: every number differs, so that none can stand for another. */
import { expect, test } from "vitest";
import { frameJson } from "../../../engine/telemetry/frameJson.ts";
import { CHANNEL_BINS, type Histogram, type NodeStatistics, VALUE_BINS } from "../../../engine/telemetry/statistics.ts";

const histogram = (low: number, numBins: number): Histogram => ({
  low,
  high: low + 0.5,
  counts: Uint32Array.from({ length: numBins }, (_, bin) => 100 * low + bin),
  underflow: low + 0.1,
  overflow: low + 0.2,
});

const written = (low: number, numBins: number) => ({
  low,
  high: low + 0.5,
  counts: Array.from({ length: numBins }, (_, bin) => 100 * low + bin),
  underflow: low + 0.1,
  overflow: low + 0.2,
});

const node: NodeStatistics = {
  nodeId: "conv1",
  ...{ count: 1, mean: 2, std: 3, min: 4, max: 5, zeros: 6, nonFinite: 7, deadChannels: 8, numChannels: 9 },
  saturated: 10,
  gradient: { mean: 11, std: 12, nonFinite: 13 },
  histogram: histogram(20, VALUE_BINS),
  channelMeans: histogram(21, CHANNEL_BINS),
  channelStds: histogram(22, CHANNEL_BINS),
  batchNorm: null,
  weights: [
    {
      name: "weight",
      ...{ count: 30, mean: 31, std: 32, min: 33, max: 34, meanMagnitude: 35, nonFinite: 36 },
      histogram: histogram(23, VALUE_BINS),
      gradient: { mean: 37, std: 38, zeros: 39, nonFinite: 40, magnitudes: histogram(24, VALUE_BINS) },
      update: { mean: 41, std: 42, meanMagnitude: 43 },
    },
    {
      name: "bias",
      ...{ count: 50, mean: 51, std: 52, min: 53, max: 54, meanMagnitude: 55, nonFinite: 56 },
      histogram: histogram(25, VALUE_BINS),
      ...{ gradient: null, update: null },
    },
  ],
};

const line = {
  id: "conv1",
  ...{ count: 1, mean: 2, std: 3, min: 4, max: 5, zeros: 6, nonFinite: 7, numChannels: 9, deadChannels: 8 },
  saturated: 10,
  gradient: { mean: 11, std: 12, nonFinite: 13 },
  weights: [
    {
      ...{ name: "weight", mean: 31, std: 32, meanMagnitude: 35, nonFinite: 36 },
      gradient: { mean: 37, std: 38, nonFinite: 40 },
      update: { mean: 41, std: 42, meanMagnitude: 43 },
    },
    { ...{ name: "bias", mean: 51, std: 52, meanMagnitude: 55, nonFinite: 56 }, gradient: null, update: null },
  ],
  histogram: written(20, VALUE_BINS),
  channelMeans: written(21, CHANNEL_BINS),
  channelStds: written(22, CHANNEL_BINS),
};

test("a frame is written under the names and with the numbers that it has", () => {
  const plain = { ...node, nodeId: "fc1", saturated: null, gradient: null, weights: [] };
  const json: unknown = JSON.parse(JSON.stringify(frameJson({ step: 60, nodes: [node, plain], samples: null })));
  expect(json).toEqual({
    step: 60,
    nodes: [line, { ...line, id: "fc1", saturated: null, gradient: null, weights: [] }],
  });
});
