/** The lesson beside the canvas: where one is, what to do and why, and what one's own net says to it. */
import { Check, ChevronRight, Circle, Eye, RotateCcw, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { initializers, layerOf } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { applyGesture } from "../canvas/applyGesture.ts";
import { runCommand } from "../commands/commandTable.ts";
import { documentStore } from "../document/documentStore.ts";
import { openStudyText } from "../document/fileActions.ts";
import { studyExamples } from "../experiments/studyExamples.ts";
import { inline, LayerDoc } from "../inspector/LayerDoc.tsx";
import { isNorm, rateWords } from "./checks.ts";
import { LessonEdge, useLessonWidth } from "./LessonEdge.tsx";
import type { Lesson, LessonStep } from "./lesson.ts";
import { type LessonRun, resultWords } from "./lessonRun.ts";
import { goToLessonStep, progressOf, useLessons } from "./lessonStore.ts";
import { showMe } from "./Spotlight.tsx";
import "./Lessons.css";

const StepList = ({ lesson, at }: { readonly lesson: Lesson; readonly at: number }) => {
  const answers = useLessons((state) => progressOf(state, lesson).answers);
  return (
    <ol className="lesson-steps" aria-label="Steps of the lesson">
      {lesson.steps.map(({ title }, index) => {
        const done = (answers[index] ?? null) !== null;
        return (
          <li key={title}>
            <button
              type="button"
              aria-current={index === at ? "step" : undefined}
              data-tooltip={title}
              data-done={done}
              onClick={() => goToLessonStep(index)}
            >
              <Icon of={done ? Check : Circle} size={13} />
              <span className="lesson-step-title">{title}</span>
              {done && <span className="visually-hidden">done</span>}
            </button>
          </li>
        );
      })}
    </ol>
  );
};

/** Applies the edit of the step as one gesture, as if the user had made it. */
const doIt = ({ edit }: LessonStep): void => {
  if (edit === undefined) return;
  const { label, commands } = edit;
  applyGesture({
    commands: commands(documentStore.getState().document),
    label: label.charAt(0).toLowerCase() + label.slice(1),
    select: null,
  });
};

/** Nothing trains before its runs are started. */
const openExampleStudy = (id: string | undefined): void => {
  const study = studyExamples.find((each) => each.id === id);
  if (study !== undefined) openStudyText(study.text, study.title);
};

const Task = ({ step }: { readonly step: LessonStep }) => (
  <section className="lesson-task" aria-label="What to do">
    <p>{step.task}</p>
    <p className="lesson-keys">{step.keys}</p>
    <div className="lesson-actions">
      <button type="button" className="button button-small" data-tooltip="Points at the control" onClick={showMe}>
        <Icon of={Eye} size={13} />
        Show me
      </button>
      {step.study !== undefined && (
        <button
          type="button"
          className="button button-small lesson-study"
          data-tooltip="Nothing trains before you start its runs"
          onClick={() => openExampleStudy(step.study)}
        >
          Open the study
        </button>
      )}
      {step.edit && (
        <button
          type="button"
          className="button button-small"
          data-tooltip="Makes this edit for you; it can be undone"
          onClick={() => doIt(step)}
        >
          {step.edit.label}
        </button>
      )}
    </div>
  </section>
);

const Outcome = ({ answer }: { readonly answer: string | null }) => {
  const lack = useLessons((state) => state.lack);
  const announced = useLessons((state) => state.announced);
  return (
    <div className="lesson-outcome" data-done={answer !== null}>
      <Icon of={answer === null ? Circle : Check} size={14} />
      <p>
        <strong>{answer === null ? "Not yet" : "Done"}</strong>
        {answer ?? lack ?? ""}
      </p>
      <span role="status" className="visually-hidden">
        {announced}
      </span>
    </div>
  );
};

/** What lessons vary of a run, each in a few words. */
const runFacts = (run: LessonRun): readonly string[] => {
  const { initializer, batchSize } = run.training;
  const kind = run.layers.find(({ kind: each }) => isNorm(each))?.kind;
  const std = initializer.name === "normal" ? ` ${initializer.std}` : "";
  return [
    kind === undefined ? "no norm" : (layerOf(kind)?.title ?? kind),
    rateWords(run.training),
    `batch ${batchSize}`,
    `${initializers[initializer.name].title}${std}`,
  ];
};

/** What tells the runs from each other; the first two where nothing does. */
const runTitles = (runs: readonly LessonRun[]): readonly string[] => {
  const facts = runs.map(runFacts);
  const differs = (facts[0] ?? []).map((_, at) => new Set(facts.map((each) => each[at])).size > 1);
  const shown = differs.some((each) => each) ? differs : [true, true];
  return facts.map((each) => each.filter((_, at) => shown[at]).join(", "));
};

const Runs = ({ runs }: { readonly runs: readonly LessonRun[] }) => {
  if (runs.length === 0) return null;
  const titles = runTitles(runs);
  return (
    <section className="lesson-runs" aria-label="Your runs in this lesson">
      <h3>Your runs</h3>
      <ol>
        {runs.map((run, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: runs are only ever added
          <li key={index}>
            <span title={runFacts(run).join(", ")}>{titles[index]}</span>
            <span>{resultWords(run)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
};

const Step = ({ lesson, step, at }: { readonly lesson: Lesson; readonly step: LessonStep; readonly at: number }) => {
  const answer = useLessons((state) => progressOf(state, lesson).answers[at] ?? null);
  const runs = useLessons((state) => progressOf(state, lesson).runs);
  const body = useRef<HTMLElement>(null);
  // Another step begins at its top.
  // biome-ignore lint/correctness/useExhaustiveDependencies: at is what it depends on
  useEffect(() => {
    if (body.current) body.current.scrollTop = 0;
  }, [at]);
  const [first, ...more] = step.text;
  const isLast = at === lesson.steps.length - 1;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard */}
      <section ref={body} className="lesson-body" tabIndex={0} aria-label={step.title}>
        <h3 className="lesson-title">{step.title}</h3>
        <p>{inline(first ?? "")}</p>
        {step.formula !== undefined && <p className="lesson-formula">{step.formula}</p>}
        {more.map((paragraph) => (
          <p key={paragraph}>{inline(paragraph)}</p>
        ))}
        {step.source !== undefined && <p className="lesson-source">{step.source}</p>}
        {step.about?.map((kind) => {
          const layer = layerOf(kind);
          return (
            layer && (
              <details key={`${at} ${kind}`} className="lesson-about">
                <summary>
                  <Icon of={ChevronRight} size={13} />
                  About {layer.title}
                </summary>
                <LayerDoc layer={layer} />
              </details>
            )
          );
        })}
        <Task step={step} />
        <Runs runs={runs} />
      </section>
      <Outcome answer={answer} />
      <footer className="lesson-foot">
        <button
          type="button"
          className="button button-quiet button-small"
          disabled={at === 0}
          onClick={() => goToLessonStep(at - 1)}
        >
          Back
        </button>
        <span className="lesson-count">
          {at + 1} of {lesson.steps.length}
        </span>
        <button
          type="button"
          className={answer === null ? "button button-small" : "button button-small button-primary"}
          onClick={() => (isLast ? runCommand("lesson.leave") : goToLessonStep(at + 1))}
        >
          {isLast ? "Close" : "Next"}
        </button>
      </footer>
    </>
  );
};

const Panel = ({ lesson }: { readonly lesson: Lesson }) => {
  const at = useLessons((state) => progressOf(state, lesson).at);
  const width = useLessonWidth();
  const step = lesson.steps[at];
  return (
    <aside
      className="lesson"
      data-region="lesson"
      aria-label={`Lesson: ${lesson.title}`}
      tabIndex={-1}
      style={width === null ? undefined : { width }}
    >
      <header className="lesson-head">
        <h2 title={lesson.title}>{lesson.title}</h2>
        <button
          type="button"
          className="icon-button"
          aria-label="Start the lesson over"
          data-tooltip="Start the lesson over"
          onClick={() => runCommand("lesson.startOver")}
        >
          <Icon of={RotateCcw} size={14} />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Leave the lesson"
          data-tooltip="Leave the lesson; it goes on from the start page"
          onClick={() => runCommand("lesson.leave")}
        >
          <Icon of={X} size={15} />
        </button>
      </header>
      <StepList lesson={lesson} at={at} />
      {step !== undefined && <Step lesson={lesson} step={step} at={at} />}
      <LessonEdge />
    </aside>
  );
};

export const LessonPanel = () => {
  const lesson = useLessons((state) => state.open);
  return lesson === null ? null : <Panel key={lesson.id} lesson={lesson} />;
};
