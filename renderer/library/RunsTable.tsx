/** All runs as rows: sorted by a click on a heading, walked and selected by keyboard as files are elsewhere. */
import { ArrowDown, ArrowUp, ChevronDown, ChevronRight, FlaskConical, GitCompare, Pin } from "lucide-react";
import { useEffect, useRef } from "react";
import { counted } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { formatBytes, formatCount, formatFixed, formatLoss, formatPercent, formatR2, NONE } from "../charts/format.ts";
import { describeWhen } from "../document/recentFiles.ts";
import { describeElapsed } from "../run/runWords.ts";
import {
  compareEntries,
  compareRefusal,
  deleteEntries,
  labelEntry,
  modelRefusal,
  openEntry,
  startFromEntry,
} from "./libraryActions.ts";
import type { EntryGroup, LibraryEntry, SortKey } from "./libraryEntries.ts";
import { OUTCOME_WORDS } from "./libraryEntries.ts";
import { libraryStore, select, sortBy, toggled, useLibrary } from "./libraryStore.ts";
import "./RunsTable.css";

const COLUMNS: readonly { readonly by: SortKey; readonly title: string; readonly hint: string }[] = [
  { by: "name", title: "Run", hint: "Its name, or that of its document" },
  { by: "net", title: "Net", hint: "Kinds of its layers, without what is bypassed, and its dataset" },
  { by: "outcome", title: "Outcome", hint: "How it ended" },
  { by: "best", title: "Best test", hint: "Highest accuracy on the test set after any epoch, or R²" },
  { by: "loss", title: "Final loss", hint: "Mean training loss of its last epoch" },
  { by: "epochs", title: "Epochs", hint: "How many it trained" },
  { by: "elapsedMs", title: "Time", hint: "Of training, without pauses" },
  { by: "endedAt", title: "Ended", hint: "When it came to its end" },
  { by: "bytes", title: "Size", hint: "Of all its files on the disk" },
];

const scoreWords = ({ best, hasTargets }: LibraryEntry): string =>
  best === null ? NONE : hasTargets ? `R² ${formatR2(best)}` : formatPercent(best, 2);

const epochWords = (epochs: number): string =>
  Number.isInteger(epochs) ? formatCount(epochs) : formatFixed(epochs, 1);

const RenameField = ({ entry }: { readonly entry: LibraryEntry }) => {
  const field = useRef<HTMLInputElement>(null);
  const over = useRef(false);
  useEffect(() => field.current?.select(), []);
  const end = (keep: boolean): void => {
    if (over.current) return;
    over.current = true;
    const name = field.current?.value.trim().slice(0, 200) ?? "";
    libraryStore.setState({ renaming: null });
    if (keep && name !== entry.name) void labelEntry(entry, { name: name === "" ? null : name });
    document.querySelector<HTMLElement>(`[data-run="${CSS.escape(entry.key)}"]`)?.focus();
  };
  return (
    <input
      ref={field}
      className="field Library-rename"
      aria-label={`Name of ${entry.name}`}
      defaultValue={entry.name}
      // biome-ignore lint/a11y/noAutofocus: it appears because its name shall be typed
      autoFocus
      maxLength={200}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
      onBlur={() => end(true)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") end(true);
        else if (event.key === "Escape") end(false);
        else return;
        event.preventDefault();
      }}
    />
  );
};

