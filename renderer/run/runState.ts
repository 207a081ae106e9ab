/** The state of the page's run: one union, one pure transition function. */
import type { RunFailure, TrainEvent } from "../../engine/protocol.ts";
import type { TrainerExit } from "../shell/shell.ts";

export type StartedRun = Extract<TrainEvent, { type: "started" }>;

/** A run the trainer has accepted. */
export interface ActiveRun {
  /** Counts the runs of this window, from 1. */
  readonly number: number;
  readonly started: StartedRun;
}

export type RunState =
  | { readonly phase: "idle" }
  | { readonly phase: "starting"; readonly number: number }
  | { readonly phase: "running"; readonly run: ActiveRun }
  | { readonly phase: "paused"; readonly run: ActiveRun }
  | { readonly phase: "stopping"; readonly run: ActiveRun }
  | { readonly phase: "finished"; readonly run: ActiveRun; readonly stopped: boolean; readonly step: number; readonly elapsedMs: number }
  | { readonly phase: "failed"; readonly run: ActiveRun | null; readonly failure: RunFailure };

export type RunAction =
  | { readonly type: "trainPressed"; readonly number: number }
  | { readonly type: "stopPressed" }
  | { readonly type: "eventReceived"; readonly event: TrainEvent }
  | { readonly type: "trainerExited"; readonly exit: TrainerExit };
