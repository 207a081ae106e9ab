/** A utility process of the engine: how it is started, and how its end is told apart. */
import path from "node:path";
import { app, type UtilityProcess, utilityProcess } from "electron";
import type { TrainerExit } from "./ipcContract.ts";
import { classifyTrainerExit, type ProcessEnd } from "./trainerExit.ts";

/**
 * Electron's utility processes have had no handler for WebAssembly's traps for most of its versions, so V8 puts a check before every
 * access to memory, and training takes 1.6 times as long. Without the checks a memory that reserves all its addresses is as safe: an
 * access beyond its end is a segmentation fault, which ends the process and nothing else (`reservesAddresses` in `engine/host/host.ts`).
 */
const V8_FLAGS = "--js-flags=--no-wasm-bounds-checks";

/** Enough for the stack of an error. */
const MAX_STDERR_LENGTH = 16 * 1024;
/** Electron tells of a signal after the exit, if at all; and stderr is read after it. */
const EXIT_SETTLES_MS = 300;

/** `argument` is JSON on its command line; its first message says that it is ready. */
export const startWorkerProcess = (call: {
  readonly entry: string;
  readonly serviceName: string;
  readonly argument: object;
  readonly onMessage: (message: unknown) => void;
  readonly onExit: (exit: TrainerExit) => void;
}): UtilityProcess => {
  const { entry, serviceName, argument } = call;
  const child = utilityProcess.fork(entry, [JSON.stringify(argument)], {
    serviceName,
    execArgv: [V8_FLAGS],
    stdio: "pipe",
    cwd: path.dirname(process.execPath),
  });
  let stderr = "";
  let ready = false;
  let gone: ProcessEnd["gone"] = null;
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString("utf8")).slice(-MAX_STDERR_LENGTH);
  });
  // Unread, a full pipe would block the process.
  child.stdout?.resume();
  child.on("message", (message) => {
    ready = true;
    call.onMessage(message);
  });
  const onGone = (_event: unknown, details: { name?: string; reason: string; exitCode: number }): void => {
    if (details.name === serviceName) gone = { reason: details.reason, exitCode: details.exitCode };
  };
  app.on("child-process-gone", onGone);
  child.once("exit", (exitCode) => {
    setTimeout(() => {
      app.off("child-process-gone", onGone);
      call.onExit(classifyTrainerExit({ exitCode, gone, stderr, ready }));
    }, EXIT_SETTLES_MS);
  });
  return child;
};
