import { Images, ListChecks, OctagonX, Pause, Play, Replace, Square, StepForward, TriangleAlert } from "lucide-react";
import { counted, describeAnew, type LayerscopeDocument } from "../../engine/index.ts";
import type { RunFailure } from "../../engine/protocol.ts";
import { Icon } from "../app/Icon.tsx";
import { useView, viewStore } from "../app/viewStore.ts";
import { formatCount, formatDuration, formatFixed, formatPercent, NONE } from "../charts/format.ts";
import { CommandButton } from "../commands/CommandButton.tsx";
import { useDocument } from "../document/documentStore.ts";
import { HealthCount } from "../health/HealthCount.tsx";
import { FailureActions, useMissingDataset } from "./FailureActions.tsx";
import { LiveText } from "./LiveText.tsx";
import { Playback } from "./Playback.tsx";
import { RunMark } from "./RunMark.tsx";
import { isUnderWay, onScreen, type RunState, runOf } from "./runState.ts";
import { type RunStoreState, runStore, useRun } from "./runStore.ts";
import {
  announceState,
  describeChange,
  describeEarlyStop,
  describeElapsed,
  describeFailure,
  describeMeans,
  describePlan,
  type EarlyStop,
  needsDataset,
  PHASE_WORDS,
  UNANSWERED,
} from "./runWords.ts";
import { applicableChange, sameTraining } from "./sameTraining.ts";
import { startingFit, useStartingNet } from "./startingNet.ts";
import { describeStart, describeStarted } from "./startWords.ts";
import "./RunBar.css";

const hasFailed = (state: RunState): boolean => state.phase === "failed" && !needsDataset(state);

const MainButton = ({ state }: { state: RunState }) => {
  if (state.phase === "running") {
    return <CommandButton id="run.pause" className="button run-bar-main" icon={Pause} label="Pause" />;
  }
  const label = state.phase === "paused" ? "Resume" : hasFailed(state) ? "Train again" : "Train";
  return <CommandButton id="run.train" className="button button-primary run-bar-main" icon={Play} label={label} />;
};

/** A trainer that does not stop when it is told to can be ended. */
const StopButton = ({ state }: { state: RunState }) => {
  const label = state.phase === "stopping" && state.isUnanswered ? "End" : "Stop";
  return <CommandButton id="run.stop" className="button button-quiet run-bar-stop" icon={Square} label={label} />;
};

const statusWords = (state: RunState): string => {
  if (needsDataset(state)) return "Needs its dataset";
  return state.phase === "finished" && state.stopped ? "Stopped" : PHASE_WORDS[state.phase];
};

const Status = ({ state }: { state: RunState }) => {
  const isTrained = useStartingNet(({ net, isUsed }) => net !== null && isUsed);
  return (
    <div className="run-bar-status">
      {hasFailed(state) ? (
        <span className="run-bar-failed">
          <Icon of={OctagonX} size={14} />
        </span>
      ) : needsDataset(state) ? (
        <Icon of={Images} size={14} />
      ) : (
        <RunMark phase={state.phase} />
      )}
      {state.phase === "idle" && isTrained ? "Trained net" : statusWords(state)}
    </div>
  );
};

const readEpoch = (run: RunStoreState): string => formatCount(run.history?.progress?.epoch ?? 1);
const readStep = (run: RunStoreState): string => formatCount(run.history?.numSteps ?? 0);
/** The first two steps take much longer than the others: they foretell nothing. */
const readTimeLeft = (run: RunStoreState): string => {
  const progress = run.history?.progress;
  return progress && progress.step > 2 ? formatDuration(progress.secondsLeft) : NONE;
};
const readRate = (run: RunStoreState): string => {
  const progress = run.history?.progress;
  return progress ? formatFixed(progress.samplesPerSecond, 0) : NONE;
};
const readShare = (run: RunStoreState): string => {
  const progress = run.history?.progress;
  return progress ? formatPercent(progress.statisticsShare) : NONE;
};

/** Room for a number that grows up to `largest`, so that what follows stands still. */
const widthOf = (largest: number) => {
  const text = formatCount(largest);
  const commas = text.split(",").length - 1;
  return { minWidth: `${(text.length - commas + 0.45 * commas).toFixed(2)}ch` };
};

const Progress = ({ state }: { state: RunState }) => {
  const started = runOf(state)?.started;
  if (!started) return null;
  return (
    <>
      <span>
        <b>
          Epoch <LiveText read={readEpoch} />
        </b>{" "}
        of {formatCount(started.epochs)}
      </span>
      <span>
        step{" "}
        <b className="run-bar-number" style={widthOf(started.totalSteps)}>
          <LiveText read={readStep} />
        </b>{" "}
        of {formatCount(started.totalSteps)}
      </span>
      <span className="run-bar-left">
        <b>
          <LiveText read={readTimeLeft} />
        </b>{" "}
        left
      </span>
    </>
  );
};

