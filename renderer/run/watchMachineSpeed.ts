/** Learns how fast this machine trains from each run that ends here. */
import { compile, workPerSample } from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { learnSpeed, speedOfStep } from "./machineSpeed.ts";
import { runStore } from "./runStore.ts";

/** Returns how to stop. */
export const watchMachineSpeed = (): (() => void) =>
  runStore.subscribe(({ state, history, runDocument, reopened }, before) => {
    if (state === before.state || state.phase !== "finished" || reopened !== null || runDocument === null) return;
    const work = workPerSample(
      compile(runDocument, { plan: false, dataset: documentStore.getState().compiled.dataset }),
    );
    const rate = history?.progress?.samplesPerSecond ?? 0;
    const { batchSize } = runDocument.training;
    if (work !== null && rate > 0) learnSpeed(speedOfStep(work * batchSize, batchSize / rate));
  });
