/** Whether the documents of the last time open again when the app starts. The main process reads it before any page is there. */
import { createStore } from "zustand/vanilla";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";

const SETTING = "reopenWindows";

export const reopenStore = createStore<{ readonly reopens: boolean }>(() => ({ reopens: false }));

export const setReopens = (reopens: boolean): void => {
  reopenStore.setState({ reopens });
  void keepSetting(SETTING, JSON.stringify(reopens));
};

export const restoreReopens = async (): Promise<void> =>
  reopenStore.setState({ reopens: (await getShell().readSetting(SETTING)) === "true" });
