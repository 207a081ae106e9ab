/** How fast this machine trains, by its last run, or by a rehearsal before the first: what the time of a step is expected from. */
import { createStore } from "zustand/vanilla";
import { type Compiled, compile, type LayerscopeDocument, SMALL_STEP_WORK, workPerSample } from "../../engine/index.ts";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";

const SETTING = "machine.workPerSecond";
const SMALL_SETTING = "machine.smallStepSeconds";
const START_SETTING = "machine.runStartSeconds";

/** As the last run of its size was; null: none was trained or rehearsed here yet. */
export interface MachineSpeed {
  readonly workPerSecond: number | null;
  /** Of a step with little work. */
  readonly smallStepSeconds: number | null;
  /** Of a run of a study besides its training; absent: no study has ended here yet. */
  readonly runStartSeconds?: number;
}

export const machineSpeed = createStore<MachineSpeed>(() => ({ workPerSecond: null, smallStepSeconds: null }));

/** Seconds of a step with so much work; null where that cannot be told yet. */
export const secondsOfStep = (work: number, { workPerSecond, smallStepSeconds }: MachineSpeed): number | null => {
  if (work < SMALL_STEP_WORK) return smallStepSeconds;
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

/** Seconds of all epochs of a document, by the speed of this machine; null where that cannot be told. */
export const expectedTrainingSeconds = (document: LayerscopeDocument, speed: MachineSpeed): number | null => {
  const { batchSize, epochs } = document.training;
  const compiled = compile(document, { plan: false });
  const seconds = expectedStepSeconds(compiled, batchSize, speed);
  if (seconds === null || compiled.dataset === null) return null;
  return seconds * epochs * Math.ceil(compiled.dataset.trainCount / batchSize);
};

/** What a step teaches of the machine. */
export const speedOfStep = (work: number, seconds: number): Partial<MachineSpeed> =>
  work < SMALL_STEP_WORK ? { smallStepSeconds: seconds } : { workPerSecond: work / seconds };

const readNumber = async (setting: string): Promise<number | null> => {
  const value = Number((await getShell().readSetting(setting)) ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : null;
};

export const restoreMachineSpeed = async (): Promise<void> => {
  const [workPerSecond, smallStepSeconds, runStartSeconds] = await Promise.all(
    [SETTING, SMALL_SETTING, START_SETTING].map(readNumber),
  );
  machineSpeed.setState({ workPerSecond: workPerSecond ?? null, smallStepSeconds: smallStepSeconds ?? null });
  if (runStartSeconds != null) machineSpeed.setState({ runStartSeconds });
};

/** Keeps what was learnt, for the next start of the app, too. */
export const learnSpeed = (learnt: Partial<MachineSpeed>): void => {
  machineSpeed.setState(learnt);
  const { workPerSecond, smallStepSeconds, runStartSeconds } = learnt;
  if (runStartSeconds != null) void keepSetting(START_SETTING, String(runStartSeconds));
  if (workPerSecond != null) void keepSetting(SETTING, String(workPerSecond));
  if (smallStepSeconds != null) void keepSetting(SMALL_SETTING, String(smallStepSeconds));
};

/** A few steps before the first run tell less than a run does: they only fill what is not known. */
export const learnFromRehearsal = (work: number, seconds: number): void => {
  const known = machineSpeed.getState();
  const { workPerSecond, smallStepSeconds } = speedOfStep(work, seconds);
  if (workPerSecond != null && known.workPerSecond === null) learnSpeed({ workPerSecond });
  if (smallStepSeconds != null && known.smallStepSeconds === null) learnSpeed({ smallStepSeconds });
};
