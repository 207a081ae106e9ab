import { lastStepOf } from "../charts/timeAxis.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { statisticsStore } from "./statisticsStore.ts";
import type { StepAxis } from "./stepAxis.ts";

/** Of the whole run, or of the part that is zoomed to. */
export const shownAxis = (history: RunHistory): StepAxis => {
  const { log, zoom } = statisticsStore.getState();
  return { from: zoom?.from ?? 1, to: zoom?.to ?? Math.max(1, lastStepOf(history)), log };
};
