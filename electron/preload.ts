/** The sandboxed preload script: hands the page a typed bridge and nothing of Electron itself. */
import * as electron from "electron";
import type { InvocationName, NotificationName, PageMessages, ShellBridge, TrainerPortMessage } from "./ipcContract.ts";

const { contextBridge, ipcRenderer } = electron;
/** Electron before 29 has none, and puts the path on the file. */
const { webUtils } = electron as { readonly webUtils?: { getPathForFile(file: File): string } };

const versionArgument = "--layerscope-version=";

const systems: Readonly<Record<string, ShellBridge["system"]>> = { darwin: "mac", win32: "windows" };

/** Keeps what arrives before the page listens: a file opened from outside comes while the page still loads. */
const listenerWithBacklog = <T>(channel: string) => {
  const backlog: T[] = [];
  let listener: ((message: T) => void) | null = null;
  ipcRenderer.on(channel, (_event, message: T) => {
    if (listener === null) backlog.push(message);
    else listener(message);
  });
  return (added: (message: T) => void): void => {
    listener = added;
    for (const message of backlog.splice(0)) added(message);
  };
};

const onCommand = listenerWithBacklog<PageMessages["command"]>("command");
const onCloseRequested = listenerWithBacklog<PageMessages["closeRequested"]>("closeRequested");
const onTrainerExited = listenerWithBacklog<PageMessages["trainerExited"]>("trainerExited");

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
  pathOfDropped,
  onCommand,
  onCloseRequested: (listener) => onCloseRequested(() => listener()),
  onTrainerExited,
};

contextBridge.exposeInMainWorld("layerscopeShell", bridge);
