/** The page's database of studies: `studies` and the `nets` that they start from by id, and of each run that has ended what lists need (`ends`) and all that is kept (`runs`). */
import { DECISIONS_VERSION, type KeptStudy, noDecisions, readDecisions } from "../experiments/keptStudy.ts";
import type { StudyFindings } from "../experiments/studyTask.ts";
import type { TrainEvent } from "../protocol.ts";
import type { EpochRecord } from "../telemetry/epochRecord.ts";
import { asked, completed, opened } from "./indexedDb.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

const NAME = "layerscope.studies";
/** 2: `nets`. */
const VERSION = 2;

export interface KeptRun {
  /** Of its document. */
  readonly text: string;
  readonly started: EventOf<"started">;
  readonly ended: EventOf<"finished"> | EventOf<"failed">;
  readonly progress: Omit<EventOf<"frame">, "type" | "sequence" | "steps" | "frame"> | null;
  readonly epochs: EpochRecord[];
  /** Step, loss and accuracy of each step, float64. */
  readonly steps: ArrayBuffer;
  /** A file of frames. */
  readonly frames: Uint8Array<ArrayBuffer>;
  readonly elapsedMs: number;
}

/** What lists need of a run. */
export interface RunEnd {
  readonly state: "finished" | "diverged";
  readonly failure: string | null;
  readonly step: number;
  readonly totalSteps: number;
  readonly elapsedMs: number;
  /** ISO 8601; absent in what older versions have kept. */
  readonly endedAt?: string;
  readonly bytes: number;
  readonly findings?: StudyFindings;
}

export interface StoredStudy extends KeptStudy {
  /** Put away until the page is loaded again. */
  readonly isRemoved: boolean;
}

export const openStudyDatabase = async (onClosed?: () => void): Promise<IDBDatabase> => {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    const { objectStoreNames } = request.result;
    for (const store of ["studies", "ends", "runs", "nets"]) {
      if (!objectStoreNames.contains(store)) request.result.createObjectStore(store);
    }
  };
  return opened(request, onClosed);
};

/** What `writeStudy` and `writeRun` have put there. */
const read = async <T>(database: IDBDatabase, store: string, key: string): Promise<T | null> =>
  ((await asked(database.transaction(store).objectStore(store).get(key))) as T | undefined) ?? null;

/** As it lies there; the first version did not write its number down. */
type Written = Omit<StoredStudy, "decisions"> & { readonly version?: number; readonly decisions: unknown };

const studyOf = ({ version = 1, ...study }: Written): StoredStudy => ({
  ...study,
  decisions: readDecisions(version, study.decisions) ?? noDecisions(new Date().toISOString()),
});

export const readStudies = async (database: IDBDatabase): Promise<readonly StoredStudy[]> =>
  ((await asked(database.transaction("studies").objectStore("studies").getAll())) as readonly Written[]).map(studyOf);

export const readStudy = async (database: IDBDatabase, studyId: string): Promise<StoredStudy | null> => {
  const written = await read<Written>(database, "studies", studyId);
  return written === null ? null : studyOf(written);
};

export const writeStudy = async (database: IDBDatabase, study: StoredStudy): Promise<void> => {
  const transaction = database.transaction("studies", "readwrite");
  const written: Written = { version: DECISIONS_VERSION, ...study };
  transaction.objectStore("studies").put(written, study.studyId);
  await completed(transaction);
};

/** Of a study that begins, with the net that it starts from; null: initializers. */
export const createStudy = async (database: IDBDatabase, study: StoredStudy, net: string | null): Promise<void> => {
  const transaction = database.transaction(["studies", "nets"], "readwrite");
  const written: Written = { version: DECISIONS_VERSION, ...study };
  transaction.objectStore("studies").put(written, study.studyId);
  if (net !== null) transaction.objectStore("nets").put(net, study.studyId);
  await completed(transaction);
};

export const readNet = (database: IDBDatabase, studyId: string): Promise<string | null> =>
  read(database, "nets", studyId);

export const readRun = (database: IDBDatabase, place: string): Promise<KeptRun | null> => read(database, "runs", place);

export const readRunEnd = (database: IDBDatabase, place: string): Promise<RunEnd | null> =>
  read(database, "ends", place);

/** Of a run that trained nothing: there is no more of it. */
export const writeRunEnd = async (database: IDBDatabase, place: string, end: RunEnd): Promise<void> => {
  const transaction = database.transaction("ends", "readwrite");
  transaction.objectStore("ends").put(end, place);
  await completed(transaction);
};

/** Both of a run, or neither. */
export const writeRun = async (
  database: IDBDatabase,
  place: string,
  run: KeptRun,
  { findings, endedAt }: { readonly findings: StudyFindings | null; readonly endedAt: string },
): Promise<void> => {
  const { started, ended, progress, elapsedMs, text, steps, frames } = run;
  const failure = ended.type === "failed" ? ended.failure.message : null;
  const step = ended.type === "finished" ? ended.step : (progress?.step ?? 0);
  const bytes = text.length + steps.byteLength + frames.length;
  const end: RunEnd = {
    ...{ state: failure === null ? "finished" : "diverged", failure, step },
    ...{ totalSteps: started.totalSteps, elapsedMs, endedAt, bytes },
    ...(findings === null ? {} : { findings }),
  };
  const transaction = database.transaction(["ends", "runs"], "readwrite");
  transaction.objectStore("runs").put(run, place);
  transaction.objectStore("ends").put(end, place);
  await completed(transaction);
};

export const removeRun = async (database: IDBDatabase, place: string): Promise<void> => {
  const transaction = database.transaction(["ends", "runs"], "readwrite");
  for (const store of ["ends", "runs"]) transaction.objectStore(store).delete(place);
  await completed(transaction);
};

/** A study and all of its runs, whose places begin with `prefix`. */
export const removeStudy = async (database: IDBDatabase, studyId: string, prefix: string): Promise<void> => {
  const transaction = database.transaction(["studies", "nets", "ends", "runs"], "readwrite");
  for (const store of ["studies", "nets"]) transaction.objectStore(store).delete(studyId);
  for (const store of ["ends", "runs"]) {
    transaction.objectStore(store).delete(IDBKeyRange.bound(prefix, `${prefix}\uffff`));
  }
  await completed(transaction);
};
