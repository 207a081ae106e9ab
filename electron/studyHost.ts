/** Studies in the main process: kept in the user's data, trained in utility processes, told to every window. */
import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import type { StudyWorker, StudyWorkerListener } from "../engine/experiments/studyCrew.ts";
import { studyEventSchema } from "../engine/experiments/studyTask.ts";
import { createNodeStudyStore } from "../engine/host/nodeStudyStore.ts";
import { Studies } from "../engine/host/studies.ts";
import { err, type Result } from "../engine/index.ts";
import type { StudyUpdate } from "../engine/protocol.ts";
import { readFinishedRun } from "./finishedRuns.ts";
import type { RecordedRun } from "./ipcContract.ts";
import type { WorkerStart } from "./trainerStart.ts";
import { startWorkerProcess } from "./workerProcess.ts";

/** Starting has enough to do. */
const TRASH_EMPTIED_AFTER_MS = 60_000;

export interface StudyHost {
  readonly studies: Studies;
  readRun(studyId: string, runId: string): Result<RecordedRun, string>;
}

export const createStudyHost = (call: {
  /** Of all studies. */
  readonly studiesFolder: string;
  /** `studyWorker.cjs`. */
  readonly entry: string;
  readonly kernelsFolder: string;
  readonly mnistFolder: string;
  readonly onChanged: (update: StudyUpdate) => void;
}): StudyHost => {
  const { entry, kernelsFolder, mnistFolder, onChanged } = call;
  const timestamp = (): string => new Date().toISOString();
  const store = createNodeStudyStore(call.studiesFolder, timestamp);
  setTimeout(() => store.emptyTrash(), TRASH_EMPTIED_AFTER_MS).unref();
  let numStarted = 0;

  const startWorker = ({ onEvent, onExit }: StudyWorkerListener): StudyWorker => {
    numStarted += 1;
    const argument: WorkerStart = { kernelsFolder, mnistFolder };
    const child = startWorkerProcess({
      entry,
      serviceName: `Layerscope study ${numStarted}`,
      argument,
      onMessage: (message) => {
        if (message !== "ready") onEvent(studyEventSchema.parse(message));
      },
      onExit: ({ message }) => onExit(`Its process stopped: ${message}.`),
    });
    return { post: (request) => child.postMessage(request), end: () => void child.kill() };
  };

  const studies = new Studies({
    ...{ store, timestamp, startWorker, onChanged },
    numCores: availableParallelism(),
    now: () => performance.now(),
    newId: () => randomUUID(),
  });
  return {
    studies,
    readRun(studyId, runId) {
      const run = readFinishedRun(store.runsPath(studyId), runId);
      return run.ok ? run : err(`The run ${runId} can't be opened. ${run.error}`);
    },
  };
};
