/**
 * Has a trainer ready whenever a document is open and nothing trains, so that a run begins when its button is pressed. On the start page of
 * a computer that has not trained yet it rehearses examples, from which the cards tell how long each takes here.
 */
import { type LayerscopeDocument, parse } from "../../engine/index.ts";
import { viewStore } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { exampleNamed } from "../start/examples.ts";
import { expectedTrainingSeconds, machineSpeed } from "./machineSpeed.ts";
import { isUnderWay } from "./runState.ts";
import { runStore } from "./runStore.ts";
import { threadsStore } from "./threadsSetting.ts";

/** What the user sees comes first: the opened document, the end of a run. */
const QUIET_MS = 500;

/** On data that comes with the app: one that tells of all large nets, and one that tells of small ones. */
const REHEARSED = ["lenet-bn-max", "spiral-bn"];

/** The next of them of which it is not known how long it takes here. */
const unknownExample = (): LayerscopeDocument | undefined =>
  REHEARSED.flatMap((id) => {
    const parsed = parse(exampleNamed(id)?.text ?? "");
    return parsed.ok ? [parsed.value] : [];
  }).find((document) => expectedTrainingSeconds(document, machineSpeed.getState()) === null);

/** Returns how to stop. */
export const keepRunsPrepared = (): (() => void) => {
  let timer = 0;
  const prepare = (): void => {
    if (viewStore.getState().view === "editor") runStore.getState().prepare();
    else {
      const example = unknownExample();
      if (example !== undefined) runStore.getState().prepare(example);
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
    machineSpeed.subscribe(consider),
    runStore.subscribe(({ state }, before) => state !== before.state && consider()),
  ];
  consider();
  return () => {
    window.clearTimeout(timer);
    for (const stop of stops) stop();
  };
};