const Row = ({
  entry,
  now,
  onPick,
}: {
  readonly entry: LibraryEntry;
  readonly now: Date;
  readonly onPick: (entry: LibraryEntry, how: { readonly adds: boolean; readonly extends: boolean }) => void;
}) => {
  const isSelected = useLibrary((state) => state.selected.includes(entry.key));
  const isAt = useLibrary((state) => state.at === entry.key);
  const isRenaming = useLibrary((state) => state.renaming === entry.key);
  const { name, net, source, tags, outcome, loss, epochs, elapsedMs, endedAt, bytes } = entry;
  const title = source.type === "run" && source.run.title !== name ? source.run.title : null;
  return (
    <tr
      className="Library-row"
      aria-selected={isSelected}
      data-run={entry.key}
      tabIndex={isAt ? 0 : -1}
      onClick={(event) => onPick(entry, { adds: event.ctrlKey || event.metaKey, extends: event.shiftKey })}
      onDoubleClick={() => void openEntry(entry)}
    >
      <td className="Library-name" colSpan={net === null ? 2 : 1}>
        <div>
          {entry.isPinned && (
            <span className="Library-pin" role="img" aria-label="Pinned">
              <Icon of={Pin} size={12} />
            </span>
          )}
          {isRenaming ? <RenameField entry={entry} /> : <strong title={name}>{name}</strong>}
          {title !== null && !isRenaming && <span className="Library-title">{title}</span>}
          {tags.map((tag) => (
            <span key={tag} className="Library-tag">
              {tag}
            </span>
          ))}
        </div>
      </td>
      {net !== null && (
        <td className="Library-net" title={net}>
          {net}
        </td>
      )}
      <td data-outcome={outcome}>{OUTCOME_WORDS[outcome]}</td>
      <td className="Library-best">{scoreWords(entry)}</td>
      <td>{outcome === "diverged" ? "not finite" : loss === null ? NONE : formatLoss(loss)}</td>
      <td>{epochWords(epochs)}</td>
      <td>{elapsedMs === null ? NONE : describeElapsed(elapsedMs)}</td>
      <td className="Library-when">{endedAt === null ? NONE : describeWhen(endedAt, now)}</td>
      <td>{bytes === null ? NONE : formatBytes(bytes)}</td>
    </tr>
  );
};

const StudyHead = ({ group, isFolded }: { readonly group: EntryGroup; readonly isFolded: boolean }) => {
  const { study } = group;
  if (study === null) return null;
  const toggle = (): void => libraryStore.setState(({ folded }) => ({ folded: toggled(folded, study.studyId) }));
  return (
    <tr className="Library-study">
      <th scope="rowgroup" colSpan={COLUMNS.length - 1}>
        <div>
          <button type="button" aria-expanded={!isFolded} onClick={toggle}>
            <Icon of={isFolded ? ChevronRight : ChevronDown} size={13} />
            <Icon of={FlaskConical} size={13} />
            <strong>{study.title}</strong>
            <span>{counted(group.entries.length, "run")}</span>
            {study.numDeleted > 0 && <span>{`${formatCount(study.numDeleted)} deleted`}</span>}
          </button>
          {compareRefusal(group.entries) === null && (
            <button
              type="button"
              aria-label={`Compare the runs of ${study.title}`}
              onClick={() => compareEntries(group.entries)}
            >
              <Icon of={GitCompare} size={13} />
              Compare
            </button>
          )}
        </div>
      </th>
      <td>{formatBytes(study.bytes)}</td>
    </tr>
  );
};

/** From one row to another, both included. */
const between = (shown: readonly LibraryEntry[], from: string | null, to: string): readonly string[] => {
  const [a, b] = [shown.findIndex(({ key }) => key === from), shown.findIndex(({ key }) => key === to)];
  if (a === -1 || b === -1) return [to];
  return shown.slice(Math.min(a, b), Math.max(a, b) + 1).map(({ key }) => key);
};

