/**
 * The shell of a plain browser: the browser's own file pickers where it has them, else uploads and downloads; settings in localStorage, or in memory where the browser refuses it;
 * the trainer in a Web Worker. Same page, same protocol.
 */
import { MAX_DOCUMENT_BYTES } from "../../engine/index.ts";
import { type TrainEvent, trainEventSchema } from "../../engine/protocol.ts";
import { version } from "../../package.json";
import { createBrowserBackups } from "./browserBackups.ts";
import { chooseBrowserFile, chooseBrowserFolder } from "./browserDatasets.ts";
import { createBrowserFiles } from "./browserFiles.ts";
import { createBrowserRuns } from "./browserRuns.ts";
import { describeNotKept, openBrowserStorage } from "./browserStorage.ts";
import { createBrowserStudies } from "./browserStudies.ts";
import type { Shell, TrainerConnection, TrainerListener } from "./shell.ts";

const SETTING_PREFIX = "layerscope.setting.";

export const createBrowserShell = (): Shell => {
  const { storage, tabStorage, isKept } = openBrowserStorage(window);
  const files = createBrowserFiles({
    storage,
    maxBytes: MAX_DOCUMENT_BYTES,
    now: () => new Date(),
  });
  const backups = createBrowserBackups({
    storage,
    tabStorage,
    locks: "locks" in navigator ? navigator.locks : null,
    now: () => new Date(),
  });
  const readSetting = async (key: string): Promise<string | null> => storage.getItem(SETTING_PREFIX + key);
  const runs = createBrowserRuns(readSetting);
  const studies = createBrowserStudies("locks" in navigator ? navigator.locks : null);
  // Those that a page left in the middle go on.
  void studies.list();
  let keepsRuns = true;
  const training = new Set<object>();
  let edited = false;
  // Paused or not: what was trained since the last checkpoint goes with the page.
  const underWay = new Set<object>();
  // A browser asks its own question; the page's answer would come too late.
  window.addEventListener("beforeunload", (event) => {
    if (edited || underWay.size > 0) event.preventDefault();
  });

  return {
    platform: "browser",
    windowControls: { left: 0, right: 0, drawn: false },
    version,
    async notKept() {
      keepsRuns = await runs.areKept();
      return describeNotKept({ storage: isKept, database: keepsRuns });
    },

    openFile: files.open,
    openRecent: files.openRecent,
    openDropped: files.openDropped,
    // A page is given the files that the user chooses, and none beside them.
    readStudyFile: async () => null,
    choosePlace: async () => null,
    rememberFile: files.rememberFile,
    // A page can neither open another tab with a file nor see what the others show.
    placeFile: async () => "here",
    saveFile: files.save,
    saveExport: files.saveExport,
    recentFiles: async () => files.recent(),
    chooseDatasetFolder: () => chooseBrowserFolder(),
    chooseDatasetFile: () => chooseBrowserFile(),
    runs: {
      ...runs,
      async exportModel(runId, suggestedName) {
        const read = await runs.readModel(runId);
        return read.status === "done" ? files.saveExport({ suggestedName, content: read.value.text }) : read;
      },
    },
    studies,
    async restoreWindow() {
      const restored = await backups.restore();
      return restored === null ? null : { status: "done", value: restored };
    },
    backUp: async (document) => backups.backUp(document),
    readSetting,
    writeSetting: async (key, value) => storage.setItem(SETTING_PREFIX + key, value),

    // Studies give way to a run that trains.
    startTrainer(listener) {
      const onEvent = (event: TrainEvent): void => {
        // What was said when the page began is not said again with every run.
        if (event.type !== "checkpointFailed" || keepsRuns) listener.onEvent(event);
      };
      return startWorkerTrainer({ ...listener, onEvent }, (trainer, doing) => {
        if (doing === "ended") underWay.delete(trainer);
        else underWay.add(trainer);
        if (doing === "training") training.add(trainer);
        else training.delete(trainer);
        studies.hold(training.size > 0);
        if (training.size === 0) void runs.makeRoom();
      });
    },

    setWindowState(state) {
      edited = state.edited;
      document.title = state.edited ? `● ${state.title}` : state.title;
    },
    // A browser has a zoom of its own.
    zoomInterface: null,
    openWindow: () => void window.open(window.location.href, "_blank", "noopener"),
    onCommand: () => () => undefined,
    onCloseRequested: () => undefined,
    // Saving finds out whether the file was changed; browsers tell nothing of it before.
    onFileTouched: () => undefined,
    onSettingChanged(listener) {
      window.addEventListener("storage", ({ key }) => {
        if (key?.startsWith(SETTING_PREFIX)) listener(key.slice(SETTING_PREFIX.length));
      });
    },
    minimizeWindow: () => undefined,
    toggleMaximizeWindow: () => undefined,
    closeWindow: () => window.close(),
    showMenu: () => undefined,
  };
};

/** A worker has no exit code: it fails by an error event, or is terminated by the page. */
const startWorkerTrainer = (
  listener: TrainerListener,
  onRun: (trainer: object, doing: "training" | "paused" | "ended") => void,
): TrainerConnection => {
  const worker = new Worker(new URL("../../engine/host/webTrainer.ts", import.meta.url), {
    type: "module",
    name: "Layerscope trainer",
  });
  let heard = false;
  let ended = false;
  const exit = (message: string): void => {
    if (ended) return;
    ended = true;
    worker.terminate();
    onRun(worker, "ended");
    listener.onExit({ reason: heard ? "crashed" : "startFailed", message });
  };
  worker.addEventListener("message", ({ data }) => {
    if (ended) return;
    heard = true;
    const parsed = trainEventSchema.safeParse(data);
    if (parsed.success) {
      listener.onEvent(parsed.data);
      const { type } = parsed.data;
      if (type === "started" || type === "resumed") onRun(worker, "training");
      else if (type === "paused") onRun(worker, "paused");
      else if (type === "finished" || type === "failed") onRun(worker, "ended");
    } else exit(`it sent a message that the page does not understand: ${parsed.error.message}`);
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    exit(heard ? `crashed, last words: ${event.message}` : "its script could not be loaded, load the page again");
  });
  worker.addEventListener("messageerror", () => exit("one of its messages could not be read"));
  return {
    post(request) {
      if (!ended) worker.postMessage(request);
    },
    kill() {
      ended = true;
      worker.terminate();
      onRun(worker, "ended");
    },
  };
};
