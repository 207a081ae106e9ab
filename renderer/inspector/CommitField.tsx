import { ChevronDown, ChevronUp } from "lucide-react";
import { useId, useState } from "react";
import { Icon } from "../app/Icon.tsx";
import { MINUS, NO_BREAK_SPACE } from "../charts/format.ts";
import { documentStore } from "../document/documentStore.ts";

export interface CommitFieldProps {
  readonly label: string;
  /** The value as the document has it. */
  readonly text: string;
  readonly tooltip?: string | undefined;
  readonly unit?: string | null | undefined;
  readonly mono?: boolean;
  /** What an empty field means. */
  readonly placeholder?: string | undefined;
  /** A finding about the value that stands there, from elsewhere. */
  readonly finding?: string | null | undefined;
  readonly id?: string;
  /** Takes the text over; a sentence when it cannot. */
  readonly commit: (text: string) => string | null;
  /** The text one step up or down, or null when the present text is no number. */
  readonly nudge?: (text: string, direction: 1 | -1, far: boolean) => string | null;
}

/** Why the text is not taken, and what holds instead: a run that is started now trains with that. */
const refusal = (problem: string, text: string, unit: string | null | undefined): string => {
  const reason = problem.replace(/(?<=\s)-(?=\d)/g, MINUS);
  return text === "" ? reason : `${reason} It stays ${text}${unit ? `${NO_BREAK_SPACE}${unit}` : ""}.`;
};

/**
 * A text field that edits the document when Enter is pressed or the focus leaves, as one undo step; so is
 * an arrow key that is held. Invalid text stays, with the
 * reason below, and changes nothing; Escape brings the document's value back.
 */
export const CommitField = (props: CommitFieldProps) => {
  const { label, text, tooltip, unit, mono, placeholder, finding, id, commit, nudge } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [lastText, setLastText] = useState(text);
  const problemId = useId();
  if (lastText !== text) {
    // Undo, or an edit from elsewhere: the document speaks.
    setLastText(text);
    setDraft(null);
    setProblem(null);
  }
  const shown = draft ?? text;
  const reason = problem === null ? (finding ?? null) : refusal(problem, text, unit);

  const take = (value: string) => {
    const refused = value === text ? null : commit(value);
    setProblem(refused);
    setDraft(refused === null ? null : value);
  };
  const step = (direction: 1 | -1, far: boolean, isHeld = false) => {
    const next = nudge?.(shown, direction, far) ?? null;
    if (next === null || next === shown) return;
    if (isHeld) documentStore.getState().continueGesture(() => take(next));
    else take(next);
  };

  return (
    <div className="commit-field">
      <div className="commit-field-box">
        <input
          id={id}
          className={mono ? "field commit-field-mono" : "field"}
          type="text"
          inputMode={nudge ? "decimal" : undefined}
          autoComplete="off"
          spellCheck={false}
          aria-label={label}
          aria-invalid={reason !== null}
          aria-describedby={reason === null ? undefined : problemId}
          data-tooltip={tooltip}
          placeholder={placeholder}
          value={shown}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={() => draft !== null && take(draft)}
          onKeyDown={(event) => {
            if (event.key === "Enter") take(shown);
            else if (event.key === "Escape" && (draft !== null || problem !== null)) {
              event.stopPropagation();
              setDraft(null);
              setProblem(null);
            } else if (nudge && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
              event.preventDefault();
              step(event.key === "ArrowUp" ? 1 : -1, event.shiftKey, event.repeat);
            }
          }}
        />
        {unit && <span className="commit-field-unit">{unit}</span>}
        {nudge && (
          // The arrow keys do the same, so these are for the mouse only.
          <span className="commit-field-steppers" aria-hidden="true">
            <button type="button" tabIndex={-1} onClick={(event) => step(1, event.shiftKey)}>
              <Icon of={ChevronUp} size={10} />
            </button>
            <button type="button" tabIndex={-1} onClick={(event) => step(-1, event.shiftKey)}>
              <Icon of={ChevronDown} size={10} />
            </button>
          </span>
        )}
      </div>
      {reason !== null && (
        <p id={problemId} className="commit-field-problem" role={problem === null ? undefined : "alert"}>
          {reason}
        </p>
      )}
    </div>
  );
};
