/** A pair of runs: chosen in a dialog, trained as a study of two, and laid side by side when both have ended. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { StudyDetail } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import { notify, viewStore } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { documentTitle } from "../document/fileActions.ts";
import { placedDocument } from "../document/placedDocument.ts";
import { nextStart } from "../run/startingNet.ts";
import { sourceOfEntry } from "./compareSources.ts";
import { entriesOfStudy } from "./libraryEntries.ts";
import { compareRuns, libraryStore } from "./libraryStore.ts";
import { type PairChoice, pairStudy } from "./pairChoices.ts";

interface PairState {
  readonly choosing: boolean;
  /** The pair that trains, or whose end has not been looked at. */
  readonly training: StudyDetail | null;
}

const pairStore = createStore<PairState>(() => ({ choosing: false, training: null }));

export const usePair = <T>(selector: (state: PairState) => T): T => useStore(pairStore, selector);

const { getState, setState } = pairStore;

export const choosePair = (): void => setState({ choosing: true });
export const stopChoosing = (): void => setState({ choosing: false });

let stopFollowing: (() => void) | null = null;

const forget = (): void => {
  stopFollowing?.();
  stopFollowing = null;
  setState({ training: null });
};

/** Leaves the pair to train by itself; the library lists it when it has ended. */
export const leavePair = forget;

export const cancelPair = async (): Promise<void> => {
  const { training } = getState();
  if (training !== null) await getShell().studies.cancel(training.studyId);
};

const hasEnded = ({ runs }: StudyDetail): boolean =>
  runs.every(({ state }) => state !== "waiting" && state !== "running");

/** Both are there: they are compared, at once where the user has waited for them. */
const end = (study: StudyDetail): void => {
  const isWaitedFor = viewStore.getState().editorView === "runs" && libraryStore.getState().comparing === null;
  const sources = entriesOfStudy(study).map(sourceOfEntry);
  forget();
  if (sources.length < 2) {
    const failures = study.runs.flatMap(({ failure }) => failure ?? []);
    const text = failures.length > 0 ? failures.join(" ") : "Training was cancelled before both runs had ended.";
    notify({ tone: failures.length > 0 ? "error" : "info", title: "There is no pair to compare", text });
  } else if (isWaitedFor) compareRuns(sources);
  else {
    notify({
      tone: "info",
      stays: true,
      title: "Both runs have ended",
      text: study.title,
      actions: [{ label: "Compare", run: () => compareRuns(sources) }],
    });
  }
};

const take = (study: StudyDetail): void => {
  if (hasEnded(study)) end(study);
  else setState({ training: study });
};

const refresh = async (studyId: string): Promise<void> => {
  const outcome = await getShell().studies.open(studyId);
  if (outcome.status === "done" && stopFollowing !== null) take(outcome.value);
};

export const trainPair = async (choice: PairChoice): Promise<void> => {
  const { file } = documentStore.getState();
  stopChoosing();
  forget();
  const { studies } = getShell();
  const net = nextStart();
  const text = pairStudy(placedDocument(), documentTitle(file), choice, net?.name ?? null);
  const outcome = await studies.start({ text, net: net?.text ?? null });
  if (outcome.status === "failed") {
    notify({ tone: "error", title: "The pair was not started", text: outcome.problem.message });
  }
  if (outcome.status !== "done") return;
  const { studyId } = outcome.value;
  libraryStore.setState({ comparing: null });
  viewStore.setState({ view: "editor", editorView: "runs" });
  stopFollowing = studies.onChanged(({ status, runs }) => {
    if (status.studyId !== studyId) return;
    const { training } = getState();
    const changed = new Map(runs.map((run) => [run.id, run]));
    if (training !== null) {
      take({ ...training, ...status, runs: training.runs.map((run) => changed.get(run.id) ?? run) });
    }
  });
  await refresh(studyId);
};
