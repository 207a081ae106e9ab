/** Does a lesson without a page: edits by commands, trains with the engine, and looks at checkpoints as the page does. */
import { type Dataset, limitTest, limitTraining } from "../../../engine/data/dataset.ts";
import {
  applyCommands,
  type Command,
  compile,
  expandStudy,
  type LayerscopeDocument,
  parse,
  type StudyRun,
} from "../../../engine/index.ts";
import {
  type ExplainedNormalization,
  NO_LABEL,
  type StudyRunStatus,
  trainEventSchema,
} from "../../../engine/protocol.ts";
import { checkDocument } from "../../../engine/train/checkDocument.ts";
import { studyExamples } from "../../../renderer/experiments/studyExamples.ts";
import type { GradientCheck } from "../../../renderer/gradients/gradientStore.ts";
import type { Checked, Lesson, LessonMoment } from "../../../renderer/lessons/lesson.ts";
import { type LessonRun, lessonRunOf, lessonRunSchema, setupOf } from "../../../renderer/lessons/lessonRun.ts";
import { RunRecorder } from "../../../renderer/run/runRecorder.ts";
import { type RunState, transition } from "../../../renderer/run/runState.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";
import { nodeHost, Recording } from "../train/runHarness.ts";

const loaded = new Map<string, Dataset>();

const datasetOf = async ({ dataset }: LayerscopeDocument): Promise<Dataset> => {
  const key = JSON.stringify(dataset);
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const found = await nodeHost.loadDataset(dataset);
  if (!found.ok) throw new Error(found.error.message);
  loaded.set(key, found.value);
  return found.value;
};

export class Student {
  readonly lesson: Lesson;
  document: LayerscopeDocument;
  runs: LessonRun[] = [];
  selected: string[] = [];
  shownStep = 0;
  explanation: ExplainedNormalization | null = null;
  gradients: GradientCheck | null = null;
  study: LessonMoment["study"] = null;
  draftAxes: LessonMoment["draftAxes"] = null;
  #recording: Recording | null = null;
  #recorder: RunRecorder | null = null;

  constructor(lesson: Lesson) {
    this.lesson = lesson;
    this.document = lesson.document();
  }

  moment(): LessonMoment {
    const { document, runs, selected, shownStep, explanation, gradients, study, draftAxes } = this;
    return {
      document,
      compiled: compile(document),
      selectedNodeIds: selected,
      runs,
      shownStep,
      statistics: (nodeId) => this.#recorder?.statisticsAt(nodeId, shownStep) ?? null,
      explanation,
      gradients,
      study,
      draftAxes,
    };
  }

  check(at: number): Checked {
    const step = this.lesson.steps[at];
    if (step === undefined) throw new Error(`${this.lesson.title} has no step ${at}.`);
    return step.check(this.moment());
  }

  apply(...commands: readonly Command[]): void {
    const applied = applyCommands(this.document, commands);
    if (!applied.ok) throw new Error(`refused: ${JSON.stringify(applied.error)}`);
    this.document = applied.value;
  }

  /** What the button beside Show me does. */
  applyEdit(at: number): void {
    this.apply(...(this.lesson.steps[at]?.edit?.commands(this.document) ?? []));
  }

  /** To the end, on the first samples where they are limited. */
  async train(trainSamples?: number): Promise<LessonRun> {
    const setup = setupOf(compile(this.document), this.document.training);
    if (setup === null) throw new Error("The document has errors.");
    const dataset = await datasetOf(this.document);
    const recording = new Recording({ dataset, ...(trainSamples === undefined ? {} : { trainSamples }) });
    await recording.start(this.document).ended;
    let state: RunState = { phase: "starting", number: 1 };
    let recorder: RunRecorder | null = null;
    for (const event of recording.events) {
      if (event.type === "started") recorder = new RunRecorder(event.nodeIds);
      if (event.type === "frame") recorder?.addFrame(event);
      if (event.type === "epoch") recorder?.addEpoch(event);
      state = transition(state, { type: "eventReceived", event });
    }
    const run = lessonRunOf(state, recorder, setup);
    if (run === null) throw new Error("The run did not begin.");
    // As it is kept in the settings.
    this.runs.push(lessonRunSchema.parse(JSON.parse(JSON.stringify(run))));
    this.#recording = recording;
    this.#recorder = recorder;
    this.shownStep = recorder?.frames.at(-1)?.step ?? 0;
    return run;
  }

  async explain(nodeId: string, set: number): Promise<void> {
    await this.#recording?.run.receive({ type: "explainNormalization", requestId: 1, nodeId, set });
    const answer = this.#recording?.of("normalizationExplained").at(-1);
    if (!answer?.explanation) throw new Error(answer?.problem ?? "No answer.");
    this.explanation = answer.explanation;
  }

  /** Those runs of an example study that are wanted, for a few epochs on its first samples. */
  async runStudy(id: string, epochs: number, wanted: (params: StudyRun["assignment"]) => boolean): Promise<void> {
    const example = studyExamples.find((each) => each.id === id);
    const document = parse(exampleNamed("mlp-bn")?.text ?? "");
    if (example === undefined || !document.ok) throw new Error(`There is no study ${id}.`);
    const expanded = expandStudy(example.study, document.value);
    if (!expanded.ok) throw new Error(expanded.error);
    const { trainSamples = 1000, testSamples = 1000 } = example.study;
    const dataset = limitTraining(limitTest(await datasetOf(document.value), testSamples), trainSamples);
    const runs: StudyRunStatus[] = [];
    for (const { id: runId, assignment, document: varied } of expanded.value.filter((run) => wanted(run.assignment))) {
      const recording = new Recording({ dataset });
      await recording.start({ ...varied, training: { ...varied.training, epochs } }).ended;
      const failed = recording.of("failed")[0];
      runs.push({
        id: runId,
        params: assignment,
        state: failed === undefined ? "finished" : "diverged",
        failure: failed?.failure.message ?? null,
        epochs: recording.of("epoch").map(({ type: _, ...epoch }) => epoch),
        step: 0,
        totalSteps: null,
        elapsedMs: null,
        endedAt: null,
        bytes: 0,
        ...NO_LABEL,
      });
    }
    this.draftAxes = null;
    this.study = { state: "finished", runs };
  }

  async checkGradients(): Promise<void> {
    const check = { document: this.document, nodeIds: [...compile(this.document).facts.keys()] };
    const results: GradientCheck["results"][number][] = [];
    let tolerance: number | null = null;
    await checkDocument({
      document: this.document,
      host: { now: () => 0, yieldToMessages: async () => undefined },
      post: (given) => {
        const event = trainEventSchema.parse(given);
        if (event.type !== "gradientsChecked") return;
        results.push(...event.results);
        tolerance = event.tolerance;
      },
    });
    this.gradients = { ...check, results, tolerance, progress: { phase: "done" } };
  }
}
