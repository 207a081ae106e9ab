import { documentStore } from "./documentStore.ts";

/** Planning the memory of a deep net takes longer than a keystroke may: it waits until edits pause for so long. */
const PAUSE_MS = 400;

/** Keeps the memory that is shown, and the finding of a net that is too large, those of the trainer's own plan. Returns how to stop. */
export const planMemoryInPauses = (): (() => void) => {
  let timer = 0;
  const wait = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => documentStore.getState().planMemory(), PAUSE_MS);
  };
  wait();
  const stop = documentStore.subscribe((state, before) => {
    if (state.document !== before.document) wait();
  });
  return () => {
    window.clearTimeout(timer);
    stop();
  };
};
