import { X } from "lucide-react";
import { useId, useState } from "react";
import { Icon } from "../app/Icon.tsx";
import { addTags, MAX_TAG_LENGTH, removeTag, tagsOf } from "./libraryActions.ts";
import type { LibraryEntry } from "./libraryEntries.ts";
import "./TagEditor.css";

/** The tags of a run, or those that all selected runs have; Enter or a comma adds one to each. */
export const TagEditor = ({
  entries,
  known,
}: {
  readonly entries: readonly LibraryEntry[];
  /** Tags of other runs, to choose from. */
  readonly known: readonly string[];
}) => {
  const [text, setText] = useState("");
  const listId = useId();
  const [first, ...rest] = entries;
  const shared = (first?.tags ?? []).filter((tag) => rest.every(({ tags }) => tags.includes(tag)));
  const add = (): void => {
    const tags = tagsOf(text);
    setText("");
    if (tags.length > 0) void addTags(entries, tags);
  };
  return (
    <div className="Library-tags">
      {shared.map((tag) => (
        <span key={tag} className="Library-tag">
          {tag}
          <button
            type="button"
            aria-label={`Remove the tag ${tag}`}
            data-tooltip="Remove this tag"
            onClick={() => void removeTag(entries, tag)}
          >
            <Icon of={X} size={11} />
          </button>
        </span>
      ))}
      <input
        className="field"
        aria-label="Add a tag"
        placeholder="Add a tag"
        list={listId}
        maxLength={MAX_TAG_LENGTH}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={add}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === ",") {
            event.preventDefault();
            add();
          } else if (event.key === "Escape") setText("");
        }}
      />
      <datalist id={listId}>
        {known
          .filter((tag) => !shared.includes(tag))
          .map((tag) => (
            <option key={tag} value={tag} />
          ))}
      </datalist>
    </div>
  );
};
