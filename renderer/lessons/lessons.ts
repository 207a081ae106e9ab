/** The lessons, in the order in which they are offered. docs/lessons.md says how to add one. */
import { deepNet } from "./content/deepNet.ts";
import { lenetNorm } from "./content/lenetNorm.ts";
import { normSteps } from "./content/normSteps.ts";
import { optimizerChoice } from "./content/optimizerChoice.ts";
import { smallBatches } from "./content/smallBatches.ts";
import { notesOf } from "./content/startDocument.ts";
import type { Lesson } from "./lesson.ts";

export const lessons: readonly Lesson[] = [deepNet, lenetNorm, normSteps, smallBatches, optimizerChoice];

/** The lesson that a document belongs to: its notes name it. */
export const lessonOfNotes = (notes: string): Lesson | null =>
  lessons.find(({ title }) => notes === notesOf(title) || notes.startsWith(`${notesOf(title)}\n`)) ?? null;
