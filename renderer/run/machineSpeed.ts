/**
 * How fast this machine trains, as its last run was: what the time of a step is expected from. Work is counted in multiply-adds, forward
 * and twice backward, and values that layers write, each as much as some multiply-adds, since kernels that only pass over data wait for memory.
 */
import { createStore } from "zustand/vanilla";
import { type Compiled, compile, elementsOf, type LayerscopeDocument } from "../../engine/index.ts";
import { getShell } from "../app/shellAccess.ts";
import { documentStore } from "../document/documentStore.ts";
import { runStore } from "./runStore.ts";

const SETTING = "machine.workPerSecond";

/**
 * Chosen, not measured by itself: with it the four nets of docs/performance.md (two threads, no statistics) come to 18, 34, 29 and 38 billion a
 * second, so that a run of one foretells the others within a factor of about two.
 */
const MULTIPLY_ADDS_PER_VALUE = 50;

/** null: nothing was trained here yet. */
export const machineSpeed = createStore<{ readonly workPerSecond: number | null }>(() => ({ workPerSecond: null }));

/** Of one sample, in multiply-adds; null while the net has errors. */
export const workPerSample = ({ program }: Pick<Compiled, "program">): number | null => {
  if (program === null) return null;
  let work = 0;
  for (const { multiplyAdds, outputShape } of program.layers) {
    work += 3 * multiplyAdds + MULTIPLY_ADDS_PER_VALUE * elementsOf(outputShape);
  }
  return work;
};

/** Seconds of a training step; null where that cannot be told yet. */
export const expectedStepSeconds = (
  compiled: Pick<Compiled, "program">,
  batchSize: number,
  workPerSecond: number | null,
): number | null => {
  const work = workPerSample(compiled);
  return work === null || workPerSecond === null ? null : (work * batchSize) / workPerSecond;
};

/** Seconds of all epochs of a document, by the speed of the last run here; null where that cannot be told. */
export const expectedTrainingSeconds = (document: LayerscopeDocument, workPerSecond: number | null): number | null => {
  const { batchSize, epochs } = document.training;
  const compiled = compile(document, { plan: false });
  const seconds = expectedStepSeconds(compiled, batchSize, workPerSecond);
  if (seconds === null || compiled.dataset === null) return null;
  return seconds * epochs * Math.ceil(compiled.dataset.trainCount / batchSize);
};

export const restoreMachineSpeed = async (): Promise<void> => {
  const text = await getShell().readSetting(SETTING);
  const value = text === null ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value > 0) machineSpeed.setState({ workPerSecond: value });
};

/** Learns from each run that ends here. Returns how to stop. */
export const watchMachineSpeed = (): (() => void) =>
  runStore.subscribe(({ state, history, runDocument, reopened }, before) => {
    if (state === before.state || state.phase !== "finished" || reopened !== null || runDocument === null) return;
    const rate = history?.progress?.samplesPerSecond ?? 0;
    const work =
      rate > 0
        ? workPerSample(compile(runDocument, { plan: false, dataset: documentStore.getState().compiled.dataset }))
        : null;
    if (work === null) return;
    machineSpeed.setState({ workPerSecond: rate * work });
    void getShell().writeSetting(SETTING, String(rate * work));
  });
