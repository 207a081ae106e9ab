/** Learns how fast this machine trains from each run that ends here. */
import { compile, workPerSample } from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { learnSpeed, speedOfStep } from "./machineSpeed.ts";
import type { RunHistory } from "./runHistory.ts";
import { runStore } from "./runStore.ts";

/** Samples a second over all epochs, each of as many samples. What the last frame told may be of a second in which something else took the processor. */
const rateOf = ({ epochs, progress }: Pick<RunHistory, "epochs" | "progress">): number =>
  epochs.length === 0
    ? (progress?.samplesPerSecond ?? 0)
    : epochs.length / epochs.reduce((sum, { samplesPerSecond }) => sum + 1 / samplesPerSecond, 0);

/** Returns how to stop. */
export const watchMachineSpeed = (): (() => void) =>
  runStore.subscribe(({ state, history, runDocument, reopened }, before) => {
    if (state === before.state || state.phase !== "finished" || reopened !== null || runDocument === null) return;
    const work = workPerSample(
      compile(runDocument, { plan: false, dataset: documentStore.getState().compiled.dataset }),
    );
    const rate = history === null ? 0 : rateOf(history);
    const { batchSize } = runDocument.training;
    if (work !== null && rate > 0) learnSpeed(speedOfStep(work * batchSize, batchSize / rate));
  });
