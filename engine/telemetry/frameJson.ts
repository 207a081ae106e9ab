/** Statistics as `metrics.jsonl` has them. */
import type { Frame, Histogram, NodeStatistics, WeightStatistics } from "./statistics.ts";

const histogramJson = ({ low, high, counts, underflow, overflow }: Histogram) => ({
  low,
  high,
  counts: [...counts],
  underflow,
  overflow,
});

const weightsJson = ({ name, mean, std, meanMagnitude, nonFinite, gradient, update }: WeightStatistics) => ({
  ...{ name, mean, std, meanMagnitude, nonFinite },
  gradient: gradient === null ? null : { mean: gradient.mean, std: gradient.std, nonFinite: gradient.nonFinite },
  update,
});

const nodeJson = (node: NodeStatistics) => ({
  id: node.nodeId,
  count: node.count,
  mean: node.mean,
  std: node.std,
  min: node.min,
  max: node.max,
  zeros: node.zeros,
  nonFinite: node.nonFinite,
  numChannels: node.numChannels,
  deadChannels: node.deadChannels,
  saturated: node.saturated,
  gradient: node.gradient,
  weights: node.weights.map(weightsJson),
  histogram: histogramJson(node.histogram),
  channelMeans: histogramJson(node.channelMeans),
  channelStds: histogramJson(node.channelStds),
});

export const frameJson = ({ step, nodes }: Frame) => ({ step, nodes: nodes.map(nodeJson) });
