/** Where and when the run on screen left the finite numbers. */
import { expand, type LayerscopeDocument } from "../../engine/index.ts";
import { onScreen, type RunState } from "./runState.ts";

export interface Divergence {
  /** Of the document: where a group repeats, the node that a copy is of. */
  readonly nodeId: string;
  /** As the run has it: the copy. */
  readonly measuredId: string;
  readonly step: number;
  /** The sentence for it, with step and node; it names the copy. */
  readonly message: string;
}

interface ShownRun {
  readonly state: RunState;
  readonly runDocument: LayerscopeDocument | null;
}

const read = ({ state, runDocument }: ShownRun): Divergence | null => {
  const shown = onScreen(state);
  if (shown.phase !== "failed" || shown.failure.reason !== "diverged" || shown.failure.nodeId === null) return null;
  const { nodeId, step, message } = shown.failure;
  const origin = runDocument === null ? undefined : expand(runDocument).origins.get(nodeId);
  return { nodeId: origin ?? nodeId, measuredId: nodeId, step, message };
};

/** Every row and node asks, each time the run changes. */
const known = new WeakMap<RunState, Divergence | null>();

/** What the node that diverged first wears until the next run starts; null while all is finite or no node is to blame. */
export const divergenceOf = (run: ShownRun): Divergence | null => {
  const before = known.get(run.state);
  if (before !== undefined) return before;
  const divergence = read(run);
  known.set(run.state, divergence);
  return divergence;
};
