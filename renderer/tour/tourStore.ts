/** Where the tour is. It advances when its step was done; whether it was taken or declined is kept in the settings. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";
import { viewStore } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { openPrepared } from "../document/fileActions.ts";
import { runStore } from "../run/runStore.ts";
import { tourDocument } from "./tourDocument.ts";
import { type TourMoment, tourSteps } from "./tourSteps.ts";

const SETTING = "tour";

export interface TourState {
  /** Of `tourSteps`; null: no tour. */
  readonly at: number | null;
  /** The start page offers it until it was taken or declined once. */
  readonly offered: boolean;
}

export const tourStore = createStore<TourState>(() => ({ at: null, offered: false }));

export const useTour = <T>(selector: (state: TourState) => T): T => useStore(tourStore, selector);

const moment = (): TourMoment => {
  const { document, selectedNodeIds } = documentStore.getState();
  return { document, selectedNodeIds, phase: runStore.getState().state.phase };
};

let stopWatching: (() => void) | null = null;

/** The document of the tour was closed: so is the tour. */
const watch = (): (() => void) => {
  const { openedCount } = documentStore.getState();
  let before = moment();
  let step = tourStore.getState().at;
  const look = (): void => {
    const { at } = tourStore.getState();
    if (at === null) return;
    if (documentStore.getState().openedCount !== openedCount) {
      endTour();
      return;
    }
    if (at !== step) {
      step = at;
      before = moment();
    } else if (tourSteps[at]?.isDone(moment(), before)) goToStep(at + 1);
  };
  const stops = [documentStore.subscribe(look), runStore.subscribe(look), tourStore.subscribe(look)];
  return () => {
    for (const stop of stops) stop();
  };
};

/** Whether taken or not, it is not offered again. */
const forgetOffer = (): void => {
  tourStore.setState({ offered: false });
  void keepSetting(SETTING, JSON.stringify("known"));
};

export const endTour = (): void => {
  stopWatching?.();
  stopWatching = null;
  tourStore.setState({ at: null });
};

/** Past the last step the tour is over. */
export const goToStep = (at: number): void => {
  if (at >= tourSteps.length) endTour();
  else tourStore.setState({ at: Math.max(0, at) });
};

export const startTour = async (): Promise<void> => {
  if (!(await openPrepared(tourDocument(), "tour.layerscope"))) return;
  forgetOffer();
  viewStore.setState({ editorView: "canvas" });
  endTour();
  tourStore.setState({ at: 0 });
  stopWatching = watch();
};

export const declineTour = forgetOffer;

/** At the first start nothing is known of it. */
export const restoreTour = async (): Promise<void> => {
  const text = await getShell().readSetting(SETTING);
  tourStore.setState({ offered: text === null });
};
