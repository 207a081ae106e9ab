/** What the rows of the statistics view show: the signal, its zeros, its gradient, or the weights. */
import type { Histogram, NodeStatistics } from "../../engine/index.ts";
import { formatPercent, formatReadout, NO_BREAK_SPACE, NOT_FINITE } from "../charts/format.ts";

export type QuantityId = "activations" | "zeros" | "gradients" | "weights";

export interface Moments {
  readonly mean: number;
  readonly std: number;
}

export interface Quantity {
  readonly id: QuantityId;
  readonly title: string;
  /** Titles of the columns. */
  readonly stdTitle: string;
  readonly meanTitle: string;
  readonly histogramTitle: string;
  readonly moments: (node: NodeStatistics) => Moments | null;
  readonly histogram: (node: NodeStatistics) => Histogram | null;
  /** A dot in the first column: the std, on a log axis, or a share from 0 to 1. */
  readonly level: (node: NodeStatistics) => number | null;
  readonly levels: "stds" | "shares";
  /** The two lines beside the name. */
  readonly readout: (node: NodeStatistics) => readonly [string, string] | null;
  /** Whether the channels' means and stds, which are those of the outputs, belong beside it. */
  readonly isOfOutputs: boolean;
  /** Stds between which a signal is healthy. */
  readonly guide: readonly [number, number] | null;
  /** Why a cell stays empty. */
  readonly missing: string;
}

const stdOf =
  (moments: Quantity["moments"]): Quantity["level"] =>
  (node) =>
    moments(node)?.std ?? null;

const meanAndStd =
  (moments: Quantity["moments"]): Quantity["readout"] =>
  (node) => {
    const found = moments(node);
    if (found === null) return null;
    if (Number.isNaN(found.mean)) return [NOT_FINITE, ""];
    return [formatReadout(found.mean, found.std), `±${NO_BREAK_SPACE}${formatReadout(found.std)}`];
  };

/** What the layer lets through of nothing: values at its flat ends, or exactly 0. */
const flatShare = ({ saturated, zeros }: NodeStatistics): number => saturated ?? zeros;

const signal: Quantity["moments"] = (node) => node;
const gradient: Quantity["moments"] = (node) => node.gradient;
const weight: Quantity["moments"] = (node) => node.weights[0] ?? null;

export const quantities: Readonly<Record<QuantityId, Quantity>> = {
  activations: {
    id: "activations",
    title: "Activations",
    stdTitle: "Signal std",
    meanTitle: "Mean ± std",
    histogramTitle: "Histogram",
    moments: signal,
    level: stdOf(signal),
    levels: "stds",
    readout: meanAndStd(signal),
    histogram: (node) => node.histogram,
    isOfOutputs: true,
    guide: [0.5, 2],
    missing: "not measured",
  },
  zeros: {
    id: "zeros",
    title: "Zeros",
    stdTitle: "Share",
    meanTitle: "Zero, or saturated",
    histogramTitle: "Histogram",
    moments: (node) => ({ mean: flatShare(node), std: 0 }),
    level: flatShare,
    levels: "shares",
    readout: (node) => [formatPercent(flatShare(node)), node.saturated === null ? "zero" : "saturated"],
    histogram: (node) => node.histogram,
    isOfOutputs: true,
    guide: null,
    missing: "not measured",
  },
  gradients: {
    id: "gradients",
    title: "Gradients",
    stdTitle: "Gradient std",
    meanTitle: "Gradient of the output",
    histogramTitle: "Gradient of the weights, log₂|g|",
    moments: gradient,
    level: stdOf(gradient),
    levels: "stds",
    readout: meanAndStd(gradient),
    histogram: (node) => node.weights[0]?.gradient?.magnitudes ?? null,
    isOfOutputs: false,
    guide: null,
    missing: "no gradient here",
  },
  weights: {
    id: "weights",
    title: "Weights",
    stdTitle: "Weight std",
    meanTitle: "Weights, mean ± std",
    histogramTitle: "Weights, histogram",
    moments: weight,
    level: stdOf(weight),
    levels: "stds",
    readout: meanAndStd(weight),
    histogram: (node) => node.weights[0]?.histogram ?? null,
    isOfOutputs: false,
    guide: null,
    missing: "no weights",
  },
};

export const quantityIds: readonly QuantityId[] = ["activations", "zeros", "gradients", "weights"];
