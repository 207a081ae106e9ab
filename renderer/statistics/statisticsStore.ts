/** How the statistics view shows what was measured: view state of the window, never saved. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { UpdateRatioDefinition } from "../../engine/index.ts";
import type { QuantityId } from "./quantities.ts";
import type { HistogramStyle } from "./rowCall.ts";

export type RowFilter = "all" | "weights" | "norm" | "activation";

export interface StatisticsState {
  readonly filter: RowFilter;
  readonly quantity: QuantityId;
  readonly log: boolean;
  /** Whether all rows share the value axis. */
  readonly shared: boolean;
  readonly histogramStyle: HistogramStyle;
  readonly ratioBy: UpdateRatioDefinition;
  readonly asTable: boolean;
  /** Part of the run that is shown; null: all of it. */
  readonly zoom: { readonly from: number; readonly to: number } | null;
}

export const statisticsStore = createStore<StatisticsState>(() => ({
  filter: "all",
  quantity: "activations",
  log: false,
  shared: false,
  histogramStyle: "heat",
  ratioBy: "std",
  asTable: false,
  zoom: null,
}));

export const useStatistics = <T>(selector: (state: StatisticsState) => T): T => useStore(statisticsStore, selector);
