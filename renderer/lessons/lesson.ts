/** What a lesson is: a document to work on, and steps that are done when the user's own net and numbers say so. */
import type { Command, Compiled, LayerscopeDocument, NodeStatistics } from "../../engine/index.ts";
import type { ExplainedNormalization, StudyDetail } from "../../engine/protocol.ts";
import type { GradientCheck } from "../gradients/gradientStore.ts";
import type { LessonRun } from "./lessonRun.ts";

/** All that a checkpoint may look at: the document as it is, and what was measured on this computer. */
export interface LessonMoment {
  readonly document: LayerscopeDocument;
  readonly compiled: Compiled;
  readonly selectedNodeIds: readonly string[];
  /** Of this lesson, the oldest first; the last one may be under way. */
  readonly runs: readonly LessonRun[];
  /** The step whose values are on screen; 0: none. */
  readonly shownStep: number;
  /** What the run on screen measured at that step. */
  statistics(nodeId: string): NodeStatistics | null;
  /** Of the normalizing node that is open step by step. */
  readonly explanation: ExplainedNormalization | null;
  readonly gradients: GradientCheck | null;
  /** The study that the Experiments view shows; null: none, or one that has not begun. */
  readonly study: Pick<StudyDetail, "state" | "runs"> | null;
  /** What that view would vary once its runs are started; null: it shows no study that has not begun. */
  readonly draftAxes: readonly string[] | null;
}

/** `words`: the result with the user's numbers, or what is missing for it. */
export interface Checked {
  readonly passed: boolean;
  readonly words: string;
}

export const passed = (words: string): Checked => ({ passed: true, words });
export const missing = (words: string): Checked => ({ passed: false, words });

/** The button that starts the study that a step opens, or until it is open the one that opens it. */
export const STUDY_START: LessonTarget = {
  control: ".draft-foot .button-primary, .workspace:not(:has(.draft-foot)) .lesson-study",
};

export type Checkpoint = (moment: LessonMoment) => Checked;

/** What Show me points at: a node, a field of the training settings (in a section that may be folded), or a control by its selector. */
export type LessonTarget =
  | { readonly node: string }
  | { readonly setting: string; readonly section?: string }
  | { readonly control: string };

export interface LessonStep {
  readonly title: string;
  /** Paragraphs with `code` and *emphasis*. */
  readonly text: readonly string[];
  /** Stands after the first paragraph. */
  readonly formula?: string;
  /** Paper and section. */
  readonly source?: string;
  /** Kinds whose documentation can be read here. */
  readonly about?: readonly string[];
  readonly task: string;
  /** The same without a mouse. */
  readonly keys: string;
  readonly target: LessonTarget;
  /** The gesture as one edit, which can be undone. */
  readonly edit?: { readonly label: string; readonly commands: (document: LayerscopeDocument) => readonly Command[] };
  /** An example study, by id, that the step opens when asked. */
  readonly study?: string;
  readonly check: Checkpoint;
}

export interface Lesson {
  /** Names it in settings. */
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** About how long it takes with training on two cores. */
  readonly minutes: number;
  readonly fileName: string;
  readonly document: () => LayerscopeDocument;
  readonly steps: readonly LessonStep[];
}
