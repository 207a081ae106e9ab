/** Has a trainer ready whenever a document is open and nothing trains, so that a run begins when its button is pressed. */
import { viewStore } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { isUnderWay } from "./runState.ts";
import { runStore } from "./runStore.ts";
import { threadsStore } from "./threadsSetting.ts";

/** What the user sees comes first: the opened document, the end of a run. */
const QUIET_MS = 500;

/** Returns how to stop. */
export const keepRunsPrepared = (): (() => void) => {
  let timer = 0;
  const prepare = (): void => {
    if (viewStore.getState().view === "editor") runStore.getState().prepare();
  };
  const consider = (): void => {
    window.clearTimeout(timer);
    if (viewStore.getState().view !== "editor" || isUnderWay(runStore.getState().state)) return;
    timer = window.setTimeout(prepare, QUIET_MS);
  };
  const stops = [
    viewStore.subscribe(({ view }, before) => view !== before.view && consider()),
    documentStore.subscribe(({ document }, before) => document !== before.document && consider()),
    threadsStore.subscribe(consider),
    runStore.subscribe(({ state }, before) => state !== before.state && consider()),
  ];
  return () => {
    window.clearTimeout(timer);
    for (const stop of stops) stop();
  };
};
