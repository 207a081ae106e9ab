/** How large the whole interface is drawn, in percent. In a browser that is the browser's own zoom, and nothing is offered. */
import { createStore } from "zustand/vanilla";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";

const SETTING = "interfaceSize";
const USUAL = 100;

export const INTERFACE_SIZES: readonly number[] = [USUAL, 110, 125, 150, 175, 200];

export const interfaceSizeStore = createStore<{ readonly percent: number }>(() => ({ percent: USUAL }));

const show = (percent: number): void => {
  interfaceSizeStore.setState({ percent });
  getShell().zoomInterface?.(percent / 100);
};

export const setInterfaceSize = (percent: number): void => {
  show(percent);
  void keepSetting(SETTING, JSON.stringify(percent));
};

/** The size a step larger or smaller; null: there is none. */
export const interfaceSizeBeside = (direction: 1 | -1): number | null =>
  INTERFACE_SIZES[INTERFACE_SIZES.indexOf(interfaceSizeStore.getState().percent) + direction] ?? null;

export const restoreInterfaceSize = async (): Promise<void> => {
  const text = await getShell().readSetting(SETTING);
  show(INTERFACE_SIZES.find((percent) => JSON.stringify(percent) === text) ?? USUAL);
};
