/** What became of recomputing the running statistics of the run's batch norms. */
import type { TrainEvent } from "../../engine/protocol.ts";

export type FoundStatistics = NonNullable<Extract<TrainEvent, { type: "statisticsRecomputed" }>["found"]>;

export type Recomputation =
  /** Batches done, and of the whole work; 0 of 0 until the trainer tells. */
  | { readonly phase: "working"; readonly done: number; readonly total: number }
  | { readonly phase: "done"; readonly found: FoundStatistics; readonly isRestored: boolean }
  | { readonly phase: "failed"; readonly problem: string };

/** What an event makes of it; the very same where it has no part in it. */
export const recomputationAfter = (state: Recomputation | null, event: TrainEvent): Recomputation | null => {
  if (event.type === "recomputeProgressed") {
    return state?.phase === "working" ? { phase: "working", done: event.done, total: event.total } : state;
  }
  if (event.type === "statisticsRecomputed") {
    const { found, problem } = event;
    if (found === null) return { phase: "failed", problem: problem ?? "The trainer gave no reason." };
    return { phase: "done", found, isRestored: false };
  }
  if (event.type === "statisticsRestored") {
    if (event.problem !== null) return { phase: "failed", problem: event.problem };
    return state?.phase === "done" ? { ...state, isRestored: true } : state;
  }
  return state;
};

/** The statistics that the net has in place of those that training left at a step; null: it has the latter. */
export const statisticsInForce = (state: Recomputation | null, step: number): FoundStatistics | null =>
  state?.phase === "done" && !state.isRestored && state.found.step === step ? state.found : null;
