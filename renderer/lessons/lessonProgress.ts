/** How far the user is in each lesson, kept in the settings: answers, runs, and the document as it was left. */
import { z } from "zod";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";
import type { Lesson } from "./lesson.ts";
import { lessonRunSchema } from "./lessonRun.ts";

/** Older runs than so many are forgotten. */
export const MAX_RUNS = 12;
/** The host takes settings of 64 Ki characters. */
const MAX_LENGTH = 64 * 1024;

const progressSchema = z.strictObject({
  /** The step that is shown. */
  at: z.int().min(0),
  /** By step: what its checkpoint found when it passed; null: not yet. */
  answers: z.array(z.string().nullable()),
  runs: z.array(lessonRunSchema),
  /** The document as it was left; null: not begun. */
  text: z.string().nullable(),
});

export type LessonProgress = z.infer<typeof progressSchema>;

export const noProgress = ({ steps }: Lesson): LessonProgress => ({
  at: 0,
  answers: steps.map(() => null),
  runs: [],
  text: null,
});

export const numPassed = ({ answers }: LessonProgress): number => answers.filter((answer) => answer !== null).length;

const settingOf = ({ id }: Lesson): string => `lesson.${id}`;

/** What cannot be read, or is of a lesson with other steps, is no progress. */
export const readProgress = async (lesson: Lesson): Promise<LessonProgress> => {
  const text = await getShell().readSetting(settingOf(lesson));
  let value: unknown = null;
  try {
    value = JSON.parse(text ?? "null");
  } catch {
    return noProgress(lesson);
  }
  const parsed = progressSchema.safeParse(value);
  const fits = parsed.success && parsed.data.answers.length === lesson.steps.length;
  return fits ? { ...parsed.data, at: Math.min(parsed.data.at, lesson.steps.length - 1) } : noProgress(lesson);
};

/** A document that is too large for a setting is left to its own file. Tells whether all is kept. */
export const writeProgress = async (lesson: Lesson, progress: LessonProgress): Promise<boolean> => {
  const whole = JSON.stringify(progress);
  const fits = whole.length <= MAX_LENGTH;
  const isKept = await keepSetting(settingOf(lesson), fits ? whole : JSON.stringify({ ...progress, text: null }));
  return isKept && fits;
};
