/** The finished runs as a list: what each is and has reached, what makes room for later ones, and a trash that gives back what was deleted. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { runsOverLimits } from "../engine/experiments/runLimits.ts";
import { betterEpoch, endedRunFacts, testScoreOf, trainedFacts } from "../engine/host/endedRun.ts";
import { DOCUMENT_FILE, FRAMES_FILE, MODEL_FILE, RUN_FILE } from "../engine/host/nodeRunFolder.ts";
import { parse } from "../engine/index.ts";
import { endedRuns, type FinishedRecord, readEpochs } from "./finishedRuns.ts";
import type { FinishedRun, RunShelf } from "./ipcContract.ts";
import { hasRunLabel, readRunLabel } from "./runLabels.ts";

/** Unless the user says otherwise. */
export const USUAL_LIMITS: RunShelf["limits"] = { runs: 100, bytes: 4e9 };

const bestOf = (folder: string, { bestEpoch }: FinishedRecord): FinishedRun["best"] => {
  let best = bestEpoch ?? null;
  // Older versions did not write it down.
  if (bestEpoch === undefined) for (const epoch of readEpochs(folder)) best = betterEpoch(best, epoch);
  return best === null ? null : { ...testScoreOf(best), epoch: best.epoch };
};

const trainsOf = (folder: string): FinishedRun["trains"] => {
  const parsed = parse(readFileSync(path.join(folder, DOCUMENT_FILE), "utf8"));
  return parsed.ok ? trainedFacts(parsed.value) : null;
};

const orNull = <T>(read: () => T | null): T | null => {
  try {
    return read();
  } catch {
    // The record tells of the run all the same.
    return null;
  }
};

type Frozen = Pick<FinishedRun, "best" | "trains">;

/** What the other files of a run tell never changes again; a list is asked for often. */
const known = new Map<string, { readonly recordedMs: number; readonly frozen: Frozen }>();

const frozenOf = (folder: string, record: FinishedRecord): Frozen => {
  const recordedMs = statSync(path.join(folder, RUN_FILE), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const before = known.get(folder);
  if (before?.recordedMs === recordedMs) return before.frozen;
  const frozen = { best: orNull(() => bestOf(folder, record)), trains: orNull(() => trainsOf(folder)) };
  known.set(folder, { recordedMs, frozen });
  return frozen;
};

const bytesOf = (folder: string): number =>
  readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );

const isThere = (folder: string, name: string): boolean => existsSync(path.join(folder, name));

export const finishedRuns = (runsFolder: string, limits = USUAL_LIMITS): RunShelf => ({
  runs: endedRuns(runsFolder).map(({ runId, folder, record }) => ({
    ...{ runId, label: readRunLabel(folder), ...endedRunFacts(record), ...frozenOf(folder, record) },
    ...{ engineVersion: record.engineVersion ?? null, bytes: bytesOf(folder), folder },
    ...{ hasFrames: isThere(folder, FRAMES_FILE), hasModel: isThere(folder, MODEL_FILE) },
  })),
  limits,
});

/** Removes the oldest finished runs beyond so many and so many bytes, but never one that is labelled; the latest always stays. */
export const pruneFinishedRuns = (runsFolder: string, limits = USUAL_LIMITS): void => {
  const unlabelled = endedRuns(runsFolder).filter(({ folder }) => !hasRunLabel(folder));
  for (const { folder } of runsOverLimits(unlabelled, (run) => bytesOf(run.folder), limits)) {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Beside the runs: what is in their own folder without a record is swept away when a run begins. */
const trashOf = (runsFolder: string): string => `${runsFolder}-trash`;

const move = (from: string, to: string, runIds: readonly string[]): void => {
  mkdirSync(to, { recursive: true });
  for (const runId of runIds) {
    if (existsSync(path.join(from, runId))) renameSync(path.join(from, runId), path.join(to, runId));
  }
};

/** Only runs that have ended: one under way keeps its folder. */
export const removeRuns = (runsFolder: string, runIds: readonly string[]): void => {
  const ended = new Set(endedRuns(runsFolder).map(({ runId }) => runId));
  move(
    runsFolder,
    trashOf(runsFolder),
    runIds.filter((runId) => ended.has(runId)),
  );
};

export const restoreRuns = (runsFolder: string, runIds: readonly string[]): void =>
  move(trashOf(runsFolder), runsFolder, runIds);

/** What was deleted before the app was started is gone for good. */
export const emptyTrash = (runsFolder: string): void => rmSync(trashOf(runsFolder), { recursive: true, force: true });
