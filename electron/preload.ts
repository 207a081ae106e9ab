/** The sandboxed preload script: hands the page a typed bridge and nothing of Electron itself. */
import * as electron from "electron";
import type { InvocationName, NotificationName, PageMessages, ShellBridge, TrainerPortMessage } from "./ipcContract.ts";

const { contextBridge, ipcRenderer, webFrame } = electron;
/** Electron before 29 has none, and puts the path on the file. */
const { webUtils } = electron as { readonly webUtils?: { getPathForFile(file: File): string } };

const versionArgument = "--layerscope-version=";

const systems: Readonly<Record<string, ShellBridge["system"]>> = { darwin: "mac", win32: "windows" };

const listenTo =
  <C extends keyof PageMessages>(channel: C) =>
  (listener: (message: PageMessages[C]) => void): void => {
    ipcRenderer.on(channel, (_event, message: PageMessages[C]) => listener(message));
  };

// A port cannot pass the context bridge; the window's own messages can carry it.
ipcRenderer.on("trainerPort", (event, { trainerId }: PageMessages["trainerPort"]) => {
  const message: TrainerPortMessage = { type: "layerscope:trainerPort", trainerId };
  window.postMessage(message, window.location.origin, [...event.ports]);
});

const pathOfDropped = (file: File): string => {
  if (webUtils !== undefined) return webUtils.getPathForFile(file);
  return "path" in file && typeof file.path === "string" ? file.path : "";
};

const bridge: ShellBridge = {
  system: systems[process.platform] ?? "linux",
  version: process.argv.find((argument) => argument.startsWith(versionArgument))?.slice(versionArgument.length) ?? "",
  invoke: (name: InvocationName, ...args: readonly unknown[]) => ipcRenderer.invoke(name, ...args),
  notify: (name: NotificationName, ...args: readonly unknown[]) => ipcRenderer.send(name, ...args),
  zoomPage: (factor) => webFrame.setZoomFactor(factor),
  pathOfDropped,
  onCommand: listenTo("command"),
  onCloseRequested: listenTo("closeRequested"),
  onFileTouched: listenTo("fileTouched"),
  onSettingChanged: listenTo("settingChanged"),
  onStudyChanged: listenTo("studyChanged"),
  onStudyRemoved: listenTo("studyRemoved"),
  onRunsChanged: listenTo("runsChanged"),
  onTrainerExited: listenTo("trainerExited"),
};

contextBridge.exposeInMainWorld("layerscopeShell", bridge);
