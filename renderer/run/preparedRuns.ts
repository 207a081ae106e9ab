/**
 * Has a trainer ready whenever a document is open and nothing trains, so that a run begins when its button is pressed. On the start page of
 * a computer that has not trained yet it rehearses an example, from which the cards tell how long each takes here.
 */
import { parse } from "../../engine/index.ts";
import { viewStore } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { examples } from "../start/examples.ts";
import { machineSpeed } from "./machineSpeed.ts";
import { isUnderWay } from "./runState.ts";
import { runStore } from "./runStore.ts";
import { threadsStore } from "./threadsSetting.ts";

/** What the user sees comes first: the opened document, the end of a run. */
const QUIET_MS = 500;

/** On data that comes with the app, and large enough to tell of other nets. */
const REHEARSED = "lenet-bn-max";

/** Returns how to stop. */
export const keepRunsPrepared = (): (() => void) => {
  let timer = 0;
  const prepare = (): void => {
    if (viewStore.getState().view === "editor") runStore.getState().prepare();
    else if (machineSpeed.getState().workPerSecond === null) {
      const example = parse(examples.find(({ id }) => id === REHEARSED)?.text ?? "");
      if (example.ok) runStore.getState().prepare(example.value);
    }
  };
  const consider = (): void => {
    window.clearTimeout(timer);
    if (isUnderWay(runStore.getState().state)) return;
    timer = window.setTimeout(prepare, QUIET_MS);
  };
  const stops = [
    viewStore.subscribe(({ view }, before) => view !== before.view && consider()),
    documentStore.subscribe(({ document }, before) => document !== before.document && consider()),
    threadsStore.subscribe(consider),
    runStore.subscribe(({ state }, before) => state !== before.state && consider()),
  ];
  consider();
  return () => {
    window.clearTimeout(timer);
    for (const stop of stops) stop();
  };
};
