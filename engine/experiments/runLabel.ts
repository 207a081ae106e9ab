/** What the user has written on a run that is kept: one of its own or one of a study. */
import { z } from "zod";

export const runLabelSchema = z.strictObject({
  /** null: the title of its document, or what it differs in from the others of its study. */
  name: z.string().min(1).max(200).nullable(),
  tags: z.array(z.string().min(1).max(50)).max(20),
  notes: z.string().max(20_000),
  isPinned: z.boolean(),
});

export type RunLabel = z.infer<typeof runLabelSchema>;

export const NO_LABEL: RunLabel = { name: null, tags: [], notes: "", isPinned: false };

/** Whether the user has told the run from others: it is theirs to delete then. */
export const isLabelled = ({ name, tags, notes, isPinned }: RunLabel): boolean =>
  isPinned || name !== null || tags.length > 0 || notes !== "";
