/** What is kept of a study besides its text and its runs: what the user has decided, and what no run can tell. */
import { z } from "zod";
import type { StudyQueue } from "./studyQueue.ts";

export const studyDecisionsSchema = z.strictObject({
  /** ISO 8601. */
  createdAt: z.string(),
  isPaused: z.boolean(),
  /** Runs that the user has taken out. */
  cancelled: z.array(z.string()),
  /** Why runs failed, by run: their workers left no record. */
  failed: z.record(z.string(), z.string()),
  /** The user's, by run. */
  labels: z.record(z.string(), z.strictObject({ name: z.string().nullable(), isPinned: z.boolean() })),
});

export type StudyDecisions = z.infer<typeof studyDecisionsSchema>;

export interface KeptStudy {
  readonly studyId: string;
  /** The study with its document inside. */
  readonly text: string;
  readonly decisions: StudyDecisions;
}

/** Of a study that begins. */
export const noDecisions = (createdAt: string): StudyDecisions => ({
  ...{ createdAt, isPaused: false, cancelled: [], failed: {}, labels: {} },
});

export const decisionsOf = (queue: StudyQueue, createdAt: string): StudyDecisions => {
  const { runs, isPaused } = queue;
  return {
    ...{ createdAt, isPaused },
    cancelled: runs.filter(({ state }) => state === "cancelled").map(({ id }) => id),
    failed: Object.fromEntries(
      runs.flatMap(({ id, state, failure }) => (state === "failed" ? [[id, failure ?? "It failed."]] : [])),
    ),
    labels: Object.fromEntries(
      runs.flatMap(({ id, name, isPinned }) => (name !== null || isPinned ? [[id, { name, isPinned }]] : [])),
    ),
  };
};
