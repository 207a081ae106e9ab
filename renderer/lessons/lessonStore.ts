/**
 * The lesson that is open, and how far the user is in each. A lesson is open when a document is that its notes name as its own; its steps check
 * themselves whenever the document, the run or what is open changes.
 */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { type LayerscopeDocument, parse, serialize } from "../../engine/index.ts";
import { ask, viewStore } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { keepsWithoutFile, openPrepared, replacePrepared, showDocument } from "../document/fileActions.ts";
import { askNoMore } from "../document/trainActions.ts";
import { experimentsStore } from "../experiments/experimentsStore.ts";
import { gradientStore } from "../gradients/gradientStore.ts";
import { shownStepOf, subscribeLive } from "../run/liveRun.ts";
import { isUnderWay } from "../run/runState.ts";
import { runStore } from "../run/runStore.ts";
import { stepsStore } from "../steps/stepsStore.ts";
import type { Lesson, LessonMoment } from "./lesson.ts";
import { type LessonProgress, MAX_RUNS, noProgress, numPassed, readProgress, writeProgress } from "./lessonProgress.ts";
import { type LessonRun, lessonRunOf, type Setup, setupOf } from "./lessonRun.ts";
import { lessonOfNotes, lessons } from "./lessons.ts";

export interface LessonsState {
  /** null: the document belongs to no lesson, or its lesson was left. */
  readonly open: Lesson | null;
  /** By lesson. */
  readonly progress: Readonly<Record<string, LessonProgress>>;
  /** What the step shown lacks; null: it has passed. */
  readonly lack: string | null;
  /** What the last checkpoint that passed found, for screen readers. */
  readonly announced: string;
  /** Whether the control of the step is pointed at. */
  readonly pointing: boolean;
}

const untouched = Object.fromEntries(lessons.map((lesson) => [lesson.id, noProgress(lesson)]));

export const lessonStore = createStore<LessonsState>(() => ({
  open: null,
  progress: untouched,
  lack: null,
  announced: "",
  pointing: false,
}));

export const useLessons = <T>(selector: (state: LessonsState) => T): T => useStore(lessonStore, selector);

export const progressOf = ({ progress }: LessonsState, lesson: Lesson): LessonProgress =>
  progress[lesson.id] ?? untouched[lesson.id] ?? noProgress(lesson);

const SAVE_AFTER_MS = 500;
let timer = 0;

const setProgress = (lesson: Lesson, change: Partial<LessonProgress>): void => {
  const state = lessonStore.getState();
  lessonStore.setState({
    progress: { ...state.progress, [lesson.id]: { ...progressOf(state, lesson), ...change } },
  });
};

/** Keeps progress and document together, of a lesson that was left, too. Tells whether both are kept. */
const keep = async (document: LayerscopeDocument): Promise<boolean> => {
  window.clearTimeout(timer);
  const lesson = lessonOfNotes(document.notes);
  if (lesson === null) return false;
  setProgress(lesson, { text: serialize(document) });
  return writeProgress(lesson, progressOf(lessonStore.getState(), lesson));
};

const keepNow = (): Promise<boolean> => keep(documentStore.getState().document);

/** The same a moment after the last edit. */
const keepSoon = (): void => {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void keepNow(), SAVE_AFTER_MS);
};

/** What the run on screen trains; its document is compiled once. */
let trained: { readonly document: object; readonly setup: Setup | null } | null = null;

const runOnScreen = (): LessonRun | null => {
  const { state, history, runDocument, reopened } = runStore.getState();
  if (runDocument === null || reopened !== null || state.phase === "idle") return null;
  if (trained?.document !== runDocument) {
    const { document, compiled } = documentStore.getState();
    // A run begins with the document on screen; settings that it takes over on its way keep the layers.
    const setup = document === runDocument ? setupOf(compiled, runDocument.training) : trained?.setup;
    trained = { document: runDocument, setup: setup ? { ...setup, training: runDocument.training } : null };
  }
  return trained.setup === null ? null : lessonRunOf(state, history, trained.setup);
};

const momentOf = (progress: LessonProgress): LessonMoment => {
  const { document, compiled, selectedNodeIds } = documentStore.getState();
  const run = runStore.getState();
  const current = isUnderWay(run.state) ? runOnScreen() : null;
  const shownStep = shownStepOf(run);
  const { draft, detail } = experimentsStore.getState();
  return {
    document,
    compiled,
    selectedNodeIds,
    runs: current === null ? progress.runs : [...progress.runs, current],
    shownStep,
    statistics: (nodeId) => run.history?.statisticsAt(nodeId, shownStep === 0 ? null : shownStep) ?? null,
    explanation: stepsStore.getState().nodeId === null ? null : stepsStore.getState().explanation,
    gradients: gradientStore.getState().check,
    study: draft === null ? detail : null,
    draftAxes: draft?.plan.axes.map(({ vary }) => vary) ?? null,
  };
};

