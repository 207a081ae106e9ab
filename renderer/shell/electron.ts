/** The shell of the desktop app, over the bridge that Electron's preload script puts on the window. */
import type {
  OpenedFile as BridgedFile,
  FilePiece,
  ShellBridge,
  TrainerPortMessage,
} from "../../electron/ipcContract.ts";
import { type StudyUpdate, trainEventSchema } from "../../engine/protocol.ts";
import type { FileOutcome, OpenedFile, Shell, TrainerListener } from "./shell.ts";
import type { StudyHost } from "./studyHost.ts";

declare global {
  interface Window {
    readonly layerscopeShell?: ShellBridge;
  }
}

/** Files dropped without a path the system knows: saving asks where, as for a new document. */
const DROPPED_HANDLE = "dropped";

const knownHandle = (handle: string | null): string | null => (handle === DROPPED_HANDLE ? null : handle);

const TITLE_BAR_BUTTONS_WIDTH = 132;
const TRAFFIC_LIGHTS_WIDTH = 78;

/** null when the page does not run in the desktop app. */
export const createElectronShell = (): Shell | null => {
  const bridge = window.layerscopeShell;
  return bridge === undefined ? null : shellOver(bridge);
};

const shellOver = (bridge: ShellBridge): Shell => {
  const commandListeners = new Set<(command: string, argument: string | null) => void>();
  const trainers = createTrainerConnections(bridge);
  const isMac = bridge.system === "mac";
  bridge.onCommand(({ id, argument }) => {
    for (const listener of commandListeners) listener(id, argument);
  });

  return {
    platform: bridge.system,
    windowControls: isMac
      ? { left: TRAFFIC_LIGHTS_WIDTH, right: 0, drawn: false }
      : { left: 0, right: TITLE_BAR_BUTTONS_WIDTH, drawn: true },
    version: bridge.version,
    notKept: async () => null,

    openFile: async () => withRest(bridge, await bridge.invoke("openFile")),
    openRecent: async (handle) => withRest(bridge, await bridge.invoke("openRecent", handle)),
    async openDropped(file) {
      const path = bridge.pathOfDropped(file);
      if (path !== "") return withRest(bridge, await bridge.invoke("openDropped", path));
      return {
        status: "done",
        value: {
          handle: DROPPED_HANDLE,
          fileName: file.name,
          folder: "",
          version: DROPPED_HANDLE,
          text: await file.text(),
        },
      };
    },
    readStudyFile: async (handle) => (handle === DROPPED_HANDLE ? null : bridge.invoke("readStudyFile", handle)),
    async rememberFile(handle) {
      // Without a path there is nothing to open again.
      if (handle !== DROPPED_HANDLE) await bridge.invoke("rememberFile", handle);
    },
    placeFile: (handle) => bridge.invoke("placeFile", handle),
    choosePlace: (suggestedName) => bridge.invoke("choosePlace", suggestedName),
    saveFile: (call) => bridge.invoke("saveFile", { ...call, handle: knownHandle(call.handle) }),
    saveExport: (call) => bridge.invoke("saveExport", call),
    recentFiles: () => bridge.invoke("recentFiles"),
    chooseDatasetFolder: () => bridge.invoke("chooseDatasetFolder"),
    chooseDatasetFile: () => bridge.invoke("chooseDatasetFile"),
    runs: {
      unfinished: () => bridge.invoke("unfinishedRuns"),
      readDocument: (runId) => bridge.invoke("readRunDocument", runId),
      async discard(runId) {
        await bridge.invoke("discardRun", runId);
      },
      finished: () => bridge.invoke("finishedRuns"),
      read: (runId) => bridge.invoke("readRun", runId),
      readModel: (runId) => bridge.invoke("readRunModel", runId),
      exportModel: (runId, suggestedName) => bridge.invoke("exportRunModel", runId, suggestedName),
      label: (runId, label) => bridge.invoke("labelRun", runId, label),
      remove: (runIds) => bridge.invoke("removeRuns", [...runIds]),
      restore: (runIds) => bridge.invoke("restoreRuns", [...runIds]),
      onChanged: listenersOf<null>((tell) => bridge.onRunsChanged(tell)),
    },
    studies: studiesOver(bridge),
    async restoreWindow() {
      const outcome = await bridge.invoke("restoreWindow");
      if (outcome?.status !== "done") return outcome;
      const { net, startsFrom, rest, ...document } = outcome.value;
      const { handle, version } = document;
      const own = { ...document, ...(handle === null ? {} : restOf(bridge, { handle, version: version ?? "", rest })) };
      return {
        status: "done",
        value: {
          ...own,
          net: net === null ? null : openedFile(bridge, net),
          startsFrom: startsFrom === null ? null : withRest(bridge, startsFrom),
        },
      };
    },
    async backUp(document) {
      const known = document === null ? null : { ...document, handle: knownHandle(document.handle) };
      return (await bridge.invoke("backUp", known)).problem;
    },
    readSetting: (key) => bridge.invoke("readSetting", key),
    async writeSetting(key, value) {
      const { problem } = await bridge.invoke("writeSetting", key, value);
      if (problem !== null) throw new Error(problem);
    },

    startTrainer: trainers.start,

    setWindowState({ handle, netHandle, ...state }) {
      bridge.notify("setWindowState", { ...state, handle: knownHandle(handle), netHandle: knownHandle(netHandle) });
    },
    zoomInterface: (factor) => bridge.zoomPage(factor),
    openWindow: () => bridge.notify("openWindow"),
    onCommand(listener) {
      commandListeners.add(listener);
      bridge.notify("listenToCommands");
      return () => commandListeners.delete(listener);
    },
    onCloseRequested(listener) {
      bridge.onCloseRequested(() => {
        // A page that cannot answer must not keep its window open for ever.
        const answer = (mayClose: boolean): void => bridge.notify("answerClose", mayClose);
        listener().then(answer, () => answer(true));
      });
      bridge.notify("guardClose");
    },
    onFileTouched: (listener) => bridge.onFileTouched(({ handle }) => listener(handle)),
    onSettingChanged: (listener) => bridge.onSettingChanged(({ key }) => listener(key)),
    minimizeWindow: () => bridge.notify("minimizeWindow"),
    toggleMaximizeWindow: () => bridge.notify("toggleMaximizeWindow"),
    closeWindow: () => bridge.notify("closeWindow"),
    showMenu: () => bridge.notify("showMenu"),
  };
};

