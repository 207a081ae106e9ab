/** All runs that are kept on this computer, and runs side by side. */

import { GitCompare, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { counted } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { getShell } from "../app/shellAccess.ts";
import { formatBytes, formatCount } from "../charts/format.ts";
import { isTextField } from "../commands/command.ts";
import { useRunShelf } from "../run/finishedRuns.ts";
import type { Shell } from "../shell/shell.ts";
import { CompareRuns } from "./CompareRuns.tsx";
import { LibraryTools } from "./LibraryTools.tsx";
import { compareEntries, compareRefusal, deleteEntries } from "./libraryActions.ts";
import type { LibraryEntry } from "./libraryEntries.ts";
import { tagCounts } from "./libraryEntries.ts";
import { followRuns, refreshLibrary, showRuns, useLibrary, useLibraryEntries, useShownGroups } from "./libraryStore.ts";
import { PairProgress } from "./PairProgress.tsx";
import { usePair } from "./pairStore.ts";
import { RunDetails } from "./RunDetails.tsx";
import { RunsTable } from "./RunsTable.tsx";
import "./Library.css";

const Empty = () => {
  const [notKept, setNotKept] = useState<Awaited<ReturnType<Shell["notKept"]>>>(null);
  useEffect(() => void getShell().notKept().then(setNotKept), []);
  return (
    <div className="statistics-empty">
      <h2>{notKept?.title ?? "Runs are kept here"}</h2>
      <p>
        {notKept?.text ??
          "Every run that has ended is listed with the net that it trained, its seed and all that it measured, to be opened again, named, and laid beside others. Train a net, then a second time with one thing changed, and compare both."}
      </p>
    </div>
  );
};

const NothingFound = ({ count }: { readonly count: number }) => (
  <p className="Library-nothing">{`None of ${counted(count, "run")} has all of this. Take words or chips away.`}</p>
);

const bytesOf = (entries: readonly LibraryEntry[]): number => entries.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);

const Foot = ({
  entries,
  picked,
  shown,
}: {
  readonly entries: readonly LibraryEntry[];
  readonly picked: readonly LibraryEntry[];
  readonly shown: readonly LibraryEntry[];
}) => {
  const limits = useRunShelf()?.limits ?? null;
  const studies = useLibrary((state) => state.studies);
  const own = entries.filter(({ source }) => source.type === "run");
  const bytes = bytesOf(own) + studies.reduce((sum, study) => sum + study.bytes, 0);
  const refusal = compareRefusal(picked);
  return (
    <footer className="Library-foot">
      <span className="Library-used">{`${counted(entries.length, "run")}, ${formatBytes(bytes)} on this computer`}</span>
      {limits !== null && (
        <span className="Library-kept">
          {`What has a name, tag, note or pin stays; of the rest the last ${formatCount(limits.runs)}, up to ${formatBytes(limits.bytes)}`}
        </span>
      )}
      <span className="Library-space" />
      {picked.length > 0 && (
        <span>
          {formatCount(picked.length)} selected
          {bytesOf(picked) > 0 && `, ${formatBytes(bytesOf(picked))}`}
        </span>
      )}
      <button
        type="button"
        className="button button-small"
        aria-disabled={refusal !== null}
        data-tooltip={refusal ?? "Compare the selected runs (C)"}
        onClick={() => compareEntries(picked)}
      >
        <Icon of={GitCompare} size={13} />
        Compare
      </button>
      <button
        type="button"
        className="button button-small"
        aria-disabled={picked.length === 0}
        data-tooltip={picked.length === 0 ? "Select the runs to delete" : "Delete, with a way back (Delete)"}
        onClick={() => void deleteEntries(picked, shown)}
      >
        <Icon of={Trash2} size={13} />
        Delete
      </button>
    </footer>
  );
};

const Library = () => {
  const entries = useLibraryEntries();
  const groups = useShownGroups(entries);
  const folded = useLibrary((state) => state.folded);
  const selected = useLibrary((state) => state.selected);
  const shown = groups.flatMap((group) =>
    group.study !== null && folded.includes(group.study.studyId) ? [] : group.entries,
  );
  const picked = shown.filter(({ key }) => selected.includes(key));
  const known = tagCounts(entries).map(([tag]) => tag);
  useEffect(() => {
    void refreshLibrary();
    return followRuns();
  }, []);
  const pair = usePair((state) => state.training);
  if (entries.length === 0 && pair === null) return <Empty />;
  return (
    <>
      {pair !== null && <PairProgress study={pair} />}
      <LibraryTools entries={entries} />
      <div className="Library-body">
        {groups.length === 0 && entries.length > 0 ? (
          <NothingFound count={entries.length} />
        ) : (
          <RunsTable groups={groups} shown={shown} />
        )}
        <RunDetails picked={picked} shown={shown} known={known} />
      </div>
      <Foot entries={entries} picked={picked} shown={shown} />
    </>
  );
};

const pressed = (event: React.KeyboardEvent): void => {
  const isFind = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "f";
  if (isTextField(event.target) || !isFind) return;
  event.preventDefault();
  document.getElementById("library-search")?.focus();
};

export const RunsView = () => {
  const comparing = useLibrary((state) => state.comparing);
  return (
    <main className="Library" aria-label="Runs" data-region="runs" tabIndex={-1} onKeyDown={pressed}>
      {comparing === null ? <Library /> : <CompareRuns sources={comparing} backTo="All runs" onBack={showRuns} />}
    </main>
  );
};
