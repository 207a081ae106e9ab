/** What is kept of a study besides its text and its runs: what the user has decided, and what no run can tell. */
import { z } from "zod";
import { isLabelled, runLabelSchema } from "./runLabel.ts";
import type { StudyQueue } from "./studyQueue.ts";

const decisionsSchema = z.strictObject({
  /** ISO 8601. */
  createdAt: z.string(),
  isPaused: z.boolean(),
  /** The user's; null: that of the study's text. */
  title: z.string().min(1).max(200).nullable(),
  /** Runs that the user has taken out. */
  cancelled: z.array(z.string()),
  /** Runs that the user has deleted: they are not trained again by themselves. */
  deleted: z.array(z.string()),
  /** Why runs failed, by run: their workers left no record. */
  failed: z.record(z.string(), z.string()),
  /** The user's, by run. */
  labels: z.record(z.string(), runLabelSchema),
});

export type StudyDecisions = z.infer<typeof decisionsSchema>;

export const DECISIONS_VERSION = 2;

/** Studies had no title of the user's, their runs could not be deleted, and had neither tags nor notes. */
const decisionsSchema1 = decisionsSchema.omit({ title: true, deleted: true }).extend({
  labels: z.record(z.string(), z.strictObject({ name: z.string().nullable(), isPinned: z.boolean() })),
});

const migrateFrom1 = ({ labels, ...decisions }: z.infer<typeof decisionsSchema1>): StudyDecisions => ({
  ...{ ...decisions, title: null, deleted: [] },
  labels: Object.fromEntries(
    Object.entries(labels).map(([id, { name, isPinned }]) => [
      id,
      { name: name === "" ? null : name, tags: [], notes: "", isPinned },
    ]),
  ),
});

const versionSchemas: Readonly<Record<number, z.ZodType<StudyDecisions>>> = {
  1: decisionsSchema1.transform(migrateFrom1),
  [DECISIONS_VERSION]: decisionsSchema,
};

/** null: they are damaged, or a newer version wrote them. */
export const readDecisions = (version: number, kept: unknown): StudyDecisions | null =>
  versionSchemas[version]?.safeParse(kept).data ?? null;

export interface KeptStudy {
  readonly studyId: string;
  /** The study with its document inside. */
  readonly text: string;
  readonly decisions: StudyDecisions;
}

/** Of a study that begins. */
export const noDecisions = (createdAt: string): StudyDecisions => ({
  ...{ createdAt, isPaused: false, title: null, cancelled: [], deleted: [], failed: {}, labels: {} },
});

export const decisionsOf = (
  queue: StudyQueue,
  { createdAt, title }: Pick<StudyDecisions, "createdAt" | "title">,
): StudyDecisions => {
  const { runs, isPaused } = queue;
  const idsOf = (wanted: string): string[] => runs.filter(({ state }) => state === wanted).map(({ id }) => id);
  return {
    ...{ createdAt, isPaused, title, cancelled: idsOf("cancelled"), deleted: idsOf("deleted") },
    failed: Object.fromEntries(
      runs.flatMap(({ id, state, failure }) => (state === "failed" ? [[id, failure ?? "It failed."]] : [])),
    ),
    labels: Object.fromEntries(
      runs.flatMap(({ id, name, tags, notes, isPinned }) => {
        const label = { name, tags: [...tags], notes, isPinned };
        return isLabelled(label) ? [[id, label]] : [];
      }),
    ),
  };
};
