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
const SMALL_SETTING = "machine.smallStepSeconds";

/** Of a step with less work the time goes to what every step has, whatever it computes: it tells nothing of larger ones, nor they of it. */
const SMALL_WORK = 1e7;

/**
 * Chosen, not measured by itself: with it the four nets of docs/performance.md (two threads, no statistics) come to 18, 34, 29 and 38 billion a
 * second, so that a run of one foretells the others within a factor of about two.
 */
const MULTIPLY_ADDS_PER_VALUE = 50;

/** As the last run of its size was; null: none was trained here yet. */
export interface MachineSpeed {
  readonly workPerSecond: number | null;
  /** Of a step with little work. */
  readonly smallStepSeconds: number | null;
}

export const machineSpeed = createStore<MachineSpeed>(() => ({ workPerSecond: null, smallStepSeconds: null }));

/** Of one sample, in multiply-adds; null while the net has errors. */
export const workPerSample = ({ program }: Pick<Compiled, "program">): number | null => {
  if (program === null) return null;
  let work = 0;
  for (const { multiplyAdds, outputShape } of program.layers) {
    work += 3 * multiplyAdds + MULTIPLY_ADDS_PER_VALUE * elementsOf(outputShape);
  }
  return work;
};

/** Seconds of a step with so much work; null where that cannot be told yet. */
export const secondsOfStep = (work: number, { workPerSecond, smallStepSeconds }: MachineSpeed): number | null => {
  if (work < SMALL_WORK) return smallStepSeconds;
  return workPerSecond === null ? null : work / workPerSecond;
};

/** Seconds of a training step; null where that cannot be told yet. */
export const expectedStepSeconds = (
  compiled: Pick<Compiled, "program">,
  batchSize: number,
  speed: MachineSpeed,
): number | null => {
  const work = workPerSample(compiled);
  return work === null ? null : secondsOfStep(work * batchSize, speed);
};

/** Seconds of all epochs of a document, by the speed of the last run here; null where that cannot be told. */
export const expectedTrainingSeconds = (document: LayerscopeDocument, speed: MachineSpeed): number | null => {
  const { batchSize, epochs } = document.training;
  const compiled = compile(document, { plan: false });
  const seconds = expectedStepSeconds(compiled, batchSize, speed);
  if (seconds === null || compiled.dataset === null) return null;
  return seconds * epochs * Math.ceil(compiled.dataset.trainCount / batchSize);
};

/** What a run teaches of the machine, by its samples a second. */
export const speedOfRun = (
  compiled: Pick<Compiled, "program">,
  batchSize: number,
  rate: number,
): Partial<MachineSpeed> => {
  const work = workPerSample(compiled);
  if (work === null || rate <= 0) return {};
  return work * batchSize < SMALL_WORK ? { smallStepSeconds: batchSize / rate } : { workPerSecond: rate * work };
};

const readNumber = async (setting: string): Promise<number | null> => {
  const value = Number((await getShell().readSetting(setting)) ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : null;
};

export const restoreMachineSpeed = async (): Promise<void> => {
  const [workPerSecond, smallStepSeconds] = await Promise.all([readNumber(SETTING), readNumber(SMALL_SETTING)]);
  machineSpeed.setState({ workPerSecond, smallStepSeconds });
};

/** Learns from each run that ends here. Returns how to stop. */
export const watchMachineSpeed = (): (() => void) =>
  runStore.subscribe(({ state, history, runDocument, reopened }, before) => {
    if (state === before.state || state.phase !== "finished" || reopened !== null || runDocument === null) return;
    const compiled = compile(runDocument, { plan: false, dataset: documentStore.getState().compiled.dataset });
    const learnt = speedOfRun(compiled, runDocument.training.batchSize, history?.progress?.samplesPerSecond ?? 0);
    machineSpeed.setState(learnt);
    const { workPerSecond, smallStepSeconds } = learnt;
    if (workPerSecond != null) void getShell().writeSetting(SETTING, String(workPerSecond));
    if (smallStepSeconds != null) void getShell().writeSetting(SMALL_SETTING, String(smallStepSeconds));
  });