/** Why the run ended before its last epoch, or whose weights it ends with. */
const EarlyStopNote = ({ state, earlyStop }: { state: RunState; earlyStop: EarlyStop }) => {
  const hasValidation = useRun((run) => (run.runDocument?.training.validation ?? null) !== null);
  const hasTargets = useRun((run) => run.history?.hasTargets ?? false);
  const isEarly = state.phase === "finished" && state.step < state.run.started.totalSteps;
  const text = describeEarlyStop(earlyStop, { hasValidation, hasTargets, isEarly });
  return <span title={text}>, {text}</span>;
};

/** A published dataset that is not here is named; where its folder would be helps nobody. */
const FailureNote = ({ failure }: { failure: RunFailure }) => {
  const whole = describeFailure(failure);
  const text = useMissingDataset(failure) ?? whole;
  return (
    <span className="run-bar-note run-bar-message" title={whole}>
      <span>{text}</span>
    </span>
  );
};

const Details = ({ state }: { state: RunState }) => {
  const plan = useDocument((document) => describePlan(document.document));
  const isReopened = useRun((run) => run.reopened !== null);
  if (state.phase === "idle") return <span>{plan}</span>;
  if (state.phase === "starting") return <span>reading the dataset</span>;
  if (state.phase === "failed") return <FailureNote failure={state.failure} />;
  if (state.phase === "finished") {
    const { started } = state.run;
    const epochs = state.step / started.stepsPerEpoch;
    return (
      <span>
        {state.step === started.totalSteps ? (
          <>
            <b>{counted(epochs, "epoch")}</b>,{" "}
          </>
        ) : null}
        <b>{counted(state.step, "step")}</b>
        {state.step === started.totalSteps ? "" : ` of ${formatCount(started.totalSteps)}`} in{" "}
        {describeElapsed(state.elapsedMs)}
        {state.earlyStop && <EarlyStopNote state={state} earlyStop={state.earlyStop} />}
        {isReopened && ", opened from disk"}
      </span>
    );
  }
  if (state.phase === "stopping" && state.isUnanswered) {
    return (
      <span className="run-bar-note run-bar-message" title={UNANSWERED}>
        <span>{UNANSWERED}</span>
      </span>
    );
  }
  return <Progress state={state} />;
};

const Note = ({ text, title = text }: { readonly text: string; readonly title?: string }) => (
  <span className="run-bar-note" title={title}>
    {text}
  </span>
);

const nameIn =
  (nodes: LayerscopeDocument["nodes"] | undefined) =>
  (id: string): string =>
    nodes?.find((node) => node.id === id)?.name || id;

/** What the next run would start from where that is not what this one did, before the first too; else what this one did, where that is a trained net. */
const StartNote = ({ state }: { state: RunState }) => {
  const net = useStartingNet((start) => start.net);
  const isUsed = useStartingNet((start) => start.isUsed);
  const program = useDocument(({ compiled }) => compiled.program);
  const nodes = useRun((run) => run.runDocument?.nodes);
  const from = runOf(state)?.started.from;
  const startedWith = useRun((run) => run.startedWith);
  const isFirst = onScreen(state).phase === "idle";
  const isOther = net !== null && !isUnderWay(state) && startedWith !== (isUsed ? net : null);
  if (!isFirst && !isOther) return from === undefined ? null : <Note text={describeStarted(from, nameIn(nodes))} />;
  if (net === null) return null;
  const fit = startingFit(program, net);
  const lines = isUsed ? (fit?.anew ?? []).map((layer) => `${layer.name} ${describeAnew(layer, net.name)}`) : [];
  const start = describeStart(net, fit, isUsed);
  const text = isFirst ? start : `Next ${start.replace("Starts", "starts")}`;
  return <Note text={text} title={[text, ...lines].join(".\n")} />;
};

/** Before the first run, and where the net was chosen after it: the other one of the two starts. */
const StartButton = ({ state }: { state: RunState }) => {
  const net = useStartingNet((start) => start.net);
  const isUsed = useStartingNet((start) => start.isUsed);
  const isChosenSince = useRun((run) => run.startedWith !== net);
  if (net === null || (state.phase !== "idle" && !(state.phase === "finished" && isChosenSince))) return null;
  const label = isUsed ? "Start from initializers" : "Start from the net";
  return <CommandButton id="run.toggleStart" className="button button-small" icon={Replace} label={label} />;
};

/** A batch cannot have more samples than there are. */
const BatchNote = ({ state }: { state: RunState }) => {
  const started = runOf(state)?.started;
  if (!started || started.batchSize <= started.trainCount) return null;
  const text = `Batch size ${formatCount(started.batchSize)} is larger than the training set, ${formatCount(started.trainCount)}: each step takes all of it.`;
  return (
    <span className="run-bar-note" title={text}>
      {text}
    </span>
  );
};

