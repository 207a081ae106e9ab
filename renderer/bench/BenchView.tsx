/** The trained net on one sample, and on the whole test set. */
import { RotateCw } from "lucide-react";
import { useEffect, useState } from "react";
import { counted, expand, type LayerscopeDocument } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { formatCount } from "../charts/format.ts";
import { useDocument } from "../document/documentStore.ts";
import { useLive } from "../run/liveRun.ts";
import { newestStepOf } from "../run/newestStep.ts";
import { onScreen, runOf } from "../run/runState.ts";
import { runStore, useRun } from "../run/runStore.ts";
import { useStartingNet } from "../run/startingNet.ts";
import { Segments } from "../statistics/Segments.tsx";
import "./Bench.css";
import { askSample, askTest, benchStore, changeSample, forgetAnswers, setBench, useBench } from "./benchStore.ts";
import { LayerOutputs } from "./LayerOutputs.tsx";
import { Prediction } from "./Prediction.tsx";
import { takeTransferred } from "./readPicture.ts";
import { SamplePanel } from "./SamplePanel.tsx";
import { TestSet } from "./TestSet.tsx";

const Empty = () => (
  <div className="statistics-empty">
    <h2>Train, then try the net</h2>
    <p>
      Draw a digit, paste a picture or take a test sample: see what the net makes of it, layer by layer. The test set
      shows which classes it confuses, and the mistakes it is surest of.
    </p>
  </div>
);

/** The step that the answers are of, and how far the run has gone since. */
const StepNote = () => {
  const tab = useBench((state) => state.tab);
  const step = useBench((state) => (state.tab === "sample" ? state.sample?.step : state.evaluation?.step) ?? null);
  const isAsking = useBench((state) => state.progress !== null);
  const [newest, setNewest] = useState(() => newestStepOf(runStore.getState()));
  const phase = useRun((run) => onScreen(run.state).phase);
  const earlyStop = useRun(({ state }) => {
    const shown = onScreen(state);
    return shown.phase === "finished" && shown.earlyStop !== null;
  });
  useLive(() => {
    const next = newestStepOf(runStore.getState());
    if (next !== newest) setNewest(next);
  });
  const opened = useStartingNet(({ net }) => net);
  if (step === null) return null;
  const isStale = newest > step && !earlyStop;
  const isOpened = phase === "idle" && opened !== null;
  return (
    <span className={isStale ? "bench-step is-stale" : "bench-step"} role="status">
      {isStale
        ? `Of step ${formatCount(step)}; the net is at ${formatCount(newest)}`
        : isOpened
          ? `Of ${opened.name}, ${counted(step, "step")}`
          : `Of step ${formatCount(step)}${phase === "running" ? "" : ", the newest"}`}
      <button
        type="button"
        className="button button-small"
        disabled={isAsking}
        onClick={() => void (tab === "sample" ? askSample() : askTest())}
      >
        <Icon of={RotateCw} size={13} />
        Refresh
      </button>
    </span>
  );
};

/** Asks at the start, again for another run, and when a run comes to rest. */
const useAnswers = (number: number | null): void => {
  const phase = useRun((run) => onScreen(run.state).phase);
  const answered = useBench((state) => state.runNumber);
  const isResting = phase === "paused" || phase === "finished";
  useEffect(() => {
    if (number === null) return;
    if (answered !== null && answered !== number) forgetAnswers();
    else if (answered === null || isResting) void askSample();
  }, [number, answered, isResting]);
};

/**
 * Beside the test set there is always a result of the net as it is: of another run as soon as that comes to rest, and of the end of a run that was
 * evaluated on its way. While a run trains it takes time from it, and only the user asks.
 */
const useEvaluation = (isShown: boolean): void => {
  const phase = useRun((run) => onScreen(run.state).phase);
  const isMissing = useBench(({ evaluation, sample }) => evaluation === null && sample !== null);
  const isResting = phase === "idle" || phase === "paused" || phase === "finished";
  const hasEnded = phase === "finished";
  useEffect(() => {
    if (isShown && isMissing && isResting) void askTest();
  }, [isShown, isMissing, isResting]);
  useEffect(() => {
    if (!isShown || !hasEnded) return;
    const { evaluation } = benchStore.getState();
    const { state } = runStore.getState();
    // The net of an epoch that was better than the last may be what was evaluated.
    const isOfOtherStep = state.phase === "finished" && state.earlyStop !== null;
    if (evaluation !== null && !isOfOtherStep && evaluation.step < newestStepOf(runStore.getState())) void askTest();
  }, [isShown, hasEnded]);
};

