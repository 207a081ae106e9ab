/**
 * The page's database of runs. Of those that have come to their end: `facts` by id, what lists need; `records`, all that a run measured; `models`,
 * the trained nets as text. Of those that have not, `webUnfinishedRuns.ts` says what there is.
 */
import type { RunLabel } from "../experiments/runLabel.ts";
import type { TrainEvent } from "../protocol.ts";
import type { EpochRecord } from "../telemetry/epochRecord.ts";
import type { EndedRun, trainedFacts } from "./endedRun.ts";
import { asked, completed, opened } from "./indexedDb.ts";
import { removeUnfinished, UNFINISHED_STORES } from "./webUnfinishedRuns.ts";

const NAME = "layerscope.runs";
/** 2: unfinished runs. */
const VERSION = 2;
const STORES = ["facts", "records", "models"];

export interface WebRunFacts extends EndedRun {
  readonly runId: string;
  /** Of the epoch that did best on the test set. */
  readonly bestEpoch: EpochRecord | null;
  readonly trains: ReturnType<typeof trainedFacts>;
  readonly engineVersion: string;
  readonly bytes: number;
  readonly hasModel: boolean;
  readonly label: RunLabel;
  /** Put away until a page is loaded again. */
  readonly isRemoved: boolean;
}

export interface WebRunRecord {
  /** Of its document, as it was when the run began. */
  readonly text: string;
  readonly epochs: EpochRecord[];
  readonly changes: Extract<TrainEvent, { type: "trainingChanged" }>[];
  /** Step, loss and accuracy of each step, float64. */
  readonly steps: ArrayBuffer;
  /** A file of frames. */
  readonly frames: Uint8Array<ArrayBuffer>;
}

export const openRunDatabase = async (onClosed?: () => void): Promise<IDBDatabase> => {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    const present = request.result.objectStoreNames;
    for (const store of [...STORES, ...UNFINISHED_STORES]) {
      if (!present.contains(store)) request.result.createObjectStore(store);
    }
  };
  return opened(request, onClosed);
};

/** What `writeWebRun` and `changeFacts` have put there. */
const read = async <T>(database: IDBDatabase, store: string, runId: string): Promise<T | null> =>
  ((await asked(database.transaction(store).objectStore(store).get(runId))) as T | undefined) ?? null;

export const readAllFacts = async (database: IDBDatabase): Promise<readonly WebRunFacts[]> =>
  (await asked(database.transaction("facts").objectStore("facts").getAll())) as readonly WebRunFacts[];

export const readFacts = (database: IDBDatabase, runId: string): Promise<WebRunFacts | null> =>
  read(database, "facts", runId);

export const readRecord = (database: IDBDatabase, runId: string): Promise<WebRunRecord | null> =>
  read(database, "records", runId);

export const readModel = (database: IDBDatabase, runId: string): Promise<string | null> =>
  read(database, "models", runId);

/** All of a run or nothing; it is none of the unfinished any more. */
export const writeWebRun = async (
  database: IDBDatabase,
  run: { readonly facts: WebRunFacts; readonly record: WebRunRecord; readonly model: string | null },
): Promise<void> => {
  const { runId } = run.facts;
  const transaction = database.transaction([...STORES, ...UNFINISHED_STORES], "readwrite");
  removeUnfinished(transaction, runId);
  transaction.objectStore("records").put(run.record, runId);
  if (run.model !== null) transaction.objectStore("models").put(run.model, runId);
  transaction.objectStore("facts").put(run.facts, runId);
  await completed(transaction);
};

/** Tells which of the runs are there. */
export const changeFacts = async (
  database: IDBDatabase,
  runIds: readonly string[],
  change: Partial<Pick<WebRunFacts, "label" | "isRemoved">>,
): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const runId of runIds) {
    const facts = await readFacts(database, runId);
    if (facts === null) continue;
    const transaction = database.transaction("facts", "readwrite");
    transaction.objectStore("facts").put({ ...facts, ...change }, runId);
    await completed(transaction);
    found.push(runId);
  }
  return found;
};

export const removeWebRun = async (database: IDBDatabase, runId: string): Promise<void> => {
  const transaction = database.transaction(STORES, "readwrite");
  for (const store of STORES) transaction.objectStore(store).delete(runId);
  await completed(transaction);
};
