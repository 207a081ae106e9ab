/**
 * How many compute threads the next run gets on this machine. It belongs to the machine and not to the document: results are the same
 * on any number.
 */
import { createStore } from "zustand/vanilla";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";

const SETTING = "threads";

export interface ThreadsSetting {
  /** null: all cores, fewer where the net is too small to gain. */
  readonly threads: number | null;
}

export const threadsStore = createStore<ThreadsSetting>(() => ({ threads: null }));

/** Cores of this machine, as the page is told. */
export const numCores = (): number => Math.max(1, globalThis.navigator.hardwareConcurrency || 1);

/** The choices besides all cores: every number up to the cores, on large machines in growing steps. */
export const threadChoices = (cores: number): readonly number[] =>
  Array.from({ length: cores }, (_, index) => index + 1).filter(
    (threads) => threads <= 8 || threads === cores || (threads <= 16 ? threads % 2 === 0 : threads % 8 === 0),
  );

export const setThreads = (threads: number | null): void => {
  threadsStore.setState({ threads });
  void keepSetting(SETTING, JSON.stringify(threads));
};

export const restoreThreads = async (): Promise<void> => {
  const text = await getShell().readSetting(SETTING);
  // Nothing was chosen on this machine, or for another number of cores.
  const chosen = threadChoices(numCores()).find((threads) => JSON.stringify(threads) === text);
  threadsStore.setState({ threads: chosen ?? null });
};