/** What is asked: the net of a run, or one that was opened. */
interface BenchNet {
  readonly document: LayerscopeDocument;
  readonly classNames: readonly string[];
  readonly testCount: number;
}

const Bench = ({ document, classNames, testCount }: BenchNet) => {
  const tab = useBench((state) => state.tab);
  const mode = useBench((state) => state.mode);
  const sample = useBench((state) => state.sample);
  const problem = useBench((state) => state.problem);
  const hasEvaluation = useBench((state) => state.evaluation !== null);
  useEvaluation(tab === "test");
  const names = new Map(expand(document).document.nodes.map(({ id, name }) => [id, name]));
  const nameOf = (nodeId: string): string => {
    const name = names.get(nodeId) ?? "";
    return name === "" ? nodeId : name;
  };
  const showTest = (): void => {
    setBench({ tab: "test" });
    if (!hasEvaluation) void askTest();
  };
  return (
    <>
      <div className="statistics-tools" role="toolbar" aria-label="What the test bench shows">
        <Segments
          label="Test bench"
          showLabel={false}
          value={tab}
          options={[
            { id: "sample", title: "One sample" },
            { id: "test", title: "Test set" },
          ]}
          onChange={(next) => (next === "test" ? showTest() : setBench({ tab: next }))}
        />
        {tab === "sample" && (
          <Segments
            label="Mode"
            value={mode}
            options={[
              { id: "evaluation", title: "Evaluation", hint: "BatchNorm by its running values, no dropout" },
              {
                id: "training",
                title: "Training",
                hint: "BatchNorm by the statistics of a batch with this sample, dropout",
              },
            ]}
            onChange={(next) => changeSample({ mode: next })}
          />
        )}
        <span className="statistics-space" />
        {problem !== null && sample !== null && tab === "sample" && (
          <span className="bench-problem" role="alert">
            {problem}
          </span>
        )}
        <StepNote />
      </div>
      {sample === null ? (
        <div className="statistics-empty">
          <h2>{problem === null ? "Asking the net" : "The net could not be asked"}</h2>
          <p>{problem ?? "A copy of its weights is being laid out."}</p>
        </div>
      ) : tab === "sample" ? (
        <div className="bench-columns">
          <SamplePanel sample={sample} testCount={testCount} />
          <Prediction sample={sample} classNames={classNames} />
          <LayerOutputs sample={sample} nameOf={nameOf} />
        </div>
      ) : (
        <TestSet classNames={classNames} sampleShape={sample.sampleShape} stores={sample.stores} />
      )}
    </>
  );
};

const useBenchNet = (): (BenchNet & { readonly number: number }) | null => {
  const run = useRun(({ state }) => runOf(state));
  const document = useRun(({ runDocument }) => runDocument);
  const hasMeasured = useRun(({ history }) => history !== null);
  const isIdle = useRun(({ state }) => onScreen(state).phase === "idle");
  const opened = useStartingNet(({ net }) => net);
  const dataset = useDocument((state) => state.document.dataset);
  const facts = useDocument(({ compiled }) => compiled.dataset);
  if (run !== null) {
    const { number, started } = run;
    return document === null || !hasMeasured ? null : { number, document, ...started };
  }
  if (!isIdle || opened === null) return null;
  const isOfDocument = JSON.stringify(opened.document.dataset) === JSON.stringify(dataset);
  const testCount = (isOfDocument ? facts?.testCount : null) ?? 0;
  return { number: opened.number, document: opened.document, classNames: opened.classNames, testCount };
};

export const BenchView = () => {
  const net = useBenchNet();
  useAnswers(net?.number ?? null);
  const hasNet = net !== null;
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      if (takeTransferred(event.clipboardData, hasNet)) event.preventDefault();
    };
    window.addEventListener("paste", paste);
    return () => window.removeEventListener("paste", paste);
  }, [hasNet]);
  return (
    <main
      className="bench"
      aria-label="Test bench"
      data-region="bench"
      tabIndex={-1}
      onDropCapture={(event) => {
        // Other files are documents, which the window opens.
        if (!takeTransferred(event.dataTransfer, hasNet)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {net === null ? <Empty /> : <Bench {...net} />}
    </main>
  );
};
