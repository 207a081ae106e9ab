/** The sentences of the run bar. */
import {
  counted,
  datasetTitle,
  type LayerscopeDocument,
  optimizers,
  schedules,
  type TrainingChange,
} from "../../engine/index.ts";
import type { RunFailure, TrainEvent } from "../../engine/protocol.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFixed,
  formatSetting,
  keepUnits,
  NO_BREAK_SPACE,
} from "../charts/format.ts";
import { type RunPhase, type RunState, STOP_PATIENCE_SECONDS, type StartedRun } from "./runState.ts";

export type EarlyStop = NonNullable<Extract<TrainEvent, { type: "finished" }>["earlyStop"]>;

export const PHASE_WORDS: Readonly<Record<RunPhase, string>> = {
  idle: "Not trained",
  starting: "Starting",
  running: "Training",
  paused: "Paused",
  stopping: "Stopping",
  finished: "Finished",
  failed: "Failed",
};

/** `MNIST, 5 epochs, batch 128, Adam 0.001`: what Train would do. */
export const describePlan = ({ dataset, training }: LayerscopeDocument): string =>
  [
    datasetTitle(dataset),
    counted(training.epochs, "epoch"),
    `batch ${formatCount(training.batchSize)}`,
    `${optimizers[training.optimizer.name].title} ${formatSetting(training.learningRate)}`,
  ].join(", ");

/** `2 threads, relaxed SIMD, 98 MB`: what a run computes with. */
export const describeMeans = ({ threads, build, memoryBytes }: StartedRun): string =>
  [counted(threads, "thread"), build === "simd" ? "SIMD" : "relaxed SIMD", formatBytes(memoryBytes)].join(", ");

/** How long a run took: `1:04`, and what is less than a second as `0.3 s`. */
export const describeElapsed = (elapsedMs: number): string =>
  elapsedMs < 950
    ? `${formatFixed(Math.max(0.1, elapsedMs / 1000), 1)}${NO_BREAK_SPACE}s`
    : formatDuration(elapsedMs / 1000);

/** What ended the run and what it means for the user's work. */
export const describeFailure = (failure: RunFailure): string => {
  const sentence = keepUnits(/[.!?]$/.test(failure.message) ? failure.message : `${failure.message}.`);
  if (failure.reason === "crashed") {
    return `The trainer stopped: ${sentence} Your document is untouched.`;
  }
  return sentence;
};

/** Of a trainer that was told to stop; *End* is where *Stop* was. */
export const UNANSWERED = keepUnits(
  `The trainer has not answered for ${STOP_PATIENCE_SECONDS} s. End it to train again: what it measured stays.`,
);

/** Nothing went wrong: a run could not begin because its dataset is not there or cannot be read, and is asked for. */
export const needsDataset = (state: RunState): boolean =>
  state.phase === "failed" && state.run === null && state.failure.reason === "datasetUnavailable";

/** What a screen reader hears when the run changes; never a number that streams. */
export const announceState = (state: RunState): string => {
  switch (state.phase) {
    case "idle":
      return "";
    case "starting":
      return `Run ${state.number} starts.`;
    case "running":
      return `Run ${state.run.number} trains.`;
    case "paused":
      return `Run ${state.run.number} is paused.`;
    case "stopping":
      return state.isUnanswered ? UNANSWERED : `Run ${state.run.number} stops.`;
    case "finished":
      return `Run ${state.run.number} ${state.stopped ? "was stopped" : "has finished"} ${state.earlyStop && state.step < state.run.started.totalSteps ? "early, for lack of improvement, " : ""}after ${counted(state.step, "step")} in ${describeElapsed(state.elapsedMs)}.`;
    case "failed":
      return `${needsDataset(state) ? "The run needs its dataset." : "The run failed."} ${describeFailure(state.failure)}`;
  }
};

/** `learning rate 0.01`, or `SGD, learning rate 0.01`: what a change of the settings set. */
export const describeChange = (change: TrainingChange): string =>
  [
    change.optimizer && optimizers[change.optimizer.name].title,
    change.learningRate !== undefined && `learning rate ${formatSetting(change.learningRate)}`,
    change.schedule && `schedule ${schedules[change.schedule.name].title.toLowerCase()}`,
    change.warmupEpochs !== undefined && `warm-up ${counted(change.warmupEpochs, "epoch")}`,
    change.weightDecay !== undefined && `weight decay ${formatSetting(change.weightDecay)}`,
    change.clipNorm !== undefined &&
      (change.clipNorm === null ? "not clipped" : `clip norm ${formatSetting(change.clipNorm)}`),
    change.epochs !== undefined && counted(change.epochs, "epoch"),
    change.earlyStopping !== undefined && (change.earlyStopping === null ? "no early stopping" : "early stopping"),
  ]
    .filter((part) => typeof part === "string")
    .join(", ");

/** What early stopping judges by: `validation loss` where samples are set apart, R² where they have targets. */
export const metricWords = (
  metric: EarlyStop["metric"],
  { hasValidation, hasTargets }: { readonly hasValidation: boolean; readonly hasTargets: boolean },
): string => {
  if (metric === "trainLoss") return "training loss";
  const quantity = metric === "testLoss" ? "loss" : hasTargets ? "R²" : "accuracy";
  return `${hasValidation ? "validation" : "test"} ${quantity}`;
};

/** `best validation loss in epoch 7, whose weights are restored`; with `stopped early: ` before it where epochs were left. */
export const describeEarlyStop = (
  { metric, bestEpoch, restored }: EarlyStop,
  run: { readonly hasValidation: boolean; readonly hasTargets: boolean; readonly isEarly: boolean },
): string =>
  `${run.isEarly ? "stopped early: " : ""}best ${metricWords(metric, run)} in epoch ${formatCount(bestEpoch)}${restored ? ", whose weights are restored" : ""}`;
