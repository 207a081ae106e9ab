import { onScreen, type RunState } from "./runState.ts";
import { type StartingNet, startingNetStore } from "./startingNet.ts";

/** Why the net of the run on screen can't be exported, asked or started from; null: it can. */
interface NetOfRun {
  /** Its trainer has the net. */
  readonly canExport: boolean;
  /** It was opened from disk. */
  readonly reopened: { readonly hasModel: boolean } | null;
  readonly state: RunState;
}

const NO_NET = "This run was opened from disk, and its net was not kept.";

/** The net that was opened, for as long as no run has taken its place; null: there is none. */
export const openedNet = ({ state }: Pick<NetOfRun, "state">): StartingNet | null =>
  onScreen(state).phase === "idle" ? startingNetStore.getState().net : null;

const noNet = (state: RunState, verb: string): string => {
  const { phase, run } = { run: null, ...onScreen(state) };
  return phase === "failed" && run !== null
    ? `Run ${run.number} failed and left no net to ${verb}. Train again.`
    : `There is no trained net to ${verb}. Train first.`;
};

const hasNet = ({ canExport, reopened, state }: NetOfRun): boolean =>
  canExport || reopened?.hasModel === true || openedNet({ state }) !== null;

export const exportRefusal = (run: NetOfRun): string | null => {
  if (hasNet(run)) return null;
  return run.reopened === null ? noNet(run.state, "export") : `${NO_NET} Train it anew to export.`;
};

export const askRefusal = (run: NetOfRun): string | null => {
  if (hasNet(run)) return null;
  return run.reopened === null ? noNet(run.state, "ask") : `${NO_NET} Train it anew to ask.`;
};

export const startRefusal = (run: NetOfRun): string | null => {
  if (hasNet(run)) return null;
  return run.reopened === null ? noNet(run.state, "start from") : NO_NET;
};
