/** What is selected are notes: their colour. The text is written on the canvas. */
import { Pencil, Trash2 } from "lucide-react";
import type { CanvasColor } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { applyGesture } from "../canvas/applyGesture.ts";
import { canvasView } from "../canvas/canvasView.ts";
import { useDocument } from "../document/documentStore.ts";
import { deleteSelection } from "../document/selection.ts";
import { FieldRow, Section, SelectField } from "./fields.tsx";
import { COLORS, isColor } from "./GroupSection.tsx";

export const NoteInspector = ({ noteIds }: { readonly noteIds: readonly string[] }) => {
  const notes = useDocument((state) => state.document.canvasNotes).filter(({ id }) => noteIds.includes(id));
  const [first] = notes;
  if (first === undefined) return null;
  const recolor = (color: CanvasColor): void =>
    void applyGesture({
      commands: notes.map(({ id }) => ({ type: "changeCanvasNote", noteId: id, change: { color } })),
      label: notes.length === 1 ? "colour a note" : `colour ${notes.length} notes`,
      select: null,
    });
  return (
    <>
      <div className="inspector-head">
        <div className="inspector-titles">
          <h2>{notes.length === 1 ? "Note" : `${notes.length} notes selected`}</h2>
          <p className="inspector-subtitle">{first.text === "" ? "Empty" : first.text}</p>
        </div>
      </div>
      <Section title="Note">
        <FieldRow label="Colour">
          <SelectField
            label="Colour of the note"
            value={first.color}
            options={COLORS}
            onChange={(color) => isColor(color) && recolor(color)}
          />
        </FieldRow>
        <div className="inspector-actions">
          <button type="button" className="button" onClick={() => canvasView.setState({ editingNoteId: first.id })}>
            <Icon of={Pencil} size={15} />
            Write
          </button>
          <button type="button" className="button button-quiet" onClick={() => deleteSelection()}>
            <Icon of={Trash2} size={15} />
            Delete
          </button>
        </div>
      </Section>
    </>
  );
};
