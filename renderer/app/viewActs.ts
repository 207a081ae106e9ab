/**
 * What was done outside the document and can be taken back: runs and studies deleted, studies renamed. Each has a notice with a button, and
 * Undo in the view that shows such things takes back the last one. Nothing of it outlives the page.
 */
import { createStore } from "zustand/vanilla";
import { dismissNotice, notify, viewStore } from "./viewStore.ts";

/** The views that have acts of their own. */
export type ActPlace = "runs" | "experiments";

interface ViewAct {
  readonly place: ActPlace;
  /** After "Undo": `delete the run lenet`. */
  readonly label: string;
  readonly noticeId: number;
  readonly undo: () => Promise<void>;
}

export const viewActs = createStore<{ readonly acts: readonly ViewAct[] }>(() => ({ acts: [] }));

const takeBack = async (act: ViewAct): Promise<void> => {
  if (!viewActs.getState().acts.includes(act)) return;
  viewActs.setState(({ acts }) => ({ acts: acts.filter((other) => other !== act) }));
  dismissNotice(act.noticeId);
  await act.undo();
};

/** Tells of something that was done, with the way back. */
export const notifyDone = (
  done: Pick<ViewAct, "place" | "label" | "undo"> & { readonly title: string; readonly text: string },
): void => {
  const { place, label, undo, title, text } = done;
  notify({ tone: "info", isPassing: true, title, text, actions: [{ label: "Undo", run: () => void takeBack(act) }] });
  // The notice of it is the newest.
  const act: ViewAct = { place, label, undo, noticeId: viewStore.getState().notices.at(-1)?.id ?? 0 };
  viewActs.setState(({ acts }) => ({ acts: [...acts, act] }));
};

const lastAct = (place: ActPlace): ViewAct | null =>
  viewActs.getState().acts.findLast((act) => act.place === place) ?? null;

/** null: there is nothing to take back. */
export const lastActLabel = (place: ActPlace): string | null => lastAct(place)?.label ?? null;

export const undoLastAct = async (place: ActPlace): Promise<void> => {
  const act = lastAct(place);
  if (act !== null) await takeBack(act);
};
