/** The history as a list: the newest state first, the opened document last. */
import type { DocumentState } from "../document/documentStore.ts";

export interface HistoryRow {
  /** What `goTo` takes. */
  readonly index: number;
  /** What the user did to get here: `move conv1`. */
  readonly title: string;
  /** Where the document stands, before it, or undone. */
  readonly place: "past" | "current" | "future";
  /** The file on disk holds this state. */
  readonly isSaved: boolean;
}

const capitalized = (label: string): string => label.charAt(0).toUpperCase() + label.slice(1);

export const historyRows = ({
  document,
  past,
  future,
  saved,
  opened,
  file,
}: Pick<DocumentState, "document" | "past" | "future" | "saved" | "opened" | "file">): readonly HistoryRow[] => {
  const states = [...past.map((entry) => entry.document), document, ...future.map((entry) => entry.document)];
  const labels = [...past, ...future].map(({ label }) => capitalized(label));
  // A long history forgets its oldest steps.
  const oldest = states[0] === opened ? "Opened" : "Before that";
  return states
    .map((state, index): HistoryRow => {
      const place = index === past.length ? "current" : index < past.length ? "past" : "future";
      return {
        index,
        title: index === 0 ? oldest : (labels[index - 1] ?? ""),
        place,
        isSaved: file.handle !== null && state === saved,
      };
    })
    .reverse();
};
