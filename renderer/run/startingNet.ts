/**
 * The trained net that the document was opened with or shall start from. It belongs to the window and not to the document, which holds no
 * weights: until a run begins it answers on the test bench, and runs start from it unless that is turned off.
 */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import {
  type LayerFit,
  type LayerWeights,
  layerFit,
  loadModel,
  type Model,
  netWeights,
  type Program,
  type Result,
} from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import type { OpenedFile } from "../shell/shell.ts";

export interface StartingNet extends Omit<Model, "tensors"> {
  /** Tells it from the runs of the window, which count from 1, and from other nets. */
  readonly number: number;
  /** Of its file. */
  readonly name: string;
  /** The document came from its file; null: it was chosen for a document that was open. */
  readonly opened: { readonly handle: string; readonly version: string } | null;
  readonly text: string;
  /** What its weights are, tensor by tensor. */
  readonly weights: readonly LayerWeights[];
}

interface StartingNetState {
  readonly net: StartingNet | null;
  /** Whether runs start from it, and not from initializers. */
  readonly isUsed: boolean;
}

const NONE: StartingNetState = { net: null, isUsed: false };
const MAX_NAME_LENGTH = 255;

export const startingNetStore = createStore<StartingNetState>(() => NONE);

export const useStartingNet = <T>(selector: (state: StartingNetState) => T): T => useStore(startingNetStore, selector);

let numNets = 0;

/** Reads the text of a model JSON; the error is a sentence. */
export const readStartingNet = (
  { text, fileName, ...file }: Pick<OpenedFile, "text" | "fileName" | "handle" | "version">,
  isDocument: boolean,
): Result<StartingNet, string> => {
  const loaded = loadModel(text);
  if (!loaded.ok) return { ok: false, error: loaded.error.message };
  const { tensors: _tensors, ...net } = loaded.value;
  const weights = netWeights(loaded.value);
  const number = -numNets;
  numNets += 1;
  const opened = isDocument ? { handle: file.handle, version: file.version } : null;
  return { ok: true, value: { ...net, number, name: fileName.slice(-MAX_NAME_LENGTH), opened, text, weights } };
};

export const setStartingNet = (net: StartingNet): void => startingNetStore.setState({ net, isUsed: true });

export const forgetStartingNet = (): void => startingNetStore.setState(NONE);

/** From its weights, or from initializers after all. */
export const startFromNet = (isUsed: boolean): void => {
  if (startingNetStore.getState().net !== null) startingNetStore.setState({ isUsed });
};

let last: { readonly program: Program; readonly net: StartingNet; readonly fit: LayerFit } | null = null;

/** Which layers take its weights; the same object while neither changes. null: the graph has errors. */
export const startingFit = (program: Program | null, net: StartingNet): LayerFit | null => {
  if (program === null) return null;
  if (last?.program !== program || last.net !== net) last = { program, net, fit: layerFit(program, net) };
  return last.fit;
};

/** What the next run starts from; null: initializers. */
export const nextStart = (): StartingNet | null => {
  const { net, isUsed } = startingNetStore.getState();
  if (net === null || !isUsed) return null;
  const fit = startingFit(documentStore.getState().compiled.program, net);
  return fit === null || fit.taken.length === 0 ? null : net;
};
