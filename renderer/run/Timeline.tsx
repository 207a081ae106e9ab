import { useCallback, useEffect, useRef, useState } from "react";
import { ChartTools } from "../charts/ChartTools.tsx";
import { subscribeTheme } from "../charts/colors.ts";
import { formatCount, formatLoss, formatPercent, formatR2, NONE } from "../charts/format.ts";
import { canvasPen } from "../charts/pen.ts";
import { useDocument } from "../document/documentStore.ts";
import { drawTimeline, TICKS_WIDTH } from "./drawTimeline.ts";
import { LiveText } from "./LiveText.tsx";
import { requestDraw, shownStepOf, useLiveAfter } from "./liveRun.ts";
import { newestStepOf } from "./newestStep.ts";
import { isUnderWay, runOf } from "./runState.ts";
import { type RunStoreState, runStore, useRun } from "./runStore.ts";
import { TimelineTable } from "./TimelineTable.tsx";
import { timelineModel, timelineSections } from "./timelineModel.ts";
import { stepAtX } from "./timelineScale.ts";
import "./Timeline.css";

const valueAt = (values: Float32Array | undefined, step: number): number => values?.[step - 1] ?? Number.NaN;

const readLoss = (run: RunStoreState): string => {
  const step = shownStepOf(run);
  return step === 0 ? NONE : formatLoss(valueAt(run.history?.loss, step));
};
/** Accuracy, or R² where samples have targets. */
const formatScore = (run: RunStoreState, score: number, digits: number): string =>
  run.history?.hasTargets ? formatR2(score) : formatPercent(score, digits);
const scoreTitle = (run: RunStoreState): string => (run.history?.hasTargets ? "R²" : "Accuracy");
const readScore = (run: RunStoreState): string => {
  const step = shownStepOf(run);
  return step === 0 ? NONE : formatScore(run, valueAt(run.history?.score, step), 1);
};
/** The last test at or before the step shown; undefined where none was measured, as in a study without test samples. */
const testAt = (run: RunStoreState) => {
  const step = shownStepOf(run);
  const test = run.history?.epochs.findLast((epoch) => epoch.step <= step);
  return Number.isNaN(test?.testLoss) && Number.isNaN(test?.testScore) ? undefined : test;
};
const readTestLoss = (run: RunStoreState): string => {
  const test = testAt(run);
  return test ? formatLoss(test.testLoss) : NONE;
};
const readTestScore = (run: RunStoreState): string => {
  const test = testAt(run);
  return test ? formatScore(run, test.testScore, 2) : NONE;
};

const readValidationLoss = (run: RunStoreState): string => {
  const validation = testAt(run)?.validation;
  return validation ? formatLoss(validation.loss) : NONE;
};
const readValidationScore = (run: RunStoreState): string => {
  const validation = testAt(run)?.validation;
  return validation ? formatScore(run, validation.score, 2) : NONE;
};

const Diamond = () => <span className="timeline-diamond" aria-hidden="true" />;

const Ring = () => <span className="timeline-ring" aria-hidden="true" />;

type Read = (run: RunStoreState) => string;

/** What was measured after the last epoch, on samples that are not trained on. */
const Held = ({ test, validation }: { test: Read; validation: Read | null }) => (
  <span className="timeline-held">
    {validation && (
      <span className="timeline-test">
        <Diamond />
        <span className="visually-hidden">validation </span>
        <LiveText read={validation} />
      </span>
    )}
    <span className="timeline-test">
      <Ring />
      <span className="visually-hidden">test </span>
      <LiveText read={test} />
    </span>
  </span>
);

const Gutter = (table: { readonly isShown: boolean; readonly show: (isShown: boolean) => void }) => {
  const hasValidation = useRun((run) => (run.runDocument?.training.validation ?? null) !== null);
  return (
    <div className="timeline-gutter">
      <div className="timeline-legend">
        <span className="timeline-dash" aria-hidden="true" /> train
        {hasValidation && (
          <>
            <Diamond /> validation
          </>
        )}
        <Ring /> test
        <ChartTools of="loss and accuracy" table={table} sections={timelineSections} />
      </div>
      <div className="timeline-value">
        <span className="timeline-label">Loss</span>
        <LiveText className="timeline-readout" read={readLoss} />
        <Held test={readTestLoss} validation={hasValidation ? readValidationLoss : null} />
      </div>
      <div className="timeline-value">
        <LiveText className="timeline-label" read={scoreTitle} />
        <LiveText className="timeline-readout" read={readScore} />
        <Held test={readTestScore} validation={hasValidation ? readValidationScore : null} />
      </div>
    </div>
  );
};

