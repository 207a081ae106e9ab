/** The state of the page's run: one union, one pure transition function. */
import type { RunFailure, TrainEvent } from "../../engine/protocol.ts";
import type { TrainerExit } from "../shell/shell.ts";

export type StartedRun = Extract<TrainEvent, { type: "started" }>;
type FinishedRun = Extract<TrainEvent, { type: "finished" }>;
type EndedRun = FinishedRun | Extract<TrainEvent, { type: "failed" }>;

/** A run the trainer has accepted. */
export interface ActiveRun {
  /** Counts the runs of this window, from 1. */
  readonly number: number;
  readonly started: StartedRun;
}

export type RunState =
  | { readonly phase: "idle" }
  | { readonly phase: "starting"; readonly number: number; readonly before?: RunState }
  | { readonly phase: "running"; readonly run: ActiveRun }
  | { readonly phase: "paused"; readonly run: ActiveRun }
  | {
      readonly phase: "stopping";
      readonly run: ActiveRun;
      /** The trainer has said nothing for `STOP_PATIENCE_SECONDS`: it may be ended. */
      readonly isUnanswered?: true;
    }
  | {
      readonly phase: "finished";
      readonly run: ActiveRun;
      readonly stopped: boolean;
      readonly step: number;
      readonly elapsedMs: number;
      readonly earlyStop: FinishedRun["earlyStop"] | null;
    }
  | {
      readonly phase: "failed";
      /** null: the run could not begin. */
      readonly run: ActiveRun | null;
      readonly failure: RunFailure;
      /** What was on screen when a run was asked for that could not begin, and stays there. */
      readonly before?: RunState;
    };

/** A trainer answers within a batch. This is long for one, and short for who waits. */
export const STOP_PATIENCE_SECONDS = 10;

export type RunPhase = RunState["phase"];

export type RunAction =
  | { readonly type: "trainPressed"; readonly number: number }
  | { readonly type: "stopPressed" }
  /** The time for an answer is over. */
  | { readonly type: "stopUnanswered" }
  | { readonly type: "eventReceived"; readonly event: TrainEvent }
  | { readonly type: "trainerExited"; readonly exit: TrainerExit }
  /** A run from its folder; it has no trainer. */
  | { readonly type: "runReopened"; readonly run: ActiveRun; readonly ended: EndedRun };

/** The state that what is on screen is in: a run that could not begin leaves the one before there. */
export const onScreen = (state: RunState): RunState =>
  state.phase === "failed" && state.run === null && state.before ? state.before : state;

/** The run whose numbers are on screen, or null before the first and while one starts. */
export const runOf = (state: RunState): ActiveRun | null => {
  const shown = onScreen(state);
  return shown.phase === "idle" || shown.phase === "starting" ? null : shown.run;
};

/** A trainer is at work or waits for a word. */
export const isUnderWay = (state: RunState): boolean =>
  state.phase === "starting" || state.phase === "running" || state.phase === "paused" || state.phase === "stopping";

const failed = (state: RunState, failure: RunFailure): RunState =>
  state.phase === "starting"
    ? { phase: "failed", run: null, failure, ...(state.before && { before: state.before }) }
    : { phase: "failed", run: runOf(state), failure };

const eventReceived = (state: RunState, event: TrainEvent): RunState => {
  if (!isUnderWay(state)) return state;
  if (event.type === "failed") return failed(state, event.failure);
  if (state.phase === "starting") {
    return event.type === "started" ? { phase: "running", run: { number: state.number, started: event } } : state;
  }
  const run = runOf(state);
  if (!run) return state;
  if (event.type === "finished") {
    const { stopped, step, elapsedMs, earlyStop = null } = event;
    return { phase: "finished", run, stopped, step, elapsedMs, earlyStop };
  }
  if (event.type === "trainingChanged") {
    const started = { ...run.started, totalSteps: event.totalSteps, epochs: event.settings.epochs };
    const active = { ...run, started };
    if (state.phase === "paused") return { phase: "paused", run: active };
    return { phase: state.phase === "stopping" ? "stopping" : "running", run: active };
  }
  // A trainer that is told to stop may still report that it had paused; the user's last word counts.
  if (state.phase === "stopping") return state.isUnanswered ? { phase: "stopping", run } : state;
  if (event.type === "paused") return { phase: "paused", run };
  if (event.type === "resumed") return { phase: "running", run };
  return state;
};

/** What the run becomes. An action that has no meaning in a phase leaves the very same state. */
export const transition = (state: RunState, action: RunAction): RunState => {
  switch (action.type) {
    case "trainPressed":
      return isUnderWay(state) ? state : { phase: "starting", number: action.number, before: onScreen(state) };
    case "stopPressed":
      if (state.phase === "starting") return state.before ?? { phase: "idle" };
      return state.phase === "running" || state.phase === "paused" ? { phase: "stopping", run: state.run } : state;
    case "stopUnanswered":
      return state.phase === "stopping" ? { ...state, isUnanswered: true } : state;
    case "eventReceived":
      return eventReceived(state, action.event);
    case "trainerExited":
      return isUnderWay(state) ? failed(state, { reason: "crashed", message: action.exit.message }) : state;
    case "runReopened":
      return isUnderWay(state) ? state : eventReceived({ phase: "running", run: action.run }, action.ended);
  }
};
