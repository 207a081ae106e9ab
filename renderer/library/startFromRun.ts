/** Start from this run's net: of the run that is picked in the list, elsewhere of the run on screen. */
import { viewStore } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { documentTitle } from "../document/fileActions.ts";
import { startFromRunNet } from "../document/startActions.ts";
import { finishedRunOf, nameOfRun } from "../run/finishedRuns.ts";
import { startRefusal } from "../run/netRefusals.ts";
import { isUnderWay, runOf } from "../run/runState.ts";
import { runStore } from "../run/runStore.ts";
import { modelRefusal, startFromEntry } from "./libraryActions.ts";
import { entryOfRun, type LibraryEntry } from "./libraryEntries.ts";
import { libraryStore } from "./libraryStore.ts";

type Start = { readonly refusal: string } | { readonly run: () => Promise<void> };

const isListShown = (): boolean => {
  const { view, editorView } = viewStore.getState();
  return view === "editor" && editorView === "runs" && libraryStore.getState().comparing === null;
};

const startOfEntry = (entry: LibraryEntry): Start => {
  const refusal = modelRefusal(entry);
  return refusal === null ? { run: () => startFromEntry(entry) } : { refusal };
};

const startOfPicked = (): Start => {
  const [key, ...others] = libraryStore.getState().selected;
  if (key === undefined || others.length > 0) return { refusal: "Select one run." };
  const run = finishedRunOf(key);
  // Those of studies have keys of their own.
  return run === null
    ? { refusal: "Runs of a study keep what they measured, and not their nets." }
    : startOfEntry(entryOfRun(run));
};

const startOfShown = (): Start => {
  const run = runStore.getState();
  const shown = runOf(run.state);
  if (isUnderWay(run.state)) return { refusal: "The run is under way: stop it first." };
  if (shown === null) return { refusal: "There is no run on screen." };
  const refusal = startRefusal(run);
  if (refusal !== null) return { refusal };
  const kept = finishedRunOf(run.reopened?.runId ?? shown.started.runId ?? "");
  const title = kept === null ? documentTitle(documentStore.getState().file) : nameOfRun(kept);
  return {
    run: () =>
      startFromRunNet(title, async () => {
        const outcome = await runStore.getState().exportModel();
        return "problem" in outcome
          ? { status: "failed", problem: { message: outcome.problem } }
          : { status: "done", value: outcome };
      }),
  };
};

const startNow = (): Start => (isListShown() ? startOfPicked() : startOfShown());

/** null: there is a net. */
export const startFromRunRefusal = (): string | null => {
  const start = startNow();
  return "refusal" in start ? start.refusal : null;
};

export const startFromRun = async (): Promise<void> => {
  const start = startNow();
  if ("run" in start) await start.run();
};