/** Settings that the run under way could take over. */
const ChangeNote = ({ state }: { state: RunState }) => {
  const runDocument = useRun((run) => run.runDocument);
  const change = useDocument(({ document }) => {
    const found = runDocument && applicableChange(runDocument, document);
    return found ? describeChange(found) : null;
  });
  if (change === null || !isUnderWay(state)) return null;
  return (
    <CommandButton id="run.applySettings" className="button button-small" icon={ListChecks} label={`Apply ${change}`} />
  );
};

/** Says which graph the numbers on screen belong to when the document has moved on. */
const StaleNote = ({ state }: { state: RunState }) => {
  const runDocument = useRun((run) => run.runDocument);
  const stale = useDocument(({ document }) => runDocument !== null && !sameTraining(runDocument, document));
  const applicable = useDocument(
    ({ document }) => runDocument !== null && applicableChange(runDocument, document) !== null,
  );
  const run = runOf(state);
  if (!stale || !run || (applicable && isUnderWay(state))) return null;
  const verb = isUnderWay(state) ? "trains" : "trained";
  const text = `Run ${run.number} ${verb} the graph before the last edit.`;
  return (
    <span className="run-bar-note" title={text}>
      {text}
    </span>
  );
};

const Findings = () => {
  const open = useView((view) => view.diagnosticsOpen);
  const diagnostics = useDocument(({ compiled }) => compiled.diagnostics);
  // What a net begins with is said on the empty canvas: nothing is wrong yet.
  const isEmpty = useDocument(({ document }) => document.nodes.length === 0);
  const toggle = () => viewStore.setState({ diagnosticsOpen: !viewStore.getState().diagnosticsOpen });
  if (isEmpty) return null;
  return (["error", "warning"] as const).map((severity) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    if (count === 0) return null;
    return (
      <button
        key={severity}
        type="button"
        className="run-bar-finding"
        data-severity={severity}
        data-tooltip="Show the findings about this graph"
        aria-expanded={open}
        aria-controls="diagnostics"
        onClick={toggle}
      >
        <Icon of={severity === "error" ? OctagonX : TriangleAlert} size={14} />
        {counted(count, severity)}
      </button>
    );
  });
};

const BackToLive = () => {
  const scrubbed = useRun((run) => run.shownStep !== null);
  if (!scrubbed) return null;
  return (
    <button
      type="button"
      className="button button-small"
      data-tooltip="Show the newest step again"
      data-shortcut="End"
      onClick={() => runStore.getState().showStep(null)}
    >
      To the end
    </button>
  );
};

const RunFacts = ({ state }: { state: RunState }) => {
  const seed = useRun((run) => run.runDocument?.training.seed);
  const nodes = useRun((run) => run.runDocument?.nodes);
  const run = runOf(state);
  if (!run || seed === undefined) return null;
  const { from } = run.started;
  const means = describeMeans(run.started);
  // The bar has no room for all of it while a run trains.
  const tooltip = from === undefined ? means : `${means}, ${describeStarted(from, nameIn(nodes))}`;
  return (
    <>
      {isUnderWay(state) && (
        <>
          {state.phase !== "paused" && (
            <span className="run-bar-rate">
              <b>
                <LiveText read={readRate} />
              </b>{" "}
              samples/s
            </span>
          )}
          <span className="run-bar-share">
            statistics{" "}
            <b>
              <LiveText read={readShare} />
            </b>{" "}
            of step time
          </span>
        </>
      )}
      <span className="run-bar-facts" data-tooltip={tooltip}>
        run {run.number}, seed {formatCount(seed)}, {counted(run.started.threads, "thread")}
      </span>
    </>
  );
};

/** While a run trains, the timeline and Alt with arrow keys go back; the bar has other things to say. */
const mayPlay = (state: RunState): boolean =>
  state.phase === "paused" || state.phase === "finished" || (state.phase === "failed" && state.run !== null);

export const RunBar = () => {
  const state = useRun((run) => run.state);
  return (
    <section className="run-bar" aria-label="Run" data-region="run" data-phase={state.phase} tabIndex={-1}>
      <MainButton state={state} />
      <CommandButton id="run.step" className="button button-quiet run-bar-step" icon={StepForward} label="Step" />
      <StopButton state={state} />
      <span className="run-bar-divider" />
      <Status state={state} />
      <div className="run-bar-details">
        <Details state={state} />
        <StartNote state={state} />
        <BatchNote state={state} />
        <StaleNote state={state} />
      </div>
      <div className="run-bar-right">
        <ChangeNote state={state} />
        <StartButton state={state} />
        {state.phase === "failed" && <FailureActions failure={state.failure} />}
        {mayPlay(state) && <Playback />}
        <BackToLive />
        <HealthCount />
        <Findings />
        <RunFacts state={state} />
      </div>
      <p className="visually-hidden" role="status">
        {announceState(state)}
      </p>
    </section>
  );
};
