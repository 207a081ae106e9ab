import type { MemoryPlans } from "../../engine/index.ts";
import { documentStore } from "./documentStore.ts";
import { plansFor } from "./plansFor.ts";

/** What a plan is made for waits until edits pause for so long. */
const PAUSE_MS = 400;

/** Keeps the memory that is shown, and the finding of a net that is too large, those of the trainer's own plan. Returns how to stop. */
export const planMemoryInPauses = (): (() => void) => {
  let timer = 0;
  let worker: Worker | null = null;
  let isBusy = false;
  /** An edit has come while the worker was planning. */
  let isDue = false;

  const learn = (plans: MemoryPlans): void => documentStore.getState().learnMemory(plans);

  const startWorker = (): Worker => {
    const started = new Worker(new URL("./memoryWorker.ts", import.meta.url), { type: "module", name: "Memory plan" });
    started.onmessage = ({ data }: MessageEvent<MemoryPlans>) => {
      isBusy = false;
      learn(data);
      if (isDue) plan();
    };
    // A page that may have no worker plans by itself.
    started.onerror = () => {
      isBusy = false;
      worker = null;
      started.terminate();
      const request = documentStore.getState().memoryRequest();
      if (request !== null) learn(plansFor(request));
    };
    return started;
  };

  const plan = (): void => {
    isDue = isBusy;
    const request = documentStore.getState().memoryRequest();
    if (request === null || isBusy) return;
    worker ??= startWorker();
    isBusy = true;
    worker.postMessage(request);
  };

  const wait = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(plan, PAUSE_MS);
  };
  wait();
  const stop = documentStore.subscribe((state, before) => {
    if (state.document !== before.document) wait();
  });
  return () => {
    window.clearTimeout(timer);
    worker?.terminate();
    stop();
  };
};
