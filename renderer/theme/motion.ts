/** Whether things may move. `data-motion` on the root tells the tokens; the system's wish for less motion always holds. */
import { createStore } from "zustand/vanilla";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";

export type Motion = "system" | "reduced";

const SETTING = "motion";

export const motionStore = createStore<{ readonly motion: Motion }>(() => ({ motion: "system" }));

const show = (motion: Motion): void => {
  motionStore.setState({ motion });
  if (motion === "system") delete document.documentElement.dataset.motion;
  else document.documentElement.dataset.motion = motion;
};

export const setMotion = (motion: Motion): void => {
  show(motion);
  void keepSetting(SETTING, JSON.stringify(motion));
};

export const restoreMotion = async (): Promise<void> =>
  show((await getShell().readSetting(SETTING)) === JSON.stringify("reduced") ? "reduced" : "system");

export const reducesMotion = (): boolean =>
  motionStore.getState().motion === "reduced" || matchMedia("(prefers-reduced-motion: reduce)").matches;
