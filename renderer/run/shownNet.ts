/** The trained net whose weights are shown where a run would show what it measured: until the first one measures. */
import type { LayerWeights } from "../../engine/index.ts";
import { counted } from "../../engine/index.ts";
import { type RunStoreState, useRun } from "./runStore.ts";
import { type StartingNet, startingNetStore, useStartingNet } from "./startingNet.ts";

export const shownNet = ({ history }: Pick<RunStoreState, "history">): StartingNet | null =>
  history === null ? startingNetStore.getState().net : null;

export const useShownNet = (): StartingNet | null => {
  const net = useStartingNet((start) => start.net);
  const hasMeasured = useRun((run) => run.history !== null);
  return hasMeasured ? null : net;
};

/** null: it has no such layer, or one without weights. */
export const layerOfNet = (net: StartingNet | null, nodeId: string): LayerWeights | null =>
  net?.weights.find((layer) => layer.nodeId === nodeId) ?? null;

/** `Of lenet.model.json, 2,345 steps`. */
export const netWords = ({ name, training }: StartingNet): string => `Of ${name}, ${counted(training.steps, "step")}`;
