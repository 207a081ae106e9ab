/** Starts one utility process per run, joins it to the page by a message channel, and tells the page how it ended. */
import path from "node:path";
import { app, MessageChannelMain, type UtilityProcess, utilityProcess, type WebContents } from "electron";
import type { PageMessages, TrainerExit } from "./ipcContract.ts";
import { classifyTrainerExit, type ProcessEnd } from "./trainerExit.ts";
import type { TrainerStart } from "./trainerStart.ts";

/**
 * Electron's utility processes have had no handler for WebAssembly's traps for most of its versions, so V8 puts a check before every
 * access to memory, and training takes 1.6 times as long. Without the checks a memory that reserves all its addresses is as safe: an
 * access beyond its end is a segmentation fault, which ends the trainer and nothing else (`reservesAddresses` in `engine/host/host.ts`).
 */
const V8_FLAGS = "--js-flags=--no-wasm-bounds-checks";

/** Enough for the stack of an error. */
const MAX_STDERR_LENGTH = 16 * 1024;
/** Electron tells of a signal after the exit, if at all; and stderr is read after it. */
const EXIT_SETTLES_MS = 300;

export interface TrainerHost {
  /** `trainerId` counts the trainers of a page. */
  start(page: WebContents, trainerId: number): void;
  kill(page: WebContents, trainerId: number): void;
  /** The page is gone or loads anew: nobody listens to its trainers any more. */
  killAll(page: WebContents): void;
  /** Whether this process is one of a trainer that runs. */
  isRunning(processId: number): boolean;
}

export const createTrainerHost = (call: {
  /** `trainer.cjs`. */
  readonly entry: string;
  readonly kernelsFolder: string;
  readonly mnistFolder: string;
  readonly runsFolder: string;
}): TrainerHost => {
  const running = new Map<string, UtilityProcess>();
  let numStarted = 0;
  const keyOf = (page: WebContents, trainerId: number): string => `${page.id}:${trainerId}`;

  const start = (page: WebContents, trainerId: number): void => {
    const key = keyOf(page, trainerId);
    if (running.has(key)) return;
    numStarted += 1;
    const serviceName = `Layerscope trainer ${numStarted}`;
    const { kernelsFolder, mnistFolder, runsFolder } = call;
    const argument: TrainerStart = { kernelsFolder, mnistFolder, runsFolder };
    const child = utilityProcess.fork(call.entry, [JSON.stringify(argument)], {
      serviceName,
      execArgv: [V8_FLAGS],
      stdio: "pipe",
      cwd: path.dirname(process.execPath),
    });
    running.set(key, child);

    let stderr = "";
    let ready = false;
    let gone: ProcessEnd["gone"] = null;
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(-MAX_STDERR_LENGTH);
    });
    // Unread, a full pipe would block the trainer.
    child.stdout?.resume();
    child.on("message", () => {
      ready = true;
    });
    const onGone = (_event: unknown, details: { name?: string; reason: string; exitCode: number }): void => {
      if (details.name === serviceName) gone = { reason: details.reason, exitCode: details.exitCode };
    };
    app.on("child-process-gone", onGone);
    child.once("exit", (exitCode) => {
      setTimeout(() => {
        app.off("child-process-gone", onGone);
        // A trainer that the page has killed is no longer in the table: the page knows.
        if (running.get(key) !== child) return;
        running.delete(key);
        sendExit(page, trainerId, classifyTrainerExit({ exitCode, gone, stderr, ready }));
      }, EXIT_SETTLES_MS);
    });

    const { port1, port2 } = new MessageChannelMain();
    child.postMessage(null, [port1]);
    const message: PageMessages["trainerPort"] = { trainerId };
    page.postMessage("trainerPort", message, [port2]);
  };

  const kill = (key: string): void => {
    const child = running.get(key);
    running.delete(key);
    child?.kill();
  };

  return {
    start,
    kill: (page, trainerId) => kill(keyOf(page, trainerId)),
    killAll(page) {
      for (const key of [...running.keys()]) if (key.startsWith(`${page.id}:`)) kill(key);
    },
    isRunning: (processId) => [...running.values()].some(({ pid }) => pid === processId),
  };
};

const sendExit = (page: WebContents, trainerId: number, exit: TrainerExit): void => {
  if (page.isDestroyed()) return;
  const message: PageMessages["trainerExited"] = { trainerId, exit };
  page.send("trainerExited", message);
};
