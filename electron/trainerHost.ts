/** Starts one utility process per run, joins it to the page by a message channel, and tells the page how it ended. */
import { MessageChannelMain, type UtilityProcess, type WebContents } from "electron";
import type { PageMessages, TrainerExit } from "./ipcContract.ts";
import type { TrainerMessage, TrainerStart } from "./trainerStart.ts";
import { startWorkerProcess } from "./workerProcess.ts";

export interface TrainerHost {
  /** `trainerId` counts the trainers of a page. */
  start(page: WebContents, trainerId: number): void;
  kill(page: WebContents, trainerId: number): void;
  /** The page is gone or loads anew: nobody listens to its trainers any more. */
  killAll(page: WebContents): void;
  /** Whether this process is one of a trainer that runs. */
  isRunning(processId: number): boolean;
  /** Whether a run trains in any window, and is not paused. */
  readonly isTraining: boolean;
}

export const createTrainerHost = (call: {
  /** `trainer.cjs`. */
  readonly entry: string;
  readonly kernelsFolder: string;
  readonly mnistFolder: string;
  readonly runsFolder: string;
  /** `isTraining` may be another than it was. */
  readonly onTrainingChanged: () => void;
}): TrainerHost => {
  const training = new Set<UtilityProcess>();
  const running = new Map<string, UtilityProcess>();
  let numStarted = 0;
  const keyOf = (page: WebContents, trainerId: number): string => `${page.id}:${trainerId}`;

  const forget = (child: UtilityProcess | undefined): void => {
    if (child !== undefined && training.delete(child)) call.onTrainingChanged();
  };

  const start = (page: WebContents, trainerId: number): void => {
    const key = keyOf(page, trainerId);
    if (running.has(key)) return;
    numStarted += 1;
    const serviceName = `Layerscope trainer ${numStarted}`;
    const { kernelsFolder, mnistFolder, runsFolder } = call;
    const argument: TrainerStart = { kernelsFolder, mnistFolder, runsFolder };
    const child = startWorkerProcess({
      entry: call.entry,
      serviceName,
      argument,
      onMessage: (message) => {
        if ((message as TrainerMessage) === "training") training.add(child);
        else training.delete(child);
        call.onTrainingChanged();
      },
      onExit: (exit) => {
        forget(child);
        // A trainer that the page has killed is no longer in the table: the page knows.
        if (running.get(key) !== child) return;
        running.delete(key);
        sendExit(page, trainerId, exit);
      },
    });
    running.set(key, child);
    const { port1, port2 } = new MessageChannelMain();
    child.postMessage(null, [port1]);
    const message: PageMessages["trainerPort"] = { trainerId };
    page.postMessage("trainerPort", message, [port2]);
  };

  const kill = (key: string): void => {
    const child = running.get(key);
    running.delete(key);
    child?.kill();
    forget(child);
  };

  return {
    start,
    kill: (page, trainerId) => kill(keyOf(page, trainerId)),
    killAll(page) {
      for (const key of [...running.keys()]) if (key.startsWith(`${page.id}:`)) kill(key);
    },
    get isTraining() {
      return training.size > 0;
    },
    isRunning: (processId) => [...running.values()].some(({ pid }) => pid === processId),
  };
};

const sendExit = (page: WebContents, trainerId: number, exit: TrainerExit): void => {
  if (page.isDestroyed()) return;
  const message: PageMessages["trainerExited"] = { trainerId, exit };
  page.send("trainerExited", message);
};
