/** Train and Step, with the question before a run takes the place of one whose net is in no file. */
import { isUnderWay, runOf } from "../run/runState.ts";
import { runStore } from "../run/runStore.ts";
import { sameTraining } from "../run/sameTraining.ts";
import { nextStart } from "../run/startingNet.ts";
import { documentStore } from "./documentStore.ts";
import { askToExport, exportModel, unexportedRun } from "./fileActions.ts";

/** What is trained again in less time than this is worth no question. */
const QUICK_MS = 60_000;

/** The document for which nobody wants to be asked again, as the store counts them. */
let silentFor = 0;

/** Training the document that is open anew takes the place of any net without a question. */
export const askNoMore = (): void => {
  silentFor = documentStore.getState().openedCount;
};

/** Whether the new run learns the very same on its way: same document, same seed, same start, same bits. */
const repeatsItself = (): boolean => {
  const { runDocument, history, state, startedWith } = runStore.getState();
  if (startedWith !== nextStart() || (startedWith === null && runOf(state)?.started.from !== undefined)) return false;
  if (runDocument === null || (history?.changes.length ?? 0) > 0) return false;
  return sameTraining(runDocument, documentStore.getState().document);
};

const losesNothing = (): boolean => {
  const run = unexportedRun();
  if (run === null || silentFor === documentStore.getState().openedCount) return true;
  return run.elapsedMs < QUICK_MS && repeatsItself();
};

const mayReplaceNet = async (): Promise<boolean> => {
  const answer = await askToExport("Training anew", [{ id: "silence", label: "Don’t ask again" }]);
  if (answer === "silence") askNoMore();
  return answer === "export" ? exportModel() : answer !== null;
};

/** At once where nothing is lost, so that a run begins with its button. */
const startAnew = (start: () => void): void => {
  if (losesNothing()) start();
  else
    void mayReplaceNet().then((may) => {
      if (may) start();
    });
};

/** Trains, pauses or resumes: one key for all three. */
export const trainOrPause = (): void => {
  const run = runStore.getState();
  if (run.state.phase === "running") run.pause();
  else if (run.state.phase === "paused") run.resume();
  else startAnew(run.train);
};

export const trainOneBatch = (): void => {
  const run = runStore.getState();
  if (isUnderWay(run.state)) run.stepOnce();
  else startAnew(run.stepOnce);
};
