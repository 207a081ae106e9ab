import { useState } from "react";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { Section } from "./fields.tsx";

/** Free text that is saved with the document; leaving the field is one undo step. */
export const NotesSection = () => {
  const notes = useDocument((state) => state.document.notes);
  const [draft, setDraft] = useState<string | null>(null);
  const [lastNotes, setLastNotes] = useState(notes);
  if (lastNotes !== notes) {
    setLastNotes(notes);
    setDraft(null);
  }
  const take = () => {
    if (draft !== null && draft !== notes) {
      documentStore.getState().apply([{ type: "setNotes", notes: draft }], "edit notes");
    }
    setDraft(null);
  };
  return (
    <Section title="Notes">
      <textarea
        className="field inspector-notes"
        aria-label="Notes"
        placeholder="What this net is for, what you tried, what to try next."
        rows={5}
        value={draft ?? notes}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={take}
      />
    </Section>
  );
};