export const RunsTable = ({
  groups,
  shown,
}: {
  readonly groups: readonly EntryGroup[];
  /** The rows that are drawn, from the top. */
  readonly shown: readonly LibraryEntry[];
}) => {
  const body = useRef<HTMLTableElement>(null);
  /** Where a stretch of selected rows began. */
  const anchor = useRef<string | null>(null);
  const sorting = useLibrary((state) => state.sorting);
  const folded = useLibrary((state) => state.folded);
  const now = new Date();

  const focusRow = (key: string): void => {
    const row = body.current?.querySelector<HTMLElement>(`[data-run="${CSS.escape(key)}"]`);
    row?.focus();
  };

  const pick = (entry: LibraryEntry, how: { readonly adds: boolean; readonly extends: boolean }): void => {
    const { selected, renaming } = libraryStore.getState();
    if (renaming === entry.key) return;
    if (how.extends) select(between(shown, anchor.current, entry.key), entry.key);
    else {
      anchor.current = entry.key;
      select(how.adds ? toggled(selected, entry.key) : [entry.key], entry.key);
    }
    focusRow(entry.key);
  };

  const pressed = (event: React.KeyboardEvent): void => {
    const { at, selected } = libraryStore.getState();
    const index = shown.findIndex(({ key }) => key === at);
    const entry = shown[index];
    if (!(event.target instanceof HTMLElement) || event.target.dataset.run === undefined) return;
    const mod = event.ctrlKey || event.metaKey;
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + 10,
      PageUp: index - 10,
      Home: 0,
      End: shown.length - 1,
    };
    const step = steps[event.key];
    const picked = shown.filter(({ key }) => selected.includes(key));
    if (step !== undefined) {
      const next = shown[Math.max(0, Math.min(shown.length - 1, step))];
      if (next === undefined) return;
      if (mod && !event.shiftKey) {
        libraryStore.setState({ at: next.key });
        focusRow(next.key);
      } else pick(next, { adds: false, extends: event.shiftKey });
    } else if (event.key === " " && entry) pick(entry, { adds: true, extends: false });
    else if (event.key === "Enter" && entry) void openEntry(entry);
    else if (event.key === "F2" && entry) libraryStore.setState({ renaming: entry.key });
    else if (event.key === "Delete" || event.key === "Backspace") void deleteEntries(picked, shown).then(focusAt);
    else if (event.key.toLowerCase() === "c" && !mod) compareEntries(picked);
    else if (event.key.toLowerCase() === "s" && !mod && entry && modelRefusal(entry) === null)
      void startFromEntry(entry);
    else if (event.key.toLowerCase() === "a" && mod)
      select(
        shown.map(({ key }) => key),
        at,
      );
    else if (event.key === "Escape") select([], at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const focusAt = (): void => {
    const { at } = libraryStore.getState();
    if (at !== null) requestAnimationFrame(() => focusRow(at));
  };

  // One row is always in reach of Tab.
  const first = shown[0]?.key ?? null;
  const at = useLibrary((state) => state.at);
  useEffect(() => {
    if (first !== null && !shown.some(({ key }) => key === at)) libraryStore.setState({ at: first });
  }, [first, shown, at]);

  return (
    <div className="Library-rows">
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows that are walked and selected make a table a grid */}
      <table ref={body} role="grid" aria-label="Runs" aria-multiselectable="true" onKeyDown={pressed}>
        <thead>
          <tr>
            {COLUMNS.map(({ by, title, hint }) => {
              const isSorted = sorting.by === by;
              return (
                <th
                  key={by}
                  scope="col"
                  aria-sort={isSorted ? (sorting.ascending ? "ascending" : "descending") : undefined}
                >
                  <button type="button" data-tooltip={hint} onClick={() => sortBy(by)}>
                    {title}
                    <span className="Library-sorted">
                      {isSorted && <Icon of={sorting.ascending ? ArrowUp : ArrowDown} size={12} />}
                    </span>
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        {groups.map((group) => {
          const isFolded = group.study !== null && folded.includes(group.study.studyId);
          return (
            <tbody key={group.study?.studyId ?? ""}>
              <StudyHead group={group} isFolded={isFolded} />
              {!isFolded && group.entries.map((entry) => <Row key={entry.key} entry={entry} now={now} onPick={pick} />)}
            </tbody>
          );
        })}
      </table>
    </div>
  );
};
