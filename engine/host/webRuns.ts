/** Runs in a browser: the unfinished listed; those that have come to their end listed, read, labelled, put away and brought back; the oldest removed. */
import { serialize } from "../document/serialize.ts";
import { isLabelled, type RunLabel } from "../experiments/runLabel.ts";
import { type RunLimits, runsOverLimits } from "../experiments/runLimits.ts";
import { decodeCheckpoint } from "../train/checkpoint.ts";
import { endedRunFacts, testScoreOf } from "./endedRun.ts";
import { keptOpen } from "./indexedDb.ts";
import {
  changeFacts,
  openRunDatabase,
  readAllFacts,
  readFacts,
  readModel,
  readRecord,
  removeWebRun,
  type WebRunFacts,
} from "./webRunDatabase.ts";
import { isRunHeld } from "./webRunLock.ts";
import {
  discardUnfinished,
  readCheckpointBytes,
  readUnfinishedFacts,
  type UnfinishedFacts,
} from "./webUnfinishedRuns.ts";

/** As many as the desktop app keeps. */
const MAX_UNFINISHED = 8;

/** The latest first. */
const byEnd = (a: WebRunFacts, b: WebRunFacts): number => (a.endedAt < b.endedAt ? 1 : -1);

const listed = (facts: WebRunFacts) => {
  const { runId, label, trains, engineVersion, bytes, hasModel, bestEpoch } = facts;
  const best = bestEpoch === null ? null : { ...testScoreOf(bestEpoch), epoch: bestEpoch.epoch };
  return { runId, label, ...endedRunFacts(facts), best, trains, engineVersion, bytes, hasModel, hasFrames: true };
};

/** What was put away before goes for good. */
export const openWebRuns = async () => {
  const database = keptOpen(openRunDatabase);
  const all = await readAllFacts(await database());
  for (const { runId, isRemoved } of all) if (isRemoved) await removeWebRun(await database(), runId);

  const present = async (): Promise<readonly WebRunFacts[]> =>
    (await readAllFacts(await database())).filter(({ isRemoved }) => !isRemoved).sort(byEnd);

  /** Those that nobody trains; the latest first. */
  const unfinished = async (): Promise<readonly UnfinishedFacts[]> => {
    const all = await readUnfinishedFacts(await database());
    const held = await Promise.all(all.map(({ runId }) => isRunHeld(runId)));
    return all.filter((_, index) => held[index] === false);
  };

  return {
    unfinished,
    /** The text of the document of an unfinished run, with what was changed on the way; null: it cannot go on. */
    async readUnfinishedDocument(runId: string): Promise<string | null> {
      const bytes = await readCheckpointBytes(await database(), runId);
      const checkpoint = bytes === null ? null : decodeCheckpoint(bytes);
      return checkpoint?.ok === true ? serialize(checkpoint.value.session.document) : null;
    },
    discard: async (runId: string) => discardUnfinished(await database(), runId),
    list: async () => (await present()).map(listed),
    /** null: it is no longer there. */
    async read(runId: string) {
      const [facts, record] = [await readFacts(await database(), runId), await readRecord(await database(), runId)];
      if (facts === null || record === null) return null;
      const { started, ended, progress, hasModel } = facts;
      return { ...record, started, ended, progress, hasModel, lostLines: 0 };
    },
    readModel: async (runId: string) => readModel(await database(), runId),
    label: async (runId: string, label: RunLabel) => changeFacts(await database(), [runId], { label }),
    remove: async (runIds: readonly string[]) => changeFacts(await database(), runIds, { isRemoved: true }),
    restore: async (runIds: readonly string[]) => changeFacts(await database(), runIds, { isRemoved: false }),
    async makeRoom(limits: RunLimits): Promise<void> {
      const unlabelled = (await present()).filter(({ label }) => !isLabelled(label));
      for (const { runId } of runsOverLimits(unlabelled, ({ bytes }) => bytes, limits)) {
        await removeWebRun(await database(), runId);
      }
      for (const { runId } of (await unfinished()).slice(MAX_UNFINISHED))
        await discardUnfinished(await database(), runId);
    },
  };
};

export type WebRuns = Awaited<ReturnType<typeof openWebRuns>>;