/** What a screen reader says of the cursor. */
const describeStep = (run: RunStoreState): string => {
  const step = shownStepOf(run);
  if (step === 0) return "Nothing measured yet";
  return `Step ${formatCount(step)}, loss ${readLoss(run)}, ${run.history?.hasTargets ? "R²" : "accuracy"} ${readScore(run)}${run.shownStep === null ? ", newest" : ""}`;
};

const moveCursor = (event: React.KeyboardEvent): void => {
  const run = runStore.getState();
  const started = runOf(run.state)?.started;
  if (!run.history || !started) return;
  const step = shownStepOf(run);
  const far = Math.max(1, started.stepsPerEpoch);
  const steps: Readonly<Record<string, number | null>> = {
    ArrowLeft: step - (event.shiftKey ? 10 : 1),
    ArrowDown: step - (event.shiftKey ? 10 : 1),
    ArrowRight: step + (event.shiftKey ? 10 : 1),
    ArrowUp: step + (event.shiftKey ? 10 : 1),
    PageDown: step - far,
    PageUp: step + far,
    Home: 1,
    End: null,
  };
  const target = steps[event.key];
  if (target === undefined) return;
  event.preventDefault();
  run.showStep(target);
};

const Plot = () => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const slider = useRef<HTMLDivElement>(null);
  // Kept: asking the element would lay the page out in the middle of drawing.
  const size = useRef({ width: 0, height: 0 });
  // Before a run the ruler has the epochs that are set.
  useDocument(({ document }) => document.training);
  const state = useRun((run) => run.state);
  const started = runOf(state)?.started ?? null;

  const draw = useCallback(() => {
    const run = runStore.getState();
    slider.current?.setAttribute("aria-valuenow", String(shownStepOf(run)));
    slider.current?.setAttribute("aria-valuemax", String(Math.max(1, newestStepOf(run))));
    slider.current?.setAttribute("aria-valuetext", describeStep(run));
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const { width, height } = size.current;
    if (width === 0 || height === 0) return;
    const scale = window.devicePixelRatio;
    const [pixelWidth, pixelHeight] = [Math.round(width * scale), Math.round(height * scale)];
    if (element.width !== pixelWidth || element.height !== pixelHeight) {
      element.width = pixelWidth;
      element.height = pixelHeight;
    }
    const pen = canvasPen({ context, width: pixelWidth, height: pixelHeight, scale });
    drawTimeline(pen, timelineModel(width, height));
  }, []);
  useLiveAfter(draw);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const measure = (): void => {
      size.current = { width: element.clientWidth, height: element.clientHeight };
      requestDraw();
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    const stopTheme = subscribeTheme(requestDraw);
    return () => {
      observer.disconnect();
      stopTheme();
    };
  }, []);

  const showAt = (event: React.PointerEvent<HTMLElement>) => {
    const { history, showStep } = runStore.getState();
    if (!history || !started) return;
    const box = event.currentTarget.getBoundingClientRect();
    const axis = {
      totalSteps: started.totalSteps,
      stepsPerEpoch: started.stepsPerEpoch,
      width: box.width - TICKS_WIDTH,
    };
    const step = stepAtX(axis, event.clientX - box.left, history.numSteps);
    if (step !== null) showStep(step);
  };

  return (
    <div
      ref={slider}
      className="timeline-plot"
      role="slider"
      tabIndex={0}
      aria-label="Step shown"
      aria-valuemin={1}
      aria-valuemax={1}
      aria-valuenow={0}
      onKeyDown={moveCursor}
      onDoubleClick={() => runStore.getState().showStep(null)}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        showAt(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) showAt(event);
      }}
    >
      <canvas ref={canvas} className="timeline-canvas" />
      {started === null && !isUnderWay(state) && (
        <p className="timeline-empty">
          <span>Train to draw loss and accuracy here.</span>
        </p>
      )}
    </div>
  );
};

/** Loss and accuracy of the run; its cursor chooses the step that every strip and readout shows. */
export const Timeline = () => {
  const [asTable, setAsTable] = useState(false);
  return (
    <section
      className={asTable ? "timeline has-table" : "timeline"}
      aria-label="Timeline"
      data-region="timeline"
      tabIndex={-1}
    >
      <Gutter isShown={asTable} show={setAsTable} />
      {asTable ? <TimelineTable /> : <Plot />}
    </section>
  );
};
