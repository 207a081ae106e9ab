/** Tells the host what the window shows: its name, the unsaved mark, and the file that no other window needs to open. */
import { getShell } from "../app/shellAccess.ts";
import { viewStore } from "../app/viewStore.ts";
import { startingNetStore } from "../run/startingNet.ts";
import type { WindowState } from "../shell/shell.ts";
import { documentStore } from "./documentStore.ts";
import { documentTitle } from "./fileActions.ts";

const windowState = (): WindowState => {
  const { view } = viewStore.getState();
  const { document, edited, file, past, future } = documentStore.getState();
  const { net, isUsed } = startingNetStore.getState();
  return {
    title: view === "start" && !edited ? "Layerscope" : `${documentTitle(file)} – Layerscope`,
    edited,
    // A document out of a trained net is in no file; that net is open here all the same.
    handle: file.handle ?? net?.opened?.handle ?? null,
    netHandle: isUsed && net?.opened === null ? net.handle : null,
    isEmpty: !edited && file.handle === null && document.nodes.length === 0 && past.length + future.length === 0,
  };
};

/** Returns how to stop. */
export const followWindowState = (): (() => void) => {
  let told = "";
  const tell = (): void => {
    const state = windowState();
    const text = JSON.stringify(state);
    if (text !== told) getShell().setWindowState(state);
    told = text;
  };
  tell();
  const stops = [documentStore.subscribe(tell), viewStore.subscribe(tell), startingNetStore.subscribe(tell)];
  return () => {
    for (const stop of stops) stop();
  };
};
