import { documentStore } from "../document/documentStore.ts";
import { resumeUnfinished } from "../document/fileActions.ts";
import { chooseStartingNet } from "../document/startActions.ts";
import { trainOneBatch, trainOrPause } from "../document/trainActions.ts";
import { checkGradients } from "../gradients/gradientStore.ts";
import { choosePair } from "../library/pairStore.ts";
import { startFromRun, startFromRunRefusal } from "../library/startFromRun.ts";
import { recomputeStatistics } from "../norm/recomputeStatistics.ts";
import { isUnderWay } from "../run/runState.ts";
import { runStore } from "../run/runStore.ts";
import { applicableChange } from "../run/sameTraining.ts";
import { startFromNet, startingNetStore } from "../run/startingNet.ts";
import { unfinishedRuns } from "../run/unfinishedRuns.ts";
import { type Command, onlyInEditor } from "./command.ts";

/** Why no run can begin: the first error of the graph, and how many more there are. */
export const trainingBlockedBecause = (): string | null => {
  const closed = onlyInEditor();
  if (closed !== null) return closed;
  const { compiled } = documentStore.getState();
  if (compiled.program) return null;
  const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
  const [first] = errors;
  if (!first) return "The graph cannot be trained.";
  return errors.length === 1 ? first.message : `${first.message} ${errors.length - 1} more to fix before training.`;
};

const isStopUnanswered = (): boolean => {
  const { state } = runStore.getState();
  return state.phase === "stopping" && state.isUnanswered === true;
};

export const runCommands: readonly Command[] = [
  {
    id: "run.train",
    title: () => {
      const { phase } = runStore.getState().state;
      return phase === "paused" ? "Resume training" : "Train";
    },
    name: "Train, pause, resume",
    refusal: "Training cannot begin",
    group: "Run",
    shortcuts: ["Mod+Enter"],
    disabledBecause: () => {
      const { state } = runStore.getState();
      if (state.phase === "starting") return "The run is starting";
      if (state.phase === "stopping") return "The run is stopping";
      return state.phase === "running" || state.phase === "paused" ? null : trainingBlockedBecause();
    },
    run: trainOrPause,
  },
  {
    id: "run.pause",
    title: () => "Pause training",
    group: "Run",
    shortcuts: ["Mod+Enter"],
    disabledBecause: () => {
      const { phase } = runStore.getState().state;
      return phase === "running" || phase === "paused" ? null : "No run is training";
    },
    // The native menu has one item for both.
    run: () => {
      const run = runStore.getState();
      if (run.state.phase === "paused") run.resume();
      else run.pause();
    },
  },
  {
    id: "run.step",
    title: () => "Train one batch",
    group: "Run",
    shortcuts: ["F10"],
    disabledBecause: () => {
      const { state } = runStore.getState();
      if (state.phase === "paused") return null;
      return isUnderWay(state) ? "Pause first to train one batch at a time" : trainingBlockedBecause();
    },
    run: trainOneBatch,
  },
  {
    id: "run.resumeInterrupted",
    title: () => "Resume the interrupted run",
    group: "Run",
    shortcuts: [],
    disabledBecause: () => {
      if (isUnderWay(runStore.getState().state)) return "Another run is under way";
      return unfinishedRuns().length === 0 ? "No run was interrupted" : null;
    },
    run: () => {
      const [latest] = unfinishedRuns();
      if (latest) void resumeUnfinished(latest.runId);
    },
  },
  {
    id: "run.stop",
    title: () => (isStopUnanswered() ? "End the trainer, which does not answer" : "Stop training"),
    name: "Stop training",
    group: "Run",
    shortcuts: ["Shift+F5"],
    disabledBecause: () => {
      const { state } = runStore.getState();
      if (state.phase === "stopping") return isStopUnanswered() ? null : "The run is stopping";
      return isUnderWay(state) ? null : "No run is training";
    },
    run: () => runStore.getState().stop(),
  },
  {
    id: "run.applySettings",
    title: () => "Apply settings to the run",
    group: "Run",
    shortcuts: ["Mod+Shift+Enter"],
    disabledBecause: () => {
      const { state, runDocument } = runStore.getState();
      if (!isUnderWay(state) || state.phase === "starting" || !runDocument) return "No run is training";
      const { document } = documentStore.getState();
      return applicableChange(runDocument, document)
        ? null
        : "The run trains with these settings, or needs a new run for them";
    },
    run: () => runStore.getState().applySettings(),
  },
  {
    id: "run.recomputeStatistics",
    title: () => "Recompute population statistics",
    group: "Run",
    shortcuts: [],
    disabledBecause: () => {
      const { state, canExport, runDocument, recomputation } = runStore.getState();
      if (recomputation?.phase === "working") return "The statistics are being recomputed";
      if (!canExport || state.phase === "stopping") return "No run has weights to recompute them with";
      const hasNorm = runDocument?.nodes.some(({ kind }) => kind === "batchNorm");
      return hasNorm ? null : "The net of the run has no BatchNorm";
    },
    run: recomputeStatistics,
  },
  {
    id: "run.restoreStatistics",
    title: () => "Restore the running statistics of training",
    group: "Run",
    shortcuts: [],
    disabledBecause: () => {
      const { canExport, recomputation, history } = runStore.getState();
      if (recomputation?.phase !== "done" || recomputation.isRestored) return "No statistics were recomputed";
      if (!canExport) return "The trainer has ended";
      const hasGoneOn = (history?.progress?.step ?? 0) > recomputation.found.step;
      return hasGoneOn ? "Training has gone on since, and has changed them" : null;
    },
    run: () => runStore.getState().restoreStatistics(),
  },
  {
    id: "run.trainPair",
    title: () => "Train with and without…",
    group: "Run",
    shortcuts: ["Mod+Alt+Enter"],
    disabledBecause: trainingBlockedBecause,
    run: choosePair,
  },
  {
    id: "run.startFromNet",
    title: () => "Start from a trained net…",
    group: "Run",
    shortcuts: [],
    disabledBecause: onlyInEditor,
    run: chooseStartingNet,
  },
  {
    id: "run.startFromRun",
    title: () => "Start from this run’s net",
    keywords: "fine-tune continue weights",
    group: "Run",
    shortcuts: [],
    disabledBecause: () => onlyInEditor() ?? startFromRunRefusal(),
    run: startFromRun,
  },
  {
    id: "run.toggleStart",
    title: () => {
      const { net, isUsed } = startingNetStore.getState();
      return net === null || isUsed ? "Start from initializers" : `Start from ${net.name}`;
    },
    name: "Start from initializers, or from the trained net",
    group: "Run",
    shortcuts: [],
    disabledBecause: () =>
      onlyInEditor() ?? (startingNetStore.getState().net === null ? "Runs start from initializers" : null),
    run: () => startFromNet(!startingNetStore.getState().isUsed),
  },
  {
    id: "run.checkGradients",
    title: () => "Check gradients",
    group: "Run",
    shortcuts: [],
    disabledBecause: trainingBlockedBecause,
    run: checkGradients,
  },
];
