/** Studies in a browser: kept in its database, trained in Web Workers while the page is open, and taken up again when it is loaded. */
import type { StudyWorker, StudyWorkerListener } from "../experiments/studyCrew.ts";
import type { StudyRunStatus, StudyUpdate } from "../experiments/studyStatus.ts";
import { studyEventSchema } from "../experiments/studyTask.ts";
import { keptOpen } from "./indexedDb.ts";
import { Studies, type StudyStore } from "./studies.ts";
import {
  createStudy,
  type KeptRun,
  openStudyDatabase,
  readNet,
  readRun,
  readRunEnd,
  readStudies,
  readStudy,
  removeRun,
  removeStudy,
  writeStudy,
} from "./webStudyDatabase.ts";

const placeOf = (studyId: string, runId: string): string => `${studyId}/${runId}`;

const withoutMark = <T extends { readonly isRemoved: boolean }>({ isRemoved: _, ...study }: T) => study;

const storeIn = (database: () => Promise<IDBDatabase>): StudyStore => ({
  async load() {
    const all = await readStudies(await database());
    const removed = all.filter(({ isRemoved }) => isRemoved);
    for (const { studyId } of removed) await removeStudy(await database(), studyId, placeOf(studyId, ""));
    for (const { studyId, decisions } of all) {
      for (const runId of decisions.deleted) await removeRun(await database(), placeOf(studyId, runId));
    }
    return all.filter(({ isRemoved }) => !isRemoved).map(withoutMark);
  },
  create: async (study, net) => createStudy(await database(), { ...study, isRemoved: false }, net),
  async saveDecisions(studyId, decisions) {
    const study = await readStudy(await database(), studyId);
    if (study !== null) await writeStudy(await database(), { ...study, decisions });
  },
  // They follow from the runs.
  saveResults: async () => undefined,
  readRuns: (studyId, runs, { cancelled, deleted, failed, labels }) =>
    Promise.all(
      runs.map(async (run): Promise<StudyRunStatus> => {
        const labelled: StudyRunStatus = { ...run, ...labels[run.id] };
        if (deleted.includes(run.id)) return { ...labelled, state: "deleted" };
        const end = await readRunEnd(await database(), placeOf(studyId, run.id));
        if (end !== null) {
          return { ...labelled, endedAt: null, ...end };
        }
        if (cancelled.includes(run.id)) return { ...labelled, state: "cancelled" };
        const failure = failed[run.id];
        return failure === undefined ? labelled : { ...labelled, state: "failed", failure };
      }),
    ),
  readEpochs: async (studyId, runId) => (await readRun(await database(), placeOf(studyId, runId)))?.epochs ?? [],
  async readRunEnd(studyId, runId) {
    const { endedAt = null, bytes = 0 } = (await readRunEnd(await database(), placeOf(studyId, runId))) ?? {};
    return { endedAt, bytes };
  },
  clearRun: async (studyId, runId) => removeRun(await database(), placeOf(studyId, runId)),
  placeOf,
  netPlaceOf: (studyId) => studyId,
  readNet: async (studyId) => readNet(await database(), studyId),
  async remove(studyId) {
    const study = await readStudy(await database(), studyId);
    if (study !== null) await writeStudy(await database(), { ...study, isRemoved: true });
  },
  async restore(studyId) {
    const study = await readStudy(await database(), studyId);
    if (study === null) return null;
    await writeStudy(await database(), { ...study, isRemoved: false });
    return withoutMark(study);
  },
});

const startWorker = ({ onEvent, onExit }: StudyWorkerListener): StudyWorker => {
  const worker = new Worker(new URL("./webStudyWorker.ts", import.meta.url), {
    type: "module",
    name: "Layerscope study",
  });
  let hasEnded = false;
  const exit = (reason: string): void => {
    if (hasEnded) return;
    hasEnded = true;
    worker.terminate();
    onExit(reason);
  };
  worker.addEventListener("message", ({ data }) => {
    if (!hasEnded) onEvent(studyEventSchema.parse(data));
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    exit(`Its worker stopped: ${event.message || "its script could not be loaded"}.`);
  });
  return {
    post: (request) => worker.postMessage(request),
    // As a process would: after the caller is done.
    end: () => queueMicrotask(() => exit("Its worker was ended.")),
  };
};

export interface WebStudies {
  readonly studies: Studies;
  readRun(studyId: string, runId: string): Promise<KeptRun | null>;
}

export const openWebStudies = async (onChanged: (update: StudyUpdate) => void): Promise<WebStudies> => {
  const database = keptOpen(openStudyDatabase);
  const studies = new Studies({
    ...{ store: storeIn(database), startWorker, onChanged },
    numCores: navigator.hardwareConcurrency,
    now: () => performance.now(),
    timestamp: () => new Date().toISOString(),
    newId: () => crypto.randomUUID(),
  });
  return { studies, readRun: async (studyId, runId) => readRun(await database(), placeOf(studyId, runId)) };
};
