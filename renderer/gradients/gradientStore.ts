/** The check of a net's gradients against difference quotients, in a trainer of its own: a run goes on beside it. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { LayerscopeDocument } from "../../engine/index.ts";
import { type GradientResult, PROTOCOL_VERSION } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import { documentStore } from "../document/documentStore.ts";
import { placedDocument } from "../document/placedDocument.ts";
import type { TrainerConnection } from "../shell/shell.ts";

export interface GradientCheck {
  /** What is checked; edits since don't count. */
  readonly document: LayerscopeDocument;
  /** In program order, as results come. */
  readonly nodeIds: readonly string[];
  readonly results: readonly GradientResult[];
  /** The largest relative error that agrees; null before the first result. */
  readonly tolerance: number | null;
  readonly progress:
    | { readonly phase: "checking" | "done" | "stopped" }
    | { readonly phase: "failed"; readonly message: string };
}

interface GradientState {
  /** null: nothing is shown. */
  readonly check: GradientCheck | null;
}

export const gradientStore = createStore<GradientState>(() => ({ check: null }));

export const useGradients = <T>(selector: (state: GradientState) => T): T => useStore(gradientStore, selector);

let connection: TrainerConnection | null = null;
let unfollow: () => void = () => undefined;

const disconnect = (): void => {
  connection?.kill();
  connection = null;
};

const update = (change: (check: GradientCheck) => Partial<GradientCheck>): void => {
  const { check } = gradientStore.getState();
  if (check !== null) gradientStore.setState({ check: { ...check, ...change(check) } });
};

const end = (progress: GradientCheck["progress"]): void => {
  disconnect();
  update(() => ({ progress }));
};

/** Forgets the results and ends a check that is under way. */
export const closeGradients = (): void => {
  unfollow();
  disconnect();
  gradientStore.setState({ check: null });
};

export const stopChecking = (): void => end({ phase: "stopped" });

/** Checks the document as it is now, afresh. */
export const checkGradients = (): void => {
  closeGradients();
  const { document, compiled, openedCount } = documentStore.getState();
  if (compiled.program === null) return;
  unfollow = documentStore.subscribe((state) => state.openedCount !== openedCount && closeGradients());
  const nodeIds = compiled.program.layers.map(({ nodeId }) => nodeId);
  gradientStore.setState({
    check: { document, nodeIds, results: [], tolerance: null, progress: { phase: "checking" } },
  });
  connection = getShell().startTrainer({
    onEvent: (event) => {
      if (event.type === "failed") end({ phase: "failed", message: event.failure.message });
      if (event.type !== "gradientsChecked") return;
      const { results, tolerance, done } = event;
      update((check) => ({ results: [...check.results, ...results], tolerance }));
      if (done) end({ phase: "done" });
    },
    onExit: ({ message }) => end({ phase: "failed", message: `The trainer stopped: ${message}` }),
  });
  connection.post({ type: "checkGradients", protocol: PROTOCOL_VERSION, document: placedDocument() });
};
