/** What the library shows: a search, and a chip for each outcome and tag. */
import { Pin, Search, X } from "lucide-react";
import { useRef } from "react";
import { Icon } from "../app/Icon.tsx";
import { formatCount } from "../charts/format.ts";
import { isFiltered, type LibraryEntry, NO_FILTER, OUTCOME_WORDS, type Outcome, tagCounts } from "./libraryEntries.ts";
import { changeFilter, libraryStore, toggled, useLibrary } from "./libraryStore.ts";

const OUTCOMES: readonly Outcome[] = ["finished", "stopped", "diverged"];

const Chip = ({
  title,
  count,
  isOn,
  icon,
  onClick,
}: {
  readonly title: string;
  readonly count: number;
  readonly isOn: boolean;
  readonly icon?: typeof Pin;
  readonly onClick: () => void;
}) => (
  <button type="button" className="Library-chip" aria-pressed={isOn} onClick={onClick}>
    {icon && <Icon of={icon} size={12} />}
    {title}
    <span>{formatCount(count)}</span>
  </button>
);

export const LibraryTools = ({ entries }: { readonly entries: readonly LibraryEntry[] }) => {
  const field = useRef<HTMLInputElement>(null);
  const filter = useLibrary((state) => state.filter);
  const countOf = (outcome: Outcome): number => entries.filter((entry) => entry.outcome === outcome).length;
  const numPinned = entries.filter(({ isPinned }) => isPinned).length;
  return (
    <div className="Library-tools" role="toolbar" aria-label="Which runs are shown">
      <label className="Library-search">
        <Icon of={Search} size={14} />
        <input
          ref={field}
          id="library-search"
          className="field"
          type="search"
          aria-label="Search runs by name, tag, note, kind of layer, optimizer, dataset or seed"
          placeholder="Name, tag, note, layer, dataset"
          value={filter.query}
          onChange={(event) => changeFilter({ query: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === "Escape") changeFilter({ query: "" });
            else if (event.key === "ArrowDown")
              document.querySelector<HTMLElement>('[data-run][tabindex="0"]')?.focus();
            else return;
            event.preventDefault();
          }}
        />
      </label>
      <div className="Library-chips">
        {OUTCOMES.map(
          (outcome) =>
            (countOf(outcome) > 0 || filter.outcomes.includes(outcome)) && (
              <Chip
                key={outcome}
                title={OUTCOME_WORDS[outcome]}
                count={countOf(outcome)}
                isOn={filter.outcomes.includes(outcome)}
                onClick={() => changeFilter({ outcomes: toggled(filter.outcomes, outcome) })}
              />
            ),
        )}
        {(numPinned > 0 || filter.pinnedOnly) && (
          <Chip
            title="Pinned"
            icon={Pin}
            count={numPinned}
            isOn={filter.pinnedOnly}
            onClick={() => changeFilter({ pinnedOnly: !filter.pinnedOnly })}
          />
        )}
        {tagCounts(entries).map(([tag, count]) => (
          <Chip
            key={tag}
            title={`#${tag}`}
            count={count}
            isOn={filter.tags.includes(tag)}
            onClick={() => changeFilter({ tags: toggled(filter.tags, tag) })}
          />
        ))}
      </div>
      {isFiltered(filter) && (
        <button
          type="button"
          className="button button-small button-quiet"
          onClick={() => libraryStore.setState({ filter: NO_FILTER })}
        >
          Show all
          <Icon of={X} size={12} />
        </button>
      )}
    </div>
  );
};