/** What follows the first piece of a file that was opened. */
const restOf = (
  bridge: ShellBridge,
  { handle, version, rest }: Pick<BridgedFile, "handle" | "version"> & { readonly rest: BridgedFile["rest"] },
): Pick<OpenedFile, "rest"> => {
  if (rest === undefined) return {};
  const pieces = async function* (): AsyncGenerator<string> {
    for (let at: number | null = rest.next; at !== null; ) {
      const piece: FileOutcome<FilePiece> = await bridge.invoke("readPiece", handle, version, at);
      if (piece.status !== "done")
        throw new Error(piece.status === "failed" ? piece.problem.message : "It was not read.");
      yield piece.value.text;
      at = piece.value.next;
    }
  };
  return { rest: { bytes: rest.bytes, pieces } };
};

const openedFile = (bridge: ShellBridge, { rest, ...file }: BridgedFile): OpenedFile => ({
  ...file,
  ...restOf(bridge, { ...file, rest }),
});

const withRest = (bridge: ShellBridge, outcome: FileOutcome<BridgedFile>): FileOutcome<OpenedFile> =>
  outcome.status === "done" ? { status: "done", value: openedFile(bridge, outcome.value) } : outcome;

/** Listens once for all who want to hear of it. */
const listenersOf = <T>(listen: (tell: (told: T) => void) => void) => {
  const listeners = new Set<(told: T) => void>();
  listen((told) => {
    for (const listener of listeners) listener(told);
  });
  return (listener: (told: T) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
};

const studiesOver = (bridge: ShellBridge): StudyHost => {
  return {
    list: () => bridge.invoke("listStudies"),
    open: (studyId) => bridge.invoke("openStudy", studyId),
    readNet: (studyId) => bridge.invoke("readStudyNet", studyId),
    start: ({ text, net = null }) => bridge.invoke("startStudy", text, net),
    async pause(studyId) {
      await bridge.invoke("pauseStudy", studyId);
    },
    async resume(studyId) {
      await bridge.invoke("resumeStudy", studyId);
    },
    async cancel(studyId) {
      await bridge.invoke("cancelStudy", studyId);
    },
    async rename(studyId, title) {
      await bridge.invoke("renameStudy", studyId, title);
    },
    async retry(studyId, runIds) {
      await bridge.invoke("retryStudyRuns", studyId, [...runIds]);
    },
    async label(studyId, runId, label) {
      await bridge.invoke("labelStudyRun", studyId, runId, label);
    },
    async removeRuns(studyId, runIds) {
      await bridge.invoke("removeStudyRuns", studyId, [...runIds]);
    },
    restoreRuns: (studyId, runIds) => bridge.invoke("restoreStudyRuns", studyId, [...runIds]),
    async remove(studyId) {
      await bridge.invoke("removeStudy", studyId);
    },
    async restore(studyId) {
      await bridge.invoke("restoreStudy", studyId);
    },
    readRun: (studyId, runId) => bridge.invoke("readStudyRun", studyId, runId),
    onChanged: listenersOf<StudyUpdate>((tell) => bridge.onStudyChanged(tell)),
    onRemoved: listenersOf<string>((tell) => bridge.onStudyRemoved(({ studyId }) => tell(studyId))),
  };
};

const isTrainerPort = (data: unknown): data is TrainerPortMessage =>
  typeof data === "object" && data !== null && "type" in data && data.type === "layerscope:trainerPort";

/** Pairs each trainer with the port that arrives for it; what is posted before waits. */
const createTrainerConnections = (bridge: ShellBridge): { readonly start: Shell["startTrainer"] } => {
  interface Trainer {
    readonly listener: TrainerListener;
    readonly waiting: unknown[];
    port: MessagePort | null;
  }
  const trainers = new Map<number, Trainer>();
  let numStarted = 0;

  const end = (trainerId: number): Trainer | undefined => {
    const trainer = trainers.get(trainerId);
    trainer?.port?.close();
    trainers.delete(trainerId);
    return trainer;
  };

  window.addEventListener("message", (event) => {
    const [port] = event.ports;
    if (event.source !== window || !isTrainerPort(event.data) || port === undefined) return;
    const { trainerId } = event.data;
    const trainer = trainers.get(trainerId);
    if (trainer === undefined) {
      port.close();
      return;
    }
    trainer.port = port;
    port.onmessage = ({ data }) => {
      const parsed = trainEventSchema.safeParse(data);
      if (parsed.success) {
        trainer.listener.onEvent(parsed.data);
        return;
      }
      end(trainerId);
      bridge.notify("killTrainer", trainerId);
      const message = `it sent a message that the page does not understand: ${parsed.error.message}`;
      trainer.listener.onExit({ reason: "crashed", message });
    };
    for (const request of trainer.waiting.splice(0)) port.postMessage(request);
  });
  bridge.onTrainerExited(({ trainerId, exit }) => end(trainerId)?.listener.onExit(exit));

  return {
    start(listener) {
      numStarted += 1;
      const trainerId = numStarted;
      trainers.set(trainerId, { listener, waiting: [], port: null });
      bridge.notify("startTrainer", trainerId);
      return {
        post(request) {
          const trainer = trainers.get(trainerId);
          if (trainer === undefined) return;
          if (trainer.port === null) trainer.waiting.push(request);
          else trainer.port.postMessage(request);
        },
        kill() {
          end(trainerId);
          bridge.notify("killTrainer", trainerId);
        },
      };
    },
  };
};