/** Looks whether the step shown is done. What has passed once stays so. */
const look = (): void => {
  const state = lessonStore.getState();
  const lesson = state.open;
  if (lesson === null) return;
  const progress = progressOf(state, lesson);
  const step = lesson.steps[progress.at];
  if (step === undefined) return;
  if ((progress.answers[progress.at] ?? null) !== null) {
    if (state.lack !== null) lessonStore.setState({ lack: null });
    return;
  }
  const { passed, words } = step.check(momentOf(progress));
  if (!passed) {
    if (state.lack !== words) lessonStore.setState({ lack: words });
    return;
  }
  setProgress(lesson, { answers: progress.answers.map((answer, index) => (index === progress.at ? words : answer)) });
  lessonStore.setState({ lack: null, pointing: false, announced: `${step.title}: done. ${words}` });
  void keepNow();
};

/** A run that has ended stays with the lesson. */
const keepRun = (): void => {
  const { open } = lessonStore.getState();
  const run = runOnScreen();
  if (open === null || run === null) return;
  const { runs } = progressOf(lessonStore.getState(), open);
  setProgress(open, { runs: [...runs, run].slice(-MAX_RUNS) });
  void keepNow();
};

/** The lesson of the document that has just been opened. */
const follow = (): void => {
  const open = lessonOfNotes(documentStore.getState().document.notes);
  lessonStore.setState({ open, lack: null, announced: "", pointing: false });
  trained = null;
  // Nets of a lesson are trained again and again; none of them is worth a question.
  if (open !== null) askNoMore();
  look();
};

/** Before the window is drawn: what was reached, and the lesson of a document that was restored. Follows from there on. */
export const followLessons = async (): Promise<void> => {
  for (const lesson of lessons) {
    const progress = await readProgress(lesson);
    lessonStore.setState((state) => ({ progress: { ...state.progress, [lesson.id]: progress } }));
  }
  documentStore.subscribe((now, before) => {
    if (now.openedCount !== before.openedCount) {
      void keep(before.document);
      follow();
    } else {
      if (now.document !== before.document) keepSoon();
      look();
    }
  });
  runStore.subscribe((now, before) => {
    // A run begins with this document: its layers are known now.
    if (now.state !== before.state) {
      runOnScreen();
      // One that could not begin leaves the run before on screen: that one is kept already.
      const hadBegun = isUnderWay(before.state) && before.state.phase !== "starting";
      if (hadBegun && (now.state.phase === "finished" || now.state.phase === "failed")) keepRun();
    }
    look();
  });
  keepsWithoutFile(keepNow);
  stepsStore.subscribe(look);
  gradientStore.subscribe(look);
  experimentsStore.subscribe(look);
  subscribeLive(look);
  follow();
};

/** Opens a lesson where it was left, or begins it. */
export const openLesson = async (lesson: Lesson): Promise<void> => {
  const present = documentStore.getState();
  if (lessonOfNotes(present.document.notes) === lesson && present.openedCount > 0) {
    showDocument();
    viewStore.setState({ editorView: "canvas" });
    follow();
    return;
  }
  const { text } = progressOf(lessonStore.getState(), lesson);
  const kept = text === null ? null : parse(text);
  if (await openPrepared(kept?.ok ? kept.value : lesson.document(), lesson.fileName)) {
    viewStore.setState({ editorView: "canvas" });
  }
};

/** The document stays open. */
export const leaveLesson = (): void => {
  void keepNow();
  lessonStore.setState({ open: null, pointing: false });
};

export const goToLessonStep = (at: number): void => {
  const { open } = lessonStore.getState();
  if (open === null) return;
  setProgress(open, { at: Math.max(0, Math.min(at, open.steps.length - 1)) });
  lessonStore.setState({ pointing: false, lack: null });
  look();
  void keepNow();
};

/** The document as the lesson begins with it, and no step done. Asks where edits or answers would be lost. */
export const startOver = async (): Promise<void> => {
  const state = lessonStore.getState();
  const { open } = state;
  if (open === null) return;
  const { past } = documentStore.getState();
  const underWay = isUnderWay(runStore.getState().state);
  const progress = progressOf(state, open);
  const answer =
    past.length === 0 && !underWay && progress.runs.length === 0 && numPassed(progress) === 0
      ? "over"
      : await ask({
          title: "Start the lesson over?",
          text: `Its document opens as it was at first: ${past.length === 0 ? "" : "your edits, "}${underWay ? "the run under way, " : ""}the runs and the answers of the lesson are given up.`,
          answers: [{ id: "over", label: "Start over" }],
        });
  if (answer !== "over") return;
  lessonStore.setState({ progress: { ...state.progress, [open.id]: noProgress(open) } });
  replacePrepared(open.document(), open.fileName);
  void keepNow();
};
