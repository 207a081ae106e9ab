/** What the rows of the statistics view show: the signal, its gradient, or the weights. */
import type { Histogram, NodeStatistics } from "../../engine/index.ts";

export type QuantityId = "activations" | "gradients" | "weights";

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
  /** Stds between which a signal is healthy. */
  readonly guide: readonly [number, number] | null;
  /** Why a cell stays empty. */
  readonly missing: string;
}

export const quantities: Readonly<Record<QuantityId, Quantity>> = {
  activations: {
    id: "activations",
    title: "Activations",
    stdTitle: "Signal std",
    meanTitle: "Mean ± std",
    histogramTitle: "Histogram",
    moments: (node) => node,
    histogram: (node) => node.histogram,
    guide: [0.5, 2],
    missing: "not measured",
  },
  gradients: {
    id: "gradients",
    title: "Gradients",
    stdTitle: "Gradient std",
    meanTitle: "Gradient of the output",
    histogramTitle: "Gradient of the weights, log₂|g|",
    moments: (node) => node.gradient,
    histogram: (node) => node.weights[0]?.gradient?.magnitudes ?? null,
    guide: null,
    missing: "no gradient here",
  },
  weights: {
    id: "weights",
    title: "Weights",
    stdTitle: "Weight std",
    meanTitle: "Weights, mean ± std",
    histogramTitle: "Weights, histogram",
    moments: (node) => node.weights[0] ?? null,
    histogram: (node) => node.weights[0]?.histogram ?? null,
    guide: null,
    missing: "no weights",
  },
};

export const quantityIds: readonly QuantityId[] = ["activations", "gradients", "weights"];
