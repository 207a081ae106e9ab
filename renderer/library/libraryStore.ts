/** What the library shows and what is selected in it: view state of the window, never saved. */
import { useMemo } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { RunLabel, StudyDetail, StudyUpdate } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import { viewStore } from "../app/viewStore.ts";
import { refreshFinishedRuns, useFinishedRuns } from "../run/finishedRuns.ts";
import { runStore } from "../run/runStore.ts";
import type { CompareSource } from "./compareSources.ts";
import {
  type EntryGroup,
  entriesOfStudy,
  entryOfRun,
  filterEntries,
  groupEntries,
  type LibraryEntry,
  type LibraryFilter,
  NO_FILTER,
  type Sorting,
  sortEntries,
} from "./libraryEntries.ts";

interface LibraryState {
  readonly studies: readonly StudyDetail[];
  readonly filter: LibraryFilter;
  readonly sorting: Sorting;
  /** Keys of the studies whose runs are not shown. */
  readonly folded: readonly string[];
  readonly selected: readonly string[];
  /** Where the keyboard is. */
  readonly at: string | null;
  /** The run whose name is being typed. */
  readonly renaming: string | null;
  /** Runs side by side, in place of the list. */
  readonly comparing: readonly CompareSource[] | null;
}

export const libraryStore = createStore<LibraryState>(() => ({
  studies: [],
  filter: NO_FILTER,
  sorting: { by: "endedAt", ascending: false },
  folded: [],
  selected: [],
  at: null,
  renaming: null,
  comparing: null,
}));

export const useLibrary = <T>(selector: (state: LibraryState) => T): T => useStore(libraryStore, selector);

const { getState, setState } = libraryStore;

const readStudies = async (): Promise<readonly StudyDetail[]> => {
  const { studies } = getShell();
  const opened = await Promise.all((await studies.list()).map(({ studyId }) => studies.open(studyId)));
  return opened.flatMap((outcome) => (outcome.status === "done" ? [outcome.value] : []));
};

export const refreshLibrary = async (): Promise<void> => {
  const [studies] = await Promise.all([readStudies(), refreshFinishedRuns()]);
  const known = new Set(getState().studies.map(({ studyId }) => studyId));
  // A study has many runs: it opens when one looks into it.
  const added = studies.filter(({ studyId }) => !known.has(studyId)).map(({ studyId }) => studyId);
  setState(({ folded }) => ({ studies, folded: [...folded, ...added] }));
};

const takeUpdate = ({ status, runs }: StudyUpdate): void => {
  if (!getState().studies.some(({ studyId }) => studyId === status.studyId)) {
    void refreshLibrary();
    return;
  }
  const changed = new Map(runs.map((run) => [run.id, run]));
  setState(({ studies }) => ({
    studies: studies.map((study) =>
      study.studyId === status.studyId
        ? { ...study, ...status, runs: study.runs.map((run) => changed.get(run.id) ?? run) }
        : study,
    ),
  }));
};

/** Before the host tells of it. */
export const takeLabel = (studyId: string, runId: string, label: RunLabel): void =>
  setState(({ studies }) => ({
    studies: studies.map((study) =>
      study.studyId === studyId
        ? { ...study, runs: study.runs.map((run) => (run.id === runId ? { ...run, ...label } : run)) }
        : study,
    ),
  }));

const forgetStudy = (removed: string): void =>
  setState(({ studies }) => ({ studies: studies.filter(({ studyId }) => studyId !== removed) }));

/** The trained net of a run is written after its end was told. */
const WRITTEN_AFTER_MS = 500;

/** Keeps the list true while runs of this window and of studies come to their ends. Returns how to stop. */
export const followRuns = (): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stops = [
    getShell().studies.onChanged(takeUpdate),
    getShell().studies.onRemoved(forgetStudy),
    runStore.subscribe(({ state }, before) => {
      if (state.phase === before.state.phase || (state.phase !== "finished" && state.phase !== "failed")) return;
      clearTimeout(timer);
      timer = setTimeout(() => void refreshFinishedRuns(), WRITTEN_AFTER_MS);
    }),
  ];
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
};

/** All that is kept, whatever is shown of it. */
export const useLibraryEntries = (): readonly LibraryEntry[] => {
  const runs = useFinishedRuns();
  const studies = useLibrary((state) => state.studies);
  return useMemo(() => [...runs.map(entryOfRun), ...studies.flatMap(entriesOfStudy)], [runs, studies]);
};

export const useShownGroups = (entries: readonly LibraryEntry[]): readonly EntryGroup[] => {
  const filter = useLibrary((state) => state.filter);
  const sorting = useLibrary((state) => state.sorting);
  return useMemo(() => groupEntries(sortEntries(filterEntries(entries, filter), sorting)), [entries, filter, sorting]);
};

export const changeFilter = (change: Partial<LibraryFilter>): void =>
  setState(({ filter }) => ({ filter: { ...filter, ...change } }));

export const toggled = <T>(list: readonly T[], item: T): readonly T[] =>
  list.includes(item) ? list.filter((other) => other !== item) : [...list, item];

/** The other way round at the second time; numbers begin with the largest. */
export const sortBy = (by: Sorting["by"]): void =>
  setState(({ sorting }) => ({
    sorting:
      sorting.by === by
        ? { by, ascending: !sorting.ascending }
        : { by, ascending: by === "name" || by === "net" || by === "outcome" || by === "loss" },
  }));

export const select = (keys: readonly string[], at: string | null = keys.at(-1) ?? null): void =>
  setState({ selected: keys, at, renaming: null });

/** The list, wherever the user is. */
export const showRuns = (): void => {
  setState({ comparing: null });
  viewStore.setState({ view: "editor", editorView: "runs" });
};

/** Shows runs side by side, in the view of runs. */
export const compareRuns = (sources: readonly CompareSource[]): void => {
  setState({ comparing: sources });
  viewStore.setState({ view: "editor", editorView: "runs" });
};
